//! Each kernel on a real adapter against f64 arithmetic written out here, and broken on purpose to see that the
//! comparison fails. (Objectives and whole gradients: `tests/gpu.rs`.)

use std::sync::Arc;

use super::adapters::Wanted;
use super::context::Gpu;
use super::engine::{GpuTerms, PmWork};
use super::probe::{self, ProbeReport};
use super::shader::{Sources, Specialised};
use crate::cpu::{ALL_FINITE, Sums, Trapped};
use crate::error::{Error, Result};
use crate::objective::{Entry, Objective, Wgsl};
use crate::plan::{Kind, Limits, Plan, Work};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::step::Step;

/// A hardware GPU, or lavapipe.
pub(super) fn gpu() -> Arc<Gpu> {
    let gpu = Gpu::open(Wanted::Hardware).or_else(|_| Gpu::open(Wanted::Named("software")));
    Arc::new(gpu.unwrap_or_else(|error| {
        panic!("GPU tests need an adapter; `apt-get install mesa-vulkan-drivers libvulkan1` gives lavapipe: {error}")
    }))
}

/// 700 terms (s + 1)·tanh(x₀/(s+1))·eˣ¹ + ln(2 + x₂²) of three coordinates, or anything else given as WGSL.
pub(super) struct Example {
    pub(super) source: String,
    pub(super) terms: usize,
}

impl Example {
    pub(super) fn standard() -> Self {
        let source = "fn term(s: u32) -> real {
            let k = real(s + 1u);
            return k * pm_tanh(x(0u) / k) * exp(x(1u)) + pm_log(2.0 + x(2u) * x(2u));
        }";
        Example { source: source.into(), terms: 700 }
    }

    /// The terms in f64, from the formula.
    pub(super) fn term(s: usize, x: [f64; 3]) -> f64 {
        let k = s as f64 + 1.0;
        k * (x[0] / k).tanh() * x[1].exp() + (2.0 + x[2] * x[2]).ln()
    }
}

impl Objective for Example {
    fn dimension(&self) -> usize {
        3
    }
    fn value(&self, _: &[f64]) -> f64 {
        f64::NAN
    }
    fn terms(&self) -> usize {
        self.terms
    }
    fn wgsl(&self) -> Result<Wgsl> {
        Ok(Wgsl {
            source: self.source.clone(),
            data: vec![],
            indices: vec![],
            iterations: 0,
            ..Default::default()
        })
    }
}

const POINTS: [[f64; 3]; 2] = [[0.5, -0.25, 1.5], [-1.0, 0.5, 2.0]];

/// Limits so tight that two points and three axes take several pieces and levels.
pub(super) fn tight() -> Limits {
    Limits {
        device: "test".into(),
        iterations: 1 << 15,
        submission: 1 << 12,
        invocations: 1 << 20,
        binding: 1 << 20,
        partials: 1 << 20,
        busy: 1 << 12,
        real: 4,
    }
}

/// The sums of all pairs, piece by piece.
fn run<T: Real>(terms: &mut GpuTerms, kind: Kind, objective: &Example, limits: &Limits) -> Result<Sums<T>> {
    let work = Work {
        kind,
        points: 2,
        axes: 3,
        terms: objective.terms,
        iterations: 0,
        granularity: 1,
        by_term: false,
    };
    let plan = Plan::new(work, limits)?;
    let points: Vec<T> = POINTS.iter().flatten().map(|&x| T::of(x)).collect();
    let mut all = Sums { sums: vec![], first_bad: vec![], trapped: None };
    for piece in &plan.pieces {
        let moved: Vec<_> = match kind {
            Kind::Values => vec![],
            Kind::Differences(scheme) => (0..piece.pairs())
                .map(|pair| {
                    let point = piece.first_point + pair / piece.axes;
                    let x = T::of(POINTS[point][piece.first_axis + pair % piece.axes]);
                    Step::Relative { exponent: -2 }.perturb(scheme, x, 0, 0).unwrap()
                })
                .collect(),
        };
        let x = &points[3 * piece.first_point..][..3 * piece.points];
        let part = terms.run(&plan, piece, x, &moved, false)?;
        all.sums.extend(part.sums);
        all.first_bad.extend(part.first_bad);
        all.trapped = all.trapped.or(part.trapped);
    }
    Ok(all)
}

