//! Increments at a step that the caller names, of any size: the difference quotient of exact arithmetic, against 75 digits.

use crate::common::random_expressions::{self, Drawn};
use crate::common::truth::{Truth, distance};
use crate::common::{by_precision, engines, gpu_in};
use ndarray::array;
use plusminus::{
    Closure, Difference, Doubt, Engine, Error, Formula, Method, Notice, Number, Precision, Scheme,
    ShaderOptions, Step, StepUsed, WgslObjective,
};

const SCHEMES: [Scheme; 3] = [Scheme::Forward, Scheme::Backward, Scheme::Central];

fn incremental(scheme: Scheme, h: f64) -> Difference {
    let step = Step::fixed(h).unwrap();
    Difference::default().with_scheme(scheme).with_step(step).with_method(Method::Incremental)
}

/// The quotient along a seed in exact arithmetic. Sides are added up as they come, which the second part of a pair bears.
fn quotient(truth: &Truth, x: &[f64], seed: &[f64], scheme: Scheme, h: f64) -> Option<(f64, f64)> {
    match scheme {
        Scheme::Forward => truth.quotient(x, seed, h),
        Scheme::Backward => truth.quotient(x, seed, -h),
        Scheme::Central => {
            let (up, down) = (truth.quotient(x, seed, h)?, truth.quotient(x, seed, -h)?);
            let high = 0.5 * (up.0 + down.0);
            Some((high, 0.5 * ((up.0 - high) + (down.0 - high) + up.1 + down.1)))
        }
    }
}

/// max |q - q*| / max |q*| of each point, beside the same of direct differences; how many points went to these.
#[derive(Default)]
struct Errors {
    all: Vec<f64>,
    direct: Vec<f64>,
    turned: usize,
}

impl Errors {
    fn add(&mut self, engine: &Engine, drawn: &Drawn, scheme: Scheme, h: f64) {
        let (x, n) = (&drawn.x[..], drawn.x.len());
        let truth = Truth::new(drawn.objective.text(), n, None, &[]);
        let seed = |axis: usize| -> Vec<f64> { (0..n).map(|i| f64::from(u8::from(i == axis))).collect() };
        let wanted: Option<Vec<_>> = (0..n).map(|axis| quotient(&truth, x, &seed(axis), scheme, h)).collect();
        let Some(wanted) = wanted else { return };
        let largest = wanted.iter().fold(0.0, |most: f64, want| most.max(want.0.abs()));
        if !(1e-30..1e30).contains(&largest) {
            return;
        }
        let mut evaluator = engine.evaluator(&drawn.objective).unwrap();
        let mut error = |difference: &Difference| {
            let found = evaluator.gradient_at(x, difference).ok()?;
            let off = found.value.iter().zip(&wanted).map(|(&got, &want)| distance(got, want));
            Some((off.fold(0.0, f64::max) / largest, found.remarks.len()))
        };
        let direct = error(&incremental(scheme, h).with_method(Method::Direct));
        // What cannot be evaluated there is no test of differences; a step that vanishes is one of direct ones.
        let Some((own, remarks)) = error(&incremental(scheme, h)) else {
            assert!(direct.is_none(), "{}", drawn.text);
            return;
        };
        let direct = direct.map_or(f64::INFINITY, |direct| direct.0);
        if remarks > 0 {
            self.turned += 1;
            return;
        }
        self.all.push(own);
        self.direct.push(direct);
    }

    /// (median, 95 %) of increments and of direct differences.
    fn told(&mut self) -> [[f64; 2]; 2] {
        [&mut self.all, &mut self.direct].map(|errors| {
            errors.sort_by(f64::total_cmp);
            [errors[errors.len() / 2], errors[errors.len() * 95 / 100]]
        })
    }
}

