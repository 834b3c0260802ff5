//! The test problems of Moré, Garbow and Hillstrom, "Testing Unconstrained Optimization Software", ACM TOMS
//! 7(1), 1981: the objectives in WGSL, and twins of them in Rust, written from the formulas on their own and
//! differentiated by dual numbers.

use std::ops::{Add, Div, Mul, Neg, Sub};

pub struct Problem {
    pub name: &'static str,
    pub source: &'static str,
    /// What `data(i)` reads.
    pub data: &'static [f64],
    /// How many terms `term(s)` has; none for an `objective()`.
    pub terms: Option<usize>,
    pub start: Vec<f64>,
    /// The objective at the start, to twelve digits.
    pub at_start: f64,
    /// A local minimiser and the objective there.
    pub minimum: Option<(Vec<f64>, f64)>,
    pub value: fn(&[f64]) -> f64,
    pub gradient: fn(&[f64]) -> Vec<f64>,
    /// The sum of the absolute values of the terms.
    pub magnitude: fn(&[f64]) -> f64,
}

impl Problem {
    fn reading(self, data: &'static [f64]) -> Self {
        Problem { data, ..self }
    }

    fn minimum(self, x: Vec<f64>, value: f64) -> Self {
        Problem { minimum: Some((x, value)), ..self }
    }
}

/// What the twins are written in: f64, or a dual number.
trait Number:
    Copy
    + From<f64>
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    fn value(self) -> f64;

    /// A function of this number, by its value and its derivative there.
    fn chain(self, value: f64, slope: f64) -> Self;

    fn exp(self) -> Self {
        let e = self.value().exp();
        self.chain(e, e)
    }

    fn ln(self) -> Self {
        self.chain(self.value().ln(), 1.0 / self.value())
    }

    fn sin(self) -> Self {
        self.chain(self.value().sin(), self.value().cos())
    }

    fn cos(self) -> Self {
        self.chain(self.value().cos(), -self.value().sin())
    }

    fn atan(self) -> Self {
        self.chain(self.value().atan(), 1.0 / (1.0 + self.value().powi(2)))
    }

    fn abs(self) -> Self {
        self.chain(self.value().abs(), self.value().signum())
    }

    fn sqrt(self) -> Self {
        let root = self.value().sqrt();
        self.chain(root, 0.5 / root)
    }

    fn powi(self, k: i32) -> Self {
        self.chain(self.value().powi(k), f64::from(k) * self.value().powi(k - 1))
    }
}

impl Number for f64 {
    fn value(self) -> f64 {
        self
    }

    fn chain(self, value: f64, _: f64) -> f64 {
        value
    }
}

/// A value and its derivative along one axis.
#[derive(Clone, Copy)]
struct Dual {
    value: f64,
    slope: f64,
}

impl From<f64> for Dual {
    fn from(value: f64) -> Dual {
        Dual { value, slope: 0.0 }
    }
}

impl Neg for Dual {
    type Output = Dual;

    fn neg(self) -> Dual {
        Dual { value: -self.value, slope: -self.slope }
    }
}

impl<T: Into<Dual>> Add<T> for Dual {
    type Output = Dual;

    fn add(self, other: T) -> Dual {
        let other = other.into();
        Dual { value: self.value + other.value, slope: self.slope + other.slope }
    }
}

impl<T: Into<Dual>> Sub<T> for Dual {
    type Output = Dual;

    fn sub(self, other: T) -> Dual {
        self + -other.into()
    }
}

impl<T: Into<Dual>> Mul<T> for Dual {
    type Output = Dual;

    fn mul(self, other: T) -> Dual {
        let other = other.into();
        Dual { value: self.value * other.value, slope: self.slope * other.value + self.value * other.slope }
    }
}

impl<T: Into<Dual>> Div<T> for Dual {
    type Output = Dual;

    fn div(self, other: T) -> Dual {
        let other = other.into();
        let value = self.value / other.value;
        Dual { value, slope: (self.slope - value * other.slope) / other.value }
    }
}

impl Number for Dual {
    fn value(self) -> f64 {
        self.value
    }

