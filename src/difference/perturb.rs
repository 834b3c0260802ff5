//! Where a step leads in the working precision: the one place that moves and rounds a coordinate for a step that is
//! given.
//!
//! A shader compiler may rearrange `(x+h)-x`, and only here is it known how far the rounded coordinate really moved. Where devices
//! move coordinates by themselves, they round as is done here.

use std::ops::Range;

use super::{Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real, vector};

/// Steps of so many ε·max(1, |x|) are rounded by a hundredth at most.
const ENOUGH: f64 = 100.0;

/// A denominator may differ from the distance really gone by this part of it.
const ROUNDED: f64 = 0.01;

/// A distance well above the least normal number of f32: in ordinary cases none comes near that.
const LEAST: f64 = 1e-30;

/// A coordinate perturbed along its axis: where the objective is evaluated, and how far apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perturbation<T> {
    /// The upper point: x + h, or x for [`Scheme::Backward`].
    pub plus: T,
    /// The lower point: x - h, or x for [`Scheme::Forward`].
    pub minus: T,
    /// The denominator of the quotient.
    pub distance: T,
}

/// What a vanished step means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnVanished {
    /// The point fails.
    Fail,
    /// The axis has the component 0, as f(x+h) - f(x-h) is when x+h == x-h; the point fails once all axes have. A descent
    /// follows the textbook in this, which takes f(x+h) - f(x-h) whatever x+h was rounded to.
    Freeze,
}

/// The quotients of two values of textbooks, at steps that are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FixedStep {
    pub(crate) scheme: Scheme,
    pub(crate) step: Step,
    pub(crate) on_vanished: OnVanished,
}

/// A step that devices make by themselves.
#[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices read all of it"))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DeviceStep<T> {
    pub(crate) size: DeviceSize<T>,
    /// Whether the upper coordinate is below x.
    pub(crate) is_down: bool,
}

/// How large it is.
#[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices read all of it"))]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum DeviceSize<T> {
    /// As [`Step::Relative`] of this exponent.
    Relative(i32),
    Fixed(T),
}

/// By a relative step of at least the last place of x, which neither vanishes nor is rounded, and one below x, which does
/// not swallow it. Nothing can go wrong but that x ± h overflows; the second number is whether it does not.
#[inline(always)]
pub(super) fn by_relative<T: Real>(x: T, relative: T, up: T, down: T) -> (Perturbation<T>, bool) {
    let h = relative * T::ONE.larger(x.magnitude()).binade();
    let (plus, minus) = (x + up * h, x - down * h);
    let largest = T::of(T::LARGEST);
    let is_ordinary = (plus.magnitude() <= largest) & (minus.magnitude() <= largest);
    (Perturbation { plus, minus, distance: plus - minus }, is_ordinary)
}

/// By any step; whether nothing is out of the ordinary. `nominal` is the denominator, if it is not the distance gone.
#[inline(always)]
pub(super) fn by_any<T: Real>(
    x: T,
    h: f64,
    nominal: Option<f64>,
    up: f64,
    down: f64,
) -> (Perturbation<T>, bool) {
    let at = x.to_f64();
    // As devices do it.
    let (plus, minus) = (x + T::of(up * h), x - T::of(down * h));
    let gone = plus.to_f64() - minus.to_f64();
    let distance = T::of(nominal.unwrap_or(gone));
    let size = if at.abs() > 1.0 { at.abs() } else { 1.0 };
    let largest = T::of(T::LARGEST);
    let is_ordinary = ((plus - x).to_f64() >= up * LEAST)
        & ((x - minus).to_f64() >= down * LEAST)
        & (plus.magnitude() <= largest)
        & (minus.magnitude() <= largest)
        & (h * T::PRECISION.epsilon() < size)
        & ((gone - distance.to_f64()).abs() <= ROUNDED * distance.to_f64());
    (Perturbation { plus, minus, distance }, is_ordinary)
}

/// 1 where a side moves, else 0.
pub(super) fn sides<T: Real>(scheme: Scheme) -> [T; 2] {
    scheme.moves().map(|moves| if moves { T::ONE } else { T::ZERO })
}

impl Step {
    /// The factor of a relative step, if it is one of an ordinary size for the precision.
    pub(super) fn ordinary_relative<T: Real>(self) -> Option<T> {
        let Step::Relative { exponent } = self else { return None };
        let relative = 2f64.powi(exponent);
        let epsilon = T::PRECISION.epsilon();
        (epsilon..1.0 / epsilon).contains(&relative).then(|| T::of(relative))
    }

    /// A fixed step in f64 is divided by as written: h or 2h.
    pub(super) fn nominal<T: Real>(self, scheme: Scheme, h: f64) -> Option<f64> {
        let as_written = matches!((self, T::PRECISION), (Step::Fixed(_), Precision::F64));
        as_written.then(|| scheme.sides() as f64 * h)
    }

