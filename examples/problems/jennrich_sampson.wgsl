// Jennrich and Sampson: problem 6 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (2 + 2 i - (exp(i x1) + exp(i x2)))^2
// n = 2, 10 terms, start (0.3, 0.4), minimum 124.362... at x1 = x2 = 0.2578...

fn term(s: u32) -> real {
    let i = real(s + 1);
    let r = 2.0 + 2.0 * i - (exp(i * x(0)) + exp(i * x(1)));
    return r * r;
}
