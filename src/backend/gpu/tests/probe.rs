//! Every check of the probe sees the fault that it is there for, and every finding is acted upon.

use std::cell::Cell;
use std::sync::Arc;

use super::super::device::Gpu;
use super::super::objective::OnGpu;
use super::super::probe::{self, ProbeReport};
use super::{Example, gpu, wanted};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::objective::{Quadratic, WgslObjective};

/// What is measured where `right` is replaced in whatever text has it.
fn with_fault(gpu: &Gpu, right: &str, wrong: &str) -> Result<ProbeReport> {
    let found = Cell::new(false);
    let report = probe::measure(
        gpu,
        &|text| {
            found.set(found.get() || text.contains(right));
            text.replace(right, wrong)
        },
        Some(&gpu.probe),
    );
    assert!(found.get(), "the text to break is gone: {right}");
    report
}

#[test]
fn this_adapter_passes_every_check() {
    let gpu = probe::open(wanted(&gpu())).unwrap();
    let ProbeReport { arithmetic, functions, structures, double, times } = &gpu.probe;
    println!("{}: {:#?}", gpu.info.name, gpu.probe);
    if gpu.info.name.contains("llvmpipe") {
        // Known defects of Mesa 22.3; when this fails, a newer Mesa may have mended one: update the field list.
        assert!(arithmetic.loop_limit.is_none_or(|turns| turns == 65_535));
    }
    assert!(
        arithmetic.nan_by_bits && arithmetic.sealed_sums_survive && arithmetic.sealed_differences_survive
    );
    assert!(structures.arrays && structures.products && structures.readback && structures.binding >= 1 << 27);
    assert!(functions.exp > 0.4 && functions.sin > 0.4, "{functions:?}: errors that were not measured");
    assert_eq!(double.is_some(), gpu.info.f64);
    assert!(
        times.submission > 0.0 && times.rate > 1e8 && times.upload > 1e7 && times.readback > 1e7,
        "{times:?}"
    );
    assert!(gpu.limits().iterations <= 1 << 15);
    let problems = [gpu.probe.no_slopes(), gpu.probe.no_programs().map(Into::into), gpu.probe.no_double()];
    assert_eq!(problems, [None, None, None]);
}

