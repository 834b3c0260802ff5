//! The losses or values of runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use plusminus::data::{Cell, ColumnName, Table, TableOptions};
use plusminus::plot::{Curves, Line, Panel, Picture, Scaling};

use super::LookArgs;
use crate::failure::Failure;
use crate::terminal::Terminal;

#[derive(clap::Args)]
pub struct Args {
    /// Folders that `plusminus run` wrote
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,

    /// The vertical axis is linear, also where values span powers of ten
    #[arg(long, help_heading = "Picture")]
    linear: bool,

    #[command(flatten)]
    look: LookArgs,
}

/// What is drawn of which table, over `step`: files, what the panel shows, columns with what their lines are called.
type Source = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const SOURCES: [Source; 5] = [
    ("epochs.csv", "loss", &[("train_loss", "training"), ("test_loss", "held out")]),
    ("epochs.csv", "accuracy", &[("train_accuracy", "training"), ("test_accuracy", "held out")]),
    ("epochs.csv", "R²", &[("train_r2", "training"), ("test_r2", "held out")]),
    ("values.csv", "f", &[("least", "least")]),
    ("trace.csv", "norm of the gradient", &[("gradient_norm", "")]),
];

fn column(table: &Table, name: &str) -> Option<usize> {
    table.names().is_some_and(|names| names.iter().any(|other| other == name)).then_some(())?;
    table.find(&ColumnName::Name(name.into())).ok()
}

/// (step, value), of the first point where there are several.
fn points(table: &Table, of: usize) -> Result<Vec<(f64, f64)>, Failure> {
    let step = table.find(&ColumnName::Name("step".into()))?;
    let point = column(table, "point");
    let is_first = |row: usize| point.is_none_or(|point| table.cell(row, point) == Cell::Number(0.0));
    let pair = |row: usize| match (table.cell(row, step), table.cell(row, of)) {
        (Cell::Number(step), Cell::Number(value)) => Some((step, value)),
        _ => None,
    };
    Ok((0..table.rows()).filter(|row| is_first(*row)).filter_map(pair).collect())
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.look.check()?;
    let picture = picture(&args.runs, args.linear, Some(&args.look))?;
    args.look.save(&picture, terminal)?;
    Ok(ExitCode::SUCCESS)
}

/// The curves of runs, in one picture.
pub fn picture(runs: &[PathBuf], is_linear: bool, look: Option<&LookArgs>) -> Result<Picture, Failure> {
    let mut panels: Vec<(&str, Vec<Line>)> = Vec::new();
    for run in runs {
        let mut is_run = false;
        for (file, what, columns) in SOURCES {
            let path = run.join(file);
            if !path.is_file() {
                continue;
            }
            is_run = true;
            let header = TableOptions { header: Some(true), ..TableOptions::default() };
            let table = Table::read(&path, &header)?;
            for (name, called) in columns {
                let Some(of) = column(&table, name) else { continue };
                let points = points(&table, of)?;
                if points.is_empty() {
                    continue;
                }
                let line = Line { name: named(run, called, runs.len()), is_faint: false, points };
                match panels.iter_mut().find(|(other, _)| *other == what) {
                    Some((_, lines)) => lines.push(line),
                    None => panels.push((what, vec![line])),
                }
            }
        }
        if !is_run {
            let message = format!(
                "{}: there is neither epochs.csv nor values.csv, so it is no folder of a run; give what `plusminus run` wrote",
                run.display()
            );
            return Err(Failure::Work(plusminus::Error::Usage { message }));
        }
    }
    let panel = |(what, lines): (&str, Vec<Line>)| match what {
        "accuracy" | "R²" => Panel::with("steps", what, Scaling::Linear, lines),
        "norm of the gradient" if !is_linear => Panel::with("steps", what, Scaling::Log, lines),
        _ if is_linear => Panel::with("steps", what, Scaling::Linear, lines),
        _ => Panel::of("steps", what, lines),
    };
    let names: Vec<String> = runs.iter().map(|run| name_of(run)).collect();
    let names = names.join(", ");
    let title = look.map_or_else(|| names.clone(), |look| look.title(names.clone()));
    let panels = panels.into_iter().map(panel).collect();
    Ok(Picture::Curves(Curves { title, panels }))
}

fn name_of(run: &Path) -> String {
    let full = run.canonicalize().unwrap_or_else(|_| run.into());
    full.file_name().map_or_else(|| run.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// With the run's name, if there are several.
fn named(run: &Path, called: &str, runs: usize) -> String {
    match (runs, called) {
        (1, _) => called.into(),
        (_, "") => name_of(run),
        _ => format!("{} {called}", name_of(run)),
    }
}
