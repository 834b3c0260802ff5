//! Descends an objective from one or many points.

use std::time::Instant;

use ndarray::{Array1, Array2};

use super::config::{DescentConfig, Job, ObjectiveConfig, StartConfig};
use super::progress::{Progress, Stage};
use super::results::{Line, Panel, Results, Style, Table};
use super::summary::{Best, DescentSummary, How, Summary};
use crate::error::{Error, Result};
use crate::evaluator::{Engine, Workload};
use crate::objective::Objective;
use crate::optimize::{Descent, DescentResult, Minibatches, Outcome, check_bounds};

pub(super) fn run(
    job: &Job,
    objective: &ObjectiveConfig,
    start: &StartConfig,
    stage: &mut Stage<'_>,
) -> Result<Results> {
    let mut start = start.read()?;
    let rates = job.descent.rate.0.len();
    if start.nrows() == 1 && rates > 1 {
        start = Array2::from_shape_fn((rates, start.ncols()), |(_, i)| start[[0, i]]);
    }
    if rates > 1 && rates != start.nrows() {
        return Err(Error::usage(format!(
            "descent.rate has {rates} numbers for {} starting points: give one for all, one for each, or one starting point",
            start.nrows()
        )));
    }
    let objective = objective.objective(start.ncols(), job.precision)?;
    let steps = job.descent.steps.unwrap_or(0);
    let difference = job.gradient.difference();
    let work = Workload::gradients(start.nrows().saturating_mul(steps))
        .with_terms(job.descent.batch.unwrap_or(objective.terms()))
        .with_difference(&difference);
    let engine = Engine::open_for(&job.device, job.precision, &*objective, &work)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let difference = evaluator.resolve(&difference)?;
    let how = How::new(&evaluator, &difference);
    let mut descent = Descent::with_rules(job.rules(steps)?)
        .steps(steps)
        .difference(difference)
        .report_every(job.descent.report_every)
        .stopping(job.descent.stop)
        .leave_saddles(job.descent.leave_saddles);
    if let Some((lower, upper)) = bounds(&job.descent, objective.dimension()) {
        check_bounds(&lower, &upper, objective.dimension())
            .map_err(|error| Error::usage(format!("descent: {error}")))?;
        descent = descent.bounds(&lower, &upper);
    }
    if let Some(batch) = job.descent.batch {
        let batches = Minibatches::new(objective.terms(), batch, job.descent.seed);
        descent =
            descent.minibatches(batches.map_err(|error| Error::usage(format!("descent.batch: {error}")))?);
    }
    let title = format!("{}: {} from {} points; {how}", job.name, objective.name(), start.nrows());
    stage.begin(steps, &title)?;

    let begin = Instant::now();
    let mut rows = Vec::new();
    let done = descent
        .observe(|report| {
            let row = report.values.as_ref().and_then(|values| ValueRow::new(report.step - 1, values));
            rows.extend(row);
            (stage.progress)(Progress::Step { step: report.step, loss: row.map(|row| row.least) });
            Ok(())
        })
        .run(&mut evaluator, start.view())?;
    let seconds = begin.elapsed().as_secs_f64();
    let values: Vec<f64> = done.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    rows.extend(ValueRow::new(done.outcomes.iter().map(Outcome::steps).max().unwrap_or(0), &values));
    let title = format!("{}: {}, {} {} differences", job.name, objective.name(), how.difference, how.scheme);
    let summary = DescentSummary {
        name: job.name.clone(),
        objective: objective.name(),
        how,
        dimension: objective.dimension(),
        terms: objective.terms(),
        points: start.nrows(),
        outcomes: Outcome::counts(&done.outcomes).into_iter().collect(),
        worse: done.gains.iter().filter(|gain| gain.is_worse()).count(),
        diverged: done.outcomes.iter().filter(|outcome| outcome.is_failure()).count(),
        best: best(&done),
        evaluations: done.evaluations,
        seconds,
    };
    Ok(results(title, start, done, &rows, summary))
}

