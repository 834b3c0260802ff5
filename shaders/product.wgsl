// A matrix product in tiles: each workgroup holds 32 rows of A and 32 columns of B in workgroup memory, 16 deep, and each
// invocation adds up 4 x 4 elements. The host puts in NAME and the sizes, and writes the functions NAME_a, NAME_b (the
// factors), NAME_between (by what the sums are multiplied before a pass) and NAME_store (src/objective/product.rs).
// Past the edges the factors are 0 and nothing is stored.

@compute @workgroup_size(8, 8)
fn NAME(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    // Where the sums are long, each of several workgroups takes a share of them.
    let shares = SHARES;
    let point = group.z / shares;
    let share = group.z % shares;
    // Whole steps of 16.
    let deep = ((DEPTH + 15u) / 16u + shares - 1u) / shares * 16u;
    let begin = share * deep;
    let end = min(begin + deep, DEPTH);
    let first_row = group.y * 32u;
    let first_column = group.x * 32u;
    let row = first_row + local.y * 4u;
    let column = first_column + local.x * 4u;
    let lane = local.y * 8u + local.x;
    var sum = array<vec4<real>, 4>();
    for (var left = PASSES; left > 0u; left--) {
        let part = left - 1u;
        if (PASSES > 1u) {
            for (var r = 0u; r < 4u; r++) {
                // Past the edges the last one's, which nothing is stored of. No component is chosen at run time, which some
                // compilers refuse.
                let at = min(row + r, ROWS - 1u);
                sum[r] *= vec4<real>(
                    NAME_between(point, at, min(column, COLUMNS - 1u)),
                    NAME_between(point, at, min(column + 1u, COLUMNS - 1u)),
                    NAME_between(point, at, min(column + 2u, COLUMNS - 1u)),
                    NAME_between(point, at, min(column + 3u, COLUMNS - 1u)),
                );
            }
        }
        for (var depth = begin; depth < end; depth += 16u) {
            // 512 elements of each factor, 8 an invocation; neighbours read neighbours.
            for (var i = 0u; i < 8u; i++) {
                let e = lane + 64u * i;
                let r = select(e >> 4u, e & 31u, A_BY_COLUMNS);
                let ka = select(e & 15u, e >> 5u, A_BY_COLUMNS);
                var a: real = 0.0;
                if (first_row + r < ROWS && depth + ka < end) {
                    a = NAME_a(point, first_row + r, depth + ka, part, group.x);
                }
                pm_tile_a[ka * 32u + r] = a;
                let c = e & 31u;
                let kb = e >> 5u;
                var b: real = 0.0;
                if (first_column + c < COLUMNS && depth + kb < end) {
                    b = NAME_b(point, depth + kb, first_column + c, part);
                }
                pm_tile_b[kb * 32u + c] = b;
            }
            workgroupBarrier();
            for (var k = 0u; k < 16u; k++) {
                let at = k * 32u + local.y * 4u;
                let bt = k * 32u + local.x * 4u;
                let b = vec4<real>(pm_tile_b[bt], pm_tile_b[bt + 1u], pm_tile_b[bt + 2u], pm_tile_b[bt + 3u]);
                sum[0] += pm_tile_a[at] * b;
                sum[1] += pm_tile_a[at + 1u] * b;
                sum[2] += pm_tile_a[at + 2u] * b;
                sum[3] += pm_tile_a[at + 3u] * b;
            }
            workgroupBarrier();
        }
    }
    for (var r = 0u; r < 4u; r++) {
        for (var c = 0u; c < 4u; c++) {
            if (row + r < ROWS && column + c < COLUMNS) {
                NAME_store(point, share, row + r, column + c, sum[r][c]);
            }
        }
    }
}
