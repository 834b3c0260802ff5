//! Gradients by slopes, in the limit of small steps or over steps of the caller's own.

use super::sums::LaneSums;
use super::{Gradients, TermsOf};
use crate::difference::{Scheme, Step, within_increments};
use crate::numeric::{Real, vector};
use crate::objective::{Input, Seeds, SlopeRequest, SlopeRows, Slopes};

/// Slopes along all axes.
pub(in crate::backend::cpu) struct AlongSlopes<'a, T: Real> {
    slopes: &'a dyn Slopes<T>,
    of: TermsOf,
    lanes: usize,
    n: usize,
    /// Axes of a call, and whether they are known beforehand.
    at_once: usize,
    has_known_axes: bool,
    rows: SlopeRows<T>,
    /// Of several terms: a row for each coordinate, and one of values.
    sums: LaneSums,
    /// `[lane]`
    values: Vec<f64>,
    /// `[slot][lane]`: all coordinates, then those that a term reads.
    axes: Vec<u32>,
    /// The steps that slopes are over, if not over those in the limit.
    over: Option<(Scheme, Step)>,
    /// Of one side, in the order of the axes.
    steps: Vec<T>,
    /// Of one side, `[axis][lane]`: sums over terms, to be divided.
    found: Vec<f64>,
    first: Vec<f64>,
}

impl<'a, T: Real> AlongSlopes<'a, T> {
    pub(in crate::backend::cpu) fn new(
        slopes: &'a dyn Slopes<T>,
        of: TermsOf,
        n: usize,
        over: Option<(Scheme, Step)>,
    ) -> Self {
        let lanes = slopes.lanes();
        let known = slopes.known_axes();
        let at_once = known.map_or(slopes.most_slots(), |(axes, _)| axes).clamp(1, n);
        let is_sum = of.terms > 1;
        let further = if is_sum { slopes.most_slots().max(1) } else { 0 };
        let steps = if over.is_some() { vec![T::ONE; (n + further) * lanes] } else { Vec::new() };
        let axes = (0..n as u32).chain(std::iter::repeat_n(0, further));
        AlongSlopes {
            slopes,
            of,
            lanes,
            n,
            at_once,
            has_known_axes: known.is_some(),
            rows: SlopeRows::default(),
            sums: LaneSums::new(if is_sum { n + 1 } else { 0 }, lanes),
            values: vec![0.0; lanes],
            axes: axes.flat_map(|axis| std::iter::repeat_n(axis, lanes)).collect(),
            over,
            found: vec![0.0; n * lanes],
            first: vec![0.0; if over.is_some() { n * lanes } else { 0 }],
            steps,
        }
    }

    /// Slopes of one side into `gradient`; the lanes in which there are none.
    fn side(&mut self, x: &[T], gradient: &mut [T]) -> u64 {
        if self.of.terms > 1 {
            return self.side_of_terms(x, gradient);
        }
        let (lanes, mut bad) = (self.lanes, 0);
        for begin in (0..self.n).step_by(self.at_once) {
            let slots = self.at_once.min(self.n - begin);
            bad |= self.run(x, 0, begin, slots, self.has_known_axes);
            let own = begin * lanes..(begin + slots) * lanes;
            gradient[own.clone()].copy_from_slice(&self.rows.slopes[..slots * lanes]);
            if self.over.is_some() {
                let slopes = self.rows.slopes.iter().map(|slope| slope.to_f64());
                self.found[own].iter_mut().zip(slopes).for_each(|(to, slope)| *to = slope);
            }
        }
        bad | self.not_finite(gradient)
    }

