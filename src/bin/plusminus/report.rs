//! A derivative of a batch of points, the same for every command: for people, as JSON, in a file.

use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::process::ExitCode;

use ndarray::{Array1, Array2, ArrayD, ArrayView2, ArrayViewD, Axis, Dimension};
use plusminus::job::How;
use plusminus::shard::Packed;
use plusminus::{
    Derivative, Difference, Evaluator, Failure as PointFailure, Gradient, MatrixPointCheck, PointCheck,
    Remark, StepUsed, Verdict,
};
use serde::{Deserialize, Serialize, Serializer};

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
    /// Says what failed by the indices of all points, of which these begin there.
    pub fn count_from(&mut self, first: usize) {
        let failures = std::mem::take(&mut self.failures);
        self.failures = failures.into_iter().map(|failure| failure.said_of(first)).collect();
    }

    /// At no points.
    pub fn none() -> Self {
        let nothing = || ArrayD::zeros(vec![0]);
        Found {
            value: nothing(),
            error: nothing(),
            has_bars: false,
            step: nothing(),
            values: Some(nothing()),
            remarks: Vec::new(),
            failures: Vec::new(),
            evaluations: 0,
            seconds: 0.0,
        }
    }

    pub fn gradient(gradient: Gradient, points: ArrayView2<'_, f64>) -> Self {
        let step = gradient.steps(points).into_dyn();
        Found { step, ..Found::from(gradient) }
    }
}

/// A remark: where, and what.
#[derive(Serialize, Deserialize)]
pub struct Said {
    pub point: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub across: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
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

/// A derivative at some of the points, as a part of a whole; indices of points are those within it.
#[derive(Serialize, Deserialize)]
pub struct DerivativePart {
    objective: String,
    how: How,
    quantity: String,
    /// Points, values, the derivative, error bars, steps.
    arrays: [Packed; 5],
    /// With their lines for people.
    remarks: Vec<(String, Said)>,
    evaluations: u64,
    seconds: f64,
    has_bars: bool,
    failed: Vec<usize>,
}

/// A derivative with all that belongs to it: as JSON, the keys are the same for every command.
#[derive(Serialize)]
pub struct Report {
    objective: String,
    #[serde(flatten)]
    how: How,
    /// What it is, and the key of its array: gradient, derivative, hessian, product or jacobian.
    quantity: String,
    /// As they were evaluated.
    points: Nested,
    /// f at the points: of a vector-valued function, its components.
    values: Nested,
    #[serde(flatten)]
    result: BTreeMap<String, Nested>,
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
        quantity: &str,
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
            quantity: quantity.into(),
            points: Nested(points.into_dyn()),
            values: Nested(values),
            result: BTreeMap::from([(quantity.into(), Nested(found.value))]),
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

    /// Prints it, and saves it, if that is asked for. The exit code is 1 if a point failed.
    pub fn tell(self, output: &OutputArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
        if output.format.is_json() {
            self.print_json(terminal)?;
        } else {
            self.print(terminal)?;
        }
        let (failed, points) = (self.failed.len(), self.points.0.shape()[0]);
        self.save(output, &[])?;
        if failed > 0 {
            terminal.error(&format!("{failed} of {points} points failed; their remarks say why"));
        }
        Ok(ExitCode::from(u8::from(failed > 0)))
    }

    /// All of it, as a part of a whole. None of a check.
    pub fn into_part(self) -> DerivativePart {
        let Report { objective, how, quantity, points, values, result, error, step, .. } = self;
        let value = result.into_values().next().map_or_else(|| ArrayD::zeros(vec![0]), |value| value.0);
        DerivativePart {
            objective,
            how,
            quantity,
            arrays: [points.0, values.0, value, error.0, step.0].map(Packed),
            remarks: self.remarks.into_iter().map(|said| (said.line.clone(), said)).collect(),
            evaluations: self.evaluations,
            seconds: self.seconds,
            has_bars: self.has_bars,
            failed: self.failed,
        }
    }

    /// The whole of parts, each with its points; none if they do not fit together.
    pub fn of_parts(parts: Vec<(Range<usize>, DerivativePart)>) -> Option<Report> {
        let (mut remarks, mut failed) = (Vec::new(), Vec::new());
        let (mut evaluations, mut seconds, mut has_bars) = (0, 0.0, false);
        let (mut kept, mut head) = (Vec::new(), None);
        for (range, part) in parts {
            let DerivativePart { objective, how, quantity, arrays, .. } = part;
            // Who has no points knows nothing of shapes.
            if range.is_empty() {
                head.get_or_insert((objective, how, quantity));
                continue;
            }
            if kept.is_empty() {
                head = Some((objective, how, quantity));
            }
            if arrays.iter().any(|array| array.0.shape().first() != Some(&range.len())) {
                return None;
            }
            kept.push(arrays);
            remarks.extend(part.remarks.into_iter().map(|(line, said)| Said {
                point: said.point + range.start,
                line,
                ..said
            }));
            failed.extend(part.failed.iter().map(|point| point + range.start));
            evaluations += part.evaluations;
            seconds += part.seconds;
            has_bars |= part.has_bars;
        }
        let whole = |which: usize| {
            // Where all points failed, shapes may be less than known.
            let full = kept.iter().map(|arrays| arrays[which].0.shape()).max_by_key(|shape| shape.len())?;
            let in_full = |array: &ArrayD<f64>| match array.shape()[1..] == full[1..] {
                false if array.iter().all(|number| number.is_nan()) => {
                    ArrayD::from_elem([&array.shape()[..1], &full[1..]].concat(), f64::NAN)
                }
                _ => array.clone(),
            };
            let all: Vec<ArrayD<f64>> = kept.iter().map(|arrays| in_full(&arrays[which].0)).collect();
            let views: Vec<_> = all.iter().map(|array| array.view()).collect();
            ndarray::concatenate(Axis(0), &views).ok().map(Nested)
        };
        let (objective, how, quantity) = head?;
        Some(Report {
            objective,
            how,
            points: whole(0)?,
            values: whole(1)?,
            result: BTreeMap::from([(quantity.clone(), whole(2)?)]),
            error: whole(3)?,
            step: whole(4)?,
            quantity,
            remarks,
            checked: None,
            evaluations,
            seconds,
            has_bars,
            failed,
        })
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
            [values, &result[quantity.as_str()], error, step].map(|array| array.0.index_axis(Axis(0), point));
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
    pub fn save(self, output: &OutputArgs, others: &[(&str, ArrayD<f64>)]) -> Result<(), Failure> {
        let Some(path) = &output.output else { return Ok(()) };
        let mut arrays = vec![("points", self.points.0), ("values", self.values.0)];
        let quantity = self.quantity;
        arrays.extend(self.result.into_values().map(|array| (quantity.as_str(), array.0)));
        arrays.extend([("error", self.error.0), ("step", self.step.0)]);
        arrays.extend_from_slice(others);
        Ok(plusminus::data::save_arrays(path, &quantity, &arrays, self.how.precision)?)
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