#[test]
fn faults_of_arithmetic_are_found() {
    let gpu = gpu();
    for (right, wrong) in [
        ("state * 1664525u + 1013904223u;\n        turns", "state * 1664521u + 1013904223u;\n        turns"),
        ("turns += 1u", "turns += 2u"),
        ("i < inputs[4]", "i > inputs[4]"),
    ] {
        let error = with_fault(&gpu, right, wrong).unwrap_err();
        assert!(error.to_string().contains("miscount"), "{wrong}: {error}");
    }
    // lavapipe stops an invocation at 65,535 turns; a probe that says so at half of them is believed.
    let early = with_fault(&gpu, "i < inputs[4]", "i < 30000u").unwrap();
    assert_eq!(early.arithmetic.loop_limit, Some(30_000));
    assert!(early.consequences()[0].contains("15000"), "{:?}", early.consequences());

    // A compiler that takes (x + h) - x for h; one that adds before it subtracts; one that takes no number for NaN.
    let apart = with_fault(&gpu, "pm_sealed(high - x, other)", "h").unwrap();
    assert!(!apart.arithmetic.sealed_sums_survive && apart.no_slopes().is_some());
    for (right, wrong, part) in [
        (
            "sealed_sum += pm_sealed(upper - lower, pm_zero())",
            "sealed_sum = (sealed_sum + upper) - lower",
            "differences of f",
        ),
        ("0x7fffffffu) > 0x7f800000u; }", "0x7fffffffu) > 0x7fffffffu; }", "by their bits"),
        ("pm_pick(x, nan, h > 0.0)", "x", "by their bits"),
        ("bitcast<u32>(pm_infinity(x))", "0x7f7fffffu", "by their bits"),
        ("bitcast<u32>(pm_nan(x))", "0u", "by their bits"),
    ] {
        let error = with_fault(&gpu, right, wrong).unwrap_err();
        assert!(error.is_device() && error.to_string().contains(part), "{wrong}: {error}");
    }
    // What nothing relies on is told and no more.
    type Finding = fn(&ProbeReport) -> bool;
    let told: [(&str, &str, Finding, bool); 9] = [
        ("(x + h) - x == 0.0", "h == 0.0", |r| r.arithmetic.true_step_survives, false),
        ("0u, 1u, nan != nan", "1u, 0u, true", |r| r.arithmetic.nan_by_unequal, false),
        ("0u, 1u, !(nan == nan)", "1u, 0u, true", |r| r.arithmetic.nan_by_not_equal, false),
        (
            "(bitcast<u32>(none) & 0x7fffffffu) > 0x7f800000u",
            "false",
            |r| r.arithmetic.infinities_cancel_to_nan,
            false,
        ),
        ("1.0 / input(7u)", "3.4e38", |r| r.arithmetic.infinity_by_division, false),
        ("bitcast<u32>(max(nan, x))", "0u", |r| r.arithmetic.max_keeps_nan, false),
        ("bitcast<u32>(select(x, nan, h > 0.0))", "0u", |r| r.arithmetic.select_keeps_nan, false),
        (
            "near * near - (1.0 + 0x1p-11)",
            "fma(near, near, -(1.0 + 0x1p-11)) + 1.0",
            |r| r.arithmetic.contracts,
            true,
        ),
        ("bitcast<u32>(input(5u) * x)", "0u", |r| r.arithmetic.keeps_subnormals, false),
    ];
    for (right, wrong, finding, told) in told {
        let report = with_fault(&gpu, right, wrong).unwrap();
        assert_eq!(finding(&report), told, "{wrong}");
    }
    let plain = with_fault(&gpu, "(x - (plain - (plain - x))) + (h - (plain - x))", "0.0").unwrap();
    assert!(!plain.arithmetic.plain_sums_survive);
    let plain = with_fault(&gpu, "sum += upper - lower", "sum = (sum + upper) - lower").unwrap();
    assert!(!plain.arithmetic.plain_differences_survive);
}

#[test]
fn faults_of_functions_are_found() {
    let gpu = gpu();
    for (right, wrong, name) in [
        ("bitcast<u32>(n / d)", "bitcast<u32>(n / d) + 3u", "/ is off"),
        ("bitcast<u32>(sqrt(d))", "bitcast<u32>(sqrt(d)) + 6u", "sqrt is off"),
        ("bitcast<u32>(pm_over(n, d))", "bitcast<u32>(n / (d * 1.0000001))", "the prelude's / is off"),
        ("bitcast<u32>(pm_root(d))", "bitcast<u32>(pm_root(d)) + 1u", "the prelude's sqrt is off"),
        ("bitcast<u32>(pm_exp(n))", "bitcast<u32>(pm_exp(n)) + 2u", "exp is off"),
        ("bitcast<u32>(pm_log(d))", "bitcast<u32>(pm_log(d)) - 2u", "log is off"),
        // A polynomial of the prelude's own with one digit changed.
        ("-0.166666667 + z", "-0.166656667 + z", "sin is off"),
    ] {
        let report = with_fault(&gpu, right, wrong).unwrap();
        let why = report.no_slopes().unwrap_or_default();
        assert!(why.contains(name), "{wrong}: {why}");
    }
    if gpu.info.f64 {
        for (right, wrong, part) in [
            ("id.x, n / d)", "id.x, n / (d * 1.000000000000001lf))", "its / is off"),
            ("+ 3u, sqrt(d))", "+ 3u, f64(sqrt(f32(d))))", "its sqrt is off"),
        ] {
            let report = with_fault(&gpu, right, wrong).unwrap();
            assert!(report.no_double().is_some_and(|why| why.contains(part)), "{:?}", report.double);
        }
    }
}

