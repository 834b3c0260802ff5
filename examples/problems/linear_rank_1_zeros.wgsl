// Linear, rank 1 with zero rows and columns: problem 34 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = 1 + sum_(i = 2..m-1) ((i - 1) g - 1)^2 + 1, g = sum_(j = 2..n-1) j x_j, m = 2 n
// n free (here 10), m terms, start (1, ..., 1), minimum (m^2 + 3 m - 6) / (4 m - 6) where g = 3 / (2 m - 3).

fn term(s: u32) -> real {
    let n = dimension();
    if s + 1 == 2 * n {
        return 1.0;
    }
    var g: real = 0.0;
    for (var j = 1u; j + 1 < n; j++) {
        g += real(j + 1) * x(j);
    }
    let r = real(s) * g - 1.0;
    return r * r;
}
