//! How to difference, and what comes of it.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use ndarray::{Array2, ArrayView2};

use crate::error::{Error, Result};
use crate::precision::Real;
use crate::remark::Remark;
use crate::scheme::Scheme;
use crate::step::{Perturbation, Step};
use crate::vector;

/// How to difference.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// The quotient.
    pub scheme: Scheme,
    /// The power of h that the truncation error goes with: 1, 2, 4, 6 or 8 ([`Stencil`](crate::Stencil)); `None`: the
    /// scheme's own, 1 or 2.
    pub order: Option<usize>,
    /// The step; `None`: [`Step::Auto`] for direct differences, [`Step::default_for_increments`] for increments,
    /// [`Step::default_for`] for an order that is not the scheme's own.
    pub step: Option<Step>,
    /// Where the difference comes from.
    pub method: Method,
}

/// Where a difference f(x+h) - f(x-h) comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Incremental where the objective offers it, else direct.
    #[default]
    Auto,
    /// Both values are evaluated and subtracted, term by term. Works for any objective.
    Direct,
    /// The change is carried through the formula, and no two values of f are subtracted: the quotient keeps its digits
    /// however small h is. For objectives that offer increments.
    Incremental,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Auto => "auto",
            Method::Direct => "direct",
            Method::Incremental => "incremental",
        })
    }
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Method::Auto),
            "direct" => Ok(Method::Direct),
            "incremental" => Ok(Method::Incremental),
            _ => Err(Error::usage(format!("unknown difference `{text}`: it is direct, incremental or auto"))),
        }
    }
}

/// The gradients of a batch of points.
#[derive(Clone, Debug)]
pub struct Gradient {
    /// `[batch, n]`: the difference quotients.
    pub gradient: Array2<f64>,
    /// `[batch, n]`: error bars, how far each component may be from the derivative, truncation and rounding together;
    /// infinite where quotients do not draw together. With [`Step::Auto`]; for steps that are given nothing is known.
    pub error: Option<Array2<f64>>,
    /// The steps.
    pub step: StepUsed,
    /// What was noticed: kinks, sides that are not finite, bounds.
    pub remarks: Vec<Remark>,
    /// Values of the objective in the quotients: 2n a point for central ones, n + 1 for the others, 16n + 1 or more for
    /// [`Step::Auto`]. Increments take as many differences without evaluating each value.
    pub evaluations: u64,
    /// Wall-clock time of the computation, in seconds.
    pub seconds: f64,
}

/// The steps of a gradient.
#[derive(Clone, Debug)]
pub enum StepUsed {
    /// By this rule.
    Rule(Step),
    /// `[batch, n]`: each component's own; of [`Step::Auto`], the smallest that its value is made of.
    Each(Array2<f64>),
}

impl StepUsed {
    /// The steps at `points`, both of shape `[batch, n]`.
    pub fn at(&self, points: ArrayView2<'_, f64>) -> Array2<f64> {
        match self {
            StepUsed::Rule(step) => points.mapv(|x| step.at(x)),
            StepUsed::Each(steps) => steps.clone(),
        }
    }
}

/// What a vanished step means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnVanished {
    /// The point fails.
    Fail,
    /// The axis has the component 0, as f(x+h) - f(x-h) is when x+h == x-h; the point fails once all axes have.
    Freeze,
}

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

/// Appends the perturbations of some axes; says which step was the first to vanish, if that is allowed. If all axes of
/// the point are asked for and all vanish, that is an error.
pub(crate) fn perturb<T: Real>(
    x: &[T],
    point: usize,
    axes: Range<usize>,
    (scheme, step): (Scheme, Step),
    on_vanished: OnVanished,
    moved: &mut Vec<Perturbation<T>>,
) -> Result<Option<Error>> {
    let (mut first, mut vanished) = (None, 0);
    let all = axes.len() == x.len();
    for (axis, &x) in axes.clone().zip(&x[axes]) {
        moved.push(match step.perturb(scheme, x, point, axis) {
            // A descent follows the textbook, which takes f(x+h) - f(x-h) whatever x+h was rounded to.
            Ok(moved) if on_vanished == OnVanished::Freeze => moved,
            Ok(moved) => step.check_rounding(scheme, x, moved, point, axis)?,
            Err(error @ Error::VanishedStep { .. }) if on_vanished == OnVanished::Freeze => {
                first.get_or_insert(error);
                vanished += 1;
                Perturbation { plus: x, minus: x, distance: T::ONE }
            }
            Err(error) => return Err(error),
        });
    }
    match first {
        Some(error) if all && vanished == x.len() => Err(error),
        first => Ok(first),
    }
}
