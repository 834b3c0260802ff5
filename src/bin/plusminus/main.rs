//! The command line: parse, run, print, exit with a code that says how it ended (`exit`).

mod about;
mod alloc;
mod args;
mod check;
mod derivatives;
mod descend;
mod devices;
mod exit;
mod failure;
mod fit;
mod init;
mod interrupt;
mod meter;
mod minimize;
mod model;
mod net;
mod parts;
mod plot;
mod ranks;
mod report;
mod run;
mod sparse;
mod status;
mod sweep;
mod terminal;
mod text;
mod threads;
mod validate;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use failure::Failure;
use terminal::Terminal;
use tracing::Level;

/// Gradients of anything that can be evaluated, from f(x+h) and f(x-h), on any GPU and on the CPU.
#[derive(Parser)]
#[command(version = about::version(), after_help = [EXAMPLES, exit::TABLE].concat())]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Say what is going on (-v), every detail (-vv), or what each kernel takes (-vvv), on standard error
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "General")]
    verbose: u8,

    /// No progress and no notes on standard error, only errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "General")]
    quiet: bool,

    /// Threads of the CPU engine [default: as many as there are cores, or RAYON_NUM_THREADS]
    #[arg(long, global = true, value_name = "N", help_heading = "General")]
    threads: Option<usize>,

    /// Colours in help and on standard error
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto, help_heading = "General")]
    color: ColorChoice,
}

const EXAMPLES: &str = "\
Examples:
  plusminus devices
  plusminus gradient --sum-of-squares --at 3,4
  plusminus gradient --sum-of-squares --at 3,4 --step 1e-4 --precision f64 --device cpu --json
  plusminus gradient --expr 'sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)' --at -1.2,1,1
  plusminus gradient --wgsl examples/problems/bard.wgsl --data examples/problems/bard.csv --terms 15 --at 1,1,1
  plusminus check --expr 'x0^2*x1' --at 2,3 --against '2*x0*x1; x0^2'
  plusminus hessian --expr 'sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)' --at -1.2,1
  plusminus jacobian --expr 'x0*x1; sin(x1)' --at 2,3
  plusminus descend --expr '0.01*x0^2 + 0.1*x0' --from 3 --rate 0.1 --steps 100
  plusminus minimize --expr '(1 - x0)^2 + 100*(x1 - x0^2)^2' --from -1.2,1
  plusminus run examples/digits.toml
  plusminus evaluate out/digits --data examples/data/digits.csv

";

#[derive(Subcommand)]
enum Command {
    /// List the CPU engine and every adapter: its limits, and what a probe shader measured on it
    Devices(devices::Args),
    /// The gradient of an objective at one or many points
    Gradient(derivatives::GradientArgs),
    /// Check an analytic gradient, component by component, with error bars
    ///
    /// The gradient is that of the WGSL file, `fn gradient(i: u32) -> real`, or what --against gives. Each component agrees,
    /// disagrees, or is inconclusive, where differences are too noisy or there is no derivative. At a kink, anything between the
    /// slopes of both sides agrees. `slope` is p where |f(x+h) - f(x) - h·claimed| goes like h^p: 2 or more for a right component,
    /// 1 for a wrong one, and - where all of it is rounding noise. The last line of a point says what is wrong and where. The exit
    /// code is 1 if a component disagrees.
    Check(check::Args),
    /// The derivative along a direction
    Directional(derivatives::DirectionalArgs),
    /// The Hessian, or its product with a vector
    Hessian(derivatives::HessianArgs),
    /// The Jacobian of a vector-valued function
    Jacobian(derivatives::JacobianArgs),
    /// Gradient descent from one or many points, with the reason why each stopped
    Descend(Box<descend::Args>),
    /// Minimise a smooth function by L-BFGS, from one or many starts, within bounds
    Minimize(minimize::Args),
    /// Fit a model to data by least squares: parameters with standard deviations, correlations, a picture
    Fit(Box<fit::Args>),
    /// Run a job file: train a network, or descend an objective, by numerical gradients, and write the results
    Run(Box<run::Args>),
    /// Check job files and all that they read, without running them
    Validate(validate::Args),
    /// Write a job file to begin with, every key explained
    Init(init::Args),
    /// Print the JSON Schema of job files, which editors complete and check by
    Schema,
    /// Descend by many learning rates, rules and steps at once, and rank them
    Sweep(Box<sweep::Args>),
    /// Draw gradient fields, contours, paths of descents, curves of runs, and sweeps, as SVG or PNG
    Plot(Box<plot::Args>),
    /// Put together what the parts of a command have found
    Merge(parts::Args),
    /// How runs stand: running, unfinished, finished, failed, with their steps and last losses
    Status(status::StatusArgs),
    /// What runs differ in, and what they came to, in a table and a picture
    Compare(status::CompareArgs),
    /// What a trained network answers to the samples of a file
    Predict(model::PredictArgs),
    /// How good a trained network is on samples whose answers are known
    Evaluate(model::EvaluateArgs),
    /// Print completions for a shell
    Completions(about::CompletionArgs),
    /// Print a man page
    Man(about::ManArgs),
}

