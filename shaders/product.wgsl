// A matrix product in tiles: each workgroup holds TILE_ROWS rows of A and TILE_COLUMNS columns of B in workgroup memory, 16 deep, four
// numbers at a time, and each invocation adds up 4·SETS x 4 elements. The host puts in NAME, the sizes of tile and matrices and the sums
// (src/objective/product.rs), and writes the functions GIVEN_a, GIVEN_b (the factors), GIVEN_between (by what the sums are
// multiplied before a pass) and GIVEN_store. Past the edges the factors are 0 and nothing is stored.

// [depth][row / 4], a little wider than it need be: neighbours that write the same row at other depths meet other banks.
var<workgroup> NAME_tile_a: array<vec4<real>, 16u * (TILE_ROWS / 4u + 1u)>;
// [depth][column / 4]
var<workgroup> NAME_tile_b: array<vec4<real>, 4u * TILE_COLUMNS>;

fn NAME_inside_a(point: u32, row: u32, k: u32, end: u32, part: u32, tile: u32) -> real {
    if (row < ROWS && k < end) { return GIVEN_a(point, row, k, part, tile); }
    return 0.0;
}

fn NAME_inside_b(point: u32, k: u32, end: u32, column: u32, part: u32) -> real {
    if (column < COLUMNS && k < end) { return GIVEN_b(point, k, column, part); }
    return 0.0;
}

@compute @workgroup_size(WIDE, HIGH)
fn NAME(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let rows_by_4 = TILE_ROWS / 4u;
    let columns_by_4 = TILE_COLUMNS / 4u;
    // Where the sums are long, each of several workgroups takes a share of them.
    let shares = SHARES;
    let point = group.z / shares;
    let share = group.z % shares;
    // Whole steps of 16.
    let deep = ((DEPTH + 15u) / 16u + shares - 1u) / shares * 16u;
    let begin = share * deep;
    let end = min(begin + deep, DEPTH);
    let first_row = group.y * TILE_ROWS;
    let first_column = group.x * TILE_COLUMNS;
    let row = first_row + local.y * (4u * SETS);
    let column = first_column + local.x * 4u;
    let lane = local.y * WIDE + local.x;
    var sum = array<vec4<real>, 4u * SETS>();
    for (var left = PASSES; left > 0u; left--) {
        let part = left - 1u;
        if (PASSES > 1u) {
            for (var r = 0u; r < 4u * SETS; r++) {
                // Past the edges the last one's, which nothing is stored of. No component is chosen at run time, which some
                // compilers refuse.
                let at = min(row + r, ROWS - 1u);
                sum[r] *= vec4<real>(
                    GIVEN_between(point, at, min(column, COLUMNS - 1u)),
                    GIVEN_between(point, at, min(column + 1u, COLUMNS - 1u)),
                    GIVEN_between(point, at, min(column + 2u, COLUMNS - 1u)),
                    GIVEN_between(point, at, min(column + 3u, COLUMNS - 1u)),
                );
            }
        }
        for (var depth = begin; depth < end; depth += 16u) {
            // Neighbours read neighbours: along a row of A, or along its columns.
            for (var e = lane; e < 4u * TILE_ROWS; e += WIDE * HIGH) {
                let r = select(e >> 4u, e % rows_by_4, A_BY_COLUMNS);
                let k = select(e & 15u, e / rows_by_4, A_BY_COLUMNS);
                let at = first_row + 4u * r;
                NAME_tile_a[k * (rows_by_4 + 1u) + r] = vec4<real>(
                    NAME_inside_a(point, at, depth + k, end, part, group.x),
                    NAME_inside_a(point, at + 1u, depth + k, end, part, group.x),
                    NAME_inside_a(point, at + 2u, depth + k, end, part, group.x),
                    NAME_inside_a(point, at + 3u, depth + k, end, part, group.x),
                );
            }
            for (var e = lane; e < 4u * TILE_COLUMNS; e += WIDE * HIGH) {
                let k = e / columns_by_4;
                let at = first_column + 4u * (e % columns_by_4);
                NAME_tile_b[e] = vec4<real>(
                    NAME_inside_b(point, depth + k, end, at, part),
                    NAME_inside_b(point, depth + k, end, at + 1u, part),
                    NAME_inside_b(point, depth + k, end, at + 2u, part),
                    NAME_inside_b(point, depth + k, end, at + 3u, part),
                );
            }
            workgroupBarrier();
            for (var k = 0u; k < 16u; k++) {
                let at = k * (rows_by_4 + 1u) + local.y * SETS;
                let b = NAME_tile_b[k * columns_by_4 + local.x];
SUMS
            }
            workgroupBarrier();
        }
    }
    for (var r = 0u; r < 4u * SETS; r++) {
        for (var c = 0u; c < 4u; c++) {
            if (row + r < ROWS && column + c < COLUMNS) {
                GIVEN_store(point, share, row + r, column + c, sum[r][c]);
            }
        }
    }
}