/// The largest relative error of any sum against f64.
fn worst<T: Real>(sources: &Sources, kind: Kind, limits: &Limits) -> f64 {
    let objective = Example::standard();
    let limits = &Limits { real: size_of::<T>() as u64, ..limits.clone() };
    let mut terms = GpuTerms::from_sources(gpu(), &objective, T::PRECISION, sources).unwrap();
    let got: Sums<T> = run(&mut terms, kind, &objective, limits).unwrap();
    assert!(got.first_bad.iter().all(|&bad| bad == ALL_FINITE));
    let total = |x: [f64; 3]| (0..700).map(|s| Example::term(s, x)).sum::<f64>();
    let mut want = Vec::new();
    for x in POINTS {
        match kind {
            Kind::Values => want.push(total(x)),
            Kind::Differences(scheme) => (0..3).for_each(|axis| {
                let h = Step::Relative { exponent: -2 }.at(x[axis]);
                let at = |h: f64| {
                    let mut x = x;
                    x[axis] += h;
                    total(x)
                };
                want.push(match scheme {
                    Scheme::Forward => at(h) - at(0.0),
                    Scheme::Backward => at(0.0) - at(-h),
                    Scheme::Central => at(h) - at(-h),
                });
            }),
        }
    }
    assert_eq!(got.sums.len(), want.len());
    let errors = got.sums.iter().zip(want).map(|(g, w)| ((g.to_f64() - w) / w).abs());
    // NaN stays: `f64::max` would drop it.
    errors.fold(0.0, |m: f64, e| if e.is_nan() || e > m { e } else { m })
}

const KINDS: [Kind; 4] = [
    Kind::Values,
    Kind::Differences(Scheme::Forward),
    Kind::Differences(Scheme::Backward),
    Kind::Differences(Scheme::Central),
];

#[test]
fn sums_match_f64_in_one_piece_and_in_many() {
    let device = gpu().limits();
    for kind in KINDS {
        for limits in [&device, &tight()] {
            let error = worst::<f32>(&Sources::default(), kind, limits);
            assert!(error < 3e-5, "{kind:?}: relative error {error:e}");
            let error = worst::<f64>(&Sources::default(), kind, limits);
            assert!(error < 1e-13, "{kind:?} in f64: relative error {error:e}");
        }
    }
}

/// The struct stands in WGSL and in Rust: both must have the same fields in the same places.
#[test]
fn sizes_are_laid_out_alike() {
    let text = Sources::default().difference_module(
        "fn term(s: u32) -> real { return 0.0; }",
        &Specialised {
            precision: Precision::F32,
            dimension: 1,
            data: 0,
            guarded: true,
            turns: 1,
            increments: false,
            entry: Entry::Term,
        },
    );
    let module = wgpu::naga::front::wgsl::parse_str(&text).unwrap();
    let (members, span) = module
        .types
        .iter()
        .find_map(|(_, kind)| match (&kind.name, &kind.inner) {
            (Some(name), wgpu::naga::TypeInner::Struct { members, span }) if name == "PmWork" => {
                Some((members.clone(), *span as usize))
            }
            _ => None,
        })
        .unwrap();
    let names: Vec<&str> = members.iter().filter_map(|member| member.name.as_deref()).collect();
    assert_eq!(names, PmWork::FIELDS);
    assert_eq!(span, size_of::<PmWork>());
    assert!(members.iter().enumerate().all(|(i, member)| member.offset as usize == 4 * i));
}

