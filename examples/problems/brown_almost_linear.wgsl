// Brown almost-linear: problem 27 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum_(i = 1..n-1) (x_i + sum x_j - (n + 1))^2 + (prod x_j - 1)^2
// n free (here 10), as a whole, start (1/2, ..., 1/2), minimum 0 at (1, ..., 1), and 1 at (0, ..., 0, n + 1).

fn objective() -> real {
    let n = dimension();
    var shift = -real(n + 1);
    var product: real = 1.0;
    for (var j = 0u; j < n; j++) {
        shift += x(j);
        product *= x(j);
    }
    var f = (product - 1.0) * (product - 1.0);
    for (var i = 0u; i + 1 < n; i++) {
        let r = x(i) + shift;
        f += r * r;
    }
    return f;
}
