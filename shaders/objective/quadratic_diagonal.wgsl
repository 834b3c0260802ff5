// One block of rows of ½·Σ aᵢxᵢ² + bᵀx. Twin of src/objective/quadratic/terms.rs, which puts the constants N and ROWS
// before this text and lays out the data: b, then the diagonal.

fn term(s: u32) -> real {
    var sum: real = 0.0;
    for (var r = s * ROWS; r < min((s + 1u) * ROWS, N); r++) {
        sum += x(r) * (0.5 * (data(N + r) * x(r)) + data(r));
    }
    return sum;
}
