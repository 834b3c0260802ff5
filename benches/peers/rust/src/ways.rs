//! The crates, each as its users call it. Points are spread over the cores; one point has one thread, since none of the crates has more.

use std::cell::RefCell;

use echidna::bytecode_tape::{BtapeThreadLocal, BytecodeTape};
use num_traits::{Float, FromPrimitive};
use rayon::prelude::*;

use crate::inputs::Workload;
use crate::objective::Objective;
use crate::timing::Job;

/// f32 or f64, as all crates want it.
pub trait Real:
    Float + FromPrimitive + Send + Sync + echidna::Float + BtapeThreadLocal + std::fmt::Debug
{
}
impl Real for f32 {}
impl Real for f64 {}

fn wide<F: Real>(values: &[F]) -> Vec<f64> {
    values.iter().map(|&value| num_traits::ToPrimitive::to_f64(&value).unwrap_or(f64::NAN)).collect()
}

/// Where a start ends, or its gradient.
fn follow<F: Real>(
    workload: &Workload,
    start: &[F],
    mut gradient: impl FnMut(&Vec<F>) -> Vec<F>,
) -> Vec<f64> {
    let mut x = start.to_vec();
    if workload.task != "descent" {
        return wide(&gradient(&x));
    }
    let rate = F::from_f64(workload.rate).unwrap_or_else(F::nan);
    for _ in 0..workload.steps {
        let slope = gradient(&x);
        x.iter_mut().zip(slope).for_each(|(x, slope)| *x = *x - rate * slope);
    }
    wide(&x)
}

/// A crate that takes a function and a point: its gradient by differences.
fn by_values<'a, F: Real>(
    workload: &'a Workload,
    objective: &'a Objective<F>,
    points: &'a [F],
    gradient: impl Fn(&dyn Fn(&Vec<F>) -> F, &Vec<F>) -> Vec<F> + Sync + 'a,
) -> Job<'a> {
    let n = workload.n;
    let run = move |items: &[usize]| -> Vec<f64> {
        if workload.batch > 1 {
            let all = items.par_iter().map(|&k| {
                let start = &points[k * n..(k + 1) * n];
                follow(workload, start, |x| gradient(&|x| objective.value(x), x))
            });
            return all.collect::<Vec<_>>().concat();
        }
        if items.len() == n {
            return wide(&gradient(&|x| objective.value(x), &points.to_vec()));
        }
        // As a function of the chosen coordinates alone.
        let whole = RefCell::new(points.to_vec());
        let part = |y: &Vec<F>| {
            let mut whole = whole.borrow_mut();
            items.iter().zip(y).for_each(|(&i, &y)| whole[i] = y);
            objective.value(&whole)
        };
        wide(&gradient(&part, &items.iter().map(|&i| points[i]).collect()))
    };
    Job { run: Box::new(run), splits: true }
}

/// finitediff, central differences.
pub fn finitediff<'a, F: Real>(w: &'a Workload, objective: &'a Objective<F>, points: &'a [F]) -> Job<'a> {
    by_values(w, objective, points, |f, x| {
        let f = |x: &Vec<F>| Ok(f(x));
        finitediff::vec::central_diff(&f)(x).unwrap_or_default()
    })
}

/// numdiff, central differences; it has f64 only.
pub fn numdiff<'a>(w: &'a Workload, objective: &'a Objective<f64>, points: &'a [f64]) -> Job<'a> {
    by_values(w, objective, points, |f, x| {
        numdiff::central_difference::gradient(&|x: &Vec<f64>| f(x), x, None)
    })
}

pub fn record<F: Real>(objective: &Objective<F>, point: &[F]) -> BytecodeTape<F> {
    let (mut tape, _) = echidna::record(|x| objective.value(x), point);
    tape.optimize();
    tape
}

/// echidna, reverse mode on a tape that is recorded and optimised before.
pub fn echidna<'a, F: Real>(workload: &'a Workload, objective: &'a Objective<F>, points: &'a [F]) -> Job<'a> {
    let n = workload.n;
    let mut tape = record(objective, &points[..n]);
    let mut adjoints = Vec::new();
    let run = move |items: &[usize]| -> Vec<f64> {
        if workload.batch == 1 {
            return wide(&tape.gradient_with_buf(points, &mut adjoints));
        }
        let all = items.par_iter().with_min_len(64).map_init(
            || (record(objective, &points[..n]), Vec::new()),
            |(tape, adjoints), &k| {
                follow(workload, &points[k * n..(k + 1) * n], |x| tape.gradient_with_buf(x, adjoints))
            },
        );
        all.collect::<Vec<_>>().concat()
    };
    Job { run: Box::new(run), splits: workload.batch > 1 }
}
