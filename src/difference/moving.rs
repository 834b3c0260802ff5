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
        let to = [plus, minus, distance];
        match (step.ordinary_relative::<T>(), step) {
            (Some(relative), _) => {
                let [up, down] = sides(scheme);
                each(x, to, |x| by_relative(x, relative, up, down))
            }
            (None, Step::Fixed(h)) => {
                let [up, down] = sides::<f64>(scheme);
                let nominal = step.nominal::<T>(scheme, h);
                each(x, to, |x| by_any(x, h, nominal, up, down))
            }
            _ => false,
        }
    }
}

/// Coordinates at a time: in arrays of their own, compilers see that none of them depends on another.
const WIDTH: usize = 16;

/// Moves each; whether all is ordinary.
#[inline(always)]
fn each<T: Real>(x: &[T], to: [&mut [T]; 3], one: impl Fn(T) -> (Perturbation<T>, bool)) -> bool {
    let mut odd = [T::ZERO; WIDTH];
    let [plus, minus, distance] = to;
    let whole = x.len() / WIDTH * WIDTH;
    let chunks = x[..whole].chunks_exact(WIDTH).zip(plus[..whole].chunks_exact_mut(WIDTH));
    let chunks =
        chunks.zip(minus[..whole].chunks_exact_mut(WIDTH)).zip(distance[..whole].chunks_exact_mut(WIDTH));
    for (((x, plus), minus), distance) in chunks {
        let mut here = [T::ZERO; WIDTH];
        here.copy_from_slice(x);
        let mut moved = [[T::ZERO; WIDTH]; 3];
        for k in 0..WIDTH {
            let (found, is_ordinary) = one(here[k]);
            (moved[0][k], moved[1][k], moved[2][k]) = (found.plus, found.minus, found.distance);
            odd[k] = if is_ordinary { odd[k] } else { T::ONE };
        }
        plus.copy_from_slice(&moved[0]);
        minus.copy_from_slice(&moved[1]);
        distance.copy_from_slice(&moved[2]);
    }
    let mut all_ordinary = odd.iter().all(|&odd| odd == T::ZERO);
    for i in whole..x.len() {
        let (moved, is_ordinary) = one(x[i]);
        (plus[i], minus[i], distance[i]) = (moved.plus, moved.minus, moved.distance);
        all_ordinary &= is_ordinary;
    }
    all_ordinary
}
