//! Special functions: the rules of their slopes, and how well values and slopes are computed.

use super::functions::{Function, Operand, Second, Slope};
use super::{Model, Rule};
use crate::numeric::Precision;
use crate::program::builtins::Unary;

/// Whether a function is one of these.
pub(super) fn is_special(op: Unary) -> bool {
    measured(op).is_some()
}

/// The largest errors in ulp, or in ulp of the size that goes with the function: on devices in f32, and in f64 there and on the
/// CPU engine. Measured as those of `functions.rs`; slopes by their gradients.
#[rustfmt::skip]
fn measured(op: Unary) -> Option<[f64; 2]> {
    Some(match op {
        Unary::Erf => [1.3, 0.8],
        Unary::ErfSlope => [2.4, 1.8],
        Unary::Erfc => [4.0, 3.4],
        Unary::Erfcx => [3.7, 3.7],
        Unary::ErfcxSlope => [5.0, 4.2],
        Unary::ErfcxSecond => [8.5, 10.0],
        Unary::LogNdtr => [3.0, 4.0],
        Unary::LogNdtrSlope => [3.8, 3.8],
        Unary::LogNdtrSecond => [8.0, 8.5],
        Unary::Lgamma => [2.6, 2.6],
        Unary::Digamma => [2.5, 2.5],
        Unary::Trigamma => [4.2, 4.0],
        Unary::Tetragamma => [6.5, 7.5],
        Unary::J0 | Unary::J1 => [1.9, 2.1],
        Unary::Y0 | Unary::Y1 => [3.2, 3.3],
        Unary::J1Slope | Unary::Y1Slope => [3.6, 4.0],
        Unary::J1Second | Unary::Y1Second => [4.8, 5.0],
        Unary::I0 | Unary::I1 => [3.5, 3.5],
        Unary::I1Slope => [3.9, 4.0],
        Unary::I1Second => [5.0, 5.2],
        Unary::K0 | Unary::K1 | Unary::K1Slope => [3.4, 3.8],
        Unary::K1Second => [4.2, 4.2],
        Unary::Sinc => [2.8, 2.7],
        Unary::SincSlope => [1.8, 1.8],
        Unary::SincSecond => [4.8, 3.0],
        Unary::Cbrt => [1.0, 0.6],
        Unary::Logit => [2.9, 2.6],
        _ => return None,
    })
}

/// In ulp, on the CPU engine: in f32 by f64.
pub(super) fn error_on_the_cpu(op: Unary, precision: Precision) -> f64 {
    let [_, double] = measured(op).unwrap_or([f64::INFINITY; 2]);
    if precision == Precision::F32 { 0.51 } else { double }
}

/// In ulp of f32, on devices.
pub(super) fn error_on_devices(op: Unary) -> f64 {
    measured(op).map_or(f64::INFINITY, |[single, _]| single)
}

/// In ulp of f64, on devices, whose quotients and functions may be off by more than those it was measured with.
pub(super) fn error_in_double(op: Unary) -> f64 {
    measured(op).map_or(f64::INFINITY, |[_, double]| double + 5.0)
}

