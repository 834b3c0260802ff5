//! The functions that objectives in WGSL call, against arbitrary precision: on a device in f32 and f64, and on the CPU engine
//! in both. `cargo run --release --example ulp` prints the table; here each is held to its bound.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

mod common;
#[path = "../examples/ulp/table.rs"]
mod table;

use common::random;
use plusminus::{Engine, Precision};
use table::Function;

const ARGUMENTS: usize = 600;

/// `least`: bounds below are raised to this.
fn check(engine: &Engine, least: f64) {
    let which = usize::from(engine.precision() == Precision::F64);
    for function in table::all() {
        let worst = function.worst(engine, ARGUMENTS).unwrap();
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
    check(&common::gpu_in(Precision::F32), 0.0);
    check(&common::gpu_in(Precision::F64), 0.0);
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
        let engine = common::gpu_in(precision);
        for mut function in table::all().into_iter().take(8) {
            let wrong = format!("{} * {error}", function.wgsl);
            function.wgsl = wrong.leak();
            let worst = function.worst(&engine, ARGUMENTS).unwrap();
            let bound = function.bounds[usize::from(precision == Precision::F64)];
            assert!(worst.error > bound, "{} in {precision}: {} ulp", function.wgsl, worst.error);
        }
    }
}
