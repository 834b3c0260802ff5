//! Slopes carried through formulas against exact derivatives, on the CPU engine: accuracy, and that no component without a
//! remark is outside of its bar. `examples/increments` prints the same of more, and on devices.

use crate::common::accuracy::median;
use crate::common::truth::{Pair, Truth, distance};
use crate::common::{by_precision, engines, expression_cases, models, problems, random_expressions};
use ndarray::{Array2, ArrayView1};
use plusminus::{
    Bars, Closure, Difference, Engine, Error, Evaluator, Formula, Method, Notice, Number, Objective,
    Precision, Remark, ShaderOptions, WgslObjective,
};

fn cpu() -> [Engine; 2] {
    [Precision::F32, Precision::F64].map(Engine::cpu)
}

/// What was found in a set.
#[derive(Default)]
struct Tally {
    /// max |d - d*| / max |d*| of each point.
    errors: Vec<f64>,
    /// bar/error.
    widths: Vec<f64>,
    components: usize,
    flagged: usize,
}

impl Tally {
    fn take(&mut self, what: &str, got: ArrayView1<'_, f64>, bars: &[f64], flags: &[usize], want: &[Pair]) {
        let (mut worst, mut largest) = (0.0f64, 0.0f64);
        for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
            let error = distance(got, want);
            self.components += 1;
            if flags.contains(&i) {
                self.flagged += 1;
                continue;
            }
            assert!(error <= bars[i], "{what}, component {i}: {got} ± {:e} for {}", bars[i], want.0);
            (worst, largest) = (worst.max(error), largest.max(want.0.abs()));
            if error > 0.0 && bars[i].is_finite() {
                self.widths.push(bars[i] / error);
            }
        }
        if largest > 1e-50 {
            self.errors.push(worst / largest);
        }
    }

    fn gradient(&mut self, what: &str, evaluator: &mut Evaluator<'_>, x: &[f64], want: &[Pair]) {
        let got = match evaluator.gradient_at(x, &Difference::default()) {
            // Drawn because f32 has a value.
            Err(Error::NonFiniteValue { .. }) if evaluator.precision() == Precision::F64 => return,
            got => got.unwrap(),
        };
        let flags: Vec<usize> = got
            .remarks
            .iter()
            .filter(|remark| !is_statistical(remark))
            .filter_map(|remark| remark.axis)
            .collect();
        let bars = got.error.unwrap().to_vec();
        self.take(what, got.value.view(), &bars, &flags, want);
    }

    fn check(mut self, what: &str, median_error: f64, most: f64, width: f64) {
        let error = median(self.errors.clone());
        assert!(error <= median_error, "{what}: median error {error:e}");
        self.errors.sort_by(f64::total_cmp);
        let p95 = self.errors[self.errors.len() * 95 / 100];
        assert!(p95 <= most, "{what}: 95th percentile {p95:e}");
        let wide = median(self.widths);
        assert!(wide <= width, "{what}: bars are {wide} times the error");
        let part = self.flagged as f64 / self.components as f64;
        assert!(part <= 0.04, "{what}: {} of {} flagged", self.flagged, self.components);
    }
}

/// Whether a bar is the spread of samples, which is to hold as others do.
fn is_statistical(remark: &Remark) -> bool {
    matches!(remark.notice, Notice::Statistical { .. })
}

fn f32s(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x as f32)).collect()
}

