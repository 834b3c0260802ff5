//! The functions of the shaders' prelude against arbitrary precision: the largest error of each over its range, in units
//! of the last place (ulp) of the exact result.

use std::cell::RefCell;

use astro_float::{BigFloat, Consts, RoundingMode};
use ndarray::{Array1, Array2};
use plusminus::{Engine, Precision, Result, ShaderOptions, WgslObjective};

use super::random::SplitMix64;
use super::special::special;

/// Bits of the exact results: enough for e^x - 1 and ln(1 + x) at 1e-30.
const BITS: usize = 320;
const ROUNDING: RoundingMode = RoundingMode::ToEven;

thread_local! {
    /// π, ln 2 and the like, as far as they have been computed.
    static CONSTANTS: RefCell<Consts> = RefCell::new(Consts::new().unwrap_or_else(|_| std::process::abort()));
}

/// An exact number, with operations of enough precision.
#[derive(Clone)]
pub struct Exact(BigFloat);

macro_rules! functions {
    ($($name:ident),*) => {$(
        fn $name(&self) -> Exact {
            CONSTANTS.with_borrow_mut(|constants| Exact(self.0.$name(BITS, ROUNDING, constants)))
        }
    )*};
}

impl Exact {
    fn of(value: f64) -> Exact {
        Exact(BigFloat::from_f64(value, BITS))
    }

    fn plus(&self, other: &Exact) -> Exact {
        Exact(self.0.add(&other.0, BITS, ROUNDING))
    }

    fn minus(&self, other: &Exact) -> Exact {
        Exact(self.0.sub(&other.0, BITS, ROUNDING))
    }

    fn over(&self, other: &Exact) -> Exact {
        Exact(self.0.div(&other.0, BITS, ROUNDING))
    }

    fn pow(&self, exponent: &Exact) -> Exact {
        CONSTANTS.with_borrow_mut(|constants| Exact(self.0.pow(&exponent.0, BITS, ROUNDING, constants)))
    }

    functions!(exp, ln, log2, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh);

    fn to_f64(&self) -> f64 {
        self.0.to_string().parse().unwrap_or(f64::NAN)
    }
}

/// How arguments are spread over a range.
#[derive(Clone, Copy)]
pub enum Spread {
    /// Evenly.
    Even,
    /// By their logarithms.
    Geometric,
    /// By their logarithms, on both sides of 0.
    BothSides,
}

/// A function, its ranges in f32 and f64, and the bounds that a test holds it to.
pub struct Function {
    /// As the table has it.
    pub name: &'static str,
    /// In WGSL, of `x(0)` and perhaps `x(1)`.
    pub wgsl: &'static str,
    spread: Spread,
    /// For both precisions.
    ranges: [(f64, f64); 2],
    /// Of the second argument, if there is one.
    second: Option<[(f64, f64); 2]>,
    exact: fn(&[Exact]) -> Exact,
    /// A special function, whose exact values are those of `special.rs`.
    special: Option<&'static str>,
    /// Near zeros that the error is not relative to: the least number whose ulp it is counted in.
    least: fn(f64) -> f64,
    /// The largest error allowed.
    #[allow(dead_code, reason = "the test reads it, not the program")]
    pub bounds: [f64; 2],
}

/// The largest error of a function.
pub struct Worst {
    /// In ulp of the exact result.
    pub error: f64,
    /// The arguments there.
    pub at: Vec<f64>,
}

fn function(
    name: &'static str,
    wgsl: &'static str,
    spread: Spread,
    ranges: [(f64, f64); 2],
    exact: fn(&[Exact]) -> Exact,
    bounds: [f64; 2],
) -> Function {
    Function { name, wgsl, spread, ranges, second: None, exact, special: None, least: |_| 0.0, bounds }
}

/// A special function, which its text calls by its name.
fn of_special(
    name: &'static str,
    spread: Spread,
    ranges: [(f64, f64); 2],
    least: fn(f64) -> f64,
    bounds: [f64; 2],
) -> Function {
    let wgsl = format!("{name}(x(0))").leak();
    Function { special: Some(name), least, ..function(name, wgsl, spread, ranges, |x| x[0].clone(), bounds) }
}

