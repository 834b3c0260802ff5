//! The residuals of the problems, from the formulas, and the data that they read.

use super::dual::{Number, sum};

pub const BARD: [f64; 15] =
    [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];
pub const GAUSSIAN: [f64; 15] = [
    0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540, 0.0175,
    0.0044, 0.0009,
];
pub const MEYER: [f64; 16] = [
    34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0, 8261.0, 7030.0, 6005.0, 5147.0,
    4427.0, 3820.0, 3307.0, 2872.0,
];
pub const KOWALIK_OSBORNE_U: [f64; 11] =
    [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];
pub const KOWALIK_OSBORNE_Y: [f64; 11] =
    [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];
pub const OSBORNE_1: [f64; 33] = [
    0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628,
    0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420,
    0.414, 0.411, 0.406,
];
pub const OSBORNE_2: [f64; 65] = [
    1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616,
    0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495,
    0.500, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672,
    0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581,
    0.428, 0.292, 0.162, 0.098, 0.054,
];

// The twins: the residuals, whose squares are the terms. Counts named i and j start from 1, as in the paper.

pub fn rosenbrock<N: Number>(x: &[N]) -> Vec<N> {
    x.chunks(2).flat_map(|p| [(p[1] - p[0].powi(2)) * 10.0, -p[0] + 1.0]).collect()
}

pub fn freudenstein_roth<N: Number>(x: &[N]) -> Vec<N> {
    let y = x[1];
    let r = x[0] - y.powi(3) + y.powi(2) * 5.0 - y * 2.0 - 13.0;
    vec![r, x[0] + y.powi(3) + y.powi(2) - y * 14.0 - 29.0]
}

pub fn powell_badly_scaled<N: Number>(x: &[N]) -> Vec<N> {
    vec![x[0] * x[1] * 1e4 - 1.0, (-x[0]).exp() + (-x[1]).exp() - 1.0001]
}

pub fn brown_badly_scaled<N: Number>(x: &[N]) -> Vec<N> {
    vec![x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2.0]
}

pub fn beale<N: Number>(x: &[N]) -> Vec<N> {
    [1.5, 2.25, 2.625].iter().zip(1..).map(|(&y, i)| x[0] * x[1].powi(i) - x[0] + y).collect()
}

pub fn jennrich_sampson<N: Number>(x: &[N]) -> Vec<N> {
    (1..=10).map(f64::from).map(|i| -((x[0] * i).exp() + (x[1] * i).exp()) + 2.0 * (1.0 + i)).collect()
}

pub fn helical_valley<N: Number>(x: &[N]) -> Vec<N> {
    let radians = (x[1] / x[0]).atan() + if x[0].value() < 0.0 { std::f64::consts::PI } else { 0.0 };
    let radius = (x[0].powi(2) + x[1].powi(2)).sqrt();
    vec![x[2] * 10.0 - radians * (50.0 / std::f64::consts::PI), radius * 10.0 - 10.0, x[2]]
}

pub fn bard<N: Number>(x: &[N]) -> Vec<N> {
    let model = |i: f64| x[0] + (x[1] * (16.0 - i) + x[2] * i.min(16.0 - i)).powi(-1) * i;
    (1..=15).map(|i| model(f64::from(i))).zip(BARD).map(|(f, y)| f - y).collect()
}

pub fn gaussian<N: Number>(x: &[N]) -> Vec<N> {
    let t = (1..=15).map(|i| 4.0 - 0.5 * f64::from(i));
    t.zip(GAUSSIAN).map(|(t, y)| x[0] * (x[1] * (x[2] - t).powi(2) * -0.5).exp() - y).collect()
}

pub fn meyer<N: Number>(x: &[N]) -> Vec<N> {
    let t = (1..=16).map(|i| 45.0 + 5.0 * f64::from(i));
    t.zip(MEYER).map(|(t, y)| x[0] * (x[1] / (x[2] + t)).exp() - y).collect()
}

pub fn gulf<N: Number>(x: &[N]) -> Vec<N> {
    (1..=99)
        .map(|i| 0.01 * f64::from(i))
        .map(|t| {
            let y = 25.0 + (-50.0 * t.ln()).powf(2.0 / 3.0);
            (-(x[2] * (x[1] - y).abs().ln()).exp() / x[0]).exp() - t
        })
        .collect()
}