    fn chain(self, value: f64, slope: f64) -> Dual {
        Dual { value, slope: slope * self.slope }
    }
}

fn sum<N: Number>(items: impl IntoIterator<Item = N>) -> N {
    items.into_iter().fold(N::from(0.0), |a, b| a + b)
}

/// The gradient of a sum of squares, one axis at a time.
fn gradient(x: &[f64], residuals: fn(&[Dual]) -> Vec<Dual>) -> Vec<f64> {
    let mut point: Vec<Dual> = x.iter().map(|&v| Dual::from(v)).collect();
    (0..x.len())
        .map(|k| {
            point[k].slope = 1.0;
            let slope = sum(residuals(&point).into_iter().map(|r| r * r)).slope;
            point[k].slope = 0.0;
            slope
        })
        .collect()
}

const BARD: [f64; 15] =
    [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];
const GAUSSIAN: [f64; 15] = [
    0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540, 0.0175,
    0.0044, 0.0009,
];
const MEYER: [f64; 16] = [
    34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0, 8261.0, 7030.0, 6005.0, 5147.0,
    4427.0, 3820.0, 3307.0, 2872.0,
];
const KOWALIK_OSBORNE_U: [f64; 11] = [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];
const KOWALIK_OSBORNE_Y: [f64; 11] =
    [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];
const OSBORNE_1: [f64; 33] = [
    0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628,
    0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420,
    0.414, 0.411, 0.406,
];
const OSBORNE_2: [f64; 65] = [
    1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616,
    0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495,
    0.500, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672,
    0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581,
    0.428, 0.292, 0.162, 0.098, 0.054,
];

// The twins: the residuals, whose squares are the terms. Counts named i and j start from 1, as in the paper.

fn rosenbrock<N: Number>(x: &[N]) -> Vec<N> {
    x.chunks(2).flat_map(|p| [(p[1] - p[0].powi(2)) * 10.0, -p[0] + 1.0]).collect()
}

fn freudenstein_roth<N: Number>(x: &[N]) -> Vec<N> {
    let y = x[1];
    let r = x[0] - y.powi(3) + y.powi(2) * 5.0 - y * 2.0 - 13.0;
    vec![r, x[0] + y.powi(3) + y.powi(2) - y * 14.0 - 29.0]
}

fn powell_badly_scaled<N: Number>(x: &[N]) -> Vec<N> {
    vec![x[0] * x[1] * 1e4 - 1.0, (-x[0]).exp() + (-x[1]).exp() - 1.0001]
}

fn brown_badly_scaled<N: Number>(x: &[N]) -> Vec<N> {
    vec![x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2.0]
}

fn beale<N: Number>(x: &[N]) -> Vec<N> {
    [1.5, 2.25, 2.625].iter().zip(1..).map(|(&y, i)| x[0] * x[1].powi(i) - x[0] + y).collect()
}

fn jennrich_sampson<N: Number>(x: &[N]) -> Vec<N> {
    (1..=10).map(f64::from).map(|i| -((x[0] * i).exp() + (x[1] * i).exp()) + 2.0 * (1.0 + i)).collect()
}

fn helical_valley<N: Number>(x: &[N]) -> Vec<N> {
    let radians = (x[1] / x[0]).atan() + if x[0].value() < 0.0 { std::f64::consts::PI } else { 0.0 };
    let radius = (x[0].powi(2) + x[1].powi(2)).sqrt();
    vec![x[2] * 10.0 - radians * (50.0 / std::f64::consts::PI), radius * 10.0 - 10.0, x[2]]
}

fn bard<N: Number>(x: &[N]) -> Vec<N> {
    let model = |i: f64| x[0] + (x[1] * (16.0 - i) + x[2] * i.min(16.0 - i)).powi(-1) * i;
    (1..=15).map(|i| model(f64::from(i))).zip(BARD).map(|(f, y)| f - y).collect()
}

fn gaussian<N: Number>(x: &[N]) -> Vec<N> {
    let t = (1..=15).map(|i| 4.0 - 0.5 * f64::from(i));
    t.zip(GAUSSIAN).map(|(t, y)| x[0] * (x[1] * (x[2] - t).powi(2) * -0.5).exp() - y).collect()
}

