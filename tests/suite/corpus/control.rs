//! The control sheet in f64: what its programs come to.

fn nested(x: [f64; 3]) -> f64 {
    let pairs = [
        (2, 1),
        (3, 1),
        (3, 2),
        (4, 1),
        (4, 3),
        (5, 1),
        (5, 2),
        (5, 3),
        (5, 4),
        (6, 1),
        (6, 5),
    ];
    let term = |&(i, j): &(i32, i32)| {
        let (i, j) = (i as f64, j as f64);
        ((x[0] * i + x[1] * j) / 6.0).cos() * (-0.1 * x[2] * (i - j)).exp()
    };
    12.0 + pairs.iter().map(term).sum::<f64>()
}

fn program(x: [f64; 3]) -> f64 {
    let first = 0.5 * x[0] * x[0] + 1.0 + x[1];
    let grown = first.sin() * (1.5 + 0.2 * x[2]);
    let second = 1f64.hypot(grown) + x[1];
    2.0 * (0.5 * second * second + 1.0).atan() + 0.1 * x[2]
}

fn profile(t: f64) -> f64 {
    match t {
        t if t < -1.0 => 1.0 + t.exp() / 2.0,
        t if t < 0.0 => 1.5625 + 0.5 * t + t * t,
        t if t < 1.0 => 3.0 - 1.0 / (1.0 + t),
        t => 3.0 + t.ln(),
    }
}

fn sorted(x: [f64; 3]) -> f64 {
    let mut s = x;
    s.sort_by(f64::total_cmp);
    5.0 + s[0] + 2.0 * s[1] * s[1] + 0.5 * (0.5 * s[2]).exp()
}

/// The cubic by Cardano's formula, the other root by many steps of Newton's method for ln.
fn roots(x: [f64; 3]) -> f64 {
    let p = 1.5 + (0.5 * x[0]).exp();
    let q = 2.0 + x[1].sin();
    let s = (q * q / 4.0 + p * p * p / 27.0).sqrt();
    let u = (q / 2.0 + s).cbrt();
    let y = u - p / (3.0 * u);
    let goal = 3.0 + 0.5 * x[2];
    // w = exp(z): w + ln w = goal
    let mut w = 1.0;
    for _ in 0..60 {
        w *= (1.0 + goal - f64::ln(w)) / (1.0 + w);
    }
    2.0 * y + goal - w
}

fn state_machine(x: [f64; 3]) -> f64 {
    // four steps towards the goal, two of rest, four of decay
    let goal = 2.0 + 0.3 * x[0];
    let level = goal + (0.25 - goal) / (1.0 + x[1].exp()).powi(4);
    let keep = (-0.3 - 0.1 * x[2]).exp();
    level * (2.0 + 0.5 * keep * (1.0 - keep.powi(4)) / (1.0 - keep))
}

fn bodies(x: [f64; 3]) -> f64 {
    let mass = [1.0, 0.8, 1.2];
    // the coordinates of all, then the velocities of all
    let mut p = [[x[0], 0.0, -1.5], [0.0, 1.0 + x[1], -1.0]];
    let mut v = [[0.0, -0.4, 0.3], [0.5, 0.0, 0.1 * x[2]]];
    for _ in 0..6 {
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let d = [p[0][j] - p[0][i], p[1][j] - p[1][i]];
            let force = 0.1 * (d[0] * d[0] + d[1] * d[1] + 0.5).powf(-1.5);
            for c in 0..2 {
                v[c][i] += mass[j] * force * d[c];
                v[c][j] -= mass[i] * force * d[c];
            }
        }
        for c in 0..2 {
            for i in 0..3 {
                p[c][i] += 0.1 * v[c][i];
            }
        }
    }
    let square = |i: usize, q: &[[f64; 3]; 2]| q[0][i] * q[0][i] + q[1][i] * q[1][i];
    (0..3).map(|i| mass[i] * (square(i, &p) + 0.5 * square(i, &v))).sum()
}

fn statistics(x: [f64; 3]) -> f64 {
    let [a, b, c] = x;
    let values = [a, b, c, a * b + 0.5, b * c + 0.5, c * a + 0.5, 4.0];
    let mean = values.iter().sum::<f64>() / 7.0;
    mean + (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / 6.0).sqrt()
}

pub const FUNCTIONS: &[super::Function] = &[
    ("while with break", |x| {
        (1.0 + 0.5 * x[1] * x[1]) / (0.7 - 0.1 * x[0].tanh()) + 0.5 * x[2] + 2.0
    }),
    ("nested loops with continue", nested),
    ("switch in a loop", program),
    ("early returns", |x| profile(x[0]) * profile(x[1]) + profile(0.9 * x[2])),
    ("stack of a calculator", |x| (x[0] + 2.0) * x[1] / x[2].hypot(2.0) - x[0] * x[2] + 8.0),
    ("sorting network", sorted),
    ("Newton and bisection", roots),
    ("state machine", state_machine),
    ("three bodies", bodies),
    ("running statistics", statistics),
];
