//! The benchmark: whole gradients of quadratics, networks and expressions on each device and in each precision.

mod cases;

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cases::Case;
use clap::{Parser, ValueEnum};
use plusminus::{Bars, DeviceChoice, Difference, Engine, FileAction, Method, Precision, Scheme, Step};
use serde::Serialize;

/// Times whole gradients (central differences, incremental and direct) of quadratics, networks and expressions on the CPU engine in f32
/// and f64 and on every adapter in f32.
///
/// Per case: median, least and most time; how many times one evaluation of the objective the gradient takes (a network's
/// forward pass and loss, a quadratic's matrix-vector product; both timed in turns, medians); and the relative error
/// ‖g - g*‖ / ‖g*‖ against the analytic gradient in f64. The first gradient, which compiles shaders and uploads data, is not
/// timed. Inputs come from splitmix64 with the seeds given in src/bin/plusminus-bench/cases.rs.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Small cases and few repetitions
    #[arg(long)]
    quick: bool,

    /// Only this device: cpu, gpu, part of an adapter's name, adapter:0, or pci:3b:00.0; repeat it for more
    #[arg(long, env = "PLUSMINUS_DEVICE", hide_env_values = true)]
    device: Vec<DeviceChoice>,

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

    /// Skip a case that is expected to take longer than this for one gradient
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

#[derive(Serialize)]
struct Row {
    case: String,
    device: String,
    precision: String,
    /// `direct` or `incremental`.
    difference: String,
    /// The step h.
    step: String,
    /// Repetitions timed; 0 if the case was skipped.
    repetitions: usize,
    median_seconds: Option<f64>,
    least_seconds: Option<f64>,
    most_seconds: Option<f64>,
    /// One evaluation of the objective.
    value_median_seconds: Option<f64>,
    /// Values of the objective in the quotients.
    evaluations: u64,
    /// Of direct differences.
    flops_per_second: Option<f64>,
    relative_error: Option<f64>,
    /// Why there are no times.
    skipped: Option<String>,
}

#[derive(Serialize)]
struct Report {
    version: &'static str,
    scheme: &'static str,
    threads: usize,
    rows: Vec<Row>,
}

