//! The learning sheet in f64: activations, normalisations and losses.

fn sigmoid(z: f64) -> f64 {
    0.5 * (1.0 + (0.5 * z).tanh())
}

fn softplus(z: f64) -> f64 {
    (1.0 + z.exp()).ln()
}

/// The error function by its series of positive terms, for arguments up to about 4.
fn erf(z: f64) -> f64 {
    let mut term = z;
    let mut sum = z;
    for n in 1..120 {
        term *= 2.0 * z * z / (2 * n + 1) as f64;
        sum += term;
    }
    2.0 / std::f64::consts::PI.sqrt() * (-z * z).exp() * sum
}

fn attention(x: [f64; 3]) -> f64 {
    let e = [[x[0], x[1]], [x[1], x[2]], [x[2], x[0]]];
    // the scores are e_i' (Wq' Wk) e_j; the rows of both matrices written out
    let (q, k, v) = ([[0.7, 0.4], [-0.2, 0.9]], [[0.5, -0.6], [0.3, 0.8]], [[1.1, -0.3], [0.2, 0.6]]);
    let mut m = [[0.0; 2]; 2];
    for a in 0..2 {
        for b in 0..2 {
            m[a][b] = (q[0][a] * k[0][b] + q[1][a] * k[1][b]) / 2f64.sqrt();
        }
    }
    let mut total = 0.0;
    for i in 0..3 {
        let weight = |j: usize| {
            let mut s = 0.0;
            for a in 0..2 {
                for b in 0..2 {
                    s += e[i][a] * m[a][b] * e[j][b];
                }
            }
            s.exp()
        };
        let w = [weight(0), weight(1), weight(2)];
        let norm = w[0] + w[1] + w[2];
        // the mean token first, the projection after it
        let mean = |c: usize| (w[0] * e[0][c] + w[1] * e[1][c] + w[2] * e[2][c]) / norm;
        let (a, b) = (mean(0), mean(1));
        let first = v[0][0] * a + v[0][1] * b + 1.5;
        let second = v[1][0] * a + v[1][1] * b + 0.25 * i as f64;
        total += first.hypot(second);
    }
    total
}

fn layer_norm(x: [f64; 3]) -> f64 {
    let v = [x[0], x[1], x[2], x[0] * x[1], 0.5 + x[2]];
    let gain = [1.0, 0.8, -0.6, 1.3, 0.4];
    // the variance from the squares of all differences
    let mut pairs = 0.0;
    for i in 0..5 {
        for j in 0..i {
            pairs += (v[i] - v[j]) * (v[i] - v[j]);
        }
    }
    let deviation = (pairs / 25.0 + 1e-5).sqrt();
    let mean: f64 = v.iter().sum::<f64>() / 5.0;
    4.0 + (0..5).map(|i| gain[i] * (v[i] - mean)).sum::<f64>() / deviation
}

fn rms_gelu(x: [f64; 3]) -> f64 {
    let rms = ((x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) / 3.0 + 1e-5).sqrt();
    let n = [1.2 * x[0] / rms, 0.9 * x[1] / rms, 1.05 * x[2] / rms];
    let by_erf = |z: f64| z * (0.5 + 0.5 * erf(z / 2f64.sqrt()));
    let by_tanh = |z: f64| {
        let inner = (2.0 / std::f64::consts::PI).sqrt() * (z + 0.044715 * z.powi(3));
        z * sigmoid(2.0 * inner)
    };
    1.0 + n.iter().map(|&z| by_erf(z) + 0.5 * by_tanh(z - 0.3)).sum::<f64>()
}

fn gated(x: [f64; 3]) -> f64 {
    let silu = |z: f64| z / (1.0 + (-z).exp());
    // tanh(ln(1 + e)) is (e^2 + 2 e)/(e^2 + 2 e + 2)
    let mish = |z: f64| {
        let e = z.exp();
        z * (e * e + 2.0 * e) / (e * e + 2.0 * e + 2.0)
    };
    2.0 + silu(x[0] + 0.5 * x[2]) - mish(x[1] - 0.25 * x[0]) * silu(1.0 + x[2])
}

fn cross_entropy(x: [f64; 3]) -> f64 {
    let [a, b, c] = x;
    let logits = [
        0.9 * a - 0.4 * b + 0.1 * c,
        -0.3 * a + 0.7 * b + 0.5 * c + 0.2,
        0.2 * a + 0.2 * b - 0.8 * c - 0.1,
        0.3 * a * b,
    ];
    let sum: f64 = logits.iter().map(|l| l.exp()).sum();
    sum.ln() - (0.1 * logits[0] + 0.2 * logits[1] + 0.6 * logits[2] + 0.1 * logits[3])
}

