//! The optics sheet in f64, its special functions by integrals and series.

const PI: f64 = std::f64::consts::PI;
const EULER: f64 = 0.577_215_664_901_532_9;

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// A mean over a period of the angle.
fn mean(f: impl Fn(f64) -> f64) -> f64 {
    (0..128).map(|i| f(2.0 * PI * i as f64 / 128.0)).sum::<f64>() / 128.0
}

fn j(n: f64, z: f64) -> f64 {
    mean(|t| (n * t - z * t.sin()).cos())
}

fn i(n: f64, z: f64) -> f64 {
    mean(|t| (z * t.cos()).exp() * (n * t).cos())
}

/// The integral of exp(-z cosh t) cosh(n t), by equal steps.
fn k(n: f64, z: f64) -> f64 {
    let f = |t: f64| (-z * t.cosh()).exp() * (n * t).cosh();
    0.05 * (0.5 * f(0.0) + (1..140).map(|s| f(0.05 * s as f64)).sum::<f64>())
}

fn y0(z: f64) -> f64 {
    let mut sum = ((0.5 * z).ln() + EULER) * j(0.0, z);
    let (mut term, mut harmonic) = (-1.0, 0.0);
    for n in 1..40 {
        term *= -0.25 * z * z / (n * n) as f64;
        harmonic += 1.0 / n as f64;
        sum += harmonic * term;
    }
    2.0 / PI * sum
}

fn y1(z: f64) -> f64 {
    let mut sum = 2.0 * (0.5 * z).ln() * j(1.0, z) - 2.0 / z;
    let (mut term, mut harmonic) = (0.5 * z, 0.0);
    for n in 0..40 {
        let next = harmonic + 1.0 / (n + 1) as f64;
        sum -= term * (harmonic + next - 2.0 * EULER);
        harmonic = next;
        term *= -0.25 * z * z / ((n + 1) * (n + 2)) as f64;
    }
    sum / PI
}

/// The error function by its series of positive terms.
fn erf(z: f64) -> f64 {
    let mut term = z;
    let mut sum = z;
    for n in 1..90 {
        term *= 2.0 * z * z / (2 * n + 1) as f64;
        sum += term;
    }
    2.0 / PI.sqrt() * (-z * z).exp() * sum
}

fn airy_pattern(x: [f64; 3]) -> f64 {
    // 2 J1(v)/v is J0 + J2
    let airy = |v: f64| (j(0.0, v) + j(2.0, v)).powi(2);
    airy(1.2 + 0.5 * x[0] * x[0]) + 0.5 * airy(0.9 + 0.3 * x[1].sin() + 0.2 * x[2]) + 0.1
}

fn drum(x: [f64; 3]) -> f64 {
    let r = 0.25 + 0.2 * sigmoid(x[0]);
    let mode = |k: f64| j(0.0, k * r) * (0.3 * k * x[2] + 0.1 * x[1]).cos();
    1.0 + mode(2.404825557695773) + 0.4 * x[1] * mode(5.520078110286311)
}

fn conduction(x: [f64; 3]) -> f64 {
    let depth = 0.5 + (1.0 + x[0].exp()).ln();
    let diffusion = 0.8 * (0.4 * x[1]).exp();
    let film = 0.7 + 0.2 * x[2].tanh();
    let z = depth / (4.0 * diffusion).sqrt();
    let tail = 1.0 - erf(z + film * diffusion.sqrt());
    let surface = 1.0 - erf(z) - (film * depth + film * film * diffusion).exp() * tail;
    20.0 * erf(z) + 5.0 + 10.0 * surface
}

fn diffraction(x: [f64; 3]) -> f64 {
    let (width, distance) = (1.4 + 0.2 * x[1], 2.2 + 0.3 * x[2]);
    let slits = |angle: f64| {
        let u = PI * angle.sin();
        let envelope = (width * u).sin() / (width * u);
        envelope * envelope * (0.8 + 0.2 * (2.0 * distance * u).cos())
    };
    slits(0.3 * x[0]) + 0.5 * slits(0.35)
}

fn screened(x: [f64; 3]) -> f64 {
    let s = 0.8 + 0.3 * sigmoid(x[2]);
    let a = 0.6 + 0.1 * x[0].sin();
    let r = a + 0.5 + 0.2 * x[1].tanh();
    let outward = (k(0.0, s * r) + 0.5 * s * k(1.0, s * r)) / k(0.0, s * a);
    let inward = (i(0.0, s * r) + 0.5 * s * i(1.0, s * r)) / i(0.0, s * a);
    outward + inward
}

