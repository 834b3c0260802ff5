// The loss of one sample of a dense network. Twin of src/objective/network/host.rs. The host puts the constants
// before this text and `fn term` behind it, which calls the functions below layer by layer with their sizes
// (src/objective/network/wgsl.rs); with constant sizes the driver's compiler specialises them.
//
// Activations live in two private arrays that change roles from layer to layer; the features of a sample are
// read where they lie. Data: the features by samples, then the target values by samples; indices: the classes.

alias Layer = array<real, WIDTH>;
var<private> pm_even: Layer;
var<private> pm_odd: Layer;

// Four neighbouring parameters. Past the end of a row they belong to another unit, and nobody uses the sum.
fn parameters_at(i: u32) -> vec4<real> {
    return vec4<real>(x(i), x(i + 1u), x(i + 2u), x(i + 3u));
}

fn store(to: ptr<private, Layer>, j: u32, outputs: u32, z: vec4<real>) {
    (*to)[j] = z[0];
    if (j + 1u < outputs) { (*to)[j + 1u] = z[1]; }
    if (j + 2u < outputs) { (*to)[j + 2u] = z[2]; }
    if (j + 3u < outputs) { (*to)[j + 3u] = z[3]; }
}

// to = features·W + b, four units at a time, four features a turn.
fn dense_from_data(first: u32, to: ptr<private, Layer>, offset: u32, inputs: u32, outputs: u32) {
    let whole = inputs / 4u * 4u;
    for (var j = 0u; j < outputs; j += 4u) {
        var z = vec4<real>();
        if (BIASES) { z = parameters_at(offset + inputs * outputs + j); }
        var w = offset + j;
        for (var i = 0u; i < whole; i += 4u) {
            z += data(first + i) * parameters_at(w);
            z += data(first + i + 1u) * parameters_at(w + outputs);
            z += data(first + i + 2u) * parameters_at(w + 2u * outputs);
            z += data(first + i + 3u) * parameters_at(w + 3u * outputs);
            w += 4u * outputs;
        }
        for (var i = whole; i < inputs; i++) {
            z += data(first + i) * parameters_at(w);
            w += outputs;
        }
        store(to, j, outputs, z);
    }
}

// The same from the activations of the layer before.
fn dense(before: ptr<private, Layer>, to: ptr<private, Layer>, offset: u32, inputs: u32, outputs: u32) {
    let whole = inputs / 4u * 4u;
    for (var j = 0u; j < outputs; j += 4u) {
        var z = vec4<real>();
        if (BIASES) { z = parameters_at(offset + inputs * outputs + j); }
        var w = offset + j;
        for (var i = 0u; i < whole; i += 4u) {
            z += (*before)[i] * parameters_at(w);
            z += (*before)[i + 1u] * parameters_at(w + outputs);
            z += (*before)[i + 2u] * parameters_at(w + 2u * outputs);
            z += (*before)[i + 3u] * parameters_at(w + 3u * outputs);
            w += 4u * outputs;
        }
        for (var i = whole; i < inputs; i++) {
            z += (*before)[i] * parameters_at(w);
            w += outputs;
        }
        store(to, j, outputs, z);
    }
}

fn apply_sigmoid(z: ptr<private, Layer>, outputs: u32) {
    for (var j = 0u; j < outputs; j++) { (*z)[j] = pm_sigmoid((*z)[j]); }
}

fn apply_tanh(z: ptr<private, Layer>, outputs: u32) {
    for (var j = 0u; j < outputs; j++) { (*z)[j] = pm_tanh((*z)[j]); }
}

fn apply_relu(z: ptr<private, Layer>, outputs: u32) {
    for (var j = 0u; j < outputs; j++) { (*z)[j] = pm_relu((*z)[j]); }
}

fn apply_softplus(z: ptr<private, Layer>, outputs: u32) {
    for (var j = 0u; j < outputs; j++) { (*z)[j] = pm_softplus((*z)[j]); }
}

// ln Σ e^(y_k - y_t)
fn softmax_cross_entropy(y: ptr<private, Layer>, outputs: u32, s: u32) -> real {
    var most = (*y)[0];
    for (var k = 1u; k < outputs; k++) { most = max(most, (*y)[k]); }
    var sum: real = 0.0;
    for (var k = 0u; k < outputs; k++) { sum += pm_exp((*y)[k] - most); }
    return pm_log(sum) - ((*y)[index(s)] - most);
}

// (1/m) Σ (y_k - t_k)²
fn mean_squared_error(y: ptr<private, Layer>, outputs: u32, s: u32) -> real {
    var sum: real = 0.0;
    for (var k = 0u; k < outputs; k++) {
        let error = (*y)[k] - data(TARGETS + s * outputs + k);
        sum += error * error;
    }
    return sum / real(outputs);
}
