//! How accurate chosen steps are, and how honest their error bars, on test functions with analytic derivatives: what
//! `examples/accuracy` prints and `tests/suite/accuracy.rs` holds to bounds.

use ndarray::{Array, Array2, Axis, RemoveAxis};
use plusminus::{Derivative, Difference, Engine, Method, ShaderOptions, WgslObjective};

use super::{expression_cases, problems};

/// Chosen steps: increments would take over.
fn direct() -> Difference {
    Difference::default().with_method(Method::Direct)
}

type Gradient = Box<dyn Fn(&[f64]) -> Vec<f64>>;

/// A function and where it is differenced.
pub struct Case {
    pub name: String,
    pub objective: WgslObjective,
    pub gradient: Gradient,
    /// `[point, n]`, numbers of f32.
    pub points: Array2<f64>,
}

/// Around the given point, and that itself: numbers of f32, so that every precision works on the same.
fn around(x: &[f64], spread: f64, count: usize) -> Array2<f64> {
    Array2::from_shape_fn((count, x.len()), |(point, axis)| {
        let turn = (1.7 * point as f64 + 2.3 * axis as f64).sin();
        f64::from((x[axis] + if point == 0 { 0.0 } else { spread * turn * x[axis].abs().max(0.1) }) as f32)
    })
}

/// The smooth functions of argmin_testfunctions, and the problems of Moré, Garbow and Hillstrom.
pub fn cases() -> Result<Vec<Case>, plusminus::Error> {
    let mut cases = Vec::new();
    for expression_cases::Case { name, text, gradient, x, .. } in expression_cases::cases() {
        // e^100 on the way, beyond f32; and a function without a gradient to be relative to.
        if matches!(name, "cross_in_tray" | "zero") {
            continue;
        }
        let objective = WgslObjective::from_expression(text, x.len())?;
        let gradient = Box::new(gradient) as Gradient;
        cases.push(Case { name: name.into(), objective, gradient, points: around(&x, 0.1, 5) });
    }
    for problem in problems::all() {
        let options =
            ShaderOptions { data: problem.data.to_vec(), terms: problem.terms, ..Default::default() };
        let name = format!("{}.wgsl", problem.name);
        let objective = WgslObjective::new(&name, problem.source, problem.start.len(), options)?;
        let points = around(&problem.start, 0.03, 3);
        let gradient = Box::new(problem.gradient) as Gradient;
        cases.push(Case { name: problem.name.into(), objective, gradient, points });
    }
    Ok(cases)
}

/// What was found at the points of a case, or of many.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// max |d - d*| / max |d*| over the components of a derivative, one a point.
    pub errors: Vec<f64>,
    /// Components, those within their error bars, and how many times as wide as the error the bars are.
    pub components: usize,
    pub covered: usize,
    pub widths: Vec<f64>,
    pub evaluations: u64,
}

impl Found {
    /// Takes the components of a derivative at a point, their error bars and what they should be.
    pub fn take(&mut self, got: &[f64], bars: &[f64], want: &[f64]) {
        let largest = want.iter().fold(0.0, |m: f64, d| m.max(d.abs()));
        let off = |i: usize| (got[i] - want[i]).abs();
        self.errors.push(
            (0..want.len()).map(off).fold(0.0, |m: f64, e| if e > m || e.is_nan() { e } else { m }) / largest,
        );
        for i in 0..want.len() {
            self.components += 1;
            // The analytic derivative has an error of its own.
            self.covered += usize::from(off(i) <= bars[i] + f64::EPSILON * largest);
            if off(i) > 0.0 {
                self.widths.push(bars[i] / off(i));
            }
        }
    }

    /// Takes what was found at one point of a batch.
    fn take_point<D: RemoveAxis>(&mut self, got: &Derivative<D>, point: usize, want: &[f64]) {
        let at = |all: &Array<f64, D>| all.index_axis(Axis(0), point).iter().copied().collect::<Vec<_>>();
        self.take(&at(&got.value), &got.error.as_ref().map(at).unwrap_or_default(), want);
    }

    pub fn add(&mut self, other: Found) {
        self.errors.extend(other.errors);
        self.widths.extend(other.widths);
        self.components += other.components;
        self.covered += other.covered;
        self.evaluations += other.evaluations;
    }

