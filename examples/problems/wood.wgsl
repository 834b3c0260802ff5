// Wood: problem 14 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = 100 (x2 - x1^2)^2 + (1 - x1)^2 + 90 (x4 - x3^2)^2 + (1 - x3)^2
//     + 10 (x2 + x4 - 2)^2 + (x2 - x4)^2 / 10
// n = 4, 6 terms, start (-3, -1, -3, -1), minimum 0 at (1, 1, 1, 1).

fn square(a: real) -> real {
    return a * a;
}

fn term(s: u32) -> real {
    if s == 0 {
        return 100.0 * square(x(1) - square(x(0)));
    }
    if s == 1 {
        return square(1.0 - x(0));
    }
    if s == 2 {
        return 90.0 * square(x(3) - square(x(2)));
    }
    if s == 3 {
        return square(1.0 - x(2));
    }
    if s == 4 {
        return 10.0 * square(x(1) + x(3) - 2.0);
    }
    return square(x(1) - x(3)) / 10.0;
}