fn meyer<N: Number>(x: &[N]) -> Vec<N> {
    let t = (1..=16).map(|i| 45.0 + 5.0 * f64::from(i));
    t.zip(MEYER).map(|(t, y)| x[0] * (x[1] / (x[2] + t)).exp() - y).collect()
}

fn gulf<N: Number>(x: &[N]) -> Vec<N> {
    (1..=99)
        .map(|i| 0.01 * f64::from(i))
        .map(|t| {
            let y = 25.0 + (-50.0 * t.ln()).powf(2.0 / 3.0);
            (-(x[2] * (x[1] - y).abs().ln()).exp() / x[0]).exp() - t
        })
        .collect()
}

fn box_3d<N: Number>(x: &[N]) -> Vec<N> {
    let t = (1..=10).map(|i| -0.1 * f64::from(i));
    t.map(|t| (x[0] * t).exp() - (x[1] * t).exp() - x[2] * (t.exp() - (10.0 * t).exp())).collect()
}

/// Powell singular, of one quadruple or more.
fn powell_singular<N: Number>(x: &[N]) -> Vec<N> {
    let four = |p: &[N]| {
        let last = (p[0] - p[3]).powi(2) * 10f64.sqrt();
        [p[0] + p[1] * 10.0, (p[2] - p[3]) * 5f64.sqrt(), (p[1] - p[2] * 2.0).powi(2), last]
    };
    x.chunks(4).flat_map(four).collect()
}

fn wood<N: Number>(x: &[N]) -> Vec<N> {
    let mut r = rosenbrock(&x[..2]);
    r.extend([(x[3] - x[2] * x[2]) * 90f64.sqrt(), -x[2] + 1.0]);
    r.extend([(x[1] + x[3] - 2.0) * 10f64.sqrt(), (x[1] - x[3]) / 10f64.sqrt()]);
    r
}

fn kowalik_osborne<N: Number>(x: &[N]) -> Vec<N> {
    let model = |u: f64| x[0] * u * (x[1] + u) / ((x[2] + u) * u + x[3]);
    KOWALIK_OSBORNE_U.map(model).into_iter().zip(KOWALIK_OSBORNE_Y).map(|(f, y)| f - y).collect()
}

fn brown_dennis<N: Number>(x: &[N]) -> Vec<N> {
    let t = (1..=20).map(|i| 0.2 * f64::from(i));
    t.map(|t| (x[1] * t + x[0] - t.exp()).powi(2) + (x[3] * t.sin() + x[2] - t.cos()).powi(2)).collect()
}

fn osborne_1<N: Number>(x: &[N]) -> Vec<N> {
    let t = (0..33).map(|i| 10.0 * f64::from(i));
    t.zip(OSBORNE_1).map(|(t, y)| x[0] + x[1] / (x[3] * t).exp() + x[2] / (x[4] * t).exp() - y).collect()
}

fn biggs_exp6<N: Number>(x: &[N]) -> Vec<N> {
    let fall = |rate: N, t: f64| (rate * -t).exp();
    let model = |x: &[N], t| x[2] * fall(x[0], t) - x[3] * fall(x[1], t) + x[5] * fall(x[4], t);
    let truth = [1.0, 10.0, 1.0, 5.0, 4.0, 3.0].map(N::from);
    (1..=13).map(|i| 0.1 * f64::from(i)).map(|t| model(x, t) - model(&truth, t)).collect()
}

fn osborne_2<N: Number>(x: &[N]) -> Vec<N> {
    let bump = |t: f64, height: N, width: N, place: N| height * (-width * (place - t).powi(2)).exp();
    (0..65)
        .map(|i| 0.1 * f64::from(i))
        .zip(OSBORNE_2)
        .map(|(t, y)| {
            let bumps = bump(t, x[1], x[5], x[8]) + bump(t, x[2], x[6], x[9]) + bump(t, x[3], x[7], x[10]);
            x[0] / (x[4] * t).exp() + bumps - y
        })
        .collect()
}