pub fn box_3d<N: Number>(x: &[N]) -> Vec<N> {
    let t = (1..=10).map(|i| -0.1 * f64::from(i));
    t.map(|t| (x[0] * t).exp() - (x[1] * t).exp() - x[2] * (t.exp() - (10.0 * t).exp())).collect()
}

/// Powell singular, of one quadruple or more.
pub fn powell_singular<N: Number>(x: &[N]) -> Vec<N> {
    let four = |p: &[N]| {
        let last = (p[0] - p[3]).powi(2) * 10f64.sqrt();
        [p[0] + p[1] * 10.0, (p[2] - p[3]) * 5f64.sqrt(), (p[1] - p[2] * 2.0).powi(2), last]
    };
    x.chunks(4).flat_map(four).collect()
}

pub fn wood<N: Number>(x: &[N]) -> Vec<N> {
    let mut r = rosenbrock(&x[..2]);
    r.extend([(x[3] - x[2] * x[2]) * 90f64.sqrt(), -x[2] + 1.0]);
    r.extend([(x[1] + x[3] - 2.0) * 10f64.sqrt(), (x[1] - x[3]) / 10f64.sqrt()]);
    r
}

pub fn kowalik_osborne<N: Number>(x: &[N]) -> Vec<N> {
    let model = |u: f64| x[0] * u * (x[1] + u) / ((x[2] + u) * u + x[3]);
    KOWALIK_OSBORNE_U.map(model).into_iter().zip(KOWALIK_OSBORNE_Y).map(|(f, y)| f - y).collect()
}

pub fn brown_dennis<N: Number>(x: &[N]) -> Vec<N> {
    let t = (1..=20).map(|i| 0.2 * f64::from(i));
    t.map(|t| (x[1] * t + x[0] - t.exp()).powi(2) + (x[3] * t.sin() + x[2] - t.cos()).powi(2)).collect()
}

pub fn osborne_1<N: Number>(x: &[N]) -> Vec<N> {
    let t = (0..33).map(|i| 10.0 * f64::from(i));
    t.zip(OSBORNE_1).map(|(t, y)| x[0] + x[1] / (x[3] * t).exp() + x[2] / (x[4] * t).exp() - y).collect()
}

pub fn biggs_exp6<N: Number>(x: &[N]) -> Vec<N> {
    let fall = |rate: N, t: f64| (rate * -t).exp();
    let model = |x: &[N], t| x[2] * fall(x[0], t) - x[3] * fall(x[1], t) + x[5] * fall(x[4], t);
    let truth = [1.0, 10.0, 1.0, 5.0, 4.0, 3.0].map(N::from);
    (1..=13).map(|i| 0.1 * f64::from(i)).map(|t| model(x, t) - model(&truth, t)).collect()
}

