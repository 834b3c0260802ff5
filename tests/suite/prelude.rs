//! The functions that objectives in WGSL call, against arbitrary precision: on a device in f32 and f64, and on the CPU engine
//! in both. `cargo run --release --example ulp` prints the table; here each is held to its bound.

use crate::common::ulp as table;
use crate::common::ulp::Function;
use plusminus::{Engine, Precision, WgslObjective};

const ARGUMENTS: usize = 60;
/// Of special functions, whose exact values take longer.
const SPECIAL: usize = 12;

/// `least`: bounds below are raised to this.
fn check(engine: &Engine, least: f64) {
    let which = usize::from(engine.precision() == Precision::F64);
    for function in table::all() {
        let worst = function.worst(engine, if function.is_special() { SPECIAL } else { ARGUMENTS }).unwrap();
        let Function { name, bounds, .. } = function;
        let bound = bounds[which].max(least);
        let place = worst.at.iter().map(|&x| table::short(x)).collect::<Vec<_>>().join(", ");
        assert!(
            worst.error <= bound,
            "{name} over {} on {engine:?}: {} ulp at {place}, bound {}",
            function.range(engine.precision()),
            worst.error,
            bound
        );
    }
}

#[cfg(feature = "gpu")]
#[test]
fn functions_on_the_device_stay_within_their_ulp() {
    check(&crate::common::gpu_in(Precision::F32), 0.0);
    check(&crate::common::gpu_in(Precision::F64), 0.0);
}

#[test]
fn functions_on_the_cpu_engine_stay_within_their_ulp() {
    // src/numeric/math.rs and the standard library, each with a bound of its own.
    check(&Engine::cpu(Precision::F64), 3.0);
    check(&Engine::cpu(Precision::F32), 3.0);
}

/// A function that is off in its last places fails, in either precision.
#[cfg(feature = "gpu")]
#[test]
fn slightly_wrong_functions_are_noticed() {
    for (precision, error) in [(Precision::F32, "1.0000004"), (Precision::F64, "1.0000000000000009")] {
        let engine = crate::common::gpu_in(precision);
        for mut function in table::all().into_iter().take(8) {
            let wrong = format!("{} * {error}", function.wgsl);
            function.wgsl = wrong.leak();
            let worst = function.worst(&engine, ARGUMENTS).unwrap();
            let bound = function.bounds[usize::from(precision == Precision::F64)];
            assert!(worst.error > bound, "{} in {precision}: {} ulp", function.wgsl, worst.error);
        }
        // Special functions have wider bounds: some 25 ulp.
        let error = if precision == Precision::F32 { "1.000003" } else { "1.000000000000006" };
        for mut function in table::all().into_iter().filter(Function::is_special).step_by(4) {
            function.wgsl = format!("{} * {error}", function.wgsl).leak();
            let worst = function.worst(&engine, SPECIAL).unwrap();
            let bound = function.bounds[usize::from(precision == Precision::F64)];
            assert!(worst.error > bound, "{} in {precision}: {} ulp", function.wgsl, worst.error);
        }
    }
}

/// Functions that are exact, or made of others.
const UNMEASURED: &[&str] = &[
    "sqrt",
    "abs",
    "sign",
    "floor",
    "ceil",
    "round",
    "min",
    "max",
    "log10",
    "hypot",
    "sum",
    "mean",
    "prod",
    "dot",
    "norm",
    "relu",
    "trunc",
    "fract",
    "step",
    "clamp",
    "clip",
    "mod",
    "where",
    "len",
    "degrees",
    "radians",
    "smoothstep",
];

/// The report on a name that there is not lists those that there are: each is measured.
#[test]
fn every_function_of_the_language_is_in_the_table() {
    let report = WgslObjective::from_expression("nothing(x0)", 1).err().unwrap().to_string();
    let (_, names) = report.split_once("functions: ").unwrap();
    let names: Vec<&str> = names.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty()).collect();
    assert!(names.len() > 35, "{names:?}");
    let measured = table::all();
    let other = |name| match name {
        "ln" => "log",
        "gammaln" => "lgamma",
        "expit" => "sigmoid",
        name => name,
    };
    for name in names.into_iter().map(other) {
        let is_measured = measured.iter().any(|function| function.wgsl.starts_with(&format!("{name}(")));
        assert!(is_measured != UNMEASURED.contains(&name), "{name} has no row in examples/ulp/table.rs");
    }
}
