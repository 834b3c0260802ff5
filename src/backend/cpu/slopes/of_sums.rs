//! Slopes of functions of a few sums, by the chain rule: ∂f/∂xᵢ is the slope of the function of the sums along the direction in which
//! these go, (∂Sⱼ/∂xᵢ), each with a bound of its error.

use rayon::prelude::*;

use super::HostSlopes;
use crate::backend::{Bounded, Carried, CarriedSlopes, Carry, CarryAlong};
use crate::error::Result;
use crate::numeric::Real;
use crate::objective::{Along, LogProduct, OfSums};

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
        let (mut here, mut errors): (Vec<f64>, Vec<f64>) = inputs.iter().map(|input| input.value).unzip();
        here.extend(of.beside.iter().map(|&axis| x[axis as usize].to_f64()));
        errors.resize(here.len(), 0.0);
        let (mut along, mut flags) = (Along::default(), vec![0; axes.len()]);
        for (i, (flags, &axis)) in flags.iter_mut().zip(axes).enumerate() {
            for input in &inputs {
                let moves = reads[input.sum].get(axis as usize) == Some(&true);
                let of = if moves { found[input.sum].slopes[k * axes.len() + i] } else { Bounded::default() };
                let (value, bound) = match input.product {
                    Some(product) => product.times(of.value, of.bound),
                    None => (of.value, of.bound),
                };
                along.values.push(value);
                along.bounds.push(bound);
                *flags |= of.flags;
            }
            for &beside in &of.beside {
                along.values.push(f64::from(beside == axis));
                along.bounds.push(0.0);
            }
        }
        let Some(outer) = of.outer.at(&here, &errors, &along, what.sample) else {
            *value = unknown();
            slopes.fill(unknown());
            return;
        };
        *value = Bounded { value: outer.value, bound: outer.error, flags: 0 };
        for (i, slope) in slopes.iter_mut().enumerate() {
            let (value, bound) = (outer.slopes[i], outer.bounds[i]);
            *slope = Bounded { value, bound, flags: outer.flags[i] | flags[i] };
        }
    });
    Ok(Carried { values, slopes, trapped: None })
}

/// The points at which not all is known, such as where a factor of a product is 0 and has no logarithm: there the whole may know
/// more.
pub(super) fn unknown_points(found: &Carried, has_bounds: bool) -> Vec<usize> {
    let width = found.slopes.len() / found.values.len().max(1);
    let is_known = |slope: &Bounded| slope.value.is_finite() && (!has_bounds || slope.bound.is_finite());
    let is_unknown = |&k: &usize| {
        !found.values[k].value.is_finite() || !found.slopes[k * width..][..width].iter().all(is_known)
    };
    (0..found.values.len()).filter(is_unknown).collect()
}

/// A sum or a product at a point.
struct Input {
    /// With how far off it may be.
    value: (f64, f64),
    /// Which sum its slopes are those of, or of the logarithm of.
    sum: usize,
    product: Option<LogProduct>,
}

impl Input {
    fn all(of: &OfSums<impl Real>, found: &[Carried], point: usize) -> Vec<Input> {
        let mut next = 0;
        let input = |&is_product: &bool| {
            let (sum, of) = (next, found[next].values[point]);
            next += 1;
            let product = is_product.then(|| {
                next += 1;
                // Samples may be off in what they count.
                LogProduct::new((of.value, of.bound), found[next - 1].values[point].value.round())
            });
            let value = product.map_or((of.value, of.bound), LogProduct::value);
            Input { value, sum, product }
        };
        of.products.iter().map(input).collect()
    }
}

fn unknown() -> Bounded {
    Bounded { value: f64::NAN, bound: f64::NAN, flags: 0 }
}
