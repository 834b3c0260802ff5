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
pub(super) use self::terms::{TermsOf, sums_are_faster};
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
    let kept = n * stretch.host.state();
    let mut state = stretch.state.to_owned();
    let of_state = state.as_slice_mut().unwrap_or(&mut []);
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
    // Of a rule that keeps nothing, each block has none of it.
    let mut states: Vec<&mut [f64]> = match kept {
        0 => (0..count.div_ceil(lanes)).map(|_| &mut [][..]).collect(),
        kept => of_state.chunks_mut(lanes * kept).collect(),
    };
    let reported: Vec<Vec<f64>> = points
        .par_chunks_mut(lanes * n)
        .zip(before.par_chunks_mut(lanes * n))
        .zip(states.par_iter_mut())
        .zip(made.par_chunks_mut(lanes))
        .zip(of_lowest)
        .enumerate()
        .map_init(
            || (gradients(), Block::<T>::new(n, stretch.host.state(), lanes, constant)),
            |(gradients, block),
             (i, ((((points, before), state), made), ((lowest_points, values), steps)))| {
                let lowest = gradients.has_values().then_some((lowest_points, values, steps));
                let ends = Ends { points, before, state };
                block.walk(stretch, gradients, (i * lanes, ends), made, lowest)
            },
        )
        .collect();
    for (mut values, reported) in values.axis_chunks_iter_mut(Axis(1), lanes).zip(&reported) {
        values.iter_mut().zip(reported).for_each(|(to, &value)| *to = value);
    }
    let shaped = |numbers| Array2::from_shape_vec((count, n), numbers).unwrap_or_default();
    let lowest = gradients().has_values().then_some(lowest);
    Advanced { points: shaped(points), before: shaped(before), state, made, values, lowest }
}

/// Where the points of a block end, `[point][coordinate]`, where they were a step before, and what the rule keeps.
struct Ends<'a> {
    points: &'a mut [f64],
    before: &'a mut [f64],
    state: &'a mut [f64],
}

/// A block of points on its way: `[coordinate][lane]`.
struct Block<T> {
    lanes: usize,
    x: Vec<T>,
    /// Before the last step, and after the next one.
    last: Vec<T>,
    next: Vec<T>,
    gradient: Vec<T>,
    /// `[coordinate][lane][k]`: what the rule keeps, and the same before the next step.
    state: Vec<f64>,
    kept: Vec<f64>,
    /// Numbers that it keeps for each coordinate.
    depth: usize,
    /// `[lane]`
    values: Vec<f64>,
    /// What is added to values.
    constant: f64,
    /// Lanes that go on.
    active: u64,
}

impl<T: Real> Block<T> {
    fn new(n: usize, depth: usize, lanes: usize, constant: f64) -> Self {
        let rows = || vec![T::ZERO; n * lanes];
        let state = || vec![0.0; n * lanes * depth];
        Block {
            lanes,
            x: rows(),
            last: rows(),
            next: rows(),
            gradient: rows(),
            state: state(),
            kept: state(),
            depth,
            values: vec![0.0; lanes],
            constant,
            active: 0,
        }
    }

