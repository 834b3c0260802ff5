// One invocation per displacement and chunk of terms: evaluates each term at a source vector with one coordinate replaced,
// less the same term elsewhere, and adds up. Displacements come from a regular grid of all axes of the sources, of which
// only the moved coordinates are stored, or none if they can be made here, or from a list, each by itself or in ladders of steps.
// The host put the moved coordinates into pm_moved and cut the work (src/backend/plan.rs). Each kind has a kernel of its own,
// compiled when first needed: what all invocations do alike costs no branches. Twin of src/backend/cpu/evaluate.rs.

const PM_NONE = 0xffffffffu;
const PM_LOWER_IS_MOVED = 0xfffffffeu;
// No axis, beside the two bits that say what is subtracted: 0: a base, 1: nothing, 2: the same source moved otherwise.
const PM_NO_AXIS = 0x3fffffffu;

// Lists, which alone have words, are many: they have one bit each.
fn pm_note(flag: u32, mark: u32) {
    if (pm_work.words > 0u) {
        atomicOr(&pm_flags[flag >> 5u], 1u << (flag & 31u));
    } else {
        atomicMax(&pm_flags[flag], ~mark);
    }
}

// Evaluates the s-th selected term with coordinate `axis` at `value`, and notes under `flag` a term that is not finite. It is
// sealed, and so are differences, since compilers may reorder sums: what of two terms is alike would be taken off before it is
// rounded, and `sum + (upper - lower)` made `(sum + upper) - lower`.
fn pm_term(s: u32, flag: u32, mark: u32, axis: u32, value: real) -> real {
    pm_moved_index = axis;
    pm_moved_value = value;
    let t = pm_entry(pm_words[s]);
    pm_check(pm_work.traps);
    if (!pm_is_finite(t)) { pm_note(flag, mark); }
    return pm_sealed(t, pm_zero());
}

// The linear index of this invocation: workgroups fold into a second dimension past the limit of the first.
fn pm_linear(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
    return (group.y * groups.x + group.x) * PM_GROUP + local;
}

// The first and last term of a chunk.
fn pm_terms_of(chunk: u32) -> vec2<u32> {
    let first = chunk * pm_work.terms_per_chunk;
    return vec2(first, min(first + pm_work.terms_per_chunk, pm_work.terms));
}

// The coordinate x moved along a pair of a grid, above and below. It rounds here as it does on the host (src/difference/perturb.rs):
// sums of two numbers are rounded correctly everywhere, and sealed so that no compiler goes on with them unrounded. By relative steps in
// f64 the host moves all, since powers of two are found by the bits of f32.
fn pm_moved_of(pair: u32, x: real) -> vec2<real> {
    if (pm_work.steps == 0u) {
        return vec2<real>(pm_moved[pm_work.sides * pair], pm_moved[pm_work.sides * pair + pm_work.sides - 1u]);
    }
    var size = pm_moved[0];
    if (pm_work.steps == 1u) {
        let exponent = i32(max((pm_bits(x) >> 23u) & 255u, 127u) - 127u);
        size = pm_power_of_two(pm_work.exponent + exponent);
    }
    let h = select(size, -size, pm_work.down == 1u);
    return vec2<real>(pm_sealed(x + h, pm_zero()), pm_sealed(x - h, pm_zero()));
}

// Terms at the bases, which are the first sources: one invocation per (base, chunk).
@compute @workgroup_size(PM_GROUP)
fn pm_base_terms(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_work.bases * pm_work.chunks) { return; }
    let base = id % pm_work.bases;
    pm_point_offset = base * pm_work.dimension;
    let terms = pm_terms_of(id / pm_work.bases);
    for (var s = terms.x; s < terms.y; s++) {
        pm_base[base * pm_work.terms + s] = pm_term(s, pm_work.base_flags + base, pm_work.first_axis, PM_NONE, 0.0);
    }
}

// f at each source.
@compute @workgroup_size(PM_GROUP)
fn pm_values(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_work.pairs * pm_work.chunks) { return; }
    let source = id % pm_work.pairs;
    pm_point_offset = source * pm_work.dimension;
    let terms = pm_terms_of(id / pm_work.pairs);
    var sum: real = 0.0;
    for (var s = terms.x; s < terms.y; s++) { sum += pm_term(s, source, 0u, PM_NONE, 0.0); }
    pm_partials[id] = sum;
}

// A grid: f above less f below. Neighbouring invocations take neighbouring axes and the same terms, so that they read the
// same data.
@compute @workgroup_size(PM_GROUP)
fn pm_two_sided(
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
    let moved = pm_moved_of(pair, pm_points[pm_point_offset + axis]);
    let terms = pm_terms_of(id / pm_work.pairs);
    var sum: real = 0.0;
    for (var s = terms.x; s < terms.y; s++) {
        let upper = pm_term(s, source, axis, axis, moved.x);
        let lower = pm_term(s, source, axis, axis, moved.y);
        sum += pm_sealed(upper - lower, pm_zero());
    }
    pm_partials[id] = sum;
}

