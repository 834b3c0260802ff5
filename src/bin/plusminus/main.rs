//! The command line: parse, run, print, exit 0 (done), 1 (the work failed) or 2 (bad usage or input).

mod args;
mod check;
mod derivatives;
mod descend;
mod devices;
mod gradient;
mod output;
mod run;

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Gradients of anything that can be evaluated, from f(x+h) and f(x-h), on any GPU and on the CPU.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Tell what is going on (-v), or every detail (-vv), on standard error
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

const EXAMPLES: &str = "\
Examples:
  plusminus devices
  plusminus gradient --sum-of-squares --at 3,4
  plusminus gradient --sum-of-squares --at 3,4 --step 1e-4 --precision f64 --device cpu --format json
  plusminus gradient --expr 'sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)' --at -1.2,1,1
  plusminus gradient --wgsl examples/problems/bard.wgsl --data examples/problems/bard.csv --terms 15 --at 1,1,1
  plusminus check --expr 'x0^2*x1' --at 2,3 --against '2*x0*x1; x0^2'
  plusminus hessian --expr 'sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)' --at -1.2,1
  plusminus jacobian --expr 'x0*x1; sin(x1)' --at 2,3
  plusminus descend --expr '0.01*x0^2 + 0.1*x0' --from 3 --rate 0.1 --steps 100
  plusminus run examples/digits.toml

Exit codes: 0 done, 1 the work failed or a gradient is wrong, 2 bad usage or bad input.";

#[derive(Subcommand)]
enum Command {
    /// List the CPU engine and every adapter: its limits, and what a probe shader measured on it
    Devices(devices::Args),
    /// The gradient of an objective at one or many points
    Gradient(gradient::Args),
    /// Is this analytic gradient right? Component by component, with error bars
    ///
    /// The gradient is that of the WGSL file, `fn gradient(i: u32) -> real`, or what --against gives. Each component
    /// agrees, disagrees, or cannot be told, since differences are too noisy there or there is no derivative. At a kink,
    /// anything between the slopes of both sides agrees. `slope` is p where |f(x+h) - f(x) - h·claimed| goes like h^p: 2
    /// or more for a right component, 1 for a wrong one, and - where all of it is rounding noise. The last line of a point
    /// says what is wrong and where. Exit code 1 if a component disagrees.
    Check(check::Args),
    /// The derivative along a direction
    Directional(derivatives::DirectionalArgs),
    /// The Hessian, or its product with a vector
    Hessian(derivatives::HessianArgs),
    /// The Jacobian of a vector-valued function
    Jacobian(derivatives::JacobianArgs),
    /// Gradient descent from one or many points, with the reason why each stopped
    Descend(descend::Args),
    /// Run a job file: train a network, or descend an objective, by numerical gradients, and write the results
    Run(run::Args),
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
    let cli = Cli::parse();
    let level = match cli.verbose {
        0 => tracing::Level::WARN,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let mut out = std::io::stdout().lock();
    let done = match cli.command {
        Command::Devices(args) => devices::run(&args, &mut out),
        Command::Gradient(args) => gradient::run(&args, &mut out),
        Command::Check(args) => check::run(&args, &mut out),
        Command::Directional(args) => derivatives::directional(&args, &mut out),
        Command::Hessian(args) => derivatives::hessian(&args, &mut out),
        Command::Jacobian(args) => derivatives::jacobian(&args, &mut out),
        Command::Descend(args) => descend::run(&args, &mut out),
        Command::Run(args) => run::run(&args, &mut out),
    };
    match done.and_then(|code| out.flush().map(|()| code).map_err(Failure::from)) {
        Ok(code) => code,
        // The reader of a pipe has had enough.
        Err(Failure::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Output(error)) => {
            output::note(&format!("error: cannot write to standard output: {error}"));
            ExitCode::from(1)
        }
        Err(Failure::Work(error)) => {
            output::note(&format!("error: {error}"));
            ExitCode::from(if error.is_bad_input() { 2 } else { 1 })
        }
    }
}

/// Why a command ended early.
enum Failure {
    Work(plusminus::Error),
    Output(std::io::Error),
}

impl From<plusminus::Error> for Failure {
    fn from(error: plusminus::Error) -> Self {
        Failure::Work(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Output(error)
    }
}