    pub fn largest(&self) -> f64 {
        self.errors.iter().fold(0.0, |m: f64, &e| if e > m || e.is_nan() { e } else { m })
    }

    pub fn coverage(&self) -> f64 {
        self.covered as f64 / self.components as f64
    }
}

/// The gradients of a case.
pub fn gradients(case: &Case, engine: &Engine) -> Result<Found, plusminus::Error> {
    let mut evaluator = engine.evaluator(&case.objective)?;
    let got = evaluator.gradient(case.points.view(), &direct())?;
    let mut found = Found { evaluations: got.evaluations, ..Default::default() };
    for (point, x) in case.points.rows().into_iter().enumerate() {
        found.take_point(&got, point, &(case.gradient)(&x.to_vec()));
    }
    Ok(found)
}

/// Second derivatives of the functions of argmin_testfunctions, and a Jacobian of them all: what it is, and what was found.
pub fn beyond(engine: &Engine) -> Result<Vec<(&'static str, Found)>, plusminus::Error> {
    let (mut along, mut hessians, mut products) = (Found::default(), Found::default(), Found::default());
    let cases = expression_cases::cases();
    // Beyond f32, or without a derivative to be relative to.
    for case in cases.iter().filter(|case| !matches!(case.name, "cross_in_tray" | "zero")) {
        let objective = WgslObjective::from_expression(case.text, case.x.len())?;
        let points = around(&case.x, 0.05, 3);
        let n = case.x.len();
        let v =
            Array2::from_shape_fn(points.dim(), |(point, axis)| [1.0, -0.5, 0.25, 2.0][(point + axis) % 4]);
        let mut evaluator = engine.evaluator(&objective)?;
        let how = direct();
        let slopes = evaluator.directional(points.view(), v.view(), &how)?;
        let curvatures = evaluator.hessian(points.view(), &how)?;
        let changes = evaluator.hessian_product(points.view(), v.view(), &how)?;
        along.evaluations += slopes.evaluations;
        hessians.evaluations += curvatures.evaluations;
        products.evaluations += changes.evaluations;
        for (point, x) in points.rows().into_iter().enumerate() {
            let (gradient, hessian) = ((case.gradient)(&x.to_vec()), (case.hessian)(&x.to_vec()));
            let times = |row: &[f64]| row.iter().zip(v.row(point)).map(|(a, v)| a * v).sum::<f64>();
            // Relative to the gradient: a slope may be next to nothing along a direction.
            let size = gradient.iter().zip(v.row(point)).map(|(g, v)| (g * v).abs()).sum::<f64>();
            along.take_point(&slopes, point, &[times(&gradient)]);
            if let Some(last) = along.errors.last_mut() {
                *last *= times(&gradient).abs() / size;
            }
            hessians.take_point(&curvatures, point, &hessian.concat());
            let want: Vec<f64> = (0..n).map(|i| times(&hessian[i])).collect();
            products.take_point(&changes, point, &want);
        }
    }
    let planar: Vec<_> =
        cases.iter().filter(|c| c.x.len() == 2 && !matches!(c.name, "cross_in_tray" | "zero")).collect();
    let texts: Vec<&str> = planar.iter().map(|case| case.text).collect();
    let vector = WgslObjective::from_expressions(&texts, 2)?;
    let points = around(&[0.7, 0.4], 0.3, 4);
    let got = engine.evaluator(&vector)?.jacobian(points.view(), &direct())?;
    let bars = got.error.unwrap_or_default();
    let mut jacobians = Found { evaluations: got.evaluations, ..Default::default() };
    for (point, x) in points.rows().into_iter().enumerate() {
        for (k, case) in planar.iter().enumerate() {
            let row = |m: &ndarray::Array3<f64>| [m[[point, k, 0]], m[[point, k, 1]]];
            jacobians.take(&row(&got.value), &row(&bars), &(case.gradient)(&x.to_vec()));
        }
    }
    Ok(vec![
        ("directional derivatives", along),
        ("Hessians", hessians),
        ("Hessian-vector products", products),
        ("a Jacobian of the planar functions", jacobians),
    ])
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.retain(|value| !value.is_nan());
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