    /// The two points of the quotient along one axis at coordinate `x` (finite), in precision `T`.
    ///
    /// # Errors
    /// [`Error::Step`], [`Error::StepTooLarge`], [`Error::VanishedStep`] if x+h or x-h rounds back to x,
    /// [`Error::NonFinitePoint`] if it overflows. `point` and `axis` are only named in the error.
    pub fn perturb<T: Real>(
        self,
        scheme: Scheme,
        x: T,
        point: usize,
        axis: usize,
    ) -> Result<Perturbation<T>> {
        let h = self.at(x.to_f64());
        let (moved, is_ordinary) = match self.ordinary_relative::<T>() {
            Some(relative) => {
                let [up, down] = sides(scheme);
                by_relative(x, relative, up, down)
            }
            None => {
                let [up, down] = sides::<f64>(scheme);
                by_any(x, h, self.nominal::<T>(scheme, h), up, down)
            }
        };
        if is_ordinary {
            return Ok(moved);
        }
        if !(h.is_finite() && h > 0.0) {
            return Err(Error::Step { step: h });
        }
        let (precision, scale) = (T::PRECISION, x.to_f64().abs().max(1.0));
        let most = scale / precision.epsilon();
        if h >= most {
            return Err(Error::StepTooLarge { point, axis, x: x.to_f64(), step: h, precision, most });
        }
        for (moves, to, sign) in [(scheme.moves()[0], moved.plus, '+'), (scheme.moves()[1], moved.minus, '-')]
        {
            if moves && !to.is_finite() {
                let after = format!(" after the step {sign}{h:e} from {x}");
                return Err(Error::NonFinitePoint { point, axis, x: to.to_f64(), precision, after });
            }
            // A subnormal distance counts as none: GPUs may flush it to zero.
            if moves && !(to - x).is_normal() {
                let least = ENOUGH * precision.epsilon() * scale;
                return Err(Error::VanishedStep {
                    point,
                    axis,
                    x: x.to_f64(),
                    step: h,
                    sign,
                    precision,
                    least,
                });
            }
        }
        Ok(moved)
    }

    /// Hands `moved` on if its denominator is within a hundredth of the distance between its points, as it always is
    /// but for fixed steps in f64, which divide by the nominal distance.
    ///
    /// # Errors
    /// [`Error::RoundedStep`].
    pub(crate) fn check_rounding<T: Real>(
        self,
        scheme: Scheme,
        x: T,
        moved: Perturbation<T>,
        point: usize,
        axis: usize,
    ) -> Result<Perturbation<T>> {
        let gone = moved.plus.to_f64() - moved.minus.to_f64();
        let nominal = moved.distance.to_f64();
        if (gone - nominal).abs() <= ROUNDED * nominal {
            return Ok(moved);
        }
        Err(Error::RoundedStep {
            point,
            axis,
            x: x.to_f64(),
            step: self.at(x.to_f64()),
            rounded: gone / scheme.sides() as f64,
            precision: T::PRECISION,
            least: ENOUGH * T::PRECISION.epsilon() * x.to_f64().abs().max(1.0),
        })
    }
}

impl FixedStep {
    /// The step, if it is one that devices round as the host does. Relative ones are in f32, in which they find powers of two by the
    /// bits.
    pub(crate) fn on_devices<T: Real>(&self) -> Option<DeviceStep<T>> {
        let is_down = self.scheme == Scheme::Backward;
        match self.step {
            Step::Relative { exponent } => {
                self.step.ordinary_relative::<T>().filter(|_| T::PRECISION == Precision::F32)?;
                Some(DeviceStep { size: DeviceSize::Relative(exponent), is_down })
            }
            // Devices may take subnormal numbers for 0.
            Step::Fixed(h) if T::of(h).is_normal() => {
                Some(DeviceStep { size: DeviceSize::Fixed(T::of(h)), is_down })
            }
            _ => None,
        }
    }

    /// One coordinate, and the error if its step vanished and that is allowed.
    pub(super) fn one<T: Real>(
        &self,
        x: T,
        point: usize,
        axis: usize,
    ) -> Result<(Perturbation<T>, Option<Error>)> {
        let FixedStep { scheme, step, on_vanished } = *self;
        match step.perturb(scheme, x, point, axis) {
            Ok(moved) if on_vanished == OnVanished::Freeze => Ok((moved, None)),
            Ok(moved) => step.check_rounding(scheme, x, moved, point, axis).map(|moved| (moved, None)),
            Err(error @ Error::VanishedStep { .. }) if on_vanished == OnVanished::Freeze => {
                Ok((Perturbation { plus: x, minus: x, distance: T::ONE }, Some(error)))
            }
            Err(error) => Err(error),
        }
    }

    /// Says which step of a point was the first to vanish, if that is allowed. If all vanish, that is an error.
    pub(crate) fn check<T: Real>(&self, x: &[T], point: usize) -> Result<Option<Error>> {
        let mut first = None;
        let mut vanished = 0;
        for (axis, &x) in x.iter().enumerate() {
            if let Some(error) = self.one(x, point, axis)?.1 {
                first.get_or_insert(error);
                vanished += 1;
            }
        }
        match first {
            Some(error) if vanished == x.len() => Err(error),
            first => Ok(first),
        }
    }
}

/// # Errors
/// [`Error::NonFinitePoint`] if a coordinate is not finite.
pub(crate) fn check_point<T: Real>(x: &[T], point: usize) -> Result<()> {
    if vector::all_finite(x) {
        return Ok(());
    }
    match x.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(axis) => Err(Error::NonFinitePoint {
            point,
            axis,
            x: x[axis].to_f64(),
            precision: T::PRECISION,
            after: String::new(),
        }),
    }
}

/// How far the coordinates of some axes move, for increments: by h itself, since no x+h is ever formed.
pub(crate) fn deltas<T: Real>(
    x: &[T],
    axes: Range<usize>,
    (scheme, step): (Scheme, Step),
    moved: &mut Vec<[T; 2]>,
) -> Result<()> {
    let mut each = Vec::new();
    let steps = step.increments(x, &mut each)?;
    let [up, down] = sides::<T>(scheme);
    moved.extend(axes.map(|axis| {
        let h = steps.at(axis);
        [up * h, -(down * h)]
    }));
    Ok(())
}
