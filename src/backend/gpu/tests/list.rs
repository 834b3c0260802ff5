//! Lists of displacements.

use super::super::terms::TermKernels;
use super::{Break, Example, Guarded, gpu, has_f64, kernels, largest, tight};
use crate::backend::Trapped;
use crate::backend::plan::{Limits, Piece, Plan, Work};
use crate::difference::displacement::{Displacement, Displacements, Lower, NONE, What};
use crate::difference::ladders::Ladder;
use crate::difference::lists::Lists;
use crate::difference::rounds::length;
use crate::numeric::{Precision, Real};

/// The first two are bases.
const SOURCES: [[f64; 3]; 3] = [[0.5, -0.25, 1.5], [-1.0, 0.5, 2.0], [0.75, 1.0, -0.5]];

/// Source, axis, value, and what is subtracted.
const LIST: [(u32, u32, f64, Lower<f64>); 7] = [
    (0, 0, 0.625, Lower::Base(0)),
    (0, 1, 0.5, Lower::Base(0)),
    (1, 2, -3.0, Lower::Base(1)),
    (2, NONE, 0.0, Lower::Base(1)),
    (2, 0, -0.25, Lower::Base(0)),
    (1, NONE, 0.0, Lower::Nothing),
    (2, 1, 2.0, Lower::Moved(-0.5)),
];

fn run<T: Real>(
    terms: &mut TermKernels,
    count: usize,
    by_term: bool,
    limits: &Limits,
) -> (Vec<T>, Option<Trapped>) {
    let sources: Vec<T> = SOURCES.iter().flatten().map(|&x| T::of(x)).collect();
    let list = LIST.map(|(source, axis, upper, lower)| Displacement {
        source,
        axis,
        upper: T::of(upper),
        lower: match lower {
            Lower::Nothing => Lower::Nothing,
            Lower::Base(base) => Lower::Base(base),
            Lower::Moved(value) => Lower::Moved(T::of(value)),
        },
    });
    let work = Work { evaluations: 2, by_term, ..Work::new(list.len(), 1, 0, count) };
    let plan = Plan::new(work, &Limits { real: size_of::<T>() as u64, ..limits.clone() }).unwrap();
    let what = Displacements { dimension: 3, sources: &sources, bases: 2, what: What::Listed(&list) };
    let rows = if by_term { count } else { 1 };
    let mut all = vec![T::ZERO; rows * list.len()];
    let mut trap = None;
    for piece in &plan.pieces {
        let part = piece.first_point..piece.first_point + piece.points;
        let found = terms.run(&plan, piece, &what.part(part.clone())).unwrap();
        for (row, found) in found.sums.chunks(part.len()).enumerate() {
            all[row * list.len() + part.start..][..part.len()].copy_from_slice(found);
        }
        trap = trap.or(found.trapped);
    }
    (all, trap)
}

/// The largest relative error of any result against f64.
fn worst<T: Real>(broken: Break, by_term: bool, limits: &Limits) -> f64 {
    let objective = Example::standard();
    let mut terms = kernels(&gpu(), &objective, T::PRECISION, broken);
    let (got, trap) = run::<T>(&mut terms, objective.terms, by_term, limits);
    assert_eq!(trap, None);
    let term = |s: usize, &(source, axis, value, lower): &(u32, u32, f64, Lower<f64>)| {
        let at = |value: f64| {
            let mut x = SOURCES[source as usize];
            if axis != NONE {
                x[axis as usize] = value;
            }
            Example::term(s, x)
        };
        at(value)
            - match lower {
                Lower::Nothing => 0.0,
                Lower::Base(base) => Example::term(s, SOURCES[base as usize]),
                Lower::Moved(value) => at(value),
            }
    };
    let want: Vec<f64> = if by_term {
        (0..objective.terms).flat_map(|s| LIST.iter().map(move |d| term(s, d))).collect()
    } else {
        LIST.iter().map(|d| (0..objective.terms).map(|s| term(s, d)).sum()).collect()
    };
    assert_eq!(got.len(), want.len());
    let size = want.iter().fold(0.0, |size: f64, w| size.max(w.abs()));
    let relative_to = |w: f64| if by_term { size } else { w.abs() };
    largest(got.iter().zip(&want).map(|(g, &w)| (g.to_f64() - w).abs() / relative_to(w)))
}

#[test]
fn displacements_match_f64_arithmetic() {
    for by_term in [false, true] {
        for limits in [gpu().limits(), tight::<f32>()] {
            let error = worst::<f32>(None, by_term, &limits);
            assert!(error < 2e-5, "by term {by_term}: {error:e}");
            if has_f64() {
                let error = worst::<f64>(None, by_term, &limits);
                assert!(error < 1e-13, "by term {by_term} in f64: {error:e}");
            }
        }
    }
}

#[test]
fn broken_kernels_are_noticed() {
    let breaks = [
        ("pm_term", "pm_moved_index = axis;", "pm_moved_index = axis + 1u;"),
        ("pm_base_terms", "pm_work.first_axis, PM_NONE, 0.0)", "pm_work.first_axis, 0u, 0.0)"),
        ("pm_listed", "lower = pm_base[", "lower = 1.001 * pm_base["),
        ("pm_listed", "0u, axis, lower_at)", "0u, axis, upper_at)"),
        (
            "pm_listed",
            "let source = pm_list[pm_work.words * i];",
            "let source = pm_list[pm_work.words * i] / 2u;",
        ),
        ("pm_listed", "select(0u, 2u, pm_work.words == 3u)", "0u"),
    ];
    for (kernel, right, wrong) in breaks {
        for by_term in [false, true] {
            let error = worst::<f32>(Some((right, wrong)), by_term, &gpu().limits());
            assert!(error.is_nan() || error > 2e-4, "{kernel} is broken, but the error is only {error:e}");
        }
    }
}