/// Every special function. Zeros away from 0 that are not factors: those of Bessel functions beyond 8, counted in ulp of half of
/// their amplitude, and those of gamma functions of negative arguments, of what the reflection subtracts.
#[rustfmt::skip]
fn specials() -> Vec<Function> {
    use Spread::{BothSides, Even, Geometric};
    let same = |range: (f64, f64)| [range, range];
    let none: fn(f64) -> f64 = |_| 0.0;
    let wave: fn(f64) -> f64 = |x| if x.abs() > 7.0 { 0.4 / x.abs().sqrt() } else { 0.0 };
    let gamma: fn(f64) -> f64 = |x| 1.0 + x.abs() * (2.0 + x.abs()).ln();
    let digamma: fn(f64) -> f64 = |x| 2.0 + (2.0 + x.abs()).ln();
    let bounds = [4.0, 8.0];
    vec![
        of_special("erf", Even, [(-4.0, 4.0), (-6.0, 6.0)], none, bounds),
        of_special("erf", BothSides, [(1e-30, 1.0); 2], none, bounds),
        of_special("erfc", Even, [(-4.0, 9.1), (-6.0, 26.0)], none, bounds),
        of_special("erfcx", Even, [(-9.3, 20.0), (-26.0, 20.0)], none, bounds),
        of_special("erfcx", Geometric, [(1e-6, 1e30), (1e-6, 1e100)], none, bounds),
        of_special("log_ndtr", Even, [(-20.0, 12.8), (-40.0, 37.0)], none, bounds),
        of_special("log_ndtr", Even, [(-1e6, -1.0), (-1e10, -1.0)], none, bounds),
        of_special("lgamma", Geometric, [(1e-30, 1e30), (1e-100, 1e100)], none, bounds),
        of_special("lgamma", Even, same((0.0, 30.0)), none, bounds),
        of_special("lgamma", Even, same((-10.0, 0.0)), gamma, bounds),
        of_special("digamma", Geometric, [(1e-30, 1e30), (1e-100, 1e100)], none, bounds),
        of_special("digamma", Even, same((0.0, 30.0)), none, bounds),
        of_special("digamma", Even, same((-10.0, 0.0)), digamma, bounds),
        of_special("logit", Even, same((0.0, 1.0)), none, bounds),
        of_special("logit", Geometric, [(1e-30, 0.999); 2], none, bounds),
        of_special("j0", Even, same((-100.0, 100.0)), wave, bounds),
        of_special("j0", BothSides, [(1e-30, 10.0); 2], wave, bounds),
        of_special("j0", Geometric, [(100.0, 1e4); 2], wave, bounds),
        of_special("j1", Even, same((-100.0, 100.0)), wave, bounds),
        of_special("j1", BothSides, [(1e-30, 10.0); 2], wave, bounds),
        of_special("j1", Geometric, [(100.0, 1e4); 2], wave, bounds),
        of_special("y0", Even, same((0.0, 100.0)), wave, bounds),
        of_special("y0", Geometric, [(1e-30, 10.0); 2], wave, bounds),
        of_special("y1", Even, same((0.0, 100.0)), wave, bounds),
        of_special("y1", Geometric, [(1e-30, 10.0); 2], wave, bounds),
        of_special("i0", Even, [(-91.0, 91.0), (-713.0, 713.0)], none, bounds),
        of_special("i0", BothSides, [(1e-30, 10.0); 2], none, bounds),
        of_special("i1", Even, [(-91.0, 91.0), (-713.0, 713.0)], none, bounds),
        of_special("i1", BothSides, [(1e-30, 10.0); 2], none, bounds),
        of_special("k0", Even, [(0.0, 85.0), (0.0, 700.0)], none, bounds),
        of_special("k0", Geometric, [(1e-30, 10.0); 2], none, bounds),
        of_special("k1", Even, [(0.0, 85.0), (0.0, 700.0)], none, bounds),
        of_special("k1", Geometric, [(1e-30, 10.0); 2], none, bounds),
        of_special("sinc", Even, same((-20.0, 20.0)), none, bounds),
        of_special("sinc", BothSides, [(1e-30, 1e4); 2], none, bounds),
        of_special("cbrt", BothSides, [(1.2e-38, 3e38), (1e-300, 1e300)], none, bounds),
        Function {
            second: Some([(0.0, 50.0); 2]),
            ..function("logsumexp(a, b)", "logsumexp(x(0), x(1))", Even, [(0.0, 50.0); 2], |x| x[0].exp().plus(&x[1].exp()).ln(), bounds)
        },
    ]
}

