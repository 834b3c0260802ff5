//! Functions of one number: the rules of their slopes, and how well values and slopes are computed.

use super::{Functions, Model, Rule, special};
use crate::numeric::Precision;
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
    /// The second slope.
    R,
    /// The argument's error.
    E,
}

/// How many times as large as over 20,000 arguments the largest error may be over all there are: of the functions of the CPU engine
/// in f32, which `examples/ulp` runs at every argument, that of softplus is 1.34 times, sigmoid 1.31, expm1 1.32, tanh 1.26, exp and
/// log 1.06 times as large.
const SAMPLED: f64 = 1.35;

/// The same of functions that were run at every argument: none, and something for what is not foreseen.
const EXHAUSTED: f64 = 1.15;

impl Model {
    /// The error of a function's value, in units of half a unit in the last place.
    pub(super) fn error_of(&self, op: Unary) -> f64 {
        2.0 * match self.functions {
            Functions::Within(_) if special::is_special(op) => SAMPLED * special::error_in_double(op),
            Functions::Within(most) => return most,
            Functions::Prelude => SAMPLED * of_the_prelude(op),
            Functions::Cpu if self.precision == Precision::F32 => EXHAUSTED * of_the_cpu(op, self.precision),
            Functions::Cpu => SAMPLED * of_the_cpu(op, self.precision),
        }
    }

    /// How far off exponentials, logarithms and sines may be, in units in the last place: what devices are checked for.
    #[cfg(feature = "gpu")]
    pub(crate) fn exp_log_sin(&self) -> [f64; 3] {
        [Unary::Exp, Unary::Log, Unary::Sin].map(|op| 0.5 * self.error_of(op))
    }

    /// The same of powers and angles.
    pub(super) fn error_of_two(&self) -> f64 {
        match self.functions {
            Functions::Within(most) => most,
            Functions::Prelude => 2.0 * SAMPLED * 1.53,
            Functions::Cpu => 2.0 * SAMPLED * 0.55,
        }
    }

    /// The same of whole powers. Where the prelude's are by multiplication there are up to two products, and a quotient.
    pub(super) fn error_of_powers(&self) -> f64 {
        match self.functions {
            Functions::Within(most) => most,
            Functions::Prelude => 3.2,
            Functions::Cpu if self.precision == Precision::F32 => 1.15,
            Functions::Cpu => 3.0,
        }
    }
}

/// In ulp.
fn of_the_cpu(op: Unary, precision: Precision) -> f64 {
    let if_single = |single, double| if precision == Precision::F32 { single } else { double };
    match op {
        op if special::is_special(op) => special::error_on_the_cpu(op, precision),
        // These at every argument in f32; of f64 over 20,000.
        Unary::Exp => if_single(1.023, 1.0),
        Unary::Expm1 => if_single(1.763, 1.55),
        Unary::Log => if_single(1.968, 1.85),
        Unary::Tanh => if_single(2.424, 1.81),
        Unary::Sigmoid => if_single(2.481, 1.89),
        Unary::Softplus => if_single(2.797, 2.2),
        // By f64.
        _ if precision == Precision::F32 => 0.5,
        Unary::Sinh | Unary::Cosh => 1.54,
        Unary::Asinh => 1.2,
        Unary::Acosh => 1.65,
        Unary::Atanh => 1.75,
        Unary::Log1p => 0.75,
        Unary::Sin | Unary::Cos => 0.76,
        Unary::Tan => 1.69,
        _ => 0.55,
    }
}

