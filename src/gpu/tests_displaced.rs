//! The kernels of `shaders/displaced.wgsl` against f64 arithmetic written out here, and broken on purpose.

use super::engine::GpuTerms;
use super::shader::Sources;
use super::tests::{Example, gpu, tight};
use crate::cpu::Trapped;
use crate::displacement::{Displaced, Displacement, NONE};
use crate::objective::{Objective, Wgsl};
use crate::plan::{Kind, Limits, Plan, Work};
use crate::precision::Real;

/// The first two are bases.
const SOURCES: [[f64; 3]; 3] = [[0.5, -0.25, 1.5], [-1.0, 0.5, 2.0], [0.75, 1.0, -0.5]];

/// Source, base, axis, value.
const EVALUATIONS: [(u32, u32, u32, f64); 6] = [
    (0, 0, 0, 0.625),
    (0, 0, 1, 0.5),
    (1, 1, 2, -3.0),
    (2, 1, NONE, 0.0),
    (2, 0, 0, -0.25),
    (1, NONE, NONE, 0.0),
];

fn run<T: Real>(
    terms: &mut GpuTerms,
    count: usize,
    by_term: bool,
    limits: &Limits,
) -> (Vec<T>, Option<Trapped>) {
    let sources: Vec<T> = SOURCES.iter().flatten().map(|&x| T::of(x)).collect();
    let evaluations: Vec<Displacement<T>> = EVALUATIONS
        .iter()
        .map(|&(source, base, axis, value)| Displacement { source, base, axis, value: T::of(value) })
        .collect();
    let points = evaluations.len();
    let kind = Kind::Values;
    let work = Work { kind, points, axes: 1, terms: count, iterations: 0, granularity: 1, by_term };
    let plan = Plan::new(work, &Limits { real: size_of::<T>() as u64, ..limits.clone() }).unwrap();
    let what = Displaced { dimension: 3, sources: &sources, bases: 2, evaluations: &evaluations, by_term };
    let rows = if by_term { count } else { 1 };
    let mut all = vec![T::ZERO; rows * points];
    let mut trap = None;
    for piece in &plan.pieces {
        let part = piece.first_point..piece.first_point + piece.points;
        let (found, trapped) = terms.run_displaced(&plan, part.clone(), &what).unwrap();
        for (row, found) in found.chunks(part.len()).enumerate() {
            all[row * points + part.start..][..part.len()].copy_from_slice(found);
        }
        trap = trap.or(trapped);
    }
    (all, trap)
}

/// The largest relative error of any result against f64.
fn worst<T: Real>(sources: &Sources, by_term: bool, limits: &Limits) -> f64 {
    let objective = Example::standard();
    let mut terms = GpuTerms::from_sources(gpu(), &objective, T::PRECISION, sources).unwrap();
    let (got, trap) = run::<T>(&mut terms, objective.terms, by_term, limits);
    assert_eq!(trap, None);
    let term = |s: usize, &(source, base, axis, value): &(u32, u32, u32, f64)| {
        let mut x = SOURCES[source as usize];
        if axis != NONE {
            x[axis as usize] = value;
        }
        let base = SOURCES.get(base as usize).map_or(0.0, |&x| Example::term(s, x));
        Example::term(s, x) - base
    };
    let want: Vec<f64> = if by_term {
        (0..objective.terms).flat_map(|s| EVALUATIONS.iter().map(move |e| term(s, e))).collect()
    } else {
        EVALUATIONS.iter().map(|e| (0..objective.terms).map(|s| term(s, e)).sum()).collect()
    };
    assert_eq!(got.len(), want.len());
    let size = want.iter().fold(0.0, |size: f64, w| size.max(w.abs()));
    let errors =
        got.iter().zip(&want).map(|(g, w)| (g.to_f64() - w).abs() / if by_term { size } else { w.abs() });
    errors.fold(0.0, |a: f64, b| if b.is_nan() || b > a { b } else { a })
}

#[test]
fn displaced_evaluations_match_f64_arithmetic() {
    for limits in [gpu().limits(), tight()] {
        for by_term in [false, true] {
            let error = worst::<f32>(&Sources::default(), by_term, &limits);
            assert!(error < 2e-5, "by term {by_term}: {error:e}");
            let error = worst::<f64>(&Sources::default(), by_term, &limits);
            assert!(error < 1e-13, "by term {by_term} in f64: {error:e}");
        }
    }
}

#[test]
fn broken_kernels_of_displaced_evaluations_are_noticed() {
    let breaks = [
        ("pm_displaced_term", "pm_moved_index = axis;", "pm_moved_index = axis + 1u;"),
        ("pm_displaced_bases", "PM_NO_AXIS, 0.0);", "0u, 0.0);"),
        ("pm_displaced", "sum += t - pm_base", "sum += t - 1.001 * pm_base"),
        ("pm_displaced", "displacement.source * PM_DIMENSION", "displacement.base * PM_DIMENSION"),
    ];
    for (kernel, right, wrong) in breaks {
        let mut sources = Sources::default();
        assert!(sources.displaced.contains(right), "{kernel}: the text to break is gone");
        sources.displaced = sources.displaced.replacen(right, wrong, 1);
        for by_term in [false, true] {
            let error = worst::<f32>(&sources, by_term, &gpu().limits());
            assert!(error.is_nan() || error > 2e-4, "{kernel} is broken, but the error is only {error:e}");
        }
    }
}

/// An objective that the engine mistrusts.
struct Mistrusted(Example);

impl Objective for Mistrusted {
    fn dimension(&self) -> usize {
        3
    }
    fn value(&self, _: &[f64]) -> f64 {
        f64::NAN
    }
    fn wgsl(&self) -> crate::error::Result<Wgsl> {
        Ok(Wgsl { guarded: true, ..self.0.wgsl()? })
    }
}

/// Of the evaluations, only those that are not finite, at the source or the base, are NaN; what reads out of range is
/// noticed.
#[test]
fn what_is_not_finite_is_nan_and_traps_are_noticed() {
    let example = |formula: &str| Example {
        source: format!("fn term(s: u32) -> real {{ return {formula}; }}"),
        terms: 1,
    };
    let mut terms = GpuTerms::new(gpu(), &example("sqrt(x(0u) + 0.5)"), crate::Precision::F32).unwrap();
    let (found, trap) = run::<f32>(&mut terms, 1, false, &gpu().limits());
    let is_nan: Vec<bool> = found.iter().map(|value| value.is_nan()).collect();
    assert_eq!((is_nan, trap), (vec![false, false, true, true, false, true], None), "{found:?}");

    let objective = Mistrusted(example("x(3u)"));
    let mut terms = GpuTerms::new(gpu(), &objective, crate::Precision::F32).unwrap();
    assert_eq!(run::<f32>(&mut terms, 1, false, &gpu().limits()).1, Some(Trapped::Point));
}