    /// Makes all steps of some points, `[point][coordinate]`, which become where they end and where they were a step before; in how
    /// many steps. Returns reported values, `[step][point]`.
    fn walk(
        &mut self,
        stretch: &Stretch<'_>,
        gradients: &mut impl Gradients<T>,
        (first_point, mut ends): (usize, Ends<'_>),
        made: &mut [usize],
        lowest: Option<(&mut [f64], &mut [f64], &mut [usize])>,
    ) -> Vec<f64> {
        let mut reported = Vec::new();
        let mut lowest = lowest.map(|(points, values, steps)| LowestOf::new(points, values, steps));
        self.begin(&ends, made.len());
        for step in 0..stretch.steps {
            let (bad, moved) = self.step(stretch, gradients, (first_point, stretch.first + step));
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
            let halted = self.halt(halts, &mut ends, true);
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
        self.halt(u64::MAX, &mut ends, false);
        reported
    }

    /// Takes up some points, `[point][coordinate]`; the last one goes into lanes left over.
    fn begin(&mut self, ends: &Ends<'_>, count: usize) {
        to_lanes(ends.points, self.lanes, &mut self.x);
        self.last.copy_from_slice(&self.x);
        self.active = u64::MAX >> (MOST_LANES - count);
        let (lanes, depth) = (self.lanes, self.depth);
        if depth > 0 {
            let of_a_point = ends.state.len() / count;
            for (at, to) in self.state.chunks_exact_mut(depth).enumerate() {
                let (axis, lane) = (at / lanes, (at % lanes).min(count - 1));
                to.copy_from_slice(&ends.state[lane * of_a_point + axis * depth..][..depth]);
            }
        }
    }

    /// Finds where the next step leads: lanes in which that is in question, and those in which it changes anything.
    fn step(
        &mut self,
        stretch: &Stretch<'_>,
        gradients: &mut impl Gradients<T>,
        (first_point, step): (usize, usize),
    ) -> (u64, u64) {
        let bad = gradients.gradients(&mut self.x, &mut self.gradient);
        self.next.copy_from_slice(&self.x);
        self.kept.copy_from_slice(&self.state);
        if stretch.host.is_common() {
            moved(stretch, 0, &mut self.next, &self.gradient, &mut self.state, step);
        } else {
            self.move_one_by_one(stretch, first_point, step);
        }
        if let Some((lower, upper)) = stretch.limits {
            for (row, (&lower, &upper)) in self.next.chunks_exact_mut(self.lanes).zip(lower.iter().zip(upper))
            {
                let (lower, upper) = (T::of(lower), T::of(upper));
                // NaN stays.
                row.iter_mut().for_each(|x| {
                    *x = if *x < lower { lower } else { *x };
                    *x = if *x > upper { upper } else { *x };
                });
            }
        }
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
        let moved = moves.iter().enumerate().fold(0, |all, (lane, &moves)| all | u64::from(moves) << lane);
        (bad, moved | self.changed(self.active & !moved & !bad))
    }

    /// The same of lanes with rules of their own.
    fn move_one_by_one(&mut self, stretch: &Stretch<'_>, first_point: usize, step: usize) {
        let (lanes, depth, n) = (self.lanes, self.depth, self.x.len() / self.lanes);
        let mut state = vec![0.0; n * depth];
        for lane in (0..lanes).filter(|lane| self.active >> lane & 1 == 1) {
            let column = |rows: &[T]| rows[lane..].iter().step_by(lanes).copied().collect::<Vec<T>>();
            let (mut x, gradient) = (column(&self.next), column(&self.gradient));
            let place = |axis: usize| (axis * lanes + lane) * depth..(axis * lanes + lane + 1) * depth;
            for (axis, own) in state.chunks_exact_mut(depth.max(1)).enumerate() {
                own.copy_from_slice(&self.state[place(axis)]);
            }
            moved(stretch, first_point + lane, &mut x, &gradient, &mut state, step);
            self.next[lane..].iter_mut().step_by(lanes).zip(x).for_each(|(to, x)| *to = x);
            for (axis, own) in state.chunks_exact(depth.max(1)).enumerate() {
                self.state[place(axis)].copy_from_slice(own);
            }
        }
    }

    /// Those of some lanes in which what the rule keeps has changed.
    fn changed(&self, lanes: u64) -> u64 {
        if self.depth == 0 || lanes == 0 {
            return 0;
        }
        let is_other = |lane: usize| {
            let each = |all: &[f64]| -> Vec<f64> {
                let own = all.chunks_exact(self.depth).skip(lane).step_by(self.lanes);
                own.flatten().copied().collect()
            };
            each(&self.state) != each(&self.kept)
        };
        let of = (0..self.lanes).filter(|&lane| lanes >> lane & 1 == 1 && is_other(lane));
        of.fold(0, |all, lane| all | 1 << lane)
    }

    /// Puts lanes that halt where they are and where they were a step before, and one that goes on in their place. What the rule
    /// keeps is as it was before a step that is not made, if there is such a one.
    fn halt(&mut self, lanes: u64, ends: &mut Ends<'_>, before_step: bool) -> u64 {
        let (halting, count) = (lanes & self.active, self.lanes);
        let n = self.x.len() / count;
        let of = move |mask: u64| (0..count).filter(move |&lane| mask >> lane & 1 == 1);
        for lane in of(halting) {
            for (rows, to) in [(&self.x, &mut *ends.points), (&self.last, &mut *ends.before)] {
                let column = rows[lane..].iter().step_by(count);
                to[lane * n..][..n].iter_mut().zip(column).for_each(|(to, x)| *to = x.to_f64());
            }
            if self.depth > 0 {
                let from = if before_step { &self.kept } else { &self.state };
                let own = from.chunks_exact(self.depth).skip(lane).step_by(count).flatten();
                let of_a_point = n * self.depth;
                ends.state[lane * of_a_point..][..of_a_point]
                    .iter_mut()
                    .zip(own)
                    .for_each(|(to, s)| *to = *s);
            }
        }
        self.active &= !halting;
        if halting != 0 && self.active != 0 {
            let good = self.active.trailing_zeros() as usize;
            for row in self.x.chunks_exact_mut(count).chain(self.next.chunks_exact_mut(count)) {
                let stand_in = row[good];
                of(!self.active).for_each(|lane| row[lane] = stand_in);
            }
            let depth = self.depth;
            for row in self.state.chunks_exact_mut((count * depth).max(1)) {
                let stand_in = row[good * depth..][..depth].to_vec();
                of(!self.active).for_each(|lane| row[lane * depth..][..depth].copy_from_slice(&stand_in));
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

/// Moves coordinates of a point by their gradient, or those of all points.
fn moved<T: Real>(
    stretch: &Stretch<'_>,
    point: usize,
    x: &mut [T],
    gradient: &[T],
    state: &mut [f64],
    step: usize,
) {
    let host = stretch.host;
    match T::PRECISION {
        Precision::F32 => {
            let (x, gradient) = (bytemuck::cast_slice_mut(x), bytemuck::cast_slice(gradient));
            host.f32(point, x, gradient, state, step);
        }
        Precision::F64 => {
            let (x, gradient) = (bytemuck::cast_slice_mut(x), bytemuck::cast_slice(gradient));
            host.f64(point, x, gradient, state, step);
        }
    }
}
