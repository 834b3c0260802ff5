//! `plusminus devices`

#[cfg(feature = "gpu")]
mod adapters;

use std::io::Write;
use std::process::ExitCode;

use plusminus::{DeviceChoice, Engine, Precision, Workload};
use serde::Serialize;

use crate::args::FormatArgs;
use crate::failure::Failure;
use crate::terminal::Terminal;

#[cfg(feature = "gpu")]
use plusminus::why_no_adapter;

#[cfg(not(feature = "gpu"))]
fn why_no_adapter() -> String {
    "this build has no support for GPUs (it was built without the feature `gpu`)".into()
}

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    format: FormatArgs,
}

#[derive(Serialize)]
struct Cpu {
    name: String,
    simd: &'static str,
}

#[derive(Serialize)]
struct Report<A> {
    /// What `--device auto` takes in f32, for enough work.
    auto: String,
    cpu: Cpu,
    adapters: Vec<A>,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let cpu = Cpu { name: Engine::cpu(Precision::F64).device(), simd: simd() };
    #[cfg(feature = "gpu")]
    let adapters = adapters::all();
    #[cfg(not(feature = "gpu"))]
    let adapters = Vec::<String>::new();
    // Opened, not guessed.
    let auto = Engine::open(&DeviceChoice::Auto, Some(Precision::F32))?.device();
    let report = Report { auto, cpu, adapters };
    if args.format.is_json() {
        terminal.json(&report, Precision::F64)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(terminal, "{}: the CPU engine, f32 and f64, SIMD {}", report.cpu.name, report.cpu.simd)?;
    for adapter in &report.adapters {
        write!(terminal, "{adapter}")?;
    }
    if report.adapters.is_empty() {
        writeln!(terminal, "no adapters: {}", why_no_adapter())?;
    }
    let worth = Workload::WORTH_A_GPU;
    writeln!(
        terminal,
        "--device auto takes the CPU engine; in f32, for work that would take it {worth} s or more, {}",
        report.auto
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What the CPU engine's loops run on.
fn simd() -> &'static str {
    match pulp::Arch::new() {
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V4(_) => "AVX-512 (x86-64-v4)",
        #[cfg(target_arch = "x86_64")]
        pulp::Arch::V3(_) => "AVX2 (x86-64-v3)",
        #[cfg(target_arch = "aarch64")]
        pulp::Arch::Neon(_) => "NEON",
        _ => "none",
    }
}