fn watson<N: Number>(x: &[N]) -> Vec<N> {
    let residual = |t: f64| {
        let value = sum(x.iter().zip(0..).map(|(&c, k)| c * t.powi(k)));
        let slope = sum(x.iter().zip(0..).skip(1).map(|(&c, k)| c * f64::from(k) * t.powi(k - 1)));
        slope - value.powi(2) - 1.0
    };
    let mut r: Vec<N> = (1..=29).map(|i| residual(f64::from(i) / 29.0)).collect();
    r.extend([x[0], x[1] - x[0].powi(2) - 1.0]);
    r
}

fn extended_rosenbrock<N: Number>(x: &[N]) -> Vec<N> {
    rosenbrock(x)
}

fn extended_powell<N: Number>(x: &[N]) -> Vec<N> {
    powell_singular(x)
}

fn penalty_1<N: Number>(x: &[N]) -> Vec<N> {
    let constraint = sum(x.iter().map(|&v| v * v)) - 0.25;
    x.iter().map(|&v| (v - 1.0) * 1e-5f64.sqrt()).chain([constraint]).collect()
}

fn penalty_2<N: Number>(x: &[N]) -> Vec<N> {
    let scale = 1e-5f64.sqrt();
    let e: Vec<N> = x.iter().map(|&v| (v / 10.0).exp()).collect();
    let y = |i: usize| (0.1 * i as f64).exp() + (0.1 * (i as f64 - 1.0)).exp();
    let mut r = vec![x[0] - 0.2];
    r.extend(e.windows(2).zip(2..).map(|(pair, i)| (pair[0] + pair[1] - y(i)) * scale));
    r.extend(e[1..].iter().map(|&v| (v - (-0.1f64).exp()) * scale));
    r.push(sum(x.iter().rev().zip(1..).map(|(&v, k)| v.powi(2) * f64::from(k))) - 1.0);
    r
}

fn variably_dimensioned<N: Number>(x: &[N]) -> Vec<N> {
    let weighted = sum(x.iter().zip(1..).map(|(&v, j)| (v - 1.0) * f64::from(j)));
    x.iter().map(|&v| v - 1.0).chain([weighted, weighted.powi(2)]).collect()
}

fn trigonometric<N: Number>(x: &[N]) -> Vec<N> {
    let versines = sum(x.iter().map(|&v| -v.cos() + 1.0));
    x.iter().zip(1..).map(|(&v, i)| versines + (-v.cos() + 1.0) * f64::from(i) - v.sin()).collect()
}

fn brown_almost_linear<N: Number>(x: &[N]) -> Vec<N> {
    let total = sum(x.iter().map(|&v| v - 1.0)) - 1.0;
    let product = x.iter().fold(N::from(1.0), |a, &b| a * b);
    x[1..].iter().zip(x).map(|(_, &v)| v + total).chain([product - 1.0]).collect()
}

fn discrete_boundary<N: Number>(x: &[N]) -> Vec<N> {
    let h = 1.0 / (x.len() as f64 + 1.0);
    let mut padded = vec![N::from(0.0)];
    padded.extend(x);
    padded.push(N::from(0.0));
    let bend = padded.windows(3).map(|w| -w[0] + w[1] * 2.0 - w[2]);
    bend.zip(x)
        .zip(1..)
        .map(|((d, &v), i)| d + (v + h * f64::from(i) + 1.0).powi(3) * (h * h / 2.0))
        .collect()
}

fn discrete_integral<N: Number>(x: &[N]) -> Vec<N> {
    let h = 1.0 / (x.len() as f64 + 1.0);
    let t: Vec<f64> = (1..=x.len()).map(|i| i as f64 * h).collect();
    let kernel = |a: f64, b: f64| a.min(b) * (1.0 - a.max(b)) * h / 2.0;
    let cubes: Vec<N> = x.iter().zip(&t).map(|(&v, &t)| (v + t + 1.0).powi(3)).collect();
    let integral = |at: f64| sum(cubes.iter().zip(&t).map(|(&c, &t)| c * kernel(at, t)));
    x.iter().zip(&t).map(|(&v, &t)| v + integral(t)).collect()
}

