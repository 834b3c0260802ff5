// Box three-dimensional: problem 12 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (exp(-t_i x1) - exp(-t_i x2) - x3 (exp(-t_i) - exp(-10 t_i)))^2, t_i = i / 10
// n = 3, 10 terms, start (0, 10, 20), minimum 0 at (1, 10, 1), (10, 1, -1) and where x1 = x2, x3 = 0.

fn term(s: u32) -> real {
    let t = real(s + 1) / 10.0;
    let r = exp(-t * x(0)) - exp(-t * x(1)) - x(2) * (exp(-t) - exp(-10.0 * t));
    return r * r;
}
