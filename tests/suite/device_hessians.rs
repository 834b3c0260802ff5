//! Second slopes carried on a device: Hessians and their products with vectors against derivatives in 75 digits, every entry
//! within its bar; and whatever a text may contain against the CPU engine.

use crate::common::accuracy::median;
use crate::common::truth::{Pair, Truth, distance};
use crate::common::{by_precision, expression_cases, gpu_in, problems, random_expressions, wgsl_cases};
use ndarray::{Array2, ArrayView2};
use plusminus::{
    Bars, Derivative, Difference, Engine, Error, Evaluator, Objective, Precision, Result, ShaderOptions,
    WgslObjective,
};

const PRECISIONS: [Precision; 2] = [Precision::F32, Precision::F64];

/// max |H - H*| / max |H*| of each Hessian, and bar/error of each entry.
#[derive(Default)]
struct Tally {
    errors: Vec<f64>,
    widths: Vec<f64>,
}

impl Tally {
    fn take(&mut self, what: &str, got: &[(f64, f64)], want: &[Pair]) {
        let (mut worst, mut largest) = (0.0f64, 0.0f64);
        for (i, (&(got, bar), &want)) in got.iter().zip(want).enumerate() {
            let error = distance(got, want);
            assert!(error <= bar, "{what}, entry {i}: {got} ± {bar:e} for {}", want.0);
            (worst, largest) = (worst.max(error), largest.max(want.0.abs()));
            if error > 0.0 && bar.is_finite() {
                self.widths.push(bar / error);
            }
        }
        if largest > 1e-50 {
            self.errors.push(worst / largest);
        }
    }
}

/// The Hessian and its product with a vector, at a point.
fn check(evaluator: &mut Evaluator<'_>, what: &str, exact: &[Vec<Pair>], x: &[f64], tally: &mut Tally) {
    let n = x.len();
    let points = ArrayView2::from_shape((1, n), x).unwrap();
    let got = evaluator.hessian(points, &Difference::default());
    let want: Vec<Pair> = exact.iter().flatten().copied().collect();
    tally.take(what, &flat(got), &want);
    // The witness's own sum is rounded in f64.
    if evaluator.precision() == Precision::F32 {
        let along = Array2::from_shape_fn((1, n), |(_, i)| 0.5 - 0.25 * (i % 4) as f64);
        let got = evaluator.hessian_product(points, along.view(), &Difference::default());
        let sum = |row: &Vec<Pair>, part: fn(&Pair) -> f64| -> f64 {
            row.iter().zip(&along).map(|(pair, v)| part(pair) * v).sum()
        };
        let want: Vec<Pair> =
            exact.iter().map(|row| (sum(row, |pair| pair.0), sum(row, |pair| pair.1))).collect();
        tally.take(&format!("{what}, a product"), &flat(got), &want);
    }
}

#[test]
fn every_entry_is_within_its_bar() {
    for precision in PRECISIONS {
        let (engine, mut tally) = (gpu_in(precision), Tally::default());
        let mut all: Vec<(WgslObjective, Truth, Vec<f64>)> = Vec::new();
        for problem in problems::all() {
            if matches!(
                problem.name,
                "trigonometric" | "rosenbrock" | "bard" | "box_three_dimensional" | "osborne_1"
            ) {
                let (n, data) = (problem.start.len(), problem.data.to_vec());
                let truth = Truth::new(problem.source, n, problem.terms, &data);
                let options = ShaderOptions { data, terms: problem.terms, ..Default::default() };
                let f = WgslObjective::new(problem.name, problem.source, n, options).unwrap();
                all.push((f, truth, problem.start.clone()));
            }
        }
        for case in expression_cases::cases() {
            if !matches!(case.name, "cross_in_tray" | "zero") {
                let f = WgslObjective::from_expression(case.text, case.x.len()).unwrap();
                let truth = Truth::new(f.text(), case.x.len(), None, &[]);
                all.push((f, truth, case.x.clone()));
            }
        }
        for (f, truth, x) in &all {
            let x: Vec<f64> = x.iter().map(|&x| f64::from(x as f32)).collect();
            let Some(exact) = truth.hessian(&x) else { continue };
            check(&mut engine.evaluator(f).unwrap(), &f.name(), &exact, &x, &mut tally);
        }
        let (error, width) = (median(tally.errors), median(tally.widths));
        assert!(error <= by_precision(&engine, 2e-7, 4e-16), "{precision}: median error {error:e}");
        assert!(width <= 120.0, "{precision}: bars are {width} times the error");
    }
}

