//! The functions that an objective may call, in WGSL and in expressions: a row for each, and the operators beside them.
//!
//! To add one: a row here; a row in `examples/ulp/table.rs`, which holds it to a bound; and where it is the prelude's, the
//! function `pm_…` in `shaders/prelude`, which devices run.

use naga::MathFunction;

use super::lanes::{
    LANES, area_cosh, area_sinh, area_tanh, between, cos, cosh, each, exp2, least, log, log1p, log2, map,
    most, pow, sin, sinh, tan, wide, zip,
};
use crate::numeric::{Real, special};

/// A function of the language.
pub(crate) struct Builtin {
    /// In WGSL.
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static [&'static str],
    /// In expressions.
    pub(crate) written: &'static [&'static str],
    pub(super) origin: Origin,
    pub(super) operation: Operation,
}

/// Who computes a function on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// WGSL's own does in either precision.
    Wgsl(MathFunction),
    /// The engine's prelude: in f64 devices have none, in f32 theirs are inaccurate, or WGSL lacks the name.
    Prelude,
    /// The engine's text of special functions, which a module has as far as it calls them.
    Special(Part),
    /// The same of a function that only slopes need: no text may call it.
    Inner(Part),
}

/// A part of the text of special functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices run text"))]
pub(crate) enum Part {
    Errors,
    Angles,
    Gamma,
    Bessel,
    Modified,
    Roots,
}

/// What is done on lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    One(Unary),
    Two(Binary),
    Three(Ternary),
}

