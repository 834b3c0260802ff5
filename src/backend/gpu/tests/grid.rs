//! Regular grids: values and differences of all axes of points.

use std::sync::Arc;

use super::super::shader::{self, Specialised};
use super::super::terms::{PmWork, TermKernels};
use super::{Break, Example, Guarded, gpu, has_f64, kernels, largest, tight};
use crate::backend::plan::{Limits, Piece, Plan, Work};
use crate::backend::{Sums, Trapped};
use crate::difference::displacement::{Displacements, What};
use crate::difference::perturb::{FixedStep, OnVanished};
use crate::difference::{Scheme, Step};
use crate::numeric::{Precision, Real, SplitMix64};
use crate::objective::Entry;

const POINTS: [[f64; 3]; 2] = [[0.5, -0.25, 1.5], [-1.0, 0.5, 2.0]];

/// Values, and the differences of each scheme.
const KINDS: [Option<Scheme>; 4] =
    [None, Some(Scheme::Forward), Some(Scheme::Backward), Some(Scheme::Central)];

/// The sums of all pairs, piece by piece: f(upper) - f(lower), of one side f(moved) - f(x).
fn run<T: Real>(terms: &mut TermKernels, scheme: Option<Scheme>, count: usize, limits: &Limits) -> Sums<T> {
    let sides = scheme.map_or(0, Scheme::sides);
    let plan = Plan::new(Work::new(2, 3, sides, count), limits).unwrap();
    let points: Vec<T> = POINTS.iter().flatten().map(|&x| T::of(x)).collect();
    let mut all = Sums { sums: vec![], trapped: None };
    for piece in &plan.pieces {
        let moved: Vec<[T; 2]> = (0..piece.pairs())
            .filter_map(|pair| {
                let point = piece.first_point + pair / piece.axes;
                let x = T::of(POINTS[point][piece.first_axis + pair % piece.axes]);
                let scheme = scheme?;
                let moved = Step::Relative { exponent: -2 }.perturb(scheme, x, 0, 0).unwrap();
                Some(if scheme == Scheme::Backward {
                    [moved.minus, moved.plus]
                } else {
                    [moved.plus, moved.minus]
                })
            })
            .collect();
        let axes = (piece.first_axis, piece.axes);
        let grid = What::Grid { axes, moved: &moved, sides, by: None, increments: false };
        let sources = &points[3 * piece.first_point..][..3 * piece.points];
        let bases = if sides == 1 { piece.points } else { 0 };
        let what = if sides == 0 { What::Values } else { grid };
        let part = terms.run(&plan, piece, &Displacements { dimension: 3, sources, bases, what }).unwrap();
        all.sums.extend(part.sums);
        all.trapped = all.trapped.or(part.trapped);
    }
    all
}

/// The largest relative error of any sum against f64.
fn worst<T: Real>(broken: Break, scheme: Option<Scheme>, limits: &Limits) -> f64 {
    let objective = Example::standard();
    let limits = &Limits { real: size_of::<T>() as u64, ..limits.clone() };
    let mut terms = kernels(&gpu(), &objective, T::PRECISION, broken);
    let got: Sums<T> = run(&mut terms, scheme, objective.terms, limits);
    let total = |x: [f64; 3]| (0..700).map(|s| Example::term(s, x)).sum::<f64>();
    let mut want = Vec::new();
    for x in POINTS {
        let Some(scheme) = scheme else {
            want.push(total(x));
            continue;
        };
        for axis in 0..3 {
            let h = Step::Relative { exponent: -2 }.at(x[axis]);
            let at = |h: f64| {
                let mut x = x;
                x[axis] += h;
                total(x)
            };
            want.push(match scheme {
                Scheme::Forward => at(h) - at(0.0),
                Scheme::Backward => at(-h) - at(0.0),
                Scheme::Central => at(h) - at(-h),
            });
        }
    }
    assert_eq!(got.sums.len(), want.len());
    largest(got.sums.iter().zip(want).map(|(g, w)| ((g.to_f64() - w) / w).abs()))
}

#[test]
fn sums_match_f64_in_one_piece_and_in_many() {
    let device = gpu().limits();
    for scheme in KINDS {
        for limits in [&device, &tight::<f32>()] {
            let error = worst::<f32>(None, scheme, limits);
            assert!(error < 3e-5, "{scheme:?}: relative error {error:e}");
            if has_f64() {
                let error = worst::<f64>(None, scheme, limits);
                assert!(error < 1e-13, "{scheme:?} in f64: relative error {error:e}");
            }
        }
    }
}

