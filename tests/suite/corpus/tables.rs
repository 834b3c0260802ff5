//! The tables sheet in f64: interpolation, splines and polynomials in other forms.

const TABLE: [f64; 8] = [0.5, 1.25, 2.75, 2.0, 3.5, 4.25, 3.0, 2.25];

fn place(c: f64) -> f64 {
    1.3 * c + 3.07
}

/// The sum of hat functions.
fn linear(t: f64) -> f64 {
    (0..8).map(|i| TABLE[i] * (1.0 - (t - i as f64).abs()).max(0.0)).sum()
}

fn terrain(p: f64, q: f64) -> f64 {
    let rows = [
        [1.0, 1.5, 2.0, 1.2, 0.8, 1.1, 1.9],
        [1.4, 1.6, 2.3, 1.7, 1.3, 0.9, 1.5],
        [2.1, 2.6, 3.2, 2.4, 1.8, 1.0, 1.2],
        [1.8, 2.2, 2.9, 3.3, 2.7, 1.6, 1.4],
        [1.3, 1.1, 1.9, 2.5, 3.1, 2.0, 1.7],
        [0.7, 0.9, 1.4, 1.8, 2.2, 2.8, 2.1],
        [1.2, 0.6, 1.0, 1.5, 1.6, 2.3, 2.9],
    ];
    let mut sum = 0.0;
    for (r, row) in rows.iter().enumerate() {
        for (c, h) in row.iter().enumerate() {
            let w = (1.0 - (p - c as f64).abs()).max(0.0);
            sum += h * w * (1.0 - (q - r as f64).abs()).max(0.0);
        }
    }
    sum
}

/// The value at t of the polynomial through some points, by Neville's scheme.
fn neville(at: &[f64], values: &[f64], t: f64) -> f64 {
    let mut p = values.to_vec();
    for m in 1..at.len() {
        for i in 0..at.len() - m {
            p[i] = ((t - at[i + m]) * p[i] + (at[i] - t) * p[i + 1]) / (at[i] - at[i + m]);
        }
    }
    p[0]
}

/// A blend of two parabolas.
fn catmull_rom(t: f64) -> f64 {
    let i = t.floor() as usize;
    let f = t.fract();
    let at = [-1.0, 0.0, 1.0, 2.0];
    let p = &TABLE[i - 1..i + 3];
    (1.0 - f) * neville(&at[..3], &p[..3], f) + f * neville(&at[1..], &p[1..], f)
}

/// By divided differences of double knots.
fn hermite(t: f64) -> f64 {
    let knots = [
        (-2.0, 1.0, 0.5),
        (-0.75, 2.5, 1.0),
        (0.25, 2.0, -0.5),
        (1.0, 1.25, 0.75),
        (2.5, 3.0, 0.25),
    ];
    let i = (0..3).take_while(|&i| t >= knots[i + 1].0).count();
    let ((a, fa, da), (b, fb, db)) = (knots[i], knots[i + 1]);
    let w = b - a;
    let chord = (fb - fa) / w;
    let second = (chord - da) / w;
    let third = (da + db - 2.0 * chord) / (w * w);
    fa + (t - a) * (da + (t - a) * (second + (t - b) * third))
}

fn lagrange(x: [f64; 3], t: f64) -> f64 {
    neville(&[-1.5, -0.6, 0.1, 1.0, 1.9], &[1.0, 2.0, 1.6, 2.4, x[1] + 2.5], t)
}

fn bezier(x: [f64; 3]) -> f64 {
    let t = 1.0 / (1.0 + (-x[0]).exp());
    let s = 1.0 - t;
    let bernstein = [s.powi(4), 4.0 * s.powi(3) * t, 6.0 * s * s * t * t, 4.0 * s * t.powi(3), t.powi(4)];
    let curve = |c: [f64; 5]| (0..5).map(|i| c[i] * bernstein[i]).sum::<f64>();
    let (a, b) = (curve([0.0, 1.0, 2.5, 3.0, 4.5]), curve([1.0, x[1], 2.0, -0.5, 1.5]));
    let c = curve([2.0, 0.5, -1.0, x[2], 1.0]);
    a * a + b * b + c * c + b
}

/// The sum of cubic bells.
fn b_spline(t: f64) -> f64 {
    let bell = |d: f64| {
        let near = 2.0 / 3.0 - d * d + d.powi(3) / 2.0;
        if d < 1.0 { near } else { (2.0 - d).max(0.0).powi(3) / 6.0 }
    };
    (0..8).map(|i| TABLE[i] * bell((t - i as f64).abs())).sum()
}

fn chebyshev(x: [f64; 3], t: f64) -> f64 {
    let c = [1.5, 0.75, -0.5, 0.2 * x[2], 0.3, -0.2, 0.1];
    (0..7).map(|n| c[n] * (n as f64 * t.acos()).cos()).sum()
}

fn polynomials(x: [f64; 3]) -> f64 {
    let c = [3.0, -0.5, 0.8, 0.4 * x[1], 0.3, 0.05];
    let value = |t: f64| (0..6).map(|i| c[i] * t.powi(i as i32)).sum::<f64>();
    let slope = |t: f64| (1..6).map(|i| i as f64 * c[i] * t.powi(i as i32 - 1)).sum::<f64>();
    let (t, u) = (x[0], 0.5 * x[2]);
    value(t) + 0.25 * slope(t) * value(u) + slope(u)
}

/// The pieces as rational Bezier curves.
fn rational_spline(x: [f64; 3], t: f64) -> f64 {
    let slope = 0.6 + 1.0 / (1.0 + (-x[2]).exp());
    let knots = [(-2.0, 0.5, 0.4), (-0.5, 1.5, slope), (0.9, 2.25, 0.7), (2.1, 5.0, 3.0)];
    let i = (0..2).take_while(|&i| t >= knots[i + 1].0).count();
    let ((a, fa, da), (b, fb, db)) = (knots[i], knots[i + 1]);
    let u = (t - a) / (b - a);
    let v = 1.0 - u;
    let weight = (da + db) * (b - a) / (fb - fa);
    let middle = (fa * db + fb * da) / (da + db);
    (fa * v * v + weight * middle * u * v + fb * u * u) / (v * v + weight * u * v + u * u)
}

pub const FUNCTIONS: &[super::Function] = &[
    ("linear interpolation", |x| linear(place(x[0])) * linear(place(x[1])) + linear(place(x[2])).sqrt()),
    ("bilinear interpolation", |x| {
        terrain(place(x[0]), place(x[1])) + 0.5 * terrain(place(x[2]), place(x[0]))
    }),
    ("Catmull-Rom spline", |x| {
        x.iter().map(|&c| catmull_rom(place(c)).powi(2)).sum::<f64>().sqrt()
    }),
    ("cubic Hermite spline", |x| hermite(x[0]) + hermite(x[1]) * hermite(x[2])),
    ("Lagrange interpolation", |x| lagrange(x, 0.9 * x[0]) + 0.5 * lagrange(x, x[2])),
    ("Bezier by de Casteljau", bezier),
    ("uniform B-spline", |x| {
        2.0 * b_spline(place(x[0])) / b_spline(place(x[1])) + b_spline(place(x[2]))
    }),
    ("Clenshaw sum", |x| 2.0 * chebyshev(x, 0.55 * x[0]) + chebyshev(x, 0.9 * x[1].sin())),
    ("Horner polynomials", polynomials),
    ("rational quadratic spline", |x| rational_spline(x, x[0]) + 0.5 * rational_spline(x, 0.8 * x[1])),
];
