// The kernels of one layer, for which the host puts in LAYER, its sizes INPUTS, UNITS and ROWS (with the biases), the
// offsets of its parameters and arrays, and what its inputs, their scale, its activation and its response are.

fn inputs_LAYER(point: u32, s: u32, i: u32) -> real { INPUT }

fn scale_LAYER(point: u32, s: u32) -> real { SCALE }

// The sums of a layer. Where they are long and the points few, each of several parts takes an equal share of the inputs, so that
// there is enough to do at the same time; `activate_LAYER` adds the parts up, in order. They lie where the fit will.
fn forward_LAYER_a(point: u32, row: u32, k: u32, part: u32, tile: u32) -> real { FORWARD }
fn forward_LAYER_b(point: u32, k: u32, column: u32, part: u32) -> real {
    return pm_points[point * DIMENSION + WEIGHTS + k * UNITS + column];
}
fn forward_LAYER_between(point: u32, row: u32, column: u32) -> real { return 1.0; }
fn forward_LAYER_store(point: u32, share: u32, row: u32, column: u32, sum: real) {
    if (pm_step.to_term == 1u) {
        store_LAYER(point, row, column, sum);
    } else {
        pm_state[base_of(point) + (FIT_AT + share * UNITS) * CAPACITY + row * UNITS + column] = sum;
    }
}
fn store_LAYER(point: u32, row: u32, column: u32, sum: real) {
    var z = sum;
    if (BIASES) { z += pm_points[point * DIMENSION + WEIGHTS + INPUTS * UNITS + column]; }
    let at = base_of(point) + row * UNITS + column;
    pm_state[at + Z_AT * CAPACITY] = z;
    ACTIVATE
}

@compute @workgroup_size(64)
fn activate_LAYER(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_step.count * UNITS) { return; }
    let at = base_of(group.z) + FIT_AT * CAPACITY + id;
    var sum: real = 0.0;
    for (var part = 0u; part < pm_step.to_term; part++) { sum += pm_state[at + part * UNITS * CAPACITY]; }
    store_LAYER(group.z, id / UNITS, id % UNITS, sum);
}

// The scales of the terms' inputs to the next layer, where activations have no bound; and how close to its kink the closest relu
// is.
@compute @workgroup_size(64)
fn scales_LAYER(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= pm_step.count) { return; }
    let base = base_of(id.z);
    let a = base + A_AT * CAPACITY + id.x * UNITS;
    let z = base + Z_AT * CAPACITY + id.x * UNITS;
    var most: real = 1.0;
    var nearest: real = abs(pm_state[z]);
    for (var j = 0u; j < UNITS; j++) {
        most = max(most, abs(pm_state[a + j]));
        nearest = min(nearest, abs(pm_state[z + j]));
    }
    pm_state[base + SCALE_AT * CAPACITY + id.x] = pm_power_of_two_above(most);
    pm_state[base + NEAREST_AT * CAPACITY + id.x] = nearest;
}

fn change_LAYER(base: u32, s: u32, j: u32, d: real, margin: real) -> real {
    let at = base + s * UNITS + j;
    CHANGE
}

// Where all but the linear part of responses is below rounding: the slopes of the loss along the sums, from those of the next
// layer. Where a relu may have its kink within the shift, what the pair comes to is left to `responses_LAYER`.
fn store_slope_LAYER(point: u32, s: u32, j: u32, outside: real) {
    let base = base_of(point);
    let id = s * UNITS + j;
    let at = base + id;
    let reach = pm_layer.largest * scale_LAYER(point, s);
    var in_doubt = reach > pm_layer.farthest;
    DOUBT
    pm_state[at + KINKED_AT * CAPACITY] = select(real(0u), real(1u), in_doubt);
    for (var p = 1u; p < pm_layer.powers; p++) { pm_state[at + (FIT_AT + p * UNITS) * CAPACITY] = 0.0; }
    pm_state[at + FIT_AT * CAPACITY] = outside * SLOPE;
}

RESPONSE

