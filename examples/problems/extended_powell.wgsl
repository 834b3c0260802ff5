// Extended Powell singular: problem 22 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (a + 10 b)^2 + 5 (c - d)^2 + (b - 2 c)^4 + 10 (a - d)^4, (a, b, c, d) the quadruples of coordinates
// n a multiple of 4 (here 12), n terms, start (3, -1, 0, 1, 3, -1, 0, 1, ...), minimum 0 at the origin.

fn square(a: real) -> real {
    return a * a;
}

fn term(s: u32) -> real {
    let first = s - s % 4;
    if s % 4 == 0 {
        return square(x(first) + 10.0 * x(first + 1));
    }
    if s % 4 == 1 {
        return 5.0 * square(x(first + 2) - x(first + 3));
    }
    if s % 4 == 2 {
        return square(square(x(first + 1) - 2.0 * x(first + 2)));
    }
    return 10.0 * square(square(x(first) - x(first + 3)));
}
