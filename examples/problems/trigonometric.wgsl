// Trigonometric: problem 26 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (n - sum cos(x_j) + i (1 - cos(x_i)) - sin(x_i))^2
// n free (here 10), as a whole, start (1/n, ..., 1/n), minimum 0, and 2.79506...e-5 for n = 10.

fn objective() -> real {
    let n = dimension();
    var base = real(n);
    for (var j = 0u; j < n; j++) {
        base -= cos(x(j));
    }
    var f: real = 0.0;
    for (var i = 0u; i < n; i++) {
        let r = base + real(i + 1) * (1.0 - cos(x(i))) - sin(x(i));
        f += r * r;
    }
    return f;
}