    /// The same of several terms, added up.
    fn side_of_terms(&mut self, x: &[T], gradient: &mut [T]) -> u64 {
        let (slopes, lanes, n, part) = (self.slopes, self.lanes, self.n, TermsOf::of_part(self.slopes));
        let mut bad = 0;
        for term in 0..self.of.terms as u32 {
            let reads = slopes.reads(term);
            let count = reads.map_or(n, <[u32]>::len);
            let at_once = if reads.is_some() { self.slopes.most_slots().max(1) } else { self.at_once };
            // One call at least, for the value.
            let mut begin = 0;
            while begin == 0 || begin < count {
                let slots = at_once.min(count - begin);
                let axis = |slot: usize| reads.map_or((begin + slot) as u32, |reads| reads[begin + slot]);
                if reads.is_some() {
                    self.aim((0..slots).map(axis));
                    bad |= self.run(x, term, n, slots, false);
                } else {
                    bad |= self.run(x, term, begin, slots, self.has_known_axes);
                }
                if begin == 0 {
                    self.sums.add(n, &self.rows.values[..lanes]);
                }
                for slot in 0..slots {
                    self.sums.add(axis(slot) as usize, &self.rows.slopes[slot * lanes..][..lanes]);
                }
                begin += slots.max(1);
            }
            if (term as usize + 1).is_multiple_of(part) {
                self.sums.end_part();
            }
        }
        self.sums.end_part();
        let divisor = self.of.divisor;
        for (axis, row) in self.found.chunks_exact_mut(lanes).enumerate() {
            row.copy_from_slice(self.sums.take(axis));
        }
        gradient.iter_mut().zip(&self.found).for_each(|(to, sum)| *to = T::of(sum / divisor));
        self.values.iter_mut().zip(self.sums.take(n)).for_each(|(to, sum)| *to = sum / divisor);
        bad | self.not_finite(gradient) | bits(&self.values, |value| !T::of(value).is_finite())
    }

    /// Puts axes that a term reads, and the steps along them, behind those of all coordinates.
    fn aim(&mut self, axes: impl Iterator<Item = u32>) {
        let (lanes, behind) = (self.lanes, self.n * self.lanes);
        for (slot, axis) in axes.enumerate() {
            self.axes[behind + slot * lanes..][..lanes].fill(axis);
            if self.over.is_some() {
                let from = axis as usize * lanes;
                self.steps.copy_within(from..from + lanes, behind + slot * lanes);
            }
        }
    }

    /// Runs a term along axes; the lanes whose slopes are in doubt.
    fn run(&mut self, x: &[T], term: u32, begin: usize, slots: usize, has_known_axes: bool) -> u64 {
        let lanes = self.lanes;
        // The same term in each lane, where these have terms of their own.
        let terms = if self.slopes.takes_terms_in_lanes() { lanes } else { 1 };
        let own = begin * lanes..(begin + slots) * lanes;
        self.slopes.run(
            &SlopeRequest {
                x: Input::Each(x),
                terms: &[term; super::MOST_LANES][..terms],
                seeds: Seeds::Axes(&self.axes[own.clone()]),
                first: has_known_axes.then_some(begin as u32),
                slots,
                steps: if self.over.is_some() { &self.steps[own] } else { &[] },
                bars: false,
                sample: 0,
            },
            &mut self.rows,
        );
        let raised = SlopeRows::<T>::BRANCH | SlopeRows::<T>::JUMP;
        let mut bad = 0;
        if self.rows.flags.iter().fold(0, |all, flags| all | flags) & raised != 0 {
            for flags in self.rows.flags.chunks_exact(lanes) {
                bad |= bits(flags, |flags| flags & raised != 0);
            }
        }
        bad
    }

    /// The lanes in which a slope, or the value of the last call, is not finite.
    fn not_finite(&self, gradient: &[T]) -> u64 {
        let mut bad = 0;
        if !(vector::all_finite(gradient) && vector::all_finite(&self.rows.values)) {
            for row in gradient.chunks_exact(self.lanes).chain([&self.rows.values[..self.lanes]]) {
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
            std::mem::swap(&mut self.first, &mut self.found);
            bad |= self.step(x, -1.0, step) | self.side(x, gradient);
            for ((slope, first), second) in gradient.iter_mut().zip(&self.first).zip(&self.found) {
                *slope = T::of((first + second) / 2.0 / self.of.divisor);
            }
        }
        bad
    }

    fn has_values(&self) -> bool {
        true
    }

    fn values(&mut self, _: &[T], values: &mut [f64]) {
        if self.of.terms > 1 {
            values.copy_from_slice(&self.values);
        } else {
            values.iter_mut().zip(&self.rows.values).for_each(|(to, value)| *to = value.to_f64());
        }
    }
}

/// A mask of the lanes for which `holds`.
pub(super) fn bits<V: Copy>(row: &[V], holds: impl Fn(V) -> bool) -> u64 {
    row.iter().enumerate().fold(0, |all, (lane, &value)| all | u64::from(holds(value)) << lane)
}
