// Variably dimensioned: problem 25 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (x_j - 1)^2 + g^2 + g^4, g = sum j (x_j - 1)
// n free (here 10), as a whole, start x_j = 1 - j / n, minimum 0 at (1, ..., 1).

fn objective() -> real {
    var squares: real = 0.0;
    var g: real = 0.0;
    for (var j = 0u; j < dimension(); j++) {
        let d = x(j) - 1.0;
        squares += d * d;
        g += real(j + 1) * d;
    }
    return squares + g * g * (1.0 + g * g);
}