#[test]
fn standard_problems_published_functions_and_models() {
    let engines = cpu();
    // Of each engine: problems, published functions, models.
    let mut tallies = engines.each_ref().map(|_| [(); 3].map(|()| Tally::default()));
    let mut take = |which: usize, name: &str, f: &WgslObjective, x: &[f64], exact: &[Pair]| {
        for (engine, tallies) in engines.iter().zip(&mut tallies) {
            tallies[which].gradient(name, &mut engine.evaluator(f).unwrap(), x, exact);
        }
    };
    for problem in problems::all() {
        let (n, data) = (problem.start.len(), problem.data.to_vec());
        let truth = Truth::new(problem.source, n, problem.terms, &data);
        let options = ShaderOptions { data, terms: problem.terms, ..Default::default() };
        let f = WgslObjective::new(problem.name, problem.source, n, options).unwrap();
        let x = f32s(&problem.start);
        let Some(exact) = truth.gradient(&x) else { continue };
        take(0, problem.name, &f, &x, &exact.pairs);
    }
    for case in expression_cases::cases() {
        if matches!(case.name, "cross_in_tray" | "zero") {
            continue;
        }
        let f = WgslObjective::from_expression(case.text, case.x.len()).unwrap();
        let x = f32s(&case.x);
        let Some(exact) = Truth::new(f.text(), x.len(), None, &[]).gradient(&x) else { continue };
        take(1, case.name, &f, &x, &exact.pairs);
    }
    for model in models::all() {
        let n = model.points[0].len();
        let options = ShaderOptions { data: model.data.clone(), terms: model.terms, ..Default::default() };
        let f = WgslObjective::new(model.name, &model.text, n, options).unwrap();
        let truth = Truth::new(&model.text, n, model.terms, &model.data);
        for x in &model.points {
            let Some(exact) = truth.gradient(x) else { continue };
            take(2, model.name, &f, x, &exact.pairs);
        }
    }
    for (engine, [problems_found, published, modelled]) in engines.into_iter().zip(tallies) {
        let (most, least) = (by_precision(&engine, 5e-6, 1e-14), by_precision(&engine, 1.5e-7, 2e-16));
        let width = by_precision(&engine, 60.0, 90.0);
        problems_found.check("standard problems", least, 1e-5f64.max(most), width);
        published.check("published functions", least, most, width);
        // Recurrences: bounds add up what errors cancel.
        modelled.check("models", by_precision(&engine, 2e-7, 4e-16), most, 2000.0);
    }
}

#[test]
fn expressions_at_random() {
    for (sizes, count, single, seed) in
        [(random_expressions::NEAR, 250, 2e-6, 11), (random_expressions::WIDE, 120, 2e-5, 12)]
    {
        for engine in cpu() {
            let mut tally = Tally::default();
            for drawn in random_expressions::draw(seed, count, sizes) {
                let mut evaluator = engine.evaluator(&drawn.objective).unwrap();
                tally.gradient(&drawn.text, &mut evaluator, &drawn.x, &drawn.exact.pairs);
            }
            let most = by_precision(&engine, single, 1e-10);
            tally.check("at random", by_precision(&engine, 1.5e-7, 2e-16), most, 70.0);
        }
    }
}

#[test]
fn hessians_and_products() {
    for engine in cpu() {
        let (mut tally, mut products) = (Tally::default(), Tally::default());
        let trigonometric = problems::all().into_iter().find(|p| p.name == "trigonometric").unwrap();
        let options = ShaderOptions { data: Vec::new(), terms: trigonometric.terms, ..Default::default() };
        let n = trigonometric.start.len();
        let f = WgslObjective::new("trigonometric", trigonometric.source, n, options).unwrap();
        let mut cases = vec![(f, trigonometric.terms, vec![0.10000000149011612; n])];
        for case in expression_cases::cases() {
            if !matches!(case.name, "cross_in_tray" | "zero") {
                let f = WgslObjective::from_expression(case.text, case.x.len()).unwrap();
                cases.push((f, None, f32s(&case.x)));
            }
        }
        for (f, terms, x) in cases {
            let n = x.len();
            let Some(exact) = Truth::new(f.text(), n, terms, &[]).hessian(&x) else { continue };
            let mut evaluator = engine.evaluator(&f).unwrap();
            let points = Array2::from_shape_vec((1, n), x).unwrap();
            let got = evaluator.hessian(points.view(), &Difference::default()).unwrap();
            assert!(got.remarks.iter().all(is_statistical), "{}: {:?}", f.name(), got.remarks);
            let bars: Vec<f64> = got.error.unwrap().iter().copied().collect();
            let flat = got.value.to_shape(n * n).unwrap();
            let want: Vec<Pair> = exact.iter().flatten().copied().collect();
            tally.take(&f.name(), flat.view(), &bars, &[], &want);

            let along = Array2::from_shape_fn((1, n), |(_, i)| 0.5 - 0.25 * (i % 4) as f64);
            let got = evaluator.hessian_product(points.view(), along.view(), &Difference::default()).unwrap();
            let bars: Vec<f64> = got.error.unwrap().iter().copied().collect();
            let want: Vec<Pair> = exact
                .iter()
                .map(|row| {
                    let sum = |part: fn(&Pair) -> f64| -> f64 {
                        row.iter().zip(&along).map(|(pair, v)| part(pair) * v).sum()
                    };
                    (sum(|pair| pair.0), sum(|pair| pair.1))
                })
                .collect();
            // The witness's own sum is rounded in f64.
            if engine.precision() == Precision::F32 {
                products.take(&f.name(), got.value.row(0), &bars, &[], &want);
            }
        }
        let most = by_precision(&engine, 1e-5, 1e-14);
        tally.check("Hessians", by_precision(&engine, 3e-7, 1e-15), 1e-4f64.min(10.0 * most), 100.0);
        if engine.precision() == Precision::F32 {
            products.check("products", 3e-7, 1e-4, 100.0);
        }
    }
}