/// Declares operations, what they do to rows, and those that are functions by name.
macro_rules! functions {
    (@origin Wgsl $op:ident) => { Origin::Wgsl(MathFunction::$op) };
    (@origin Prelude $op:ident) => { Origin::Prelude };
    (@origin Special $op:ident $part:ident) => { Origin::Special(Part::$part) };
    (@origin Inner $op:ident $part:ident) => { Origin::Inner(Part::$part) };
    (
        $(#[$doc:meta])*
        $family:ident, $operation:ident, $all:ident, $run:ident[$operands:literal];
        $(
            $op:ident $rule:ident($($f:expr)?)
            $(as $origin:ident $(. $part:ident)? $name:ident($($argument:ident)+) written [$($written:literal)*])?;
        )*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(super) enum $family { $($op),* }

        const $all: &[Builtin] = &[$($(
            Builtin {
                name: stringify!($name),
                arguments: &[$(stringify!($argument)),+],
                written: &[$($written),*],
                origin: functions!(@origin $origin $op $($part)?),
                operation: Operation::$operation($family::$op),
            },
        )?)*];

        #[inline(always)]
        pub(super) fn $run<T: Real>(op: $family, from: [&[T; LANES]; $operands], to: &mut [T; LANES]) {
            match op { $($family::$op => $rule(from, to $(, $f)?)),* }
        }
    };
}

functions! {
    /// Of one number.
    Unary, One, UNARY, unary[1];
    Negate map(|a: T| -a);
    // To f32 and back.
    Single map(|a: T| T::of(f64::from(a.to_f64() as f32)));
    // A number that what it goes into does not depend on, for all that it is computed from the same: the largest of some, which
    // exponentials are taken relative to. 0 in the place of infinities.
    Held map(|a: T| if a.to_f64().is_infinite() { T::ZERO } else { a });
    // t²(3 - 2t), the smooth step.
    Smooth map(|a: T| a * a * (T::of(3.0) - T::of(2.0) * a));
    Sin sin() as Prelude sin(a) written ["sin"];
    Cos cos() as Prelude cos(a) written ["cos"];
    Tan tan() as Prelude tan(a) written ["tan"];
    Asin wide(f64::asin) as Prelude asin(a) written ["asin"];
    Acos wide(f64::acos) as Prelude acos(a) written ["acos"];
    Atan wide(f64::atan) as Prelude atan(a) written ["atan"];
    Sinh sinh() as Prelude sinh(a) written ["sinh"];
    Cosh cosh() as Prelude cosh(a) written ["cosh"];
    Tanh map(Real::tanh) as Prelude tanh(a) written ["tanh"];
    Asinh area_sinh() as Prelude asinh(a) written ["asinh"];
    Acosh area_cosh() as Prelude acosh(a) written ["acosh"];
    Atanh area_tanh() as Prelude atanh(a) written ["atanh"];
    Exp map(Real::exp) as Prelude exp(a) written ["exp"];
    Exp2 exp2() as Prelude exp2(a) written ["exp2"];
    // From some size on, subtracting 1 changes nothing any more, and e^x stays finite a little longer.
    Expm1 map(|a: T| if a > T::of(40.0) { a.exp() } else { a.exp_m1() }) as Prelude expm1(a) written ["expm1"];
    Log log() as Prelude log(a) written ["log" "ln"];
    Log2 log2() as Prelude log2(a) written ["log2"];
    Log1p log1p() as Prelude log1p(a) written ["log1p"];
    Sqrt map(Real::sqrt) as Wgsl sqrt(a) written ["sqrt"];
    InverseSqrt map(|a: T| T::ONE / a.sqrt()) as Wgsl inverseSqrt(a) written [];
    Abs map(Real::magnitude) as Wgsl abs(a) written ["abs"];
    // 0 and NaN stay what they are.
    Sign map(|a: T| if a < T::ZERO { -T::ONE } else if a > T::ZERO { T::ONE } else { a }) as Wgsl sign(a) written ["sign"];
    Floor map(Real::floor) as Wgsl floor(a) written ["floor"];
    Ceil map(|a: T| -(-a).floor()) as Wgsl ceil(a) written ["ceil"];
    // Halves to the even neighbour.
    Round map(Real::round_ties_even) as Wgsl round(a) written ["round"];
    Trunc map(|a: T| if a < T::ZERO { -(-a).floor() } else { a.floor() }) as Wgsl trunc(a) written ["trunc"];
    Fract map(|a: T| a - a.floor()) as Wgsl fract(a) written ["fract"];
    Sigmoid map(|a: T| T::ONE / (T::ONE + (-a).exp())) as Prelude sigmoid(a) written ["sigmoid" "expit"];
    Relu map(|a: T| if a < T::ZERO { T::ZERO } else { a }) as Prelude relu(a) written ["relu"];
    // ln(1 + e^x), with no power that overflows.
    Softplus map(|a: T| if a < T::ZERO { T::ZERO } else { a } + (-a.magnitude()).exp().ln_1p_near())
        as Prelude softplus(a) written ["softplus"];
    Degrees map(|a: T| a * T::of(180.0 / std::f64::consts::PI)) as Prelude degrees(a) written ["degrees"];
    Radians map(|a: T| a * T::of(std::f64::consts::PI / 180.0)) as Prelude radians(a) written ["radians"];
    Saturate map(|a: T| between(a, T::ZERO, T::ONE)) as Prelude saturate(a) written [];
    Erf wide(special::erf) as Special.Errors erf(a) written ["erf"];
    ErfSlope wide(special::erf_slope) as Inner.Errors erf_slope(a) written [];
    Erfc wide(special::erfc) as Special.Errors erfc(a) written ["erfc"];
    Erfcx wide(special::erfcx) as Special.Errors erfcx(a) written ["erfcx"];
    ErfcxSlope wide(special::erfcx_slope) as Inner.Errors erfcx_slope(a) written [];
    ErfcxSecond wide(special::erfcx_second) as Inner.Errors erfcx_second(a) written [];
    LogNdtr wide(special::log_ndtr) as Special.Errors log_ndtr(a) written ["log_ndtr"];
    LogNdtrSlope wide(special::log_ndtr_slope) as Inner.Errors log_ndtr_slope(a) written [];
    LogNdtrSecond wide(special::log_ndtr_second) as Inner.Errors log_ndtr_second(a) written [];
    Lgamma wide(special::lgamma) as Special.Gamma lgamma(a) written ["lgamma" "gammaln"];
    Digamma wide(special::digamma) as Special.Gamma digamma(a) written ["digamma"];
    Trigamma wide(special::trigamma) as Inner.Gamma trigamma(a) written [];
    Tetragamma wide(special::tetragamma) as Inner.Gamma tetragamma(a) written [];
    J0 wide(special::j0) as Special.Bessel j0(a) written ["j0"];
    J1 wide(special::j1) as Special.Bessel j1(a) written ["j1"];
    J1Slope wide(special::j1_slope) as Inner.Bessel j1_slope(a) written [];
    J1Second wide(special::j1_second) as Inner.Bessel j1_second(a) written [];
    Y0 wide(special::y0) as Special.Bessel y0(a) written ["y0"];
    Y1 wide(special::y1) as Special.Bessel y1(a) written ["y1"];
    Y1Slope wide(special::y1_slope) as Inner.Bessel y1_slope(a) written [];
    Y1Second wide(special::y1_second) as Inner.Bessel y1_second(a) written [];
    I0 wide(special::i0) as Special.Modified i0(a) written ["i0"];
    I1 wide(special::i1) as Special.Modified i1(a) written ["i1"];
    I1Slope wide(special::i1_slope) as Inner.Modified i1_slope(a) written [];
    I1Second wide(special::i1_second) as Inner.Modified i1_second(a) written [];
    K0 wide(special::k0) as Special.Modified k0(a) written ["k0"];
    K1 wide(special::k1) as Special.Modified k1(a) written ["k1"];
    K1Slope wide(special::k1_slope) as Inner.Modified k1_slope(a) written [];
    K1Second wide(special::k1_second) as Inner.Modified k1_second(a) written [];
    Sinc wide(special::sinc) as Special.Angles sinc(a) written ["sinc"];
    SincSlope wide(special::sinc_slope) as Inner.Angles sinc_slope(a) written [];
    SincSecond wide(special::sinc_second) as Inner.Angles sinc_second(a) written [];
    Cbrt wide(f64::cbrt) as Special.Roots cbrt(a) written ["cbrt"];
    Logit wide(special::logit) as Special.Roots logit(a) written ["logit"];
}

functions! {
    /// Of two numbers.
    Binary, Two, BINARY, binary[2];
    Add zip(|a, b| a + b);
    Subtract zip(|a, b| a - b);
    Multiply zip(|a, b| a * b);
    Divide zip(|a, b| a / b);
    Remainder zip(|a: T, b: T| T::of(a.to_f64() % b.to_f64()));
    Atan2 zip(|a: T, b: T| T::of(a.to_f64().atan2(b.to_f64()))) as Prelude atan2(y x) written ["atan2"];
    Pow pow() as Prelude pow(x y) written ["pow"];
    Min zip(least) as Wgsl min(a b) written ["min"];
    Max zip(most) as Wgsl max(a b) written ["max"];
    Step zip(|edge, x| if edge <= x { T::ONE } else { T::ZERO }) as Wgsl step(edge x) written ["step"];
}

functions! {
    /// Of three numbers.
    Ternary, Three, TERNARY, ternary[3];
    Fma each(|a, b, c| a * b + c) as Wgsl fma(a b c) written [];
    Mix each(|a, b, c| a * (T::ONE - c) + b * c) as Wgsl mix(a b c) written [];
    Clamp each(between) as Wgsl clamp(a low high) written ["clamp" "clip"];
    SmoothStep each(|low, high, x| {
        let t = between((x - low) / (high - low), T::ZERO, T::ONE);
        t * t * (T::of(3.0) - T::of(2.0) * t)
    }) as Prelude smoothstep(low high x) written ["smoothstep"];
}

/// All functions.
pub(crate) fn all() -> impl Iterator<Item = &'static Builtin> {
    UNARY.iter().chain(BINARY).chain(TERNARY)
}