fn compare(engine: &Engine, count: usize) {
    let drawn = random_expressions::draw(31, count, random_expressions::NEAR);
    // A step of 1, one of an eighth, and one at which direct differences in f32 have no digit left.
    for (h, share) in [(1.0, 2), (0.125, 3), (2f64.powi(-30), 8)] {
        let mut errors = Errors::default();
        for (i, drawn) in drawn.iter().enumerate() {
            errors.add(engine, drawn, SCHEMES[i % 3], h);
        }
        let (left, turned) = (errors.all.len(), errors.turned);
        let [[median, high], [direct, direct_high]] = errors.told();
        let what = format!("{} in {}, h = {h}", engine.device(), engine.precision());
        println!(
            "{what}: {median:.1e}, {high:.1e}; direct {direct:.1e}, {direct_high:.1e}; {left} and {turned} turned"
        );
        assert!(median <= by_precision(engine, 1.5e-7, 3e-16), "{what}: median {median:e}");
        assert!(high <= by_precision(engine, 2e-5, 4e-14), "{what}: 95 % {high:e}");
        assert!(high <= direct_high, "{what}: 95 % {high:e}, direct {direct_high:e}");
        assert!(turned * share <= count, "{what}: {turned} turned");
    }
}

#[test]
fn random_expressions_over_steps_small_and_large() {
    for precision in [Precision::F32, Precision::F64] {
        compare(&Engine::cpu(precision), 120);
    }
}

#[test]
fn random_expressions_on_a_device() {
    compare(&gpu_in(Precision::F32), 24);
}

fn objective(text: &str, n: usize, terms: Option<usize>, data: &[f64]) -> WgslObjective {
    WgslObjective::new(
        "test.wgsl",
        text,
        n,
        ShaderOptions { data: data.to_vec(), terms, ..Default::default() },
    )
    .unwrap()
}

/// Terms, data, loops, branches on data: gradients, directions and Jacobians of several points.
const TERMS: &str = "
fn residual(s: u32) -> real {
    var sum: real = data(s);
    for (var i = 0u; i < dimension(); i++) {
        if (data(s + i) > 1.0) { sum += exp(-x(i) * x(i) * 0.125) * data(i); } else { sum += sin(x(i) * data(s)) / (3.0 + x(i)); }
    }
    return sum;
}";

#[test]
fn every_first_derivative_and_engine() {
    let data = [0.5, 2.0, 0.25, 1.5, 3.0, 0.75, 1.25];
    let f = objective(TERMS, 3, Some(4), &data);
    let options = ShaderOptions { data: data.to_vec(), terms: Some(4), ..Default::default() };
    let residuals = WgslObjective::residuals("test.wgsl", TERMS, 3, options).unwrap();
    let truth = Truth::new(TERMS, 3, Some(4), &data);
    let points = array![[1.25, 0.375, -0.625], [0.5, -0.25, 1.75]];
    // What comes behind a direction of zeros has its own step.
    let directions = array![[0.0, 0.0, 0.0], [1.0, -2.0, 0.5]];
    for engine in engines() {
        let most = by_precision(&engine, 2e-6, 4e-15);
        let mut evaluator = engine.evaluator(&f).unwrap();
        let mut by_residual = engine.evaluator(&residuals).unwrap();
        for scheme in SCHEMES {
            let how = incremental(scheme, 0.5);
            let gradient = evaluator.value_and_gradient(points.view(), &how).unwrap();
            assert_eq!(gradient.remarks, []);
            let along = evaluator.directional(points.view(), directions.view(), &how).unwrap();
            assert!(matches!(&along.step, StepUsed::Each(steps) if steps[1] == 0.5));
            for (p, x) in points.rows().into_iter().enumerate() {
                let x = x.to_vec();
                let value = truth.gradient(&x).unwrap().value;
                let got = gradient.values.as_ref().unwrap()[p];
                assert!((got - value).abs() <= most * value, "{got} for {value}");
                for axis in 0..3 {
                    let seed = [0, 1, 2].map(|i| f64::from(u8::from(i == axis)));
                    let want = quotient(&truth, &x, &seed, scheme, 0.5).unwrap();
                    let got = gradient.value[[p, axis]];
                    assert!(
                        distance(got, want) <= most * want.0.abs().max(0.1),
                        "{got} for {want:?}, {scheme}"
                    );
                }
                let seed = directions.row(p).to_vec();
                let want = quotient(&truth, &x, &seed, scheme, 0.5).unwrap();
                let got = along.value[p];
                assert!(
                    distance(got, want) <= most * want.0.abs().max(0.1),
                    "{got} for {want:?} along, {scheme}"
                );
            }
            // The gradient of the sum of squares is no sum of squares of quotients, but Σ (r(x+h)² - r(x)²)/h.
            let jacobian = by_residual.jacobian(points.view(), &how).unwrap();
            assert_eq!(jacobian.value.dim(), (2, 4, 3));
            if scheme == Scheme::Forward {
                let terms = by_residual.terms(points.view()).unwrap();
                for p in 0..2 {
                    for axis in 0..3 {
                        let sum: f64 = (0..4)
                            .map(|s| {
                                let (r, d) = (terms[[p, s]], jacobian.value[[p, s, axis]]);
                                d * (2.0 * r + 0.5 * d)
                            })
                            .sum();
                        let got = gradient.value[[p, axis]];
                        assert!((got - sum).abs() <= 4.0 * most * sum.abs().max(0.1), "{got} for {sum}");
                    }
                }
            }
        }
    }
}

