// Kowalik and Osborne: problem 15 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (y_i - x1 (u_i^2 + u_i x2) / (u_i^2 + u_i x3 + x4))^2
// n = 4, 11 terms, start (0.25, 0.39, 0.415, 0.39), minimum 3.07505...e-4 at (0.193, 0.191, 0.123, 0.136).

const Y = array<real, 11>(
    0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246,
);
const U = array<real, 11>(4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625);

fn term(s: u32) -> real {
    var ys = Y;
    var us = U;
    let u = us[s];
    let r = ys[s] - x(0) * (u * u + u * x(1)) / (u * u + u * x(2) + x(3));
    return r * r;
}
