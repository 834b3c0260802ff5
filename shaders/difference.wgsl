// One invocation per (point, axis) and chunk of terms: evaluates each term at x+h·e and x-h·e, subtracts, adds up.
// The host put the perturbed coordinates into pm_moved (src/step.rs) and cut the work (src/plan.rs).
// Twin of src/cpu.rs.

const PM_NO_AXIS = 0xffffffffu;

// Evaluates the s-th selected term with coordinate `axis` at `value`, and notes a term that is not finite.
fn pm_term(s: u32, point: u32, axis: u32, value: real) -> real {
    pm_moved_index = axis;
    pm_moved_value = value;
    let t = pm_entry(pm_selection[s]);
    pm_check(pm_work.traps);
    if (!pm_is_finite(t)) {
        atomicMin(&pm_first_bad[point], min(axis, PM_DIMENSION));
    }
    return t;
}

// The linear index of this invocation: workgroups fold into a second dimension past the limit of the first.
fn pm_linear(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
    return (group.y * groups.x + group.x) * PM_GROUP + local;
}

// Terms at the unperturbed points, which all axes of a one-sided difference share: one invocation per
// (point, chunk).
@compute @workgroup_size(PM_GROUP)
fn pm_base_terms(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    let points = pm_work.pairs / pm_work.axes;
    if (id >= points * pm_work.chunks) { return; }
    let point = id % points;
    pm_point_offset = point * PM_DIMENSION;
    let first = id / points * pm_work.terms_per_chunk;
    for (var s = first; s < min(first + pm_work.terms_per_chunk, pm_work.terms); s++) {
        pm_base[point * pm_work.terms + s] = pm_term(s, point, PM_NO_AXIS, 0.0);
    }
}

// Neighbouring invocations take neighbouring axes and the same terms, so that they read the same data.
@compute @workgroup_size(PM_GROUP)
fn pm_difference(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_work.pairs * pm_work.chunks) { return; }
    let pair = id % pm_work.pairs;
    let point = pair / pm_work.axes;
    pm_point_offset = point * PM_DIMENSION;
    let axis = pm_work.first_axis + pair % pm_work.axes;
    let first = id / pm_work.pairs * pm_work.terms_per_chunk;
    var sum: real = 0.0;
    for (var s = first; s < min(first + pm_work.terms_per_chunk, pm_work.terms); s++) {
        if (pm_work.sides == 0u) {
            sum += pm_term(s, point, PM_NO_AXIS, 0.0);
        } else {
            let moved = pm_moved[pair];
            let upper = pm_term(s, point, axis, moved.x);
            var lower: real;
            if (pm_work.sides == 2u) {
                lower = pm_term(s, point, axis, moved.y);
            } else {
                lower = pm_base[point * pm_work.terms + s];
            }
            sum += upper - lower;
        }
    }
    pm_partials[id] = sum;
}
