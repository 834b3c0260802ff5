// One step of gradient descent at every point, in two kernels, since a point goes on only if all its coordinates can:
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
    let x = pm_points[i];
    let rate = pm_step.rate;
    let gradient = pm_gradient[i];
    // Where a coordinate goes: the host puts in the update rule (src/optimize).
    let to = UPDATE;
    pm_next[i] = to;
    pm_watch(point, pm_gradient[i]);
    pm_watch(point, to);
    if (to != x) { atomicOr(&pm_flags[pm_flag(point, PM_MOVED + pm_parity())], 1u); }
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
}
