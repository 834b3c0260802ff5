//! Closures that are formulas: many points at a time, on test functions from outside with their analytic derivatives.

use crate::common::{direct, random::SplitMix64};
use argmin_testfunctions as functions;
use ndarray::Array2;
use plusminus::{
    Closure, Difference, Engine, Error, Evaluator, Formula, Number, Objective, Precision, Scheme, Separable,
    ShaderOptions, Step, WgslObjective,
};

#[derive(Clone)]
struct Rosenbrocks(usize);

impl Formula for Rosenbrocks {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let mut sum = N::of(0.0);
        for s in 0..self.0 - 1 {
            sum += Separable::term(self, s, x);
        }
        sum
    }
}

impl Separable for Rosenbrocks {
    fn terms(&self) -> usize {
        self.0 - 1
    }
    fn reads(&self, term: usize) -> Vec<usize> {
        vec![term, term + 1]
    }
    #[inline(always)]
    fn term<N: Number>(&self, s: usize, x: &[N]) -> N {
        let (a, b) = (N::of(1.0) - x[s], x[s + 1] - x[s] * x[s]);
        a * a + N::of(100.0) * b * b
    }
}

/// Many points at once, few, and one: the same gradients, in all schemes, in f32 and f64, whatever is left over of a block.
#[test]
fn formulas_of_many_points_match_analytic_derivatives() {
    let n = 7;
    let formula = Closure::formula(n, Rosenbrocks(n)).unwrap();
    let separable = Closure::separable(n, Rosenbrocks(n)).unwrap();
    assert_eq!(separable.terms(), n - 1);
    for count in [1, 31, 64, 333, 1000] {
        let x = crate::common::normal_matrix(count, n, &mut SplitMix64::new(2));
        let want = crate::common::each_point(&x, functions::rosenbrock_derivative);
        for (precision, fine, coarse) in [(Precision::F64, 1e-8, 1e-5), (Precision::F32, 1e-3, 1e-1)] {
            let engine = Engine::cpu(precision);
            for f in [&formula, &separable] {
                let mut evaluator = engine.evaluator(f).unwrap();
                for (x, value) in x.rows().into_iter().zip(evaluator.values(x.view()).unwrap()) {
                    let want = functions::rosenbrock(&x.to_vec());
                    assert!((value - want).abs() <= 20.0 * precision.epsilon() * want, "{value} for {want}");
                }
                for (scheme, limit) in
                    [(Scheme::Central, fine), (Scheme::Forward, coarse), (Scheme::Backward, coarse)]
                {
                    for step in [None, Some(Step::relative(-9).unwrap()), Some(Step::fixed(1e-3).unwrap())] {
                        let how = direct(scheme, step);
                        let all = evaluator.gradient(x.view(), &how).unwrap().value;
                        let last = x.slice(ndarray::s![count - 1.., ..]);
                        let one = evaluator.gradient(last, &how).unwrap().value;
                        assert_eq!(one.row(0), all.row(count - 1), "{count} points, {scheme}, {step:?}");
                        if step.is_none() {
                            let error = crate::common::relative_error(&all, &want);
                            assert!(error < limit, "{count} points, {scheme}, {precision}: {error:e}");
                        }
                    }
                }
            }
        }
    }
}

/// Whatever is out of the ordinary in one point of many is said of that point.
#[test]
fn one_bad_point_among_many_is_named() {
    let f = Closure::formula(2, Rosenbrocks(2)).unwrap();
    for precision in [Precision::F64, Precision::F32] {
        let engine = Engine::cpu(precision);
        let mut evaluator = engine.evaluator(&f).unwrap();
        let mut x = crate::common::normal_matrix(500, 2, &mut SplitMix64::new(2));
        let gradient = |evaluator: &mut Evaluator<'_>, x: &Array2<f64>, step: Option<Step>| {
            evaluator.gradient(x.view(), &direct(Scheme::Central, step)).map(|gradient| gradient.value)
        };
        x[[411, 1]] = 1e200;
        let error = gradient(&mut evaluator, &x, None).unwrap_err();
        match precision {
            Precision::F64 => {
                assert!(matches!(error, Error::NonFiniteValue { point: 411, .. }), "{error}");
            }
            Precision::F32 => {
                assert!(matches!(error, Error::NonFinitePoint { point: 411, axis: 1, .. }), "{error}");
            }
        }
        x[[411, 1]] = 1e20;
        let error = gradient(&mut evaluator, &x, Some(Step::fixed(1e-3).unwrap())).unwrap_err();
        assert!(matches!(error, Error::VanishedStep { point: 411, axis: 1, .. }), "{error}");
        x[[411, 1]] = f64::NAN;
        let error = gradient(&mut evaluator, &x, None).unwrap_err();
        assert!(matches!(error, Error::NonFinitePoint { point: 411, axis: 1, .. }), "{error}");
        x[[411, 1]] = 0.0;
        assert!(gradient(&mut evaluator, &x, None).is_ok());
        let mut wrong = Array2::zeros((3, 3));
        let error = evaluator.gradient_into(x.view(), &Difference::default(), wrong.view_mut()).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
    }
}

