//! Steps of descents on the CPU: a block of points, one a lane, makes many steps before the next block is taken up, so that it
//! stays in the cache and nothing is allocated between.

mod differences;
mod lowest;
mod slopes;
mod sums;
mod terms;

use ndarray::{Array2, Axis};
use rayon::prelude::*;

pub(super) use self::differences::Differences;
use self::lowest::LowestOf;
pub(super) use self::slopes::AlongSlopes;
pub(super) use self::terms::TermsOf;
use super::transpose::to_lanes;
use crate::backend::{Advanced, Lowest, Stretch};
use crate::numeric::{Precision, Real};

/// Lanes of a mask.
pub(super) const MOST_LANES: usize = 64;

/// Gradients of a block of points.
pub(super) trait Gradients<T> {
    /// Fills `gradient` at `x`, both `[coordinate][lane]`. The lanes that something is to be said about are those whose bits are set
    /// in what is returned; there the gradient is anything.
    fn gradients(&mut self, x: &mut [T], gradient: &mut [T]) -> u64;

    /// Whether the values at the points of gradients come with them at no cost.
    fn has_values(&self) -> bool;

    /// The values at the points of the last gradients, `[lane]`, or at `x`, which is the same; without the constant.
    fn values(&mut self, x: &[T], values: &mut [f64]);
}

/// Makes the steps of a stretch. `gradients` makes what a thread needs for blocks of so many `lanes`.
pub(super) fn advance<T: Real, G: Gradients<T>>(
    stretch: &Stretch<'_>,
    lanes: usize,
    constant: f64,
    gradients: impl Fn() -> G + Sync,
) -> Advanced {
    let (count, n) = stretch.points.dim();
    let standard = stretch.points.as_standard_layout();
    let begin = standard.as_slice().unwrap_or(&[]);
    let (mut points, mut before) = (begin.to_vec(), begin.to_vec());
    let mut made = vec![stretch.steps; count];
    let is_reported = stretch.reported.contains(&true);
    let mut lowest = Lowest {
        values: vec![f64::INFINITY; count],
        points: Array2::from_shape_vec((count, n), begin.to_vec()).unwrap_or_default(),
        steps: vec![0; count],
    };
    let lowest_points = lowest.points.as_slice_mut().unwrap_or(&mut []);
    let of_lowest = lowest_points
        .par_chunks_mut(lanes * n)
        .zip(lowest.values.par_chunks_mut(lanes))
        .zip(lowest.steps.par_chunks_mut(lanes));
    let mut values = Array2::from_elem((if is_reported { stretch.steps } else { 0 }, count), f64::NAN);
    let reported: Vec<Vec<f64>> = points
        .par_chunks_mut(lanes * n)
        .zip(before.par_chunks_mut(lanes * n))
        .zip(made.par_chunks_mut(lanes))
        .zip(of_lowest)
        .map_init(
            || (gradients(), Block::<T>::new(n, lanes, constant)),
            |(gradients, block), (((points, before), made), ((points_of_lowest, values), steps))| {
                let lowest = gradients.has_values().then_some((points_of_lowest, values, steps));
                block.walk(stretch, gradients, (points, before), made, lowest)
            },
        )
        .collect();
    for (mut values, reported) in values.axis_chunks_iter_mut(Axis(1), lanes).zip(&reported) {
        values.iter_mut().zip(reported).for_each(|(to, &value)| *to = value);
    }
    let shaped = |numbers| Array2::from_shape_vec((count, n), numbers).unwrap_or_default();
    let lowest = gradients().has_values().then_some(lowest);
    Advanced { points: shaped(points), before: shaped(before), made, values, lowest }
}

/// A block of points on its way: `[coordinate][lane]`.
struct Block<T> {
    lanes: usize,
    x: Vec<T>,
    /// Before the last step, and after the next one.
    last: Vec<T>,
    next: Vec<T>,
    gradient: Vec<T>,
    /// `[lane]`
    values: Vec<f64>,
    /// What is added to values.
    constant: f64,
    /// Lanes that go on.
    active: u64,
}

impl<T: Real> Block<T> {
    fn new(n: usize, lanes: usize, constant: f64) -> Self {
        let rows = || vec![T::ZERO; n * lanes];
        let (x, last, next, gradient) = (rows(), rows(), rows(), rows());
        Block { lanes, x, last, next, gradient, values: vec![0.0; lanes], constant, active: 0 }
    }

