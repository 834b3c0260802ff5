// Extended Rosenbrock: problem 21 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum_(i = 1..n/2) (10 (x_2i - x_(2i-1)^2))^2 + (1 - x_(2i-1))^2
// n even (here 10), n terms, start (-1.2, 1, -1.2, 1, ...), minimum 0 at (1, ..., 1).

fn term(s: u32) -> real {
    let odd = x(s - s % 2);
    var r = 1.0 - odd;
    if s % 2 == 0 {
        r = 10.0 * (x(s + 1) - odd * odd);
    }
    return r * r;
}
