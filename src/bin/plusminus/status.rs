//! `plusminus status` and `plusminus compare`

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use plusminus::Precision;
use plusminus::job::{self, RunStatus};
use plusminus::plot::Look;
use serde::Serialize;

use crate::args::FormatArgs;
use crate::failure::Failure;
use crate::plot::curves;
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus status out
  plusminus status out/digits out/wine --json

A run is running (a process is at it), unfinished (it can be resumed), finished or failed.")]
pub struct StatusArgs {
    /// Folders of runs, or folders that have such
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus compare out/digits out/digits-adam
  plusminus compare out --plot compared.svg")]
pub struct CompareArgs {
    /// Folders of finished runs, or folders that have such
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,

    /// Draw the curves of all of them into a SVG or PNG file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    plot: Option<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,
}

pub fn status(args: &StatusArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let (mut runs, mut wrong) = (Vec::new(), Vec::new());
    for folder in &args.folders {
        match job::status(std::slice::from_ref(folder)) {
            Ok(some) => runs.extend(some),
            Err(error) => wrong.push(error),
        }
    }
    // One folder that is none does not hide the others.
    let last = wrong.pop();
    for error in &wrong {
        terminal.error(&error.to_string());
    }
    let is_shown = !runs.is_empty();
    if is_shown && args.format.is_json() {
        terminal.json(&runs, Precision::F64)?;
    } else if is_shown {
        print_runs(&runs, terminal)?;
    }
    last.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}

fn print_runs(runs: &[RunStatus], terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let mut rows =
        vec![["run", "state", "step", "of", "loss or f", "accuracy", "seconds", "device"].map(String::from)];
    rows.extend(runs.iter().map(|run| {
        let count = |count: Option<usize>| count.map_or("-".into(), |count| count.to_string());
        [
            shown(&run.folder),
            run.state.to_string(),
            count(run.step),
            count(run.steps),
            figure(run.loss),
            run.accuracy.map_or("-".into(), |accuracy| format!("{accuracy:.4}")),
            run.seconds.map_or("-".into(), |seconds| format!("{seconds:.1}")),
            run.device.as_deref().map_or("-".into(), plain),
        ]
    }));
    print(&rows, &[2, 3, 4, 5, 6], terminal)
}

/// What runs have in common and what not.
#[derive(Serialize)]
struct Compared {
    #[serde(flatten)]
    run: RunStatus,
    /// Keys of the jobs that are not the same in all of them, with the values of this one.
    differs_in: BTreeMap<String, String>,
}

pub fn compare(args: &CompareArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    if let Some(path) = &args.plot {
        plusminus::plot::check_picture(path)?;
    }
    let runs = job::status(&args.folders)?;
    let jobs: Vec<BTreeMap<String, String>> = runs.iter().map(|run| keys(&run.folder)).collect();
    let names: BTreeSet<&String> = jobs.iter().flat_map(BTreeMap::keys).collect();
    let differing: Vec<&String> = names
        .into_iter()
        .filter(|name| jobs.iter().any(|job| job.get(*name) != jobs[0].get(*name)))
        .collect();
    let value = |job: usize, name: &String| jobs[job].get(name).cloned().unwrap_or_else(|| "-".into());
    if let Some(path) = &args.plot {
        let folders: Vec<PathBuf> = runs.iter().map(|run| run.folder.clone()).collect();
        curves::picture(&folders, false, None)?.save(path, Look::default())?;
        terminal.note(&format!("wrote {}", path.display()));
    }
    if args.format.is_json() {
        let all: Vec<Compared> = runs
            .into_iter()
            .enumerate()
            .map(|(i, run)| Compared {
                run,
                differs_in: differing.iter().map(|&name| (name.clone(), value(i, name))).collect(),
            })
            .collect();
        terminal.json(&all, Precision::F64)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut heads = vec!["run".to_string()];
    heads.extend(differing.iter().map(|name| (*name).clone()));
    heads.extend(["steps", "loss or f", "accuracy", "seconds", "outcome"].map(String::from));
    let mut rows = vec![heads];
    for (i, run) in runs.iter().enumerate() {
        let mut row = vec![shown(&run.folder)];
        row.extend(differing.iter().map(|name| value(i, name)));
        row.extend([
            run.step.map_or("-".into(), |step| step.to_string()),
            figure(run.loss),
            run.accuracy.map_or("-".into(), |accuracy| format!("{accuracy:.4}")),
            run.seconds.map_or("-".into(), |seconds| format!("{seconds:.1}")),
            run.outcome.clone().unwrap_or_else(|| run.state.to_string()),
        ]);
        rows.push(row);
    }
    let first = 1 + differing.len();
    print(&rows, &[first, first + 1, first + 2, first + 3], terminal)
}

/// A folder's name without characters that a terminal obeys.
fn shown(folder: &Path) -> String {
    plain(&folder.display().to_string())
}

/// Characters of a cell, at most.
const CELL: usize = 200;

/// What a file says, in a line that does nothing to the terminal.
fn plain(text: &str) -> String {
    let plain = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    let mut short: String = text.chars().take(CELL).map(plain).collect();
    if text.chars().nth(CELL).is_some() {
        short.push('…');
    }
    short
}

fn figure(value: Option<f64>) -> String {
    value.map_or("-".into(), |value| format!("{value:.6e}"))
}

/// The keys of a run's job with their values.
fn keys(folder: &Path) -> BTreeMap<String, String> {
    let path = folder.join("job.toml");
    let text = if path.is_file() { std::fs::read_to_string(path).unwrap_or_default() } else { String::new() };
    let table: Option<toml::Table> = text.parse().ok();
    let mut all = BTreeMap::new();
    flatten("", &table.unwrap_or_default(), &mut all);
    all.remove("name");
    all
}

fn flatten(at: &str, table: &toml::Table, all: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let place = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match value {
            toml::Value::Table(table) => flatten(&place, table, all),
            toml::Value::String(text) => drop(all.insert(place, text.clone())),
            value => drop(all.insert(place, value.to_string())),
        }
    }
}

/// Rows with their columns one below the other; numbers end at the same place.
fn print<R: AsRef<[String]>>(
    rows: &[R],
    numbers: &[usize],
    terminal: &mut Terminal,
) -> Result<ExitCode, Failure> {
    let columns = rows.iter().map(|row| row.as_ref().len()).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().map(|row| row.as_ref()[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (column, (text, &width)) in row.as_ref().iter().zip(&widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            line += &match numbers.contains(&column) {
                true => format!("{gap}{text:>width$}"),
                false => format!("{gap}{text:<width$}"),
            };
        }
        writeln!(terminal, "{}", line.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}
