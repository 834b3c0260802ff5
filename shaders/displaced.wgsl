// One invocation per displaced evaluation and chunk of terms: the terms at a source vector with at most one coordinate
// replaced, less the same terms at a base, added up. The host (src/evaluator/displaced.rs) says which, and makes
// derivatives of them. Twin of src/cpu/displaced.rs.

// Twin of Displacement in src/displacement.rs.
struct PmDisplacement {
    value: real,
    source: u32,
    base: u32,
    axis: u32,
}

@group(0) @binding(9) var<storage, read> pm_displacements: array<PmDisplacement>;

// The s-th selected term with a coordinate replaced; notes under `flag` if it is not finite.
fn pm_displaced_term(s: u32, flag: u32, axis: u32, value: real) -> real {
    pm_moved_index = axis;
    pm_moved_value = value;
    let t = pm_entry(pm_selection[s]);
    pm_check(pm_work.traps);
    if (!pm_is_finite(t)) {
        atomicMin(&pm_first_bad[flag], 0u);
    }
    return t;
}

// Terms at the bases: one invocation per (base, chunk). Their flags stand behind those of the evaluations.
@compute @workgroup_size(PM_GROUP)
fn pm_displaced_bases(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_work.bases * pm_work.chunks) { return; }
    let base = id % pm_work.bases;
    pm_point_offset = base * PM_DIMENSION;
    let first = id / pm_work.bases * pm_work.terms_per_chunk;
    for (var s = first; s < min(first + pm_work.terms_per_chunk, pm_work.terms); s++) {
        pm_base[base * pm_work.terms + s] = pm_displaced_term(s, pm_work.pairs + base, PM_NO_AXIS, 0.0);
    }
}

@compute @workgroup_size(PM_GROUP)
fn pm_displaced(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_work.pairs * pm_work.chunks) { return; }
    let evaluation = id % pm_work.pairs;
    let displacement = pm_displacements[evaluation];
    pm_point_offset = displacement.source * PM_DIMENSION;
    let first = id / pm_work.pairs * pm_work.terms_per_chunk;
    var sum: real = 0.0;
    for (var s = first; s < min(first + pm_work.terms_per_chunk, pm_work.terms); s++) {
        let t = pm_displaced_term(s, evaluation, displacement.axis, displacement.value);
        if (displacement.base == PM_NO_AXIS) {
            sum += t;
        } else {
            sum += t - pm_base[displacement.base * pm_work.terms + s];
        }
    }
    pm_partials[id] = sum;
}
