//! The short way of direct differences of many points on the host, for objectives that evaluate several points at once:
//! steps, evaluations and quotients of a block of points in one go, nothing stored between.
//!
//! A block in which anything is out of the ordinary (a step that vanishes, a value that is not finite) sends all points
//! the long way, which says what it is.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use ndarray::ArrayView2;
use pulp::{Arch, WithSimd};
use rayon::prelude::*;

use super::Evaluator;
use super::direct::RunIn;
use crate::error::Result;
use crate::objective::{Moves, Terms};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::step::Step;

/// Terms that are added up one after the other without losing digits.
const MOST_TERMS: usize = 64;

/// Tasks for the threads, at most.
const TASKS: usize = 256;

/// Numbers of a row of a block that are moved, evaluated and divided at a time.
const CHUNK: usize = 1 << 12;

impl Evaluator<'_> {
    /// Fills `gradients` with those at `points` (both `[batch, n]`) if this is the way to go and all is in order; else
    /// says no, and what it holds is worth nothing.
    pub(super) fn in_blocks<T: Real>(
        &mut self,
        points: ArrayView2<'_, f64>,
        scheme: Scheme,
        step: Step,
        gradients: &mut [f64],
    ) -> Result<bool>
    where
        Self: RunIn<T>,
    {
        let (count, n) = points.dim();
        let selected = match &self.selection {
            Some(indices) => indices.len(),
            None if self.whole => 1,
            None => self.objective.terms(),
        };
        let Some(terms) = self.host_terms() else { return Ok(false) };
        let lanes = terms.lanes();
        let blocks = count / lanes;
        let most = if lanes == 1 { 1 } else { MOST_TERMS };
        if blocks < 2 * rayon::current_num_threads() || selected > most {
            return Ok(false);
        }
        // Rows one after the other, as they are as a rule.
        let points = points.as_standard_layout();
        let Some(points) = points.as_slice() else { return Ok(false) };
        let divisor = T::of(self.objective.reduction().divisor(selected));
        let task = blocks.div_ceil(TASKS) * lanes;
        let is_odd = AtomicBool::new(false);
        points.par_chunks(task * n).zip(gradients.par_chunks_mut(task * n)).for_each(
            |(points, gradients)| {
                let mut block = Block::new(terms, n, selected, scheme, step);
                for (points, gradients) in points.chunks(lanes * n).zip(gradients.chunks_mut(lanes * n)) {
                    if is_odd.load(Ordering::Relaxed) {
                        return;
                    }
                    if !block.gradients(points, divisor, gradients) {
                        is_odd.store(true, Ordering::Relaxed);
                    }
                }
            },
        );
        if is_odd.into_inner() {
            // What a trap left behind is found again.
            terms.failure();
            return Ok(false);
        }
        if let Some(progress) = &mut self.progress {
            progress((count * n) as u64, (count * n) as u64);
        }
        Ok(true)
    }
}

/// A block of points, one a lane.
struct Block<'a, T: Real> {
    terms: &'a dyn Terms<T>,
    n: usize,
    count: usize,
    lanes: usize,
    scheme: Scheme,
    step: Step,
    /// `[coordinate][lane]`
    x: Vec<T>,
    /// `[term][lane]`: at the points themselves, for one-sided quotients.
    base: Vec<T>,
    /// Axes of a chunk; the rest is of one chunk.
    axes: usize,
    /// `[axis][lane]`
    plus: Vec<T>,
    minus: Vec<T>,
    distance: Vec<T>,
    quotients: Vec<T>,
}

impl<'a, T: Real> Block<'a, T> {
    fn new(terms: &'a dyn Terms<T>, n: usize, count: usize, scheme: Scheme, step: Step) -> Self {
        let lanes = terms.lanes();
        let axes = (CHUNK / lanes).clamp(1, n);
        let rows = |rows: usize| vec![T::ZERO; rows * lanes];
        Block {
            terms,
            n,
            count,
            lanes,
            scheme,
            step,
            x: rows(n),
            base: rows(count),
            axes,
            plus: rows(axes),
            minus: rows(axes),
            distance: rows(axes),
            quotients: rows(axes),
        }
    }

