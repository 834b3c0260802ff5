//! What an adapter really does, measured before anything else runs there (`shaders/probe/`), and what follows from it. What was
//! measured is kept for each driver and its version.

mod arithmetic;
mod check;
mod double;
mod functions;
mod report;
mod structures;
mod times;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{LazyLock, Mutex, PoisonError};

pub use self::report::{Arithmetic, DoubleErrors, FunctionErrors, ProbeReport, Structures, Times};

use super::adapters::{self, AdapterInfo, Found, Wanted};
use super::cache;
use super::counts::Counts;
use super::device::Gpu;
use crate::error::Result;
use check::{Check, Text};

pub(super) use check::texts;

/// Texts of the structures.
const STRUCTURES: [Text; 4] = [Text::Arrays, Text::Components, Text::Product, Text::Memory];

/// What was measured in this process.
static MEASURED: LazyLock<Mutex<HashMap<String, ProbeReport>>> = LazyLock::new(Mutex::default);

/// Opens an adapter, and probes it unless that was done before for its driver.
///
/// # Errors
/// [`Error::UnknownDevice`](crate::Error::UnknownDevice), [`Error::NoAdapter`](crate::Error::NoAdapter), and
/// [`Error::Device`](crate::Error::Device) for one that cannot be opened or gets wrong what everything here relies on.
pub(crate) fn open(wanted: Wanted<'_>) -> Result<Gpu> {
    let mut gpu = Gpu::open(adapters::find(wanted)?)?;
    let key = key(&gpu.info);
    let known = |key: &str| MEASURED.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
    gpu.probe = match known(&key).or_else(|| cache::load(&key)) {
        Some(report) => report,
        None => {
            tracing::info!("probing {}", gpu.info.name);
            let report = measure(&gpu, &|text| text, None)?;
            cache::store(&key, &report);
            report
        }
    };
    MEASURED.lock().unwrap_or_else(PoisonError::into_inner).insert(key, gpu.probe.clone());
    gpu.counts = Counts::default();
    Ok(gpu)
}

/// Opens each adapter in turn and measures anew: what the driver says, what was measured or why it could not be.
pub fn probe() -> Vec<(AdapterInfo, Result<ProbeReport>)> {
    let measured = |found: Found| {
        let gpu = Gpu::open(found)?;
        let report = measure(&gpu, &|text| text, None)?;
        cache::store(&key(&gpu.info), &report);
        Ok(report)
    };
    adapters::enumerate().into_iter().map(|found| (found.info.clone(), measured(found))).collect()
}

/// What decides over what is measured: the adapter, its driver, and the checks themselves.
fn key(info: &AdapterInfo) -> String {
    let mut hash = DefaultHasher::new();
    let AdapterInfo { name, backend, driver, ids, pci, max_storage_binding, .. } = info;
    (name, backend, driver, ids, pci, max_storage_binding, texts(), env!("CARGO_PKG_VERSION"))
        .hash(&mut hash);
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    format!("probe-{}-{:016x}", plain.to_lowercase(), hash.finish())
}

/// Makes all checks, of texts that tests change; of those that stay as they are, what is known already.
///
/// # Errors
/// [`Error::Device`](crate::Error::Device) if something fails that everything relies on, with all that does.
pub(super) fn measure(
    gpu: &Gpu,
    change: &dyn Fn(String) -> String,
    known: Option<&ProbeReport>,
) -> Result<ProbeReport> {
    let check = Check::new(gpu, change)?;
    let report = ProbeReport {
        arithmetic: match known {
            Some(known) if !check.changes(Text::Arithmetic) => known.arithmetic.clone(),
            _ => arithmetic::measure(&check)?,
        },
        functions: match known {
            Some(known) if !check.changes(Text::Functions) => known.functions.clone(),
            _ => functions::measure(&check)?,
        },
        structures: match known {
            Some(known) if !STRUCTURES.iter().any(|&text| check.changes(text)) => known.structures.clone(),
            _ => structures::measure(&check)?,
        },
        double: match known {
            Some(known) if !check.changes(Text::Double) => known.double.clone(),
            _ if gpu.info.f64 => Some(double::measure(&check)?),
            _ => None,
        },
        times: match known {
            Some(known) => known.times.clone(),
            None => times::measure(&check)?,
        },
    };
    let refusals = report.refusals();
    if refusals.is_empty() {
        return Ok(report);
    }
    Err(gpu.failure(format!(
        "its driver fails {}: {}; use the device `cpu`, or another driver",
        if refusals.len() == 1 { "a check" } else { "checks" },
        refusals.join("; ")
    )))
}
