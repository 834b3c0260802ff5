//! Descends an objective from one or many points.

mod found;
mod record;
mod sweep;
mod ways;

use std::cell::RefCell;

use ndarray::{Array1, Array2, s};

pub(super) use self::found::DescentFound;
pub(super) use self::record::DescentRecord;
use self::record::ValueRow;
use self::ways::{curves, path_picture, trace_table};
use super::checkpoint::TaskState;
use super::config::{DescentConfig, Job, ObjectiveConfig, StartConfig};
use super::how::How;
use super::parts::{JoinedState, Left, PartState};
use super::plan::Size;
use super::progress::Progress;
use super::ranks;
use super::results::{Results, Table};
use super::stage::Stage;
use super::summary::{Best, DescentSummary, Summary};
use crate::error::{Error, Result};
use crate::evaluator::{Engine, Workload};
use crate::objective::Objective;
use crate::optimize::{Descent, DescentResult, Minibatches, Outcome, Trace, check_bounds};

pub(super) fn run(
    job: &Job,
    objective: &ObjectiveConfig,
    start: &StartConfig,
    stage: &Stage<'_>,
) -> Result<Option<Results>> {
    let mut start = start.read()?;
    if let Some(config) = &job.sweep {
        return sweep::run(job, config, objective, &start, stage);
    }
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
    let terms = job.descent.batch.unwrap_or(objective.terms());
    let block = stage.block(terms, ranks::OF_FORMULAS, false)?;
    stage.in_blocks(&mut evaluator, terms, block, None)?;
    let difference = evaluator.resolve(&difference)?;
    let how = How::new(&evaluator, &difference);
    let part = stage.part(start.nrows());
    let own = part.clone().unwrap_or(0..start.nrows());
    let mut rules = job.rules(steps)?;
    if part.is_some() {
        // Planned as if all were here.
        evaluator.as_part_of(start.nrows());
        if rules.len() > 1 {
            rules = rules.drain(own.clone()).collect();
        }
    }
    let joined = match stage.joined() {
        Some((how, JoinedState::Descent(found))) if found.len() == start.nrows() => {
            Some((how, found.into_parts().ok_or_else(unfit)?))
        }
        Some(_) => return Err(unfit()),
        None => None,
    };
    let (how, joined) = joined.map_or((how, None), |(how, found)| (how, Some(found)));
    let mut descent = Descent::with_rules(rules)
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
    let size = Size {
        data: 0,
        points: start.nrows(),
        n: start.ncols(),
        state: job.rules(steps)?.first().map_or(0, |rule| rule.state()),
        ways: start
            .nrows()
            .min(FOLLOWED)
            .saturating_mul(start.ncols())
            .saturating_mul(steps.min(400))
            .min(1 << 22),
        reports: steps / job.descent.report_every,
    };
    if !stage.begin(steps, &title, &how, size)? {
        return Ok(None);
    }

    let (record, state) = match stage.saved() {
        Some(TaskState::Descent { record, descent }) => (record, Some(descent)),
        _ => (DescentRecord { rows: Vec::new(), trace: Trace::new(start.view(), FOLLOWED) }, None),
    };
    let every = record.trace.every(steps);
    let mine = start.slice(s![own.clone(), ..]);
    if part.is_some() {
        descent = descent.as_part_from(own.start);
    }
    let record = RefCell::new(match part {
        // The first ones of all are followed.
        Some(_) => {
            DescentRecord { rows: Vec::new(), trace: Trace::new(mine, FOLLOWED.saturating_sub(own.start)) }
        }
        None => record,
    });
    let values = RefCell::new(Vec::new());
    if let Some(state) = state {
        descent = descent.resume(state);
    }
    let descent = descent
        .stop_when(|| stage.stops())
        .keeper(stage.keeper(0, |descent| TaskState::Descent { record: record.borrow().clone(), descent }))
        .points_every(every)
        .observe(|report| {
            let mut record = record.borrow_mut();
            record.trace.record(report);
            let row = report.values.as_ref().and_then(|values| ValueRow::new(report.step - 1, values));
            record.rows.extend(row);
            if let Some(own) = report.values.as_ref().filter(|_| part.is_some()) {
                values.borrow_mut().push((report.step - 1, own.clone()));
            }
            stage.tell(Progress::Step { step: report.step, loss: row.map(|row| row.least) });
            Ok(())
        });
    if part.is_some() {
        let mut found = DescentFound::of_none(start.ncols());
        if !own.is_empty() {
            let done = { descent }.run(&mut evaluator, mine)?;
            found = DescentFound::new(values.into_inner(), record.into_inner().trace, done);
        }
        stage.leave(Left { blocks: start.nrows(), how, state: PartState::Descent(found) });
        return Ok(None);
    }
    let (mut rows, mut trace, done) = match joined {
        Some(found) => found,
        None => {
            let done = { descent }.run(&mut evaluator, start.view())?;
            let DescentRecord { rows, trace } = record.into_inner();
            (rows, trace, done)
        }
    };
    let seconds = stage.seconds();
    trace.end_at(&done.outcomes);
    // A tenth of the work at most, and twelve gradients. What goes wrong with pictures does not lose the rest.
    let most = (done.outcomes.iter().map(Outcome::steps).sum::<usize>() / 10).max(12);
    let ways = trace.measure(&mut evaluator, &difference, most).unwrap_or_else(|error| {
        stage.note(&format!("the norms of gradients are not drawn: {error}"));
        Vec::new()
    });
    let title = format!("{}: {}, {} {} differences", job.name, objective.name(), how.difference, how.scheme);
    // All ranks share in what is evaluated for it.
    let path = (start.ncols() == 2).then(|| path_picture(title.clone(), &trace, &mut evaluator));
    if stage.is_follower() {
        return Ok(None);
    }
    let values: Vec<f64> = done.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    rows.extend(ValueRow::new(done.outcomes.iter().map(Outcome::steps).max().unwrap_or(0), &values));
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
        files: Vec::new(),
    };
    let mut pictures = vec![("curves", curves(title, &rows, &ways))];
    match path {
        Some(Ok(picture)) => pictures.push(("path", picture)),
        Some(Err(error)) => stage.note(&format!("the paths are not drawn: {error}")),
        None => {}
    }
    let mut results = results(start, done, &rows, summary);
    results.tables.push(trace_table(&ways));
    results.pictures = pictures;
    Ok(Some(results))
}