/// Those that direct differences get wrong without a word: right, or wide bars that say so.
#[test]
fn cancellations_peaks_and_edges() {
    for (text, x) in [
        ("sin(3*(x0+1e6))", 1.0),
        ("sin(3*(x0+1e6))", 1.3),
        ("exp(-1e8*(x0-1)^2)", 1.0001),
        ("1e16+x0+sin(x0)", 1.0),
        ("sin(1e5*x0)", 0.7),
        ("acos(cos(x0))", 0.001),
        ("log(x0)", 1e-20),
        ("1+x0^2-1", 1e-12),
        ("sqrt(x0^2+1e-30)", 1e-18),
        ("1/sqrt(1-x0^2)", 0.99999),
        ("x0/(x0+1e-6)", 1e-6),
        ("(1-cos(x0))/x0^2", 1e-3),
        ("atan(sin(x0)) + floor(1e9*x0)", 0.3),
    ] {
        for engine in cpu() {
            let x = if engine.precision() == Precision::F32 { f64::from(x as f32) } else { x };
            let f = WgslObjective::from_expression(text, 1).unwrap();
            let want = Truth::new(f.text(), 1, None, &[]).gradient(&[x]).unwrap().pairs[0];
            let got = engine.evaluator(&f).unwrap().gradient_at(&[x], &Difference::default()).unwrap();
            let (value, bar) = (got.value[0], got.error.unwrap()[0]);
            assert!(distance(value, want) <= bar, "{text} at {x}: {value} ± {bar:e} for {}", want.0);
        }
    }
}

/// Corners, jumps and edges are named.
#[test]
fn doubts_are_said() {
    for engine in cpu() {
        let found = |text: &str, x: f64| {
            let f = WgslObjective::from_expression(text, 1).unwrap();
            let got = engine.evaluator(&f).unwrap().gradient_at(&[x], &Difference::default()).unwrap();
            (got.value[0], got.error.unwrap()[0], got.remarks.first().map(|remark| remark.notice))
        };
        for text in ["abs(x0)", "max(x0, -x0)", "relu(x0) + relu(-x0)"] {
            let (value, bar, notice) = found(text, 0.0);
            assert!(matches!(notice, Some(Notice::Kink { .. })), "{text}: {notice:?}");
            assert!(value.abs() < 1e-3 && bar >= 1.0, "{text}: {value} ± {bar:e}");
        }
        let (_, bar, notice) = found("floor(x0)", 3.0);
        assert!(notice.is_some() && bar > 1.0, "{notice:?}, {bar:e}");
        let (_, bar, _) = found("sqrt(x0)", 0.0);
        assert!(bar.is_infinite());
        // Beside them there is nothing to say.
        let (value, bar, notice) = found("abs(x0)", 1e-20);
        assert!(value == 1.0 && bar < 1e-30 && notice.is_none(), "{value} ± {bar:e}, {notice:?}");
    }
}