/// Every function, some over several ranges.
#[rustfmt::skip]
pub fn all() -> Vec<Function> {
    use Spread::{BothSides, Even, Geometric};
    let same = |range: (f64, f64)| [range, range];
    let small = [(1e-30, 1.0); 2];
    let mut all = vec![
        function("exp", "exp(x(0))", Even, [(-87.0, 88.7), (-708.0, 709.7)], |x| x[0].exp(), [1.5, 1.5]),
        function("exp2", "exp2(x(0))", Even, [(-126.0, 128.0), (-1022.0, 1024.0)], |x| Exact::of(2.0).pow(&x[0]), [1.5, 1.5]),
        function("expm1", "expm1(x(0))", Even, [(-30.0, 88.7), (-60.0, 709.7)], |x| x[0].exp().minus(&Exact::of(1.0)), [2.0, 2.5]),
        function("expm1", "expm1(x(0))", BothSides, small, |x| x[0].exp().minus(&Exact::of(1.0)), [2.0, 2.5]),
        function("log", "log(x(0))", Geometric, [(1.2e-38, 3.4e38), (2.3e-308, 1.7e308)], |x| x[0].ln(), [1.5, 1.5]),
        function("log", "log(x(0))", Even, same((0.5, 2.0)), |x| x[0].ln(), [1.5, 1.5]),
        function("log2", "log2(x(0))", Geometric, [(1.2e-38, 3.4e38), (2.3e-308, 1.7e308)], |x| x[0].log2(), [1.5, 1.5]),
        function("log2", "log2(x(0))", Even, same((0.5, 2.0)), |x| x[0].log2(), [1.5, 1.5]),
        function("log1p", "log1p(x(0))", Even, same((-0.9999, 10.0)), |x| x[0].plus(&Exact::of(1.0)).ln(), [2.0, 2.0]),
        function("log1p", "log1p(x(0))", BothSides, [(1e-30, 0.9); 2], |x| x[0].plus(&Exact::of(1.0)).ln(), [2.0, 2.0]),
        function("sin", "sin(x(0))", Even, [(-12_800.0, 12_800.0), (-1.3e7, 1.3e7)], |x| x[0].sin(), [1.5, 1.5]),
        function("sin", "sin(x(0))", BothSides, [(1e4, 3.4e38), (1e4, 1.3e7)], |x| x[0].sin(), [1.5, 1.5]),
        function("sin", "sin(x(0))", BothSides, [(1e-30, 10.0); 2], |x| x[0].sin(), [1.5, 1.5]),
        function("cos", "cos(x(0))", Even, [(-12_800.0, 12_800.0), (-1.3e7, 1.3e7)], |x| x[0].cos(), [1.5, 1.5]),
        function("cos", "cos(x(0))", BothSides, [(1e4, 3.4e38), (1e4, 1.3e7)], |x| x[0].cos(), [1.5, 1.5]),
        function("cos", "cos(x(0))", BothSides, [(1e-30, 10.0); 2], |x| x[0].cos(), [1.5, 1.5]),
        function("tan", "tan(x(0))", Even, [(-12_800.0, 12_800.0), (-1.3e7, 1.3e7)], |x| x[0].tan(), [2.5, 2.5]),
        function("tan", "tan(x(0))", BothSides, [(1e4, 3.4e38), (1e4, 1.3e7)], |x| x[0].tan(), [2.5, 2.5]),
        function("tan", "tan(x(0))", BothSides, [(1e-30, 10.0); 2], |x| x[0].tan(), [2.5, 2.5]),
        function("asin", "asin(x(0))", Even, same((-1.0, 1.0)), |x| x[0].asin(), [1.5, 1.5]),
        function("asin", "asin(x(0))", BothSides, small, |x| x[0].asin(), [1.5, 1.5]),
        function("acos", "acos(x(0))", Even, same((-1.0, 1.0)), |x| x[0].acos(), [1.5, 1.5]),
        function("atan", "atan(x(0))", BothSides, [(1e-30, 1e37), (1e-30, 1e100)], |x| x[0].atan(), [2.5, 2.5]),
        function("atan", "atan(x(0))", Even, same((-10.0, 10.0)), |x| x[0].atan(), [2.5, 2.5]),
        Function {
            second: Some([(0.1, 100.0); 2]),
            ..function("atan2(y, x), x > 0", "atan2(x(0), x(1))", BothSides, [(1e-3, 1e3); 2], |x| x[0].over(&x[1]).atan(), [2.5, 2.5])
        },
        function("sinh", "sinh(x(0))", Even, [(-89.0, 89.0), (-710.0, 710.0)], |x| x[0].sinh(), [2.5, 3.0]),
        function("sinh", "sinh(x(0))", BothSides, small, |x| x[0].sinh(), [2.5, 3.0]),
        function("cosh", "cosh(x(0))", Even, [(-89.0, 89.0), (-710.0, 710.0)], |x| x[0].cosh(), [2.5, 3.0]),
        function("tanh", "tanh(x(0))", Even, [(-12.0, 12.0), (-25.0, 25.0)], |x| x[0].tanh(), [2.9, 2.5]),
        function("tanh", "tanh(x(0))", BothSides, small, |x| x[0].tanh(), [2.9, 2.5]),
        function("asinh", "asinh(x(0))", BothSides, [(1e-30, 3e38), (1e-30, 1e100)], |x| x[0].asinh(), [2.5, 2.5]),
        function("acosh", "acosh(x(0))", Geometric, [(1.0, 3e38), (1.0, 1e100)], |x| x[0].acosh(), [2.9, 3.0]),
        function("acosh", "acosh(x(0))", Even, same((1.0, 3.0)), |x| x[0].acosh(), [2.9, 3.0]),
        function("atanh", "atanh(x(0))", Even, same((-0.9999, 0.9999)), |x| x[0].atanh(), [2.9, 2.5]),
        function("atanh", "atanh(x(0))", BothSides, [(1e-30, 0.9999); 2], |x| x[0].atanh(), [2.9, 2.5]),
        Function {
            second: Some([(-25.0, 25.0), (-200.0, 200.0)]),
            ..function("pow(x, y), y log2 x to 116 (f64: 928)", "pow(x(0), x(1))", Geometric, [(0.04, 25.0); 2], |x| x[0].pow(&x[1]), [1.5, 1.5])
        },
        Function {
            second: Some([(-3.0, 3.0), (-3.0, 3.0)]),
            ..function("pow(x, y), y of -3 to 3", "pow(x(0), x(1))", Geometric, [(1e-12, 1e12), (1e-100, 1e100)], |x| x[0].pow(&x[1]), [1.5, 1.5])
        },
        function("powi(x, 3)", "powi(x(0), 3)", BothSides, [(1e-12, 1e12), (1e-100, 1e100)], |x| Exact(x[0].0.powi(3, BITS, ROUNDING)), [2.5, 2.5]),
        function("powi(x, 17)", "powi(x(0), 17)", BothSides, [(0.01, 100.0), (1e-17, 1e17)], |x| Exact(x[0].0.powi(17, BITS, ROUNDING)), [2.5, 2.5]),
        function("sigmoid", "sigmoid(x(0))", Even, [(-87.0, 30.0), (-700.0, 40.0)],
            |x| Exact::of(1.0).over(&Exact::of(1.0).plus(&Exact::of(0.0).minus(&x[0]).exp())), [2.9, 3.0]),
        function("softplus", "softplus(x(0))", Even, [(-85.0, 30.0), (-90.0, 40.0)], |x| x[0].exp().plus(&Exact::of(1.0)).ln(), [2.9, 3.0]),
    ];
    all.extend(specials());
    all
}

