// Powell singular: problem 13 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = (x1 + 10 x2)^2 + 5 (x3 - x4)^2 + (x2 - 2 x3)^4 + 10 (x1 - x4)^4
// n = 4, 4 terms, start (3, -1, 0, 1), minimum 0 at the origin, where the Hessian is singular.

fn square(a: real) -> real {
    return a * a;
}

fn term(s: u32) -> real {
    if s == 0 {
        return square(x(0) + 10.0 * x(1));
    }
    if s == 1 {
        return 5.0 * square(x(2) - x(3));
    }
    if s == 2 {
        return square(square(x(1) - 2.0 * x(2)));
    }
    return 10.0 * square(square(x(0) - x(3)));
}