/// Those that the prelude defines.
pub(super) fn of_the_prelude() -> impl Iterator<Item = &'static Builtin> {
    all().filter(|builtin| builtin.origin == Origin::Prelude)
}

/// Whether the engine has a text of its own for the function of this name.
pub(super) fn has_own(name: &str) -> bool {
    name == LOGSUMEXP || own(name).is_some()
}

/// The function of this name for which the engine has a text of its own.
pub(super) fn own(name: &str) -> Option<&'static Builtin> {
    of_the_prelude().chain(beyond_wgsl()).find(|builtin| builtin.name == name)
}

/// Those that texts call by names that WGSL lacks.
pub(super) fn beyond_wgsl() -> impl Iterator<Item = &'static Builtin> {
    all().filter(|builtin| {
        let is_special = matches!(builtin.origin, Origin::Special(_));
        is_special || builtin.origin == Origin::Prelude && BEYOND_WGSL.contains(&builtin.name)
    })
}

/// Those of the prelude that WGSL has no name for.
const BEYOND_WGSL: &[&str] = &["expm1", "log1p", "sigmoid", "relu", "softplus"];

/// What the texts of expressions call for [`Unary::Held`].
pub(crate) const HELD: &str = "expr_held";

/// The prelude's function in the place of `%`.
#[cfg(feature = "gpu")]
pub(super) const REMAINDER: &str = "remainder";

