//! Slopes of functions of a few sums, by the chain rule: ∂f/∂xᵢ = Σⱼ ∂f/∂Sⱼ · ∂Sⱼ/∂xᵢ, each factor with a bound of its error.

use rayon::prelude::*;

use super::HostSlopes;
use crate::backend::{Bounded, Carried, CarriedSlopes, Carry, CarryAlong};
use crate::error::Result;
use crate::numeric::Real;
use crate::objective::{AtInputs, OfSums, product_of};

/// Roundings of a sum of products in f64, at most, for each of them.
const ROUNDED: f64 = 4.0 * f64::EPSILON;

/// Whether all that is asked for are slopes along axes, in the limit of small steps.
pub(super) fn is_asked<T: Real>(what: &Carry<'_, T>) -> bool {
    matches!(what.along, CarryAlong::Axes(_)) && !what.by_term && what.steps.is_none()
}

/// What the sums come to at all points, then the function of them at each.
pub(super) fn answers<T: Real>(
    sums: &mut [HostSlopes<T>],
    of: &OfSums<T>,
    what: &Carry<'_, T>,
) -> Result<Carried> {
    let CarryAlong::Axes(axes) = what.along else {
        return Ok(Carried { values: Vec::new(), slopes: Vec::new(), trapped: None });
    };
    // Bounds of the sums are wanted in any case: the function takes them in.
    let each = Carry { bars: what.sample == 0, ..*what };
    let mut found = sums.iter_mut().map(|sum| sum.answers(&each)).collect::<Result<Vec<Carried>>>()?;
    if what.sample > 0 {
        // With the slopes along some axes, samples have the values of some terms.
        let whole = Carry { along: CarryAlong::Axes(&[]), ..each };
        for (found, sum) in found.iter_mut().zip(&mut *sums) {
            found.values = sum.answers(&whole)?.values;
        }
    }
    let reads: Vec<&[bool]> = sums.iter().map(|sum| sum.read_axes()).collect();
    let count = what.points.len() / what.n;
    let mut slopes = vec![Bounded::default(); count * axes.len()];
    let mut values = vec![Bounded::default(); count];
    let rows = slopes.par_chunks_mut(axes.len().max(1)).zip(&mut values).enumerate();
    rows.for_each(|(k, (slopes, value))| {
        let x = &what.points[k * what.n..][..what.n];
        let inputs = Input::all(of, &found, k);
        let mut here: Vec<f64> = inputs.iter().map(|input| input.value).collect();
        let mut errors: Vec<f64> = inputs.iter().map(|input| input.error).collect();
        here.extend(of.beside.iter().map(|&axis| x[axis as usize].to_f64()));
        errors.resize(here.len(), 0.0);
        let Some(outer) = of.outer.at(&here, &errors, what.sample) else {
            *value = unknown();
            slopes.fill(unknown());
            return;
        };
        *value = Bounded { value: outer.value, bound: outer.error, flags: 0 };
        for (i, (slope, &axis)) in slopes.iter_mut().zip(axes).enumerate() {
            let at = k * axes.len() + i;
            let of_sums = inputs.iter().map(|input| {
                let moves = reads[input.sum].get(axis as usize) == Some(&true);
                moves.then(|| input.slope(found[input.sum].slopes[at]))
            });
            let one = Bounded { value: 1.0, bound: 0.0, flags: 0 };
            let beside = of.beside.iter().map(|&beside| (beside == axis).then_some(one));
            *slope = product(&outer, of_sums.chain(beside));
        }
    });
    Ok(Carried { values, slopes, trapped: None })
}

/// A sum or a product at a point.
struct Input {
    value: f64,
    error: f64,
    /// Which sum its slopes are those of, or of the logarithm of.
    sum: usize,
    is_product: bool,
}

impl Input {
    fn all(of: &OfSums<impl Real>, found: &[Carried], point: usize) -> Vec<Input> {
        let mut next = 0;
        let input = |&is_product: &bool| {
            let (sum, of) = (next, found[next].values[point]);
            next += 1;
            let (mut value, mut error) = (of.value, of.bound);
            if is_product {
                let negative = found[next].values[point].value;
                next += 1;
                // Samples may be off in what they count.
                (value, error) = product_of((value, error), negative.round());
            }
            Input { value, error, sum, is_product }
        };
        of.products.iter().map(input).collect()
    }

    /// Its slope where that of its sum is this.
    fn slope(&self, of: Bounded) -> Bounded {
        if !self.is_product {
            return of;
        }
        let (value, size) = (self.value * of.value, self.value.abs());
        let bound = size * of.bound + self.error * (of.value.abs() + of.bound);
        Bounded { value, bound: bound + ROUNDED * (value.abs() + bound), flags: of.flags }
    }
}

fn unknown() -> Bounded {
    Bounded { value: f64::NAN, bound: f64::NAN, flags: 0 }
}

/// The slope along an axis, along which the inputs have these; `None`: they do not depend on it, and have no part in it whatever
/// the function does along them.
fn product(outer: &AtInputs, inputs: impl Iterator<Item = Option<Bounded>>) -> Bounded {
    let mut sum = Bounded::default();
    let mut size = 0.0;
    for (j, input) in inputs.enumerate() {
        let Some(input) = input else { continue };
        let (slope, bound) = (outer.slopes[j], outer.bounds[j]);
        sum.value += slope * input.value;
        size += (slope * input.value).abs();
        sum.bound += slope.abs() * input.bound + bound * (input.value.abs() + input.bound);
        sum.flags |= outer.flags[j] | input.flags;
    }
    sum.bound += ROUNDED * (size + sum.bound);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(value: f64) -> Bounded {
        Bounded { value, bound: 0.0, flags: 0 }
    }

    fn outer(slopes: &[f64], bounds: &[f64], flags: &[u8]) -> AtInputs {
        AtInputs {
            value: 0.0,
            error: 0.0,
            slopes: slopes.to_vec(),
            bounds: bounds.to_vec(),
            flags: flags.to_vec(),
        }
    }

    #[test]
    fn each_error_has_its_part() {
        let function = outer(&[2.0, -3.0], &[0.5, 0.25], &[0, 4]);
        let inputs = [Bounded { value: 5.0, bound: 0.125, flags: 0 }, exactly(7.0)];
        let found = product(&function, inputs.into_iter().map(Some));
        assert_eq!((found.value, found.flags), (2.0 * 5.0 - 3.0 * 7.0, 4));
        // The largest that the product can be off by: (2 ± 0.5)·(5 ± 0.125) and (-3 ± 0.25)·7.
        let most = (2.5 * 5.125 - 10.0) + 0.25 * 7.0;
        assert!((most..most * (1.0 + 1e-12)).contains(&found.bound), "{} {most}", found.bound);
    }

    #[test]
    fn what_is_not_read_has_no_part() {
        let function = outer(&[f64::INFINITY, 1.0], &[f64::NAN, 0.0], &[1, 0]);
        let found = product(&function, [None, Some(exactly(3.0))].into_iter());
        assert_eq!((found.value, found.flags), (3.0, 0));
        // A slope of exactly 0 along what is read is no such thing: √(x²) at 0.
        let found = product(&function, [Some(exactly(0.0)), Some(exactly(3.0))].into_iter());
        assert!(found.value.is_nan() && found.flags == 1);
    }
}
