//! Which device, and in which precision.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::gpu::{self, AdapterInfo, Gpu};
use crate::objective::{Objective, Selection, Structure};
use crate::precision::Precision;

/// Which device the user asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A hardware GPU if there is one that can do the work, else the CPU engine. Never a software adapter, which
    /// is slower than the CPU engine.
    #[default]
    Auto,
    /// The CPU engine: every core, no driver needed.
    Cpu,
    /// A hardware GPU, or an error.
    Gpu,
    /// The first adapter whose name, driver or kind contains this text: `lavapipe`, `nvidia`, `software`, ….
    Named(String),
    /// The adapter at this place in the list of [`adapters`](crate::adapters): `adapter:0`.
    Adapter(usize),
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(DeviceChoice::Auto),
            "cpu" => Ok(DeviceChoice::Cpu),
            "gpu" => Ok(DeviceChoice::Gpu),
            "" => {
                Err(Error::usage("the device is empty: it is auto, cpu, gpu, or part of an adapter's name"))
            }
            name => match name.strip_prefix("adapter:") {
                None => Ok(DeviceChoice::Named(name.into())),
                Some(index) => index.parse().map(DeviceChoice::Adapter).map_err(|_| {
                    Error::usage(format!("device `{name}`: `adapter:` takes a number, such as adapter:0"))
                }),
            },
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Gpu => f.write_str("gpu"),
            DeviceChoice::Named(name) => f.write_str(name),
            DeviceChoice::Adapter(index) => write!(f, "adapter:{index}"),
        }
    }
}

/// An open device with a working precision: where objectives are evaluated.
#[derive(Clone)]
pub struct Engine {
    gpu: Option<Arc<Gpu>>,
    precision: Precision,
}

impl Engine {
    /// The CPU engine: no driver is asked.
    pub fn cpu(precision: Precision) -> Self {
        Engine { gpu: None, precision }
    }

    /// Opens the device asked for. Without a precision, a GPU works in f32 and the CPU engine in f64; with
    /// [`DeviceChoice::Auto`] and f64 it is the CPU engine.
    ///
    /// # Errors
    /// [`Error::NoAdapter`] if there is none such, [`Error::Unsupported`] for f64 on a GPU without it, [`Error::Device`] if
    /// it cannot be opened.
    pub fn open(choice: &DeviceChoice, precision: Option<Precision>) -> Result<Self> {
        let wanted = match choice {
            DeviceChoice::Cpu => return Ok(Engine::cpu(precision.unwrap_or(Precision::F64))),
            DeviceChoice::Auto => {
                let cpu = Engine::cpu(precision.unwrap_or(Precision::F64));
                if precision == Some(Precision::F64) {
                    return Ok(cpu);
                }
                return match Gpu::open(gpu::Wanted::Hardware) {
                    Ok(gpu) => Ok(Engine { gpu: Some(Arc::new(gpu)), precision: Precision::F32 }),
                    Err(Error::NoAdapter { .. }) => Ok(cpu),
                    Err(error) => {
                        tracing::warn!("using the CPU engine, since the GPU cannot be opened: {error}");
                        Ok(cpu)
                    }
                };
            }
            DeviceChoice::Gpu => gpu::Wanted::Hardware,
            DeviceChoice::Named(name) => gpu::Wanted::Named(name),
            DeviceChoice::Adapter(index) => gpu::Wanted::Index(*index),
        };
        let gpu = Gpu::open(wanted)?;
        check_precision(&gpu.info, precision)?;
        Ok(Engine { gpu: Some(Arc::new(gpu)), precision: precision.unwrap_or(Precision::F32) })
    }

    /// Opens the device asked for, for this objective: with [`DeviceChoice::Auto`], an objective that has no
    /// WGSL form goes to the CPU engine.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_for(
        choice: &DeviceChoice,
        precision: Option<Precision>,
        objective: &dyn Objective,
    ) -> Result<Self> {
        if *choice != DeviceChoice::Auto || precision == Some(Precision::F64) {
            return Self::open(choice, precision);
        }
        // Quadratics and networks have programs of their own, and laying out their data takes a while.
        let wgsl = match objective.structure() {
            Structure::Unknown => objective.wgsl().map(|_| ()),
            Structure::Quadratic(_) | Structure::Network(_) => Ok(()),
        };
        match wgsl {
            Ok(()) => Self::open(choice, precision),
            // Without an f32 form of its own either, the CPU engine works in f64.
            Err(Error::Unsupported { .. }) => Ok(Engine::cpu(precision.unwrap_or(Precision::F64))),
            Err(error) => Err(error),
        }
    }

    /// The device's name, for reports.
    pub fn device(&self) -> String {
        match &self.gpu {
            Some(gpu) => gpu.info.name.clone(),
            None => format!("cpu ({} threads)", rayon::current_num_threads()),
        }
    }

    /// The working precision.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Prepares an objective: compiles its shader and uploads its data, or lays them out for the CPU.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the objective has no form for this device and precision, [`Error::Shader`],
    /// [`Error::OutOfMemory`], [`Error::Limit`].
    pub fn evaluator<'a>(&self, objective: &'a dyn Objective) -> Result<Evaluator<'a>> {
        if objective.dimension() == 0 || objective.terms() == 0 {
            return Err(Error::usage(format!(
                "`{}` has {} coordinates and {} terms: both must be at least 1",
                objective.name(),
                objective.dimension(),
                objective.terms()
            )));
        }
        // Refused now rather than at the first use.
        if self.gpu.is_none() && self.precision == Precision::F32 {
            objective.host_f32(Selection::Only(&[0]))?;
        }
        Evaluator::new(objective, self.gpu.clone(), self.precision)
    }
}

/// Not every adapter has f64 in shaders.
fn check_precision(info: &AdapterInfo, precision: Option<Precision>) -> Result<()> {
    if precision != Some(Precision::F64) || info.f64 {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "{} has no f64 in shaders (the feature SHADER_F64, of Vulkan only); use precision f32, or the device `cpu`",
        info.name
    )))
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("device", &self.device()).field("precision", &self.precision).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_without_f64_says_so() {
        let mut info = AdapterInfo {
            index: 0,
            name: "Some GPU".into(),
            kind: crate::AdapterKind::Hardware,
            backend: "metal".into(),
            driver: String::new(),
            max_storage_binding: 0,
            max_buffer: 0,
            max_workgroups: 0,
            max_workgroup_size: 0,
            max_storage_bindings: 0,
            f64: false,
            subgroups: None,
        };
        let error = check_precision(&info, Some(Precision::F64)).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
        assert!(error.to_string().contains("Some GPU has no f64 in shaders"), "{error}");
        assert!(check_precision(&info, Some(Precision::F32)).is_ok() && check_precision(&info, None).is_ok());
        info.f64 = true;
        assert!(check_precision(&info, Some(Precision::F64)).is_ok());
    }
}
