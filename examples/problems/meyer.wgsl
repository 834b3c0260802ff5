// Meyer: problem 10 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (x1 exp(x2 / (t_i + x3)) - y_i)^2, t_i = 45 + 5 i
// n = 3, 16 terms, start (0.02, 4000, 250), minimum 87.9458... at (0.00561..., 6181.3..., 345.22...).

const Y = array<real, 16>(
    34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0,
    8261.0, 7030.0, 6005.0, 5147.0, 4427.0, 3820.0, 3307.0, 2872.0,
);

fn term(s: u32) -> real {
    let t = real(50 + 5 * s);
    var y = Y;
    let r = x(0) * exp(x(1) / (t + x(2))) - y[s];
    return r * r;
}