#[test]
fn a_separable_function_that_reads_more_than_it_says_is_refused() {
    #[derive(Clone)]
    struct Liar(Vec<usize>);
    impl Separable for Liar {
        fn terms(&self) -> usize {
            2
        }
        fn reads(&self, _: usize) -> Vec<usize> {
            self.0.clone()
        }
        fn term<N: Number>(&self, s: usize, x: &[N]) -> N {
            x[0] * x[1 + s]
        }
    }
    let refused = |reads: &[usize]| Closure::separable(3, Liar(reads.to_vec())).err().unwrap().to_string();
    assert!(refused(&[0, 1]).contains("term 1"), "{}", refused(&[0, 1]));
    assert!(refused(&[0, 7]).contains("coordinate 7"));
    assert!(refused(&[]).contains("names no coordinate"));
    assert!(Closure::separable(3, Liar(vec![0, 1, 2])).is_ok());
}

/// A formula is written down, and is the same text on all engines. A long one is not: slopes go through it, on the CPU alone.
#[test]
fn formulas_run_on_every_engine_and_long_ones_on_the_cpu() {
    for engine in crate::common::engines() {
        for n in [7, 400] {
            let x = crate::common::normal_matrix(20, n, &mut SplitMix64::new(4));
            let x = x.mapv(|x| f64::from(x as f32));
            let formula = Closure::formula(n, Rosenbrocks(n)).unwrap();
            let mut evaluator = match engine.evaluator(&formula) {
                Ok(evaluator) => evaluator,
                Err(error) => {
                    assert!(n == 400 && !crate::common::is_cpu(&engine), "{error}");
                    assert!(error.to_string().contains("at most 2048 operations"), "{error}");
                    continue;
                }
            };
            assert!(n == 7 || crate::common::is_cpu(&engine));
            let found = evaluator.value_and_gradient(x.view(), &Difference::default()).unwrap();
            let want = crate::common::each_point(&x, functions::rosenbrock_derivative);
            let error = crate::common::relative_error(&found.value, &want);
            let limit = 10.0 * engine.precision().epsilon();
            assert!(error < limit, "{n} coordinates on {}: {error:e}", engine.device());
            let bars = found.error.as_ref().unwrap();
            let all = found.value.iter().zip(&want).zip(bars);
            all.for_each(|((found, want), bar)| {
                assert!((found - want).abs() <= *bar, "{found} ± {bar}: {want}")
            });
        }
    }
}

/// Values of many points are found block by block; at a point at fault nothing is evaluated, and it is named.
#[test]
fn values_of_many_points_name_a_bad_one() {
    let text = "fn objective() -> real { return data(u32(x(0))) * x(1); }";
    let data = vec![1.0, 2.0, 4.0];
    let options = ShaderOptions { data: data.clone(), ..Default::default() };
    let f = WgslObjective::new("look-up.wgsl", text, 2, options).unwrap();
    for precision in [Precision::F32, Precision::F64] {
        let engine = Engine::cpu(precision);
        let mut evaluator = engine.evaluator(&f).unwrap();
        let mut x = Array2::from_shape_fn((700, 2), |(i, j)| if j == 0 { i % 3 } else { i } as f64);
        let values = evaluator.values(x.view()).unwrap();
        assert!(values.iter().enumerate().all(|(i, &value)| value == data[i % 3] * i as f64));
        // One, all of a block, and the last one, which also stands in lanes left over.
        for (bad, at) in [(411..412, [411, 0]), (384..448, [384, 1]), (699..700, [699, 0])] {
            let good = x.clone();
            bad.for_each(|i| x[[i, at[1]]] = f64::NAN);
            let error = evaluator.values(x.view()).unwrap_err();
            let [wrong, along] = at;
            assert!(
                matches!(error, Error::NonFinitePoint { point, axis, .. } if (point, axis) == (wrong, along)),
                "{error}"
            );
            x = good;
        }
    }
}
