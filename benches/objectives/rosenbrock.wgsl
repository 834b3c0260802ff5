// Rosenbrock's function, as people write it.
fn objective() -> real {
    var sum = 0.0;
    for (var i = 0u; i + 1u < dimension(); i++) {
        let a = 1.0 - x(i);
        let b = x(i + 1u) - x(i) * x(i);
        sum += a * a + 100.0 * b * b;
    }
    return sum;
}
