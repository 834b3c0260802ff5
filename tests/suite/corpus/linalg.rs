//! Small linear algebra by closed forms: determinants, roots of the cubic, sums over all pairs.

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn det3(a: [f64; 3], b: [f64; 3], c: [f64; 3]) -> f64 {
    dot(a, cross(b, c))
}

fn det4(m: [[f64; 4]; 4]) -> f64 {
    let mut sum = 0.0;
    for column in 0..4 {
        let rest = |row: usize| std::array::from_fn(|j| m[row][if j < column { j } else { j + 1 }]);
        let sign = if column % 2 == 0 { 1.0 } else { -1.0 };
        sum += sign * m[0][column] * det3(rest(1), rest(2), rest(3));
    }
    sum
}

fn turned(v: [f64; 3], axis: [f64; 3], angle: f64) -> [f64; 3] {
    let square = dot(axis, axis);
    let (sin, cos) = angle.sin_cos();
    let side = cross(axis, v);
    let along = (1.0 - cos) * dot(axis, v) / square;
    std::array::from_fn(|i| cos * v[i] + sin * side[i] / square.sqrt() + along * axis[i])
}

fn tridiagonal(x: [f64; 3]) -> f64 {
    let (lower, upper) = (-1.0 + 0.2 * x[0], -0.8 + 0.1 * x[1]);
    let right = |i: usize| 1.0 + 0.5 * (i as f64 + x[2]).sin();
    // sweeps of Gauss and Seidel, which gain a digit or so each
    let mut u = [0.0; 8];
    for _ in 0..60 {
        for i in 1..7 {
            u[i] = (right(i - 1) - lower * u[i - 1] - upper * u[i + 1]) / (2.9 + 0.1 * i as f64);
        }
    }
    u[1] + 2.0 * u[3] - 0.5 * u[6]
}

fn slerp(x: [f64; 3]) -> f64 {
    let unit = |q: [f64; 4]| {
        let norm = q.iter().map(|v| v * v).sum::<f64>().sqrt();
        q.map(|v| v / norm)
    };
    let a = unit([0.2, 0.3 * x[0], -0.4, 1.0]);
    let b = unit([-0.6, 0.5, 0.4 * x[1], -0.3]);
    let cos: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
    // the part of b across a, and the angle between the lines of both
    let (sign, sin) = (cos.signum(), (1.0 - cos * cos).sqrt());
    let angle = (0.5 + 0.2 * x[2]) * sin.atan2(cos.abs());
    let q: [f64; 4] =
        std::array::from_fn(|i| angle.cos() * a[i] + angle.sin() * sign * (b[i] - cos * a[i]) / sin);
    1.0 + q[0] * q[0] + 2.0 * q[1] * q[1] + 3.0 * q[2] * q[2] + 4.0 * q[3] * q[3] + 0.3 * q[0]
}

fn inverse(x: [f64; 3]) -> f64 {
    let (a, b, c) = ([2.0, 0.3 * x[0], -0.4], [0.5, 1.7, 0.2 * x[1]], [0.3 * x[2], -0.6, 2.4]);
    // w · M⁻¹ v for w = (1, 2, -1) and v = (1, 2, -1), by Cramer's rule for the columns of M
    let (w, d) = ([1.0, 2.0, -1.0], det3(a, b, c));
    (det3(w, b, c) + 2.0 * det3(a, w, c) - det3(a, b, w)) / d + 0.1 * d
}

fn log_determinant(x: [f64; 3]) -> f64 {
    let (a, b, c) = (0.4 * x[0], 0.3 * x[1], 0.3 * x[2]);
    (15.0 + 2.0 * a * b * c - 3.0 * c * c - 2.5 * b * b - 2.0 * a * a).ln() + a * a / 3.0
}

fn eigenvalue(x: [f64; 3]) -> f64 {
    let (a, b, c) = (0.4 + 0.3 * x[0], 0.2 * x[1], 0.1 + 0.1 * x[2]);
    let mean = 2.0;
    let (p, q, r) = (3.0, -1.6, -1.4);
    let size = ((p * p + q * q + r * r + 2.0 * (a * a + b * b + c * c)) / 6.0).sqrt();
    let det = p * q * r + 2.0 * a * b * c - p * c * c - q * b * b - r * a * a;
    mean + 2.0 * size * ((det / (2.0 * size.powi(3))).acos() / 3.0).cos()
}

fn lengths(x: [f64; 3]) -> f64 {
    let (a, b, c) = ([1.5, x[0], 0.3], [0.4, 1.2, 0.5 * x[1]], [0.3 * x[2], -0.7, 1.8]);
    let plane = cross(a, b);
    let (line, area) = (dot(a, a).sqrt(), dot(plane, plane).sqrt());
    line + 2.0 * area / line + 3.0 * dot(plane, c).abs() / area
}

fn equations(x: [f64; 3]) -> f64 {
    let m = [
        [0.5, 2.0, 0.3 * x[0], -0.4],
        [3.0, 0.6, -0.2, 0.2 * x[1]],
        [0.1, -0.5, 0.4, 2.2],
        [0.2 * x[2], 0.3, 1.9, 0.7],
    ];
    let right = [1.0, 2.0, -0.5, 1.5];
    let mut sum = 3.0;
    for (column, weight) in [1.0, -0.7, 0.6, 0.4].into_iter().enumerate() {
        let mut replaced = m;
        for row in 0..4 {
            replaced[row][column] = right[row];
        }
        sum += weight * det4(replaced) / det4(m);
    }
    sum
}

fn spectrum(x: [f64; 3]) -> f64 {
    let power = |k: usize| {
        let (mut re, mut im) = (0.0, 0.0);
        for n in 0..8 {
            let t = n as f64 / 8.0;
            let (a, b) = ((-x[0] * t).exp(), 0.5 * x[1] * t + 0.3 * (4.0 * t * x[2]).sin());
            let (sin, cos) = (std::f64::consts::TAU * (k * n % 8) as f64 / 8.0).sin_cos();
            re += a * cos + b * sin;
            im += b * cos - a * sin;
        }
        re * re + im * im
    };
    let sum: f64 = (0..8).map(|k| power(k) / (k + 1) as f64).sum();
    0.1 * sum + power(3).sqrt()
}

pub const FUNCTIONS: &[super::Function] = &[
    ("tridiagonal system", tridiagonal),
    ("product of quaternions", |x| {
        let v = turned([1.0, -0.5, 0.7], [-0.2, 1.0, 0.4 * x[2]], -0.7);
        2.0 + dot(turned(v, [1.0, 0.3 * x[1], 0.5], 0.8 + 0.3 * x[0]), [1.0, 0.4, -0.3])
    }),
    ("slerp", slerp),
    ("Rodrigues' rotation", |x| {
        let v = turned([0.3, 1.0, 0.8], [0.5, 1.0 + 0.2 * x[0], -0.7], x[1] + 0.5 * x[2]);
        2.0 + dot(v, [1.0, 0.2, -0.5])
    }),
    ("inverse", inverse),
    ("logarithm of a determinant", log_determinant),
    ("largest eigenvalue", eigenvalue),
    ("Gram and Schmidt", lengths),
    ("four equations", equations),
    ("spectrum", spectrum),
];
