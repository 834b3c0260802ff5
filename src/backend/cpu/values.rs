//! Values at many points, a block at a time, one point a lane: each point is read once, and nothing is stored between.

use rayon::prelude::*;

use super::transpose::to_lanes;
use crate::numeric::{Real, vector};
use crate::objective::Terms;

/// Terms that are added up one after the other without losing digits.
const MOST_TERMS: usize = 64;

/// Blocks that are worth it, at least. A constant, so that sums are the same on every machine.
const BLOCKS: usize = 8;

/// Tasks for the threads, at most.
const TASKS: usize = 64;

/// The sums of all `count` terms at points `[point][coordinate]` of `n` coordinates, if there are points enough and few terms: NaN
/// where a coordinate is not finite.
pub(super) fn run<T: Real>(
    terms: &dyn Terms<T>,
    count: usize,
    (points, n): (&[f64], usize),
    out: &mut [T],
) -> bool {
    let lanes = terms.lanes();
    let blocks = out.len() / lanes;
    if blocks < BLOCKS || count > MOST_TERMS {
        return false;
    }
    let are_whole = terms.are_whole();
    let task = blocks.div_ceil(TASKS) * lanes;
    points.par_chunks(task * n).zip(out.par_chunks_mut(task)).for_each(|(points, out)| {
        let mut x = vec![T::ZERO; n * lanes];
        let mut values = vec![T::ZERO; if are_whole { 0 } else { count * lanes }];
        for (points, out) in points.chunks(lanes * n).zip(out.chunks_mut(lanes)) {
            to_lanes(points, lanes, &mut x);
            let all_finite = vector::all_finite(&x);
            if !all_finite && !set_aside(&mut x, lanes) {
                out.fill(T::of(f64::NAN));
                continue;
            }
            if are_whole && out.len() == lanes {
                terms.sums(&x, 0..count, out);
            } else {
                values.resize(count * lanes, T::ZERO);
                terms.evaluate_lanes(&x, 0..count, &mut values);
                out.fill(T::ZERO);
                for row in values.chunks_exact(lanes) {
                    out.iter_mut().zip(row).for_each(|(sum, &value)| *sum += value);
                }
            }
            if !all_finite {
                for (out, point) in out.iter_mut().zip(points.chunks_exact(n)) {
                    if !point.iter().all(|&x| T::of(x).is_finite()) {
                        *out = T::of(f64::NAN);
                    }
                }
            }
        }
    });
    true
}

/// Puts a good point in the place of each that has a coordinate that is not finite: no term is evaluated there. Whether there is a
/// good one.
fn set_aside<T: Real>(x: &mut [T], lanes: usize) -> bool {
    let (good, bad): (Vec<usize>, Vec<usize>) =
        (0..lanes).partition(|&lane| x[lane..].iter().step_by(lanes).all(|x| x.is_finite()));
    let Some(&good) = good.first() else { return false };
    for row in x.chunks_exact_mut(lanes) {
        bad.iter().for_each(|&lane| row[lane] = row[good]);
    }
    true
}
