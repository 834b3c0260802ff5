// The words that the rules of slopes are written in, where WGSL's own do not do: twin of src/program/slopes/arith.rs. Then
// the operations of programs that are no functions of the prelude: twin of src/program/builtins.rs.
// PM_UNIT, PM_LEAST and PM_DIVISION are put in before by the host. `pm_zero()` is a zero that no compiler knows.

fn u() -> real { return real(PM_UNIT); }

fn eta() -> real { return real(PM_LEAST); }

fn k_division() -> real { return real(PM_DIVISION); }

// Infinity.
fn unknown() -> real { return real(bitcast<f32>(0x7f800000u | pm_zero())); }

fn sealed(v: real) -> real { return pm_sealed(v, pm_zero()); }

fn pick(first: real, second: real, is_second: bool) -> real { return pm_pick(first, second, is_second); }

fn moved(d: real) -> real { return select(eta(), real(0.0), d == real(0.0)); }

fn over(a: real, b: real) -> real { return pm_over(a, b); }

fn root(a: real) -> real { return pm_root(a); }

fn exp(a: real) -> real { return pm_exp(a); }

fn log(a: real) -> real { return pm_log(a); }

fn pow(a: real, b: real) -> real { return pm_pow(a, b); }

fn expm1(a: real) -> real { return pm_expm1(a); }

fn log1p(a: real) -> real { return pm_log1p(a); }

fn sin(a: real) -> real { return pm_sin(a); }

fn cos(a: real) -> real { return pm_cos(a); }

fn tan(a: real) -> real { return pm_tan(a); }

fn asin(a: real) -> real { return pm_asin(a); }

fn acos(a: real) -> real { return pm_acos(a); }

fn atan(a: real) -> real { return pm_atan(a); }

fn sinh(a: real) -> real { return pm_sinh(a); }

fn cosh(a: real) -> real { return pm_cosh(a); }

fn tanh(a: real) -> real { return pm_tanh(a); }

fn asinh(a: real) -> real { return pm_asinh(a); }

fn acosh(a: real) -> real { return pm_acosh(a); }

fn atanh(a: real) -> real { return pm_atanh(a); }

fn atan2(y: real, x: real) -> real { return pm_atan2(y, x); }

// Functions that are near their argument where that is small, over it.
fn expm1_over(t: real) -> real { return pm_pick(expm1(t) / t, real(1.0), abs(t) <= u()); }

fn log1p_over(t: real) -> real { return pm_pick(log1p(t) / t, real(1.0), abs(t) <= u()); }

fn sin_over(t: real) -> real { return pm_pick(sin(t) / t, real(1.0), abs(t) <= u()); }

fn tan_over(t: real) -> real { return pm_pick(tan(t) / t, real(1.0), abs(t) <= u()); }

fn asin_over(t: real) -> real { return pm_pick(asin(t) / t, real(1.0), abs(t) <= u()); }

fn atan_over(t: real) -> real { return pm_pick(atan(t) / t, real(1.0), abs(t) <= u()); }

fn sinh_over(t: real) -> real { return pm_pick(sinh(t) / t, real(1.0), abs(t) <= u()); }

fn asinh_over(t: real) -> real { return pm_pick(asinh(t) / t, real(1.0), abs(t) <= u()); }

fn atanh_over(t: real) -> real { return pm_pick(atanh(t) / t, real(1.0), abs(t) <= u()); }

// NaN if either is. Made from bits, lest the choice be taken for min, which may swallow it.
fn pm_least(a: real, b: real) -> real {
    return pm_pick(pm_pick(a, b, b < a), pm_nan(a), pm_is_nan(a) || pm_is_nan(b));
}

fn pm_most(a: real, b: real) -> real {
    return pm_pick(pm_pick(a, b, b > a), pm_nan(a), pm_is_nan(a) || pm_is_nan(b));
}

fn pm_smooth(t: real) -> real { return t * t * (3.0 - 2.0 * t); }

// Every bit of the result depends on every bit of the argument (the finisher of MurmurHash3).
fn pm_mixed(given: u32) -> u32 {
    var bits = (given ^ (given >> 16u)) * 0x85ebca6bu;
    bits = (bits ^ (bits >> 13u)) * 0xc2b2ae35u;
    return bits ^ (bits >> 16u);
}

// v, off by one to four times as much as `by` says, up or down: a hash of the number, the place in the program and the sample.
// Twin of src/program/random.rs, with other hashes: f64 has no bits here but those of an f32, and those of what that lacks.
fn pm_perturbed(v: real, by: real, place: u32) -> real {
    let short = real(f32(v));
    let key = pm_mixed(pm_bits(real(v - short)) ^ pm_mixed(place ^ pm_mixed(pm_sample())));
    let bits = pm_mixed(pm_bits(v) ^ key);
    let size = by * real(1u + ((bits >> 29u) & 3u));
    return select(v - size, v + size, bits < 0x80000000u);
}
