// Linear function of rank 1: problem 33 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum_(i = 1..m) (i g - 1)^2, g = sum j x_j, m = 2 n
// n free (here 10), m terms, start (1, ..., 1), minimum m (m - 1) / (4 m + 2) where g = 3 / (2 m + 1).

fn term(s: u32) -> real {
    var sum: real = 0.0;
    for (var j = 0u; j < dimension(); j++) {
        sum += real(j + 1) * x(j);
    }
    let r = real(s + 1) * sum - 1.0;
    return r * r;
}
