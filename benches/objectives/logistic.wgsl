// Logistic regression: each row of data has 20 numbers and a label, 0 or 1.
fn term(s: u32) -> real {
    var z = x(20u);
    for (var k = 0u; k < 20u; k++) {
        z += x(k) * data(21u * s + k);
    }
    return softplus(z) - data(21u * s + 20u) * z;
}
