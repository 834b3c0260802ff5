// Brown badly scaled: problem 4 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = (x1 - 10^6)^2 + (x2 - 2 10^-6)^2 + (x1 x2 - 2)^2
// n = 2, 3 terms, start (1, 1), minimum 0 at (10^6, 2 10^-6).

fn term(s: u32) -> real {
    var r = x(0) * x(1) - 2.0;
    if s == 0 {
        r = x(0) - 1e6;
    } else if s == 1 {
        r = x(1) - 2e-6;
    }
    return r * r;
}
