// Osborne 1: problem 17 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (y_i - (x1 + x2 exp(-t_i x4) + x3 exp(-t_i x5)))^2, t_i = 10 (i - 1)
// n = 5, 33 terms, start (0.5, 1.5, -1, 0.01, 0.02), minimum 5.46489...e-5.

const Y = array<real, 33>(
    0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751,
    0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490,
    0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406,
);

fn term(s: u32) -> real {
    let t = real(10 * s);
    var y = Y;
    let r = y[s] - (x(0) + x(1) * exp(-t * x(3)) + x(2) * exp(-t * x(4)));
    return r * r;
}
