// Helical valley: problem 7 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = (10 (x3 - 10 t))^2 + (10 (|(x1, x2)| - 1))^2 + x3^2, t = atan(x2 / x1) / 2 pi, and 0.5 more for x1 < 0
// n = 3, 3 terms, start (-1, 0, 0), minimum 0 at (1, 0, 0).

const TWO_PI = 6.283185307179586;

fn turns() -> real {
    let t = atan(x(1) / x(0)) / TWO_PI;
    return select(t, t + 0.5, x(0) < 0.0);
}

fn term(s: u32) -> real {
    var r = x(2);
    if s == 0 {
        r = 10.0 * (x(2) - 10.0 * turns());
    } else if s == 1 {
        r = 10.0 * (sqrt(x(0) * x(0) + x(1) * x(1)) - 1.0);
    }
    return r * r;
}
