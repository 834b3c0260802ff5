// A matrix product in tiles: each workgroup holds TILE_ROWS rows of A and TILE_COLUMNS columns of B in workgroup memory, 16 deep, four
// numbers at a time, and each invocation adds up 4·SETS x 4 elements. The host puts in NAME, the sizes of tile and matrices and the sums
// (src/objective/product.rs), and writes the functions GIVEN_a, GIVEN_b (the factors), GIVEN_between (by what the sums are
// multiplied before a further pass) and GIVEN_store.

// [depth][row / 4], a little wider than it need be: neighbours that write the same row at other depths meet other banks.
var<workgroup> NAME_tile_a: array<vec4<real>, 16u * (TILE_ROWS / 4u + 1u)>;
// [depth][column / 4]
var<workgroup> NAME_tile_b: array<vec4<real>, 4u * TILE_COLUMNS>;

// Where four elements of A stand in the tile. Neighbours read neighbours: along a row of A, or along its columns.
fn NAME_place_a(e: u32) -> u32 {
    let rows_by_4 = TILE_ROWS / 4u;
    return select(e & 15u, e / rows_by_4, A_BY_COLUMNS) * (rows_by_4 + 1u) + select(e >> 4u, e % rows_by_4, A_BY_COLUMNS);
}

// Four elements of A, one below the other. Nothing is read past the edges, and no read waits for a branch: past the last row or
// column they are the last ones once more, which nothing is stored of, and past the depth A is 0.
fn NAME_four_of_a(point: u32, e: u32, depth: u32, end: u32, part: u32, tile: vec2<u32>) -> vec4<real> {
    let rows_by_4 = TILE_ROWS / 4u;
    let k = depth + select(e & 15u, e / rows_by_4, A_BY_COLUMNS);
    let first = tile.y * TILE_ROWS + 4u * select(e >> 4u, e % rows_by_4, A_BY_COLUMNS);
    let row = min(vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(ROWS - 1u));
    let near = min(k, end - 1u);
    let four = vec4<real>(
        GIVEN_a(point, row.x, near, part, tile.x),
        GIVEN_a(point, row.y, near, part, tile.x),
        GIVEN_a(point, row.z, near, part, tile.x),
        GIVEN_a(point, row.w, near, part, tile.x),
    );
    return select(vec4<real>(), four, k == near);
}

// Four elements of B, side by side.
fn NAME_four_of_b(point: u32, e: u32, depth: u32, end: u32, part: u32, tile: vec2<u32>) -> vec4<real> {
    let columns_by_4 = TILE_COLUMNS / 4u;
    let near = min(depth + e / columns_by_4, end - 1u);
    let first = tile.x * TILE_COLUMNS + 4u * (e % columns_by_4);
    let column = min(vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(COLUMNS - 1u));
    return vec4<real>(
        GIVEN_b(point, near, column.x, part),
        GIVEN_b(point, near, column.y, part),
        GIVEN_b(point, near, column.z, part),
        GIVEN_b(point, near, column.w, part),
    );
}

// By what the sums of a row are multiplied. Past the edges the last one's, which nothing is stored of.
fn NAME_four_between(point: u32, row: u32, column: u32) -> vec4<real> {
    let at = min(row, ROWS - 1u);
    return vec4<real>(
        GIVEN_between(point, at, min(column, COLUMNS - 1u)),
        GIVEN_between(point, at, min(column + 1u, COLUMNS - 1u)),
        GIVEN_between(point, at, min(column + 2u, COLUMNS - 1u)),
        GIVEN_between(point, at, min(column + 3u, COLUMNS - 1u)),
    );
}

fn NAME_store_four(point: u32, share: u32, row: u32, column: u32, sum: vec4<real>) {
    if (row >= ROWS) { return; }
    if (column < COLUMNS) { GIVEN_store(point, share, row, column, sum.x); }
    if (column + 1u < COLUMNS) { GIVEN_store(point, share, row, column + 1u, sum.y); }
    if (column + 2u < COLUMNS) { GIVEN_store(point, share, row, column + 2u, sum.z); }
    if (column + 3u < COLUMNS) { GIVEN_store(point, share, row, column + 3u, sum.w); }
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
    let begin = min(share * deep, DEPTH);
    let end = min(begin + deep, DEPTH);
    let of_a_pass = (end - begin + 15u) / 16u;
    let steps = PASSES * of_a_pass;
    let row = group.y * TILE_ROWS + local.y * (4u * SETS);
    let column = group.x * TILE_COLUMNS + local.x * 4u;
    let lane = local.y * WIDE + local.x;
NONE
AHEAD
    // While the sums of one step are made, what the next one needs is on its way.
    for (var step = 0u; step <= steps; step++) {
        if (step < steps) {
            let part = PASSES - 1u - step / of_a_pass;
            let depth = begin + step % of_a_pass * 16u;
READ
        }
        if (step > 0u) {
            for (var k = 0u; k < 16u; k++) {
                let at = k * (rows_by_4 + 1u) + local.y * SETS;
                let b = NAME_tile_b[k * columns_by_4 + local.x];
SUMS
            }
        }
        workgroupBarrier();
        if (step < steps) {
KEEP
            if (PASSES > 1u && step > 0u && step % of_a_pass == 0u) {
BETWEEN
            }
        }
        workgroupBarrier();
    }
STORE
}
