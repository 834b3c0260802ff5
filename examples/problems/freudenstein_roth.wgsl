// Freudenstein and Roth: problem 2 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = (-13 + x1 + ((5 - x2) x2 - 2) x2)^2 + (-29 + x1 + ((x2 + 1) x2 - 14) x2)^2
// n = 2, 2 terms, start (0.5, -2), minimum 0 at (5, 4), and 48.9842 at (11.41..., -0.8968...).

fn term(s: u32) -> real {
    let y = x(1);
    var r = x(0);
    if s == 0 {
        r += ((5.0 - y) * y - 2.0) * y - 13.0;
    } else {
        r += ((y + 1.0) * y - 14.0) * y - 29.0;
    }
    return r * r;
}
