// Rosenbrock's function in any dimension, and its gradient, for `plusminus check`.

fn objective() -> real {
    var sum: real = 0.0;
    for (var i = 0u; i + 1u < dimension(); i++) {
        let a = 1.0 - x(i);
        let b = x(i + 1u) - x(i) * x(i);
        sum += a * a + 100.0 * b * b;
    }
    return sum;
}

fn gradient(i: u32) -> real {
    var g: real = 0.0;
    if (i + 1u < dimension()) {
        g += -2.0 * (1.0 - x(i)) - 400.0 * x(i) * (x(i + 1u) - x(i) * x(i));
    }
    if (i > 0u) {
        g += 200.0 * (x(i) - x(i - 1u) * x(i - 1u));
    }
    return g;
}