fn logistic_loss(x: [f64; 3]) -> f64 {
    let positive = [[0.5, 1.2], [1.5, -0.7], [-0.6, 0.9]];
    let negative = [[-1.0, 0.3], [-0.2, -1.1], [0.8, 0.1]];
    let z = |r: &[f64; 2]| x[0] * r[0] + x[1] * r[1] + x[2];
    let p: f64 = positive.iter().map(|r| -sigmoid(z(r)).ln()).sum();
    let n: f64 = negative.iter().map(|r| -sigmoid(-z(r)).ln()).sum();
    (p + n) / 6.0 + 0.05 * (x[0] * x[0] + x[1] * x[1])
}

fn xor_error(x: [f64; 3]) -> f64 {
    let net = |p: f64, q: f64| {
        0.1 + 0.9 * (x[0] + 1.1 * p - 0.7 * q).tanh() - 1.2 * (x[1] - 0.5 * p + 0.9 * q).tanh()
            + 0.7 * (x[2] + 0.3 * p + 0.8 * q).tanh()
    };
    let e = [net(0.0, 0.0), net(1.0, 0.0) - 1.0, net(0.0, 1.0) - 1.0, net(1.0, 1.0)];
    e.iter().map(|v| v * v).sum::<f64>() / 4.0
}

fn batch_norm(x: [f64; 3]) -> f64 {
    let first = [x[0], x[1] + 2.0, x[2] * x[0], -1.0];
    let second = [1.0 - x[1], x[2], -1.5, x[0].sin() + 0.5];
    let normalised = |v: [f64; 4]| {
        let mean = (v[0] + v[1] + v[2] + v[3]) / 4.0;
        let d = v.map(|t| t - mean);
        let deviation = (d.iter().map(|t| t * t).sum::<f64>() / 4.0 + 1e-3).sqrt();
        d.map(|t| t / deviation)
    };
    let (n, m) = (normalised(first), normalised(second));
    (0..4).map(|i| softplus(n[i] + 0.3) * sigmoid(1.4 * m[i] - 0.2)).sum()
}

fn robust_losses(x: [f64; 3]) -> f64 {
    let huber = |r: f64| if r.abs() < 1.0 { r * r / 2.0 } else { r.abs() - 0.5 };
    let z = x[1] + 0.4 * x[2];
    let focal = softplus(-z) * (-2.5 * softplus(z)).exp();
    huber(x[0] - x[1]) + huber(x[2]) + (x[0] + x[2]).cosh().ln() + 0.8 * focal
}

fn gaussian_process(x: [f64; 3]) -> f64 {
    let nodes = [[-1.0, 0.5], [0.75, -1.25], [1.5, 1.0]];
    let y = [1.5, 0.5, 2.0];
    let scale = 0.8 + 0.5 * sigmoid(x[2]);
    let rbf = |a: [f64; 2], b: [f64; 2]| {
        (-((a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)) / (2.0 * scale * scale)).exp()
    };
    let (p, q, r) = (rbf(nodes[0], nodes[1]), rbf(nodes[0], nodes[2]), rbf(nodes[1], nodes[2]));
    // the inverse of [[d, p, q], [p, d, r], [q, r, d]] by cofactors
    let d = 1.1;
    let det = d * (d * d - r * r) - p * (p * d - q * r) + q * (p * r - q * d);
    let inverse = [
        [d * d - r * r, q * r - p * d, p * r - q * d],
        [q * r - p * d, d * d - q * q, p * q - r * d],
        [p * r - q * d, p * q - r * d, d * d - p * p],
    ];
    let mut mean = 1.0;
    for i in 0..3 {
        for j in 0..3 {
            mean += rbf(nodes[i], [x[0], x[1]]) * inverse[i][j] * y[j] / det;
        }
    }
    mean
}

pub const FUNCTIONS: &[super::Function] = &[
    ("attention of three tokens", attention),
    ("layer norm", layer_norm),
    ("RMS norm and GELU", rms_gelu),
    ("SiLU and Mish", gated),
    ("softmax cross-entropy", cross_entropy),
    ("logistic regression", logistic_loss),
    ("2-3-1 network on exclusive or", xor_error),
    ("batch norm", batch_norm),
    ("Huber, log-cosh and focal loss", robust_losses),
    ("mean of a Gaussian process", gaussian_process),
];