    /// Makes all steps of some points, `[point][coordinate]`, which become where they end and where they were a step before; in how
    /// many steps. Returns reported values, `[step][point]`.
    fn walk(
        &mut self,
        stretch: &Stretch<'_>,
        gradients: &mut impl Gradients<T>,
        (points, before): (&mut [f64], &mut [f64]),
        made: &mut [usize],
        lowest: Option<(&mut [f64], &mut [f64], &mut [usize])>,
    ) -> Vec<f64> {
        let mut reported = Vec::new();
        let mut lowest = lowest.map(|(points, values, steps)| LowestOf::new(points, values, steps));
        self.begin(points, made.len());
        for step in 0..stretch.steps {
            let (bad, moved) = self.step(stretch, gradients);
            if stretch.reported.contains(&true) {
                reported.resize((step + 1) * made.len(), f64::NAN);
            }
            if stretch.reported[step] || lowest.is_some() {
                gradients.values(&self.x, &mut self.values);
            }
            if let Some(lowest) = &mut lowest {
                lowest.see(&self.values, self.active & !bad, step, (&self.last, self.lanes));
            }
            if stretch.reported[step] {
                for (lane, to) in reported[step * made.len()..].iter_mut().enumerate() {
                    if self.active >> lane & 1 == 1 {
                        *to = T::of(self.values[lane] + self.constant).to_f64();
                    }
                }
            }
            let halts = bad | if stretch.settles { !moved } else { 0 };
            if let Some(lowest) = &mut lowest {
                lowest.halt(halts, (&self.x, self.lanes));
            }
            let halted = self.halt(halts, points, before);
            for (lane, made) in made.iter_mut().enumerate() {
                if halted >> lane & 1 == 1 {
                    *made = step;
                }
            }
            if self.active == 0 {
                break;
            }
            self.take();
        }
        if let Some(lowest) = lowest {
            // After the last step, the point before it is the one whose value was seen.
            lowest.finish((&self.last, self.lanes), self.constant);
        }
        self.halt(u64::MAX, points, before);
        reported
    }

    /// Takes up some points, `[point][coordinate]`; the last one goes into lanes left over.
    fn begin(&mut self, points: &[f64], count: usize) {
        to_lanes(points, self.lanes, &mut self.x);
        self.last.copy_from_slice(&self.x);
        self.active = u64::MAX >> (MOST_LANES - count);
    }

    /// Finds where the next step leads: lanes in which that is in question, and those that it moves.
    fn step(&mut self, stretch: &Stretch<'_>, gradients: &mut impl Gradients<T>) -> (u64, u64) {
        let bad = gradients.gradients(&mut self.x, &mut self.gradient);
        self.next.copy_from_slice(&self.x);
        moved(stretch, &mut self.next, &self.gradient);
        let (mut is_finite, mut moves) = (true, [false; MOST_LANES]);
        let largest = T::of(T::LARGEST);
        let moves_here = &mut moves[..self.lanes];
        for (next, x) in self.next.chunks_exact(self.lanes).zip(self.x.chunks_exact(self.lanes)) {
            for lane in 0..moves_here.len() {
                moves_here[lane] |= next[lane] != x[lane];
                is_finite &= next[lane].magnitude() <= largest;
            }
        }
        let mut bad = bad;
        if !is_finite {
            for next in self.next.chunks_exact(self.lanes) {
                let not_finite = |(lane, x): (usize, &T)| u64::from(!x.is_finite()) << lane;
                bad |= next.iter().enumerate().map(not_finite).sum::<u64>();
            }
        }
        (bad, moves.iter().enumerate().fold(0, |all, (lane, &moves)| all | u64::from(moves) << lane))
    }

    /// Puts lanes that halt where they are and where they were a step before, and one that goes on in their place.
    fn halt(&mut self, lanes: u64, points: &mut [f64], before: &mut [f64]) -> u64 {
        let (halting, count) = (lanes & self.active, self.lanes);
        let n = self.x.len() / count;
        let of = move |mask: u64| (0..count).filter(move |&lane| mask >> lane & 1 == 1);
        for lane in of(halting) {
            for (rows, to) in [(&self.x, &mut *points), (&self.last, &mut *before)] {
                let column = rows[lane..].iter().step_by(count);
                to[lane * n..][..n].iter_mut().zip(column).for_each(|(to, x)| *to = x.to_f64());
            }
        }
        self.active &= !halting;
        if halting != 0 && self.active != 0 {
            let good = self.active.trailing_zeros() as usize;
            for row in self.x.chunks_exact_mut(count).chain(self.next.chunks_exact_mut(count)) {
                let stand_in = row[good];
                of(!self.active).for_each(|lane| row[lane] = stand_in);
            }
        }
        halting
    }

    /// Makes the step.
    fn take(&mut self) {
        std::mem::swap(&mut self.last, &mut self.x);
        std::mem::swap(&mut self.x, &mut self.next);
    }
}

/// Moves coordinates by their gradient.
fn moved<T: Real>(stretch: &Stretch<'_>, x: &mut [T], gradient: &[T]) {
    match T::PRECISION {
        Precision::F32 => (stretch.host.f32)(bytemuck::cast_slice_mut(x), bytemuck::cast_slice(gradient)),
        Precision::F64 => (stretch.host.f64)(bytemuck::cast_slice_mut(x), bytemuck::cast_slice(gradient)),
    }
}
