//! Signed distances of solids, by cases and closest points rather than by minima and maxima of vectors.

fn sphere(p: [f64; 3], c: [f64; 3], r: f64) -> f64 {
    ((p[0] - c[0]).powi(2) + (p[1] - c[1]).powi(2) + (p[2] - c[2]).powi(2)).sqrt() - r
}

fn boxed(p: [f64; 3], c: [f64; 3], half: [f64; 3], rounding: f64) -> f64 {
    let q: [f64; 3] = std::array::from_fn(|i| (p[i] - c[i]).abs() - half[i] + rounding);
    let outside: f64 = q.iter().filter(|d| **d > 0.0).map(|d| d * d).sum();
    let inside = q[0].max(q[1]).max(q[2]);
    (if outside > 0.0 { outside.sqrt() } else { inside }) - rounding
}

fn turned(a: f64, b: f64, angle: f64) -> (f64, f64) {
    let (s, c) = angle.sin_cos();
    (c * a + s * b, c * b - s * a)
}

fn join(a: f64, b: f64, k: f64) -> f64 {
    let gap = (k - (a - b).abs()).max(0.0);
    a.min(b) - gap * gap / (4.0 * k)
}

fn round_box(x: [f64; 3]) -> f64 {
    let (a, b) = turned(x[0], x[1], 0.5);
    let (b, c) = turned(b, x[2], -0.8);
    boxed([a, b, c], [0.0; 3], [0.25, 0.3, 0.2], 0.1)
}

fn torus(x: [f64; 3]) -> f64 {
    let height = (x[1] - x[2]) * 0.5f64.sqrt();
    let square = x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
    let ring = (square - height * height).sqrt();
    (square + 0.36 - 1.2 * ring).sqrt() - 0.15
}

fn capsule(x: [f64; 3]) -> f64 {
    let (from, to) = ([-0.9, -0.7, -0.2], [0.8, 0.2, 0.6]);
    let mut dots = [0.0; 3];
    for i in 0..3 {
        let (p, d) = (x[i] - from[i], to[i] - from[i]);
        dots = [dots[0] + p * p, dots[1] + p * d, dots[2] + d * d];
    }
    let [pp, pd, dd] = dots;
    let square = if pd <= 0.0 {
        pp
    } else if pd >= dd {
        pp - 2.0 * pd + dd
    } else {
        pp - pd * pd / dd
    };
    square.sqrt() - 0.12
}

fn cylinder(radial: f64, axial: f64, radius: f64, half: f64) -> f64 {
    let (u, v) = (radial - radius, axial.abs() - half);
    match (u > 0.0, v > 0.0) {
        (true, true) => u.hypot(v),
        (true, false) => u,
        (false, true) => v,
        (false, false) => u.max(v),
    }
}

fn cone(x: [f64; 3]) -> f64 {
    let side = (0.8 * x[0].hypot(x[2]) + 0.35 * (x[1] - 1.0)) / 0.8f64.hypot(0.35);
    let base = -0.4 - x[1];
    let blend = base + (3.0 * (side - base)).exp().ln_1p() / 3.0;
    (if side > 0.0 { side } else { 0.0 }) + blend + 1.0
}

fn ellipsoid(x: [f64; 3]) -> f64 {
    let (mut first, mut second) = (0.0, 0.0);
    for (p, r) in x.iter().zip([0.3, 0.45, 0.6]) {
        first += (p - 0.1).powi(2) / (r * r);
        second += (p - 0.1).powi(2) / (r * r * r * r);
    }
    (first - first.sqrt()) / second.sqrt()
}

fn twist(x: [f64; 3]) -> f64 {
    let (a, c) = turned(x[0], x[2], 1.3 * x[1]);
    0.7 * boxed([a, x[1], c], [0.0; 3], [0.2, 0.3, 0.1], 0.05)
}

fn repeated(x: [f64; 3]) -> f64 {
    let q = [(x[0], 1.1), (x[1], 0.9), (x[2], 1.4)].map(|(p, s)| p - s * (p / s + 0.5).floor());
    let mut d = sphere(q, [0.0; 3], 0.1) + 0.5;
    for (c, r) in [([0.6, 0.1, -0.4], 0.35), ([-0.5, 0.4, 0.3], 0.25), ([0.1, -0.7, 0.5], 0.3)] {
        d = -join(-d, sphere(x, c, r), 1.4);
    }
    d
}

fn octahedron(x: [f64; 3]) -> f64 {
    let mut p = [x[0].abs(), 0.9 * x[1].abs(), 1.1 * x[2].abs()];
    p.sort_by(f64::total_cmp);
    let [low, middle, high] = p;
    let all = (low + middle + high - 0.4) / 3.0;
    let two = (middle + high - 0.4) / 2.0;
    if low > all || all < 0.0 {
        all * 3f64.sqrt()
    } else if middle > two {
        (low * low + 2.0 * two * two).sqrt()
    } else {
        (low * low + middle * middle + (high - 0.4).powi(2)).sqrt()
    }
}

pub const FUNCTIONS: &[super::Function] = &[
    ("sphere melted into a box", |x| {
        join(sphere(x, [0.2, -0.3, 0.4], 0.45), boxed(x, [-0.1, 0.2, 0.0], [0.3, 0.2, 0.25], 0.0), 0.9)
    }),
    ("round box", round_box),
    ("torus", torus),
    ("capsule", capsule),
    ("cylinders", |x| {
        let [a, b, c] = [x[0] + 0.1, x[1], x[2] - 0.2];
        cylinder(b.hypot(c), a, 0.3, 0.2) + 0.2 * cylinder(a.hypot(c), b, 0.6, 0.9)
    }),
    ("cone", cone),
    ("ellipsoid", ellipsoid),
    ("twisted bar", twist),
    ("repeated and carved", repeated),
    ("octahedron", octahedron),
];
