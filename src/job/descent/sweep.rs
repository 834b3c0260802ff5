//! Descends by many settings.

use ndarray::{Array1, Array2};

use super::bounds;
use crate::error::{Error, Result};
use crate::evaluator::{Engine, Workload};
use crate::job::checkpoint::TaskState;
use crate::job::config::{Job, ObjectiveConfig, SweepConfig};
use crate::job::how::How;
use crate::job::parts::{JoinedState, Left, PartState};
use crate::job::plan::Size;
use crate::job::progress::Progress;
use crate::job::ranks;
use crate::job::results::Results;
use crate::job::stage::Stage;
use crate::job::summary::Summary;
use crate::job::sweep::{Sweep, SweepRecord, SweepSummary};
use crate::objective::Objective;

pub(super) fn run(
    job: &Job,
    config: &SweepConfig,
    objective: &ObjectiveConfig,
    start: &Array2<f64>,
    stage: &Stage<'_>,
) -> Result<Option<Results>> {
    let objective = objective.objective(start.ncols(), job.precision)?;
    let steps = job.descent.steps.unwrap_or(0);
    let mut sweep = Sweep {
        part: None,
        rules: config.rules().unwrap_or_else(|| vec![job.descent.rule.clone()]),
        rates: config.rate.as_ref().unwrap_or(&job.descent.rate).0.clone(),
        steps_h: config.steps().unwrap_or_else(|| vec![job.gradient.step]),
        steps,
        stopping: job.descent.stop,
        bounds: bounds(&job.descent, objective.dimension()),
        batch: job.descent.batch.map(|batch| (batch, job.descent.seed)),
    };
    sweep.check(start.nrows())?;
    let difference = job.gradient.difference();
    let settings = sweep.rules.len() * sweep.rates.len() * sweep.steps_h.len();
    let work = Workload::gradients(start.nrows().saturating_mul(steps).saturating_mul(settings))
        .with_terms(job.descent.batch.unwrap_or(objective.terms()))
        .with_difference(&difference);
    let engine = Engine::open_for(&job.device, job.precision, &*objective, &work)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    let terms = job.descent.batch.unwrap_or(objective.terms());
    let block = stage.block(terms, ranks::OF_FORMULAS, false)?;
    stage.in_blocks(&mut evaluator, terms, block, None)?;
    let first = evaluator.resolve(&difference.with_step(sweep.steps_h[0]))?;
    let how = How::new(&evaluator, &first);
    sweep.part = stage.part(settings);
    if sweep.part.is_some() {
        // Those of one rule and step descend together.
        evaluator.as_part_of(start.nrows().saturating_mul(sweep.rates.len()));
    }
    let joined = match stage.joined() {
        Some((how, JoinedState::Sweep(record))) if record.len() == settings => Some((how, record)),
        Some(_) => return Err(Error::usage("the parts are not those of this sweep: run them again")),
        None => None,
    };
    let how = joined.as_ref().map_or(how, |(how, _)| how.clone());
    let title = format!(
        "{}: {} from {} points by {settings} settings; {how}",
        job.name,
        objective.name(),
        start.nrows()
    );
    let all_steps = sweep.descents_after_one_another(&mut evaluator).saturating_mul(steps);
    let states = sweep.rules.iter().map(|rule| Ok(rule.build(sweep.rates[0], steps)?.state()));
    let size = Size {
        data: 0,
        points: start.nrows().saturating_mul(if evaluator.is_device() { 1 } else { sweep.rates.len() }),
        n: start.ncols(),
        state: states.collect::<Result<Vec<usize>>>()?.into_iter().max().unwrap_or(0),
        ways: 0,
        reports: settings,
    };
    if !stage.begin(all_steps, &title, &how, size)? {
        return Ok(None);
    }
    let saved = match stage.saved() {
        Some(TaskState::Sweep { record, descent }) => Some((record, Some(descent))),
        _ => joined.map(|(_, record)| (record, None)),
    };
    let (rows, evaluations) = sweep.run_kept(
        &mut evaluator,
        &difference,
        start.view(),
        &mut |step| stage.tell(Progress::Step { step, loss: None }),
        &|| stage.stops(),
        saved,
        &|record, made| {
            Box::new(stage.keeper(made, move |descent| TaskState::Sweep { record: record.clone(), descent }))
        },
    )?;
    if stage.is_follower() {
        return Ok(None);
    }
    if sweep.part.is_some() {
        let state = PartState::Sweep(SweepRecord::of(rows, evaluations));
        stage.leave(Left { blocks: settings, how, state });
        return Ok(None);
    }
    let points = Array2::from_shape_fn((rows.len(), start.ncols()), |(row, i)| rows[row].point[i]);
    let values: Array1<f64> = rows.iter().map(|row| row.least.unwrap_or(f64::NAN)).collect();
    let summary = SweepSummary {
        name: job.name.clone(),
        objective: objective.name(),
        how,
        ranked_by: "f".into(),
        rows,
        files: Vec::new(),
        evaluations,
        seconds: stage.seconds(),
    };
    Ok(Some(Results {
        arrays: vec![(
            "points",
            vec![
                ("start".into(), start.clone().into_dyn()),
                ("points".into(), points.into_dyn()),
                ("values".into(), values.into_dyn()),
            ],
        )],
        tensors: Vec::new(),
        kept: None,
        texts: vec![("sweep.csv", summary.csv().map_err(Error::usage)?.trim_end().into())],
        tables: Vec::new(),
        pictures: vec![("sweep", summary.picture())],
        summary: Summary::Sweep(summary),
        outcomes: Vec::new(),
    }))
}
