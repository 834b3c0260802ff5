// One level of the reduction: adds up to PM_FAN_IN rows of partial sums, in order, so that the same input gives the
// same bits. One invocation per pair and group of rows. Twin of `reduce` in src/backend/cpu/evaluate.rs.

struct PmLevel {
    pairs: u32,
    rows: u32,
}

@group(0) @binding(0) var<uniform> pm_level: PmLevel;
@group(0) @binding(1) var<storage, read> pm_rows: array<real>;
@group(0) @binding(2) var<storage, read_write> pm_reduced: array<real>;

@compute @workgroup_size(PM_GROUP)
fn pm_reduce(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let id = (group.y * groups.x + group.x) * PM_GROUP + local;
    let pair = id % pm_level.pairs;
    let first = id / pm_level.pairs * PM_FAN_IN;
    if (first >= pm_level.rows) { return; }
    var sum: real = 0.0;
    for (var row = first; row < min(first + PM_FAN_IN, pm_level.rows); row++) {
        sum += pm_rows[row * pm_level.pairs + pair];
    }
    pm_reduced[id] = sum;
}
