// Watson: problem 20 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (p'(t_i) - p(t_i)^2 - 1)^2 + x1^2 + (x2 - x1^2 - 1)^2, p(t) = sum x_j t^(j - 1), t_i = i / 29
// n from 2 to 31 (here 6), 31 terms, start 0, minimum 2.28767...e-3 (n = 9: 1.39976...e-6).

fn term(s: u32) -> real {
    var r = x(0);
    if s < 29 {
        let t = real(s + 1) / 29.0;
        var value: real = 0.0;
        var slope: real = 0.0;
        for (var j = dimension(); j > 0; j--) {
            slope = slope * t + value;
            value = value * t + x(j - 1);
        }
        r = slope - value * value - 1.0;
    } else if s == 30 {
        r = x(1) - x(0) * x(0) - 1.0;
    }
    return r * r;
}