fn broyden_tridiagonal<N: Number>(x: &[N]) -> Vec<N> {
    let mut r: Vec<N> = x.iter().map(|&v| v * 3.0 - v.powi(2) * 2.0 + 1.0).collect();
    for k in 1..x.len() {
        r[k] = r[k] - x[k - 1];
        r[k - 1] = r[k - 1] - x[k] * 2.0;
    }
    r
}

fn broyden_banded<N: Number>(x: &[N]) -> Vec<N> {
    let near = |i: i32, j: i32| j != i && j >= i - 5 && j <= i + 1;
    let band = |i| sum(x.iter().zip(1..).filter(|&(_, j)| near(i, j)).map(|(&v, _)| v + v.powi(2)));
    x.iter().zip(1..).map(|(&v, i)| v * 2.0 + v.powi(3) * 5.0 + 1.0 - band(i)).collect()
}

fn linear_full_rank<N: Number>(x: &[N]) -> Vec<N> {
    let rest = -sum(x.iter().copied()) * (2.0 / (2 * x.len()) as f64) - 1.0;
    x.iter().map(|&v| v + rest).chain(x.iter().map(|_| rest)).collect()
}

fn linear_rank_1<N: Number>(x: &[N]) -> Vec<N> {
    let weighted = sum(x.iter().zip(1..).map(|(&v, j)| v * f64::from(j)));
    (1..=2 * x.len()).map(|i| weighted * i as f64 - 1.0).collect()
}

fn linear_rank_1_zeros<N: Number>(x: &[N]) -> Vec<N> {
    let (n, m) = (x.len(), 2 * x.len());
    let weighted = sum((2..n).map(|j| x[j - 1] * j as f64));
    let mut r = vec![N::from(-1.0)];
    r.extend((2..m).map(|i| weighted * (i as f64 - 1.0) - 1.0));
    r.push(N::from(-1.0));
    r
}

fn chebyquad<N: Number>(x: &[N]) -> Vec<N> {
    // Rows of shifted polynomials, T_0 first.
    let arguments: Vec<N> = x.iter().map(|&v| v * 2.0 - 1.0).collect();
    let mut rows = vec![vec![N::from(1.0); x.len()], arguments.clone()];
    for i in 2..=x.len() {
        let next = |k: usize| arguments[k] * rows[i - 1][k] * 2.0 - rows[i - 2][k];
        rows.push((0..x.len()).map(next).collect());
    }
    let integral = |i: i32| if i % 2 == 1 { 0.0 } else { 1.0 / f64::from((1 - i) * (1 + i)) };
    rows[1..]
        .iter()
        .zip(1..)
        .map(|(row, i)| sum(row.iter().copied()) / x.len() as f64 - integral(i))
        .collect()
}

fn terms<N: Number>(residuals: Vec<N>) -> impl Iterator<Item = N> {
    residuals.into_iter().map(|r| r * r)
}

macro_rules! problem {
    ($twin:ident, $terms:expr, $start:expr, $at_start:expr) => {
        Problem {
            name: stringify!($twin),
            source: include_str!(concat!("../../examples/problems/", stringify!($twin), ".wgsl")),
            data: &[],
            terms: $terms,
            start: $start,
            at_start: $at_start,
            minimum: None,
            value: |x| terms($twin(x)).sum(),
            gradient: |x| gradient(x, $twin),
            magnitude: |x| terms($twin(x)).map(f64::abs).sum(),
        }
    };
}

/// v(1), ..., v(n).
fn grid(n: u32, v: fn(f64) -> f64) -> Vec<f64> {
    (1..=n).map(|j| v(f64::from(j))).collect()
}