fn kaiser(x: [f64; 3]) -> f64 {
    let beta = 2.0 + 1.5 * sigmoid(x[0]);
    let turn = 2.0 * PI * (0.05 + 0.02 * x[1]);
    let half = 5.5 + 0.3 * x[2];
    let weight = |n: f64| i(0.0, beta * (1.0 - (n / half).powi(2)).sqrt()) / i(0.0, beta);
    1.0 + 2.0 * (1..6).map(|n| weight(n as f64) * (turn * n as f64).cos()).sum::<f64>()
}

fn coaxial(x: [f64; 3]) -> f64 {
    let s = 1.1 + 0.2 * x[0].tanh();
    let a = s * (0.9 + 0.2 * sigmoid(x[1]));
    let r = s * (2.1 + 0.3 * x[2].sin());
    let with_j = s * j(1.0, r) - 1.5 * j(0.0, r);
    let with_y = s * y1(r) - 1.5 * y0(r);
    2.0 + y0(a) * with_j - j(0.0, a) * with_y
}

fn sellmeier(wavelength: f64) -> f64 {
    let term = |b: f64, c: f64| b / (1.0 - c / (wavelength * wavelength));
    let sum = term(0.231792344, 0.0200179144) + term(1.01046945, 103.560653);
    (1.0 + term(1.03961212, 0.00600069867) + sum).sqrt()
}

fn fabry_perot(x: [f64; 3]) -> f64 {
    let wavelength = 0.6 + 0.02 * x[0];
    let r = 0.3 + 0.2 * sigmoid(x[1]);
    let phase = 4.0 * PI * sellmeier(wavelength) * (1.1 + 0.04 * x[2]) / wavelength;
    // the sum of all passages, as a complex geometric series
    let t = 1.0 - r;
    t * t / ((1.0 - r * phase.cos()).powi(2) + (r * phase.sin()).powi(2))
}

fn reflection(x: [f64; 3]) -> f64 {
    let n = sellmeier(0.55 + 0.05 * x[0].tanh());
    let angle = 0.4 + 0.4 * sigmoid(x[1]);
    let inside = (angle.sin() / n).asin();
    let s = ((angle - inside).sin() / (angle + inside).sin()).powi(2);
    let p = ((angle - inside).tan() / (angle + inside).tan()).powi(2);
    let (a, b) = (0.1 * x[2], 0.05);
    let norm = (1.0 + a * a + b * b).sqrt();
    let incidence = ((angle.cos() - a * angle.sin()) / norm).acos();
    let mirrored = 2.0 * incidence.cos() / norm - angle.cos();
    let bent_angle = (incidence.sin() / n).asin();
    let bent = angle.sin() / n + (incidence.cos() / n - bent_angle.cos()) * a / norm;
    5.0 * (s + p) + mirrored + 0.5 * bent + a
}

fn beam(x: [f64; 3]) -> f64 {
    let waist = 1.0 + 0.2 * x[0];
    let rayleigh = PI * waist * waist / 0.8;
    let focal = 3.0 + 0.5 * x[1].sin();
    // the waist behind the lens, and the way from it
    let offset = 1.5 - focal;
    let magnification = focal * focal / (offset * offset + rayleigh * rayleigh);
    let way = 2.0 + 0.3 * x[2] - focal - magnification * offset;
    let new_waist = waist * magnification.sqrt();
    let width = new_waist.hypot(0.8 * way / (PI * new_waist));
    let u = 2.5 + 0.5 * x[1];
    2.0 * width + u.powi(3) * (-u).exp() / (1.0 - (-u).exp())
}

pub const FUNCTIONS: &[super::Function] = &[
    ("Airy pattern", airy_pattern),
    ("round drum", drum),
    ("conduction of heat", conduction),
    ("diffraction at two slits", diffraction),
    ("screened cylinders", screened),
    ("Kaiser window", kaiser),
    ("coaxial wave guide", coaxial),
    ("Fabry-Perot with a Sellmeier index", fabry_perot),
    ("Fresnel reflection", reflection),
    ("Gaussian beam through a lens", beam),
];