/// Only what is not finite, at the source or the base, is NaN; what reads out of range is noticed.
#[test]
fn what_is_not_finite_is_nan_and_traps_are_noticed() {
    let example = |formula: &str| Example {
        source: format!("fn term(s: u32) -> real {{ return {formula}; }}"),
        terms: 1,
    };
    let mut terms = kernels(&gpu(), &example("sqrt(x(0u) + 0.5)"), Precision::F32, None);
    let (found, trap) = run::<f32>(&mut terms, 1, false, &gpu().limits());
    let is_nan: Vec<bool> = found.iter().map(|value| value.is_nan()).collect();
    assert_eq!((is_nan, trap), (vec![false, false, true, true, false, true, false], None), "{found:?}");

    let mut terms = kernels(&gpu(), &Guarded(example("x(3u)")), Precision::F32, None);
    assert_eq!(run::<f32>(&mut terms, 1, false, &gpu().limits()).1, Some(Trapped::Point));
}

/// Eight steps along each of four coordinates of two sources, up and down or on one side, some of them not made, beside f at the
/// sources.
fn ladders<T: Real>(sources: &[T], [up, down]: [bool; 2]) -> Lists<'static, T> {
    let mut lists = Lists::new(3, sources, None);
    lists.count_ladders([up, down]);
    lists.values();
    for (source, axis, exponent, missing) in [(0, 0, -2, 9), (1, 2, 7, 0), (0, 1, -40, 4), (1, 1, -10, 15)] {
        let (first, scale) = (lists.len() as u32, 2 * source - 1);
        let (mut slots, mut made) = (0, 0);
        for step in 0..8 {
            for sign in [1.0, -1.0].into_iter().zip([up, down]).filter(|side| side.1).map(|side| side.0) {
                let by = sign * length(exponent - step) * 2f64.powi(scale);
                if slots != missing
                    && let Ok(to) = lists.moved(source as u32, axis, by)
                {
                    lists.push(source as u32, axis as u32, to, Lower::Base(source as u32));
                    made |= 1 << slots;
                }
                slots += 1;
            }
        }
        lists.end_ladder(Some(Ladder {
            source: source as u32,
            axis: axis as u32,
            exponent,
            scale,
            made,
            first,
        }));
    }
    lists
}

/// How many of the displacements of ladders differ from the same list told one by one, in any bit.
fn unlike<T: Real>(broken: Break, sides: [bool; 2], by_term: bool, limits: &Limits) -> usize {
    let objective = Example::standard();
    let sources: Vec<T> = SOURCES[..2].iter().flatten().map(|&x| T::of(x)).collect();
    let lists = ladders(&sources, sides);
    let short = lists.displacements();
    let What::Laddered(list, ladders, _) = short.what else { panic!("no ladders") };
    // Every third, too, as those are that are looked at by themselves.
    let third: Vec<usize> = (0..list.len()).step_by(3).collect();
    let (some, picked) = (short.picked(&third), ladders.picked(|index| index % 3 == 0));
    let mut unlike = 0;
    for (list, ladders) in [(list, ladders), (&some, &picked)] {
        let work = Work { evaluations: 1, by_term, ..Work::new(list.len(), 1, 0, objective.terms) };
        let plan = Plan::new(work, &Limits { real: size_of::<T>() as u64, ..limits.clone() }).unwrap();
        let [told, listed] = [What::Laddered(list, ladders, 0), What::Listed(list)].map(|what| {
            // Only what ladders go through is broken.
            let broken = broken.filter(|_| matches!(what, What::Laddered(..)));
            let mut terms = kernels(&gpu(), &objective, T::PRECISION, broken);
            let what = Displacements { what, ..short };
            let piece = |piece: &Piece| {
                let part = what.part(piece.first_point..piece.first_point + piece.points);
                terms.run(&plan, piece, &part).unwrap().sums
            };
            plan.pieces.iter().flat_map(piece).map(|sum| sum.to_f64()).collect::<Vec<f64>>()
        });
        assert_eq!(told.len(), listed.len());
        assert!(listed.iter().any(|sum| *sum != 0.0));
        unlike += told.iter().zip(&listed).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
    }
    unlike
}

const SIDES: [[bool; 2]; 3] = [[true, true], [true, false], [false, true]];

#[test]
fn ladders_are_the_same_as_their_displacements_told_one_by_one() {
    for sides in SIDES {
        for limits in [gpu().limits(), tight::<f32>()] {
            assert_eq!(unlike::<f32>(None, sides, false, &limits), 0);
            if has_f64() {
                assert_eq!(unlike::<f64>(None, sides, false, &limits), 0);
            }
        }
        assert_eq!(unlike::<f32>(None, sides, true, &gpu().limits()), 0);
    }
}

#[test]
fn broken_ladders_are_noticed() {
    for (right, wrong) in [
        ("pm_moved[u32(exponent & 7)]", "pm_moved[u32(exponent & 3)]"),
        ("pm_power_of_two(exponent + scale)", "pm_power_of_two(exponent)"),
        ("countOneBits(made & ((1u << slot) - 1u))", "slot"),
        ("select(h, -h, is_down)", "h"),
        ("- i32(slot / pm_work.sides)", "- i32(slot)"),
        ("if (axis != PM_NONE) { lower = pm_base[source", "if (axis != PM_NONE) { lower = pm_base[0u"),
    ] {
        let unlike: usize = SIDES
            .iter()
            .map(|&sides| unlike::<f32>(Some((right, wrong)), sides, false, &gpu().limits()))
            .sum();
        assert!(unlike > 0, "`{wrong}` is not noticed");
    }
}
