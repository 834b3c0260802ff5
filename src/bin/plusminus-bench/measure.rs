//! Times one workload on one engine.

use std::time::{Duration, Instant};

use ndarray::Array2;
use plusminus::{
    Descent, Difference, Engine, Evaluator, GradientDescent, Method, Scheme, Step, count_operations,
};

use crate::Args;
use crate::memory;
use crate::report::Row;
use crate::workloads::{Task, Workload};

/// Steps of a descent that tell how long all of them take.
const TRIAL: usize = 10;

/// Seconds of a workload's own time, and repetitions, at most.
fn budget(quick: bool) -> (Duration, usize) {
    if quick { (Duration::from_millis(300), 9) } else { (Duration::from_secs(3), 201) }
}

/// The median of several runs, unless whole evaluations would take too long.
pub fn time(args: &Args, engine: &Engine, workload: &Workload, method: Method) -> plusminus::Result<Row> {
    let fixed = || Step::default_for(Scheme::Central, 2, engine.precision());
    let step = (method == Method::Direct).then(|| args.step.unwrap_or_else(fixed));
    let difference = Difference::default().with_method(method).with_step(step).with_bars(args.bars);
    let (batch, n) = workload.points.dim();
    let evaluations = match (workload.task, step) {
        (Task::Values, _) => batch as u64,
        (_, Some(Step::Auto)) => workload.gradients() * n as u64 * 16,
        _ => difference.scheme.evaluations(workload.gradients() as usize, n),
    };
    let mut row = Row::new(workload, engine, method, evaluations);
    let work = evaluations as f64 * workload.flops;
    memory::reset();
    let mut evaluator = match engine.evaluator(workload.objective.as_ref()) {
        Ok(evaluator) => evaluator,
        Err(error) => {
            row.skipped = Some(error.to_string());
            return Ok(row);
        }
    };
    evaluator.values(workload.points.view())?;
    let begin = Instant::now();
    evaluator.values(workload.points.view())?;
    let expected = begin.elapsed().as_secs_f64() / batch as f64 * evaluations as f64;
    let expected = match workload.task {
        // By a few steps, the second time, when all is compiled.
        Task::Descent { rate, steps } => {
            let trial = Task::Descent { rate, steps: TRIAL };
            let twice = run(workload, trial, &mut evaluator, &difference)
                .and_then(|_| run(workload, trial, &mut evaluator, &difference));
            match twice {
                Ok((seconds, _)) => seconds * (steps as f64 / TRIAL as f64),
                Err(error) => {
                    row.skipped = Some(error.to_string());
                    return Ok(row);
                }
            }
        }
        _ if method == Method::Direct => expected,
        _ => 0.0,
    };
    if expected > args.longest {
        row.skipped = Some(format!("expected to take {expected:.0} s, over --longest {}", args.longest));
        return Ok(row);
    }
    match run(workload, workload.task, &mut evaluator, &difference) {
        Ok((_, found)) => {
            let norm = |values: &Array2<f64>| values.iter().map(|v| v * v).sum::<f64>().sqrt();
            let witness = workload.witness.as_ref();
            row.relative_error = witness.map(|witness| norm(&(found - witness)) / norm(witness));
        }
        Err(error) => {
            row.skipped = Some(error.to_string());
            return Ok(row);
        }
    }
    if workload.task != Task::Values {
        row.step = evaluator.resolve(&difference)?.step.map(|step| step.to_string()).unwrap_or_default();
    }
    evaluator.values(workload.points.view())?;
    let (budget, most) = budget(args.quick);
    let begin = Instant::now();
    let (mut seconds, mut values) = (Vec::new(), Vec::new());
    while seconds.is_empty() || (seconds.len() < most && begin.elapsed() < budget) {
        seconds.push(run(workload, workload.task, &mut evaluator, &difference)?.0);
        // In turns, so that what slows the machine down slows both.
        let begin = Instant::now();
        evaluator.values(workload.points.view())?;
        values.push(begin.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    values.sort_by(f64::total_cmp);
    let median = seconds[seconds.len() / 2];
    row.repetitions = seconds.len();
    row.median_seconds = Some(median);
    row.least_seconds = seconds.first().copied();
    row.most_seconds = seconds.last().copied();
    row.value_median_seconds = Some(values[values.len() / 2]);
    row.evaluations_per_second = Some(evaluations as f64 / median);
    row.implied_flops_per_second = Some(work / median);
    row.peak_bytes = memory::most();
    let (again, operations) = count_operations(|| run(workload, workload.task, &mut evaluator, &difference));
    again?;
    row.real_flops_per_second = (operations > 0).then(|| operations as f64 / median);
    row.device_seconds = on_device(engine, || run(workload, workload.task, &mut evaluator, &difference))?;
    Ok(row)
}

/// What the kernels of a run take by the device's own clock, once more and apart, since it slows them down.
#[cfg(feature = "gpu")]
fn on_device<R>(
    engine: &Engine,
    run: impl FnOnce() -> plusminus::Result<R>,
) -> plusminus::Result<Option<f64>> {
    if !engine.time_kernels(true)? {
        return Ok(None);
    }
    engine.take_kernel_times();
    run()?;
    engine.time_kernels(false)?;
    Ok(engine.take_kernel_times().seconds())
}

#[cfg(not(feature = "gpu"))]
fn on_device<R>(_: &Engine, _: impl FnOnce() -> plusminus::Result<R>) -> plusminus::Result<Option<f64>> {
    Ok(None)
}

/// Once: seconds, and what comes of it.
fn run(
    workload: &Workload,
    task: Task,
    evaluator: &mut Evaluator<'_>,
    difference: &Difference,
) -> plusminus::Result<(f64, Array2<f64>)> {
    let points = workload.points.view();
    let begin = Instant::now();
    let found = match task {
        Task::Gradient => evaluator.gradient(points, difference)?.value,
        Task::Values => {
            evaluator.values(points)?;
            Array2::zeros((0, 0))
        }
        Task::Descent { rate, steps } => {
            let descent = Descent::new(GradientDescent::new(rate)).steps(steps).difference(*difference);
            descent.run(evaluator, points)?.points
        }
    };
    Ok((begin.elapsed().as_secs_f64(), found))
}
