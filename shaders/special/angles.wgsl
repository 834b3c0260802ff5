// Sines and cosines of multiples of π, and sinc. WGSL and Rust in one, as errors.wgsl.

fn pm_sin_pi_near(r: real) -> real { return r * (3.1415926535897932 * pm_sinc_near_series(r * r)); }

fn pm_cos_pi_near(r: real) -> real {
    let z = r * r;
    return 1.0 + z * pm_cos_pi_series(z);
}

// sin(πr) and cos(πr) for |r| <= 1/2.
fn pm_sin_pi(r: real) -> real {
    if abs(r) <= 0.25 {
        return pm_sin_pi_near(r);
    }
    let c = pm_cos_pi_near(0.5 - abs(r));
    return select(c, -c, r < 0.0);
}

fn pm_cos_pi(r: real) -> real {
    if abs(r) <= 0.25 {
        return pm_cos_pi_near(r);
    }
    return pm_sin_pi_near(0.5 - abs(r));
}

// x less the nearest whole number: exact.
fn pm_off_whole(x: real) -> real { return x - floor(x + 0.5); }

// Whether the nearest whole number is odd.
fn pm_is_near_odd(x: real) -> bool {
    let half = 0.5 * floor(x + 0.5);
    return floor(half) != half;
}

fn pm_sinc_of(x: real) -> real {
    if abs(x) <= 0.25 {
        return pm_sinc_near_series(x * x);
    }
    let s = pm_over(pm_sin_pi(pm_off_whole(x)), 3.1415926535897932 * x);
    return select(s, -s, pm_is_near_odd(x));
}

// sin(πx) / (πx).
fn pm_sinc(x: real) -> real { return pm_pick(pm_sinc_of(x), x, pm_is_nan(x)); }

fn pm_sinc_slope_of(x: real) -> real {
    if abs(x) < 0.5 {
        return x * pm_sinc_slope_near_series(x * x);
    }
    let c = pm_cos_pi(pm_off_whole(x));
    return pm_over(select(c, -c, pm_is_near_odd(x)) - pm_sinc_of(x), x);
}

// Its slope.
fn pm_sinc_slope(x: real) -> real { return pm_pick(pm_sinc_slope_of(x), x, pm_is_nan(x)); }

fn pm_sinc_second_of(x: real) -> real {
    if abs(x) < 0.5 {
        return pm_sinc_second_near_series(x * x);
    }
    return -9.8696044010893586 * pm_sinc_of(x) - pm_over(2.0 * pm_sinc_slope_of(x), x);
}

fn pm_sinc_second(x: real) -> real { return pm_pick(pm_sinc_second_of(x), x, pm_is_nan(x)); }
