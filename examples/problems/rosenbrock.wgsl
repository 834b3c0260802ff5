// Rosenbrock: problem 1 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = (10 (x2 - x1^2))^2 + (1 - x1)^2
// n = 2, 2 terms, start (-1.2, 1), minimum 0 at (1, 1).

fn term(s: u32) -> real {
    let r = select(1.0 - x(0), 10.0 * (x(1) - x(0) * x(0)), s == 0);
    return r * r;
}
