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
        let place = info.pci.as_ref().map_or("no address".into(), |place| format!("address pci:{place}"));
        writeln!(f, "  bus       {place}, ids pci:{}", info.ids_text())?;
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
        let ProbeReport { arithmetic, functions, structures, double, times } = &probe;
        let loops = match arithmetic.loop_limit {
            Some(turns) => format!("stop silently after {turns} iterations"),
            None => "ran all 131072 iterations tried".into(),
        };
        writeln!(f, "  measured  loops {loops}; arrays in loops are right: {}", yes(structures.arrays))?;
        writeln!(
            f,
            "            sums and differences survive the compiler, sealed: {}; without seals: {}",
            yes(arithmetic.sealed_sums_survive && arithmetic.sealed_differences_survive),
            yes(arithmetic.plain_sums_survive && arithmetic.plain_differences_survive)
        )?;
        writeln!(
            f,
            "            (x+h)-x is the true step: {}; a*b - c is one operation: {}; numbers below 1.2e-38 count: {}",
            yes(arithmetic.true_step_survives),
            yes(arithmetic.contracts),
            yes(arithmetic.keeps_subnormals)
        )?;
        writeln!(
            f,
            "            NaN is recognised by x != x: {}, by !(x == x): {}, by its bits: {}",
            yes(arithmetic.nan_by_unequal),
            yes(arithmetic.nan_by_not_equal),
            yes(arithmetic.nan_by_bits)
        )?;
        writeln!(
            f,
            "            inf - inf is NaN: {}; 1/0 is inf: {}; max keeps NaN: {}; select keeps NaN: {}",
            yes(arithmetic.infinities_cancel_to_nan),
            yes(arithmetic.infinity_by_division),
            yes(arithmetic.max_keeps_nan),
            yes(arithmetic.select_keeps_nan)
        )?;
        write!(f, "            worst errors in ulp of f32")?;
        for (i, (name, error, _)) in functions.with_limits().into_iter().enumerate() {
            write!(f, "{} {name} {error:.2}", if i == 0 { ":" } else { "," })?;
        }
        writeln!(f)?;
        if let Some(double) = double {
            writeln!(f, "            of f64: / {:.2}, sqrt {:.2}", double.quotient, double.root)?;
        }
        writeln!(
            f,
            "            v[k] = … is right: {}; matrix products are right: {}; the last word of {} MiB is kept",
            yes(structures.components),
            yes(structures.products),
            structures.binding >> 20
        )?;
        let double = times.rate_f64.map_or(String::new(), |rate| format!(", in f64 {:.1}", 1e-9 * rate));
        writeln!(
            f,
            "  takes     a submission {:.3} ms, each of 12 dependent launches {:.4} ms; {:.1} GFLOP/s{double}; up {:.1}, down {:.1} GB/s",
            1e3 * times.submission,
            1e3 * times.launch,
            1e-9 * times.rate,
            1e-9 * times.upload,
            1e-9 * times.readback
        )?;
        let consequences = probe.consequences();
        consequences.iter().try_for_each(|consequence| writeln!(f, "  so        {consequence}"))
    }
}
