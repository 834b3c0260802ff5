// The error functions and what goes with the normal distribution. This text is WGSL, and Rust (src/numeric/special.rs): it keeps to
// what both have, so that devices and the CPU engine compute the same. Polynomials are in errors_f32.wgsl and errors_f64.wgsl.

// e^(c·x²) for c = 1, -1 or -1/2: the square of a short part is exact, and what it leaves small.
fn pm_exp_square(x: real, c: real) -> real {
    let size = min(abs(x), PM_SQUARE_ROOM);
    let high = pm_short(size);
    let rest = c * (size - high) * (size + high);
    let series = rest * (1.0 + rest * (0.5 + rest * (0.16666666666666667 + rest * (0.041666666666666667 + rest * 0.0083333333333333333))));
    let whole = pm_exp(c * high * high);
    return whole + whole * series;
}

// Where 0 <= x < 4, and 4 <= x, go: to [-1/2, 1/2]. It is t + 1/2 and t - 1/2 with t = (x - 4) / (x + 4).
fn pm_erfcx_place(x: real) -> real {
    let bounded = min(x, 1e30);
    return pm_quotient(select(1.5 * bounded - 2.0, 0.5 * bounded - 6.0, x >= 4.0), bounded + 4.0);
}

fn pm_erfcx_at(x: real) -> real {
    let w = pm_erfcx_place(x);
    if x < 4.0 {
        return pm_erfcx_near_series(w);
    }
    return pm_erfcx_far_series(w);
}

// e^(x²)·erfc(x) for 0 <= x; as x grows, 1 / (√π·x).
fn pm_erfcx_positive(x: real) -> real {
    return pm_quotient(pm_erfcx_at(x), 1.0 + 2.0 * x);
}

fn pm_erfcx_of(x: real) -> real {
    if x < 0.0 {
        return 2.0 * pm_exp_square(x, 1.0) - pm_erfcx_positive(-x);
    }
    return pm_erfcx_positive(x);
}

// e^(x²)·erfc(x).
fn pm_erfcx(x: real) -> real { return pm_pick(pm_erfcx_of(x), x, pm_is_nan(x)); }

// erf(x) for small x.
fn pm_erf_near(x: real) -> real { return x + x * pm_erf_series(x * x); }

fn pm_erfc_of(x: real) -> real {
    if abs(x) < 0.5 {
        return 1.0 - pm_erf_near(x);
    }
    let far = pm_exp_square(x, -1.0) * pm_erfcx_positive(abs(x));
    return select(far, 2.0 - far, x < 0.0);
}

// 1 - erf(x), accurate relative to the result.
fn pm_erfc(x: real) -> real { return pm_pick(pm_erfc_of(x), x, pm_is_nan(x)); }

fn pm_erf_of(x: real) -> real {
    if abs(x) < 0.9 {
        return pm_erf_near(x);
    }
    let far = 1.0 - pm_exp_square(x, -1.0) * pm_erfcx_positive(abs(x));
    return select(far, -far, x < 0.0);
}

// 2/√π·∫ e^(-t²) dt from 0 to x.
fn pm_erf(x: real) -> real { return pm_pick(pm_erf_of(x), x, pm_is_nan(x)); }

// The slope of erf.
fn pm_erf_slope(x: real) -> real {
    return pm_pick(1.1283791670955126 * pm_exp_square(x, -1.0), x, pm_is_nan(x));
}

fn pm_erfcx_slope_at(x: real) -> real {
    let w = pm_erfcx_place(x);
    if x < 4.0 {
        return pm_erfcx_slope_near_series(w);
    }
    return pm_erfcx_slope_far_series(w);
}

// Less the slope of erfc(x)·e^(x²) for 0 <= x.
fn pm_erfcx_fall(x: real) -> real {
    let scale = pm_over(1.0, 1.0 + 2.0 * x);
    return pm_erfcx_slope_at(x) * scale * scale;
}

fn pm_erfcx_slope_of(x: real) -> real {
    if x < 0.0 {
        return 4.0 * x * pm_exp_square(x, 1.0) - pm_erfcx_fall(-x);
    }
    return -pm_erfcx_fall(x);
}

// The slope of erfcx.
fn pm_erfcx_slope(x: real) -> real { return pm_pick(pm_erfcx_slope_of(x), x, pm_is_nan(x)); }

fn pm_erfcx_second_at(x: real) -> real {
    let w = pm_erfcx_place(x);
    if x < 4.0 {
        return pm_erfcx_second_near_series(w);
    }
    return pm_erfcx_second_far_series(w);
}

// The second slope of erfcx for 0 <= x.
fn pm_erfcx_curve(x: real) -> real {
    let scale = pm_over(1.0, 1.0 + 2.0 * x);
    return pm_erfcx_second_at(x) * scale * scale * scale;
}

fn pm_erfcx_second_of(x: real) -> real {
    if x < 0.0 {
        return (4.0 + 8.0 * x * x) * pm_exp_square(x, 1.0) - pm_erfcx_curve(-x);
    }
    return pm_erfcx_curve(x);
}

fn pm_erfcx_second(x: real) -> real { return pm_pick(pm_erfcx_second_of(x), x, pm_is_nan(x)); }

// Twice the normal distribution function of -x for 0 <= x: erfc(x/√2).
fn pm_normal_tail(x: real) -> real {
    let u = 0.70710678118654752 * x;
    if u < 0.5 {
        return 1.0 - pm_erf_near(u);
    }
    return pm_exp_square(x, -0.5) * pm_erfcx_positive(u);
}

fn pm_log_ndtr_of(x: real) -> real {
    if x < -1.0 {
        return pm_log(0.5 * pm_erfcx_positive(-0.70710678118654752 * x)) - 0.5 * x * x;
    }
    if x < 0.0 {
        return pm_log(0.5 * pm_normal_tail(-x));
    }
    return pm_log1p(-0.5 * pm_normal_tail(x));
}

// The logarithm of the normal distribution function.
fn pm_log_ndtr(x: real) -> real { return pm_pick(pm_log_ndtr_of(x), x, pm_is_nan(x)); }

fn pm_log_ndtr_slope_of(x: real) -> real {
    if x < 0.0 {
        return pm_over(0.79788456080286536, pm_erfcx_positive(-0.70710678118654752 * x));
    }
    return pm_over(0.39894228040143268 * pm_exp_square(x, -0.5), 1.0 - 0.5 * pm_normal_tail(x));
}

// Its slope: the normal density over the distribution function, which is the inverse of Mills' ratio at -x.
fn pm_log_ndtr_slope(x: real) -> real { return pm_pick(pm_log_ndtr_slope_of(x), x, pm_is_nan(x)); }

fn pm_log_ndtr_second_of(x: real) -> real {
    let slope = pm_log_ndtr_slope_of(x);
    if x < 0.0 {
        let u = -0.70710678118654752 * x;
        // x + slope, of which nothing is left where x is large, by the slope of erfcx.
        return -slope * pm_over(0.70710678118654752 * pm_erfcx_fall(u), pm_erfcx_positive(u));
    }
    return -slope * (x + slope);
}

fn pm_log_ndtr_second(x: real) -> real { return pm_pick(pm_log_ndtr_second_of(x), x, pm_is_nan(x)); }
