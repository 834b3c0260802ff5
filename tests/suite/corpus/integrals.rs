//! The integrals sheet in f64: closed forms of its integrals and series.

const PI: f64 = std::f64::consts::PI;

/// The trapezoid rule of exp(a t) from 0 to b with n intervals, as a geometric sum.
fn trapezoid(a: f64, b: f64, n: f64) -> f64 {
    let h = b / n;
    0.5 * h * ((a * b).exp() - 1.0) / (0.5 * a * h).tanh()
}

/// Simpson's rule is exact for the cubic, and two trapezoid rules for the rest.
fn simpson(x: [f64; 3]) -> f64 {
    let b = 1.0 + 0.5 / (1.0 + (-x[2]).exp());
    let a = 0.9 + 0.3 * x[0];
    (4.0 * trapezoid(a, b, 12.0) - trapezoid(a, b, 6.0)) / 3.0 + x[1] * b.powi(4) / 4.0 + 2.0 * b
}

fn damped(x: [f64; 3]) -> f64 {
    let b = 1.5 + 0.5 * x[2].tanh();
    let (a, w) = (0.5 * x[1], x[0]);
    let end = (-a * b).exp() * (w * (w * b).sin() - a * (w * b).cos());
    (end + a) / (a * a + w * w)
}

fn periodic(x: [f64; 3]) -> f64 {
    let a = 2.5 + 0.5 * x[0].sin();
    let amplitude = x[1].cos().powi(2) + 0.16 * x[2] * x[2];
    2.0 * PI / (a * a - amplitude).sqrt()
}

fn arc_length(x: [f64; 3]) -> f64 {
    let (a, b) = (1.0 + (0.5 * x[0]).exp(), 1.0 + 0.3 * x[1]);
    let end = 1.0 + 0.4 / (1.0 + (-x[2]).exp());
    let slope = 2.0 * b * end / a;
    a * a / (4.0 * b) * (slope * (1.0 + slope * slope).sqrt() + slope.asinh())
}

/// A mean over a period of the angle.
fn mean(f: impl Fn(f64) -> f64) -> f64 {
    (0..96).map(|i| f(2.0 * PI * i as f64 / 96.0)).sum::<f64>() / 96.0
}

fn elliptic(x: [f64; 3]) -> f64 {
    let m = (0.4 + 0.2 * x[0]).sin().powi(2);
    let kind_1 = 0.5 * PI * mean(|t| 1.0 / (1.0 - m * t.sin().powi(2)).sqrt());
    let major = 2.0 + 0.2 * x[2];
    let perimeter = 2.0 * PI * mean(|t| (major * t.cos()).hypot(t.sin()));
    4.0 * ((1.5 + 0.4 * x[1]) / 9.81).sqrt() * kind_1 + 0.3 * perimeter
}

fn taylor(x: [f64; 3]) -> f64 {
    // the first series is the Bessel function I0 of twice the root
    let z = (0.7 * x[0]).exp() + 0.2 * x[2];
    mean(|t| (2.0 * z.sqrt() * t.cos()).exp()) + 0.5 * x[1].sinh()
}

fn fourier(x: [f64; 3]) -> f64 {
    // -ln(1 - r e^(i a))
    let r = 0.35 + 0.1 * x[1].tanh();
    let (re, im) = (1.0 - r * x[0].cos(), r * x[0].sin());
    im.atan2(re) - x[2] * re.hypot(im).ln() + 3.0
}

fn romberg(x: [f64; 3]) -> f64 {
    let a = 0.6 * x[0];
    (a.exp() - 1.0) / a + (1.0 + x[2]) * x[1].sin() / x[1]
}

fn midpoint(x: [f64; 3]) -> f64 {
    let sum = |a: f64| (a.exp() - 1.0) / (16.0 * (a / 16.0).sinh());
    sum(0.8 * x[0]) * sum(x[1]) + x[2] / 2.0 * (1.0 / 3.0 - 1.0 / 768.0)
}

pub const FUNCTIONS: &[super::Function] = &[
    ("Simpson's rule", simpson),
    ("five nodes of Gauss and Legendre", damped),
    ("trapezoid rule over a period", periodic),
    ("arc length", arc_length),
    ("arithmetic-geometric mean", elliptic),
    ("continued fractions", |x| 2.0 * (0.5 + x[0] * x[0]).tanh() + (0.6 * x[1] + 0.2 * x[2]).atan()),
    ("Taylor series", taylor),
    ("Fourier series", fourier),
    ("Romberg's table", romberg),
    ("midpoint double integral", midpoint),
];
