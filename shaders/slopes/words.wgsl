// The words that the rules of slopes are written in, where WGSL's own do not do: twin of src/program/slopes/arith.rs. Then
// the operations of programs that are no functions of the prelude: twin of src/program/builtins.rs.
// PM_UNIT, PM_LEAST and PM_DIVISION are put in before by the host. `pm_zero()` is a zero that no compiler knows.

fn u() -> real { return real(PM_UNIT); }

fn eta() -> real { return real(PM_LEAST); }

fn k_division() -> real { return real(PM_DIVISION); }

// Infinity.
fn unknown() -> real { return real(bitcast<f32>(0x7f800000u | pm_zero())); }

fn sealed(v: real) -> real { return pm_sealed(v, pm_zero()); }

fn moved(d: real) -> real { return select(eta(), real(0.0), d == real(0.0)); }

// What pm_remainder loses beside a rounding: products of k and a short part of b are exact up to some k.
fn folded(k: real, b: real) -> real {
    return real(2.0) * u() * select(abs(b), abs(k * b), abs(k) >= real(2048.0));
}

fn exp(a: real) -> real { return pm_exp(a); }

fn log(a: real) -> real { return pm_log(a); }

fn pow(a: real, b: real) -> real { return pm_pow(a, b); }

// NaN if either is. Made from bits, lest the choice be taken for min, which may swallow it.
fn pm_least(a: real, b: real) -> real {
    return select(select(a, b, b < a), pm_nan(a), pm_is_nan(a) || pm_is_nan(b));
}

fn pm_most(a: real, b: real) -> real {
    return select(select(a, b, b > a), pm_nan(a), pm_is_nan(a) || pm_is_nan(b));
}

fn pm_smooth(t: real) -> real { return t * t * (3.0 - 2.0 * t); }

// a less the multiple of b next to it towards 0. The quotient may be off by a rounding, and then by 1 as a whole number.
fn pm_remainder(a: real, b: real) -> real {
    let k = trunc(a / b);
    let high = pm_short(b);
    let rest = sealed(a - k * high) - k * (b - high);
    // Towards where a is; so that what is below 0 there is k too large, what is not below b, too small.
    let along = select(rest, -rest, a < 0.0);
    let size = abs(b);
    let held = select(select(along, along - size, along >= size), along + size, along < 0.0);
    return select(held, -held, a < 0.0);
}