fn main() -> ExitCode {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Without a desktop session, Vulkan drivers complain on standard error that this is not set.
        // SAFETY: the first statement of the program; no other thread is there to read the environment.
        #[allow(unsafe_code, reason = "the only way to set a variable that a C library reads")]
        unsafe {
            std::env::set_var("XDG_RUNTIME_DIR", std::env::temp_dir());
        }
    }
    let args = Args::parse();
    match measure(&args).and_then(|report| print(&args, &report)) {
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

fn engines(args: &Args) -> plusminus::Result<Vec<Engine>> {
    let mut engines = Vec::new();
    if args.device.is_empty() {
        engines.extend([Engine::cpu(Precision::F32), Engine::cpu(Precision::F64)]);
        #[cfg(feature = "gpu")]
        for adapter in plusminus::adapters() {
            match Engine::open(&DeviceChoice::Adapter(adapter.index), None) {
                Ok(engine) => engines.push(engine),
                Err(error) => note!("skipping {}: {error}", adapter.name),
            }
        }
        #[cfg(feature = "gpu")]
        if !plusminus::adapters().iter().any(|adapter| adapter.kind == plusminus::AdapterKind::Hardware) {
            note!("no hardware GPU: the figures below are the CPU's and software adapters'");
        }
    }
    for device in &args.device {
        if *device == DeviceChoice::Cpu {
            engines.extend([Engine::cpu(Precision::F32), Engine::cpu(Precision::F64)]);
        } else {
            engines.push(Engine::open(device, Some(Precision::F32))?);
        }
    }
    Ok(engines)
}

fn measure(args: &Args) -> plusminus::Result<Report> {
    let cases = cases::all(args.quick)?;
    let mut rows = Vec::new();
    for engine in engines(args)? {
        let methods = match args.difference.as_slice() {
            [] => &[Method::Incremental, Method::Direct][..],
            chosen => chosen,
        };
        for &method in methods {
            // The rate of the case before, to foresee how long the next one takes.
            let mut rate = None;
            for case in &cases {
                note!("{}, {method}, on {} in {}", case.name, engine.device(), engine.precision());
                let row = time(args, &engine, case, method, rate)?;
                rate = row.flops_per_second.or(rate);
                rows.push(row);
            }
        }
    }
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(Report { version: env!("CARGO_PKG_VERSION"), scheme: "central", threads, rows })
}

fn time(
    args: &Args,
    engine: &Engine,
    case: &Case,
    method: Method,
    rate: Option<f64>,
) -> plusminus::Result<Row> {
    let fixed = || Step::default_for(Scheme::Central, 2, engine.precision());
    let step = (method == Method::Direct).then(|| args.step.unwrap_or_else(fixed));
    let difference = Difference::default().with_method(method).with_step(step).with_bars(args.bars);
    let evaluations = match step {
        Some(Step::Auto) => case.points.len() as u64 * 16,
        _ => difference.scheme.evaluations(case.points.nrows(), case.points.ncols()),
    };
    let mut row = Row {
        case: case.name.clone(),
        device: engine.device(),
        precision: engine.precision().to_string(),
        difference: method.to_string(),
        step: String::new(),
        repetitions: 0,
        median_seconds: None,
        least_seconds: None,
        most_seconds: None,
        value_median_seconds: None,
        evaluations,
        flops_per_second: None,
        relative_error: None,
        skipped: None,
    };
    let work = evaluations as f64 * case.flops;
    if let Some(expected) = rate.map(|rate| work / rate).filter(|&expected| expected > args.longest) {
        row.skipped = Some(format!("expected to take {expected:.0} s, over --longest {}", args.longest));
        return Ok(row);
    }
    let mut evaluator = match engine.evaluator(case.objective.as_ref()) {
        Ok(evaluator) => evaluator,
        Err(error) => {
            row.skipped = Some(error.to_string());
            return Ok(row);
        }
    };
    let (budget, most) =
        if args.quick { (Duration::from_millis(300), 9) } else { (Duration::from_secs(3), 201) };
    let warm_up = match evaluator.gradient(case.points.view(), &difference) {
        Ok(gradient) => gradient,
        Err(error) => {
            row.skipped = Some(error.to_string());
            return Ok(row);
        }
    };
    let norm = |values: &ndarray::Array2<f64>| values.iter().map(|v| v * v).sum::<f64>().sqrt();
    row.relative_error = Some(norm(&(&warm_up.value - &case.analytic)) / norm(&case.analytic));
    row.step = match evaluator.resolve(&difference)?.step {
        Some(step) => step.to_string(),
        None => String::new(),
    };
    evaluator.values(case.points.view())?;
    let begin = Instant::now();
    let (mut seconds, mut values) = (Vec::new(), Vec::new());
    while seconds.is_empty() || (seconds.len() < most && begin.elapsed() < budget) {
        seconds.push(evaluator.gradient(case.points.view(), &difference)?.seconds);
        // In turns, so that what slows the machine down slows both.
        let begin = Instant::now();
        evaluator.values(case.points.view())?;
        values.push(begin.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    values.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    row.repetitions = seconds.len();
    row.median_seconds = Some(median);
    row.least_seconds = seconds.first().copied();
    row.most_seconds = seconds.last().copied();
    row.value_median_seconds = Some(values[values.len() / 2]);
    if method == Method::Direct {
        row.flops_per_second = Some(work / median);
    }
    Ok(row)
}

fn print(args: &Args, report: &Report) -> plusminus::Result<()> {
    let mut out = std::io::stdout().lock();
    let failed = |source: std::io::Error| plusminus::Error::File {
        path: "standard output".into(),
        action: FileAction::Write,
        source,
    };
    if args.format == Format::Json {
        let text = serde_json::to_string(report)
            .map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        return writeln!(out, "{text}").map_err(failed);
    }
    let mut device = String::new();
    for row in &report.rows {
        let heading = format!("{} in {}, {} differences", row.device, row.precision, row.difference);
        if heading != device {
            writeln!(
                out,
                "\n{heading}\n{:42} {:>10} {:>21} {:>4} {:>10} {:>9} {:>9}",
                "gradient of", "median ms", "least to most", "of", "x a value", "error", "GFLOP/s"
            )
            .map_err(failed)?;
            device = heading;
        }
        let ms = |seconds: Option<f64>| seconds.map_or(String::new(), |s| format!("{:.3}", 1e3 * s));
        let ratio =
            row.median_seconds.zip(row.value_median_seconds).map(|(gradient, value)| gradient / value);
        match &row.skipped {
            Some(why) => writeln!(out, "{:42} skipped: {why}", row.case),
            None => writeln!(
                out,
                "{:42} {:>10} {:>21} {:>4} {:>10} {:>9.1e} {:>9}",
                row.case,
                ms(row.median_seconds),
                format!("{} to {}", ms(row.least_seconds), ms(row.most_seconds)),
                row.repetitions,
                ratio.map_or(String::new(), |ratio| format!("{ratio:.3}")),
                row.relative_error.unwrap_or(0.0),
                row.flops_per_second.map_or(String::new(), |rate| format!("{:.1}", rate / 1e9)),
            ),
        }
        .map_err(failed)?;
    }
    Ok(())
}
