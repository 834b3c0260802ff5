// The cube root and the inverse of the sigmoid, on devices alone.

// ∛x: of x = b·2^(3q) with b near 1 a short first guess from logarithms, of which what its cube leaves of b is known to the last
// place; then times 2^q.
fn pm_cbrt(x: real) -> real {
    let size = abs(x);
    let is_plain = size > 0.0 && pm_is_finite(x);
    let split = pm_split(select(1.0, size, is_plain));
    let q = floor(split.y * 0.33333333333333333 + 0.5);
    let b = split.x * pm_power_of_two(i32(split.y - 3.0 * q));
    let y = pm_short(pm_exp2(pm_log2(b) * 0.33333333333333333));
    let square = y * y;
    let high = pm_short(square);
    let left = pm_sealed(high * y - b, pm_zero()) + (square - high) * y;
    // (1 + e)^(-1/3).
    let e = left / b;
    let root = pm_scaled(y - y * (e * (0.33333333333333333 - e * (0.22222222222222222 - e * 0.17283950617283951))), i32(q));
    return pm_pick(x, select(root, -root, x < 0.0), is_plain);
}

// ln(x / (1 - x)): near 1/2 by an odd series. Infinite at 0 and 1, NaN beyond.
fn pm_logit(x: real) -> real {
    let is_near = abs(x - 0.5) < 0.16;
    let near = 2.0 * pm_atanh(2.0 * select(0.5, x, is_near) - 1.0);
    let is_inside = x > 0.0 && x < 1.0;
    let inside = select(0.25, x, is_inside);
    let far = pm_log(pm_quotient(inside, 1.0 - inside));
    let ends = pm_pick(pm_pick(pm_nan(x), -pm_infinity(x), x == 0.0), pm_infinity(x), x == 1.0);
    return pm_pick(pm_pick(pm_pick(ends, far, is_inside), near, is_near), x, pm_is_nan(x));
}
