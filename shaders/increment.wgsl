// As pm_two_sided and pm_one_sided, for objectives that bring `fn increment(s: u32, axis: u32, delta: real) -> real`: the term
// at x + delta along the axis minus the term at x. pm_moved holds the deltas, two or one.

@compute @workgroup_size(PM_GROUP)
fn pm_increments(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_work.pairs * pm_work.chunks) { return; }
    let pair = id % pm_work.pairs;
    let source = pair / pm_work.axes;
    let axis = pm_work.first_axis + pair % pm_work.axes;
    pm_point_offset = source * pm_work.dimension;
    pm_moved_index = PM_NONE;
    let terms = pm_terms_of(id / pm_work.pairs);
    var sum: real = 0.0;
    for (var s = terms.x; s < terms.y; s++) {
        var change = increment(pm_words[s], axis, pm_moved[pm_work.sides * pair]);
        if (pm_work.sides == 2u) { change -= increment(pm_words[s], axis, pm_moved[2u * pair + 1u]); }
        if (!pm_is_finite(change)) { atomicMax(&pm_flags[source], ~axis); }
        sum += pm_sealed(change, pm_zero());
    }
    pm_partials[id] = sum;
}
