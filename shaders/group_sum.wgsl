// The sum over a workgroup of 64, in a fixed order; good in the first invocation. All invocations must come here.

var<workgroup> pm_partial: array<real, 64>;

fn pm_sum_of_group(local: u32, mine: real) -> real {
    pm_partial[local] = mine;
    workgroupBarrier();
    for (var width = 32u; width > 0u; width >>= 1u) {
        if (local < width) { pm_partial[local] += pm_partial[local + width]; }
        workgroupBarrier();
    }
    return pm_partial[0];
}