#[test]
fn faults_of_structures_are_found() {
    let gpu = gpu();
    for (right, wrong, part) in [
        ("numbers[at] = one;", "numbers[0] = one;", "arrays in nested loops"),
        ("(inputs[0] + id.x) * 2654435769u", "(4000u + id.x) * 2654435769u", "results of one call"),
        ("answers[arrayLength(&answers) - 1u] = inputs[0] + 1u;", "", "no buffer keeps"),
    ] {
        let error = with_fault(&gpu, right, wrong).unwrap_err();
        assert!(error.is_device() && error.to_string().contains(part), "{wrong}: {error}");
    }
    let report = with_fault(&gpu, "v[(k + id.x) % 4u] +=", "v.x +=").unwrap();
    assert!(!report.structures.components && report.structures.arrays);
    // A compiler that refuses it.
    let report = with_fault(&gpu, "var v = vec4<f32>();", "var v = vec4<f32>(1, 2);").unwrap();
    assert!(!report.structures.components);
    let report = with_fault(&gpu, "sum_2 += a_0.z * b;", "sum_2 += a_0.y * b;").unwrap();
    assert!(!report.structures.products && report.no_programs().is_some());
    // Memory that is there only up to a size.
    let half = gpu.probe.structures.binding / 8;
    let least = format!(
        "if (arrayLength(&answers) <= {half}u) {{ answers[arrayLength(&answers) - 1u] = inputs[0] + 1u; }}"
    );
    let report = with_fault(&gpu, "answers[arrayLength(&answers) - 1u] = inputs[0] + 1u;", &least).unwrap();
    assert_eq!(report.structures.binding, gpu.probe.structures.binding / 2 / 16 * 16);
}

/// An adapter on which something else was measured.
fn measured(change: impl FnOnce(&mut ProbeReport)) -> Arc<Gpu> {
    let mut gpu = probe::open(wanted(&gpu())).unwrap();
    change(&mut gpu.probe);
    Arc::new(gpu)
}

#[test]
fn findings_are_acted_upon() {
    let text = "fn objective() -> real { var v = vec2<real>(x(0), 1.0); let i = u32(abs(x(1))) % 2u; v[i] += 1.0; return v.x * v.y; }";
    let of_text = || Arc::new(WgslObjective::new("v.wgsl", text, 3, Default::default()).unwrap());
    assert!(OnGpu::<f32>::new(gpu(), of_text()).is_ok());
    let no_components = measured(|report| report.structures.components = false);
    let error = OnGpu::<f32>::new(Arc::clone(&no_components), of_text()).err().unwrap();
    assert!(
        matches!(error, Error::Unsupported { .. }) && error.to_string().contains("use an array"),
        "{error}"
    );
    assert!(OnGpu::<f32>::new(no_components, Arc::new(Example::standard())).is_ok());

    let slopes = |gpu: Arc<Gpu>| {
        let f = Arc::new(WgslObjective::from_expression("exp(x0) * x1", 2).unwrap());
        OnGpu::<f32>::new(gpu, f).unwrap().slopes().unwrap().is_some()
    };
    assert!(slopes(gpu()));
    assert!(!slopes(measured(|report| report.arithmetic.sealed_sums_survive = false)));
    assert!(!slopes(measured(|report| report.functions.exp = 5.0)));

    // Programs give way to direct differences, and say why.
    let no_products = measured(|report| report.structures.products = false);
    let quadratic = Arc::new(Quadratic::sum_of_squares(3).unwrap());
    let mut without = OnGpu::<f32>::new(no_products, quadratic).unwrap();
    assert!(without.increments().unwrap().is_none());
    assert!(without.refused().is_some_and(|error| error.to_string().contains("matrix products")));

    let small = measured(|report| report.structures.binding = 1 << 20);
    assert_eq!(small.limits().binding, 1 << 20);
    assert!(matches!(small.storage("points", 1 << 21).unwrap_err(), Error::Limit { limit: 1_048_576, .. }));
    let few = measured(|report| report.arithmetic.loop_limit = Some(20_000));
    assert_eq!(few.limits().iterations, 10_000);
}