/// Every function of expressions.
#[test]
fn expressions_at_random() {
    for precision in PRECISIONS {
        let engine = gpu_in(precision);
        for one in random_expressions::draw(21, 20, random_expressions::NEAR) {
            let n = one.x.len();
            let Some(exact) = Truth::new(one.objective.text(), n, None, &[]).hessian(&one.x) else {
                continue;
            };
            let points = ArrayView2::from_shape((1, n), &one.x).unwrap();
            let got = match engine.evaluator(&one.objective).unwrap().hessian(points, &Difference::default())
            {
                Err(Error::NonFiniteValue { .. }) if precision == Precision::F64 => continue,
                got => got.unwrap(),
            };
            // What direct differences settled is not asked about here.
            if got.remarks.is_empty() {
                let want: Vec<Pair> = exact.iter().flatten().copied().collect();
                Tally::default().take(&one.text, &flat(Ok(got)), &want);
            }
        }
    }
}

/// A derivative without its shape: values and bars.
fn flat<D: ndarray::Dimension>(found: Result<Derivative<D>>) -> Vec<(f64, f64)> {
    let found = found.unwrap();
    let bars = found.error.map_or(vec![0.0; found.value.len()], |bars| bars.into_iter().collect());
    found.value.into_iter().zip(bars).collect()
}

/// Within the bars of both engines, in batches; without bars the numbers are the same.
#[test]
fn whatever_a_text_may_contain() {
    let points = Array2::from(vec![[0.37, -0.61, 1.29], [-1.13, 0.47, -0.33]]);
    let vectors = Array2::from_shape_fn((2, 3), |(i, j)| 0.1 + 0.7 * (i as f64 - 1.3 * j as f64).sin());
    let derivatives = |evaluator: &mut Evaluator<'_>, bars: Bars| {
        let how = Difference::default().with_bars(bars);
        let mut all = flat(evaluator.hessian(points.view(), &how));
        all.extend(flat(evaluator.hessian_product(points.view(), vectors.view(), &how)));
        all
    };
    for (name, text, terms, _) in wgsl_cases::CASES {
        let options = ShaderOptions { data: vec![2.0, 3.0, 5.1], terms: *terms, ..Default::default() };
        let objective = WgslObjective::new("test.wgsl", text, 3, options).unwrap();
        let engines = [gpu_in(Precision::F32), Engine::cpu(Precision::F32)];
        let [mut device, mut host] = engines.each_ref().map(|engine| engine.evaluator(&objective).unwrap());
        let [got, want] = [&mut device, &mut host].map(|evaluator| derivatives(evaluator, Bars::Auto));
        for (i, ((got, bar), (want, host_bar))) in got.iter().zip(&want).enumerate() {
            let distance = (got - want).abs();
            assert!(
                distance <= bar + host_bar,
                "{name}: {got:e} ± {bar:e} for {want:e} ± {host_bar:e} at {i}"
            );
        }
        let largest = got.iter().fold(0.0, |most: f64, (value, _)| most.max(value.abs()));
        for ((with, _), (without, _)) in got.iter().zip(derivatives(&mut device, Bars::Off)) {
            assert!((with - without).abs() <= 1e-6 * largest, "{name}: {with:e} and {without:e}");
        }
    }
}
