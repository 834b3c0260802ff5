// Broyden banded: problem 31 of Moré, Garbow and Hillstrom, ACM TOMS 7(1), 1981.
// f = sum (x_i (2 + 5 x_i^2) + 1 - sum_J x_j (1 + x_j))^2, J the j != i with i - 5 <= j <= i + 1
// n free (here 10), n terms, start (-1, ..., -1), minimum 0.

fn term(s: u32) -> real {
    var r = x(s) * (2.0 + 5.0 * x(s) * x(s)) + 1.0;
    for (var j = s - min(s, 5); j < min(s + 2, dimension()); j++) {
        if j != s {
            r -= x(j) * (1.0 + x(j));
        }
    }
    return r * r;
}