/// Evenly by logarithms.
fn between(from: f64, to: f64, at: f64) -> f64 {
    (from.ln() + (to.ln() - from.ln()) * at).exp().clamp(from, to)
}

fn index(precision: Precision) -> usize {
    usize::from(precision == Precision::F64)
}

impl Function {
    /// Whether its exact values are those of `special.rs`.
    #[allow(dead_code, reason = "the test reads it, not the program")]
    pub fn is_special(&self) -> bool {
        self.special.is_some()
    }

    /// The range of the first argument in words.
    pub fn range(&self, precision: Precision) -> String {
        let (from, to) = self.ranges[index(precision)];
        let sign = if matches!(self.spread, Spread::BothSides) { "±" } else { "" };
        format!("{sign}{} to {sign}{}", short(from), short(to))
    }

    fn arguments(&self, precision: Precision, count: usize) -> Array2<f64> {
        let mut random = SplitMix64::new(7);
        let mut pick = |(from, to): (f64, f64), spread: Spread| {
            let (at, sign) = (random.uniform(), if random.below(2) == 0 { -1.0 } else { 1.0 });
            let value = match spread {
                Spread::Even => from + (to - from) * at,
                Spread::Geometric => between(from, to, at),
                Spread::BothSides => sign * between(from, to, at),
            };
            if precision == Precision::F32 { f64::from(value as f32) } else { value }
        };
        let rows = (0..count).flat_map(|_| {
            let first = pick(self.ranges[index(precision)], self.spread);
            let second = self.second.map(|ranges| pick(ranges[index(precision)], Spread::Even));
            std::iter::once(first).chain(second)
        });
        let rows: Array1<f64> = rows.collect();
        let width = rows.len() / count;
        rows.into_shape_with_order((count, width)).unwrap_or_default()
    }

