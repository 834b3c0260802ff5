//! Rows of coordinates moved by the steps of one rule, at the processor's widest SIMD.

use pulp::{Arch, WithSimd};

use super::Step;
use super::perturb::{FixedStep, Perturbation, by_any, by_relative, sides};
use crate::numeric::Real;

/// Coordinates to be moved, and where to put what comes of it: rows of any shape.
pub(crate) struct Moving<'a, T> {
    pub(crate) rule: FixedStep,
    pub(crate) x: &'a [T],
    pub(crate) plus: &'a mut [T],
    pub(crate) minus: &'a mut [T],
    pub(crate) distance: &'a mut [T],
}

impl<T: Real> Moving<'_, T> {
    /// Moves all; whether nothing is out of the ordinary. What is, is as [`Perturbation`]s of a checked point are.
    pub(crate) fn run(self) -> bool {
        let Moving { rule, x, plus, minus, distance } = self;
        let (plus, minus, distance) = (&mut plus[..x.len()], &mut minus[..x.len()], &mut distance[..x.len()]);
        let all = MoveAll { rule, x, plus: &mut *plus, minus: &mut *minus, distance: &mut *distance };
        if Arch::new().dispatch(all) {
            return true;
        }
        for (i, &x) in x.iter().enumerate() {
            // A point at fault has been refused before, or its values are not asked for.
            let at_rest = Perturbation { plus: x, minus: x, distance: T::ONE };
            let moved = rule.one(x, 0, 0).map_or(at_rest, |(moved, _)| moved);
            (plus[i], minus[i], distance[i]) = (moved.plus, moved.minus, moved.distance);
        }
        false
    }
}

/// Compiled for several CPU feature levels.
struct MoveAll<'a, T> {
    rule: FixedStep,
    x: &'a [T],
    plus: &'a mut [T],
    minus: &'a mut [T],
    distance: &'a mut [T],
}

impl<T: Real> WithSimd for MoveAll<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let MoveAll { rule: FixedStep { scheme, step, .. }, x, plus, minus, distance } = self;
        let count = x.len();
        let (plus, minus, distance) = (&mut plus[..count], &mut minus[..count], &mut distance[..count]);
        let mut all_ordinary = true;
        let mut put = |i: usize, (moved, is_ordinary): (Perturbation<T>, bool)| {
            all_ordinary &= is_ordinary;
            (plus[i], minus[i], distance[i]) = (moved.plus, moved.minus, moved.distance);
        };
        match (step.ordinary_relative::<T>(), step) {
            (Some(relative), _) => {
                let [up, down] = sides(scheme);
                for i in 0..count {
                    put(i, by_relative(x[i], relative, up, down));
                }
            }
            (None, Step::Fixed(h)) => {
                let [up, down] = sides::<f64>(scheme);
                let nominal = step.nominal::<T>(scheme, h);
                for i in 0..count {
                    put(i, by_any(x[i], h, nominal, up, down));
                }
            }
            _ => return false,
        }
        all_ordinary
    }
}