fn unfit() -> Error {
    Error::usage("the parts are not those of this descent: run them again")
}

/// Points whose ways are drawn.
const FOLLOWED: usize = 6;

/// Lower and upper bounds, if there are any.
pub(super) fn bounds(descent: &DescentConfig, n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
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

fn results(start: Array2<f64>, done: DescentResult, rows: &[ValueRow], summary: DescentSummary) -> Results {
    let values: Array1<f64> = done.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
    let best_values: Array1<f64> = done.gains.iter().map(|gain| gain.best.unwrap_or(f64::NAN)).collect();
    let steps: Array1<f64> = done.outcomes.iter().map(|outcome| outcome.steps() as f64).collect();
    Results {
        arrays: vec![(
            "points",
            vec![
                ("start".into(), start.into_dyn()),
                ("points".into(), done.points.into_dyn()),
                ("values".into(), values.into_dyn()),
                ("best_points".into(), done.best_points.into_dyn()),
                ("best_values".into(), best_values.into_dyn()),
                ("steps".into(), steps.into_dyn()),
            ],
        )],
        tensors: Vec::new(),
        kept: None,
        texts: Vec::new(),
        tables: vec![Table {
            name: "values",
            columns: &["step", "points", "least", "median", "greatest"],
            rows: rows.iter().map(ValueRow::cells).collect(),
        }],
        pictures: Vec::new(),
        summary: Summary::Descent(summary),
        outcomes: done.outcomes,
    }
}
