// The gradient of ½·xᵀSx + tᵀx by increments: f(x + δ·e_i) - f(x) = δ((Sx + t)_i + ½δ·S_ii), S symmetric. The factor δ
// cancels against the step; between x+h and x-h the curvature does. Twin of src/objective/quadratic/increments.rs. The
// host puts in DIMENSION and DENSE; pm_data holds S (by rows, or its diagonal) and then t.

fn matrix(i: u32) -> real { return pm_number(pm_data[i]); }
fn linear(i: u32) -> real { return matrix(select(DIMENSION, DIMENSION * DIMENSION, DENSE) + i); }
fn curvature(i: u32) -> real { return matrix(select(i, i * DIMENSION + i, DENSE)); }

fn set_gradient(point: u32, i: u32, sx: real) {
    let at = point * DIMENSION + i;
    let slope = sx + linear(i);
    pm_state[at] = slope;
    // Twice the side that is not there: 0 for central quotients.
    let one_sided = select(0.0, 0.5 * pm_step.side, pm_step.gap == 1u);
    pm_gradient[at] = slope + one_sided * pm_h(pm_points[at]) * curvature(i);
}

// One workgroup per row and point.
@compute @workgroup_size(64)
fn row_times_x(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let i = group.x;
    let x = group.z * DIMENSION;
    var sum = vec4<real>();
    for (var j = local; j < DIMENSION; j += 256u) {
        sum[0] += matrix(i * DIMENSION + j) * pm_points[x + j];
        if (j + 64u < DIMENSION) { sum[1] += matrix(i * DIMENSION + j + 64u) * pm_points[x + j + 64u]; }
        if (j + 128u < DIMENSION) { sum[2] += matrix(i * DIMENSION + j + 128u) * pm_points[x + j + 128u]; }
        if (j + 192u < DIMENSION) { sum[3] += matrix(i * DIMENSION + j + 192u) * pm_points[x + j + 192u]; }
    }
    let total = pm_sum_of_group(local, (sum[0] + sum[1]) + (sum[2] + sum[3]));
    if (local == 0u) { set_gradient(group.z, i, total); }
}

@compute @workgroup_size(64)
fn diagonal_times_x(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = pm_linear(group, groups, local);
    if (at >= pm_step.points * DIMENSION) { return; }
    set_gradient(at / DIMENSION, at % DIMENSION, matrix(at % DIMENSION) * pm_points[at]);
}

// Many points at once: S is symmetric, so its rows are its columns. (The kernel is product.wgsl's.)
fn points_times_matrix_a(point: u32, row: u32, k: u32, part: u32, tile: u32) -> real { return pm_points[row * DIMENSION + k]; }
fn points_times_matrix_b(point: u32, k: u32, column: u32, part: u32) -> real { return matrix(k * DIMENSION + column); }
fn points_times_matrix_between(point: u32, row: u32, column: u32) -> real { return 1.0; }
fn points_times_matrix_store(point: u32, share: u32, row: u32, column: u32, sum: real) { set_gradient(row, column, sum); }

// A coordinate's part of ½·Σ x_i((Sx + t)_i + t_i). Halved first, so that no sum overflows that need not.
fn part_of_value(here: u32, i: u32) -> real {
    return pm_points[here + i] * (0.5 * pm_state[here + i] + 0.5 * linear(i));
}

// The values: one workgroup a point.
@compute @workgroup_size(64)
fn values(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
    let point = group.x;
    var sum: real = 0.0;
    for (var i = local; i < DIMENSION; i += 64u) {
        sum += part_of_value(point * DIMENSION, i);
    }
    let total = pm_sum_of_group(local, sum);
    if (local == 0u) { pm_trace(point, total); }
}

// The same of few coordinates and many points: one invocation a point.
@compute @workgroup_size(64)
fn values_of_many(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let point = pm_linear(group, groups, local);
    if (point >= pm_step.points) { return; }
    var sum = vec4<real>();
    for (var i = 0u; i < DIMENSION; i += 4u) {
        let at = min(vec4<u32>(i) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(DIMENSION - 1u));
        let here = point * DIMENSION;
        let parts = vec4<real>(
            part_of_value(here, at.x),
            part_of_value(here, at.y),
            part_of_value(here, at.z),
            part_of_value(here, at.w),
        );
        sum += select(vec4<real>(), parts, at == vec4<u32>(i) + vec4<u32>(0u, 1u, 2u, 3u));
    }
    pm_trace(point, (sum.x + sum.y) + (sum.z + sum.w));
}

fn pm_is_beyond(i: u32, x: real) -> bool { return false; }