    /// The largest error among `count` arguments on an engine.
    ///
    /// # Errors
    /// Whatever keeps the function from being evaluated.
    pub fn worst(&self, engine: &Engine, count: usize) -> Result<Worst> {
        let arguments = self.arguments(engine.precision(), count);
        let text = format!("fn objective() -> real {{ return {}; }}", self.wgsl);
        let f = WgslObjective::new(self.name, &text, arguments.ncols(), ShaderOptions::default())?;
        let values = engine.evaluator(&f)?.values(arguments.view())?;
        let mut worst = Worst { error: 0.0, at: Vec::new() };
        for (x, &got) in arguments.rows().into_iter().zip(&values) {
            let arguments: Vec<Exact> = x.iter().map(|&x| Exact::of(x)).collect();
            let exact = match self.special.and_then(|name| special(name, &arguments[0].0)) {
                Some([value, ..]) => Exact(value),
                None => (self.exact)(&arguments),
            };
            let size = exact.to_f64().abs().max((self.least)(x[0]));
            let (mantissa, least) = match engine.precision() {
                Precision::F32 => (23, -149),
                Precision::F64 => (52, -1074),
            };
            // The last place of a number in [2^k, 2^(k+1)) is 2^(k - mantissa).
            let binade = ((size.to_bits() >> 52) as i32 - 1023).max(least + mantissa);
            // In two factors, which do not overflow.
            let half = (mantissa - binade) / 2;
            let error = Exact::of(got).minus(&exact).to_f64().abs() * 2f64.powi(half);
            let error = error * 2f64.powi(mantissa - binade - half);
            // NaN is worse than anything.
            if error.is_nan() || error > worst.error {
                worst = Worst { error, at: x.to_vec() };
            }
        }
        Ok(worst)
    }
}

/// A number in few characters.
pub fn short(value: f64) -> String {
    let plain = format!("{value}");
    match value.abs() {
        _ if plain.len() <= 7 => plain,
        0.01..10_000.0 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}
