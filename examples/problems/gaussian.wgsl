// Gaussian: problem 9 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (x1 exp(-x2 (t_i - x3)^2 / 2) - y_i)^2, t_i = (8 - i) / 2
// n = 3, 15 terms, start (0.4, 1, 0), minimum 1.12793...e-8 at (0.3990..., 1.000..., 0).

// y_i = y_(16 - i)
const Y = array<real, 8>(0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989);

fn term(s: u32) -> real {
    let d = (7.0 - real(s)) / 2.0 - x(2);
    var y = Y;
    let r = x(0) * exp(-x(1) * d * d / 2.0) - y[min(s, 14 - s)];
    return r * r;
}
