// sin(x - π/4 + more + turns·π/2) for a small `more`, on devices alone: x is reduced by π/2 as for sin, then by the nearer of π/4
// and -π/4, so that nothing is lost near zeros. NaN where x is no angle.
fn pm_sin_eighth(x: real, more: real, turns: i32) -> real {
    let zero = pm_zero();
    let reduced = pm_reduced_angle(x);
    let is_upper = reduced.x >= 0.0;
    let side = select(real(-1.0), real(1.0), is_upper);
    let first = pm_sealed(reduced.x - side * PM_QUARTER_PI, zero);
    let rest = (reduced.y - side * PM_QUARTER_PI_LOW) + more;
    let r = pm_sealed(first + rest, zero);
    let lack = pm_sealed(first - r, zero) + rest;
    let quarter = i32(reduced.z) + turns - select(1, 0, is_upper);
    let s = r + pm_sin_rest(r, lack);
    let c = 1.0 - pm_cos_rest(r, lack);
    let v = select(s, c, (quarter & 1) != 0);
    return pm_pick(pm_nan(x), pm_pick(v, -v, (quarter & 2) != 0), pm_is_angle(x));
}
