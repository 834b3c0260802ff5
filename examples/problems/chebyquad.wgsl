// Chebyquad: problem 35 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (sum T_i(x_j) / n - integral of T_i)^2, T_i the Chebyshev polynomials shifted to [0, 1], their
// integrals 0 for odd i and -1 / (i^2 - 1) for even i
// n free (here 8), n terms, start x_j = j / (n + 1), minimum 3.51687...e-3 (0 for n <= 7 and n = 9).

fn chebyshev(i: u32, t: real) -> real {
    var last: real = 1.0;
    var current = t;
    for (var k = 1u; k < i; k++) {
        let next = 2.0 * t * current - last;
        last = current;
        current = next;
    }
    return current;
}

fn term(s: u32) -> real {
    let i = s + 1;
    let n = dimension();
    var sum: real = 0.0;
    for (var j = 0u; j < n; j++) {
        sum += chebyshev(i, 2.0 * x(j) - 1.0);
    }
    var r = sum / real(n);
    if i % 2 == 0 {
        r += 1.0 / (real(i) * real(i) - 1.0);
    }
    return r * r;
}