/// What there is of a special function.
pub(super) fn of(op: Unary, model: &Model) -> Option<Function> {
    use Operand::{E, G, V, Z};
    use Slope::{By, Function as Other, Negative};
    type Wobble = (Rule, &'static [Operand]);
    const VZ: Option<(Rule, &[Operand])> = Some((Rule::BesselSize, &[V, Z]));
    const GEZ: &[Operand] = &[G, E, Z];
    const EZ: &[Operand] = &[E, Z];
    let normal: Wobble = (Rule::NormalWobble, GEZ);
    let (slope, wobble, size): (Slope, Wobble, Option<Wobble>) = match op {
        Unary::Erf => (Other(Unary::ErfSlope), normal, None),
        Unary::Erfc => (Negative(Unary::ErfSlope), normal, None),
        Unary::Erfcx => (Other(Unary::ErfcxSlope), (Rule::ScaledWobble, GEZ), None),
        Unary::LogNdtr => (Other(Unary::LogNdtrSlope), (Rule::NdtrWobble, GEZ), None),
        Unary::Lgamma => (Other(Unary::Digamma), (Rule::GammaWobble, EZ), Some((Rule::GammaSize, &[V, Z]))),
        Unary::Digamma => {
            (Other(Unary::Trigamma), (Rule::DigammaWobble, EZ), Some((Rule::DigammaSize, &[V, Z])))
        }
        Unary::J0 => (Negative(Unary::J1), (Rule::BesselWobble, EZ), VZ),
        Unary::J1 => (Other(Unary::J1Slope), (Rule::BesselWobble, EZ), VZ),
        Unary::Y0 => (Negative(Unary::Y1), (Rule::SecondKindWobble, EZ), VZ),
        Unary::Y1 => (Other(Unary::Y1Slope), (Rule::SecondKindSecondWobble, EZ), VZ),
        Unary::I0 => (Other(Unary::I1), (Rule::ExpWobble, &[V, E]), None),
        Unary::I1 => (Other(Unary::I1Slope), (Rule::ExpWobble, &[G, E]), None),
        Unary::K0 => (Negative(Unary::K1), (Rule::DecayWobble, GEZ), None),
        Unary::K1 => (Other(Unary::K1Slope), (Rule::DecayWobble, GEZ), None),
        // Its size is its own; but that its slope has zeros is in the wobble.
        Unary::Sinc => (Other(Unary::SincSlope), (Rule::SincWobble, EZ), Some((Rule::Copied, &[V]))),
        Unary::Cbrt => (By(Rule::CbrtSlope, &[Z, V]), (Rule::PoleWobble, GEZ), None),
        Unary::Logit => (By(Rule::LogitSlope, &[Z]), (Rule::LogitWobble, GEZ), None),
        _ => return None,
    };
    let value_error = model.error_of(op);
    let slope_error = match slope {
        Other(other) | Negative(other) => model.error_of(other),
        _ if op == Unary::Cbrt => value_error + model.division + 1.0,
        _ => model.division + 3.0,
    };
    Some(Function { slope, wobble, value_error, slope_error, is_wave: false, size })
}

/// The second slope of a special function.
pub(super) fn second_of(op: Unary, model: &Model) -> Option<Second> {
    use Operand::{E, G, R, Z};
    use Slope::{By, Function as Other, Negative};
    const EZ: &[Operand] = &[E, Z];
    const REZ: &[Operand] = &[R, E, Z];
    let first = of(op, model)?;
    let (slope, wobble): (Slope, (Rule, &'static [Operand])) = match op {
        Unary::Erf | Unary::Erfc => (By(Rule::NormalSecond, &[G, Z]), (Rule::NormalSecondWobble, &[G, E, Z])),
        Unary::Erfcx => (Other(Unary::ErfcxSecond), (Rule::ScaledWobble, REZ)),
        Unary::LogNdtr => (Other(Unary::LogNdtrSecond), (Rule::NdtrSecondWobble, &[G, E, Z])),
        Unary::Lgamma => (Other(Unary::Trigamma), (Rule::DigammaWobble, EZ)),
        Unary::Digamma => (Other(Unary::Tetragamma), (Rule::DigammaSecondWobble, EZ)),
        Unary::J0 => (Negative(Unary::J1Slope), (Rule::BesselWobble, EZ)),
        Unary::J1 => (Other(Unary::J1Second), (Rule::BesselWobble, EZ)),
        Unary::Y0 => (Negative(Unary::Y1Slope), (Rule::SecondKindSecondWobble, EZ)),
        Unary::Y1 => (Other(Unary::Y1Second), (Rule::SecondKindThirdWobble, EZ)),
        Unary::I0 => (Other(Unary::I1Slope), (Rule::ExpWobble, &[R, E])),
        Unary::I1 => (Other(Unary::I1Second), (Rule::ExpWobble, &[G, E])),
        Unary::K0 => (Negative(Unary::K1Slope), (Rule::DecayWobble, REZ)),
        Unary::K1 => (Other(Unary::K1Second), (Rule::DecayWobble, REZ)),
        Unary::Sinc => (Other(Unary::SincSecond), (Rule::SincSecondWobble, EZ)),
        Unary::Cbrt => (By(Rule::CbrtSecond, &[G, Z]), (Rule::PoleSecondWobble, REZ)),
        Unary::Logit => (By(Rule::LogitSecond, &[G, Z]), (Rule::LogitSecondWobble, &[G, E, Z])),
        _ => return None,
    };
    let error = match slope {
        Other(other) | Negative(other) => model.error_of(other),
        _ => 2.0 * first.slope_error + 4.0,
    };
    Some(Second { slope, wobble, error })
}