#[derive(Clone)]
struct Everything;

impl Formula for Everything {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let (a, b) = (x[0], x[1]);
        let mut sum = a * b / (N::of(3.0) + b * b) - (a.exp() + b.abs()).ln().sqrt();
        sum += (a - b).tanh() * a.sin() + b.cos() * a.mul_add(b, N::of(0.5)).powi(2);
        sum + a.powi(3) - b.powi(4) * N::of(0.25)
            + a.powi(-3)
            + (a * a).powf(b)
            + (-a).powi(5)
            + N::of(-2.0).powf(N::of(2.0)) * a
    }
}

/// The same as a text.
const EVERYTHING: &str = "
fn objective() -> real {
    let a = x(0);
    let b = x(1);
    return a * b / (3.0 + b * b) - sqrt(log(exp(a) + abs(b))) + tanh(a - b) * sin(a) + cos(b) * pow(a * b + 0.5, 2.0)
        + a * a * a - b * b * b * b * 0.25 + 1.0 / (a * a * a) + pow(a * a, b) - a * a * a * a * a + 4.0 * a;
}";

#[test]
fn formulas_in_rust() {
    let truth = Truth::new(EVERYTHING, 2, None, &[]);
    let f = Closure::formula(2, Everything).unwrap();
    for engine in [Precision::F32, Precision::F64].map(Engine::cpu) {
        let mut evaluator = engine.evaluator(&f).unwrap();
        for scheme in SCHEMES {
            for h in [0.5, 0.125, 2f64.powi(-30)] {
                let how = incremental(scheme, h);
                let points = array![[1.25, 0.75], [0.75, -0.25], [-1.5, 2.25]];
                let gradient = evaluator.gradient(points.view(), &how).unwrap();
                for (p, x) in points.rows().into_iter().enumerate() {
                    for axis in 0..2 {
                        let seed = [0, 1].map(|i| f64::from(u8::from(i == axis)));
                        let want = quotient(&truth, &x.to_vec(), &seed, scheme, h).unwrap();
                        let got = gradient.value[[p, axis]];
                        let most = by_precision(&engine, 1e-6, 4e-15) * want.0.abs().max(1.0);
                        assert!(distance(got, want) <= most, "{got} for {want:?} at {x}, {scheme}, {h}");
                    }
                }
            }
        }
    }
}

