// Bessel functions of the first and second kind, of order 0 and 1. WGSL and Rust in one, as errors.wgsl. Below 8 polynomials, of
// which the zeros are factors; above, size and phase: J + iY = √(2/(πx))·size·e^(i(x - π/4 - nπ/2 + phase)).

// x less a zero that is given in two parts.
fn pm_off_zero(x: real, high: real, low: real) -> real { return pm_sealed(x - high, pm_zero()) - low; }

// √(2/(πx))·size·sin(x - π/4 + phase + turns·π/2) for 8 <= x.
fn pm_bessel_far_0(x: real, turns: i32) -> real {
    let inverse = 1.0 / x;
    let z = inverse * inverse;
    let size = pm_over(0.79788456080286536 * pm_bessel_size_0_series(z), pm_root(x));
    return size * pm_sin_eighth(x, inverse * pm_bessel_phase_0_series(z), turns);
}

fn pm_bessel_far_1(x: real, turns: i32) -> real {
    let inverse = 1.0 / x;
    let z = inverse * inverse;
    let size = pm_over(0.79788456080286536 * pm_bessel_size_1_series(z), pm_root(x));
    return size * pm_sin_eighth(x, inverse * pm_bessel_phase_1_series(z), turns);
}

fn pm_j0_of(x: real) -> real {
    if x < 1.5 {
        let z = x * x;
        return 1.0 + z * pm_j0_near_series(z);
    }
    if x < 4.0 {
        let w = pm_off_zero(x, PM_J0_TWO, PM_J0_TWO_LOW);
        return w * pm_j0_two_series(w);
    }
    if x < 7.0 {
        let w = pm_off_zero(x, PM_J0_FIVE, PM_J0_FIVE_LOW);
        return w * pm_j0_five_series(w);
    }
    if x < 8.0 {
        let w = pm_off_zero(x, PM_J0_NINE, PM_J0_NINE_LOW);
        return w * pm_j0_nine_series(w);
    }
    return pm_bessel_far_0(x, 1);
}

// J0(x).
fn pm_j0(x: real) -> real { return pm_pick(pm_j0_of(abs(x)), x, pm_is_nan(x)); }

fn pm_j1_of(x: real) -> real {
    if x < 2.4 {
        let z = x * x;
        return x * (0.5 + z * pm_j1_near_series(z));
    }
    if x < 5.4 {
        let w = pm_off_zero(x, PM_J1_THREE, PM_J1_THREE_LOW);
        return w * pm_j1_three_series(w);
    }
    if x < 8.0 {
        let w = pm_off_zero(x, PM_J1_SEVEN, PM_J1_SEVEN_LOW);
        return w * pm_j1_seven_series(w);
    }
    return pm_bessel_far_1(x, 0);
}

// J1(x) / x.
fn pm_j1_over(x: real) -> real {
    if x < 2.4 {
        let z = x * x;
        return 0.5 + z * pm_j1_near_series(z);
    }
    return pm_j1_of(x) / x;
}

// J1(x).
fn pm_j1(x: real) -> real {
    let v = pm_j1_of(abs(x));
    return pm_pick(select(v, -v, x < 0.0), x, pm_is_nan(x));
}

// Its slope.
fn pm_j1_slope(x: real) -> real {
    let size = abs(x);
    return pm_pick(pm_j0_of(size) - pm_j1_over(size), x, pm_is_nan(x));
}

// The second slope of J1.
fn pm_j1_second(x: real) -> real {
    let size = abs(x);
    let z = size * size;
    let near = size * pm_j1_second_near_series(select(z, 0.0, size >= 2.0));
    let inverse = 1.0 / select(size, 1.0, size < 2.0);
    let far = (inverse * inverse - 1.0) * pm_j1_of(size) - inverse * (pm_j0_of(size) - inverse * pm_j1_of(size));
    let v = select(near, far, size >= 2.0);
    return pm_pick(select(v, -v, x < 0.0), x, pm_is_nan(x));
}

fn pm_y0_of(x: real) -> real {
    if x < 3.0 {
        let w = pm_off_zero(x, PM_Y0_ONE, PM_Y0_ONE_LOW);
        // ln(x / zero).
        let near = pm_log1p(1.1190977808704888 * select(0.0, w, abs(w) < 0.4));
        let ratio = select(pm_log(1.1190977808704888 * x), near, abs(w) < 0.4);
        return 0.63661977236758134 * ratio * pm_j0_of(x) + w * (x + PM_Y0_ONE) * pm_y0_near_series(x * x);
    }
    if x < 5.5 {
        let w = pm_off_zero(x, PM_Y0_THREE, PM_Y0_THREE_LOW);
        return w * pm_y0_three_series(w);
    }
    if x < 8.0 {
        let w = pm_off_zero(x, PM_Y0_SEVEN, PM_Y0_SEVEN_LOW);
        return w * pm_y0_seven_series(w);
    }
    return pm_bessel_far_0(x, 0);
}

// Y0(x): -infinity at 0, NaN below.
fn pm_y0(x: real) -> real { return pm_above_zero(pm_y0_of(x), -pm_infinity(x), x); }

// A value where x is positive, another where it is 0, NaN elsewhere.
fn pm_above_zero(value: real, at_zero: real, x: real) -> real {
    let outside = pm_pick(pm_nan(x), at_zero, x == 0.0);
    return pm_pick(pm_pick(outside, value, x > 0.0), x, pm_is_nan(x));
}

fn pm_y1_of(x: real) -> real {
    if x < 3.8 {
        let w = pm_off_zero(x, PM_Y1_TWO, PM_Y1_TWO_LOW);
        let near = pm_log1p(0.45513685813121108 * select(0.0, w, abs(w) < 0.4));
        let ratio = select(pm_log(0.45513685813121108 * x), near, abs(w) < 0.4);
        let rest = pm_over(w * (x + PM_Y1_TWO), x) * pm_y1_near_series(x * x);
        return 0.63661977236758134 * ratio * pm_j1_of(x) + rest;
    }
    if x < 7.0 {
        let w = pm_off_zero(x, PM_Y1_FIVE, PM_Y1_FIVE_LOW);
        return w * pm_y1_five_series(w);
    }
    if x < 8.0 {
        let w = pm_off_zero(x, PM_Y1_NINE, PM_Y1_NINE_LOW);
        return w * pm_y1_nine_series(w);
    }
    return pm_bessel_far_1(x, 3);
}

// Y1(x): -infinity at 0, NaN below.
fn pm_y1(x: real) -> real { return pm_above_zero(pm_y1_of(x), -pm_infinity(x), x); }

// Its slope.
fn pm_y1_slope(x: real) -> real {
    return pm_above_zero(pm_y0_of(x) - pm_over(pm_y1_of(x), x), pm_infinity(x), x);
}

// The second slope of Y1.
fn pm_y1_second(x: real) -> real {
    let inverse = pm_over(1.0, x);
    let slope = pm_y0_of(x) - inverse * pm_y1_of(x);
    return pm_above_zero((inverse * inverse - 1.0) * pm_y1_of(x) - inverse * slope, -pm_infinity(x), x);
}
