// One block of rows of ½·xᵀAx + bᵀx. Twin of src/objective/quadratic/terms.rs, which puts the constants N and ROWS
// before this text and lays out the data: b, then A by rows.

// (A x)_r: four running sums, since one alone would wait for each addition.
fn row_times_x(r: u32) -> real {
    let row = N + r * N;
    var sum = array<real, 4>();
    let whole = N / 4u * 4u;
    for (var j = 0u; j < whole; j += 4u) {
        sum[0] += data(row + j) * x(j);
        sum[1] += data(row + j + 1u) * x(j + 1u);
        sum[2] += data(row + j + 2u) * x(j + 2u);
        sum[3] += data(row + j + 3u) * x(j + 3u);
    }
    if (whole < N) { sum[0] += data(row + whole) * x(whole); }
    if (whole + 1u < N) { sum[1] += data(row + whole + 1u) * x(whole + 1u); }
    if (whole + 2u < N) { sum[2] += data(row + whole + 2u) * x(whole + 2u); }
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

fn term(s: u32) -> real {
    var sum: real = 0.0;
    for (var r = s * ROWS; r < min((s + 1u) * ROWS, N); r++) {
        sum += x(r) * (0.5 * row_times_x(r) + data(r));
    }
    return sum;
}
