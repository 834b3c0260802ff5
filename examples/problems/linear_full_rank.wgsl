// Linear function of full rank: problem 32 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum_(i = 1..n) (x_i - g - 1)^2 + sum_(i = n+1..m) (-g - 1)^2, g = 2 / m sum x_j, m = 2 n
// n free (here 10), m terms, start (1, ..., 1), minimum m - n at (-1, ..., -1).

fn term(s: u32) -> real {
    let n = dimension();
    var sum: real = 0.0;
    for (var j = 0u; j < n; j++) {
        sum += x(j);
    }
    var r = -sum / real(n) - 1.0;
    if s < n {
        r += x(s);
    }
    return r * r;
}
