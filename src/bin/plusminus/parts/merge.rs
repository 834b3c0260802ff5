//! `plusminus merge`

use std::path::PathBuf;
use std::process::ExitCode;

use plusminus::Error;
use plusminus::shard::Parts;

use super::Body;
use crate::args::OutputArgs;
use crate::descend;
use crate::failure::Failure;
use crate::report::Report;
use crate::run;
use crate::sweep;
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  for i in 1 2 3; do plusminus gradient --expr 'sum(x^2)' --points points.csv --shard $i/3 --parts parts; done
  plusminus merge parts --output gradients.npz
  plusminus merge parts --out results   (of parts of `plusminus run`)
  parallel plusminus descend --expr '20 + sum(x^2 - 10*cos(2*pi*x))' --starts 1024 --region -5:5,-5:5 --rate 0.001 --steps 2000 --shard {}/8 --parts parts ::: 1 2 3 4 5 6 7 8

What is printed and saved is what the command would have found in one process, to the last bit. Parts that are missing, damaged, there
twice or of other work are named; a part that failed is run again alone.

Exit codes: as those of the command in one process; 2 if parts are missing or do not belong together.")]
pub struct Args {
    /// Folders of parts
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,

    /// Of the parts of a job: the folder for the results, as of `plusminus run` [default: out/NAME]
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    out: Option<PathBuf>,

    /// Of the parts of a job: replace a finished run
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    output: OutputArgs,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.output.check()?;
    let parts = Parts::<Body>::read(&args.folders)?;
    if parts.devices.len() > 1 {
        terminal.note(&format!(
            "the parts were made on {}: last digits are those of the device of each",
            parts.devices.join(" and ")
        ));
    }
    let (mut derivatives, mut descents, mut sweeps) = (Vec::new(), Vec::new(), Vec::new());
    let mut jobs = Vec::new();
    for (blocks, body) in parts.bodies {
        match body {
            Body::Derivative(part) => derivatives.push((blocks, part)),
            Body::Descent(part) => descents.push((blocks, part)),
            Body::Sweep(part) => sweeps.push((blocks, part)),
            Body::Job(part) => jobs.push((blocks, part)),
        }
    }
    let wrong =
        || Failure::from(Error::Usage { message: "the parts do not fit together: run them again".into() });
    let there = [derivatives.is_empty(), descents.is_empty(), sweeps.is_empty(), jobs.is_empty()];
    if (args.out.is_some() || args.force) && jobs.is_empty() {
        return Err(Failure::from(Error::Usage {
            message: "--out and --force are for the parts of `plusminus run`; --output saves what other commands print".into(),
        }));
    }
    match there {
        [false, true, true, true] => {
            Report::of_parts(derivatives).ok_or_else(wrong)?.tell(&args.output, terminal)
        }
        [true, false, true, true] => descend::of_parts(descents, &args.output, terminal)?.ok_or_else(wrong),
        [true, true, false, true] => sweep::of_parts(sweeps, &args.output, terminal)?.ok_or_else(wrong),
        [true, true, true, false] => {
            run::of_parts(jobs, (args.out.as_deref(), args.force), &args.output, terminal)
        }
        _ => Err(wrong()),
    }
}
