// Osborne 2: problem 19 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (y_i - (x1 exp(-t_i x5) + sum_(k = 2..4) x_k exp(-(t_i - x_(k + 7))^2 x_(k + 4))))^2,
// t_i = (i - 1) / 10, y in osborne_2.csv
// n = 11, 65 terms, start (1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5), minimum 4.01377...e-2.

fn term(s: u32) -> real {
    let t = real(s) / 10.0;
    var r = data(s) - x(0) * exp(-t * x(4));
    for (var k = 1u; k < 4; k++) {
        let d = t - x(k + 7);
        r -= x(k) * exp(-d * d * x(k + 4));
    }
    return r * r;
}
