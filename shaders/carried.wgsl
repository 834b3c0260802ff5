// The gradient of a program by slopes carried through the terms: what descents of a user's function loop over. An invocation has a
// group of up to PM_SLOTS axes of a point, and all terms at hand, or every 64th of them. It runs the program with slopes
// (`pm_carry`, written by src/program/device). Twin of src/backend/cpu/descent.
//
// A step at which something is to be said about a slope, or that a trap was met at, is left to the host.

const PM_NONE = 0xffffffffu;

// What the program reads. What it leaves behind is in slopes/sums.wgsl.
var<private> pm_point_offset: u32;
var<private> pm_axis: array<u32, PM_SLOTS>;
// The side of the step that slopes are over.
var<private> pm_side: real;
// Reads past the end, and steps too large to be carried.
var<private> pm_is_out: bool;

fn pm_x(i: u32) -> real {
    pm_is_out = pm_is_out || i >= DIMENSION;
    return pm_points[pm_point_offset + min(i, DIMENSION - 1u)];
}

fn pm_datum(i: u32) -> real {
    pm_is_out = pm_is_out || i >= PM_DATA;
    return pm_number(pm_data[min(i, max(PM_DATA, 1u) - 1u)]);
}

fn pm_data_error(i: u32) -> real { return 0.0; }

fn pm_seed(slot: u32, i: u32) -> real { return select(real(0u), real(1u), pm_axis[slot] == i); }

fn pm_seed_error(slot: u32, i: u32) -> real { return 0.0; }

fn pm_sample() -> u32 { return 0u; }

// The step along the axis of a slot. Of slots left over it is that along the last axis, lest it be 0.
fn pm_carried_step(slot: u32) -> real {
    let h = pm_h(pm_points[pm_point_offset + min(pm_axis[slot], DIMENSION - 1u)]);
    pm_is_out = pm_is_out || h > PM_MOST_STEP;
    return pm_side * h;
}

// The sums of some terms of one point along one group of axes: of the values, then of the slopes.
var<private> pm_sums: array<PmSum, PM_SLOTS + 1u>;

fn pm_carry_all(point: u32, group: u32, first: u32, stride: u32) {
    pm_point_offset = point * DIMENSION;
    for (var slot = 0u; slot < PM_SLOTS; slot++) {
        let axis = group * PM_SLOTS + slot;
        pm_axis[slot] = select(axis, PM_NONE, axis >= DIMENSION);
    }
    pm_side = pm_step.side;
    let sides = select(1u, 2u, PM_FINITE && pm_step.gap == 2u);
    for (var side = 0u; side < sides; side++) {
        for (var t = first; t < pm_step.count; t += stride) {
            pm_carry(pm_order[pm_step.order + pm_step.first + t]);
            // Where it is not finite, a sum in parts may hide it.
            pm_is_out = pm_is_out || !pm_is_finite(pm_value);
            if (side == 0u) { pm_sums[0] = pm_add(pm_sums[0], pm_value, 0.0); }
            for (var slot = 0u; slot < PM_SLOTS; slot++) {
                pm_sums[slot + 1u] = pm_add(pm_sums[slot + 1u], pm_slope[slot], 0.0);
            }
        }
        pm_side = -pm_side;
    }
    let is_bad = pm_is_out || pm_turns > PM_TURNS || (pm_raised & PM_DOUBTS) != 0u;
    if (is_bad) { atomicOr(&pm_flags[pm_flag(point, PM_BAD + pm_parity())], 1u); }
}

// Puts the sum of a slope in its place.
fn pm_store(point: u32, group: u32, slot: u32, sum: real) {
    let axis = group * PM_SLOTS + slot;
    if (axis >= DIMENSION) { return; }
    var slope = sum * pm_step.mean;
    if (PM_FINITE && pm_step.gap == 2u) { slope *= 0.5; }
    let at = point * DIMENSION + axis;
    if (pm_step.first > 0u) { slope += pm_gradient[at]; }
    pm_gradient[at] = slope;
}

// One invocation for each point and group of axes. Neighbours have the same axes.
@compute @workgroup_size(64)
fn carry_alone(
    @builtin(workgroup_id) group_of: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = pm_linear(group_of, groups, local);
    if (id >= pm_step.points * PM_GROUPS) { return; }
    let point = id % pm_step.points;
    let group = id / pm_step.points;
    pm_carry_all(point, group, 0u, 1u);
    for (var slot = 0u; slot < PM_SLOTS; slot++) {
        pm_store(point, group, slot, pm_sums[slot + 1u].high + pm_sums[slot + 1u].low);
    }
    if (group == 0u) { pm_trace(point, pm_sums[0].high + pm_sums[0].low); }
}

// A workgroup for each of them, where there are few of them and many terms.
@compute @workgroup_size(64)
fn carry_together(
    @builtin(workgroup_id) group_of: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = group_of.y * groups.x + group_of.x;
    let point = min(id, pm_step.points * PM_GROUPS - 1u) % pm_step.points;
    let group = min(id, pm_step.points * PM_GROUPS - 1u) / pm_step.points;
    pm_carry_all(point, group, local, 64u);
    for (var slot = 0u; slot < PM_SLOTS; slot++) {
        let sum = pm_sum_of_group(local, pm_sums[slot + 1u].high + pm_sums[slot + 1u].low);
        if (local == 0u && id < pm_step.points * PM_GROUPS) { pm_store(point, group, slot, sum); }
    }
    let value = pm_sum_of_group(local, pm_sums[0].high + pm_sums[0].low);
    if (local == 0u && group == 0u && id < pm_step.points * PM_GROUPS) { pm_trace(point, value); }
}

fn pm_is_beyond(i: u32, x: real) -> bool { return false; }
