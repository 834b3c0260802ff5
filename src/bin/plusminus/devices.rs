//! `plusminus devices`

use std::io::Write;
use std::process::ExitCode;

use plusminus::{AdapterInfo, DeviceChoice, Engine, Precision, ProbeReport};
use serde::Serialize;

use crate::args::Format;
use crate::{Failure, output};

#[derive(clap::Args)]
pub struct Args {
    /// How to print the list
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Cpu {
    name: String,
    simd: String,
}

#[derive(Serialize)]
struct Adapter {
    #[serde(flatten)]
    info: AdapterInfo,
    probe: Option<ProbeReport>,
    /// Why the probe could not run.
    error: Option<String>,
}

#[derive(Serialize)]
struct Report {
    /// What `--device auto` takes.
    auto: String,
    cpu: Cpu,
    adapters: Vec<Adapter>,
}

pub fn run(args: &Args, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    // `V3(V3 { … })`: the level's name comes first.
    let simd = format!("{:?}", pulp::Arch::new());
    let simd = match simd.split('(').next() {
        Some("V3") => "AVX2 (x86-64-v3)".into(),
        Some("V4") => "AVX-512 (x86-64-v4)".into(),
        other => other.unwrap_or("none").to_string(),
    };
    let cpu = Cpu { name: Engine::cpu(Precision::F64).device(), simd };
    let adapters: Vec<Adapter> = plusminus::probe()
        .into_iter()
        .map(|(info, probe)| match probe {
            Ok(probe) => Adapter { info, probe: Some(probe), error: None },
            Err(error) => Adapter { info, probe: None, error: Some(error.to_string()) },
        })
        .collect();
    // Opened, not guessed.
    let auto = Engine::open(&DeviceChoice::Auto, None)?.device();
    let report = Report { auto, cpu, adapters };
    if args.format == Format::Json {
        output::json(out, &report)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{}: the CPU engine, f32 and f64, SIMD {}", report.cpu.name, report.cpu.simd)?;
    for adapter in &report.adapters {
        print(out, adapter)?;
    }
    if report.adapters.is_empty() {
        writeln!(
            out,
            "no adapters: no Vulkan, Metal or DirectX 12 driver was found (software Vulkan on Debian and Ubuntu: \
             apt-get install mesa-vulkan-drivers libvulkan1)"
        )?;
    }
    writeln!(out, "--device auto takes {}", report.auto)?;
    Ok(ExitCode::SUCCESS)
}

fn print(out: &mut dyn Write, Adapter { info, probe, error }: &Adapter) -> Result<(), Failure> {
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    let kind = format!("{:?}", info.kind).to_lowercase();
    writeln!(out, "adapter:{} {}: {kind}, {}, driver {}", info.index, info.name, info.backend, info.driver)?;
    writeln!(
        out,
        "  limits    storage binding {} MiB, buffer {} MiB, {} storage bindings",
        info.max_storage_binding >> 20,
        info.max_buffer >> 20,
        info.max_storage_bindings
    )?;
    writeln!(
        out,
        "            {} workgroups a dimension, {} invocations a workgroup",
        info.max_workgroups, info.max_workgroup_size
    )?;
    let subgroups =
        info.subgroups.map_or("no".into(), |(least, most)| format!("{least} to {most} invocations"));
    writeln!(out, "  features  f64 in shaders: {}; subgroups: {subgroups}", yes(info.f64))?;
    match (probe, error) {
        (Some(probe), _) => {
            let loops = match probe.loop_limit {
                Some(turns) => format!("stop silently after {turns} iterations"),
                None => "ran all 131072 iterations tried".into(),
            };
            writeln!(out, "  measured  loops {loops}")?;
            writeln!(out, "            (x+h)-x is the true step: {}", yes(probe.true_step_survives))?;
            writeln!(
                out,
                "            NaN is recognised by x != x: {}, by !(x == x): {}, by its bits: {}",
                yes(probe.nan_by_unequal),
                yes(probe.nan_by_not_equal),
                yes(probe.nan_by_bits)
            )?;
            writeln!(
                out,
                "            inf - inf is NaN: {}; max keeps NaN: {}",
                yes(probe.infinities_cancel_to_nan),
                yes(probe.max_keeps_nan)
            )?;
        }
        (None, Some(error)) => writeln!(out, "  measured  nothing: {error}")?,
        (None, None) => {}
    }
    Ok(())
}
