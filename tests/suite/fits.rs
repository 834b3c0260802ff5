//! Least squares against certified values: NIST's Statistical Reference Datasets (nonlinear regression; public domain), of which BoxBOD and MGH10
//! are of the higher level of difficulty.

use crate::common::{by_precision, engines};
use ndarray::{Array2, array};
use plusminus::{
    DataSet, Engine, ExpressionOptions, LeastSquares, LevenbergMarquardt, MinimumOutcome, Precision,
    Sampling, VectorClosure, WgslObjective,
};

/// A problem with its certified solution.
struct Certified {
    name: &'static str,
    residuals: &'static str,
    y: &'static [f64],
    x: &'static [f64],
    starts: [&'static [f64]; 2],
    parameters: &'static [f64],
    deviations: &'static [f64],
    sum: f64,
}

const PROBLEMS: [Certified; 3] = [
    Certified {
        name: "Misra1a",
        residuals: "x0*(1 - exp(-x1*t)) - y",
        y: &[
            10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78,
        ],
        x: &[77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0],
        starts: [&[500.0, 0.0001], &[250.0, 0.0005]],
        parameters: &[2.3894212918E+02, 5.5015643181E-04],
        deviations: &[2.7070075241E+00, 7.2668688436E-06],
        sum: 1.2455138894E-01,
    },
    Certified {
        name: "BoxBOD",
        residuals: "x0*(1 - exp(-x1*t)) - y",
        y: &[109.0, 149.0, 149.0, 191.0, 213.0, 224.0],
        x: &[1.0, 2.0, 3.0, 5.0, 7.0, 10.0],
        starts: [&[1.0, 1.0], &[100.0, 0.75]],
        parameters: &[2.1380940889E+02, 5.4723748542E-01],
        deviations: &[1.2354515176E+01, 1.0455993237E-01],
        sum: 1.1680088766E+03,
    },
    Certified {
        name: "MGH10",
        residuals: "x0*exp(x1/(t + x2)) - y",
        y: &[
            34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0, 8261.0, 7030.0, 6005.0,
            5147.0, 4427.0, 3820.0, 3307.0, 2872.0,
        ],
        x: &[
            50.0, 55.0, 60.0, 65.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0, 100.0, 105.0, 110.0, 115.0, 120.0,
            125.0,
        ],
        starts: [&[2.0, 400_000.0, 25_000.0], &[0.02, 4000.0, 250.0]],
        parameters: &[5.6096364710E-03, 6.1813463463E+03, 3.4522363462E+02],
        deviations: &[1.5687892471E-04, 2.3309021107E+01, 7.8486103508E-01],
        sum: 8.7945855171E+01,
    },
];

impl Certified {
    fn objective(&self) -> WgslObjective {
        let table = Array2::from_shape_fn((self.x.len(), 2), |(k, j)| [self.x, self.y][j][k]);
        let data = DataSet::new().with_columns(&["t", "y"], table.view()).unwrap();
        let options = ExpressionOptions { data, ..Default::default() };
        WgslObjective::from_expressions_with(&[self.residuals], self.parameters.len(), &options).unwrap()
    }

