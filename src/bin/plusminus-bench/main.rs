//! The benchmark: gradients, values and descents of quadratics, networks and functions of the user's own on each device and in each
//! precision.

mod ceilings;
mod measure;
mod memory;
mod report;
mod workloads;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use plusminus::{Bars, DeviceChoice, Engine, FileAction, Method, Precision, Step};
use report::Report;
use workloads::Task;

/// Times whole gradients (central differences, incremental and direct), values and descents on the CPU engine and on every adapter, in
/// f32 and f64.
///
/// W1 dense quadratics, W2 sums of squares, W3 networks, W4 descents from 16,384 points on Rosenbrock's function as an expression, as
/// WGSL, as a formula and as a closure, W5 forward passes, W6 Rosenbrock's function in many dimensions, W7 six functions in WGSL.
///
/// Per workload: median, least and most time; on an adapter with a clock, what its kernels take by that; how many times as long as
/// the values at its points it takes (both timed in turns, medians); evaluations and floating-point operations a second that the
/// textbook's two values for each axis would come to (implied); the operations a second that are really made, of which closures and
/// adapters know none, and their share of what a matrix product reaches on this machine; the relative error ‖g - g*‖ / ‖g*‖
/// against the analytic gradient in f64, of a descent that of where it ends; and the most memory that the process held. The first run, which compiles and uploads, is not timed. All numbers come from splitmix64 with the seeds
/// given in src/bin/plusminus-bench/workloads.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Small workloads, short descents and few repetitions
    #[arg(long)]
    quick: bool,

    /// Only this device: cpu, gpu, part of an adapter's name, adapter:0, or pci:3b:00.0; repeat it for more
    #[arg(long, env = "PLUSMINUS_DEVICE", hide_env_values = true)]
    device: Vec<DeviceChoice>,

    /// Only in this precision, f32 or f64 [default: both, on adapters f64 where they have it]
    #[arg(long)]
    precision: Option<Precision>,

    /// Only these differences: direct or incremental; repeat it for both
    #[arg(long)]
    difference: Vec<Method>,

    /// The step of direct differences, such as auto, relative:2^-8 or 1e-4 [default: f32 relative:2^-8, f64
    /// relative:2^-17, one step for all]
    #[arg(long, value_name = "H", allow_hyphen_values = true)]
    step: Option<Step>,

    /// Whether increments come with error bars
    #[arg(long, default_value_t)]
    bars: Bars,

    /// Only these groups of workloads, W1 to W7; repeat it for more
    #[arg(long, value_name = "W", value_parser = ["W1", "W2", "W3", "W4", "W5", "W6", "W7"], ignore_case = true)]
    workload: Vec<String>,

    /// Say how many times as long as in this earlier run, printed by --format json, each workload takes
    #[arg(long, value_name = "OLD.json")]
    compare: Option<String>,

    /// Skip a workload that is expected to take longer than this
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    longest: f64,

    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// A line on standard error. Nobody may be listening: a closed pipe must not end the work.
macro_rules! note {
    ($($part:tt)*) => {{ let _ = writeln!(std::io::stderr(), $($part)*); }};
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table
    Text,
    /// One JSON object
    Json,
}

fn main() -> ExitCode {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Without a desktop session, Vulkan drivers complain on standard error that this is not set.
        // SAFETY: the first statement of the program; no other thread is there to read the environment.
        #[allow(unsafe_code, reason = "the only way to set a variable that a C library reads")]
        unsafe {
            std::env::set_var("XDG_RUNTIME_DIR", "/nonexistent");
        }
    }
    let args = Args::parse();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of a pipe has had enough.
        Err(plusminus::Error::File { source, .. }) if source.kind() == std::io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            note!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn wanted(args: &Args) -> impl Iterator<Item = Precision> + use<> {
    let only = args.precision;
    [Precision::F32, Precision::F64]
        .into_iter()
        .filter(move |precision| only.is_none_or(|only| only == *precision))
}

fn engines(args: &Args) -> plusminus::Result<Vec<Engine>> {
    let mut engines = Vec::new();
    if args.device.is_empty() {
        engines.extend(wanted(args).map(Engine::cpu));
        #[cfg(feature = "gpu")]
        for adapter in plusminus::adapters() {
            for precision in wanted(args) {
                match Engine::open(&DeviceChoice::Adapter(adapter.index), Some(precision)) {
                    Ok(engine) => engines.push(engine),
                    Err(error) => note!("skipping {} in {precision}: {error}", adapter.name),
                }
            }
        }
        #[cfg(feature = "gpu")]
        if !plusminus::adapters().iter().any(|adapter| adapter.kind == plusminus::AdapterKind::Hardware) {
            note!("no hardware GPU: the figures below are the CPU's and software adapters'");
        }
    }
    for device in &args.device {
        for precision in wanted(args) {
            match Engine::open(device, Some(precision)) {
                Ok(engine) => engines.push(engine),
                // Not every adapter has f64.
                Err(error @ plusminus::Error::Unsupported { .. }) if args.precision.is_none() => {
                    note!("skipping {device} in {precision}: {error}");
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(engines)
}

/// Measures, and prints what came of it.
fn run(args: &Args) -> plusminus::Result<()> {
    // What cannot be read is said before anything is measured.
    let before = args.compare.as_deref().map(Report::read).transpose()?;
    let mut report = measure(args)?;
    if let Some(before) = &before {
        report.compare(before);
    }
    let mut out = std::io::stdout().lock();
    let done = match args.format {
        Format::Json => report.json(&mut out),
        Format::Text => report.table(before.is_some(), &mut out),
    };
    done.map_err(|source| plusminus::Error::File {
        path: "standard output".into(),
        action: FileAction::Write,
        source,
    })
}

fn measure(args: &Args) -> plusminus::Result<Report> {
    let mut workloads = workloads::all(args.quick)?;
    let is_wanted = |group: &str| args.workload.iter().any(|wanted| wanted.eq_ignore_ascii_case(group));
    workloads.retain(|workload| args.workload.is_empty() || is_wanted(workload.group));
    let mut rows = Vec::new();
    for engine in engines(args)? {
        let methods = match args.difference.as_slice() {
            [] => &[Method::Incremental, Method::Direct][..],
            chosen => chosen,
        };
        for (i, &method) in methods.iter().enumerate() {
            for workload in &workloads {
                // Values are the same by either.
                if workload.task == Task::Values && i > 0 {
                    continue;
                }
                let (device, precision) = (engine.device(), engine.precision());
                note!("{} {}, {method}, on {device} in {precision}", workload.group, workload.name);
                rows.push(measure::time(args, &engine, workload, method)?);
            }
        }
    }
    // After each device's values, so that headings stand together.
    rows.sort_by_key(|row| row.difference.is_empty());
    Ok(Report {
        version: env!("CARGO_PKG_VERSION").into(),
        scheme: "central".into(),
        threads: rayon::current_num_threads(),
        ceilings: ceilings::all(),
        rows,
    })
}