// A grid: f at the moved coordinate less f at the source, which all its axes share.
@compute @workgroup_size(PM_GROUP)
fn pm_one_sided(
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
    let moved = pm_moved_of(pair, pm_points[pm_point_offset + axis]);
    let terms = pm_terms_of(id / pm_work.pairs);
    var sum: real = 0.0;
    for (var s = terms.x; s < terms.y; s++) {
        let upper = pm_term(s, source, axis, axis, moved.x);
        sum += pm_sealed(upper - pm_base[source * pm_work.terms + s], pm_zero());
    }
    pm_partials[id] = sum;
}

// A list: source, axis and what is subtracted stand in pm_list: nothing (PM_NONE), the same source with the other moved
// coordinate, or the terms at a base. Twin of Displacement in src/difference/displacement.rs.
@compute @workgroup_size(PM_GROUP)
fn pm_listed(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_work.pairs * pm_work.chunks) { return; }
    let i = id % pm_work.pairs;
    let source = pm_list[pm_work.words * i];
    let packed = pm_list[pm_work.words * i + 1u];
    let axis = select(packed & PM_NO_AXIS, PM_NONE, (packed & PM_NO_AXIS) == PM_NO_AXIS);
    // The source, or the word behind.
    var below = pm_list[pm_work.words * i + select(0u, 2u, pm_work.words == 3u)];
    if ((packed >> 30u) == 1u) { below = PM_NONE; }
    if ((packed >> 30u) == 2u) { below = PM_LOWER_IS_MOVED; }
    let upper_at = pm_moved[pm_work.sides * i];
    let lower_at = pm_moved[pm_work.sides * i + pm_work.sides - 1u];
    pm_point_offset = source * pm_work.dimension;
    let terms = pm_terms_of(id / pm_work.pairs);
    var sum: real = 0.0;
    for (var s = terms.x; s < terms.y; s++) {
        let upper = pm_term(s, i, 0u, axis, upper_at);
        // Where no lower one is moved, all invocations pass by.
        var lower: real = 0.0;
        if (pm_work.sides == 2u) {
            if (below == PM_LOWER_IS_MOVED) { lower = pm_term(s, i, 0u, axis, lower_at); }
        }
        if (below < PM_LOWER_IS_MOVED) { lower = pm_base[below * pm_work.terms + s]; }
        sum += pm_sealed(upper - lower, pm_zero());
    }
    pm_partials[id] = sum;
}

// A list in ladders: the same as above, but that many displacements have one coordinate moved by steps that follow each other. Steps
// and moved coordinates are rounded here as on the host (src/difference/ladders.rs): a step is a mantissa times a power of two, which
// is exact, and sums of two numbers are rounded correctly everywhere.
@compute @workgroup_size(PM_GROUP)
fn pm_laddered(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group, groups, local);
    if (id >= pm_work.slots * pm_work.chunks) { return; }
    let at = pm_work.words * ((id % pm_work.slots) / pm_work.width);
    let slot = (id % pm_work.slots) % pm_work.width;
    let made = pm_list[at + 3u];
    if (((made >> slot) & 1u) == 0u) { return; }
    let i = pm_list[at + 4u] + countOneBits(made & ((1u << slot) - 1u));
    let source = pm_list[at];
    let axis = select(pm_list[at + 1u], PM_NONE, pm_list[at + 1u] == PM_NO_AXIS);
    let exponents = pm_list[at + 2u];
    let exponent = i32(exponents >> 16u) - 0x8000 - i32(slot / pm_work.sides);
    let scale = i32(exponents & 0xffffu) - 0x8000;
    let h = pm_moved[u32(exponent & 7)] * pm_power_of_two(exponent + scale);
    let is_down = slot % pm_work.sides + pm_work.down == 1u;
    pm_point_offset = source * pm_work.dimension;
    let x = pm_points[pm_point_offset + min(axis, pm_work.dimension - 1u)];
    let moved = pm_sealed(x + select(h, -h, is_down), pm_zero());
    let terms = pm_terms_of(id / pm_work.slots);
    var sum: real = 0.0;
    for (var s = terms.x; s < terms.y; s++) {
        let upper = pm_term(s, i, 0u, axis, moved);
        var lower: real = 0.0;
        if (axis != PM_NONE) { lower = pm_base[source * pm_work.terms + s]; }
        sum += pm_sealed(upper - lower, pm_zero());
    }
    pm_partials[(id / pm_work.slots) * pm_work.pairs + i] = sum;
}
