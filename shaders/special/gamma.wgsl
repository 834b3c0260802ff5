// The logarithm of the gamma function and its slopes: digamma, trigamma and tetragamma. WGSL and Rust in one, as errors.wgsl.
// Polynomials between 1 and 8, in gamma_f32.wgsl and gamma_f64.wgsl; above that Stirling's series, made to fit; below 1 by a step
// up, below 0 by the reflection. sin(πx) is that of angles.wgsl.

// ln Γ(x) for 0 <= x. Γ is 1 at 1 and 2, so these are factors.
fn pm_lgamma_positive(x: real) -> real {
    if x < 1.0 {
        return x * (x - 1.0) * pm_lgamma_one_series(x - 0.5) - pm_log(x);
    }
    if x < 2.0 {
        return (x - 1.0) * (x - 2.0) * pm_lgamma_one_series(x - 1.5);
    }
    if x < 3.5 {
        return (x - 1.0) * (x - 2.0) * pm_lgamma_two_series(x - 2.75);
    }
    if x < 8.0 {
        return (x - 1.0) * (x - 2.0) * pm_lgamma_four_series(x - 5.75);
    }
    let inverse = 1.0 / x;
    let rest = 0.41893853320467274 + inverse * pm_lgamma_far_series(inverse * inverse);
    return (x - 0.5) * (pm_log(x) - 1.0) + rest;
}

// ln Γ(1 + y) for 0 <= y.
fn pm_lgamma_next(y: real) -> real {
    if y < 1.0 {
        return y * (y - 1.0) * pm_lgamma_one_series(y - 0.5);
    }
    return pm_lgamma_positive(y) + pm_log(y);
}

fn pm_lgamma_of(x: real) -> real {
    if x >= 0.0 {
        return pm_lgamma_positive(x);
    }
    let s = abs(pm_sin_pi(pm_off_whole(x)));
    let below = pm_log(pm_quotient(3.1415926535897932, s)) - pm_lgamma_next(-x);
    return pm_pick(below, pm_infinity(x), s == 0.0);
}

// ln |Γ(x)|.
fn pm_lgamma(x: real) -> real { return pm_pick(pm_lgamma_of(x), x, pm_is_nan(x)); }

// ψ(1 + y) for 0 <= y < 1, y less the root of ψ being a factor.
fn pm_digamma_step(y: real) -> real {
    let w = pm_sealed(y - PM_DIGAMMA_ROOT_STEP, pm_zero()) - PM_DIGAMMA_ROOT_LOW;
    return w * pm_digamma_one_series(y - 0.5);
}

fn pm_digamma_positive(x: real) -> real {
    if x < 1.0 {
        return pm_digamma_step(x) - pm_over(1.0, x);
    }
    if x < 2.0 {
        return pm_digamma_step(pm_sealed(x - 1.0, pm_zero()));
    }
    if x < 3.5 {
        return pm_digamma_two_series(x - 2.75);
    }
    if x < 8.0 {
        return pm_digamma_four_series(x - 5.75);
    }
    let inverse = 1.0 / x;
    let z = inverse * inverse;
    return pm_log(x) - (0.5 * inverse + z * pm_digamma_far_series(z));
}

fn pm_digamma_of(x: real) -> real {
    if x >= 0.0 {
        return pm_digamma_positive(x);
    }
    let r = pm_off_whole(-x);
    let turn = 3.1415926535897932 * pm_over(pm_cos_pi(r), pm_sin_pi(r));
    if x > -1.0 {
        return pm_digamma_step(-x) + turn;
    }
    return pm_pick((pm_digamma_positive(-x) - 1.0 / x) + turn, pm_nan(x), r == 0.0);
}

// ψ(x), the slope of ln Γ(x).
fn pm_digamma(x: real) -> real { return pm_pick(pm_digamma_of(x), x, pm_is_nan(x)); }

fn pm_trigamma_positive(x: real) -> real {
    if x < 1.0 {
        let inverse = pm_over(1.0, x);
        return pm_trigamma_one_series(x - 0.5) + inverse * inverse;
    }
    if x < 2.0 {
        return pm_trigamma_one_series(x - 1.5);
    }
    if x < 3.5 {
        return pm_trigamma_two_series(x - 2.75);
    }
    if x < 8.0 {
        return pm_trigamma_four_series(x - 5.75);
    }
    let inverse = pm_over(1.0, x);
    let z = inverse * inverse;
    return inverse + z * (0.5 + inverse * pm_trigamma_far_series(z));
}

fn pm_trigamma_of(x: real) -> real {
    if x >= 0.0 {
        return pm_trigamma_positive(x);
    }
    let turn = pm_over(3.1415926535897932, pm_sin_pi(pm_off_whole(x)));
    if x > -1.0 {
        return turn * turn - pm_trigamma_one_series(-x - 0.5);
    }
    let inverse = 1.0 / x;
    return turn * turn - (pm_trigamma_positive(-x) - inverse * inverse);
}

// The slope of ψ(x).
fn pm_trigamma(x: real) -> real { return pm_pick(pm_trigamma_of(x), x, pm_is_nan(x)); }

fn pm_tetragamma_positive(x: real) -> real {
    if x < 1.0 {
        let inverse = pm_over(1.0, x);
        return pm_tetragamma_one_series(x - 0.5) - 2.0 * inverse * inverse * inverse;
    }
    if x < 2.0 {
        return pm_tetragamma_one_series(x - 1.5);
    }
    if x < 3.5 {
        return pm_tetragamma_two_series(x - 2.75);
    }
    if x < 8.0 {
        return pm_tetragamma_four_series(x - 5.75);
    }
    let inverse = pm_over(1.0, x);
    let z = inverse * inverse;
    return -z * (1.0 + (inverse + z * pm_tetragamma_far_series(z)));
}

fn pm_tetragamma_of(x: real) -> real {
    if x >= 0.0 {
        return pm_tetragamma_positive(x);
    }
    let r = pm_off_whole(-x);
    let turn = pm_over(3.1415926535897932, pm_sin_pi(r));
    let turns = 2.0 * pm_cos_pi(r) * turn * turn * turn;
    if x > -1.0 {
        return pm_tetragamma_one_series(-x - 0.5) + turns;
    }
    let inverse = 1.0 / x;
    return (pm_tetragamma_positive(-x) - 2.0 * inverse * inverse * inverse) + turns;
}

// The second slope of ψ(x).
fn pm_tetragamma(x: real) -> real { return pm_pick(pm_tetragamma_of(x), x, pm_is_nan(x)); }
