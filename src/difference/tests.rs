//! Limits of quotients of functions of one number whose derivatives are known.

use super::Scheme;
use super::assess::{Sequence, Workspace};
use super::assessed::{Assessed, Geometry, Sampled, StepSize};
use super::fits::{Fits, Kind, POINTS, View, pick};
use super::rounds;
use super::tables::FitTables;
use crate::numeric::SplitMix64;

type Function = &'static dyn Fn(f64) -> f64;

/// Steps of so many rounds, from the first on.
fn judged(f: &dyn Fn(f64) -> f64, x: f64, rounds: i32) -> Assessed {
    let first = rounds::first_round();
    let first = first.max().unwrap();
    let exponents = (first - rounds * rounds::ROUND + 1..=first).rev();
    let scale = 2f64.powi(x.abs().max(1.0).log2().floor() as i32);
    let mut steps = Vec::new();
    let mut differences = Vec::new();
    let value = f(x);
    for exponent in exponents {
        let h = rounds::length(exponent) * scale;
        let (up, down) = (x + h, x - h);
        steps.push(StepSize { exponent, reach: [(up - x) / h, (x - down) / h] });
        let sides = [f(up) - value, f(down) - value];
        let size = f(up).abs().max(f(down).abs());
        differences.push(Sampled {
            sides,
            diagonals: [0.0; 2],
            size: if size.is_finite() { size } else { 0.0 },
        });
    }
    let sequence = Sequence {
        geometry: Geometry::Line,
        share: 1.0,
        is_around: false,
        wanted: Scheme::Central,
        steps: &steps,
        differences: &differences,
        terms: 1,
        value,
        epsilon: f64::EPSILON / 2.0,
        rounding: f64::EPSILON / 2.0 * x.abs() / scale,
        tables: &FitTables::default(),
    };
    let mut assessed = sequence.assess(&mut Workspace::default());
    assessed.value /= scale;
    assessed.error /= scale;
    assessed
}

fn is_within(assessed: &Assessed, want: f64, most: f64) -> bool {
    (assessed.value - want).abs() <= assessed.error && assessed.error <= most * want.abs().max(1e-3)
}

#[test]
fn smooth_functions() {
    let cases: [(Function, f64, f64); 6] = [
        (&|x: f64| x.sin(), 0.7, f64::cos(0.7)),
        (&|x: f64| (-x).exp(), 1.0, -f64::exp(-1.0)),
        (&|x: f64| x.powi(3) - x, 2.0, 11.0),
        (&|x: f64| 1.0 / x, 3.0, -1.0 / 9.0),
        (&|x: f64| x.ln(), 50.0, 0.02),
        (&|_| 4.0, 1.0, 0.0),
    ];
    for (case, (f, x, want)) in cases.into_iter().enumerate() {
        let assessed = judged(f, x, 1);
        assert!(is_within(&assessed, want, 1e-9), "{case}: {assessed:?} for {want}");
    }
}

/// Steps below one stair agree perfectly, and are wrong.
#[test]
fn rounding_inside_makes_stairs() {
    for stair in [1e-12, 1e-9, 1e-7] {
        let f = move |x: f64| (x.sin() / stair).round() * stair;
        for rounds in 1..=5 {
            let assessed = judged(&f, 0.7, rounds);
            let off = (assessed.value - f64::cos(0.7)).abs();
            assert!(off <= assessed.error, "{stair}, {rounds} rounds: {assessed:?}");
        }
    }
    // Narrow stairs are believed to be rounding.
    let f = |x: f64| (x.sin() / 1e-13).round() * 1e-13;
    assert!(is_within(&judged(&f, 0.7, 5), f64::cos(0.7), 1e-8));
}

/// What looks like noise at large steps is a function that changes faster: nothing is said until steps are small enough.
#[test]
fn functions_that_change_faster_than_the_steps() {
    let f = |x: f64| (1e5 * x).sin();
    let want = 1e5 * f64::cos(0.7e5);
    for rounds in 1..=4 {
        let assessed = judged(&f, 0.7, rounds);
        assert!((assessed.value - want).abs() <= assessed.error, "{rounds}: {assessed:?} for {want}");
        assert!(rounds < 3 || assessed.error <= 1e-8 * want.abs(), "{rounds}: {assessed:?}");
    }
    let peak = |x: f64| (-1e8 * (x - 1.0) * (x - 1.0)).exp();
    let want = -2e4 * peak(1.0001);
    let assessed = judged(&peak, 1.0001, 3);
    assert!(is_within(&assessed, want, 1e-9), "{assessed:?} for {want}");
}

