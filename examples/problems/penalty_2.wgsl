// Penalty II: problem 24 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = (x1 - 0.2)^2 + 10^-5 sum_(i = 2..n) ((e(x_i) + e(x_(i-1)) - e(i) - e(i-1))^2 + (e(x_i) - e(-1))^2)
//     + (sum (n - j + 1) x_j^2 - 1)^2, e(x) = exp(x / 10)
// n free (here 10), 2 n terms, start (1/2, ..., 1/2), minimum 2.93660...e-4 (n = 4: 9.37629...e-6).

fn term(s: u32) -> real {
    let n = dimension();
    if s == 0 {
        return (x(0) - 0.2) * (x(0) - 0.2);
    }
    if s < n {
        let y = exp(real(s + 1) / 10.0) + exp(real(s) / 10.0);
        let r = exp(x(s) / 10.0) + exp(x(s - 1) / 10.0) - y;
        return 1e-5 * r * r;
    }
    if s < 2 * n - 1 {
        let r = exp(x(s - n + 1) / 10.0) - exp(-0.1);
        return 1e-5 * r * r;
    }
    var r: real = -1.0;
    for (var j = 0u; j < n; j++) {
        r += real(n - j) * x(j) * x(j);
    }
    return r * r;
}
