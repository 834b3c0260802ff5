// Gulf research and development: problem 11 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (exp(-|y_i - x2|^x3 / x1) - t_i)^2, t_i = i / 100, y_i = 25 + (-50 log t_i)^(2/3)
// n = 3, 99 terms, start (5, 2.5, 0.15), minimum 0 at (50, 25, 1.5).

fn term(s: u32) -> real {
    let t = real(s + 1) / 100.0;
    let y = 25.0 + pow(-50.0 * log(t), 2.0 / 3.0);
    let r = exp(-pow(abs(y - x(1)), x(2)) / x(0)) - t;
    return r * r;
}
