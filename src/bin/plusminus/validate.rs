//! `plusminus validate` and `plusminus schema`

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use plusminus::job::{self, Job, validate};

use crate::exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus validate examples/*.toml
  plusminus validate job.toml --set descent.rate=0.1")]
pub struct Args {
    /// Job files
    #[arg(value_name = "JOB.toml", required = true)]
    jobs: Vec<PathBuf>,

    /// Instead of what the jobs say, as of `plusminus run`
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let mut worst = 0;
    for path in &args.jobs {
        match Job::read_with(path, &args.set).and_then(|job| validate(&job)) {
            Ok(what) => writeln!(terminal, "{}: {what}", path.display())?,
            Err(error) => {
                worst = worst.max(error.exit_code());
                let (job, error) = (path.display().to_string(), error.to_string());
                terminal.error(&if error.starts_with(&job) { error } else { format!("{job}: {error}") });
            }
        }
    }
    Ok(exit::code_if(worst > 0, worst))
}

pub fn schema(terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    writeln!(terminal, "{:#}", job::schema().as_value())?;
    Ok(ExitCode::SUCCESS)
}