@compute @workgroup_size(64)
fn responses_LAYER(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    let point = group.z;
    if (id >= pm_step.count * UNITS) { return; }
    let s = id / UNITS;
    let j = id % UNITS;
    let base = base_of(point);
    let reach = pm_layer.largest * scale_LAYER(point, s);
    var odd = vec4<real>();
    var even = vec4<real>();
    pm_kinked = pm_layer.nodes == 0u || reach > pm_layer.farthest;
    let kinked_at = base + KINKED_AT * CAPACITY + id;
    // Only what is in doubt.
    if (pm_layer.linear == 1u && pm_state[kinked_at] == 0.0) { return; }
    // The nodes may be spread over several dispatches.
    let is_first = pm_step.from_term == 0u;
    if (!is_first) { pm_kinked = pm_kinked || pm_state[kinked_at] != 0.0; }
    let last = select(pm_step.to_term, pm_step.from_term, pm_kinked);
    for (var k = pm_step.from_term; k < last; k++) {
        let d = reach * pm_layer.node[k];
        let plus = pm_sealed(response_LAYER(base, point * DIMENSION, s, j, d), pm_zero());
        let minus = pm_sealed(response_LAYER(base, point * DIMENSION, s, j, -d), pm_zero());
        // Not `odd[k] = …`: some compilers take no component that is chosen at run time.
        let here = vec4<u32>(k) == vec4<u32>(0u, 1u, 2u, 3u);
        odd = select(odd, vec4<real>(0.5 * (plus - minus)), here);
        even = select(even, vec4<real>(0.5 * (plus + minus)), here);
    }
    // A response with a kink, or too far out, is no polynomial: it is evaluated element by element.
    pm_state[kinked_at] = select(real(0u), real(1u), pm_kinked);
    for (var p = 0u; p < pm_layer.powers; p++) {
        let is_odd = ((p * pm_step.gap) & 1u) == 0u;
        let at = base + (FIT_AT + p * UNITS) * CAPACITY + id;
        // Divided by the reach, c_1 is the slope of the loss along the sum.
        var c = dot(pm_layer.weights[p], select(even, odd, is_odd)) / reach;
        if (!is_first) { c += pm_state[at]; }
        pm_state[at] = select(c, 0.0, pm_kinked);
    }
}

fn add_to_gradient_LAYER(point: u32, row: u32, column: u32, part: real, is_first: bool) {
    let at = point * DIMENSION + WEIGHTS + row * UNITS + column;
    var sum = part;
    if (!is_first) { sum += pm_gradient[at]; }
    pm_gradient[at] = sum;
}

// r for the step r·(the largest step) of a parameter, with the side's sign.
fn contraction_LAYER_between(point: u32, row: u32, column: u32) -> real {
    let w = pm_points[point * DIMENSION + WEIGHTS + row * UNITS + column];
    return power(pm_step.side * pm_h(w) * pm_layer.inverse, pm_step.gap);
}
fn contraction_LAYER_a(point: u32, row: u32, k: u32, part: u32, tile: u32) -> real {
    let input = inputs_LAYER(point, k, row);
    if (part == 0u) { return input; }
    return input * power(input * pm_inverse_of_power(scale_LAYER(point, k)), part * pm_step.gap);
}
fn contraction_LAYER_b(point: u32, k: u32, column: u32, part: u32) -> real {
    return pm_state[base_of(point) + (FIT_AT + part * UNITS) * CAPACITY + k * UNITS + column];
}
fn contraction_LAYER_store(point: u32, share: u32, row: u32, column: u32, sum: real) {
    add_to_gradient_LAYER(point, row, column, sum * pm_step.mean, pm_step.first == 0u);
}

// The pairs (term, unit) whose response has a kink: one invocation per parameter.
@compute @workgroup_size(64)
fn kinks_LAYER(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    let point = group.z;
    if (id >= ROWS * UNITS) { return; }
    let base = base_of(point);
    let i = id / UNITS;
    let j = id % UNITS;
    let h = pm_h(pm_points[point * DIMENSION + WEIGHTS + id]);
    var sum: real = 0.0;
    for (var s = pm_step.from_term; s < pm_step.to_term; s++) {
        if (pm_state[base + KINKED_AT * CAPACITY + s * UNITS + j] != 0.0) {
            let d = pm_step.side * h * inputs_LAYER(point, s, i);
            if (d != 0.0) {
                let ahead = pm_sealed(response_LAYER(base, point * DIMENSION, s, j, d), pm_zero());
                if (pm_step.gap == 2u) {
                    let behind = response_LAYER(base, point * DIMENSION, s, j, -d);
                    sum += 0.5 * pm_sealed(ahead - behind, pm_zero());
                } else {
                    sum += pm_step.side * ahead;
                }
            }
        }
    }
    if (sum != 0.0) { add_to_gradient_LAYER(point, i, j, sum / h * pm_step.mean, false); }
}
