// a / b, but 0 where a is, whatever b.
fn pm_per(a: real, b: real) -> real { return select(a / b, a, a == real(0u)); }

// One step of a descent at every point, in two kernels, since a point goes on only if all its coordinates can:
// where it would go, and the going. Twin of src/optimize/walk.rs.

@compute @workgroup_size(64)
fn propose(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = pm_linear(group, groups, local);
    if (i >= pm_step.points * DIMENSION) { return; }
    let point = i / DIMENSION;
    let all = pm_step.points * DIMENSION;
    let before = pm_points[i];
    var x = before;
    var gradient = pm_gradient[i];
    let kept = pm_step.kept;
    var s0: real;
    var s1: real;
    if (kept > 0u) { s0 = pm_next[2u * all + i]; }
    if (kept > 1u) { s1 = pm_next[3u * all + i]; }
    let old0 = s0;
    let old1 = s1;
    pm_watch(point, gradient);
    let k0 = pm_step.k0;
    let k1 = pm_step.k1;
    let k2 = pm_step.k2;
    let k3 = pm_step.k3;
    let k4 = pm_step.k4;
    let k5 = pm_step.k5;
    let k6 = pm_step.k6;
    let k7 = pm_step.k7;
    let k8 = pm_step.k8;
    let k9 = pm_step.k9;
    let k10 = pm_step.k10;
    let k11 = pm_step.k11;
    // What the host puts in: the update rule (src/optimize/rules).
    { UPDATE }
    if (pm_step.bounded == 1u && pm_is_finite(x)) {
        let limits = (2u + 2u * kept) * all;
        let axis = i % DIMENSION;
        let lower = pm_next[limits + axis];
        let upper = pm_next[limits + DIMENSION + axis];
        if (x < lower) { x = lower; }
        if (x > upper) { x = upper; }
    }
    let to = x;
    pm_next[i] = to;
    pm_watch(point, to);
    if (kept > 0u) {
        pm_next[(2u + kept) * all + i] = s0;
        pm_watch(point, s0);
    }
    if (kept > 1u) {
        pm_next[(3u + kept) * all + i] = s1;
        pm_watch(point, s1);
    }
    if (to != before || s0 != old0 || s1 != old1) {
        atomicOr(&pm_flags[pm_flag(point, PM_MOVED + pm_parity())], 1u);
    }
    // Beyond this the responses would no longer be what they were planned for.
    if (pm_is_beyond(i % DIMENSION, to)) { atomicOr(&pm_flags[pm_flag(point, PM_BAD + pm_parity())], 2u); }
}

// A point halts for good where the host has something to say about its step. What the steps before it left of flags is taken
// away by the next, since each has its own, even or odd.
@compute @workgroup_size(64)
fn commit(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = pm_linear(group, groups, local);
    let all = pm_step.points * DIMENSION;
    if (i >= all) { return; }
    let point = i / DIMENSION;
    let was_halted = atomicLoad(&pm_flags[pm_flag(point, PM_HALTED)]) != 0u;
    let bad = atomicLoad(&pm_flags[pm_flag(point, PM_BAD + pm_parity())]);
    let moved = atomicLoad(&pm_flags[pm_flag(point, PM_MOVED + pm_parity())]);
    let stops = bad != 0u || (moved == 0u && pm_step.settles == 1u);
    // One of them keeps the books: all find the same, whether they read before it or after.
    if (i % DIMENSION == 0u) {
        if (stops) {
            atomicStore(&pm_flags[pm_flag(point, PM_HALTED)], 1u);
        } else if (!was_halted) {
            atomicAdd(&pm_flags[pm_flag(point, PM_MADE)], 1u);
        }
        atomicStore(&pm_flags[pm_flag(point, PM_BAD + 1u - pm_parity())], 0u);
        atomicStore(&pm_flags[pm_flag(point, PM_MOVED + 1u - pm_parity())], 0u);
    }
    if (was_halted || stops) { return; }
    pm_next[all + i] = pm_points[i];
    pm_points[i] = pm_next[i];
    for (var k = 0u; k < pm_step.kept; k++) {
        pm_next[(2u + k) * all + i] = pm_next[(2u + pm_step.kept + k) * all + i];
    }
}
