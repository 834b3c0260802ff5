// Beale: problem 5 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (y_i - x1 (1 - x2^i))^2, y = (1.5, 2.25, 2.625)
// n = 2, 3 terms, start (1, 1), minimum 0 at (3, 0.5).

const Y = array<real, 3>(1.5, 2.25, 2.625);

fn term(s: u32) -> real {
    var power = x(1);
    for (var i = 0u; i < s; i++) {
        power *= x(1);
    }
    var y = Y;
    let r = y[s] - x(0) * (1.0 - power);
    return r * r;
}