pub fn osborne_2<N: Number>(x: &[N]) -> Vec<N> {
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

pub fn watson<N: Number>(x: &[N]) -> Vec<N> {
    let residual = |t: f64| {
        let value = sum(x.iter().zip(0..).map(|(&c, k)| c * t.powi(k)));
        let slope = sum(x.iter().zip(0..).skip(1).map(|(&c, k)| c * f64::from(k) * t.powi(k - 1)));
        slope - value.powi(2) - 1.0
    };
    let mut r: Vec<N> = (1..=29).map(|i| residual(f64::from(i) / 29.0)).collect();
    r.extend([x[0], x[1] - x[0].powi(2) - 1.0]);
    r
}

pub fn extended_rosenbrock<N: Number>(x: &[N]) -> Vec<N> {
    rosenbrock(x)
}

pub fn extended_powell<N: Number>(x: &[N]) -> Vec<N> {
    powell_singular(x)
}

pub fn penalty_1<N: Number>(x: &[N]) -> Vec<N> {
    let constraint = sum(x.iter().map(|&v| v * v)) - 0.25;
    x.iter().map(|&v| (v - 1.0) * 1e-5f64.sqrt()).chain([constraint]).collect()
}

pub fn penalty_2<N: Number>(x: &[N]) -> Vec<N> {
    let scale = 1e-5f64.sqrt();
    let e: Vec<N> = x.iter().map(|&v| (v / 10.0).exp()).collect();
    let y = |i: usize| (0.1 * i as f64).exp() + (0.1 * (i as f64 - 1.0)).exp();
    let mut r = vec![x[0] - 0.2];
    r.extend(e.windows(2).zip(2..).map(|(pair, i)| (pair[0] + pair[1] - y(i)) * scale));
    r.extend(e[1..].iter().map(|&v| (v - (-0.1f64).exp()) * scale));
    r.push(sum(x.iter().rev().zip(1..).map(|(&v, k)| v.powi(2) * f64::from(k))) - 1.0);
    r
}

pub fn variably_dimensioned<N: Number>(x: &[N]) -> Vec<N> {
    let weighted = sum(x.iter().zip(1..).map(|(&v, j)| (v - 1.0) * f64::from(j)));
    x.iter().map(|&v| v - 1.0).chain([weighted, weighted.powi(2)]).collect()
}

pub fn trigonometric<N: Number>(x: &[N]) -> Vec<N> {
    let versines = sum(x.iter().map(|&v| -v.cos() + 1.0));
    x.iter().zip(1..).map(|(&v, i)| versines + (-v.cos() + 1.0) * f64::from(i) - v.sin()).collect()
}

pub fn brown_almost_linear<N: Number>(x: &[N]) -> Vec<N> {
    let total = sum(x.iter().map(|&v| v - 1.0)) - 1.0;
    let product = x.iter().fold(N::from(1.0), |a, &b| a * b);
    x[1..].iter().zip(x).map(|(_, &v)| v + total).chain([product - 1.0]).collect()
}

pub fn discrete_boundary<N: Number>(x: &[N]) -> Vec<N> {
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

pub fn discrete_integral<N: Number>(x: &[N]) -> Vec<N> {
    let h = 1.0 / (x.len() as f64 + 1.0);
    let t: Vec<f64> = (1..=x.len()).map(|i| i as f64 * h).collect();
    let kernel = |a: f64, b: f64| a.min(b) * (1.0 - a.max(b)) * h / 2.0;
    let cubes: Vec<N> = x.iter().zip(&t).map(|(&v, &t)| (v + t + 1.0).powi(3)).collect();
    let integral = |at: f64| sum(cubes.iter().zip(&t).map(|(&c, &t)| c * kernel(at, t)));
    x.iter().zip(&t).map(|(&v, &t)| v + integral(t)).collect()
}

pub fn broyden_tridiagonal<N: Number>(x: &[N]) -> Vec<N> {
    let mut r: Vec<N> = x.iter().map(|&v| v * 3.0 - v.powi(2) * 2.0 + 1.0).collect();
    for k in 1..x.len() {
        r[k] = r[k] - x[k - 1];
        r[k - 1] = r[k - 1] - x[k] * 2.0;
    }
    r
}

pub fn broyden_banded<N: Number>(x: &[N]) -> Vec<N> {
    let near = |i: i32, j: i32| j != i && j >= i - 5 && j <= i + 1;
    let band = |i| sum(x.iter().zip(1..).filter(|&(_, j)| near(i, j)).map(|(&v, _)| v + v.powi(2)));
    x.iter().zip(1..).map(|(&v, i)| v * 2.0 + v.powi(3) * 5.0 + 1.0 - band(i)).collect()
}

pub fn linear_full_rank<N: Number>(x: &[N]) -> Vec<N> {
    let rest = -sum(x.iter().copied()) * (2.0 / (2 * x.len()) as f64) - 1.0;
    x.iter().map(|&v| v + rest).chain(x.iter().map(|_| rest)).collect()
}

pub fn linear_rank_1<N: Number>(x: &[N]) -> Vec<N> {
    let weighted = sum(x.iter().zip(1..).map(|(&v, j)| v * f64::from(j)));
    (1..=2 * x.len()).map(|i| weighted * i as f64 - 1.0).collect()
}

pub fn linear_rank_1_zeros<N: Number>(x: &[N]) -> Vec<N> {
    let (n, m) = (x.len(), 2 * x.len());
    let weighted = sum((2..n).map(|j| x[j - 1] * j as f64));
    let mut r = vec![N::from(-1.0)];
    r.extend((2..m).map(|i| weighted * (i as f64 - 1.0) - 1.0));
    r.push(N::from(-1.0));
    r
}

pub fn chebyquad<N: Number>(x: &[N]) -> Vec<N> {
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
