// Slopes of terms: one invocation per point, group of up to PM_SLOTS axes, and chunk of terms. It runs the program with
// slopes (`pm_carry`, written by src/program/device) term by term, and adds up values, slopes and their bounds. For second
// slopes an invocation has one more line, the last of its PM_LINES, and `pm_slope` is the second slope along both. Sums over
// chunks are the host's, in f64 (src/backend/sums.rs), as is all that comes of flags.
// Twin of src/backend/cpu/slopes.rs.

struct PmSlopes {
    // Points times groups of axes.
    pairs: u32,
    // Groups of axes at hand, and the first of them.
    groups: u32,
    first_group: u32,
    // Selected terms, and how they are cut.
    terms: u32,
    terms_per_chunk: u32,
    chunks: u32,
    // Where errors of directions begin among pm_vectors.
    errors: u32,
    // Where steps of the caller's own begin there, and how many a point has.
    steps: u32,
    stride: u32,
    // Which sample with random rounding it is, if it is one.
    sample: u32,
    // 0, which compilers do not know.
    zero: u32,
}

@group(0) @binding(0) var<uniform> pm_work: PmSlopes;
@group(0) @binding(1) var<storage, read> pm_points: array<real>;
// The selected terms.
@group(0) @binding(2) var<storage, read> pm_words: array<u32>;
// PM_LINES for each group; PM_NONE where there is no axis left.
@group(0) @binding(3) var<storage, read> pm_axes: array<u32>;
@group(0) @binding(4) var<storage, read> pm_data: array<real>;
// How far data may be from what was written, if any is.
@group(0) @binding(5) var<storage, read> pm_data_errors: array<real>;
// Directions, [point][coordinate], then how far their components may be off; then steps of the caller's own,
// [point][group][slot].
@group(0) @binding(6) var<storage, read> pm_vectors: array<real>;
// [number][chunk][pair]: the value, then the slopes, in two parts each; then their bounds, if there are any.
@group(0) @binding(7) var<storage, read_write> pm_sums: array<real>;
// [chunk][pair]: three bits of flags for each slot, and PM_TRAP_… bits.
@group(0) @binding(8) var<storage, read_write> pm_marks: array<u32>;

const PM_NONE = 0xffffffffu;
const PM_TRAP_TURNS = 0x10000000u;
const PM_TRAP_POINT = 0x20000000u;
const PM_TRAP_DATA = 0x40000000u;
// A value that is not finite, of which a driver may have made an ordinary number.
const PM_NOT_FINITE = 0x80000000u;

// What the program reads. What it leaves behind is in slopes/sums.wgsl.
var<private> pm_point_offset: u32;
var<private> pm_axis: array<u32, PM_LINES>;
var<private> pm_step_offset: u32;

fn pm_zero() -> u32 { return pm_work.zero; }

fn pm_x(i: u32) -> real {
    if (i >= PM_DIMENSION) {
        pm_raised |= PM_TRAP_POINT;
        return 0.0;
    }
    return pm_points[pm_point_offset + i];
}

fn pm_datum(i: u32) -> real {
    if (i >= PM_DATA) {
        pm_raised |= PM_TRAP_DATA;
        return 0.0;
    }
    return pm_data[i];
}

fn pm_data_error(i: u32) -> real {
    if (i >= PM_DATA) { return 0.0; }
    return pm_data_errors[i];
}

fn pm_seed(slot: u32, i: u32) -> real {
    if (PM_ALONG_VECTORS && slot == PM_VECTOR) { return pm_vectors[pm_point_offset + min(i, PM_DIMENSION - 1u)]; }
    return select(real(0.0), real(1.0), pm_axis[slot] == i);
}

fn pm_seed_error(slot: u32, i: u32) -> real {
    if (slot != PM_VECTOR) { return 0.0; }
    return pm_vectors[pm_work.errors + pm_point_offset + min(i, PM_DIMENSION - 1u)];
}

fn pm_sample() -> u32 { return pm_work.sample; }

fn pm_step(slot: u32) -> real { return pm_vectors[pm_step_offset + slot]; }

@compute @workgroup_size(PM_GROUP)
fn pm_slopes(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = (group.y * groups.x + group.x) * PM_GROUP + local;
    let count = pm_work.pairs * pm_work.chunks;
    if (id >= count) { return; }
    let pair = id % pm_work.pairs;
    pm_point_offset = pair / pm_work.groups * PM_DIMENSION;
    let first_axis = (pm_work.first_group + pair % pm_work.groups) * PM_LINES;
    pm_step_offset = pm_work.steps + pair / pm_work.groups * pm_work.stride + first_axis;
    var slopes: array<PmSum, PM_SLOTS>;
    for (var slot = 0u; slot < PM_LINES; slot++) { pm_axis[slot] = pm_axes[first_axis + slot]; }
    var value: PmSum;
    let first = id / pm_work.pairs * pm_work.terms_per_chunk;
    for (var t = first; t < min(first + pm_work.terms_per_chunk, pm_work.terms); t++) {
        pm_carry(pm_words[t]);
        if (!pm_is_finite(pm_value)) { pm_raised |= PM_NOT_FINITE; }
        value = pm_add(value, pm_value, pm_error);
        for (var slot = 0u; slot < PM_SLOTS; slot++) {
            slopes[slot] = pm_add(slopes[slot], pm_slope[slot], pm_bound[slot]);
        }
    }
    if (pm_turns > PM_TURNS) { pm_raised |= PM_TRAP_TURNS; }
    pm_marks[id] = pm_raised;
    pm_sums[id] = value.high;
    pm_sums[count + id] = value.low;
    for (var slot = 0u; slot < PM_SLOTS; slot++) {
        pm_sums[(2u + 2u * slot) * count + id] = slopes[slot].high;
        pm_sums[(3u + 2u * slot) * count + id] = slopes[slot].low;
    }
    if (PM_BARS) {
        pm_sums[(2u + 2u * PM_SLOTS) * count + id] = value.bound;
        for (var slot = 0u; slot < PM_SLOTS; slot++) {
            pm_sums[(3u + 2u * PM_SLOTS + slot) * count + id] = slopes[slot].bound;
        }
    }
}
