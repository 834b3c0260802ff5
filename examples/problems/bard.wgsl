// Bard: problem 8 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (y_i - (x1 + u_i / (v_i x2 + w_i x3)))^2, u_i = i, v_i = 16 - i, w_i = min(u_i, v_i), y in bard.csv
// n = 3, 15 terms, start (1, 1, 1), minimum 8.21487...e-3 at (0.0824..., 1.133..., 2.344...).

fn term(s: u32) -> real {
    let u = s + 1;
    let v = 16 - u;
    let w = min(u, v);
    let r = data(s) - (x(0) + real(u) / (real(v) * x(1) + real(w) * x(2)));
    return r * r;
}
