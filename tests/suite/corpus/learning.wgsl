// Activations, normalisations and losses of machine learning, each as a function of three numbers.

const PI = 3.141592653589793;
const INV_SQRT2 = 0.7071067811865476;
const EPS = 1e-5;

struct Token {
    query: vec2<real>,
    key: vec2<real>,
    value: vec2<real>,
}

struct Sample {
    features: vec2<real>,
    label: real,
}

fn embed(i: u32) -> vec2<real> {
    switch i {
        case 0u: { return vec2<real>(x(0), x(1)); }
        case 1u: { return vec2<real>(x(1), x(2)); }
        default: { return vec2<real>(x(2), x(0)); }
    }
}

fn project(i: u32) -> Token {
    let wq = mat2x2<real>(0.7, -0.2, 0.4, 0.9);
    let wk = mat2x2<real>(0.5, 0.3, -0.6, 0.8);
    let wv = mat2x2<real>(1.1, 0.2, -0.3, 0.6);
    let e = embed(i);
    return Token(wq * e, wk * e, wv * e);
}

// Single-head attention over three tokens; the output is read out for every query.
fn attention() -> real {
    var tokens: array<Token, 3>;
    for (var i = 0u; i < 3u; i++) {
        tokens[i] = project(i);
    }
    var total = 0.0;
    for (var i = 0u; i < 3u; i++) {
        var scores: array<real, 3>;
        var highest = -1e30;
        for (var j = 0u; j < 3u; j++) {
            scores[j] = dot(tokens[i].query, tokens[j].key) * INV_SQRT2;
            highest = max(highest, scores[j]);
        }
        var norm = 0.0;
        var mixed = vec2<real>(0.0);
        for (var j = 0u; j < 3u; j++) {
            let w = exp(scores[j] - highest);
            norm += w;
            mixed += w * tokens[j].value;
        }
        mixed /= norm;
        total += length(mixed + vec2<real>(1.5, 0.25 * real(i)));
    }
    return total;
}

fn layer_norm(v: array<real, 5>) -> array<real, 5> {
    var mean = 0.0;
    for (var i = 0; i < 5; i++) { mean += v[i]; }
    mean = mean / 5.0;
    var variance = 0.0;
    for (var i = 0; i < 5; i++) {
        let d = v[i] - mean;
        variance += d * d;
    }
    let scale = inverseSqrt(variance / 5.0 + EPS);
    var out: array<real, 5>;
    for (var i = 0; i < 5; i++) { out[i] = (v[i] - mean) * scale; }
    return out;
}

fn normalised_readout() -> real {
    let n = layer_norm(array<real, 5>(x(0), x(1), x(2), x(0) * x(1), 0.5 + x(2)));
    var gain = array<real, 5>(1.0, 0.8, -0.6, 1.3, 0.4);
    var y = 4.0;
    for (var i = 0; i < 5; i++) {
        y += gain[i] * n[i];
    }
    return y;
}

fn gelu(z: real) -> real {
    return 0.5 * z * (1.0 + erf(z * INV_SQRT2));
}

fn gelu_tanh(z: real) -> real {
    return 0.5 * z * (1.0 + tanh(sqrt(2.0 / PI) * (z + 0.044715 * z * z * z)));
}

// RMS norm, then both forms of the GELU.
fn rms_then_gelu() -> real {
    let v = vec3<real>(x(0), x(1), x(2));
    let n = v * inverseSqrt(dot(v, v) / 3.0 + EPS) * vec3<real>(1.2, 0.9, 1.05);
    var s = 1.0;
    for (var i = 0u; i < 3u; i++) {
        s += gelu(n[i]) + 0.5 * gelu_tanh(n[i] - 0.3);
    }
    return s;
}

fn silu(z: real) -> real {
    return z * sigmoid(z);
}

fn mish(z: real) -> real {
    return z * tanh(softplus(z));
}

fn gated() -> real {
    return 2.0 + silu(x(0) + 0.5 * x(2)) - mish(x(1) - 0.25 * x(0)) * silu(1.0 + x(2));
}

fn cross_entropy() -> real {
    let a = vec3<real>(x(0), x(1), x(2));
    let logits = vec4<real>(
        dot(a, vec3<real>(0.9, -0.4, 0.1)),
        dot(a, vec3<real>(-0.3, 0.7, 0.5)) + 0.2,
        dot(a, vec3<real>(0.2, 0.2, -0.8)) - 0.1,
        0.3 * a.x * a.y,
    );
    let target_p = vec4<real>(0.1, 0.2, 0.6, 0.1);
    let top = max(max(logits.x, logits.y), max(logits.z, logits.w));
    let shifted = logits - top;
    let log_z = log(dot(exp(shifted), vec4<real>(1.0)));
    return -dot(target_p, shifted - log_z);
}

fn logistic_loss() -> real {
    var rows = array<Sample, 6>(
        Sample(vec2<real>(0.5, 1.2), 1.0),
        Sample(vec2<real>(-1.0, 0.3), 0.0),
        Sample(vec2<real>(1.5, -0.7), 1.0),
        Sample(vec2<real>(-0.2, -1.1), 0.0),
        Sample(vec2<real>(0.8, 0.1), 0.0),
        Sample(vec2<real>(-0.6, 0.9), 1.0),
    );
    let w = vec2<real>(x(0), x(1));
    var loss = 0.0;
    for (var i = 0u; i < 6u; i += 1u) {
        let z = dot(w, rows[i].features) + x(2);
        loss += softplus(z) - rows[i].label * z;
    }
    return loss / 6.0 + 0.05 * dot(w, w);
}

