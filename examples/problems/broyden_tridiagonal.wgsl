// Broyden tridiagonal: problem 30 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum ((3 - 2 x_i) x_i - x_(i-1) - 2 x_(i+1) + 1)^2, x_0 = x_(n+1) = 0
// n free (here 10), n terms, start (-1, ..., -1), minimum 0.

fn term(s: u32) -> real {
    var r = (3.0 - 2.0 * x(s)) * x(s) + 1.0;
    if s > 0 {
        r -= x(s - 1);
    }
    if s + 1 < dimension() {
        r -= 2.0 * x(s + 1);
    }
    return r * r;
}
