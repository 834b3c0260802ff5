//! How surfaces answer to light, from the cosines between directions that are never made unit vectors.

const PI: f64 = std::f64::consts::PI;
const LN_2: f64 = std::f64::consts::LN_2;

struct Cosines {
    nl: f64,
    nv: f64,
    nh: f64,
    vh: f64,
    lv: f64,
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cosine(a: [f64; 3], b: [f64; 3]) -> f64 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

fn normal(x: [f64; 3]) -> [f64; 3] {
    [0.2 * x[2], 0.1 * x[0], 1.0]
}

fn cosines(x: [f64; 3]) -> Cosines {
    let (n, v, l) = (normal(x), [x[0], x[1], 2.5], [0.6 - x[1], 0.8, 1.5 + 0.3 * x[2]]);
    let (nl, nv, lv) = (cosine(n, l), cosine(n, v), cosine(l, v));
    // the half vector v + l of unit vectors has the squared length 2 + 2 lv
    let vh = ((1.0 + lv) / 2.0).sqrt();
    Cosines { nl, nv, nh: (nl + nv) / (2.0 * vh), vh, lv }
}

fn luma(c: [f64; 3]) -> f64 {
    dot(c, [0.2126, 0.7152, 0.0722])
}

fn lambert(x: [f64; 3]) -> f64 {
    let n = normal(x);
    let offset = [1.2 - x[0], 0.4 - x[1], 3.0];
    let up = 0.5 + 0.5 * n[1] / dot(n, n).sqrt();
    let lamp = 10.0 * cosine(n, offset) / (PI * (1.0 + dot(offset, offset)));
    luma([0.3 + 0.2 * up + lamp, 0.25 + 0.45 * up + 0.9 * lamp, 0.2 + 0.8 * up + 0.7 * lamp])
}

fn phong(x: [f64; 3]) -> f64 {
    let c = cosines(x);
    0.1 + 0.6 * c.nl + 0.8 * (2.0 * c.nl * c.nv - c.lv).powi(12)
}

fn blinn(x: [f64; 3]) -> f64 {
    let c = cosines(x);
    let power = 16.0 * (x[2] / 2.0).exp2();
    (power / 8.0 + 1.0) * c.nh.powf(power) * c.nl / PI
}

fn microfacets(x: [f64; 3]) -> f64 {
    let c = cosines(x);
    let a2 = (0.55 + 0.1 * x[0]).powi(4);
    // in tangents: D = a² / (π cos⁴ (a² + tan²)²), and G1 = 2 / (1 + sqrt(1 + a² tan²))
    let tan2 = |c: f64| 1.0 / (c * c) - 1.0;
    let d = a2 / (PI * c.nh.powi(4) * (a2 + tan2(c.nh)).powi(2));
    let g1 = |c: f64| 2.0 / (1.0 + (1.0 + a2 * tan2(c)).sqrt());
    let albedo = [0.9, 0.5, 0.2];
    luma(albedo.map(|a| {
        let f0 = 0.028 + 0.3 * a;
        let f = f0 + (1.0 - f0) * (1.0 - c.vh).powi(5);
        0.7 * (1.0 - f) * a / PI * c.nl + d * g1(c.nv) * g1(c.nl) * f / (4.0 * c.nv)
    }))
}

fn glass(x: [f64; 3]) -> f64 {
    let (c, eta) = (cosines(x).nv, 1.5 + 0.1 * x[2]);
    // both polarizations, with the refracted cosine of Snell's law
    let t = (1.0 - (1.0 - c * c) / (eta * eta)).sqrt();
    let (s, p) = ((c - eta * t) / (c + eta * t), (eta * c - t) / (eta * c + t));
    let f0 = ((eta - 1.0) / (eta + 1.0)).powi(2);
    5.0 * (s * s + p * p) + 1.0 - (1.0 - f0) * (1.0 - (1.0 - c).powi(5))
}

fn rough_diffuse(x: [f64; 3]) -> f64 {
    let c = cosines(x);
    let sigma2 = (0.5 + 0.1 * x[0]).powi(2);
    let (light, view) = (c.nl.acos(), c.nv.acos());
    let azimuth = (c.lv - c.nl * c.nv) / (light.sin() * view.sin());
    let (alpha, beta) = (light.max(view), light.min(view));
    let a = (0.5 * sigma2 + 0.33) / (sigma2 + 0.33);
    let b = 0.45 * sigma2 / (sigma2 + 0.09);
    let spread = if azimuth > 0.0 { alpha.sin() * beta.tan() } else { light.sin() * view.sin() };
    c.nl * (a + b * azimuth * spread)
}

fn rim(x: [f64; 3]) -> f64 {
    let c = cosines(x);
    let excess = (1.0 + c.lv) * (0.6 + 0.2 * x[1].sin()) - 0.5;
    let lobe = |c: f64| 1.0 + excess * (1.0 - c).powi(5);
    (lobe(c.nl) * lobe(c.nv) / PI + 0.5 * (1.0 - c.vh).powi(5)) * c.nl
}

fn grooves(x: [f64; 3]) -> f64 {
    let c = cosines(x);
    let m2 = (0.4 + 0.05 * x[2]).powi(2);
    let g = (2.0 * c.nh * c.nv.min(c.nl) / c.vh).min(1.0);
    let d = ((1.0 - 1.0 / (c.nh * c.nh)) / m2).exp() / (PI * m2 * c.nh.powi(4));
    g * d / (PI * c.nv) + 0.4 * c.nh * c.nl / c.vh
}

fn tones(x: [f64; 3]) -> f64 {
    let hdr = [0.4 + x[0] * x[0], 0.3 + x[1] * x[1], x[2].exp() / 2.0];
    let l = luma(hdr);
    let mapped = hdr.map(|c| c * (16.0 + l) / (16.0 * (1.0 + l)));
    let curve = mapped.map(|c| ((2.4 * c * c + 0.05 * c) / (2.2 * c * c + 0.6 * c + 0.2)).min(1.0));
    0.5 * curve[0] + 0.3 * curve[1] + 0.2 * curve[2] + l * (16.0 + l) / (64.0 * (1.0 + l))
}

fn spot(x: [f64; 3]) -> f64 {
    let lamp = [0.5 - x[0], 0.2 - x[1], 4.0 - 0.2 * x[2]];
    let d2 = dot(lamp, lamp);
    let t = (cosine(lamp, [0.1, -0.1, 1.0]) - 0.5) / 0.55;
    let c = cosines(x).nv;
    let depth = 0.3 / (1.0 - (1.0 - c * c) / (1.45 * 1.45)).sqrt();
    let window = (1.0 - d2 * d2 / 4096.0).powi(2) / (d2 + 0.01);
    50.0 * window * t * t * (3.0 - 2.0 * t) * (-depth - 0.0144 * d2 * LN_2).exp()
}

pub const FUNCTIONS: &[super::Function] = &[
    ("Lambert and sky", lambert),
    ("Phong", phong),
    ("Blinn", blinn),
    ("microfacets of GGX", microfacets),
    ("Fresnel of glass", glass),
    ("Oren and Nayar", rough_diffuse),
    ("diffuse with a rim", rim),
    ("Beckmann in grooves", grooves),
    ("tone mapping", tones),
    ("spot lamp in fog", spot),
];