const HIDDEN = 3u;

fn network(input: vec2<real>) -> real {
    var w1 = array<array<real, 2>, 3>(
        array<real, 2>(1.1, -0.7),
        array<real, 2>(-0.5, 0.9),
        array<real, 2>(0.3, 0.8),
    );
    var b1 = array<real, 3>(x(0), x(1), x(2));
    var w2 = array<real, 3>(0.9, -1.2, 0.7);
    var y = 0.1;
    for (var h = 0u; h < HIDDEN; h++) {
        var z = b1[h];
        for (var i = 0u; i < 2u; i++) {
            z = z + w1[h][i] * input[i];
        }
        y += w2[h] * tanh(z);
    }
    return y;
}

// Mean squared error of a 2-3-1 network on exclusive or.
fn xor_error() -> real {
    var sum = 0.0;
    for (var c = 0u; c < 4u; c++) {
        let p = c & 1u;
        let q = c >> 1u;
        let e = network(vec2<real>(real(p), real(q))) - real(p ^ q);
        sum += e * e;
    }
    return 0.25 * sum;
}

// Normalises a batch of four pairs over the batch, then a smooth gate.
fn batch_norm() -> real {
    var batch = array<vec2<real>, 4>(
        vec2<real>(x(0), 1.0 - x(1)),
        vec2<real>(x(1) + 2.0, x(2)),
        vec2<real>(x(2) * x(0), -1.5),
        vec2<real>(-1.0, sin(x(0)) + 0.5),
    );
    var mean = vec2<real>();
    var square = vec2<real>();
    for (var i = 0; i < 4; i++) {
        mean += batch[i] / 4.0;
    }
    for (var i = 0; i < 4; i++) {
        let d = batch[i] - mean;
        square += d * d;
    }
    let scale = 1.0 / sqrt(square / 4.0 + 1e-3);
    var y = 0.0;
    for (var i = 0; i < 4; i++) {
        let n = (batch[i] - mean) * scale;
        y += softplus(n.x + 0.3) * sigmoid(1.4 * n.y - 0.2);
    }
    return y;
}

fn huber(r: real, delta: real) -> real {
    let a = abs(r);
    return select(delta * (a - 0.5 * delta), 0.5 * r * r, a < delta);
}

fn log_cosh(r: real) -> real {
    let a = abs(r);
    return a + log1p(exp(-2.0 * a)) - log(2.0);
}

fn focal(z: real, gamma: real) -> real {
    let p = sigmoid(z);
    return -pow(1.0 - p, gamma) * log(p);
}

fn robust_losses() -> real {
    return huber(x(0) - x(1), 1.0) + huber(x(2), 1.0) + log_cosh(x(0) + x(2)) + 0.8 * focal(x(1) + 0.4 * x(2), 2.5);
}

// The mean of a Gaussian process with a squared exponential kernel, by a Cholesky factor.
fn rbf(a: vec2<real>, b: vec2<real>, scale: real) -> real {
    let d = distance(a, b) / scale;
    return exp(-0.5 * d * d);
}

fn gaussian_process() -> real {
    var nodes = array<vec2<real>, 3>(vec2<real>(-1.0, 0.5), vec2<real>(0.75, -1.25), vec2<real>(1.5, 1.0));
    var targets = array<real, 3>(1.5, 0.5, 2.0);
    let scale = 0.8 + 0.5 * sigmoid(x(2));
    var l: array<array<real, 3>, 3>;
    var z: array<real, 3>;
    for (var i = 0u; i < 3u; i++) {
        for (var j = 0u; j <= i; j++) {
            var s = rbf(nodes[i], nodes[j], scale);
            if i == j {
                s = 1.1;
            }
            for (var m = 0u; m < j; m++) {
                s -= l[i][m] * l[j][m];
            }
            if i == j {
                l[i][i] = sqrt(s);
            } else {
                l[i][j] = s / l[j][j];
            }
        }
    }
    // forward: L z = y, and L u = k; the mean is their product
    var mean = 1.0;
    var u: array<real, 3>;
    for (var i = 0u; i < 3u; i++) {
        z[i] = targets[i];
        u[i] = rbf(nodes[i], vec2<real>(x(0), x(1)), scale);
        for (var m = 0u; m < i; m++) {
            z[i] -= l[i][m] * z[m];
            u[i] -= l[i][m] * u[m];
        }
        z[i] /= l[i][i];
        u[i] /= l[i][i];
        mean += z[i] * u[i];
    }
    return mean;
}

fn residual(k: u32) -> real {
    switch k {
        case 0u: { return attention(); }
        case 1u: { return normalised_readout(); }
        case 2u: { return rms_then_gelu(); }
        case 3u: { return gated(); }
        case 4u: { return cross_entropy(); }
        case 5u: { return logistic_loss(); }
        case 6u: { return xor_error(); }
        case 7u: { return batch_norm(); }
        case 8u: { return robust_losses(); }
        default: { return gaussian_process(); }
    }
}
