//! Comparisons, lists, names, data and matrices: values and gradients on every engine, against Rust.

use ndarray::{array, aview1};
use plusminus::{DataSet, Difference, Error, ExpressionOptions, Objective, WgslObjective};

use crate::common::{by_precision, engines, point};

const T: [f64; 5] = [0.0, 0.5, 1.0, 2.0, 3.5];
const Y: [f64; 5] = [2.9, 2.0, 1.4, 0.9, 0.6];
const A: [[f64; 3]; 2] = [[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]];
const B: [f64; 2] = [0.5, -1.5];

/// A table with the columns t and y, a matrix A and a vector b.
fn given() -> ExpressionOptions {
    let table = ndarray::stack![ndarray::Axis(1), aview1(&T), aview1(&Y)];
    let data = DataSet::new().with_columns(&["t", "y"], table.view()).unwrap();
    let data = data.with_array("A", ndarray::arr2(&A).view()).with_array("b", aview1(&B));
    ExpressionOptions { data, values: vec![("k".into(), 1.5)] }
}

/// A text, its value and its gradient.
type Case = (&'static str, fn(&[f64]) -> f64, fn(&[f64]) -> Vec<f64>);

fn decay(x: &[f64]) -> f64 {
    T.iter().zip(Y).map(|(t, y)| (x[0] * (-t / x[1]).exp() + x[2] - y).powi(2)).sum()
}

fn decay_slopes(x: &[f64]) -> Vec<f64> {
    let mut slopes = vec![0.0; 3];
    for (t, y) in T.iter().zip(Y) {
        let e = (-t / x[1]).exp();
        let r = 2.0 * (x[0] * e + x[2] - y);
        slopes[0] += r * e;
        slopes[1] += r * x[0] * e * t / (x[1] * x[1]);
        slopes[2] += r;
    }
    slopes
}

fn residuals(x: &[f64]) -> [f64; 2] {
    [0, 1].map(|i| A[i].iter().zip(x).map(|(a, x)| a * x).sum::<f64>() - B[i])
}

fn least_squares(x: &[f64]) -> f64 {
    residuals(x).iter().map(|r| r * r).sum()
}

fn least_squares_slopes(x: &[f64]) -> Vec<f64> {
    let r = residuals(x);
    (0..3).map(|j| 2.0 * (r[0] * A[0][j] + r[1] * A[1][j])).collect()
}

/// At (1.25, 2, 0.75).
#[rustfmt::skip]
fn cases() -> Vec<Case> {
    vec![
        ("sum((x0*exp(-t/x1) + x2 - y)^2)", decay, decay_slopes),
        ("r = x0*exp(-t/x1) + x2 - y; dot(r, r)", decay, decay_slopes),
        ("r = x0*exp(-data.t/x1) + x2 - data[1:10:2]; r @ r", decay, decay_slopes),
        ("mean((x0*exp(-t/x1) + x2 - y)^2)*len(t)", decay, decay_slopes),
        ("sum((A @ x - b)^2)", least_squares, least_squares_slopes),
        ("(A[0] @ x - b[0])^2 + (sum(A[1,:]*x) - b[-1])^2", least_squares, least_squares_slopes),
        ("r = x @ A.T - b; r @ r", least_squares, least_squares_slopes),
        ("r = A @ x - b; r[0]^2 + sum(r[1:]^2)", least_squares, least_squares_slopes),
        // Kept between two products: Aᵀ(Ax).
        ("x @ (A.T @ (A @ x))",
            |x| A.iter().map(|a| a.iter().zip(x).map(|(a, x)| a * x).sum::<f64>().powi(2)).sum(),
            |x| (0..3).map(|j| 2.0 * A.iter().map(|a| a.iter().zip(x).map(|(a, x)| a * x).sum::<f64>() * a[j]).sum::<f64>()).collect()),
        ("sum(A[:,0]*x[:2])*A[1,1] + A[:,1:][0,1]", |x| 3.0 * (x[0] + 0.25 * x[1]) + 0.5, |_| vec![3.0, 0.75, 0.0]),
        ("where(x0 > 1, x0^2, x1)", |x| x[0] * x[0], |x| vec![2.0 * x[0], 0.0, 0.0]),
        ("where(x0 > 1 and not (x1 >= 3 or x2 == 7), x0*x1, 5)", |x| x[0] * x[1], |x| vec![x[1], x[0], 0.0]),
        ("where(x0 != x1 and x0 <= 3, x2^3, 1)", |x| x[2].powi(3), |x| vec![0.0, 0.0, 3.0 * x[2] * x[2]]),
        // The branch that is not taken has no value here.
        ("where(x0 < 0, log(-x0), x0)", |x| x[0], |_| vec![1.0, 0.0, 0.0]),
        ("sum(where(x < 1, x^2, 3*x))", |x| 3.0 * (x[0] + x[1]) + x[2] * x[2], |x| vec![3.0, 3.0, 2.0 * x[2]]),
        ("sum([1, x0, 3]*x) + [x1, 5][0]^2", |x| x[0] + x[0] * x[1] + 3.0 * x[2] + x[1] * x[1],
            |x| vec![1.0 + x[1], x[0] + 2.0 * x[1], 3.0]),
        ("v = [x0, x1^2, 2][1:]; sum(v^2)", |x| x[1].powi(4) + 4.0, |x| vec![0.0, 4.0 * x[1].powi(3), 0.0]),
        ("(x^2)[::2][1] + (i*x)[2]", |x| x[2] * x[2] + 2.0 * x[2], |x| vec![0.0, 0.0, 2.0 * x[2] + 2.0]),
        ("k*x0 + sum(data(2*i)*x)", |x| 1.5 * x[0] + 0.5 * x[1] + x[2], |_| vec![1.5, 0.5, 1.0]),
        ("clamp(x0, 0, 1) + clip(x1, -1, 3) + trunc(x2 + 1) + fract(x2)", |x| 1.0 + x[1] + 1.0 + x[2], |_| vec![0.0, 1.0, 1.0]),
        ("mod(x0, 0.5) + mod(-x1, 3*x2)", |x| x[0] - 1.0 + 3.0 * x[2] - x[1], |_| vec![1.0, -1.0, 3.0]),
        ("a = 2; c = x0^2; a*c", |x| 2.0 * x[0] * x[0], |x| vec![4.0 * x[0], 0.0, 0.0]),
    ]
}

#[test]
fn values_and_gradients_on_every_engine() {
    let (x, options) = ([1.25, 2.0, 0.75], given());
    let points = point(&x);
    for (text, value, gradient) in cases() {
        let f = WgslObjective::from_expression_with(text, 3, &options)
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        let (want, slopes) = (value(&x), gradient(&x));
        for engine in engines() {
            let mut evaluator = engine.evaluator(&f).unwrap();
            let bound = by_precision(&engine, 4e-6, 1e-14)
                * slopes.iter().fold(want.abs().max(1.0), |a: f64, g| a.max(g.abs()));
            let found = evaluator.value_and_gradient(points.view(), &Difference::default()).unwrap();
            let got = found.values.as_ref().unwrap()[0];
            assert!((got - want).abs() <= bound, "{text} on {engine:?}: {got} for {want}\n{}", f.text());
            for (got, want) in found.value.iter().zip(&slopes) {
                assert!(
                    (got - want).abs() <= bound,
                    "{text} on {engine:?}: {} for {slopes:?}\n{}",
                    found.value,
                    f.text()
                );
            }
        }
    }
}

/// A sum over data has its elements as terms; one that needs other sums has not.
#[test]
fn sums_over_data_are_terms() {
    let terms = |text| WgslObjective::from_expression_with(text, 3, &given()).unwrap().terms();
    for (text, expected) in [
        ("sum((x0*t - y)^2)", 5),
        ("2*sum((x0*t - y)^2)", 5),
        ("mean((x0*t - y)^2)", 5),
        ("-sum((x0*t - y)^2)", 5),
        ("sum((A @ x - b)^2)", 2),
        ("sum((x0*t - y)^2) + x1^2", 1),
        ("sum((t - mean(t))^2)*x0", 1),
        ("sum(x^2)", 1),
    ] {
        assert_eq!(terms(text), expected, "{text}");
    }
    // A Jacobian has them all.
    let f = WgslObjective::from_expressions_with(&["x0*t - y", "x0; x1"], 3, &given()).unwrap();
    assert_eq!(f.terms(), 7);
    let names = WgslObjective::from_expressions_with(&["a = 2*x0", "a^2"], 1, &given());
    assert!(names.is_err());
    assert_eq!(
        WgslObjective::from_expressions_with(&["a = 2*x0; a", "a^2"], 1, &given()).unwrap().terms(),
        2
    );
}

fn report(text: &str, options: &ExpressionOptions) -> String {
    WgslObjective::from_expression_with(text, 3, options).err().unwrap().to_string()
}

/// What is wrong with names from outside is said.
#[test]
fn names_that_clash_or_are_missing() {
    let options = given();
    for (text, says) in [
        ("A", "the value is a matrix of 2 x 3 numbers"),
        ("sum(A)", "`sum` takes no matrix, and this is a matrix of 2 x 3 numbers: A @ v is a vector"),
        ("A @ A", "a product of two matrices is a matrix"),
        (
            "sum(A @ t)",
            "between a matrix of 2 x 3 numbers and a vector of 5 numbers: the inner lengths must be the same",
        ),
        ("t.T", "`.T` turns a matrix over, and `t` is a vector of 5 numbers"),
        ("sum(tt*x0)", "there is no `tt`; did you mean `t`?\n    named: k, t, y, A, b"),
        ("data.z", "nothing in the data is called `z`; there are t, y, A, b"),
        ("data[:,0]", "the data are not one table"),
        ("data(99)", "data(99) is none of the data, which are data(0) to data(17)"),
        ("sum(data(9*i))", "data(18) is read here, and there are data(0) to data(17)"),
        ("sum(data(x))", "data(…) takes a whole number, or whole numbers made of i"),
        ("t = 3; t", "`t` is a name of the data: take another name"),
        ("k = 3; k", "`k` has been given a value from outside"),
        ("A[2,0]", "there are 2 elements, 0 to 1"),
    ] {
        let report = report(text, &options);
        assert!(report.contains(says), "{text}: {report}");
    }
    // A column with a name of the language has to be asked for.
    let table = array![[1.0, 2.0], [3.0, 4.0]];
    let data = DataSet::new().with_columns(&["x", "y"], table.view()).unwrap();
    let options = ExpressionOptions { data, values: Vec::new() };
    assert!(
        report("sum(x*y)", &options)
            .contains("`x` is a name of the language and one of the data: write data.x")
    );
    let f = WgslObjective::from_expression_with("sum(data.x*y)*x0", 1, &options).unwrap();
    assert_eq!(f.value(&[1.0]), 14.0);
    // Two of a name.
    let twice = options.data.clone().with(options.data.clone());
    let options = ExpressionOptions { data: twice, values: Vec::new() };
    assert!(report("sum(y)", &options).contains("`y` is the name of several arrays"));
    for (name, value, says) in [
        ("sin", 1.0, "has a meaning in expressions"),
        ("2a", 1.0, "cannot be a name"),
        ("a", f64::NAN, "a number must be finite"),
    ] {
        let options = ExpressionOptions { data: DataSet::new(), values: vec![(name.into(), value)] };
        let error = WgslObjective::from_expression_with("x0", 1, &options).err().unwrap();
        assert!(matches!(error, Error::Usage { .. }) && error.to_string().contains(says), "{error}");
    }
}

/// Rows of data say how many terms there are.
#[test]
fn terms_follow_the_rows() {
    let text = "fn residual(k: u32) -> real { return x(0) * data(2u*k) - data(2u*k + 1u); }";
    let table = array![[1.0, 2.0], [2.0, 4.5], [3.0, 5.5]];
    let data = DataSet::new().with_columns(&["t", "y"], table.view()).unwrap();
    assert_eq!(data.rows(), Some(3));
    let f = WgslObjective::new("r.wgsl", text, 1, data.clone().into()).unwrap();
    assert_eq!((f.terms(), f.value(&[2.0])), (3, 0.5));
    // Files with other numbers of rows say nothing.
    let more = data.with_array("b", aview1(&B));
    assert_eq!(more.rows(), None);
    let error = WgslObjective::new("r.wgsl", text, 1, more.into()).err().unwrap();
    assert!(error.to_string().contains("say how many residuals"), "{error}");
}
