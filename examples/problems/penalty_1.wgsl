// Penalty I: problem 23 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = 10^-5 sum (x_i - 1)^2 + (sum x_j^2 - 1/4)^2
// n free (here 10), n + 1 terms, start (1, 2, ..., n), minimum 7.08765...e-5 (n = 4: 2.24997...e-5).

fn term(s: u32) -> real {
    let n = dimension();
    if s < n {
        return 1e-5 * (x(s) - 1.0) * (x(s) - 1.0);
    }
    var r: real = -0.25;
    for (var j = 0u; j < n; j++) {
        r += x(j) * x(j);
    }
    return r * r;
}
