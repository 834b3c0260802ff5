//! Special functions in 35 digits or more by their series, with two derivatives: the witness of the engine's, with which it shares
//! nothing.
//!
//! Formulas are those of the NIST Digital Library of Mathematical Functions, by its numbers.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use astro_float::{BigFloat, Consts, RoundingMode, Sign};

/// Bits to work with: what cancels in the series for arguments up to those where asymptotic ones take over is some 200.
const BITS: usize = 512;
const ROUNDING: RoundingMode = RoundingMode::None;
/// Asymptotic series are taken from here: they end at e^(-2x) of the result, or at e^(-x²).
const FAR: f64 = 60.0;
const FAR_SQUARE: f64 = 10.0;

thread_local! {
    static CONSTANTS: RefCell<Consts> = RefCell::new(Consts::new().unwrap_or_else(|_| std::process::abort()));
}

#[derive(Clone)]
struct Big(BigFloat);

macro_rules! operators {
    ($($trait:ident $name:ident),*) => {$(
        impl $trait for &Big {
            type Output = Big;
            fn $name(self, other: &Big) -> Big {
                Big(self.0.$name(&other.0, BITS, ROUNDING))
            }
        }

        impl $trait<f64> for &Big {
            type Output = Big;
            fn $name(self, other: f64) -> Big {
                self.$name(&big(other))
            }
        }
    )*};
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for &Big {
    type Output = Big;
    fn neg(self) -> Big {
        Big(BigFloat::neg(&self.0))
    }
}

macro_rules! functions {
    ($($name:ident),*) => {$(
        fn $name(&self) -> Big {
            CONSTANTS.with_borrow_mut(|constants| Big(self.0.$name(BITS, ROUNDING, constants)))
        }
    )*};
}

fn big(value: f64) -> Big {
    Big(BigFloat::from_f64(value, BITS))
}

fn pi() -> Big {
    CONSTANTS.with_borrow_mut(|constants| Big(constants.pi(BITS, ROUNDING)))
}

impl Big {
    functions!(exp, ln, sin, cos);

    fn sqrt(&self) -> Big {
        Big(self.0.sqrt(BITS, ROUNDING))
    }

    fn abs(&self) -> Big {
        Big(self.0.abs())
    }

    fn is_negative(&self) -> bool {
        self.0.sign() == Some(Sign::Neg) && !self.0.is_zero()
    }

    fn is_below(&self, other: f64) -> bool {
        (self - other).is_negative()
    }

    /// Whether it no longer counts beside another.
    fn is_nothing_to(&self, other: &Big) -> bool {
        match (self.0.exponent(), other.0.exponent()) {
            (Some(own), Some(other)) => self.0.is_zero() || own < other - BITS as i32,
            _ => true,
        }
    }

    /// ln(1 + x) for a small x, too.
    fn log1p(&self) -> Big {
        if self.0.exponent().is_some_and(|exponent| exponent > -60) {
            return (self + 1.0).ln();
        }
        let mut power = self.clone();
        let mut sum = self.clone();
        for k in 2..40 {
            power = -&(&power * self);
            sum = &sum + &(&power / f64::from(k));
        }
        sum
    }
}

/// A sum of terms, each the last one times a factor that goes with its number, until they no longer count, or grow again as those
/// of asymptotic series do.
fn series(first: Big, is_asymptotic: bool, factor: impl Fn(f64) -> Big) -> Big {
    let (mut term, mut sum) = (first.clone(), first);
    for k in 1..20_000 {
        let next = &term * &factor(f64::from(k));
        if is_asymptotic && !(&next.abs() - &term.abs()).is_negative() || next.is_nothing_to(&sum) {
            break;
        }
        sum = &sum + &next;
        term = next;
    }
    sum
}

/// erfc(x)·e^(x²) for 0 <= x. 7.6.2, 7.12.1.
fn erfcx_positive(x: &Big) -> Big {
    let square = x * x;
    if x.is_below(FAR_SQUARE) {
        let sum = series(x.clone(), false, |k| &(&square * 2.0) / (2.0 * k + 1.0));
        return &square.exp() - &(&(&sum * 2.0) / &pi().sqrt());
    }
    let first = &big(1.0) / &(x * &pi().sqrt());
    series(first, true, |k| &big(0.5 - k) / &square)
}

/// The same for all x, with its slopes; far out these have series of their own, since what their formulas subtract is equal there.
fn erfcx(x: &Big) -> [Big; 3] {
    let root = &big(2.0) / &pi().sqrt();
    let value =
        if x.is_negative() { &(&(x * x).exp() * 2.0) - &erfcx_positive(&-x) } else { erfcx_positive(x) };
    let slope = if x.is_below(FAR_SQUARE) {
        &(&(x * &value) * 2.0) - &root
    } else {
        let square = x * x;
        let first = &-&root / &(&square * 2.0);
        series(first, true, |k| &big(-0.5 - k) / &square)
    };
    let second = if x.is_below(FAR_SQUARE) {
        &(&value * 2.0) + &(&(x * &slope) * 2.0)
    } else {
        let square = x * x;
        let first = &root / &(&square * x);
        series(first, true, |k| &(&(&big(-0.5 - k) * (k + 1.0)) / k) / &square)
    };
    [value, slope, second]
}

fn erf_slopes(x: &Big) -> [Big; 2] {
    let slope = &(&(-&(x * x)).exp() * 2.0) / &pi().sqrt();
    let second = &(&slope * x) * -2.0;
    [slope, second]
}

fn erfc(x: &Big) -> Big {
    let far = &(-&(x * x)).exp() * &erfcx_positive(&x.abs());
    if x.is_negative() { &big(2.0) - &far } else { far }
}

fn erf(x: &Big) -> Big {
    let sum = series(x.clone(), false, |k| &(&(x * x) * 2.0) / (2.0 * k + 1.0));
    if x.abs().is_below(FAR_SQUARE) {
        return &(&(&sum * &(-&(x * x)).exp()) * 2.0) / &pi().sqrt();
    }
    &big(1.0) - &erfc(x)
}

/// The logarithm of the normal distribution function.
fn log_ndtr(x: &Big) -> [Big; 3] {
    let u = &-x / &big(2.0).sqrt();
    let root = (&big(2.0) / &pi()).sqrt();
    let (value, slope) = if x.is_negative() {
        let scaled = erfcx_positive(&u);
        (&(&scaled / 2.0).ln() - &(&u * &u), &root / &scaled)
    } else {
        let tail = &erfc(&-&u) / 2.0;
        let density = &(&(-&(&u * &u)).exp() * &root) / 2.0;
        ((-&tail).log1p(), &density / &(&big(1.0) - &tail))
    };
    let second = -&(&slope * &(x + &slope));
    [value, slope, second]
}

/// B2, B4, … by tangent numbers (Brent & Harvey, "Fast computation of Bernoulli, tangent and secant numbers", 2011).
fn bernoulli(count: usize) -> Vec<Big> {
    let mut tangent = vec![big(1.0); count + 1];
    for k in 2..=count {
        tangent[k] = &tangent[k - 1] * (k as f64 - 1.0);
    }
    for k in 2..=count {
        for j in k..=count {
            let (below, own) = (&tangent[j - 1] * (j - k) as f64, &tangent[j] * (j - k + 2) as f64);
            tangent[j] = &below + &own;
        }
    }
    let mut power = big(1.0);
    let number = |n: usize| {
        power = &power * 4.0;
        let size = &(&tangent[n] * (2.0 * n as f64)) / &(&power * &(&power - 1.0));
        if n % 2 == 1 { size } else { -&size }
    };
    (1..=count).map(number).collect()
}

thread_local! {
    static BERNOULLI: Vec<Big> = bernoulli(60);
    /// ψ(1), Euler's constant with the other sign.
    static EULER: Big = gammas(&big(1.0))[1].clone();
}

/// ln |Γ(x)|, ψ(x), ψ'(x) and ψ''(x): 5.11.1, 5.15.8, above 60, and 5.5.1 below.
fn gammas(x: &Big) -> [Big; 4] {
    let mut far = x.clone();
    let (mut product, mut sums) = (big(1.0), [big(0.0), big(0.0), big(0.0)]);
    while far.is_below(60.0) {
        product = &product * &far;
        let inverse = &big(1.0) / &far;
        let square = &inverse * &inverse;
        sums = [&sums[0] - &inverse, &sums[1] + &square, &sums[2] - &(&(&square * &inverse) * 2.0)];
        far = &far + 1.0;
    }
    let (log, inverse) = (far.ln(), &big(1.0) / &far);
    let square = &inverse * &inverse;
    let mut gamma = &(&(&(&far - 0.5) * &log) - &far) + &(&(&pi() * 2.0).ln() / 2.0);
    let mut digamma = &log - &(&inverse / 2.0);
    let mut trigamma = &inverse + &(&square / 2.0);
    let mut tetragamma = -&(&square + &(&square * &inverse));
    let mut power = big(1.0);
    BERNOULLI.with(|numbers| {
        for (i, number) in numbers.iter().enumerate() {
            let n = 2.0 * (i as f64 + 1.0);
            // 1/x^(n - 1)
            let below = &(&power * &inverse) * number;
            power = &power * &square;
            let even = &power * number;
            gamma = &gamma + &(&below / (n * (n - 1.0)));
            digamma = &digamma - &(&even / n);
            trigamma = &trigamma + &(&even * &inverse);
            tetragamma = &tetragamma - &(&(&even * &square) * (n + 1.0));
        }
    });
    [&gamma - &product.abs().ln(), &digamma + &sums[0], &trigamma + &sums[1], &tetragamma + &sums[2]]
}

/// The power series of J (sign -1) or I (sign 1) of an order, and the same with each term times ψ(k + 1) + ψ(k + n + 1).
/// 10.2.2, 10.8.1, 10.25.2, 10.31.1.
fn bessel_series(x: &Big, order: usize, sign: f64) -> [Big; 2] {
    let half = x / 2.0;
    let square = &(&half * &half) * sign;
    let mut term = if order == 0 { big(1.0) } else { half };
    let mut digammas = &EULER.with(|euler| euler * 2.0) + order as f64;
    let (mut plain, mut weighted) = (big(0.0), big(0.0));
    for k in 1..20_000 {
        plain = &plain + &term;
        weighted = &weighted + &(&term * &digammas);
        let (k, n) = (f64::from(k), order as f64);
        term = &(&term * &square) / (k * (k + n));
        digammas = &(&digammas + &(&big(1.0) / k)) + &(&big(1.0) / (k + n));
        if term.is_nothing_to(&plain) {
            break;
        }
    }
    [plain, weighted]
}

/// J and Y of an order for positive x. Far out by Hankel's expansions, 10.17.3 and 10.17.4.
fn bessel(x: &Big, order: usize) -> [Big; 2] {
    let n = order as f64;
    if x.is_below(FAR) {
        let [j, weighted] = bessel_series(x, order, -1.0);
        let log = &(x / 2.0).ln() * 2.0;
        let pole = if order == 0 { big(0.0) } else { &big(2.0) / x };
        let y = &(&(&(&log * &j) - &weighted) - &pole) / &pi();
        return [j, y];
    }
    let (mut even, mut odd, mut term) = (big(0.0), big(0.0), big(1.0));
    for k in 0..400u32 {
        let sign = if (k / 2).is_multiple_of(2) { 1.0 } else { -1.0 };
        let sum = if k % 2 == 0 { &mut even } else { &mut odd };
        *sum = &*sum + &(&term * sign);
        let m = f64::from(k) + 1.0;
        let next = &(&term * (4.0 * n * n - (2.0 * m - 1.0) * (2.0 * m - 1.0))) / &(x * (8.0 * m));
        if !(&next.abs() - &term.abs()).is_negative() {
            break;
        }
        term = next;
    }
    let angle = x - &(&pi() * (0.25 + 0.5 * n));
    let (s, c) = (angle.sin(), angle.cos());
    let size = (&big(2.0) / &(&pi() * x)).sqrt();
    let j = &size * &(&(&even * &c) - &(&odd * &s));
    let y = &size * &(&(&even * &s) + &(&odd * &c));
    [j, y]
}

/// I and K of an order for positive x. K far out by 10.40.2.
fn modified(x: &Big, order: usize) -> [Big; 2] {
    let n = order as f64;
    let [i, weighted] = bessel_series(x, order, 1.0);
    if !x.is_below(FAR) {
        let first = &(&pi() / &(x * 2.0)).sqrt() * &(-x).exp();
        let k = series(first, true, |m| {
            let odd = 2.0 * m - 1.0;
            &big(4.0 * n * n - odd * odd) / &(x * (8.0 * m))
        });
        return [i, k];
    }
    let sign = if order == 0 { -1.0 } else { 1.0 };
    let log = (x / 2.0).ln();
    let pole = if order == 0 { big(0.0) } else { &big(1.0) / x };
    let k = &(&(&(&log * &i) - &(&weighted / 2.0)) * sign) + &pole;
    [i, k]
}

/// The four of one kind: order 0 and 1 of both, with derivatives. `s` is -1 for J and Y, 1 for I and K.
fn of_order(x: &Big, zero: &Big, one: &Big, order: usize, s: f64, t: f64) -> [Big; 3] {
    // Z0' = t·Z1, Z1' = s·t·… by 10.6.2, 10.29.2: Z1' = r·Z0 - Z1/x.
    let r = s * t;
    let over = one / x;
    let slope_of_one = &(zero * r) - &over;
    if order == 0 {
        return [zero.clone(), one * t, &slope_of_one * t];
    }
    let second = &(&(one * (r * t)) - &(&slope_of_one / x)) + &(&over / x);
    [one.clone(), slope_of_one, second]
}

/// Of an odd or even function at a negative x.
fn reflected([value, slope, second]: [Big; 3], is_odd: bool) -> [Big; 3] {
    if is_odd { [-&value, slope, -&second] } else { [value, -&slope, second] }
}

fn sinc(x: &Big) -> [Big; 3] {
    let angle = &pi() * x;
    let square = &pi() * &pi();
    if x.0.is_zero() {
        return [big(1.0), big(0.0), &square / -3.0];
    }
    let (s, c) = (angle.sin(), angle.cos());
    let value = &s / &angle;
    let slope = &(&c - &value) / x;
    let second = &-&(&square * &value) - &(&(&slope * 2.0) / x);
    [value, slope, second]
}

fn bessels(name: &str, x: &Big) -> Option<[Big; 3]> {
    let (kind, order) = name.split_at_checked(1)?;
    let order = match order {
        "0" => 0,
        "1" => 1,
        _ => return None,
    };
    if x.is_negative() {
        if matches!(kind, "y" | "k") {
            return Some([0; 3].map(|_| Big(BigFloat::nan(None))));
        }
        return matches!(kind, "j" | "i")
            .then(|| bessels(name, &-x))
            .flatten()
            .map(|all| reflected(all, order == 1));
    }
    let both =
        |of: fn(&Big, usize) -> [Big; 2], which: usize| [of(x, 0), of(x, 1)].map(|pair| pair[which].clone());
    let ([zero, one], s, t) = match kind {
        "j" => (both(bessel, 0), -1.0, -1.0),
        "y" => (both(bessel, 1), -1.0, -1.0),
        "i" => (both(modified, 0), 1.0, 1.0),
        "k" => (both(modified, 1), 1.0, -1.0),
        _ => return None,
    };
    Some(of_order(x, &zero, &one, order, s, t))
}

/// The function of this name at x: its value and its first two derivatives.
pub fn special(name: &str, x: &BigFloat) -> Option<[BigFloat; 3]> {
    let x = &Big(x.clone());
    let all = match name {
        "erf" => {
            let [slope, second] = erf_slopes(x);
            [erf(x), slope, second]
        }
        "erfc" => {
            let [slope, second] = erf_slopes(x);
            [erfc(x), -&slope, -&second]
        }
        "erfcx" => erfcx(x),
        "log_ndtr" => log_ndtr(x),
        "lgamma" | "digamma" => {
            let [gamma, digamma, trigamma, tetragamma] = gammas(x);
            if name == "lgamma" { [gamma, digamma, trigamma] } else { [digamma, trigamma, tetragamma] }
        }
        "sinc" => sinc(x),
        "cbrt" => {
            let root = &(&x.abs().ln() / 3.0).exp();
            let root = if x.is_negative() { -root } else { root.clone() };
            let slope = &(&root / x) / 3.0;
            let second = &(&(&slope * -2.0) / x) / 3.0;
            [root, slope, second]
        }
        "logit" => {
            let rest = &big(1.0) - x;
            let slope = &big(1.0) / &(x * &rest);
            let second = &(&(x - &rest) * &slope) * &slope;
            [(x / &rest).ln(), slope, second]
        }
        _ => bessels(name, x)?,
    };
    Some(all.map(|number| number.0))
}
