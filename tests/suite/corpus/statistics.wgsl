// Log densities and log likelihoods, as functions of three parameters.

const PI = 3.14159265358979323846;
const HALF_LOG_TAU = 0.91893853320467274178; // log(2 pi) / 2

const DATA = array<vec2<real>, 4>(
    vec2<real>(-1.5, -1.1),
    vec2<real>(-0.5, 0.4),
    vec2<real>(0.5, 0.2),
    vec2<real>(1.5, 2.6),
);

fn normal_lpdf(y: real, mu: real, sigma: real) -> real {
    let z = (y - mu) / sigma;
    return -0.5 * z * z - log(sigma) - HALF_LOG_TAU;
}

fn student_t_lpdf(y: real, nu: real, mu: real, sigma: real) -> real {
    let z = (y - mu) / sigma;
    let half = 0.5 * (nu + 1.0);
    return lgamma(half) - lgamma(0.5 * nu) - 0.5 * log(PI * nu) - log(sigma) - half * log1p(z * z / nu);
}

fn regression() -> real {
    // y = a + b t with heavy tails, and a normal prior on both
    let nu = 2.0 + exp(0.5 * x(2));
    var lp = normal_lpdf(x(0), 0.2, 1.5) + normal_lpdf(x(1), 0.0, 2.0);
    for (var i = 0u; i < 4u; i++) {
        lp += student_t_lpdf(DATA[i].y, nu, x(0) + x(1) * DATA[i].x, 0.9);
    }
    return -lp;
}

fn gamma_loss() -> real {
    var y = array<real, 5>(0.4, 0.9, 1.3, 2.2, 3.7);
    let shape = 0.5 + exp(x(0));
    let rate = softplus(1.0 + x(1)) * (1.2 + 0.3 * sin(x(2)));
    var sum = 5.0 * (lgamma(shape) - shape * log(rate));
    for (var i = 0u; i < 5u; i++) {
        sum -= (shape - 1.0) * log(y[i]) - rate * y[i];
    }
    return sum;
}

struct Beta {
    a: real,
    b: real,
}

fn log_beta(p: Beta) -> real {
    return lgamma(p.a) + lgamma(p.b) - lgamma(p.a + p.b);
}

// The divergence of one beta distribution from another, by digamma.
fn beta_divergence(p: Beta, q: Beta) -> real {
    return log_beta(q) - log_beta(p)
        + (p.a - q.a) * digamma(p.a)
        + (p.b - q.b) * digamma(p.b)
        + (q.a - p.a + q.b - p.b) * digamma(p.a + p.b);
}

fn beta_terms() -> real {
    let p = Beta(1.0 + exp(x(0)), 2.0 + softplus(x(1)));
    let q = Beta(6.5 + 0.5 * tanh(x(2)), 0.75);
    let y = 0.35;
    let lpdf = (p.a - 1.0) * log(y) + (p.b - 1.0) * log1p(-y) - log_beta(p);
    return beta_divergence(p, q) - 0.5 * lpdf;
}

fn poisson_regression() -> real {
    var counts = array<u32, 6>(0u, 2u, 1u, 4u, 3u, 7u);
    var loss = 0.0;
    for (var i = 0u; i < 6u; i++) {
        let t = real(i) / 5.0;
        let eta = 0.4 * x(0) + x(1) * t - 0.5 * x(2) * t * t;
        loss += exp(eta) - real(counts[i]) * eta + lgamma(real(counts[i]) + 1.0);
    }
    return loss;
}

fn negative_binomial() -> real {
    var counts = array<i32, 5>(1, 0, 5, 3, 9);
    let r = 1.0 + exp(0.7 * x(0));
    let mu = 2.0 * exp(0.5 * x(1)) + 0.3 * x(2) * x(2);
    var lp = 0.0;
    for (var i = 0; i < 5; i += 1) {
        let n = real(counts[i]);
        lp += lgamma(n + r) - lgamma(r) - lgamma(n + 1.0);
        lp += r * log(r / (r + mu)) + n * log(mu / (r + mu));
    }
    return -lp;
}

fn von_mises() -> real {
    let angles = vec4<real>(0.3, -0.8, 1.4, 2.5);
    let kappa = 0.5 + exp(0.8 * x(1));
    let c = cos(angles - x(0));
    let s = dot(c, vec4<real>(1.0, 1.0, 0.5 + sigmoid(x(2)), 1.0));
    return 4.0 * log(2.0 * PI * i0(kappa)) - kappa * s;
}

fn logistic_and_weibull() -> real {
    var y = array(0.45, 1.05, 1.9);
    let scale = exp(0.3 * x(1));
    let k = 1.0 + softplus(x(2));
    var loss = 0.0;
    for (var i = 0u; i < 3u; i++) {
        let z = (y[i] - x(0)) / scale;
        loss += z + log(scale) + 2.0 * softplus(-z);
        let w = y[i] / (1.0 + scale);
        loss -= log(k / (1.0 + scale)) + (k - 1.0) * log(w) - pow(w, k);
    }
    return loss;
}

fn mixture() -> real {
    let w = sigmoid(0.8 * x(2));
    let log_w = log(vec2<real>(w, 1.0 - w));
    var total = 0.0;
    for (var i = 0u; i < 6u; i++) {
        let y = -2.0 + 0.9 * real(i);
        total -= logsumexp(
            log_w.x + normal_lpdf(y, x(0), 0.8),
            log_w.y + normal_lpdf(y, 1.0 + x(1), 1.4),
        );
    }
    return total / 6.0;
}

fn probit() -> real {
    var t = array<real, 5>(-2.0, -0.75, 0.25, 1.0, 2.25);
    var positive = array<bool, 5>(false, true, false, true, true);
    var loss = 0.0;
    for (var i = 0u; i < 5u; i++) {
        let z = x(0) + x(1) * t[i] - 0.2 * x(2) * t[i] * t[i];
        loss -= log_ndtr(select(-z, z, positive[i]));
    }
    return loss;
}

// The density of a normal variable plus an exponential one.
fn exgaussian() -> real {
    let mu = x(0);
    let sigma = 0.6 + sigmoid(x(1));
    let lambda = 0.5 + exp(0.4 * x(2));
    var loss = 0.0;
    for (var i = 0; i < 4; i++) {
        let d = 0.7 * real(i) - 1.0 - mu;
        let u = (lambda * sigma - d / sigma) * sqrt(0.5);
        loss += 0.5 * (d / sigma) * (d / sigma) - log(0.5 * lambda * erfcx(u));
    }
    return loss;
}

fn residual(k: u32) -> real {
    switch k {
        case 0u: { return regression(); }
        case 1u: { return gamma_loss(); }
        case 2u: { return beta_terms(); }
        case 3u: { return poisson_regression(); }
        case 4u: { return negative_binomial(); }
        case 5u: { return von_mises(); }
        case 6u: { return logistic_and_weibull(); }
        case 7u: { return mixture(); }
        case 8u: { return probit(); }
        default: { return exgaussian(); }
    }
}