/// The struct stands in WGSL and in Rust: both must have the same fields in the same places.
#[test]
fn sizes_are_laid_out_alike() {
    let how = Specialised {
        precision: Precision::F32,
        guarded: true,
        turns: 1,
        increments: false,
        entry: Entry::Term,
    };
    let text = shader::terms_module("fn term(s: u32) -> real { return 0.0; }", &how);
    let module = naga::front::wgsl::parse_str(&text).unwrap();
    let (members, span) = module
        .types
        .iter()
        .find_map(|(_, kind)| match (&kind.name, &kind.inner) {
            (Some(name), naga::TypeInner::Struct { members, span }) if name == "PmWork" => {
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
    let (central, forward) = (Some(Scheme::Central), Some(Scheme::Forward));
    // What is broken, the text, and whether f64 has it, too.
    let breaks: [(&str, Option<Scheme>, &'static str, &'static str, bool); 10] = [
        ("exp", central, "0.0416664628", "0.05", false),
        ("log", None, "split.y * PM_LN2_HIGH", "split.y * 0.69314", true),
        // What the text calls by WGSL's name.
        ("names", central, "1.0 + pm_reduced_expm1(bounded", "1.0 + pm_reduced_expm1(0.9 * bounded", true),
        ("tanh", central, "pm_quotient(e, e + 2.0)", "pm_quotient(e, e + 2.01)", false),
        ("x(i)", central, "i == pm_moved_index", "i + 1u == pm_moved_index", true),
        ("pm_two_sided", central, "sum += pm_sealed(upper - lower", "sum = pm_sealed(upper - lower", true),
        ("pm_one_sided", forward, "pm_sealed(upper - pm_base", "pm_sealed(upper + pm_base", true),
        ("pm_values", None, "sum += pm_term(s, source, 0u", "sum = pm_term(s, source, 0u", true),
        ("pm_base_terms", forward, "pm_work.first_axis, PM_NONE, 0.0)", "pm_work.first_axis, 0u, 0.0)", true),
        ("pm_reduce", central, "var row = first;", "var row = first + 1u;", true),
    ];
    let in_f64 = [
        ("0.04166666666666667", "0.041666"),
        ("split.y * PM_LN2_HIGH", "split.y * 0.69314718"),
        (
            "return -0.33333333333333333 + z * (0.13333333333333312",
            "return -0.333333333 + z * (0.13333333333333312",
        ),
    ];
    for (right, wrong) in in_f64.into_iter().filter(|_| has_f64()) {
        let error = worst::<f64>(Some((right, wrong)), central, &gpu().limits());
        assert!(error.is_nan() || error > 1e-13, "{wrong} in f64: the error is only {error:e}");
    }
    // As if the device had little to do it with, so that each invocation takes many terms: a sum of one term breaks no more.
    let limits = Limits { busy: 1, ..gpu().limits() };
    for (kernel, scheme, right, wrong, in_both) in breaks {
        let error = worst::<f32>(Some((right, wrong)), scheme, &limits);
        assert!(error.is_nan() || error > 3e-5, "{kernel} is broken, but the error is only {error:e}");
        if in_both && has_f64() {
            let error = worst::<f64>(Some((right, wrong)), scheme, &limits);
            assert!(error.is_nan() || error > 1e-13, "{kernel} in f64 is broken: {error:e}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bits() {
    let objective = Example::standard();
    let gpu = gpu();
    for scheme in KINDS {
        let once = || {
            let mut terms = kernels(&gpu, &objective, Precision::F32, None);
            run::<f32>(&mut terms, scheme, objective.terms, &gpu.limits())
        };
        assert_eq!(once(), once(), "{scheme:?}");
    }
}

/// lavapipe makes inf - inf 0 and takes NaN for equal to itself; terms that are not finite are noticed all the same: of
/// each point at least the first axis.
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
        let mut terms = kernels(&gpu(), &objective, Precision::F32, None);
        let mut double = has_f64().then(|| kernels(&gpu(), &objective, Precision::F64, None));
        for scheme in KINDS {
            let limits = gpu().limits();
            let sums = run::<f32>(&mut terms, scheme, 1, &limits).sums;
            let axes = if scheme.is_some() { 3 } else { 1 };
            assert!(sums.chunks(axes).all(|sums| sums[0].is_nan()), "{name}, {scheme:?}: {sums:?}");
            if let Some(double) = &mut double {
                let sums = run::<f64>(double, scheme, 1, &Limits { real: 8, ..limits }).sums;
                assert!(sums.chunks(axes).all(|sums| sums[0].is_nan()), "{name}, {scheme:?}: {sums:?}");
            }
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
        let gpu = Arc::clone(&gpu());
        for (broken, expected) in [(None, Some(trap)), (Some((right, wrong)), None)] {
            let mut terms = kernels(&gpu, &objective, Precision::F32, broken);
            let sums = run::<f32>(&mut terms, KINDS[3], 1, &gpu.limits());
            assert_eq!(sums.trapped, expected, "{formula}, {broken:?}");
        }
    }
}

/// More workgroups than one dimension of a dispatch holds: 65,535 of 64 invocations.
#[test]
fn a_dispatch_folds_into_two_dimensions() {
    const COUNT: usize = 65_535 * 64 + 1000;
    let source = "fn term(s: u32) -> real { return x(0u) + 2.0 * x(1u); }".to_string();
    let objective = Example { source, terms: 1 };
    let mut terms = kernels(&gpu(), &objective, Precision::F32, None);
    let sources: Vec<f32> = (0..3 * COUNT).map(|i| (i % 1000) as f32).collect();
    let plan = Plan::new(Work::new(COUNT, 3, 0, 1), &gpu().limits()).unwrap();
    assert_eq!(plan.pieces.len(), 1, "in one submission, or this tests nothing");
    let what = Displacements { dimension: 3, sources: &sources, bases: 0, what: What::Values };
    let got = terms.run::<f32>(&plan, &plan.pieces[0], &what).unwrap().sums;
    let wrong = got.iter().zip(sources.chunks(3)).position(|(got, x)| *got != x[0] + 2.0 * x[1]);
    assert!(got.len() == COUNT && wrong.is_none(), "{wrong:?}");
}

/// The differences of the coordinates themselves, moved by the device.
fn moved_by_the_device(broken: Break, rule: &FixedStep, x: &[f32]) -> Vec<f32> {
    let source = "fn term(s: u32) -> real { return x(0u) + 0.0 * x(1u) + 0.0 * x(2u); }".to_string();
    let mut terms = kernels(&gpu(), &Example { source, terms: 1 }, Precision::F32, broken);
    let sources: Vec<f32> = x.iter().flat_map(|&x| [x, 0.0, 0.0]).collect();
    let (count, sides) = (x.len(), rule.scheme.sides());
    let plan = Plan::new(Work { axes: 1, ..Work::new(count, 3, sides, 1) }, &gpu().limits()).unwrap();
    let piece = Piece { first_point: 0, points: count, first_axis: 0, axes: 1 };
    let by = Some(rule.on_devices::<f32>().unwrap());
    // What is moved on the host would come to nothing.
    let moved: Vec<[f32; 2]> = x.iter().map(|&x| [x; 2]).collect();
    let what = What::Grid { axes: (0, 1), moved: &moved, sides, by, increments: false };
    let bases = if sides == 1 { count } else { 0 };
    terms.run(&plan, &piece, &Displacements { dimension: 3, sources: &sources, bases, what }).unwrap().sums
}

#[test]
fn steps_round_on_the_device_as_on_the_host() {
    let mut random = SplitMix64::new(14);
    let x: Vec<f32> = (0..3000)
        .map(|i| {
            let power = [0.0, 1.0, 2.0, 4096.0, 0.5][i % 5];
            let wide = 2f64.powf(60.0 * random.uniform() - 30.0);
            let size = if i % 3 == 0 { power } else { wide };
            (if random.uniform() < 0.5 { -size } else { size }) as f32
        })
        .collect();
    for scheme in [Scheme::Forward, Scheme::Backward, Scheme::Central] {
        let relative = [-22, -8, 3].map(|exponent| Step::Relative { exponent });
        for step in relative.into_iter().chain([Step::Fixed(0.1), Step::Fixed(300.0)]) {
            let rule = FixedStep { scheme, step, on_vanished: OnVanished::Fail };
            // None where a fixed step is rounded away.
            let exact = |x: f32| {
                let moved = rule.step.perturb(scheme, x, 0, 0).ok()?;
                Some(if scheme == Scheme::Backward {
                    moved.minus - moved.plus
                } else {
                    moved.plus - moved.minus
                })
            };
            let is_wrong = |(&found, &x): (&f32, &f32)| exact(x).is_some_and(|exact| found != exact);
            assert!(x.iter().filter(|&&x| exact(x).is_some()).count() > 1000);
            let found = moved_by_the_device(None, &rule, &x);
            let wrong = found.iter().zip(&x).position(is_wrong);
            assert!(wrong.is_none(), "{scheme:?} {step}: {:?}", wrong.map(|i| (x[i], found[i], exact(x[i]))));
            let of_relative = ("max((pm_bits(x) >> 23u) & 255u, 127u)", "((pm_bits(x) >> 23u) & 255u)");
            let of_fixed = ("pm_moved[0]", "1.5 * pm_moved[0]");
            let own = if matches!(step, Step::Fixed(_)) { of_fixed } else { of_relative };
            for broken in [own, ("select(size, -size,", "select(-size, size,")] {
                let found = moved_by_the_device(Some(broken), &rule, &x);
                assert!(found.iter().zip(&x).any(is_wrong), "{broken:?}");
            }
        }
    }
    // Other steps are the host's to make.
    let fixed = |step| FixedStep { scheme: Scheme::Central, step, on_vanished: OnVanished::Fail };
    assert_eq!(fixed(Step::Fixed(1e-40)).on_devices::<f32>(), None);
    assert_eq!(fixed(Step::Relative { exponent: -8 }).on_devices::<f64>(), None);
}
