// Modified Bessel functions of order 0 and 1. WGSL and Rust in one, as errors.wgsl. Up to 8 (1 for the second kind) power series,
// whose terms are all positive; above, an exponential over √x times a polynomial in 1/x less 1/16, or in 1/(1 + x).

// e^x / √x·factor for 8 <= x, also where e^x overflows and the product does not.
fn pm_grown(x: real, factor: real) -> real {
    let is_large = x > PM_EXP_ROOM;
    let e = pm_exp(select(x, 0.5 * x, is_large));
    return select(real(1.0), e, is_large) * (pm_over(factor, pm_root(x)) * e);
}

fn pm_i0_of(x: real) -> real {
    if x < 8.0 {
        let z = x * x;
        return 1.0 + z * pm_i0_near_series(z);
    }
    return pm_grown(x, pm_i0_far_series(1.0 / x - 0.0625));
}

// I0(x).
fn pm_i0(x: real) -> real { return pm_pick(pm_i0_of(abs(x)), x, pm_is_nan(x)); }

fn pm_i1_of(x: real) -> real {
    if x < 8.0 {
        let z = x * x;
        return x * (0.5 + z * pm_i1_near_series(z));
    }
    return pm_grown(x, pm_i1_far_series(1.0 / x - 0.0625));
}

// I1(x) / x.
fn pm_i1_over(x: real) -> real {
    if x < 8.0 {
        let z = x * x;
        return 0.5 + z * pm_i1_near_series(z);
    }
    return pm_i1_of(x) / x;
}

// I1(x).
fn pm_i1(x: real) -> real {
    let v = pm_i1_of(abs(x));
    return pm_pick(select(v, -v, x < 0.0), x, pm_is_nan(x));
}

// Its slope.
fn pm_i1_slope(x: real) -> real {
    let size = abs(x);
    return pm_pick(pm_i0_of(size) - pm_i1_over(size), x, pm_is_nan(x));
}

// The second slope of I1.
fn pm_i1_second(x: real) -> real {
    let size = abs(x);
    let z = size * size;
    let near = size * pm_i1_second_near_series(select(z, 0.0, size >= 2.0));
    let inverse = 1.0 / select(size, 1.0, size < 2.0);
    let far = (1.0 + inverse * inverse) * pm_i1_of(size) - inverse * (pm_i0_of(size) - inverse * pm_i1_of(size));
    let v = select(near, far, size >= 2.0);
    return pm_pick(select(v, -v, x < 0.0), x, pm_is_nan(x));
}

// e^-x / √x·factor for 1 <= x.
fn pm_decayed(x: real, factor: real) -> real { return pm_exp(-x) * pm_over(factor, pm_root(x)); }

fn pm_k0_of(x: real) -> real {
    if x <= 1.0 {
        return pm_k0_near_series(x * x) - pm_log(x) * pm_i0_of(x);
    }
    return pm_decayed(x, pm_k0_far_series(pm_quotient(1.0, 1.0 + x)));
}

// A value where x is positive, infinity at 0, NaN elsewhere.
fn pm_from_infinity(value: real, x: real) -> real {
    let outside = pm_pick(pm_nan(x), pm_infinity(x), x == 0.0);
    return pm_pick(pm_pick(outside, value, x > 0.0), x, pm_is_nan(x));
}

// K0(x): infinity at 0, NaN below.
fn pm_k0(x: real) -> real { return pm_from_infinity(pm_k0_of(x), x); }

fn pm_k1_of(x: real) -> real {
    if x <= 1.0 {
        let z = x * x;
        return pm_log(x) * pm_i1_of(x) + pm_over(1.0 + z * pm_k1_near_series(z), x);
    }
    return pm_decayed(x, pm_k1_far_series(pm_quotient(1.0, 1.0 + x)));
}

// K1(x): infinity at 0, NaN below.
fn pm_k1(x: real) -> real { return pm_from_infinity(pm_k1_of(x), x); }

// Less the slope of K1.
fn pm_k1_fall(x: real) -> real { return pm_k0_of(x) + pm_over(pm_k1_of(x), x); }

// The slope of K1.
fn pm_k1_slope(x: real) -> real { return -pm_from_infinity(pm_k1_fall(x), x); }

// The second slope of K1.
fn pm_k1_second(x: real) -> real {
    let inverse = pm_over(1.0, x);
    return pm_from_infinity(pm_k1_of(x) * (1.0 + inverse * inverse) + inverse * pm_k1_fall(x), x);
}
