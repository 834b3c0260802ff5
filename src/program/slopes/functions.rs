//! Functions of one number: the rules of their slopes, and how well values and slopes are computed.

use super::{Model, Rule};
use crate::program::builtins::Unary;

/// What a rule takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    /// The argument.
    Z,
    /// The value.
    V,
    /// The slope.
    G,
    /// The argument's error.
    E,
}

/// How the slope of a function comes about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slope {
    /// The value is the slope.
    Value,
    /// Another function of the argument, or its negative.
    Function(Unary),
    Negative(Unary),
    By(Rule, &'static [Operand]),
}

/// A function whose slope is known.
pub(super) struct Function {
    pub(super) slope: Slope,
    /// How far off the slope may be.
    pub(super) wobble: (Rule, &'static [Operand]),
    /// Of the value and of the slope, in units of half a unit in the last place.
    pub(super) value_error: f64,
    pub(super) slope_error: f64,
    /// Whether the value lies within [-1, 1], whatever the argument.
    pub(super) is_wave: bool,
}

/// What there is of an operation on one number; `None` for those that are no smooth function: changes of sign, roundings,
/// steps.
pub(super) fn of(op: Unary, model: &Model) -> Option<Function> {
    use Operand::{E, G, V, Z};
    let Model { function: k, division, root, .. } = *model;
    let own = |slope, wobble, slope_error| {
        Some(Function { slope, wobble, value_error: k, slope_error, is_wave: false })
    };
    let exact =
        |slope, wobble| Some(Function { slope, wobble, value_error: 0.0, slope_error: 0.0, is_wave: false });
    let wave =
        |slope, wobble| Some(Function { slope, wobble, value_error: k, slope_error: k, is_wave: true });
    const BY_G: &[Operand] = &[G, E];
    match op {
        Unary::Exp => own(Slope::Value, (Rule::ExpWobble, BY_G), k),
        Unary::Exp2 => own(Slope::By(Rule::Exp2Slope, &[V]), (Rule::ExpWobble, BY_G), k + 2.0),
        Unary::Expm1 => own(Slope::Function(Unary::Exp), (Rule::ExpWobble, BY_G), k),
        Unary::Log => own(Slope::By(Rule::LogSlope, &[Z]), (Rule::PoleWobble, &[G, E, Z]), division),
        Unary::Log2 => own(Slope::By(Rule::Log2Slope, &[Z]), (Rule::PoleWobble, &[G, E, Z]), division + 1.0),
        Unary::Log1p => own(Slope::By(Rule::Log1pSlope, &[Z]), (Rule::Log1pWobble, BY_G), division + 1.0),
        Unary::Sqrt => Some(Function {
            slope: Slope::By(Rule::SqrtSlope, &[V]),
            wobble: (Rule::SqrtWobble, &[G, E, Z]),
            value_error: root,
            slope_error: root + division,
            is_wave: false,
        }),
        Unary::InverseSqrt => Some(Function {
            slope: Slope::By(Rule::InverseSqrtSlope, &[Z, V]),
            wobble: (Rule::InverseSqrtWobble, &[G, E, Z]),
            value_error: root + division,
            slope_error: root + 2.0 * division + 1.0,
            is_wave: false,
        }),
        Unary::Sin => wave(Slope::Function(Unary::Cos), (Rule::WaveWobble, &[V, E])),
        Unary::Cos => wave(Slope::Negative(Unary::Sin), (Rule::WaveWobble, &[V, E])),
        Unary::Tan => own(Slope::By(Rule::TanSlope, &[V]), (Rule::TanWobble, &[G, E, V]), 2.0 * k + 2.0),
        Unary::Asin => {
            own(Slope::By(Rule::AsinSlope, &[Z]), (Rule::AsinWobble, &[G, E, Z]), division + root + 3.0)
        }
        Unary::Acos => {
            own(Slope::By(Rule::AcosSlope, &[Z]), (Rule::AsinWobble, &[G, E, Z]), division + root + 3.0)
        }
        Unary::Atan => own(Slope::By(Rule::AtanSlope, &[Z]), (Rule::AtanWobble, &[G, E, Z]), division + 3.0),
        Unary::Sinh => own(Slope::Function(Unary::Cosh), (Rule::ExpWobble, BY_G), k),
        Unary::Cosh => own(Slope::Function(Unary::Sinh), (Rule::ExpWobble, &[V, E]), k),
        Unary::Tanh => {
            own(Slope::By(Rule::TanhSlope, &[Z]), (Rule::TanhWobble, &[G, E, V]), 3.0 * k + division + 4.0)
        }
        Unary::Asinh => {
            own(Slope::By(Rule::AsinhSlope, &[Z]), (Rule::AsinhWobble, &[G, E, Z]), division + root + 3.0)
        }
        Unary::Acosh => own(
            Slope::By(Rule::AcoshSlope, &[Z]),
            (Rule::AcoshWobble, &[G, E, Z]),
            division + 2.0 * root + 3.0,
        ),
        Unary::Atanh => {
            own(Slope::By(Rule::AtanhSlope, &[Z]), (Rule::AtanhWobble, &[G, E, Z]), division + 4.0)
        }
        Unary::Sigmoid => {
            own(Slope::By(Rule::SigmoidSlope, &[Z]), (Rule::ExpWobble, BY_G), 3.0 * k + division + 4.0)
        }
        Unary::Softplus => own(Slope::Function(Unary::Sigmoid), (Rule::ExpWobble, BY_G), k),
        Unary::Smooth => Some(Function {
            slope: Slope::By(Rule::SmoothSlope, &[Z]),
            wobble: (Rule::SmoothWobble, &[Z, E]),
            value_error: 8.0,
            slope_error: 3.0,
            is_wave: false,
        }),
        Unary::Abs => exact(Slope::By(Rule::AbsSlope, &[Z]), (Rule::AbsWobble, &[Z, E])),
        Unary::Relu => exact(Slope::By(Rule::ReluSlope, &[Z]), (Rule::ReluWobble, &[Z, E])),
        Unary::Saturate => exact(Slope::By(Rule::SaturateSlope, &[Z]), (Rule::SaturateWobble, &[Z, E])),
        Unary::Negate
        | Unary::Single
        | Unary::Sign
        | Unary::Floor
        | Unary::Ceil
        | Unary::Round
        | Unary::Trunc
        | Unary::Fract
        | Unary::Degrees
        | Unary::Radians => None,
    }
}