fn main() -> ExitCode {
    keep_vulkan_quiet();
    net::within(run_all)
}

fn run_all() -> ExitCode {
    interrupt::survive_file_limits();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let parser = Cli::command().color(color(&arguments));
    let cli = match parser.try_get_matches_from(arguments).and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let mut terminal = Terminal::new(cli.quiet, cli.color);
    tracing_subscriber::fmt()
        .with_max_level(match (cli.quiet, cli.verbose) {
            (true, _) => Level::ERROR,
            (_, 0) => Level::WARN,
            (_, 1) => Level::INFO,
            (_, 2) => Level::DEBUG,
            _ => Level::TRACE,
        })
        .with_ansi(terminal.is_coloured())
        .with_writer(std::io::stderr)
        // Nobody may be listening; by default that is said there, too, and panics.
        .log_internal_errors(false)
        .init();
    if let Err(error) = threads::start(cli.threads) {
        terminal.error(&error.to_string());
        return ExitCode::from(error.exit_code());
    }
    let done = match cli.command {
        Command::Devices(args) => devices::run(&args, &mut terminal),
        Command::Gradient(args) => derivatives::gradient(&args, &mut terminal),
        Command::Check(args) => check::run(&args, &mut terminal),
        Command::Directional(args) => derivatives::directional(&args, &mut terminal),
        Command::Hessian(args) => derivatives::hessian(&args, &mut terminal),
        Command::Jacobian(args) => derivatives::jacobian(&args, &mut terminal),
        Command::Descend(args) => descend::run(&args, &mut terminal),
        Command::Fit(args) => fit::run(&args, &mut terminal),
        Command::Minimize(args) => minimize::run(&args, &mut terminal),
        Command::Run(args) => run::run(&args, &mut terminal),
        Command::Validate(args) => validate::run(&args, &mut terminal),
        Command::Init(args) => init::run(&args, &mut terminal),
        Command::Schema => validate::schema(&mut terminal),
        Command::Sweep(args) => sweep::run(&args, &mut terminal),
        Command::Plot(args) => plot::run(&args, &mut terminal),
        Command::Merge(args) => parts::run(&args, &mut terminal),
        Command::Status(args) => status::status(&args, &mut terminal),
        Command::Compare(args) => status::compare(&args, &mut terminal),
        Command::Predict(args) => model::predict(&args, &mut terminal),
        Command::Evaluate(args) => model::evaluate(&args, &mut terminal),
        Command::Completions(args) => about::completions(&args, &mut Cli::command(), &mut terminal),
        Command::Man(args) => about::man(&args, Cli::command(), &mut terminal),
    };
    let code = match done {
        Ok(code) => code,
        Err(Failure::Output(error)) => {
            terminal.error(&format!("cannot write to standard output: {error}"));
            return ExitCode::from(exit::DISK);
        }
        Err(Failure::Work(error)) => {
            terminal.error(&error.to_string());
            return ExitCode::from(error.exit_code());
        }
    };
    match terminal.finish() {
        // What the work came to matters more.
        Err(error) if code == ExitCode::SUCCESS => {
            terminal.error(&format!("cannot write to standard output: {error}"));
            ExitCode::from(exit::DISK)
        }
        _ => code,
    }
}

/// What --color says, for the parser itself, which prints help and complaints before it has parsed everything.
fn color(arguments: &[OsString]) -> ColorChoice {
    let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
    let given = texts.find_map(|text| match text.strip_prefix("--color")? {
        "" => Some(None),
        rest => rest.strip_prefix('=').map(Some),
    });
    let given = given.and_then(|value| value.or_else(|| texts.next()));
    given.and_then(|value| ColorChoice::from_str(value, false).ok()).unwrap_or_default()
}

/// Without a desktop session, Vulkan drivers complain on standard error that XDG_RUNTIME_DIR is not set. A folder that does not
/// exist silences them; a shared one would be open to others.
fn keep_vulkan_quiet() {
    if cfg!(all(target_os = "linux", feature = "gpu")) && std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: the first statement of the program; no other thread is there to read the environment.
        #[allow(unsafe_code, reason = "the only way to set a variable that a C library reads")]
        unsafe {
            std::env::set_var("XDG_RUNTIME_DIR", "/nonexistent");
        }
    }
}
