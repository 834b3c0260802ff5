//! Colour spaces and grading, channel by channel, with matrices as rows.

fn sigmoid(v: f64) -> f64 {
    0.5 + 0.5 * (v / 2.0).tanh()
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn luma(c: [f64; 3]) -> f64 {
    dot(c, [0.2126, 0.7152, 0.0722])
}

fn to_linear(c: f64) -> f64 {
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

fn to_srgb(c: f64) -> f64 {
    if c < 0.0031308 { 12.92 * c } else { 1.055 * (c.ln() / 2.4).exp() - 0.055 }
}

fn hue_saturation_value(x: [f64; 3]) -> f64 {
    let c = x.map(sigmoid);
    let top = (0..3).max_by(|a, b| c[*a].total_cmp(&c[*b])).unwrap_or(0);
    let [value, next, last] = [c[top], c[(top + 1) % 3], c[(top + 2) % 3]];
    let range = value - next.min(last);
    let hue = (2.0 * top as f64 + (next - last) / range).rem_euclid(6.0) / 6.0;
    hue + 0.5 * range / value + 0.3 * value
}

fn from_hue(x: [f64; 3]) -> f64 {
    let (h, s, v) = (6.0 * (0.47 + 0.13 * x[0]), 0.6 + 0.2 * x[1], 0.5 + 0.2 * x[2]);
    let (low, f) = (v * (1.0 - s), h - h.floor());
    let (falling, rising) = (v * (1.0 - s * f), v * (1.0 - s * (1.0 - f)));
    let c = match h as i32 {
        0 => [v, rising, low],
        1 => [falling, v, low],
        2 => [low, v, rising],
        3 => [low, falling, v],
        4 => [rising, low, v],
        _ => [v, low, falling],
    };
    1.0 + c[0] + 0.5 * c[1] - 0.3 * c[2]
}

fn video(x: [f64; 3]) -> f64 {
    let c = x.map(sigmoid);
    let blue = dot(c, [-0.168736, -0.331264, 0.5]);
    let red = dot(c, [0.5, -0.418688, -0.081312]);
    dot(c, [0.299, 0.587, 0.114]) + blue.hypot(red)
}

fn lab(c: [f64; 3]) -> [f64; 3] {
    let curve = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { t * 841.0 / 108.0 + 4.0 / 29.0 };
    let x = curve(dot(c, [0.4124564, 0.3575761, 0.1804375]) / 0.95047);
    let y = curve(dot(c, [0.2126729, 0.7151522, 0.0721750]));
    let z = curve(dot(c, [0.0193339, 0.1191920, 0.9503041]) / 1.08883);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn lab_difference(x: [f64; 3]) -> f64 {
    let (a, b) = (lab(x.map(sigmoid)), lab([0.9, 0.02, 0.1]));
    ((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) + (a[2] - b[2]).powi(2)).sqrt()
}

fn oklab(x: [f64; 3]) -> f64 {
    let c = x.map(|v| to_linear(sigmoid(v)));
    let roots = [
        dot(c, [0.4122214708, 0.5363325363, 0.0514459929]).cbrt(),
        dot(c, [0.2119034982, 0.6806995451, 0.1073969566]).cbrt(),
        dot(c, [0.0883024619, 0.2817188376, 0.6299787005]).cbrt(),
    ];
    let a = dot(roots, [1.9779984951, -2.4285922050, 0.4505937099]);
    let b = dot(roots, [0.0259040371, 0.7827717662, -0.8086757660]);
    // chroma · cos(hue - 0.7) is the component of (a, b) in that direction
    let turned = a * 0.7f64.cos() + b * 0.7f64.sin();
    dot(roots, [0.2104542553, 0.7936177850, -0.0040720468]) + a.hypot(b) + 0.2 * turned
}

fn palette(x: [f64; 3]) -> f64 {
    let t = 0.3 * x[0] + 0.2 * x[1];
    let wave = |c: f64, d: f64| (std::f64::consts::TAU * (c * t + d)).cos();
    let r = 0.5 + 0.5 * wave(1.0, 0.0);
    let g = 0.5 + 0.4 * wave(0.7, 0.15);
    let b = 0.5 + 0.3 * wave(0.4, 0.2);
    let weight = sigmoid(x[2]);
    0.2 + r * r * weight + g * g * sigmoid(0.3) + b * b * (1.0 - weight)
}

fn grade(x: [f64; 3]) -> f64 {
    let c = x.map(|v| sigmoid(v) * 0.3f64.exp2() * 1.1);
    let grey = luma(c);
    let c = c.map(|v| 1.3 * v - 0.3 * grey);
    // a turn about the grey axis is a circulant matrix
    let (sin, cos) = 0.4f64.sin_cos();
    let (along, side) = ((1.0 - cos) / 3.0, sin / 3f64.sqrt());
    let turned = |i: usize| {
        let (a, b, d) = (c[i], c[(i + 1) % 3], c[(i + 2) % 3]);
        (cos + along) * a + (along - side) * b + (along + side) * d
    };
    turned(0).powf(0.9 / 2.2) + turned(1).powf(1.0 / 2.2) * turned(2).powf(1.2 / 2.2)
}

fn layers(x: [f64; 3]) -> f64 {
    let top = x.map(sigmoid);
    let base = [0.2 * top[2] + 0.05, 0.6 * top[1] + 0.05, 0.45 * top[0] + 0.05];
    let mut sum = 0.0;
    for (b, t) in base.into_iter().zip(top) {
        let lift = match (t <= 0.5, b <= 0.25) {
            (true, _) => b - b * b,
            (false, true) => 16.0 * b.powi(3) - 12.0 * b * b + 3.0 * b,
            (false, false) => b.sqrt() - b,
        };
        sum += b + (2.0 * t - 1.0) * lift;
    }
    let overlay = |b: f64, t: f64| if b > 0.5 { 2.0 * (b + t - b * t) - 1.0 } else { 2.0 * b * t };
    let screen = base[1] + top[1] - base[1] * top[1];
    sum + 0.5 * screen + luma(std::array::from_fn(|i| overlay(base[i], top[i])))
}

pub const FUNCTIONS: &[super::Function] = &[
    ("luminance of sRGB", |x| {
        let [r, g, b] = x.map(sigmoid);
        0.2126 * to_linear(r) + 1.4304 * to_linear(0.04 * g) + 0.0722 * to_linear(0.9 * b)
    }),
    ("linear to sRGB", |x| {
        let [r, g, b] = x.map(sigmoid);
        to_srgb(0.7 * r) + 2.0 * to_srgb(0.003 * g) + 0.5 * to_srgb(0.5 * b)
    }),
    ("hue, saturation, value", hue_saturation_value),
    ("from hue, saturation, value", from_hue),
    ("chroma of video", video),
    ("difference in Lab", lab_difference),
    ("Oklab", oklab),
    ("palette of cosines", palette),
    ("grading", grade),
    ("layers", layers),
];