#[test]
fn steps_are_those_that_were_named_and_small_ones_lose_nothing() {
    let f = objective("fn objective() -> real { return x(0) * x(0) * x(0) + x(1); }", 2, None, &[]);
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let how = Difference::default().with_scheme(Scheme::Forward).with_step(Step::fixed(0.125).unwrap());
        // By default, too.
        assert_eq!(evaluator.resolve(&how).unwrap().method, Method::Incremental);
        let gradient = evaluator.gradient_at(&[2.0, 5.0], &how).unwrap();
        assert_eq!(gradient.value.to_vec(), [12.765625, 1.0]);
        assert!(gradient.error.is_none() && gradient.values.is_some());
        let relative = how.with_step(Step::relative(-3).unwrap());
        let gradient = evaluator.gradient_at(&[2.0, 5.0], &relative).unwrap();
        assert_eq!(gradient.value.to_vec(), [12.0 + 6.0 * 0.25 + 0.0625, 1.0]);
        assert!(matches!(&gradient.step, StepUsed::Each(steps) if steps.as_slice() == Some(&[0.25, 0.5])));
        // x + h is x here, which no increment ever forms.
        let small = how.with_step(Step::fixed(1e-17).unwrap());
        assert_eq!(evaluator.gradient_at(&[2.0, 5.0], &small).unwrap().value.to_vec(), [12.0, 1.0]);
        let direct = evaluator.gradient_at(&[2.0, 5.0], &small.with_method(Method::Direct));
        assert!(matches!(direct, Err(Error::VanishedStep { .. })));
    }
}

#[test]
fn steps_out_of_range_are_named() {
    let f = objective("fn objective() -> real { return x(0) * x(0); }", 1, None, &[]);
    let mut evaluator = Engine::cpu(Precision::F32).evaluator(&f).unwrap();
    let tiny = incremental(Scheme::Central, 10e-50);
    assert!(matches!(evaluator.gradient_at(&[3.0], &tiny), Err(Error::StepOutOfRange { .. })));
    // Direct differences say what is wrong with it.
    let any = tiny.with_method(Method::Auto);
    assert!(matches!(evaluator.gradient_at(&[3.0], &any), Err(Error::VanishedStep { .. })));
    // Second derivatives have no increments at a step of the caller's own.
    let hessian = evaluator.hessian(array![[3.0]].view(), &incremental(Scheme::Central, 0.5));
    assert!(matches!(hessian, Err(Error::Unsupported { .. })));
}

#[test]
fn another_way_at_the_end_of_the_step_is_noticed() {
    let texts = [
        "if (x(0) < 1.0) { return x(0); } return 5.0 * x(0) - x(1);",
        "return real(i32(4.0 * x(0))) + x(1) * x(0);",
        "if (bool(x(0) - 0.75)) { return x(1); } return 3.0 * x(0);",
        "return select(x(0), 7.0 - x(1), x(0) >= 1.0);",
        "return sqrt(x(0)) + log(x(1));",
    ];
    for engine in engines() {
        for body in texts {
            let f = objective(&format!("fn objective() -> real {{ {body} }}"), 2, None, &[]);
            let mut evaluator = engine.evaluator(&f).unwrap();
            let how = incremental(Scheme::Forward, 0.5);
            let points = array![[0.75, 2.0], [4.0, 2.0]];
            let found = evaluator.gradient(points.view(), &how).unwrap();
            let direct = evaluator.gradient(points.view(), &how.with_method(Method::Direct)).unwrap();
            for (got, want) in found.value.iter().zip(&direct.value) {
                let most = by_precision(&engine, 2e-6, 1e-14);
                assert!((got - want).abs() <= most * want.abs().max(1.0), "{body}: {got} for {want}");
            }
            let turns = !body.contains("sqrt");
            let is_turn = |notice| matches!(notice, Notice::InDoubt { doubt: Doubt::Turn, direct: true });
            assert_eq!(
                found.remarks.iter().any(|remark| remark.axis == Some(0) && is_turn(remark.notice)),
                turns
            );
            assert!(found.remarks.iter().all(|remark| remark.axis == Some(0)), "{body}");
        }
    }
}

#[test]
fn out_of_the_domain_the_point_fails_as_it_does_directly() {
    let f = objective("fn objective() -> real { return log(x(0)) + x(1); }", 2, None, &[]);
    for engine in engines() {
        let mut evaluator = engine.evaluator(&f).unwrap();
        let error = evaluator.gradient_at(&[0.25, 1.0], &incremental(Scheme::Backward, 0.5)).unwrap_err();
        assert!(matches!(error, Error::NonFiniteValue { axis: Some(0), .. }), "{error}");
    }
}
