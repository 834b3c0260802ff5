//! Tables: a row for each set and precision.

use std::time::Instant;

use ndarray::ArrayView2;
use plusminus::{Difference, Engine, Notice, Objective, Precision, Remark, Result};

use crate::sets::{Set, Subject};
use crate::tally::{Component, Tally};
use crate::truth::Truth;

/// A tally, and what of.
pub struct Named {
    name: String,
    tally: Tally,
}

/// Takes the derivatives of a subject at a point, or says that it failed.
type Measure = fn(&Engine, &Subject, &[f64], &mut Tally) -> Result<()>;

pub fn gradients(engines: &[Engine], sets: &[Set]) -> Result<Vec<Named>> {
    println!("## Gradients\n");
    table(engines, sets, gradient)
}

pub fn hessians(engines: &[Engine], sets: &[Set]) -> Result<Vec<Named>> {
    println!("\n## Hessians\n");
    table(engines, sets, hessian)
}

fn table(engines: &[Engine], sets: &[Set], measure: Measure) -> Result<Vec<Named>> {
    println!(
        "| set | precision | points | components | error: median | p95 | worst | within bars | within bars, literals as read | bar/error, median | \
         unknown | flagged | statistical, within bars | evaluations a component | s | worst at |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut all = Vec::new();
    for set in sets {
        for engine in engines {
            let begin = Instant::now();
            let mut tally = Tally::default();
            for subject in &set.subjects {
                for x in &subject.points {
                    measure(engine, subject, x, &mut tally)?;
                }
            }
            print_row(set.name, engine, &tally, begin);
            all.push(Named { name: format!("{}, {}", set.name, engine.precision()), tally });
        }
    }
    Ok(all)
}

fn print_row(name: &str, engine: &Engine, tally: &Tally, begin: Instant) {
    let failed = match tally.failures.len() {
        0 => String::new(),
        count => format!(" ({count} failed)"),
    };
    println!(
        "| {name} | {} | {}{failed} | {} | {:.1e} | {:.1e} | {:.1e} | {} of {} | {} | {:.1} | {} | {} | {} of {} | {:.1} | {:.1} | `{}` |",
        engine.precision(),
        tally.points,
        tally.components,
        tally.quantile(0.5),
        tally.quantile(0.95),
        tally.quantile(1.0),
        tally.within,
        tally.components,
        tally.within_read,
        tally.width(),
        tally.unknown,
        tally.flagged,
        tally.statistical_within,
        tally.statistical,
        tally.evaluations as f64 / tally.components as f64,
        begin.elapsed().as_secs_f64(),
        tally.worst.as_ref().map_or("", |worst| &worst.1)
    );
}

fn as_read<'a>(engine: &Engine, subject: &'a Subject) -> &'a Truth {
    &subject.read[usize::from(engine.precision() == Precision::F64)]
}

fn gradient(engine: &Engine, subject: &Subject, x: &[f64], tally: &mut Tally) -> Result<()> {
    // Nothing to compare with where there is no derivative.
    let Some(exact) = subject.truth.gradient(x) else { return Ok(()) };
    let read = as_read(engine, subject).gradient(x);
    tally.points += 1;
    let mut evaluator = engine.evaluator(&subject.objective)?;
    let got = match evaluator.gradient_at(x, &Difference::default()) {
        Ok(got) => got,
        Err(error) => {
            tally.failures.push((subject.text.clone(), error));
            return Ok(());
        }
    };
    tally.evaluations += got.evaluations;
    let component = |i: usize| Component {
        axis: format!("x{i}"),
        got: got.value[i],
        bar: got.error.as_ref().map(|bars| bars[i]),
        want: exact.pairs[i],
        read: read.as_ref().map(|read| read.pairs[i]),
        is_flagged: got.remarks.iter().any(|remark| remark.axis == Some(i) && !is_statistical(remark)),
        is_statistical: got.remarks.iter().any(|remark| remark.axis == Some(i) && is_statistical(remark)),
    };
    tally.take(&subject.text, x, (0..x.len()).map(component).collect());
    Ok(())
}

fn hessian(engine: &Engine, subject: &Subject, x: &[f64], tally: &mut Tally) -> Result<()> {
    let Some(exact) = subject.truth.hessian(x) else { return Ok(()) };
    let read = as_read(engine, subject).hessian(x);
    tally.points += 1;
    let n = subject.objective.dimension();
    let mut evaluator = engine.evaluator(&subject.objective)?;
    let Ok(point) = ArrayView2::from_shape((1, n), x) else { return Ok(()) };
    let got = match evaluator.hessian(point, &Difference::default()) {
        Ok(got) => got,
        Err(error) => {
            tally.failures.push((subject.text.clone(), error));
            return Ok(());
        }
    };
    tally.evaluations += got.evaluations;
    // A symmetric matrix: one triangle of it.
    let places = (0..n).flat_map(|i| (0..=i).map(move |j| (i, j)));
    let is_at = |remark: &Remark, i: usize, j: usize| {
        let (a, b) = (remark.axis, remark.across.or(remark.axis));
        (a, b) == (Some(i), Some(j)) || (a, b) == (Some(j), Some(i))
    };
    let component = |(i, j): (usize, usize)| Component {
        axis: format!("x{i} x{j}"),
        got: got.value[[0, i, j]],
        bar: got.error.as_ref().map(|bars| bars[[0, i, j]]),
        want: exact[i][j],
        read: read.as_ref().map(|read| read[i][j]),
        is_flagged: got.remarks.iter().any(|remark| is_at(remark, i, j) && !is_statistical(remark)),
        is_statistical: got.remarks.iter().any(|remark| is_at(remark, i, j) && is_statistical(remark)),
    };
    tally.take(&subject.text, x, places.map(component).collect());
    Ok(())
}

/// Whether a bar is the spread of samples.
fn is_statistical(remark: &Remark) -> bool {
    matches!(remark.notice, Notice::Statistical { .. })
}

/// Every component outside its bar, and every point without a derivative.
pub fn print_misses(all: &[Named]) {
    println!(
        "| set | f | x | along | d | d* | error | bar | error/bar |\n|---|---|---|---|---|---|---|---|---|"
    );
    for Named { name, tally } in all {
        for (text, error) in &tally.failures {
            println!("| {name} | `{text}` | | | failed: {} | | | | |", error.to_string().replace('\n', " "));
        }
        for miss in &tally.misses {
            let x: Vec<String> = miss.x.iter().map(|x| format!("{x}")).collect();
            println!(
                "| {name} | `{}` | {} | {} | {:e} | {:e} | {:.1e} | {:.1e} | {:.1} |",
                miss.text,
                x.join(", "),
                miss.axis,
                miss.got,
                miss.want,
                miss.error,
                miss.bar,
                miss.error / miss.bar
            );
        }
    }
}