/// Direct differences that a doubt is put to keep to the bounds, and an objective that cannot be evaluated away from the
/// point loses nothing that is known there.
#[test]
fn doubts_are_settled_within_bounds_or_stay() {
    // Noise, so that the bound is wide; beyond 0.012 it reads out of range.
    let text = "fn objective() -> real {
        return (1.0 - cos(x(0))) / (x(0) * x(0)) + data(u32(x(0) * 83.0));
    }";
    let how = Difference::default();
    for engine in cpu().into_iter().filter(|engine| engine.precision() == Precision::F32) {
        let options = ShaderOptions { data: vec![2.0], ..Default::default() };
        let f = WgslObjective::new("cosine", text, 1, options).unwrap();
        let mut evaluator = engine.evaluator(&f).unwrap();
        let open = evaluator.gradient_at(&[0.01], &how).unwrap();
        let bar = open.error.unwrap()[0];
        assert!(open.remarks.is_empty() && bar > 0.1 && bar.is_finite(), "the bound stands: {bar}");
        evaluator.bound(Some((&[1e-3], &[0.012]))).unwrap();
        evaluator.gradient_at(&[0.01], &how).unwrap();

        // A branch in doubt, and nobody else to ask: nothing is known, and that is said.
        let text = "fn objective() -> real {
            return select(x(0), 2.0 * x(0), x(0) < 0.3) + data(u32(x(0) * 3.3));
        }";
        let options = ShaderOptions { data: vec![2.0], ..Default::default() };
        let f = WgslObjective::new("edge", text, 1, options).unwrap();
        let found = engine.evaluator(&f).unwrap().gradient_at(&[f64::from(0.3f32)], &how).unwrap();
        let notice = found.remarks.first().map(|remark| remark.notice);
        assert!(matches!(notice, Some(Notice::InDoubt { direct: false, .. })), "{notice:?}");
        assert!(found.error.unwrap()[0].is_infinite());
    }
}

#[derive(Clone)]
struct Everything;

impl Formula for Everything {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let z = x[0] * x[1] - N::of(0.3) / x[2];
        let a = z.sin() + z.cos() * x[2].exp() + (x[0] * x[0] + N::of(1.0)).sqrt().ln();
        let b = x[1].tanh().powi(3) + x[2].powf(N::of(1.7)) + (-z).abs();
        a + b.mul_add(x[0], x[1])
    }
}

/// A formula in Rust, and the same as an expression.
#[test]
fn formulas_in_rust_carry_the_same() {
    let text = "sin(x0*x1 - 0.3/x2) + cos(x0*x1 - 0.3/x2)*exp(x2) + log(sqrt(x0*x0 + 1)) \
                + (tanh(x1)^3 + x2^1.7 + abs(x0*x1 - 0.3/x2))*x0 + x1";
    let points = Array2::from_shape_fn((40, 3), |(i, j)| 0.3 + 0.11 * i as f64 / (1.0 + j as f64));
    let f = Closure::formula(3, Everything).unwrap();
    let expression = WgslObjective::from_expression(text, 3).unwrap();
    let truth = Truth::new(expression.text(), 3, None, &[]);
    for engine in cpu() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let points = evaluator.rounded(points.view());
        let all = evaluator.gradient(points.view(), &Difference::default()).unwrap();
        let bars = all.error.unwrap();
        for (point, x) in points.rows().into_iter().enumerate() {
            let want = truth.gradient(&x.to_vec()).unwrap().pairs;
            for axis in 0..3 {
                let (got, bar) = (all.value[[point, axis]], bars[[point, axis]]);
                assert!(distance(got, want[axis]) <= bar, "{x} {axis}: {got} ± {bar:e} for {}", want[axis].0);
                assert!(bar <= by_precision(&engine, 1e-4, 1e-13) * want[axis].0.abs().max(1.0));
            }
        }
        let how = Difference::default().with_bars(Bars::Off);
        let plain = evaluator.gradient(points.view(), &how).unwrap();
        assert!(plain.error.is_none());
        assert_eq!(plain.value, all.value);
        let slope = evaluator.directional(points.view(), points.view(), &Difference::default()).unwrap();
        let want = (&all.value * &points).sum_axis(ndarray::Axis(1));
        let most = by_precision(&engine, 1e-5, 1e-13);
        assert!(slope.value.iter().zip(&want).all(|(a, b)| (a - b).abs() <= most * b.abs().max(1.0)));
    }
}

