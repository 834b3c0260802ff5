//! A derivative of a batch of points, the same for every command: for people, as JSON, in a file.

use std::collections::BTreeMap;
use std::io::Write;

use ndarray::{Array1, Array2, ArrayD, ArrayView2, ArrayViewD, Axis, Dimension};
use plusminus::job::How;
use plusminus::{
    Derivative, Difference, Evaluator, Failure as PointFailure, Gradient, MatrixPointCheck, PointCheck,
    Remark, StepUsed, Verdict,
};
use serde::{Serialize, Serializer};

use crate::args::OutputArgs;
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::text;

/// A derivative, whatever its shape. NaN is what is not known.
pub struct Found {
    pub value: ArrayD<f64>,
    pub error: ArrayD<f64>,
    /// Whether there are error bars: not where steps were given.
    pub has_bars: bool,
    pub step: ArrayD<f64>,
    /// f at the points, if it came along.
    pub values: Option<ArrayD<f64>>,
    pub remarks: Vec<Said>,
    pub failures: Vec<PointFailure>,
    pub evaluations: u64,
    pub seconds: f64,
}

impl<D: Dimension> From<Derivative<D>> for Found {
    fn from(found: Derivative<D>) -> Self {
        let value = found.value.into_dyn();
        let unknown = || value.mapv(|_| f64::NAN);
        Found {
            has_bars: found.error.is_some(),
            error: found.error.map_or_else(unknown, ndarray::Array::into_dyn),
            step: match found.step {
                StepUsed::Each(steps) => steps.into_dyn(),
                // Of a gradient, whose steps follow from its points: below.
                StepUsed::Rule(_) => unknown(),
            },
            values: found.values.map(Array1::into_dyn),
            remarks: found.remarks.iter().map(Said::new).collect(),
            failures: found.failures,
            evaluations: found.evaluations,
            seconds: found.seconds,
            value,
        }
    }
}

impl Found {
    pub fn gradient(gradient: Gradient, points: ArrayView2<'_, f64>) -> Self {
        let step = gradient.steps(points).into_dyn();
        Found { step, ..Found::from(gradient) }
    }
}

/// A remark: where, and what.
#[derive(Serialize)]
pub struct Said {
    pub point: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub axis: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub across: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residual: Option<usize>,
    pub text: String,
    /// The same in a line for people.
    #[serde(skip)]
    line: String,
}

impl Said {
    pub fn new(remark: &Remark) -> Self {
        let Remark { point, axis, across, term: residual, .. } = *remark;
        Said { point, axis, across, residual, text: remark.text(), line: remark.to_string() }
    }

    /// For people.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Something about a coordinate of a point.
    pub fn at(point: usize, axis: usize, text: String) -> Self {
        Said { point, axis: Some(axis), across: None, residual: None, line: String::new(), text }
    }

    fn failed(failure: &PointFailure) -> Self {
        let text = failure.error.to_string();
        let line = format!("failed: {text}");
        Said { point: failure.point, axis: None, across: None, residual: None, text, line }
    }
}

/// What a check says of a claimed gradient.
#[derive(Serialize)]
pub struct Checked {
    pub against: String,
    pub verdict: Verdict,
    pub agree: usize,
    pub disagree: usize,
    pub inconclusive: usize,
    pub checks: Checks,
}

/// Points that were checked.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Checks {
    Gradients(Vec<PointCheck>),
    Matrices(Vec<MatrixPointCheck>),
}

/// A derivative with all that belongs to it: as JSON, the keys are the same for every command.
#[derive(Serialize)]
pub struct Report {
    objective: String,
    #[serde(flatten)]
    how: How,
    /// What it is, and the key of its array: gradient, derivative, hessian, product or jacobian.
    quantity: &'static str,
    /// As they were evaluated.
    points: Nested,
    /// f at the points: of a vector-valued function, its components.
    values: Nested,
    #[serde(flatten)]
    result: BTreeMap<&'static str, Nested>,
    error: Nested,
    step: Nested,
    remarks: Vec<Said>,
    /// Of a gradient that was checked.
    #[serde(flatten)]
    pub checked: Option<Checked>,
    evaluations: u64,
    seconds: f64,
    #[serde(skip)]
    has_bars: bool,
    /// The points that failed.
    #[serde(skip)]
    failed: Vec<usize>,
}

