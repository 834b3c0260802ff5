// Biggs EXP6: problem 18 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (x3 exp(-t_i x1) - x4 exp(-t_i x2) + x6 exp(-t_i x5) - y_i)^2, t_i = i / 10,
// y_i = exp(-t_i) - 5 exp(-10 t_i) + 3 exp(-4 t_i)
// n = 6, 13 terms, start (1, 2, 1, 1, 1, 1), minimum 0 at (1, 10, 1, 5, 4, 3), and 5.65565...e-3.

fn term(s: u32) -> real {
    let t = real(s + 1) / 10.0;
    let y = exp(-t) - 5.0 * exp(-10.0 * t) + 3.0 * exp(-4.0 * t);
    let r = x(2) * exp(-t * x(0)) - x(3) * exp(-t * x(1)) + x(5) * exp(-t * x(4)) - y;
    return r * r;
}