/// Hessians of a formula in Rust, their products, and those of the same as an expression.
#[test]
fn formulas_in_rust_carry_second_slopes() {
    let text = "sin(x0*x1 - 0.3/x2) + cos(x0*x1 - 0.3/x2)*exp(x2) + log(sqrt(x0*x0 + 1)) \
                + (tanh(x1)^3 + x2^1.7 + abs(x0*x1 - 0.3/x2))*x0 + x1 + x0^x1";
    let points = Array2::from_shape_fn((20, 3), |(i, j)| 0.3 + 0.11 * i as f64 / (1.0 + j as f64));
    let vectors = Array2::from_shape_fn((20, 3), |(i, j)| 0.25 * (1 + (i + j) % 5) as f64 - 0.5);
    let f = Closure::formula(3, WithPowers).unwrap();
    let expression = WgslObjective::from_expression(text, 3).unwrap();
    let truth = Truth::new(expression.text(), 3, None, &[]);
    let how = Difference::default();
    for engine in cpu() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let points = evaluator.rounded(points.view());
        let found = evaluator.hessian(points.view(), &how).unwrap();
        let product = evaluator.hessian_product(points.view(), vectors.view(), &how).unwrap();
        let twin = engine.evaluator(&expression).unwrap().hessian(points.view(), &how).unwrap();
        let bars = found.error.unwrap();
        let most = by_precision(&engine, 2e-4, 1e-12);
        for (point, x) in points.rows().into_iter().enumerate() {
            let want = truth.hessian(&x.to_vec()).unwrap();
            let size = want.iter().flatten().fold(0.0, |most: f64, pair| most.max(pair.0.abs()));
            for (i, j) in (0..9).map(|k| (k / 3, k % 3)) {
                let at = [point, i, j];
                let (got, bar, want) = (found.value[at], bars[at], want[i][j]);
                assert!(distance(got, want) <= bar, "{x} {i} {j}: {got} ± {bar:e} for {}", want.0);
                assert!(bar <= most * size, "{x} {i} {j}: {got} ± {bar:e}");
                let off_by = twin.error.as_ref().unwrap()[at];
                assert!(
                    (got - twin.value[at]).abs() <= bar + off_by,
                    "{x} {i} {j}: {got}, {}",
                    twin.value[at]
                );
            }
            for i in 0..3 {
                let sum: f64 = (0..3).map(|j| want[i][j].0 * vectors[[point, j]]).sum();
                let bar = product.error.as_ref().unwrap()[[point, i]] + 4.0 * f64::EPSILON * size;
                assert!((product.value[[point, i]] - sum).abs() <= bar, "{x} {i}, a product");
            }
        }
        let plain = evaluator.hessian(points.view(), &how.with_bars(Bars::Off)).unwrap();
        assert_eq!(plain.value, found.value);
    }
}

#[derive(Clone)]
struct WithPowers;

impl Formula for WithPowers {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        Everything.value(x) + x[0].powf(x[1])
    }
}

