//! The functions that an objective may call, in WGSL and in expressions: a row for each, and the operators beside them.
//!
//! To add one: a row here; a row in `examples/ulp/table.rs`, which holds it to a bound; and where it is the prelude's, the
//! function `pm_…` in `shaders/prelude`, which devices run.

use naga::MathFunction;

use super::lanes::{LANES, acosh, asinh, atanh, between, each, least, log, map, most, wide, zip};
use crate::numeric::Real;

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
    (
        $(#[$doc:meta])*
        $family:ident, $operation:ident, $all:ident, $run:ident[$operands:literal];
        $(
            $op:ident $rule:ident($($f:expr)?)
            $(as $origin:ident $name:ident($($argument:ident)+) written [$($written:literal)*])?;
        )*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum $family { $($op),* }

        const $all: &[Builtin] = &[$($(
            Builtin {
                name: stringify!($name),
                arguments: &[$(stringify!($argument)),+],
                written: &[$($written),*],
                origin: functions!(@origin $origin $op),
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
    // t²(3 - 2t), the smooth step.
    Smooth map(|a: T| a * a * (T::of(3.0) - T::of(2.0) * a));
    Sin wide(f64::sin) as Prelude sin(a) written ["sin"];
    Cos wide(f64::cos) as Prelude cos(a) written ["cos"];
    Tan wide(f64::tan) as Prelude tan(a) written ["tan"];
    Asin wide(f64::asin) as Prelude asin(a) written ["asin"];
    Acos wide(f64::acos) as Prelude acos(a) written ["acos"];
    Atan wide(f64::atan) as Prelude atan(a) written ["atan"];
    Sinh wide(f64::sinh) as Prelude sinh(a) written ["sinh"];
    Cosh wide(f64::cosh) as Prelude cosh(a) written ["cosh"];
    Tanh map(Real::tanh) as Prelude tanh(a) written ["tanh"];
    Asinh wide(asinh) as Prelude asinh(a) written ["asinh"];
    Acosh wide(acosh) as Prelude acosh(a) written ["acosh"];
    Atanh wide(atanh) as Prelude atanh(a) written ["atanh"];
    Exp map(Real::exp) as Prelude exp(a) written ["exp"];
    Exp2 wide(f64::exp2) as Prelude exp2(a) written ["exp2"];
    // From some size on, subtracting 1 changes nothing any more, and e^x stays finite a little longer.
    Expm1 map(|a: T| if a > T::of(40.0) { a.exp() } else { a.exp_m1() }) as Prelude expm1(a) written ["expm1"];
    Log log() as Prelude log(a) written ["log" "ln"];
    Log2 wide(f64::log2) as Prelude log2(a) written ["log2"];
    Log1p wide(f64::ln_1p) as Prelude log1p(a) written ["log1p"];
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
    Sigmoid map(|a: T| T::ONE / (T::ONE + (-a).exp())) as Prelude sigmoid(a) written ["sigmoid"];
    Relu map(|a: T| if a < T::ZERO { T::ZERO } else { a }) as Prelude relu(a) written ["relu"];
    // ln(1 + e^x), with no power that overflows.
    Softplus map(|a: T| if a < T::ZERO { T::ZERO } else { a } + (-a.magnitude()).exp().ln_1p_near())
        as Prelude softplus(a) written ["softplus"];
    Degrees map(|a: T| a * T::of(180.0 / std::f64::consts::PI)) as Prelude degrees(a) written ["degrees"];
    Radians map(|a: T| a * T::of(std::f64::consts::PI / 180.0)) as Prelude radians(a) written ["radians"];
    Saturate map(|a: T| between(a, T::ZERO, T::ONE)) as Prelude saturate(a) written [];
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
    Pow zip(|a: T, b: T| T::of(a.to_f64().powf(b.to_f64()))) as Prelude pow(x y) written ["pow"];
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

/// Those of the prelude that WGSL has no name for.
const BEYOND_WGSL: &[&str] = &["expm1", "log1p", "sigmoid", "relu", "softplus"];

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

/// Definitions of the functions that WGSL has no name for, each with a body that is made of its arguments.
pub(crate) fn definitions(body: impl Fn(&Builtin) -> String) -> String {
    let define = |builtin: &Builtin| {
        let arguments: Vec<String> = builtin.arguments.iter().map(|name| format!("{name}: real")).collect();
        format!("fn {}({}) -> real {{ return {}; }}\n", builtin.name, arguments.join(", "), body(builtin))
    };
    of_the_prelude().filter(|builtin| BEYOND_WGSL.contains(&builtin.name)).map(define).collect()
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
