// Discrete integral equation: problem 29 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (x_i + h ((1 - t_i) sum_(j <= i) t_j c_j + t_i sum_(j > i) (1 - t_j) c_j) / 2)^2,
// c_j = (x_j + t_j + 1)^3, h = 1 / (n + 1), t_i = i h
// n free (here 10), n terms, start x_j = t_j (t_j - 1), minimum 0.

fn term(s: u32) -> real {
    let n = dimension();
    let h = 1.0 / real(n + 1);
    var below: real = 0.0;
    var above: real = 0.0;
    for (var j = 0u; j < n; j++) {
        let t = real(j + 1) * h;
        let a = x(j) + t + 1.0;
        if j <= s {
            below += t * a * a * a;
        } else {
            above += (1.0 - t) * a * a * a;
        }
    }
    let t = real(s + 1) * h;
    let r = x(s) + h * ((1.0 - t) * below + t * above) / 2.0;
    return r * r;
}
