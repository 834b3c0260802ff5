//! The statistics sheet in f64: log densities and log likelihoods.

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// By the recurrence upwards and Stirling's series.
fn lgamma(mut z: f64) -> f64 {
    let mut product = 1.0;
    while z < 18.0 {
        product *= z;
        z += 1.0;
    }
    let r = 1.0 / (z * z);
    let series = (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / z;
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - product.ln()
}

fn digamma(mut z: f64) -> f64 {
    let mut sum = 0.0;
    while z < 18.0 {
        sum += 1.0 / z;
        z += 1.0;
    }
    let r = 1.0 / (z * z);
    let series = r * (1.0 / 12.0 - r * (1.0 / 120.0 - r * (1.0 / 252.0 - r * (1.0 / 240.0 - r / 132.0))));
    z.ln() - 0.5 / z - series - sum
}

/// exp(z^2) erfc(z): for z above 0 the integral of 2/sqrt(pi) exp(-t^2 - 2 z t) by Simpson's rule.
fn erfcx(z: f64) -> f64 {
    if z < 0.0 {
        return 2.0 * (z * z).exp() - erfcx(-z);
    }
    let n = 20_000;
    let h = 6.5 / n as f64;
    let f = |i: i32| {
        let t = h * i as f64;
        (-t * (t + 2.0 * z)).exp()
    };
    let mut sum = f(0) + f(n);
    for i in 1..n {
        sum += if i % 2 == 1 { 4.0 * f(i) } else { 2.0 * f(i) };
    }
    sum * h / 3.0 * 2.0 / std::f64::consts::PI.sqrt()
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * (-0.5 * z * z).exp() * erfcx(-z / 2f64.sqrt())
}

fn normal_pdf(y: f64, mu: f64, sigma: f64) -> f64 {
    (-0.5 * ((y - mu) / sigma).powi(2)).exp() / (sigma * (2.0 * std::f64::consts::PI).sqrt())
}

fn regression(x: [f64; 3]) -> f64 {
    let nu = 2.0 + (0.5 * x[2]).exp();
    let norm = (lgamma((nu + 1.0) / 2.0) - lgamma(nu / 2.0)).exp() / (std::f64::consts::PI * nu).sqrt();
    let mut density = normal_pdf(x[0], 0.2, 1.5) * normal_pdf(x[1], 0.0, 2.0);
    for (t, y) in [(-1.5, -1.1), (-0.5, 0.4), (0.5, 0.2), (1.5, 2.6)] {
        let z: f64 = (y - x[0] - x[1] * t) / 0.9;
        density *= norm / 0.9 * (1.0 + z * z / nu).powf(-(nu + 1.0) / 2.0);
    }
    -density.ln()
}

fn gamma_loss(x: [f64; 3]) -> f64 {
    let y = [0.4, 0.9, 1.3, 2.2, 3.7];
    let shape = 0.5 + x[0].exp();
    let rate = softplus(1.0 + x[1]) * (1.2 + 0.3 * x[2].sin());
    let total: f64 = y.iter().sum();
    let product: f64 = y.iter().product();
    5.0 * lgamma(shape) - 5.0 * shape * rate.ln() - (shape - 1.0) * product.ln() + rate * total
}

fn beta_terms(x: [f64; 3]) -> f64 {
    let (a, b) = (1.0 + x[0].exp(), 2.0 + softplus(x[1]));
    let (c, d) = (6.5 + 0.5 * x[2].tanh(), 0.75);
    // the means of ln y and ln(1 - y) under the first distribution
    let log_y = digamma(a) - digamma(a + b);
    let log_rest = digamma(b) - digamma(a + b);
    let log_beta = |a: f64, b: f64| lgamma(a) + lgamma(b) - lgamma(a + b);
    let divergence = (a - c) * log_y + (b - d) * log_rest - log_beta(a, b) + log_beta(c, d);
    let density = 0.35f64.powf(a - 1.0) * 0.65f64.powf(b - 1.0) / log_beta(a, b).exp();
    divergence - 0.5 * density.ln()
}

fn poisson(x: [f64; 3]) -> f64 {
    let counts: [(u32, f64); 6] = [(0, 1.0), (2, 2.0), (1, 1.0), (4, 24.0), (3, 6.0), (7, 5040.0)];
    let mut loss = 0.0;
    for (i, (n, factorial)) in counts.into_iter().enumerate() {
        let t = 0.2 * i as f64;
        let rate = (0.4 * x[0] + x[1] * t - 0.5 * x[2] * t * t).exp();
        loss -= (rate.powi(n as i32) * (-rate).exp() / factorial).ln();
    }
    loss
}

fn negative_binomial(x: [f64; 3]) -> f64 {
    let r = 1.0 + (0.7 * x[0]).exp();
    let mu = 2.0 * (0.5 * x[1]).exp() + 0.3 * x[2] * x[2];
    let p = mu / (r + mu);
    let mut loss = 0.0;
    for n in [1, 0, 5, 3, 9] {
        // the binomial coefficient as a product
        let choose: f64 = (0..n).map(|i| (r + i as f64) / (i + 1) as f64).product();
        loss -= (choose * p.powi(n)).ln() + r * (1.0 - p).ln();
    }
    loss
}

fn von_mises(x: [f64; 3]) -> f64 {
    let kappa = 0.5 + (0.8 * x[1]).exp();
    // 2 pi I0 is the integral of exp(kappa cos) over a period, which a sum over equal steps gives
    let tau = 2.0 * std::f64::consts::PI;
    let norm: f64 = (0..64).map(|i| (kappa * (tau * i as f64 / 64.0).cos()).exp()).sum::<f64>() * tau / 64.0;
    let rows = [(0.3, 1.0), (-0.8, 1.0), (1.4, 0.5 + sigmoid(x[2])), (2.5, 1.0)];
    let c: f64 = rows.iter().map(|&(t, w): &(f64, f64)| w * t.cos()).sum();
    let s: f64 = rows.iter().map(|&(t, w): &(f64, f64)| w * t.sin()).sum();
    4.0 * norm.ln() - kappa * (c * x[0].cos() + s * x[0].sin())
}

fn logistic_and_weibull(x: [f64; 3]) -> f64 {
    let scale = (0.3 * x[1]).exp();
    let k = 1.0 + softplus(x[2]);
    let mut likelihood = 1.0;
    for y in [0.45, 1.05, 1.9] {
        likelihood /= 4.0 * scale * (0.5 * (y - x[0]) / scale).cosh().powi(2);
        let w: f64 = y / (1.0 + scale);
        likelihood *= k * w.powf(k) / y * (-w.powf(k)).exp();
    }
    -likelihood.ln()
}

fn mixture(x: [f64; 3]) -> f64 {
    let w = sigmoid(0.8 * x[2]);
    let density = |y: f64| w * normal_pdf(y, x[0], 0.8) + (1.0 - w) * normal_pdf(y, 1.0 + x[1], 1.4);
    -(0..6).map(|i| density(-2.0 + 0.9 * i as f64)).product::<f64>().ln() / 6.0
}

fn probit(x: [f64; 3]) -> f64 {
    let z = |t: f64| x[0] + x[1] * t - 0.2 * x[2] * t * t;
    let yes = normal_cdf(z(-0.75)) * normal_cdf(z(1.0)) * normal_cdf(z(2.25));
    let no = normal_cdf(-z(-2.0)) * normal_cdf(-z(0.25));
    -(yes * no).ln()
}

fn exgaussian(x: [f64; 3]) -> f64 {
    let sigma = 0.6 + sigmoid(x[1]);
    let lambda = 0.5 + (0.4 * x[2]).exp();
    let mut loss = 0.0;
    for i in 0..4 {
        let d = 0.7 * i as f64 - 1.0 - x[0];
        let tail = normal_cdf(d / sigma - lambda * sigma);
        loss -= lambda.ln() + lambda * (0.5 * lambda * sigma * sigma - d) + tail.ln();
    }
    loss
}

pub const FUNCTIONS: &[super::Function] = &[
    ("regression with Student's t", regression),
    ("gamma log likelihood", gamma_loss),
    ("beta divergence and density", beta_terms),
    ("Poisson regression", poisson),
    ("negative binomial", negative_binomial),
    ("von Mises", von_mises),
    ("logistic and Weibull", logistic_and_weibull),
    ("mixture of two normals", mixture),
    ("probit", probit),
    ("exponentially modified Gaussian", exgaussian),
];