/// The prelude's function that is taken where WGSL's own is called.
pub(super) fn lowered(fun: MathFunction) -> Option<&'static Builtin> {
    let name = format!("{fun:?}").to_lowercase();
    let is_it = |builtin: &&Builtin| builtin.name == name && !BEYOND_WGSL.contains(&builtin.name);
    of_the_prelude().find(is_it)
}

/// The prelude's functions of numbers, `pm_…`, for vectors, component by component, as far as a text calls them.
#[cfg(feature = "gpu")]
pub(crate) fn of_vectors(text: &str) -> String {
    let wanted = |builtin: &&Builtin| !BEYOND_WGSL.contains(&builtin.name) && text.contains(builtin.name);
    let define = |(function, arguments): (&str, &[&str]), n: usize| {
        let component = |c: &str| {
            let of: Vec<String> = arguments.iter().map(|name| format!("{name}.{c}")).collect();
            format!("pm_{function}({})", of.join(", "))
        };
        let arguments: Vec<String> = arguments.iter().map(|name| format!("{name}: vec{n}<real>")).collect();
        let components: Vec<String> = ["x", "y", "z", "w"][..n].iter().map(|c| component(c)).collect();
        format!(
            "fn pm_{function}_v{n}({}) -> vec{n}<real> {{ return vec{n}<real>({}); }}\n",
            arguments.join(", "),
            components.join(", ")
        )
    };
    let functions = of_the_prelude().filter(wanted).map(|builtin| (builtin.name, builtin.arguments));
    let remainder: Option<(&str, &[&str])> = text.contains('%').then_some((REMAINDER, &["a", "b"]));
    let all: String = functions.chain(remainder).flat_map(|of| (2..=4).map(move |n| define(of, n))).collect();
    all + &super::geometry::functions(text)
}

/// Definitions of the functions that WGSL has no name for and a text calls, each with a body that is made of its name and its
/// arguments.
pub(crate) fn definitions(text: &str, body: impl Fn(&str, &[&str]) -> String) -> String {
    let define = |(name, arguments): (&str, &[&str])| {
        let typed: Vec<String> = arguments.iter().map(|name| format!("{name}: real")).collect();
        format!(
            "fn {name}({}) -> real {{ return {}; }}\n",
            typed.join(", "),
            body(name.trim_start_matches("expr_"), arguments)
        )
    };
    let others: [(&str, &[&str]); 2] = [(LOGSUMEXP, &["a", "b"]), (HELD, &["a"])];
    let all = beyond_wgsl().map(|builtin| (builtin.name, builtin.arguments)).chain(others);
    all.filter(|(name, _)| calls(text, name)).map(define).collect()
}

/// ln(e^a + e^b), which is made of other functions: relative to the larger, so that nothing overflows.
pub(super) const LOGSUMEXP: &str = "logsumexp";

/// Whether a text calls a function of this name, as far as words tell.
fn calls(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(is_word) && text[at + name.len()..].trim_start().starts_with('(')
    })
}

/// The parts of the text of special functions that a text calls.
#[cfg(feature = "gpu")]
pub(crate) fn special_parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for builtin in all() {
        let (Origin::Special(part) | Origin::Inner(part)) = builtin.origin else { continue };
        let is_called = || calls(text, builtin.name) || calls(text, &format!("pm_{}", builtin.name));
        if !parts.contains(&part) && is_called() {
            parts.push(part);
        }
    }
    // Gamma functions by reflection.
    if parts.contains(&Part::Gamma) && !parts.contains(&Part::Angles) {
        parts.push(Part::Angles);
    }
    parts
}

impl Builtin {
    /// The value of known arguments, as many as there have to be.
    pub(crate) fn value(&self, arguments: &[f64]) -> f64 {
        let row = |i: usize| [arguments[i]; LANES];
        let mut to = [0.0; LANES];
        match self.operation {
            Operation::One(op) => unary(op, [&row(0)], &mut to),
            Operation::Two(op) => binary(op, [&row(0), &row(1)], &mut to),
            Operation::Three(op) => ternary(op, [&row(0), &row(1), &row(2)], &mut to),
        }
        to[0]
    }
}
