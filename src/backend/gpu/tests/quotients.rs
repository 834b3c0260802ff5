//! Quotients and roots of the prelude in f32, over all magnitudes, subnormal ones too, against f64: half a unit in the last place is all that the
//! bars of slopes allow them.

use super::{Break, Example, gpu, kernels, largest};
use crate::backend::plan::{Plan, Work};
use crate::difference::displacement::{Displacements, What};
use crate::numeric::{Precision, SplitMix64};

/// What is computed of a point's two numbers.
#[derive(Clone, Copy, Debug)]
struct Function {
    wgsl: &'static str,
    exact: fn(f64, f64) -> f64,
    /// In units in the last place.
    most: f64,
}

const QUOTIENT: Function = Function { wgsl: "pm_over(x(0u), x(1u))", exact: |a, b| a / b, most: 0.503 };
const ROOT: Function = Function { wgsl: "pm_root(abs(x(0u)))", exact: |a, _| a.abs().sqrt(), most: 0.503 };
const INVERSE: Function =
    Function { wgsl: "pm_inverse_root(abs(x(0u)))", exact: |a, _| 1.0 / a.abs().sqrt(), most: 1.51 };

/// A point has three coordinates, of which two count: numbers of any magnitude, and of all mantissas in a row.
fn points() -> Vec<f32> {
    let mut random = SplitMix64::new(7);
    let mut number = |i: u32| {
        let bits = random.next_u64();
        let exponent = if i.is_multiple_of(4) { 127 } else { (bits >> 40) as u32 % 255 };
        f32::from_bits((bits as u32 & 0x807f_ffff) | exponent << 23)
    };
    let near = |i: u32| f32::from_bits(0x3f7f_ff00 + i);
    let spread = (0..40_000).flat_map(|i| [number(i), number(i), 0.0]).collect::<Vec<f32>>();
    let close = (0..512).flat_map(|i| [near(i), near(511 - i), 0.0]);
    spread.into_iter().chain(close).collect()
}

/// The largest error in units in the last place of the exact result; what is below the least normal number may be 0.
fn worst(function: Function, broken: Break) -> f64 {
    let source = format!("fn term(s: u32) -> real {{ return {}; }}", function.wgsl);
    let gpu = gpu();
    let mut terms = kernels(&gpu, &Example { source, terms: 1 }, Precision::F32, broken);
    let points = points();
    let plan = Plan::new(Work::new(points.len() / 3, 3, 0, 1), &gpu.limits()).unwrap();
    let mut found = Vec::new();
    for piece in &plan.pieces {
        let sources = &points[3 * piece.first_point..][..3 * piece.points];
        let what = Displacements { dimension: 3, sources, bases: 0, what: What::Values };
        found.extend(terms.run::<f32>(&plan, piece, &what).unwrap().sums);
    }
    assert_eq!(found.len(), points.len() / 3);
    largest(points.chunks_exact(3).zip(found).map(|(x, found)| {
        let of = |x: [f32; 2]| (function.exact)(f64::from(x[0]), f64::from(x[1]));
        // A device may take subnormal numbers for 0 (NVIDIA's driver does).
        let flushed = [x[0], x[1]].map(|x| if x.is_subnormal() { 0.0 } else { x });
        let exact = of([x[0], x[1]]);
        // The kernel's sum makes NaN of infinity.
        let is_flushed = f64::from(found) == of(flushed) || !found.is_finite() && of(flushed).is_infinite();
        let exact = if is_flushed { of(flushed) } else { exact };
        if exact.abs() > f64::from(f32::MAX) {
            return if !found.is_finite() { 0.0 } else { f64::INFINITY };
        }
        let off = (f64::from(found) - exact).abs();
        if exact.abs() < f64::from(f32::MIN_POSITIVE) {
            return if off <= f64::from(f32::MIN_POSITIVE) { 0.0 } else { f64::INFINITY };
        }
        let ulp = exact.abs().log2().floor().exp2() * f64::from(f32::EPSILON);
        off / ulp
    }))
}

#[test]
fn quotients_and_roots_are_right_to_half_a_unit_in_the_last_place() {
    for function in [QUOTIENT, ROOT, INVERSE] {
        let error = worst(function, None);
        assert!(error <= function.most, "{function:?}: {error} ulp");
    }
}

#[test]
fn broken_quotients_and_roots_are_noticed() {
    for (function, right, wrong) in [
        (QUOTIENT, "return q + rest / d;", "return q + 0.9 * rest / d;"),
        (QUOTIENT, "- q * (d - high);", "+ q * (d - high);"),
        (QUOTIENT, "(bitcast<u32>(n) ^ bitcast<u32>(d)) & 0x80000000u", "bitcast<u32>(n) & 0x80000000u"),
        (QUOTIENT, "-160, 160", "-100, 160"),
        (QUOTIENT, "select(0, 149, n_bits != n_size)", "0"),
        (ROOT, "select(0, 75, is_subnormal)", "0"),
        (ROOT, "let near = root + 0.5 *", "let near = root + 0.6 *"),
        (ROOT, "bitcast<i32>(power - odd)", "bitcast<i32>(power + odd)"),
        (ROOT, "- 2.0 * high * low;", "- high * low;"),
    ] {
        // What subnormal numbers need makes no difference where they are 0.
        if !gpu().probe.arithmetic.keeps_subnormals && right.starts_with("select(0,") {
            continue;
        }
        let error = worst(function, Some((right, wrong)));
        assert!(error.is_nan() || error > function.most, "{wrong}: only {error} ulp");
    }
}
