// Brown and Dennis: problem 16 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum ((x1 + t_i x2 - exp(t_i))^2 + (x3 + x4 sin(t_i) - cos(t_i))^2)^2, t_i = i / 5
// n = 4, 20 terms, start (25, 5, -5, -1), minimum 85822.2... at (-11.59..., 13.20..., -0.4034..., 0.2367...).

fn term(s: u32) -> real {
    let t = real(s + 1) / 5.0;
    let a = x(0) + t * x(1) - exp(t);
    let b = x(2) + x(3) * sin(t) - cos(t);
    let r = a * a + b * b;
    return r * r;
}