    /// The gradients at at most as many points as there are lanes; false if anything is out of the ordinary.
    fn gradients(&mut self, points: &[f64], divisor: T, gradients: &mut [f64]) -> bool {
        let (n, lanes, scheme) = (self.n, self.lanes, self.scheme);
        self.place(points);
        let range = 0..self.count;
        if scheme != Scheme::Central {
            self.terms.evaluate_lanes(&self.x, range.clone(), &mut self.base);
        }
        for first in (0..n).step_by(self.axes) {
            let axes = first..(first + self.axes).min(n);
            let size = axes.len() * lanes;
            let x = &self.x[axes.start * lanes..axes.end * lanes];
            let (plus, minus) = (&mut self.plus[..size], &mut self.minus[..size]);
            let distance = &mut self.distance[..size];
            if !Arch::new().dispatch(Move { step: self.step, scheme, x, plus, minus, distance }) {
                return false;
            }
            let moves = Moves {
                axes: axes.clone(),
                plus: (scheme != Scheme::Backward).then_some(&self.plus[..size]),
                minus: (scheme != Scheme::Forward).then_some(&self.minus[..size]),
                base: if scheme == Scheme::Central { &[] } else { &self.base },
            };
            let quotients = &mut self.quotients[..size];
            self.terms.differences(&mut self.x, &moves, range.clone(), quotients);
            if !Arch::new().dispatch(Quotients { divisor, distance: &self.distance[..size], quotients }) {
                return false;
            }
            self.take(axes, gradients);
        }
        true
    }

    /// Puts the points into lanes; the last one into those left over.
    fn place(&mut self, points: &[f64]) {
        let (n, x) = (self.n, &mut self.x[..]);
        match self.lanes {
            32 if points.len() == 32 * n => Arch::new().dispatch(ToLanes::<T, 32> { points, n, x }),
            64 if points.len() == 64 * n => Arch::new().dispatch(ToLanes::<T, 64> { points, n, x }),
            lanes => {
                let last = points.len() / n - 1;
                for lane in 0..lanes {
                    let point = &points[lane.min(last) * n..][..n];
                    for (to, &x) in x[lane..].iter_mut().step_by(lanes).zip(point) {
                        *to = T::of(x);
                    }
                }
            }
        }
    }

    /// Takes the quotients of some axes out of their lanes.
    fn take(&self, axes: Range<usize>, out: &mut [f64]) {
        let (n, rows) = (self.n, &self.quotients[..]);
        match self.lanes {
            32 if out.len() == 32 * n => Arch::new().dispatch(FromLanes::<T, 32> { rows, n, axes, out }),
            64 if out.len() == 64 * n => Arch::new().dispatch(FromLanes::<T, 64> { rows, n, axes, out }),
            lanes => {
                for (lane, gradient) in out.chunks_exact_mut(n).enumerate() {
                    let quotients = rows[lane..].iter().step_by(lanes);
                    for (gradient, quotient) in gradient[axes.clone()].iter_mut().zip(quotients) {
                        *gradient = quotient.to_f64();
                    }
                }
            }
        }
    }
}

/// Rows and columns of a tile, which is turned around in registers.
const TILE: usize = 4;

/// `[lane][coordinate]` to `[coordinate][lane]`, `L` lanes.
struct ToLanes<'a, T, const L: usize> {
    points: &'a [f64],
    n: usize,
    x: &'a mut [T],
}

impl<T: Real, const L: usize> WithSimd for ToLanes<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let ToLanes { points, n, x } = self;
        for lane in (0..L).step_by(TILE) {
            let lanes: [&[f64]; TILE] = std::array::from_fn(|k| &points[(lane + k) * n..][..n]);
            if n < TILE {
                for i in 0..n {
                    for k in 0..TILE {
                        x[i * L + lane + k] = T::of(lanes[k][i]);
                    }
                }
                continue;
            }
            // The last tile begins early enough to end in time, and does some over again.
            for i in (0..n).step_by(TILE).map(|i| i.min(n - TILE)) {
                let tile = lanes.map(|lane| tile_of(&lane[i..]));
                for r in 0..TILE {
                    let row = &mut x[(i + r) * L + lane..][..TILE];
                    for k in 0..TILE {
                        row[k] = T::of(tile[k][r]);
                    }
                }
            }
        }
    }
}

/// The first elements, by value.
#[inline(always)]
fn tile_of<V: Copy + Default>(values: &[V]) -> [V; TILE] {
    let mut tile = [V::default(); TILE];
    tile.copy_from_slice(&values[..TILE]);
    tile
}

/// `[axis][lane]`, `L` lanes, to the elements of some axes in `[lane][axis]`.
struct FromLanes<'a, T, const L: usize> {
    rows: &'a [T],
    n: usize,
    axes: Range<usize>,
    out: &'a mut [f64],
}

