// One step of gradient descent at every point, in three kernels, since a point goes on only if all its coordinates can:
// where it would go, whether it goes, and the going. Twin of src/optimize/walk.rs.

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
    if (to != x) { atomicOr(&pm_flags[pm_flag(point, PM_MOVED)], 1u); }
    // Beyond this the responses would no longer be what they were planned for.
    if (pm_is_beyond(i % DIMENSION, to)) { atomicOr(&pm_flags[pm_flag(point, PM_BAD)], 2u); }
}

// A point halts for good where the host has something to say about its step.
@compute @workgroup_size(64)
fn settle(@builtin(global_invocation_id) id: vec3<u32>) {
    let point = id.x;
    if (point >= pm_step.points) { return; }
    let bad = atomicExchange(&pm_flags[pm_flag(point, PM_BAD)], 0u);
    let moved = atomicExchange(&pm_flags[pm_flag(point, PM_MOVED)], 0u);
    if (bad != 0u || (moved == 0u && pm_step.settles == 1u)) {
        atomicStore(&pm_flags[pm_flag(point, PM_HALTED)], 1u);
    }
    if (atomicLoad(&pm_flags[pm_flag(point, PM_HALTED)]) == 0u) {
        atomicAdd(&pm_flags[pm_flag(point, PM_MADE)], 1u);
    }
}

@compute @workgroup_size(64)
fn commit(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = pm_linear(group, groups, local);
    let all = pm_step.points * DIMENSION;
    if (i >= all || atomicLoad(&pm_flags[pm_flag(i / DIMENSION, PM_HALTED)]) != 0u) { return; }
    pm_next[all + i] = pm_points[i];
    pm_points[i] = pm_next[i];
}