/// In ulp of f32. Of a plain quotient inside, whose error a device may differ in, 2.5 ulp are added at its weight: in
/// logarithms a twentieth, in hyperbolic sines and cosines a seventh.
fn of_the_prelude(op: Unary) -> f64 {
    match op {
        op if special::is_special(op) => special::error_on_devices(op),
        Unary::Exp => 1.2,
        Unary::Exp2 => 1.05,
        Unary::Expm1 => 1.65,
        Unary::Log => 0.8 + 0.12,
        Unary::Log2 => 0.9 + 0.12,
        Unary::Log1p => 1.5,
        Unary::Sin | Unary::Cos => 1.0,
        Unary::Tan => 1.41,
        Unary::Asin => 0.6,
        Unary::Acos => 0.8,
        Unary::Atan => 1.8,
        Unary::Sinh => 1.5 + 0.4,
        Unary::Cosh => 1.3 + 0.3,
        Unary::Tanh => 1.93,
        Unary::Asinh => 1.35,
        Unary::Acosh => 1.95,
        Unary::Softplus => 2.0,
        // The least accurate ones.
        _ => 2.3,
    }
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
    /// What the value's rounding is relative to, if not to the value: it has zeros that it is not relative to.
    pub(super) size: Option<(Rule, &'static [Operand])>,
}

/// What there is of an operation on one number; `None` for those that are no smooth function: changes of sign, roundings,
/// steps.
pub(super) fn of(op: Unary, model: &Model) -> Option<Function> {
    use Operand::{E, G, V, Z};
    let Model { division, root, .. } = *model;
    let k = model.error_of(op);
    let own = |slope, wobble, slope_error| {
        Some(Function { slope, wobble, value_error: k, slope_error, is_wave: false, size: None })
    };
    let exact = |slope, wobble| {
        Some(Function { slope, wobble, value_error: 0.0, slope_error: 0.0, is_wave: false, size: None })
    };
    let wave = |slope, wobble| {
        Some(Function { slope, wobble, value_error: k, slope_error: k, is_wave: true, size: None })
    };
    const BY_G: &[Operand] = &[G, E];
    match op {
        op if special::is_special(op) => special::of(op, model),
        Unary::Exp => own(Slope::Value, (Rule::ExpWobble, BY_G), k),
        Unary::Exp2 => own(Slope::By(Rule::Exp2Slope, &[V]), (Rule::ExpWobble, BY_G), k + 2.0),
        Unary::Expm1 => own(Slope::Function(Unary::Exp), (Rule::ExpWobble, BY_G), model.error_of(Unary::Exp)),
        Unary::Log => own(Slope::By(Rule::LogSlope, &[Z]), (Rule::PoleWobble, &[G, E, Z]), division),
        Unary::Log2 => own(Slope::By(Rule::Log2Slope, &[Z]), (Rule::PoleWobble, &[G, E, Z]), division + 1.0),
        Unary::Log1p => own(Slope::By(Rule::Log1pSlope, &[Z]), (Rule::Log1pWobble, BY_G), division + 1.0),
        Unary::Sqrt => Some(Function {
            slope: Slope::By(Rule::SqrtSlope, &[V]),
            wobble: (Rule::SqrtWobble, &[G, E, Z]),
            value_error: root,
            slope_error: root + division,
            is_wave: false,
            size: None,
        }),
        Unary::InverseSqrt => Some(Function {
            slope: Slope::By(Rule::InverseSqrtSlope, &[Z, V]),
            wobble: (Rule::InverseSqrtWobble, &[G, E, Z]),
            value_error: root + division,
            slope_error: root + 2.0 * division + 1.0,
            is_wave: false,
            size: None,
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
        Unary::Tanh => own(
            Slope::By(Rule::TanhSlope, &[Z]),
            (Rule::TanhWobble, &[G, E, V]),
            3.0 * model.error_of(Unary::Exp) + division + 4.0,
        ),
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
        Unary::Sigmoid => own(
            Slope::By(Rule::SigmoidSlope, &[Z]),
            (Rule::ExpWobble, BY_G),
            3.0 * model.error_of(Unary::Exp) + division + 4.0,
        ),
        Unary::Softplus => {
            own(Slope::Function(Unary::Sigmoid), (Rule::ExpWobble, BY_G), model.error_of(Unary::Sigmoid))
        }
        Unary::Smooth => Some(Function {
            slope: Slope::By(Rule::SmoothSlope, &[Z]),
            wobble: (Rule::SmoothWobble, &[Z, E]),
            value_error: 8.0,
            slope_error: 3.0,
            is_wave: false,
            size: None,
        }),
        Unary::Abs => exact(Slope::By(Rule::AbsSlope, &[Z]), (Rule::AbsWobble, &[Z, E])),
        Unary::Relu => exact(Slope::By(Rule::ReluSlope, &[Z]), (Rule::ReluWobble, &[Z, E])),
        Unary::Saturate => exact(Slope::By(Rule::SaturateSlope, &[Z]), (Rule::SaturateWobble, &[Z, E])),
        // Changes of sign, roundings, steps.
        _ => None,
    }
}

/// How the second slope of a function comes about.
pub(super) struct Second {
    pub(super) slope: Slope,
    /// How far off it may be.
    pub(super) wobble: (Rule, &'static [Operand]),
    /// In units of half a unit in the last place.
    pub(super) error: f64,
}

/// The second slope of an operation on one number that has a slope.
pub(super) fn second_of(op: Unary, model: &Model) -> Option<Second> {
    use Operand::{E, G, R, V, Z};
    let first = of(op, model)?;
    let by = |rule, from, wobble, more: f64| {
        let error = first.slope_error + more;
        Some(Second { slope: Slope::By(rule, from), wobble, error })
    };
    let exp: (Rule, &[Operand]) = (Rule::ExpWobble, &[R, E]);
    match op {
        op if special::is_special(op) => special::second_of(op, model),
        Unary::Exp | Unary::Expm1 => by(Rule::Copied, &[G], exp, 0.0),
        Unary::Exp2 => by(Rule::Exp2Second, &[G], exp, 2.0),
        Unary::Log => by(Rule::LogSecond, &[G], (Rule::PoleSecondWobble, &[R, E, Z]), 3.0),
        Unary::Log2 => by(Rule::OverSecond, &[G, Z], (Rule::PoleSecondWobble, &[R, E, Z]), 6.0),
        Unary::Log1p => {
            by(Rule::LogSecond, &[G], (Rule::Log1pSecondWobble, &[R, E, G]), first.slope_error + 1.0)
        }
        Unary::Sqrt => by(Rule::SqrtSecond, &[G, Z], (Rule::SqrtSecondWobble, &[R, E, Z]), 6.0),
        Unary::InverseSqrt => {
            by(Rule::InverseSqrtSecond, &[G, Z], (Rule::InverseSqrtSecondWobble, &[R, E, Z]), 7.0)
        }
        Unary::Sin | Unary::Cos => by(Rule::Negated, &[V], (Rule::WaveWobble, &[G, E]), first.value_error),
        Unary::Tan => {
            by(Rule::TanSecond, &[G, V], (Rule::TanSecondWobble, &[G, E, V]), first.value_error + 2.0)
        }
        Unary::Asin | Unary::Acos => {
            by(Rule::AsinSecond, &[G, Z], (Rule::AsinSecondWobble, &[G, E, Z]), 2.0 * first.slope_error + 3.0)
        }
        Unary::Atan => {
            by(Rule::AtanSecond, &[G, Z], (Rule::AtanSecondWobble, &[G, E, Z]), first.slope_error + 3.0)
        }
        Unary::Sinh => by(Rule::Copied, &[V], (Rule::ExpWobble, &[G, E]), first.value_error),
        Unary::Cosh => by(Rule::Copied, &[V], exp, first.value_error),
        Unary::Tanh => {
            by(Rule::TanhSecond, &[G, V], (Rule::TanhSecondWobble, &[G, E]), first.value_error + 2.0)
        }
        Unary::Asinh => by(
            Rule::AsinhSecond,
            &[G, Z],
            (Rule::AsinhSecondWobble, &[G, E, Z]),
            2.0 * first.slope_error + 3.0,
        ),
        Unary::Acosh => by(
            Rule::AsinhSecond,
            &[G, Z],
            (Rule::AcoshSecondWobble, &[G, E, Z]),
            2.0 * first.slope_error + 3.0,
        ),
        Unary::Atanh => {
            by(Rule::AtanhSecond, &[G, Z], (Rule::AtanhSecondWobble, &[G, E, Z]), first.slope_error + 3.0)
        }
        Unary::Sigmoid => by(Rule::SigmoidSecond, &[G, V], (Rule::SigmoidSecondWobble, &[G, E]), 3.0),
        Unary::Softplus => Some(Second {
            slope: Slope::By(Rule::SigmoidSlope, &[Z]),
            wobble: exp,
            error: 3.0 * model.error_of(Unary::Exp) + model.division + 4.0,
        }),
        Unary::Smooth => by(Rule::SmoothSecond, &[Z], (Rule::SmoothSecondWobble, &[Z, E]), 3.0),
        Unary::Abs | Unary::Relu => by(Rule::Zero, &[Z], (Rule::AbsSecondWobble, &[Z, E]), 0.0),
        Unary::Saturate => by(Rule::Zero, &[Z], (Rule::SaturateSecondWobble, &[Z, E]), 0.0),
        _ => None,
    }
}
