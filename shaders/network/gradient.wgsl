// The gradient of a network's mean loss by increments: forward pass, loss, unit responses; what differs from layer to
// layer is written by the host (src/objective/network/device), which also puts in the sizes. Products are product.wgsl's.
// Twin of src/objective/network/increments.
//
// pm_state holds the inputs of the terms at hand, [term][feature], then for each point a section of arrays [term][unit]:
// sums z, activations a, tails, fitted responses, …; offsets are constants times CAPACITY, the terms that there is room
// for. pm_table holds classes (or target values), what each byte stands for, and the scale of each sample.

struct PmLayer {
    node: vec4<real>,
    // For each power, the weights of the nodes.
    weights: array<vec4<real>, 8>,
    // The largest step of the layer, and 1 over it.
    largest: real,
    inverse: real,
    // The largest |parameter| and the farthest shift that this was planned for.
    bound: real,
    farthest: real,
    // How far sums of later relus move at most, as multiples of the shift of a sum.
    moves: real,
    // Pairs of nodes; 0: all is evaluated element by element. Powers of u.
    nodes: u32,
    powers: u32,
    // Whether responses are linear, as far as nothing has a kink.
    linear: u32,
}

@group(0) @binding(9) var<uniform> pm_layer: PmLayer;

// Whether a relu has its kink within the shift that is evaluated.
var<private> pm_kinked: bool;

// Where the section of a point begins.
fn base_of(point: u32) -> u32 { return (FEATURES + point * SECTION) * CAPACITY; }

fn term_of(s: u32) -> u32 { return pm_order[pm_step.order + pm_step.first + s]; }

fn target_value(s: u32, k: u32) -> real { return pm_number(pm_table[term_of(s) * OUTPUTS + k]); }

// An input of a term, from the data.
fn read_feature(s: u32, i: u32) -> real {
    let at = term_of(s) * FEATURES + i;
    if (BYTES) {
        let byte = (pm_word(pm_data[at >> 2u]) >> (8u * (at & 3u))) & 255u;
        return pm_number(pm_table[LEVELS + byte]);
    }
    return pm_number(pm_data[at]);
}

// The same for the sums of the first layer. What follows reads it where the first point's leftmost tile has left it.
fn feature(point: u32, s: u32, i: u32, tile: u32) -> real {
    let value = read_feature(s, i);
    if (point == 0u && tile == 0u) { pm_state[s * FEATURES + i] = value; }
    return value;
}

fn power(x: real, m: u32) -> real {
    var p = x;
    for (var i = 1u; i < m; i++) { p *= x; }
    return p;
}

// Changes of an activation when its sum changes by d.

// tail: the sigmoid of -|z|, at most 1/2, so that 1 + tail·E does not cancel. Shifts beyond 40 leave two values nothing
// to cancel.

fn change_sigmoid(z: real, tail: real, d: real) -> real {
    if (abs(d) > 40.0) { return pm_sigmoid(z + d) - pm_sigmoid(z); }
    let e = pm_expm1(select(-d, d, z < 0.0));
    let change = tail * (1.0 - tail) * e / (1.0 + tail * e);
    return select(-change, change, z < 0.0);
}

fn change_softplus(z: real, tail: real, d: real) -> real {
    if (abs(d) > 40.0) { return pm_softplus(z + d) - pm_softplus(z); }
    let change = pm_log1p(tail * pm_expm1(select(-d, d, z < 0.0)));
    return select(d + change, change, z < 0.0);
}

// max(0, z+d) - max(0, z), exact piece by piece.
fn change_relu(z: real, d: real, margin: real) -> real {
    pm_kinked = pm_kinked || abs(z) <= margin * abs(d);
    let after = z + d;
    let from_above = select(-z, d, after > 0.0);
    let from_below = select(0.0, after, after > 0.0);
    return select(from_below, from_above, z > 0.0);
}

// The sigmoid of z, and that of -|z|.
fn sigmoid_and_tail(z: real) -> vec2<real> {
    let e = pm_exp(-abs(z));
    let sum = 1.0 + e;
    let tail = e / sum;
    return vec2<real>(select(1.0 / sum, tail, z < 0.0), tail);
}

// The loss of a term, and what its increments start from: the softmax and the sum of it over all but the class, or the errors
// y - t.
fn loss_of(base: u32, s: u32) -> real {
    let y = base + LAST_A * CAPACITY + s * OUTPUTS;
    let out = base + OUTPUT * CAPACITY + s * OUTPUTS;
    var value: real = 0.0;
    if (SOFTMAX) {
        let label = pm_word(pm_table[term_of(s)]);
        var most = pm_state[y];
        for (var k = 1u; k < OUTPUTS; k++) { most = max(most, pm_state[y + k]); }
        var sum: real = 0.0;
        var others: real = 0.0;
        for (var k = 0u; k < OUTPUTS; k++) {
            let e = pm_exp(pm_state[y + k] - most);
            pm_state[out + k] = e;
            sum += e;
            others += select(e, 0.0, k == label);
        }
        for (var k = 0u; k < OUTPUTS; k++) { pm_state[out + k] /= sum; }
        pm_state[base + OTHERS * CAPACITY + s] = others / sum;
        return pm_log(sum) - (pm_state[y + label] - most);
    }
    for (var k = 0u; k < OUTPUTS; k++) {
        let error = pm_state[y + k] - target_value(s, k);
        pm_state[out + k] = error;
        value += error * error;
    }
    return value / real(OUTPUTS);
}

// The losses of all terms at hand, and their sum: one workgroup a point.
@compute @workgroup_size(64)
fn loss(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let base = base_of(group.x);
    var sum: real = 0.0;
    for (var s = local; s < pm_step.count; s += 64u) { sum += loss_of(base, s); }
    let total = pm_sum_of_group(local, sum);
    if (local == 0u) { pm_trace(group.x, total); }
}

// The slope of the loss of a term along output j. p - 1 of the class is -Σ p of the others, which does not cancel.
fn output_slope(base: u32, s: u32, j: u32) -> real {
    let output = pm_state[base + OUTPUT * CAPACITY + s * OUTPUTS + j];
    if (SOFTMAX) {
        return select(output, -pm_state[base + OTHERS * CAPACITY + s], pm_word(pm_table[term_of(s)]) == j);
    }
    return 2.0 * output / real(OUTPUTS);
}

// The change of the loss of a term when output j alone changes.
fn output_change(base: u32, s: u32, j: u32, change: real) -> real {
    let output = pm_state[base + OUTPUT * CAPACITY + s * OUTPUTS + j];
    if (SOFTMAX) {
        // Of the class itself: all others fall behind by as much.
        let is_class = pm_word(pm_table[term_of(s)]) == j;
        let p = select(output, pm_state[base + OTHERS * CAPACITY + s], is_class);
        let sum = p * pm_expm1(select(change, -change, is_class));
        if (sum >= -0.5 || pm_is_nan(sum)) { return pm_log1p(sum); }
        // Far below 0 the 1 would cancel: ln Σ p_k e^d_k.
        var total: real = 0.0;
        for (var k = 0u; k < OUTPUTS; k++) {
            let d = select(select(0.0, -change, is_class), select(change, 0.0, is_class), k == j);
            total += pm_state[base + OUTPUT * CAPACITY + s * OUTPUTS + k] * pm_exp(d);
        }
        return pm_log(total);
    }
    return change * (2.0 * output + change) / real(OUTPUTS);
}