#[test]
fn every_broken_kernel_is_noticed() {
    type Break = (&'static str, Kind, fn(&mut Sources) -> &mut String, &'static str, &'static str);
    let central = Kind::Differences(Scheme::Central);
    let forward = Kind::Differences(Scheme::Forward);
    let breaks: [Break; 8] = [
        ("exp", central, |s| &mut s.math, "0.0416664628", "0.05"),
        ("log", Kind::Values, |s| &mut s.math, "split.y * 0.693145752", "split.y * 0.69314"),
        ("shadow", central, |s| &mut s.shadow, "return pm_exp(x)", "return pm_exp2(x)"),
        ("tanh", central, |s| &mut s.math, "e / (e + 2.0)", "e / (e + 2.01)"),
        ("x(i)", central, |s| &mut s.read, "i == pm_moved_index", "i + 1u == pm_moved_index"),
        ("pm_difference", central, |s| &mut s.difference, "sum += upper - lower", "sum = upper - lower"),
        (
            "pm_base_terms",
            forward,
            |s| &mut s.difference,
            "PM_NO_AXIS, 0.0);\n    }\n}",
            "0u, 0.0);\n    }\n}",
        ),
        ("pm_reduce", central, |s| &mut s.reduce, "var row = first;", "var row = first + 1u;"),
    ];
    for (right, wrong) in [
        ("0.04166666666666667", "0.041666"),
        ("split.y * 0.6931471805601177", "split.y * 0.69314718"),
        ("z * (-0.33333333333333333", "z * (-0.333333333"),
    ] {
        let mut sources = Sources::default();
        assert!(sources.math_f64.contains(right), "{right} is gone");
        sources.math_f64 = sources.math_f64.replacen(right, wrong, 1);
        let error = worst::<f64>(&sources, central, &gpu().limits());
        assert!(error.is_nan() || error > 1e-13, "{wrong} in f64: the error is only {error:e}");
    }
    for (kernel, kind, part, right, wrong) in breaks {
        let mut sources = Sources::default();
        let text = part(&mut sources);
        assert!(text.contains(right), "{kernel}: the text to break is gone");
        *text = text.replacen(right, wrong, 1);
        let error = worst::<f32>(&sources, kind, &gpu().limits());
        assert!(error.is_nan() || error > 3e-5, "{kernel} is broken, but the error is only {error:e}");
        if sources.math == Sources::default().math {
            let error = worst::<f64>(&sources, kind, &gpu().limits());
            assert!(error.is_nan() || error > 1e-13, "{kernel} in f64 is broken: {error:e}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let objective = Example::standard();
    let gpu = gpu();
    for kind in KINDS {
        let once = || {
            let mut terms = GpuTerms::new(Arc::clone(&gpu), &objective, Precision::F32).unwrap();
            run::<f32>(&mut terms, kind, &objective, &gpu.limits()).unwrap()
        };
        assert_eq!(once(), once(), "{kind:?}");
    }
}

/// lavapipe makes inf - inf 0 and takes NaN for equal to itself; terms that are not finite are noticed all the same.
#[test]
fn terms_that_are_not_finite_are_noticed() {
    let cases = [
        ("both sides infinite", "pm_exp(1000.0 + x(0u))"),
        ("NaN", "sqrt(x(0u) - 100.0)"),
        ("division by zero", "1.0 / (x(0u) - x(0u))"),
    ];
    for (name, formula) in cases {
        let source = format!("fn term(s: u32) -> real {{ return {formula}; }}");
        let objective = Example { source, terms: 1 };
        let mut terms = GpuTerms::new(gpu(), &objective, Precision::F32).unwrap();
        let mut double = GpuTerms::new(gpu(), &objective, Precision::F64).unwrap();
        for kind in KINDS {
            let limits = gpu().limits();
            let sums = run::<f32>(&mut terms, kind, &objective, &limits).unwrap();
            assert!(sums.first_bad.iter().all(|&bad| bad <= 3), "{name}, {kind:?}: {:?}", sums.first_bad);
            let limits = Limits { real: 8, ..limits };
            let sums = run::<f64>(&mut double, kind, &objective, &limits).unwrap();
            assert!(sums.first_bad.iter().all(|&bad| bad <= 3), "{name}, {kind:?}: {:?}", sums.first_bad);
        }
    }
}

/// A user's objective in WGSL: reads out of range and loops without end are noticed by the device itself. The guards,
/// broken, notice nothing.
#[test]
fn guards_notice_what_they_guard_against() {
    let cases = [
        ("x(3u)", Trapped::Point, "pm_beyond_point = true", "pm_beyond_point = false"),
        ("data(0u)", Trapped::Data, "pm_beyond_data = true", "pm_beyond_data = false"),
        ("turn(x(0u))", Trapped::Turns, "pm_turns > PM_TURNS", "pm_turns > 4000000000u"),
    ];
    for (formula, trap, right, wrong) in cases {
        let source = format!(
            "fn turn(a: real) -> real {{ var b = a; while (b > -1.0) {{ b = b * b + 1.0; if (b > 9.0) {{ b = 0.0; }} }} return b; }}
             fn term(s: u32) -> real {{ return {formula}; }}"
        );
        let objective = Guarded(Example { source, terms: 1 });
        for (text, expected) in [(None, Some(trap)), (Some(wrong), None)] {
            let mut sources = Sources::default();
            assert!(sources.read_guarded.contains(right), "{right} is gone");
            if let Some(wrong) = text {
                sources.read_guarded = sources.read_guarded.replacen(right, wrong, 1);
            }
            let mut terms = GpuTerms::from_sources(gpu(), &objective, Precision::F32, &sources).unwrap();
            let sums = run::<f32>(&mut terms, KINDS[3], &objective.0, &gpu().limits()).unwrap();
            assert_eq!(sums.trapped, expected, "{formula}, {text:?}");
        }
    }
}

struct Guarded(Example);

impl Objective for Guarded {
    fn dimension(&self) -> usize {
        3
    }
    fn value(&self, _: &[f64]) -> f64 {
        f64::NAN
    }
    fn wgsl(&self) -> Result<Wgsl> {
        Ok(Wgsl { guarded: true, ..self.0.wgsl()? })
    }
}

#[test]
fn the_probe_knows_lavapipe() {
    let gpu = gpu();
    println!("{}: {:?}", gpu.info.name, gpu.probe);
    if gpu.info.name.contains("llvmpipe") {
        // Known defects of Mesa 22.3; when this fails, a newer Mesa may have mended one: update the field list.
        assert!(gpu.probe.loop_limit.is_some_and(|turns| turns == 65_535) || gpu.probe.loop_limit.is_none());
    }
    assert!(gpu.probe != ProbeReport::default());
    assert!(gpu.probe.nan_by_bits, "the engine relies on a test of the bits");
    assert!(gpu.limits().iterations <= 1 << 15);
}

#[test]
fn a_broken_probe_is_noticed() {
    let gpu = gpu();
    assert_eq!(probe::measure(&gpu).unwrap(), gpu.probe);
    for (right, wrong) in
        [("1664525u", "1664521u"), ("turns += 1u", "turns += 2u"), ("i = 0u;", "i = 1u << 18u;")]
    {
        assert!(probe::PROBE.contains(right));
        let error = probe::measure_with(&gpu, &probe::PROBE.replacen(right, wrong, 1)).unwrap_err();
        assert!(error.to_string().contains("miscount"), "{wrong}: {error}");
    }
    // lavapipe stops an invocation at 65,535 turns; a probe that says so at half of them is believed.
    let early = probe::PROBE.replacen("i < u32(inputs[4])", "i < 30000u", 1);
    assert_eq!(probe::measure_with(&gpu, &early).unwrap().loop_limit, Some(30_000));
}

/// lavapipe allocates lazily and never runs out, so the driver's word is injected.
#[test]
fn out_of_memory_is_an_error() {
    let gpu = gpu();
    let said = wgpu::Error::OutOfMemory { source: "VK_ERROR_OUT_OF_DEVICE_MEMORY".into() };
    let error = gpu.allocation_error("partial sums", 1 << 40, said);
    assert!(
        matches!(error, Error::OutOfMemory { bytes: 1_099_511_627_776, .. }) && error.is_device(),
        "{error}"
    );
    assert!(error.to_string().contains("partial sums"), "{error}");
}

#[test]
fn a_lost_device_is_an_error() {
    let objective = Example::standard();
    let gpu = gpu();
    let mut terms = GpuTerms::new(Arc::clone(&gpu), &objective, Precision::F32).unwrap();
    run::<f32>(&mut terms, KINDS[3], &objective, &gpu.limits()).unwrap();
    gpu.device.destroy();
    let error = run::<f32>(&mut terms, KINDS[3], &objective, &gpu.limits()).unwrap_err();
    assert!(error.is_device(), "{error}");
    assert!(matches!(error, Error::Device { .. }), "{error}");
}

#[test]
fn a_buffer_too_large_is_an_error() {
    let gpu = gpu();
    let usage = wgpu::BufferUsages::STORAGE;
    let error = gpu.buffer("everything", u64::MAX / 2, usage).unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}

#[test]
fn a_wrong_shader_is_an_error_with_its_own_line() {
    let source = "// line 1\nfn term(s: u32) -> real {\n    return y(0u);\n}";
    let objective = Example { source: source.into(), terms: 1 };
    let error = GpuTerms::new(gpu(), &objective, Precision::F32).err().unwrap();
    assert!(matches!(error, Error::Shader { .. }), "{error}");
    assert!(error.to_string().contains(":3:"), "{error}");
}
