// Powell badly scaled: problem 3 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = (10^4 x1 x2 - 1)^2 + (exp(-x1) + exp(-x2) - 1.0001)^2
// n = 2, 2 terms, start (0, 1), minimum 0 at (1.098...e-5, 9.106...).

fn term(s: u32) -> real {
    var r = 10000.0 * x(0) * x(1) - 1.0;
    if s == 1 {
        r = exp(-x(0)) + exp(-x(1)) - 1.0001;
    }
    return r * r;
}
