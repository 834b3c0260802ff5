//! `plusminus init`: job files to begin with.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use plusminus::Error;

use crate::failure::Failure;
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus init classification
  plusminus init descent --out valley.toml
  plusminus init sweep --out - | less

Every key of such a job is in the file, with what it means; what is optional is there as a comment.")]
pub struct Args {
    /// The kind of job
    #[arg(value_enum)]
    kind: Kind,

    /// The file to write, - for standard output [default: KIND.toml]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// A network that tells classes apart, from a table
    Classification,
    /// A network that answers with values, from a table
    Regression,
    /// A network for arrays in a npz file
    Arrays,
    /// A network for images in IDX files, as MNIST has them
    Images,
    /// A descent of a formula, from one point or many
    Descent,
    /// A descent of an objective in WGSL
    Wgsl,
    /// Descents by many learning rates and rules, ranked
    Sweep,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Kind::Classification => include_str!("classification.toml"),
            Kind::Regression => include_str!("regression.toml"),
            Kind::Arrays => include_str!("arrays.toml"),
            Kind::Images => include_str!("images.toml"),
            Kind::Descent => include_str!("descent.toml"),
            Kind::Wgsl => include_str!("wgsl.toml"),
            Kind::Sweep => include_str!("sweep.toml"),
        }
    }
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let name = args.kind.to_possible_value().map_or_else(String::new, |value| value.get_name().to_string());
    let path = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    if path.as_os_str() == "-" {
        write!(terminal, "{}", args.kind.text())?;
        return Ok(ExitCode::SUCCESS);
    }
    if path.exists() && !args.force {
        let message =
            format!("{} is there already: --force replaces it, --out names another file", path.display());
        return Err(Failure::Work(Error::Usage { message }));
    }
    plusminus::data::save_text(&path, args.kind.text())?;
    writeln!(
        terminal,
        "wrote {}; plusminus validate {0} checks it, plusminus run {0} runs it",
        path.display()
    )?;
    Ok(ExitCode::SUCCESS)
}