/// Where no closed form is known, the minimiser was refined by Newton's method on the twin; it and the values
/// agree with the published digits. Skipped by rustfmt, which would write one number a line.
#[rustfmt::skip]
pub fn all() -> Vec<Problem> {
    vec![
        problem!(rosenbrock, Some(2), vec![-1.2, 1.0], 24.2).minimum(vec![1.0, 1.0], 0.0),
        problem!(freudenstein_roth, Some(2), vec![0.5, -2.0], 400.5).minimum(vec![5.0, 4.0], 0.0),
        problem!(powell_badly_scaled, Some(2), vec![0.0, 1.0], 1.13526171735)
            .minimum(vec![1.0981593296997674e-5, 9.10614673986694], 0.0),
        problem!(brown_badly_scaled, Some(3), vec![1.0, 1.0], 9.99998000003e11).minimum(vec![1e6, 2e-6], 0.0),
        problem!(beale, Some(3), vec![1.0, 1.0], 14.203125).minimum(vec![3.0, 0.5], 0.0),
        problem!(jennrich_sampson, Some(10), vec![0.3, 0.4], 4171.30616196)
            .minimum(vec![0.2578252136703641; 2], 124.362182356),
        problem!(helical_valley, Some(3), vec![-1.0, 0.0, 0.0], 2500.0).minimum(vec![1.0, 0.0, 0.0], 0.0),
        problem!(bard, Some(15), vec![1.0; 3], 41.6816958617).reading(&BARD)
            .minimum(vec![0.08241055974978895, 1.1330360920297216, 2.343695178642537], 8.21487730658e-3),
        problem!(gaussian, Some(15), vec![0.4, 1.0, 0.0], 3.88810699117e-6)
            .minimum(vec![0.39895613783869094, 1.0000190844896193, 0.0], 1.12793276962e-8),
        problem!(meyer, Some(16), vec![0.02, 4000.0, 250.0], 1.69360780944e9)
            .minimum(vec![5.609636471025715e-3, 6181.34634628672, 345.22363462414825], 87.9458551705),
        problem!(gulf, Some(99), vec![5.0, 2.5, 0.15], 12.1107058256).minimum(vec![50.0, 25.0, 1.5], 0.0),
        problem!(box_3d, Some(10), vec![0.0, 10.0, 20.0], 1031.15381061).minimum(vec![1.0, 10.0, 1.0], 0.0),
        problem!(powell_singular, Some(4), vec![3.0, -1.0, 0.0, 1.0], 215.0).minimum(vec![0.0; 4], 0.0),
        problem!(wood, Some(6), vec![-3.0, -1.0, -3.0, -1.0], 19192.0).minimum(vec![1.0; 4], 0.0),
        problem!(kowalik_osborne, Some(11), vec![0.25, 0.39, 0.415, 0.39], 5.31317227211e-3)
            .minimum(vec![0.19280693457903791, 0.19128232873436657, 0.12305650692632086,
                0.13606233068379464], 3.07505603849e-4),
        problem!(brown_dennis, Some(20), vec![25.0, 5.0, -5.0, -1.0], 7926693.337)
            .minimum(vec![-11.594439904762163, 13.203630051207202, -0.40343948817685965,
                0.2367787744557363], 85822.2016264),
        problem!(osborne_1, Some(33), vec![0.5, 1.5, -1.0, 0.01, 0.02], 0.879026293545)
            .minimum(vec![0.37541005210691314, 1.9358469127078122, -1.4646871366088383,
                0.012867534640048054, 0.022122699661691038], 5.46489469748e-5),
        problem!(biggs_exp6, Some(13), vec![1.0, 2.0, 1.0, 1.0, 1.0, 1.0], 0.779070075656)
            .minimum(vec![1.0, 10.0, 1.0, 5.0, 4.0, 3.0], 0.0),
        problem!(osborne_2, Some(65), vec![1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5],
            2.09341951421).reading(&OSBORNE_2)
            .minimum(vec![1.3099771546273007, 0.43155379460298904, 0.6336616989607241, 0.5994305347859162,
                0.7541832263280115, 0.9042885798596334, 1.365811835237028, 4.823698817227156,
                2.3986848661317546, 4.568874597667672, 5.6753414705806415], 0.0401377362935),
        problem!(watson, Some(31), vec![0.0; 6], 30.0)
            .minimum(vec![-0.01572508640145848, 1.0124348693691096, -0.2329916259567358, 1.2604300877996037,
                -1.5137289227222757, 0.9929964324311331], 2.28767005355e-3),
        problem!(extended_rosenbrock, Some(10), [-1.2, 1.0].repeat(5), 121.0).minimum(vec![1.0; 10], 0.0),
        problem!(extended_powell, Some(12), [3.0, -1.0, 0.0, 1.0].repeat(3), 645.0)
            .minimum(vec![0.0; 12], 0.0),
        problem!(penalty_1, Some(11), grid(10, |j| j), 148032.56535)
            .minimum(vec![0.15812230111311634; 10], 7.08765146709e-5),
        problem!(penalty_2, Some(20), vec![0.5; 10], 162.652776566)
            .minimum(vec![0.19998360519782363, 0.010350648471292306, 0.019604934480438412,
                0.03208906722068565, 0.0499326773996413, 0.07651399515399364, 0.11862407286950423,
                0.19214487233557676, 0.3473205869418436, 0.3691643741593509], 2.93660537457e-4),
        problem!(variably_dimensioned, None, grid(10, |j| 1.0 - j / 10.0), 2198551.1625)
            .minimum(vec![1.0; 10], 0.0),
        problem!(trigonometric, None, vec![0.1; 10], 7.07575946622e-3)
            .minimum(vec![0.05515090398069142, 0.0568406167947387, 0.0587640017626951, 0.06099060865676101,
                0.06362621369585442, 0.06684317945275878, 0.20816151856988047, 0.16436309588564907,
                0.0850068956885075, 0.09143145071470786], 2.79505612188e-5),
        problem!(brown_almost_linear, None, vec![0.5; 10], 273.248047829).minimum(vec![1.0; 10], 0.0),
        problem!(discrete_boundary, Some(10), grid(10, |j| j / 11.0 * (j / 11.0 - 1.0)), 7.88519101265e-4)
            .minimum(vec![-0.04316498251876488, -0.08157715653538691, -0.11448571438052932,
                -0.14097357686259673, -0.15990869618198317, -0.16987720231277495, -0.16908998378120838,
                -0.15524953522183185, -0.12535589167893502, -0.0754165336858921], 0.0),
        problem!(discrete_integral, Some(10), grid(10, |j| j / 11.0 * (j / 11.0 - 1.0)), 0.0634168415795)
            .minimum(vec![-0.04316498251876487, -0.08157715653538689, -0.11448571438052926,
                -0.14097357686259668, -0.15990869618198314, -0.1698772023127749, -0.16908998378120835,
                -0.1552495352218318, -0.12535589167893496, -0.07541653368589202], 0.0),
        problem!(broyden_tridiagonal, Some(10), vec![-1.0; 10], 21.0)
            .minimum(vec![-0.5707221320112248, -0.6818069499842752, -0.7022100760176601,
                -0.7055106298950804, -0.7049061557287436, -0.7014966070298511, -0.6918893223547983,
                -0.6657965144058537, -0.5960351090263657, -0.4164122575286934], 0.0),
        problem!(broyden_banded, Some(10), vec![-1.0; 10], 360.0)
            .minimum(vec![-0.4283028635872503, -0.47659642435629024, -0.5196524636468617,
                -0.5580993248321809, -0.5925061568294573, -0.624503682199468, -0.6232394714405911,
                -0.6213938417965735, -0.6204535966590874, -0.5864692707204351], 0.0),
        problem!(linear_full_rank, Some(20), vec![1.0; 10], 50.0).minimum(vec![-1.0; 10], 10.0),
        problem!(linear_rank_1, Some(20), vec![1.0; 10], 8658670.0)
            .minimum(grid(10, |j| 3.0 / 41.0 / (10.0 * j)), 380.0 / 82.0),
        problem!(linear_rank_1_zeros, Some(20), vec![1.0; 10], 4067996.0)
            .minimum(grid(10, |j| 3.0 / 37.0 / (8.0 * j)), 454.0 / 74.0),
        problem!(chebyquad, Some(8), grid(8, |j| j / 9.0), 0.0386176982859)
            .minimum(vec![0.04315276015101666, 0.19309084038418617, 0.26632870689027294, 0.5, 0.5,
                0.7336712931097271, 0.8069091596158139, 0.9568472398489833], 3.51687372568e-3),
    ]
}