/// Batches, minibatches of terms, many terms at one point: the same numbers, with and without bars.
#[test]
fn arrangements_agree() {
    let text = "fn residual(k: u32) -> real { return exp(0.1 * x(k % 3u)) * x((k + 1u) % 3u) - data(k); }";
    let data: Vec<f64> = (0..150).map(|k| 0.01 * f64::from(k)).collect();
    let options = || ShaderOptions { data: data.clone(), terms: Some(150), ..Default::default() };
    let f = WgslObjective::new("fit", text, 3, options()).unwrap();
    let vector = WgslObjective::residuals("fit", text, 3, options()).unwrap();
    let points = Array2::from_shape_fn((70, 3), |(i, j)| 0.2 + 0.01 * i as f64 - 0.3 * j as f64);
    for engine in cpu() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let direct = Difference::default().with_method(Method::Direct);
        for selection in [None, Some([3u32, 140, 77])] {
            evaluator.select(selection.as_ref().map(|terms| &terms[..])).unwrap();
            let all = evaluator.gradient(points.view(), &Difference::default()).unwrap();
            let off = evaluator.gradient(points.view(), &Difference::default().with_bars(Bars::Off)).unwrap();
            let by_values = evaluator.gradient(points.view(), &direct).unwrap();
            for ((at, &got), &bar) in all.value.indexed_iter().zip(&all.error.unwrap()) {
                assert_eq!(got, off.value[at]);
                let (want, off_by) = (by_values.value[at], by_values.error.as_ref().unwrap()[at]);
                assert!((got - want).abs() <= bar + 3.0 * off_by, "{at:?}: {got} for {want}");
            }
            // A point by itself: other lanes, the same sums.
            let alone = evaluator.gradient_at(&points.row(69).to_vec(), &Difference::default()).unwrap();
            let most = by_precision(&engine, 1e-6, 1e-14);
            let same = |(a, b): (&f64, &f64)| (a - b).abs() <= most * a.abs().max(1.0);
            assert!(alone.value.iter().zip(all.value.row(69)).all(same));
        }
        let jacobian = engine.evaluator(&vector).unwrap().jacobian(points.view(), &Difference::default());
        let jacobian = jacobian.unwrap();
        let x = evaluator.rounded(points.view());
        let bars = jacobian.error.unwrap();
        for ((point, k, axis), &got) in jacobian.value.indexed_iter() {
            let (a, b) = (x[[point, k % 3]], x[[point, (k + 1) % 3]]);
            let want = match axis {
                i if i == k % 3 => 0.1 * (0.1 * a).exp() * b,
                i if i == (k + 1) % 3 => (0.1 * a).exp(),
                _ => 0.0,
            };
            let slack = 4.0 * f64::EPSILON * want.abs();
            assert!(
                (got - want).abs() <= bars[[point, k, axis]] + slack,
                "{point} {k} {axis}: {got} for {want}"
            );
        }
    }
}

/// Functions of numbers that do not move: what was in their row of the program before is no slope of theirs.
#[test]
fn numbers_that_do_not_move() {
    let moving = ["hypot(x0, 3)^2", "exp(hypot(x0, 3))", "pow(x0*x0, hypot(x0, 1))", "sin(x0)/max(x0, 1)"];
    let still = ["exp(floor(x0))", "ln(floor(x0))", "sqrt(round(x0))", "atan(sign(x0))", "2^ceil(x0)"];
    for engine in engines() {
        for (moving, still) in moving.iter().flat_map(|moving| still.iter().map(move |still| (moving, still)))
        {
            let text = format!("{moving} + {still}");
            let f = WgslObjective::from_expression(&text, 1).unwrap();
            let x = [f64::from(4.222_834_6_f32)];
            let want = Truth::new(f.text(), 1, None, &[]).gradient(&x).unwrap().pairs[0];
            let got = engine.evaluator(&f).unwrap().gradient_at(&x, &Difference::default()).unwrap();
            let (value, bar) = (got.value[0], got.error.unwrap()[0]);
            assert!(distance(value, want) <= bar, "{text} on {engine:?}: {value} ± {bar:e} for {}", want.0);
            assert!(bar <= 1e-4 * want.0.abs(), "{text} on {engine:?}: {bar:e}");
        }
    }
}
