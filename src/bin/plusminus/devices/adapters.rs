//! Every adapter: its limits, and what a probe shader measured on it.

use std::fmt;

use plusminus::{AdapterInfo, ProbeReport};
use serde::Serialize;

#[derive(Serialize)]
pub struct Adapter {
    #[serde(flatten)]
    info: AdapterInfo,
    probe: Option<ProbeReport>,
    /// Why the probe could not run.
    error: Option<String>,
}

pub fn all() -> Vec<Adapter> {
    let adapter = |(info, probe): (AdapterInfo, plusminus::Result<ProbeReport>)| match probe {
        Ok(probe) => Adapter { info, probe: Some(probe), error: None },
        Err(error) => Adapter { info, probe: None, error: Some(error.to_string()) },
    };
    plusminus::probe().into_iter().map(adapter).collect()
}

impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let yes = |flag: bool| if flag { "yes" } else { "no" };
        let Adapter { info, probe, error } = self;
        let kind = format!("{:?}", info.kind).to_lowercase();
        writeln!(
            f,
            "adapter:{} {}: {kind}, {}, driver {}",
            info.index, info.name, info.backend, info.driver
        )?;
        writeln!(
            f,
            "  limits    storage binding {} MiB, buffer {} MiB, {} storage bindings",
            info.max_storage_binding >> 20,
            info.max_buffer >> 20,
            info.max_storage_bindings
        )?;
        writeln!(
            f,
            "            {} workgroups in a dimension, {} invocations in a workgroup",
            info.max_workgroups, info.max_workgroup_size
        )?;
        let subgroups =
            info.subgroups.map_or("no".into(), |(least, most)| format!("{least} to {most} invocations"));
        writeln!(f, "  features  f64 in shaders: {}; subgroups: {subgroups}", yes(info.f64))?;
        let Some(probe) = probe else {
            return error.iter().try_for_each(|error| writeln!(f, "  measured  nothing: {error}"));
        };
        let loops = match probe.loop_limit {
            Some(turns) => format!("stop silently after {turns} iterations"),
            None => "ran all 131072 iterations tried".into(),
        };
        writeln!(f, "  measured  loops {loops}")?;
        writeln!(f, "            (x+h)-x is the true step: {}", yes(probe.true_step_survives))?;
        writeln!(
            f,
            "            NaN is recognised by x != x: {}, by !(x == x): {}, by its bits: {}",
            yes(probe.nan_by_unequal),
            yes(probe.nan_by_not_equal),
            yes(probe.nan_by_bits)
        )?;
        writeln!(
            f,
            "            inf - inf is NaN: {}; max keeps NaN: {}",
            yes(probe.infinities_cancel_to_nan),
            yes(probe.max_keeps_nan)
        )?;
        writeln!(f, "            sealed sums keep what rounding takes: {}", yes(probe.sealed_sums_survive))
    }
}