#[test]
fn kinks_at_the_point_and_beside_it() {
    let at = judged(&|x: f64| 3.0 * x + x.abs(), 0.0, 3);
    assert!(at.kink.is_some_and(|(kink, _)| (kink - 1.0).abs() < 1e-6), "{at:?}");
    assert!((at.value - 3.0).abs() < 1e-6 && at.error >= 1.0, "{at:?}");
    for (shift, want) in [(1e-5, 4.0), (-1e-5, 2.0)] {
        let assessed = judged(&|x: f64| 3.0 * x + x.abs(), shift, 4);
        assert!(is_within(&assessed, want, 1e-6) && assessed.kink.is_none(), "{shift}: {assessed:?}");
    }
    // The flat side.
    let flat = judged(&|x: f64| x.max(0.0), -1e-5, 4);
    assert!(flat.value == 0.0 && flat.error < 1e-9, "{flat:?}");
    // A root of a sine is none.
    let root = judged(&f64::sin, 18.849_555_921_538_76, 2);
    assert!(root.kink.is_none() && is_within(&root, 1.0, 1e-9), "{root:?}");
}

#[test]
fn jumps_and_infinite_slopes() {
    let jump = judged(&|x: f64| 5.0 + x + if x > 0.5 { 3.0 } else { 0.0 }, 0.5, 6);
    assert!(jump.error.is_infinite(), "{jump:?}");
    assert!(jump.jump.is_some_and(|height| (height - 3.0).abs() < 1e-9), "{jump:?}");
    let root = judged(&f64::sqrt, 0.0, 6);
    assert!(root.error.is_infinite() && root.jump.is_none(), "{root:?}");
}

/// Of f of any size, the same in other units.
#[test]
fn any_size_of_f() {
    let kinds: [(Function, f64); 4] = [
        (&|x| (7.0 * x).sin(), 0.7),
        (&|x| x.abs() + x, 1e-5),
        (&|x| x.max(0.0), -1e-5),
        (&|x| x.abs(), 0.0),
    ];
    for (f, x) in kinds {
        let one = judged(f, x, 4);
        for exponent in [-700, -500, 500, 700] {
            let scale = 2f64.powi(exponent);
            let scaled = judged(&|x| scale * f(x), x, 4);
            assert_eq!(scaled.kink.is_some(), one.kink.is_some(), "2^{exponent}: {scaled:?} for {one:?}");
            assert!(
                (scaled.value / scale - one.value).abs() <= one.error,
                "2^{exponent}: {scaled:?} for {one:?}"
            );
            let error = scaled.error / scale;
            assert!(
                error >= 0.2 * one.error && error <= 5.0 * one.error,
                "2^{exponent}: {scaled:?} for {one:?}"
            );
        }
    }
}

/// Noise without a pattern, of many sizes: the bar holds, as often as it says.
#[test]
fn noise() {
    let mut stream = SplitMix64::new(7);
    let (mut outside, mut far, mut unknown, mut all) = (0, 0, 0, 0);
    for size in [1e-12, 1e-9, 1e-6, 1e-4] {
        for _ in 0..100 {
            let noise = std::cell::RefCell::new(SplitMix64::new(stream.next_u64()));
            let f = |x: f64| x.exp() + size * (noise.borrow_mut().uniform() - 0.5);
            let assessed = judged(&f, 0.3, 2);
            let off = (assessed.value - f64::exp(0.3)).abs();
            all += 1;
            outside += usize::from(off > assessed.error);
            far += usize::from(off > 3.0 * assessed.error);
            unknown += usize::from(assessed.error > 1e3 * size);
        }
    }
    assert!(
        outside <= all / 20 && far == 0 && unknown <= all / 100,
        "{outside} and {far} outside, {unknown} unknown of {all}"
    );
}

/// Fits give the coefficients of polynomials, and the weights that are to leave noise alone give 0.
#[test]
fn fits_of_polynomials() {
    let steps: Vec<f64> = rounds::first_round().map(rounds::length).collect();
    let cases: [(View, Function, f64); 4] = [
        (View::Odd, &|h: f64| 2.0 * h - h.powi(3) + 0.3 * h.powi(5), 2.0),
        (View::Even, &|h: f64| -h.powi(2) + 4.0 * h.powi(4), -1.0),
        (View::Side, &|h: f64| 2.0 * h + h.powi(2) - h.powi(3), 2.0),
        (View::Mixed, &|h: f64| 0.5 * h.powi(2) + h.powi(4), 0.5),
    ];
    for (view, of, want) in cases {
        let numbers: Vec<f64> = steps.iter().map(|&h| of(h)).collect();
        let fits = Fits::new(view, &steps);
        let (mut sums, mut norms) = (Vec::new(), Vec::new());
        fits.sums(&numbers, &mut sums);
        fits.norms(&vec![1.0; steps.len()], &mut norms);
        for k in 4..steps.len() {
            assert!((pick(&sums[k], Kind::Value, 4) - want).abs() < 1e-9, "{view:?} {k}");
            let size = numbers[k - 4].abs();
            for points in 6..=POINTS.min(k + 1) {
                assert!(pick(&sums[k], Kind::Noise, points).abs() < 1e-9 * size, "{view:?} {k}");
                assert!((pick(&norms[k], Kind::Noise, points) - 1.0).abs() < 1e-12);
                assert!(pick(&sums[k], Kind::Offset, points).abs() < 1e-9);
            }
        }
    }
}
