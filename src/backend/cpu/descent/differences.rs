//! Gradients by differences of values at a step that is given, of objectives of one term or whose terms are in one program.

use pulp::Arch;

use super::slopes::bits;
use super::{Gradients, TermsOf};
use crate::difference::Scheme;
use crate::difference::moving::Moving;
use crate::difference::perturb::{FixedStep, check_point};
use crate::difference::quotients::Quotients;
use crate::numeric::Real;
use crate::objective::{Moves, Terms};

/// Differences along all axes.
pub(in crate::backend::cpu) struct Differences<'a, T: Real> {
    terms: &'a (dyn Terms<T> + 'a),
    of: TermsOf,
    rule: FixedStep,
    n: usize,
    lanes: usize,
    /// `[axis][lane]`
    plus: Vec<T>,
    minus: Vec<T>,
    distance: Vec<T>,
    /// `[term][lane]`, for one-sided quotients.
    base: Vec<T>,
}

impl<'a, T: Real> Differences<'a, T> {
    pub(in crate::backend::cpu) fn new(
        terms: &'a (dyn Terms<T> + 'a),
        of: TermsOf,
        rule: FixedStep,
        n: usize,
    ) -> Self {
        let lanes = terms.lanes();
        let rows = |rows: usize| vec![T::ZERO; rows * lanes];
        let base = rows(if rule.scheme == Scheme::Central { 1 } else { of.terms });
        Differences { terms, of, rule, n, lanes, plus: rows(n), minus: rows(n), distance: rows(n), base }
    }

    /// Lanes whose points cannot be moved, or not along all axes.
    fn odd(&self, x: &[T]) -> u64 {
        let is_odd = |lane: usize| {
            let x: Vec<T> = (0..self.n).map(|i| x[i * self.lanes + lane]).collect();
            let checked = check_point(&x, lane).and_then(|()| self.rule.check(&x, lane));
            !matches!(checked, Ok(None))
        };
        (0..self.lanes).filter(|&lane| is_odd(lane)).fold(0, |all, lane| all | 1 << lane)
    }
}

impl<T: Real> Gradients<T> for Differences<'_, T> {
    fn gradients(&mut self, x: &mut [T], gradient: &mut [T]) -> u64 {
        let scheme = self.rule.scheme;
        let moving = Moving {
            rule: self.rule,
            x,
            plus: &mut self.plus,
            minus: &mut self.minus,
            distance: &mut self.distance,
        };
        let mut bad = if moving.run() { 0 } else { self.odd(x) };
        if scheme != Scheme::Central {
            self.terms.evaluate_lanes(x, 0..self.of.terms, &mut self.base);
        }
        let [up, down] = scheme.moves();
        let moves = Moves {
            axes: 0..self.n,
            plus: up.then_some(&self.plus[..]),
            minus: down.then_some(&self.minus[..]),
            base: if scheme == Scheme::Central { &[] } else { &self.base },
        };
        self.terms.differences(x, &moves, 0..self.of.terms, gradient);
        let quotients = Quotients {
            divisor: T::of(self.of.divisor),
            distance: &self.distance,
            quotients: &mut *gradient,
        };
        if !Arch::new().dispatch(quotients) {
            for row in gradient.chunks_exact(self.lanes) {
                bad |= bits(row, |x| !x.is_finite());
            }
        }
        bad
    }

    fn has_values(&self) -> bool {
        false
    }

    fn values(&mut self, x: &[T], values: &mut [f64]) {
        let sums = &mut self.base[..self.lanes];
        self.terms.sums(x, 0..self.of.terms, sums);
        values.iter_mut().zip(sums).for_each(|(value, sum)| *value = sum.to_f64() / self.of.divisor);
    }
}
