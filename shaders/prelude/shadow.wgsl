// WGSL's own functions, replaced by those of the prelude in either precision: in f64 devices have none, in f32 theirs are
// inaccurate. They take scalars only.

fn exp(x: real) -> real { return pm_exp(x); }
fn exp2(x: real) -> real { return pm_exp2(x); }
fn log(x: real) -> real { return pm_log(x); }
fn log2(x: real) -> real { return pm_log2(x); }
fn pow(x: real, y: real) -> real { return pm_pow(x, y); }
fn sin(x: real) -> real { return pm_sin(x); }
fn cos(x: real) -> real { return pm_cos(x); }
fn tan(x: real) -> real { return pm_tan(x); }
fn asin(x: real) -> real { return pm_asin(x); }
fn acos(x: real) -> real { return pm_acos(x); }
fn atan(x: real) -> real { return pm_atan(x); }
fn atan2(y: real, x: real) -> real { return pm_atan2(y, x); }
fn sinh(x: real) -> real { return pm_sinh(x); }
fn cosh(x: real) -> real { return pm_cosh(x); }
fn tanh(x: real) -> real { return pm_tanh(x); }
fn asinh(x: real) -> real { return pm_asinh(x); }
fn acosh(x: real) -> real { return pm_acosh(x); }
fn atanh(x: real) -> real { return pm_atanh(x); }

// Names that WGSL lacks.
fn expm1(x: real) -> real { return pm_expm1(x); }
fn log1p(x: real) -> real { return pm_log1p(x); }
fn powi(x: real, n: i32) -> real { return pm_powi(x, n); }
fn sigmoid(x: real) -> real { return pm_sigmoid(x); }
fn relu(x: real) -> real { return pm_relu(x); }
fn softplus(x: real) -> real { return pm_softplus(x); }

// These need no care, but WGSL's own exist for f32 alone. Each is one or a few roundings.
fn degrees(x: real) -> real { return x * 57.295779513082323; }
fn radians(x: real) -> real { return x * 0.017453292519943295; }

// x kept to [0, 1]. Not by clamp, which may swallow NaN.
fn saturate(x: real) -> real {
    return select(select(select(x, 0.0, x < 0.0), 1.0, x > 1.0), pm_nan(x), pm_is_nan(x));
}

fn smoothstep(low: real, high: real, x: real) -> real {
    let t = saturate((x - low) / (high - low));
    return t * t * (3.0 - 2.0 * t);
}
