//! Procedural noise from integer hashes: each interpolation is written out as a sum over corners.

fn scramble(seed: u32) -> u32 {
    let a = (seed ^ (seed >> 15)).wrapping_mul(0x2c1b_3c6d);
    let b = (a ^ (a >> 12)).wrapping_mul(0x297a_2d39);
    b ^ (b >> 15)
}

fn cell(i: i64, j: i64) -> u32 {
    scramble((i as u32).wrapping_add(0x9e37_79b9u32.wrapping_mul(scramble(j as u32 ^ 0x51ed_270b))))
}

fn unit(h: u32) -> f64 {
    f64::from(h >> 8) / 16_777_216.0
}

fn quintic(t: f64) -> f64 {
    6.0 * t.powi(5) - 15.0 * t.powi(4) + 10.0 * t.powi(3)
}

fn split(v: f64) -> (i64, f64) {
    (v.floor() as i64, v - v.floor())
}

fn weight(corner: i64, w: f64) -> f64 {
    if corner == 1 { w } else { 1.0 - w }
}

fn value3(p: [f64; 3]) -> f64 {
    let [(i, u), (j, v), (k, w)] = p.map(split);
    let mut sum = 0.0;
    for corner in 0..8 {
        let (a, b, c) = (corner & 1, corner >> 1 & 1, corner >> 2);
        let hash = scramble(cell(i + a, j + b).wrapping_add(0x85eb_ca6bu32.wrapping_mul((k + c) as u32)));
        sum += unit(hash) * weight(a, quintic(u)) * weight(b, quintic(v)) * weight(c, quintic(w));
    }
    sum
}

fn value2(x: f64, y: f64) -> f64 {
    let ((i, u), (j, v)) = (split(x), split(y));
    let mut sum = 0.0;
    for corner in 0..4 {
        let (a, b) = (corner & 1, corner >> 1);
        sum += unit(cell(i + a, j + b)) * weight(a, quintic(u)) * weight(b, quintic(v));
    }
    sum
}

fn gradient2(x: f64, y: f64) -> f64 {
    let ((i, u), (j, v)) = (split(x), split(y));
    let r = 0.5f64.sqrt();
    let slopes = [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (-r, -r), (r, r), (r, -r), (-r, r)];
    let mut sum = 0.0;
    for corner in 0..4 {
        let (a, b) = (corner & 1, corner >> 1);
        let (gx, gy) = slopes[cell(i + a, j + b) as usize % 8];
        let ramp = gx * (u - a as f64) + gy * (v - b as f64);
        sum += ramp * weight(a, quintic(u)) * weight(b, quintic(v));
    }
    sum
}

fn fbm(x: f64, y: f64, octaves: i32) -> f64 {
    let (mut x, mut y, mut sum) = (x, y, 0.0);
    for octave in 1..=octaves {
        sum += value2(x, y) / 2f64.powi(octave);
        (x, y) = ((0.8 * x - 0.6 * y) * 2.03 + 3.7, (0.6 * x + 0.8 * y) * 2.03 + 1.9);
    }
    sum
}

fn simplex2(x: f64, y: f64) -> f64 {
    let (f, g) = ((3f64.sqrt() - 1.0) / 2.0, (3.0 - 3f64.sqrt()) / 6.0);
    let s = (x + y) * f;
    let (i, j) = ((x + s).floor(), (y + s).floor());
    let lower = x - i > y - j;
    let middle = if lower { (1.0, 0.0) } else { (0.0, 1.0) };
    let mut sum = 0.0;
    for (a, b) in [(0.0, 0.0), middle, (1.0, 1.0)] {
        let back = (i + a + j + b) * g;
        let (dx, dy) = (x - (i + a - back), y - (j + b - back));
        let angle = std::f64::consts::TAU * unit(cell((i + a) as i64, (j + b) as i64));
        let t = 0.5 - dx * dx - dy * dy;
        if t > 0.0 {
            sum += 70.0 * t.powi(4) * (angle.cos() * dx + angle.sin() * dy);
        }
    }
    sum
}

fn features(x: f64, y: f64) -> [f64; 9] {
    let (i, j) = (x.floor() as i64, y.floor() as i64);
    std::array::from_fn(|n| {
        let (a, b) = (i + n as i64 / 3 - 1, j + n as i64 % 3 - 1);
        let hash = cell(a, b);
        let dx = a as f64 + unit(hash) - x;
        let dy = b as f64 + unit(scramble(hash.wrapping_add(1))) - y;
        dx.hypot(dy)
    })
}

fn ridged(x: f64, y: f64) -> f64 {
    let (mut sum, mut previous) = (0.0, 1.0);
    for octave in 0..3 {
        let zoom = 2.17f64.powi(octave);
        let ridge = (1.0 - gradient2(x * zoom, y * zoom).abs()).powi(2);
        sum += ridge * previous / 2f64.powi(octave + 1);
        previous = ridge;
    }
    sum
}

fn marble(x: [f64; 3]) -> f64 {
    let fold = |f: f64| gradient2(x[0] * f + 0.15, x[1] * f + 0.15).abs() / f;
    1.5 + (1.4 * x[2] + 2.0 * (fold(1.0) + fold(2.0) + fold(4.0))).sin()
}

fn plasma(x: [f64; 3]) -> f64 {
    let (a, b, t) = (3.0 * x[0], 3.0 * x[1], x[2]);
    let radius = ((a + 0.5 * (t / 3.0).sin()).powi(2) + (b + 0.5 * (t / 2.0).cos()).powi(2) + 1.0).sqrt();
    let v = (a + t).sin() + (0.5 * (b + t)).sin() + (0.5 * (a + b + t)).sin() + (radius + t).sin();
    (std::f64::consts::PI * v / 4.0).cos().powi(2) + 0.1 * v * v
}

pub const FUNCTIONS: &[super::Function] = &[
    ("value noise", |x| value3([1.9 * x[0], 1.9 * x[1], 1.9 * x[2]])),
    ("gradient noise", |x| 1.0 + gradient2(1.7 * x[0] + x[2], 2.3 * x[1] - 0.4 * x[2])),
    ("fractal sum", |x| fbm(x[0] + 0.3 * x[2], x[1] + 0.9, 4)),
    ("simplex noise", |x| 1.5 + simplex2(1.3 * x[0] + 0.21 * x[2], 1.3 * x[1] - 0.48 * x[2])),
    ("cellular noise", |x| {
        let sum: f64 = features(x[0] + x[2] * x[2] + 0.2, 1.4 * x[1]).iter().map(|d| (-9.0 * d).exp()).sum();
        1.0 - sum.ln() / 9.0
    }),
    ("ridged multifractal", |x| ridged(0.9 * x[0] + 0.3, x[1] - 0.25 * x[2])),
    ("domain warp", |x| {
        let (a, b) = (x[0], x[1] + 0.5 * x[2]);
        fbm(a + 1.1 * fbm(a, b, 2), b + 1.1 * fbm(a + 5.2, b + 1.3, 2), 3)
    }),
    ("marble turbulence", marble),
    ("plasma", plasma),
    ("smooth voronoi", |x| {
        let sum: f64 = features(2.1 * x[0], 1.8 * x[1] + x[2] + 0.3).iter().map(|d| d.powi(-8)).sum();
        sum.powf(-0.125)
    }),
];
