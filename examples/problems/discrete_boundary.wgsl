// Discrete boundary value: problem 28 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (2 x_i - x_(i-1) - x_(i+1) + h^2 (x_i + t_i + 1)^3 / 2)^2,
// h = 1 / (n + 1), t_i = i h, x_0 = x_(n+1) = 0
// n free (here 10), n terms, start x_j = t_j (t_j - 1), minimum 0.

fn term(s: u32) -> real {
    let n = dimension();
    let h = 1.0 / real(n + 1);
    let a = x(s) + real(s + 1) * h + 1.0;
    var r = 2.0 * x(s) + h * h * a * a * a / 2.0;
    if s > 0 {
        r -= x(s - 1);
    }
    if s + 1 < n {
        r -= x(s + 1);
    }
    return r * r;
}