impl<T: Real, const L: usize> WithSimd for FromLanes<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let FromLanes { rows, n, axes, out } = self;
        let count = axes.len();
        let mut rest = out;
        for lane in (0..L).step_by(TILE) {
            let lanes: [&mut [f64]; TILE] = std::array::from_fn(|_| {
                let (lane, others) = std::mem::take(&mut rest).split_at_mut(n);
                rest = others;
                &mut lane[axes.clone()]
            });
            if count < TILE {
                for i in 0..count {
                    for k in 0..TILE {
                        lanes[k][i] = rows[i * L + lane + k].to_f64();
                    }
                }
                continue;
            }
            for i in (0..count).step_by(TILE).map(|i| i.min(count - TILE)) {
                let tile: [[T; TILE]; TILE] = std::array::from_fn(|r| tile_of(&rows[(i + r) * L + lane..]));
                for k in 0..TILE {
                    let to = &mut lanes[k][i..][..TILE];
                    for r in 0..TILE {
                        to[r] = tile[r][k].to_f64();
                    }
                }
            }
        }
    }
}

/// [`Step::perturb`] and [`Step::check_rounding`] of many coordinates.
struct Move<'a, T> {
    step: Step,
    scheme: Scheme,
    x: &'a [T],
    plus: &'a mut [T],
    minus: &'a mut [T],
    distance: &'a mut [T],
}

impl<T: Real> WithSimd for Move<'_, T> {
    /// Whether no step is out of the ordinary.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let Move { step, scheme, x, plus, minus, distance } = self;
        let count = x.len();
        let (plus, minus, distance) = (&mut plus[..count], &mut minus[..count], &mut distance[..count]);
        let side = |is_moved| if is_moved { T::ONE } else { T::ZERO };
        let (up, down) = (side(scheme != Scheme::Backward), side(scheme != Scheme::Forward));
        let epsilon = T::PRECISION.epsilon();
        let largest = T::of(T::LARGEST);
        let mut fine = true;
        match step {
            // A relative step of at least the last place of x neither vanishes nor is it rounded, and one below x does
            // not swallow it; so nothing can go wrong but that x + h overflows.
            Step::Relative { exponent } => {
                let relative = f64::from_bits(((1023 + i64::from(exponent)) as u64) << 52);
                if !(epsilon..1.0 / epsilon).contains(&relative) {
                    return false;
                }
                let relative = T::of(relative);
                for i in 0..count {
                    let h = relative * T::ONE.larger(x[i].magnitude()).binade();
                    let (above, below) = (x[i] + up * h, x[i] - down * h);
                    fine &= (above.magnitude() <= largest) & (below.magnitude() <= largest);
                    plus[i] = above;
                    minus[i] = below;
                    distance[i] = above - below;
                }
            }
            Step::Fixed(h) => {
                let nominal = (T::PRECISION == Precision::F64).then_some(scheme.sides() as f64 * h);
                let (up, down) = (up.to_f64(), down.to_f64());
                for i in 0..count {
                    let at = x[i].to_f64();
                    let (above, below) = (T::of(at + up * h), T::of(at - down * h));
                    let gone = above.to_f64() - below.to_f64();
                    let divisor = T::of(nominal.unwrap_or(gone));
                    let size = if at.abs() > 1.0 { at.abs() } else { 1.0 };
                    // In ordinary cases no number here comes near the least normal one.
                    fine &= ((above - x[i]).to_f64() >= up * LEAST)
                        & ((x[i] - below).to_f64() >= down * LEAST)
                        & (above.magnitude() <= largest)
                        & (below.magnitude() <= largest)
                        & (h * epsilon < size)
                        & ((gone - divisor.to_f64()).abs() <= 0.01 * divisor.to_f64());
                    plus[i] = above;
                    minus[i] = below;
                    distance[i] = divisor;
                }
            }
        }
        fine
    }
}

/// A distance well above the least normal number of f32.
const LEAST: f64 = 1e-30;

/// Sums of differences become quotients.
struct Quotients<'a, T> {
    divisor: T,
    distance: &'a [T],
    quotients: &'a mut [T],
}

impl<T: Real> WithSimd for Quotients<'_, T> {
    /// Whether all are finite.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let Quotients { divisor, distance, quotients } = self;
        if divisor != T::ONE {
            quotients.iter_mut().for_each(|sum| *sum = *sum / divisor);
        }
        let largest = T::of(T::LARGEST);
        let mut fine = true;
        // Distances of relative steps are powers of two, whose inverses are exact: then a product is the quotient.
        let mut are_powers = true;
        for &distance in distance {
            are_powers &= distance.binade() == distance;
        }
        for (quotient, &distance) in quotients.iter_mut().zip(distance) {
            *quotient = if are_powers { *quotient * distance.inverse_power() } else { *quotient / distance };
            fine &= quotient.magnitude() <= largest;
        }
        fine
    }
}
