//! Gradients by slopes, in the limit of small steps or over steps of the caller's own, of objectives that are one term.

use super::Gradients;
use crate::difference::{Scheme, Step, within_increments};
use crate::numeric::{Real, vector};
use crate::objective::{Input, Seeds, SlopeRequest, SlopeRows, Slopes};

/// Slopes along all axes.
pub(in crate::backend::cpu) struct AlongSlopes<'a, T: Real> {
    slopes: &'a dyn Slopes<T>,
    lanes: usize,
    n: usize,
    /// Axes of a call, and whether they are known beforehand.
    at_once: usize,
    has_known_axes: bool,
    rows: SlopeRows<T>,
    /// `[slot][lane]`
    axes: Vec<u32>,
    /// The steps that slopes are over, if not over those in the limit.
    over: Option<(Scheme, Step)>,
    /// Of one side, `[axis][lane]`.
    steps: Vec<T>,
    /// Of one side, `[axis][lane]`.
    first: Vec<T>,
}

impl<'a, T: Real> AlongSlopes<'a, T> {
    pub(in crate::backend::cpu) fn new(
        slopes: &'a dyn Slopes<T>,
        n: usize,
        over: Option<(Scheme, Step)>,
    ) -> Self {
        let lanes = slopes.lanes();
        let known = slopes.known_axes();
        let at_once = known.map_or(slopes.most_slots(), |(axes, _)| axes).clamp(1, n);
        let steps = if over.is_some() { vec![T::ONE; n * lanes] } else { Vec::new() };
        AlongSlopes {
            slopes,
            lanes,
            n,
            at_once,
            has_known_axes: known.is_some(),
            rows: SlopeRows::default(),
            axes: (0..n as u32).flat_map(|axis| std::iter::repeat_n(axis, lanes)).collect(),
            over,
            first: steps.clone(),
            steps,
        }
    }

    /// Slopes of one side into `gradient`; the lanes in which there are none.
    fn side(&mut self, x: &[T], gradient: &mut [T]) -> u64 {
        let (lanes, mut bad) = (self.lanes, 0);
        // The one term, in each lane where these have terms of their own.
        let terms = if self.slopes.takes_terms_in_lanes() { lanes } else { 1 };
        for begin in (0..self.n).step_by(self.at_once) {
            let slots = self.at_once.min(self.n - begin);
            let own = begin * lanes..(begin + slots) * lanes;
            self.slopes.run(
                &SlopeRequest {
                    x: Input::Each(x),
                    terms: &[0; super::MOST_LANES][..terms],
                    seeds: Seeds::Axes(&self.axes[own.clone()]),
                    first: self.has_known_axes.then_some(begin as u32),
                    slots,
                    steps: if self.over.is_some() { &self.steps[own.clone()] } else { &[] },
                    bars: false,
                    sample: 0,
                },
                &mut self.rows,
            );
            gradient[own].copy_from_slice(&self.rows.slopes[..slots * lanes]);
            let raised = SlopeRows::<T>::BRANCH | SlopeRows::<T>::JUMP;
            if self.rows.flags.iter().fold(0, |all, flags| all | flags) & raised != 0 {
                for flags in self.rows.flags.chunks_exact(lanes) {
                    bad |= bits(flags, |flags| flags & raised != 0);
                }
            }
        }
        if !(vector::all_finite(gradient) && vector::all_finite(&self.rows.values)) {
            for row in gradient.chunks_exact(lanes).chain([&self.rows.values[..lanes]]) {
                bad |= bits(row, |x| !x.is_finite());
            }
        }
        bad
    }

    /// Sets the steps of a side; the lanes in which one is out of range.
    fn step(&mut self, x: &[T], side: f64, step: Step) -> u64 {
        let mut bad = 0;
        if let Step::Fixed(h) = step {
            // It has been checked when it was resolved.
            self.steps.fill(T::of(side * h));
            return 0;
        }
        for (i, (to, x)) in self.steps.iter_mut().zip(x).enumerate() {
            match within_increments(step.at(x.to_f64()), T::PRECISION) {
                Ok(h) => *to = T::of(side * h),
                Err(_) => {
                    bad |= 1 << (i % self.lanes);
                    *to = T::ONE;
                }
            }
        }
        bad
    }
}

impl<T: Real> Gradients<T> for AlongSlopes<'_, T> {
    fn gradients(&mut self, x: &mut [T], gradient: &mut [T]) -> u64 {
        let Some((scheme, step)) = self.over else { return self.side(x, gradient) };
        let side = if scheme == Scheme::Backward { -1.0 } else { 1.0 };
        let mut bad = self.step(x, side, step) | self.side(x, gradient);
        if scheme == Scheme::Central {
            let mut first = std::mem::take(&mut self.first);
            first.copy_from_slice(gradient);
            bad |= self.step(x, -1.0, step) | self.side(x, gradient);
            for (slope, first) in gradient.iter_mut().zip(&first) {
                *slope = T::of((first.to_f64() + slope.to_f64()) / 2.0);
            }
            self.first = first;
        }
        bad
    }

    fn values(&mut self, _: &[T], values: &mut [T]) {
        values.copy_from_slice(&self.rows.values[..self.lanes]);
    }
}

/// A mask of the lanes for which `holds`.
pub(super) fn bits<V: Copy>(row: &[V], holds: impl Fn(V) -> bool) -> u64 {
    row.iter().enumerate().fold(0, |all, (lane, &value)| all | u64::from(holds(value)) << lane)
}