impl Report {
    /// Points that failed are said among the remarks. `difference` is resolved.
    pub fn new(
        quantity: &'static str,
        evaluator: &Evaluator<'_>,
        difference: &Difference,
        points: Array2<f64>,
        values: ArrayD<f64>,
        mut found: Found,
    ) -> Self {
        for failure in &found.failures {
            found.step.index_axis_mut(Axis(0), failure.point).fill(f64::NAN);
            found.remarks.push(Said::failed(failure));
        }
        found.remarks.sort_by_key(|remark| remark.point);
        Report {
            objective: evaluator.objective().name(),
            how: How::new(evaluator, difference),
            quantity,
            points: Nested(points.into_dyn()),
            values: Nested(values),
            result: BTreeMap::from([(quantity, Nested(found.value))]),
            error: Nested(found.error),
            step: Nested(found.step),
            remarks: found.remarks,
            checked: None,
            evaluations: found.evaluations,
            seconds: found.seconds,
            has_bars: found.has_bars,
            failed: found.failures.iter().map(|failure| failure.point).collect(),
        }
    }

    /// For programs.
    pub fn print_json(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        terminal.json(self, self.how.precision)
    }

    /// For people.
    pub fn print(&self, terminal: &mut Terminal) -> Result<(), Failure> {
        writeln!(terminal, "{} {}", self.objective, self.how)?;
        for (point, x) in self.points.0.outer_iter().enumerate() {
            writeln!(terminal, "x = {}", text::vector(x, self.how.precision))?;
            if !self.failed.contains(&point) {
                self.print_point(point, terminal)?;
            }
            for remark in self.remarks.iter().filter(|remark| remark.point == point) {
                writeln!(terminal, "  {}", remark.line)?;
            }
        }
        writeln!(terminal, "{} evaluations in {:.3} ms", self.evaluations, 1e3 * self.seconds)?;
        Ok(())
    }

    fn print_point(&self, point: usize, terminal: &mut Terminal) -> Result<(), Failure> {
        let Report { quantity, values, result, error, step, .. } = self;
        let width = quantity.len();
        let exact = |array: ArrayViewD<'_, f64>| text::vector(array, self.how.precision);
        let [f, value, error, step] =
            [values, &result[quantity], error, step].map(|array| array.0.index_axis(Axis(0), point));
        writeln!(terminal, "  {:width$} = {}", "f", exact(f))?;
        if value.ndim() < 2 {
            writeln!(terminal, "  {quantity} = {}", exact(value))?;
            if self.has_bars {
                writeln!(terminal, "  {:width$} = {}", "error", text::sizes(error))?;
                writeln!(terminal, "  {:width$} = {}", "step", exact(step))?;
            }
            return Ok(());
        }
        write!(terminal, "  {quantity} =\n{}", text::rows(value, exact))?;
        if self.has_bars {
            write!(terminal, "  error =\n{}", text::rows(error, text::sizes))?;
        }
        Ok(())
    }

    /// Saves it, if that is asked for, with what else belongs to it.
    pub fn save(self, output: &OutputArgs, others: &[(&'static str, ArrayD<f64>)]) -> Result<(), Failure> {
        let Some(path) = &output.output else { return Ok(()) };
        let mut arrays = vec![("points", self.points.0), ("values", self.values.0)];
        arrays.extend(self.result.into_iter().map(|(name, array)| (name, array.0)));
        arrays.extend([("error", self.error.0), ("step", self.step.0)]);
        arrays.extend_from_slice(others);
        Ok(plusminus::data::save_arrays(path, self.quantity, &arrays, self.how.precision)?)
    }
}

/// Arrays within arrays; null for what is not finite, and so not known.
struct Nested(ArrayD<f64>);

impl Serialize for Nested {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Rows(self.0.view()).serialize(serializer)
    }
}

struct Rows<'a>(ArrayViewD<'a, f64>);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.ndim() {
            0 => self.0.first().filter(|value| value.is_finite()).serialize(serializer),
            _ => serializer.collect_seq(self.0.outer_iter().map(Rows)),
        }
    }
}