/// Lower and upper bounds, if there are any.
fn bounds(descent: &DescentConfig, n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let DescentConfig { lower, upper, .. } = descent;
    let all = |bound: &Option<Vec<f64>>, none| bound.clone().unwrap_or_else(|| vec![none; n]);
    (lower.is_some() || upper.is_some()).then(|| (all(lower, f64::NEG_INFINITY), all(upper, f64::INFINITY)))
}

fn best(done: &DescentResult) -> Option<Best> {
    // Of minibatches only the ends are known.
    let lowest = |i: usize| done.gains[i].best.or(done.values[i]);
    let all = (0..done.gains.len()).filter_map(|i| Some((i, lowest(i)?)));
    let (point, value) = all.min_by(|a, b| a.1.total_cmp(&b.1))?;
    let outcome = format!("{}; {}", done.outcomes[point], done.gains[point]);
    Some(Best {
        point,
        value,
        steps: done.gains[point].best_steps,
        outcome,
        x: done.best_points.row(point).to_vec(),
    })
}

fn results(
    title: String,
    start: Array2<f64>,
    done: DescentResult,
    rows: &[ValueRow],
    summary: DescentSummary,
) -> Results {
    let values: Array1<f64> = done.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let best_values: Array1<f64> = done.gains.iter().map(|gain| gain.best.unwrap_or(f64::NAN)).collect();
    let steps: Array1<f64> = done.outcomes.iter().map(|outcome| outcome.steps() as f64).collect();
    Results {
        title,
        arrays_name: "points",
        arrays: vec![
            ("start".into(), start.into_dyn()),
            ("points".into(), done.points.into_dyn()),
            ("values".into(), values.into_dyn()),
            ("best_points".into(), done.best_points.into_dyn()),
            ("best_values".into(), best_values.into_dyn()),
            ("steps".into(), steps.into_dyn()),
        ],
        texts: Vec::new(),
        tables: vec![Table {
            name: "values",
            columns: &["step", "points", "least", "median", "greatest"],
            rows: rows.iter().map(ValueRow::cells).collect(),
        }],
        panels: vec![panel(rows)],
        summary: Summary::Descent(summary),
        outcomes: done.outcomes,
    }
}

/// The values of all points before a step.
#[derive(Clone, Copy, Debug)]
struct ValueRow {
    /// Steps made before.
    step: usize,
    /// Points that still descend.
    points: usize,
    least: f64,
    median: f64,
    greatest: f64,
}

impl ValueRow {
    fn new(step: usize, values: &[f64]) -> Option<Self> {
        let mut values: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let (least, greatest) = (*values.first()?, *values.last()?);
        Some(ValueRow { step, points: values.len(), least, median: values[values.len() / 2], greatest })
    }

    fn cells(&self) -> Vec<Option<f64>> {
        let ValueRow { step, points, least, median, greatest } = *self;
        [step as f64, points as f64, least, median, greatest].map(Some).to_vec()
    }
}

/// The least, median and greatest value of the points over the steps.
fn panel(rows: &[ValueRow]) -> Panel {
    let least = rows.iter().map(|row| row.least).fold(f64::INFINITY, f64::min);
    let greatest = rows.iter().map(|row| row.greatest).fold(f64::NEG_INFINITY, f64::max);
    // Values that fall by powers of ten need a scale of such.
    let is_log = least > 0.0 && greatest / least > 100.0;
    let scaled = |y: f64| if is_log { y.log10() } else { y };
    let line = |name, style, of: fn(&ValueRow) -> f64| Line {
        name,
        style,
        points: rows.iter().map(|row| (row.step as f64, scaled(of(row)))).collect(),
    };
    let lines = if rows.iter().all(|row| row.points <= 1) {
        vec![line("value", Style::Main, |row| row.least)]
    } else {
        vec![
            line("greatest", Style::Faint, |row| row.greatest),
            line("median", Style::Second, |row| row.median),
            line("least", Style::Main, |row| row.least),
        ]
    };
    let (least, greatest) = (scaled(least), scaled(greatest));
    let margin = (0.05 * (greatest - least)).max(1e-3 * greatest.abs()).max(f64::MIN_POSITIVE);
    let range = if least.is_finite() { least - margin..greatest + margin } else { 0.0..1.0 };
    Panel { what: "value", is_log, range, rises: false, lines }
}