    fn starts(&self) -> Array2<f64> {
        Array2::from_shape_fn((2, self.parameters.len()), |(k, j)| self.starts[k][j])
    }
}

/// How many digits two numbers have in common.
fn digits(found: f64, want: f64) -> f64 {
    -((found - want) / want).abs().max(1e-17).log10()
}

fn fit(engine: &Engine, problem: &Certified) -> LeastSquares {
    let objective = problem.objective();
    let mut evaluator = engine.evaluator(&objective).unwrap();
    LevenbergMarquardt::new().run(&mut evaluator, problem.starts().view()).unwrap()
}

#[test]
fn certified_digits_from_both_starts() {
    for problem in PROBLEMS {
        let found = fit(&Engine::cpu(Precision::F64), &problem);
        for start in 0..2 {
            let label = format!("{} from start {start}: {}", problem.name, found.outcomes[start]);
            assert!(found.outcomes[start].is_converged(), "{label}");
            let statistics = found.statistics(start, false).unwrap();
            assert_eq!(statistics.degrees_of_freedom, problem.x.len() - problem.parameters.len());
            // Eleven digits are certified.
            for (j, &want) in problem.parameters.iter().enumerate() {
                let got = found.points[[start, j]];
                assert!(digits(got, want) > 10.0, "{label}: parameter {j} is {got:e}, certified {want:e}");
                let (got, want) = (statistics.sigma[j], problem.deviations[j]);
                assert!(digits(got, want) > 8.5, "{label}: deviation {j} is {got:e}, certified {want:e}");
            }
            assert!(digits(statistics.chi_square, problem.sum) > 9.0, "{label}: {:e}", statistics.chi_square);
            assert!(found.calls[start] < 500, "{label}: {} calls", found.calls[start]);
        }
    }
}

#[test]
fn devices_and_single_precision_fit_too() {
    for engine in engines() {
        for problem in &PROBLEMS[..2] {
            let found = fit(&engine, problem);
            for (j, &want) in problem.parameters.iter().enumerate() {
                // In f32 the gradient is off by as much as residuals are rounded: some thousandths of a deviation.
                let off = (found.points[[1, j]] - want).abs();
                let limit = by_precision(&engine, 0.05 * problem.deviations[j], 1e-9 * want.abs());
                assert!(off < limit, "{engine:?} {}: {off:e} {}", problem.name, found.outcomes[1]);
            }
        }
    }
}

#[test]
fn what_is_not_determined_is_said() {
    // Only x0·x1 counts.
    let f = VectorClosure::new(3, 4, |x, out| {
        for (k, r) in out.iter_mut().enumerate() {
            *r = x[0] * x[1] * (k as f64 + 1.0) + x[2] - 3.0 * k as f64 - if k == 2 { 0.1 } else { 0.0 };
        }
    })
    .unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let found = LevenbergMarquardt::new().run(&mut evaluator, array![[1.0, 2.0, 0.0]].view()).unwrap();
    let product = found.points[[0, 0]] * found.points[[0, 1]];
    assert!((product - 3.01).abs() < 1e-9, "{}", found.points);
    let statistics = found.statistics(0, false).unwrap();
    let sigma = &statistics.sigma;
    assert!(sigma[0].is_infinite() && sigma[1].is_infinite() && sigma[2].is_finite(), "{sigma}");
    assert!(found.statistics(1, false).is_err());
}

/// Where residuals are large and Gauss and Newton's steps shrink slowly, digits are not left out: the gradient says so.
#[test]
fn slow_fits_go_on_to_the_digits_of_the_gradient() {
    let table = array![[0.0, 3.4], [1.0, 2.6], [2.0, 1.7], [3.0, 1.5], [4.0, 0.9], [6.0, 0.8], [9.0, 0.6]];
    let data = DataSet::new().with_columns(&["t", "y"], table.view()).unwrap();
    let options = ExpressionOptions { data, ..Default::default() };
    let f = WgslObjective::from_expressions_with(&["2*exp(-t/x0) + x1 - y"], 2, &options).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let found = LevenbergMarquardt::new().run(&mut evaluator, array![[1.0, 0.0]].view()).unwrap();
    assert!(found.outcomes[0].is_converged(), "{}", found.outcomes[0]);
    for j in 0..2 {
        let part = |k: usize| found.jacobians[[0, k, j]] * found.residuals[[0, k]];
        let (slope, size): (f64, f64) = ((0..7).map(part).sum(), (0..7).map(|k| part(k).abs()).sum());
        assert!(slope.abs() < 1e-11 * size, "{slope:e} of {size:e}");
    }
}

#[test]
fn bounds_hold_and_bad_starts_are_named() {
    let problem = &PROBLEMS[0];
    let objective = problem.objective();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&objective).unwrap();
    let bounded = LevenbergMarquardt::new().bounds(&[0.0, 0.0], &[200.0, 1.0]);
    let found = bounded.run(&mut evaluator, array![[100.0, 0.001]].view()).unwrap();
    assert_eq!(found.points[[0, 0]], 200.0);
    assert!(
        found.held[[0, 0]] && !found.held[[0, 1]] && found.outcomes[0].is_converged(),
        "{}",
        found.outcomes[0]
    );
    // The other is the best there: the residuals' derivative along it is orthogonal to them.
    let slope: f64 = (0..14).map(|k| found.jacobians[[0, k, 1]] * found.residuals[[0, k]]).sum();
    let size: f64 = (0..14).map(|k| (found.jacobians[[0, k, 1]] * found.residuals[[0, k]]).abs()).sum();
    assert!(slope.abs() < 1e-9 * size, "{slope:e} of {size:e}");
    let statistics = found.statistics(0, false).unwrap();
    assert!(statistics.sigma[0].is_nan() && statistics.sigma[1] > 0.0 && statistics.degrees_of_freedom == 13);
    // A start without residuals does not harm the other.
    let found =
        LevenbergMarquardt::new().run(&mut evaluator, array![[250.0, -10.0], [250.0, 5e-4]].view()).unwrap();
    assert!(matches!(found.outcomes[0], MinimumOutcome::NoStart { .. }), "{}", found.outcomes[0]);
    assert!(found.outcomes[1].is_converged() && found.sums[0].is_none());
}

#[test]
fn thousands_of_starts_find_the_same_fit() {
    let problem = &PROBLEMS[1];
    let objective = problem.objective();
    let starts = Sampling::Sobol.points(4096, &[50.0, 0.1], &[500.0, 2.0], 3).unwrap();
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&objective).unwrap();
    let found = LevenbergMarquardt::new().run(&mut evaluator, starts.view()).unwrap();
    for (point, outcome) in found.points.rows().into_iter().zip(&found.outcomes) {
        assert!(
            outcome.is_converged() && digits(point[0], problem.parameters[0]) > 9.5,
            "{point}: {outcome}"
        );
    }
}
