//! Jacobians and Hessians that somebody claims, entry by entry.

use std::collections::HashMap;
use std::time::Instant;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, Ix3};
use serde::Serialize;

use super::{Judged, Tolerance, Verdict, diagnosis, judge, report, worst};
use crate::difference::{Bars, Derivative, Difference, Failure, Notice, OnFailure, StepUsed};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

/// One entry of a claimed Jacobian or Hessian, compared.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EntryCheck {
    /// The component of the function, or the first coordinate.
    pub row: usize,
    /// The coordinate.
    pub column: usize,
    /// What is claimed.
    pub claimed: f64,
    /// What differences found.
    pub numerical: f64,
    /// How far that may be off; `null` in JSON if nothing is known.
    #[serde(serialize_with = "report::finite")]
    pub error: f64,
    /// The step it was found at.
    #[serde(serialize_with = "report::finite")]
    pub step: f64,
    /// Whether both agree.
    pub verdict: Verdict,
    /// The slopes from the left and from the right, where they differ.
    pub kink: Option<[f64; 2]>,
    /// What was noticed, in words.
    pub remarks: Vec<String>,
    #[serde(skip)]
    letter: char,
}

impl EntryCheck {
    /// `J[0, 1]` or `H[0, 1]`.
    pub(super) fn name(&self) -> String {
        format!("{}[{}, {}]", self.letter, self.row, self.column)
    }
}

/// The matrix claimed at one point, compared.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MatrixPointCheck {
    /// Index of the point in the batch.
    pub point: usize,
    /// The point, as it was evaluated.
    pub x: Vec<f64>,
    /// The entries, row by row.
    pub entries: Vec<EntryCheck>,
    /// In one line, what is wrong and where.
    pub diagnosis: String,
}

impl MatrixPointCheck {
    /// The worst verdict of any entry.
    pub fn verdict(&self) -> Verdict {
        worst(self.entries.iter().map(|entry| entry.verdict))
    }
}

/// Claimed Jacobians or Hessians, compared at a batch of points. Its `Display` is a report.
///
/// ```
/// use plusminus::{Closure, Engine, Precision, Tolerance};
/// let f = Closure::new(2, |x| x[0] * x[0] * x[1])?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let x = ndarray::array![[2.0, 3.0]];
/// let claimed = ndarray::array![[[6.0, 4.0], [4.0, 1.0]]];
/// let check = evaluator.check_hessian(x.view(), claimed.view(), &Tolerance::default())?;
/// assert!(!check.is_right() && check.to_string().contains("only H[1, 1] is wrong"));
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct MatrixCheck {
    /// The points that were checked.
    pub points: Vec<MatrixPointCheck>,
    /// The points that could not be checked, and why.
    #[serde(serialize_with = "report::failures")]
    pub failures: Vec<Failure>,
    /// Evaluations of the objective.
    pub evaluations: u64,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
}

impl MatrixCheck {
    /// As [`Check::is_right`](super::Check::is_right).
    pub fn is_right(&self) -> bool {
        self.failures.is_empty() && self.points.iter().all(|point| point.verdict() != Verdict::Disagrees)
    }

    /// How many entries have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.points.iter().flat_map(|point| &point.entries).filter(|entry| entry.verdict == verdict).count()
    }
}

/// Which matrix.
#[derive(Clone, Copy, PartialEq)]
enum Matrix {
    Jacobian,
    Hessian,
}

impl Matrix {
    fn said(self, notice: Notice) -> String {
        if self == Matrix::Hessian { notice.of_second() } else { notice.to_string() }
    }
}

impl Evaluator<'_> {
    /// Compares `claimed`, Jacobians of the selected terms of shape `[batch, terms, n]`, with those by differences
    /// ([`jacobian`](Self::jacobian)) at `points` of shape `[batch, n]`, entry by entry.
    ///
    /// # Errors
    /// As [`check_within`](Self::check_within).
    pub fn check_jacobian(
        &mut self,
        points: ArrayView2<'_, f64>,
        claimed: ArrayView3<'_, f64>,
        tolerance: &Tolerance,
    ) -> Result<MatrixCheck> {
        self.check_matrix(Matrix::Jacobian, points, claimed, tolerance)
    }

    /// The same of Hessians of shape `[batch, n, n]`.
    ///
    /// # Errors
    /// As [`check_within`](Self::check_within).
    pub fn check_hessian(
        &mut self,
        points: ArrayView2<'_, f64>,
        claimed: ArrayView3<'_, f64>,
        tolerance: &Tolerance,
    ) -> Result<MatrixCheck> {
        self.check_matrix(Matrix::Hessian, points, claimed, tolerance)
    }

    fn check_matrix(
        &mut self,
        what: Matrix,
        points: ArrayView2<'_, f64>,
        claimed: ArrayView3<'_, f64>,
        tolerance: &Tolerance,
    ) -> Result<MatrixCheck> {
        tolerance.check()?;
        let begin = Instant::now();
        let certain = Difference::default().with_bars(Bars::Certain).with_on_failure(OnFailure::Skip);
        let mut found = self.matrix(what, points, &certain)?;
        let (batch, rows, n) = found.value.dim();
        if claimed.dim() != (batch, rows, n) {
            return Err(Error::usage(format!(
                "the claimed matrices have the shape {:?}, but those of `{}` at these points {:?}",
                claimed.dim(),
                self.objective().name(),
                found.value.dim()
            )));
        }
        if let Some(((point, row, column), value)) =
            claimed.indexed_iter().find(|(_, value)| !value.is_finite())
        {
            return Err(Error::usage(format!(
                "the claimed matrix is {value} at [{row}, {column}] of point {point}: there is nothing to compare; correct \
                 it there, or leave the point out"
            )));
        }
        if found.failures.len() == batch {
            return Err(found.failures.swap_remove(0).error);
        }
        let (change, made) = self.change(what, points, &found)?;
        found.evaluations += made;
        let values = self.sizes(what, points, &found)?;
        let x = self.rounded(points);
        let mut remarks: HashMap<(usize, usize, usize), Vec<Notice>> = HashMap::new();
        for remark in &found.remarks {
            let (Some(axis), Some(other)) = (remark.axis, remark.across.or(remark.term)) else { continue };
            let places = match what {
                Matrix::Jacobian => vec![(remark.point, other, axis)],
                Matrix::Hessian if axis == other => vec![(remark.point, axis, axis)],
                Matrix::Hessian => vec![(remark.point, axis, other), (remark.point, other, axis)],
            };
            places.into_iter().for_each(|place| remarks.entry(place).or_default().push(remark.notice));
        }
        let has_failed = |point: usize| found.failures.iter().any(|failure| failure.point == point);
        let checked = (0..batch).filter(|&point| !has_failed(point)).map(|point| {
            let numerical = found.value.index_axis(Axis(0), point);
            let all = numerical.iter().fold(0.0f64, |most, entry| most.max(entry.abs()));
            let entry = |row: usize, column: usize| {
                let place = [point, row, column];
                let noticed = remarks.get(&(point, row, column)).map_or(&[][..], Vec::as_slice);
                let kink = noticed.iter().find_map(|notice| match *notice {
                    Notice::Kink { left, right } => Some([left, right]),
                    _ => None,
                });
                let numerical = found.value[place];
                let error = found.error.as_ref().map_or(f64::INFINITY, |error| error[place]);
                let half = |[left, right]: [f64; 2]| (right - left).abs() / 2.0;
                let of_row = || {
                    found.value.index_axis(Axis(0), point).row(row).fold(0.0f64, |most, e| most.max(e.abs()))
                };
                let size = |axis: usize| x[[point, axis]].abs().max(1.0);
                let (largest, size) = match what {
                    Matrix::Jacobian => (of_row(), values[[point, row]] / size(column)),
                    Matrix::Hessian => (all, values[[point, 0]] / size(row) / size(column)),
                };
                let judged = Judged {
                    claimed: claimed[place],
                    numerical,
                    error,
                    kink: kink.map(|sides| (sides, (error - half(sides)).max(0.0))),
                    largest,
                    size,
                    change: change[place],
                    epsilon: self.precision().epsilon(),
                    tolerance: *tolerance,
                };
                EntryCheck {
                    row,
                    column,
                    claimed: claimed[place],
                    numerical,
                    error,
                    step: match &found.step {
                        StepUsed::Each(steps) => steps[place],
                        StepUsed::Rule(step) => step.at(x[[point, column]]),
                    },
                    verdict: judge(&judged),
                    kink,
                    remarks: noticed.iter().map(|notice| what.said(*notice)).collect(),
                    letter: if what == Matrix::Hessian { 'H' } else { 'J' },
                }
            };
            let entries: Vec<EntryCheck> = (0..rows)
                .flat_map(|row| (0..n).map(move |column| (row, column)))
                .map(|(r, c)| entry(r, c))
                .collect();
            let x = x.row(point).to_vec();
            let compared: Vec<diagnosis::Compared> = entries.iter().map(Into::into).collect();
            let mut diagnosis = match is_transposed(&entries) {
                true => "wrong: the matrix is transposed, rows for columns".into(),
                false => diagnosis::diagnose(&x, &compared),
            };
            if what == Matrix::Hessian
                && let Some((i, j)) = asymmetric(claimed.index_axis(Axis(0), point))
            {
                diagnosis += &format!(
                    "; the claimed Hessian is not symmetric: {:e} at [{i}, {j}], {:e} at [{j}, {i}]",
                    claimed[[point, i, j]],
                    claimed[[point, j, i]]
                );
            }
            MatrixPointCheck { point, x, entries, diagnosis }
        });
        let points = checked.collect();
        Ok(MatrixCheck {
            points,
            failures: std::mem::take(&mut found.failures),
            evaluations: found.evaluations,
            seconds: begin.elapsed().as_secs_f64(),
        })
    }

    fn matrix(
        &mut self,
        what: Matrix,
        points: ArrayView2<'_, f64>,
        how: &Difference,
    ) -> Result<Derivative<Ix3>> {
        match what {
            Matrix::Jacobian => self.jacobian(points, how),
            Matrix::Hessian => self.hessian(points, how),
        }
    }

    /// |f| of each row, or of f itself, at the points; 0 where it is not known.
    fn sizes(
        &mut self,
        what: Matrix,
        points: ArrayView2<'_, f64>,
        found: &Derivative<Ix3>,
    ) -> Result<Array2<f64>> {
        let (batch, rows, _) = found.value.dim();
        let mut sizes = Array2::zeros((batch, if what == Matrix::Hessian { 1 } else { rows }));
        let good: Vec<usize> =
            (0..batch).filter(|point| found.failures.iter().all(|failure| failure.point != *point)).collect();
        let own = points.select(Axis(0), &good);
        let values = match what {
            Matrix::Jacobian => self.terms(own.view())?,
            Matrix::Hessian => self.values(own.view())?.insert_axis(Axis(1)),
        };
        for (&point, values) in good.iter().zip(values.rows()) {
            sizes.row_mut(point).iter_mut().zip(values).for_each(|(size, value)| *size = value.abs());
        }
        Ok(sizes)
    }

    /// How much entries change over the size of the coordinates, which is what roundings of these make of a claim: by how much
    /// they change when all coordinates are moved by a small part of themselves, in one direction and in another.
    fn change(
        &mut self,
        what: Matrix,
        points: ArrayView2<'_, f64>,
        found: &Derivative<Ix3>,
    ) -> Result<(Array3<f64>, u64)> {
        let part = match self.precision() {
            Precision::F32 => 2f64.powi(-8),
            Precision::F64 => 2f64.powi(-16),
        };
        let how = Difference::default().with_bars(Bars::Off).with_on_failure(OnFailure::Skip);
        let (mut change, mut evaluations) = (Array3::zeros(found.value.raw_dim()), 0);
        for signs in [[1.0, 1.0], [1.0, -1.0]] {
            let mut moved = self.rounded(points);
            moved.indexed_iter_mut().for_each(|((_, axis), x)| *x *= 1.0 + signs[axis % 2] * part);
            // Where there is nothing to compare with, nothing is known to change.
            let Ok(other) = self.matrix(what, moved.view(), &how) else { continue };
            evaluations += other.evaluations;
            for ((change, here), there) in change.iter_mut().zip(&found.value).zip(&other.value) {
                // NaN of points that failed is dropped.
                *change = f64::max(*change, (there - here).abs() / part);
            }
        }
        Ok((change, evaluations))
    }
}

/// Whether all that is wrong would be right in the transposed place, and nothing else is.
fn is_transposed(entries: &[EntryCheck]) -> bool {
    let mut wrong = entries.iter().filter(|entry| entry.verdict == Verdict::Disagrees).peekable();
    let at =
        |row: usize, column: usize| entries.iter().find(|other| (other.row, other.column) == (row, column));
    let is_there = |entry: &EntryCheck| {
        at(entry.column, entry.row).is_some_and(|other| {
            let apart = (entry.claimed - other.numerical).abs();
            apart <= (3.0 * other.error).max(1e-3 * other.numerical.abs())
        })
    };
    wrong.peek().is_some() && wrong.all(|entry| entry.row != entry.column && is_there(entry))
}

/// The first pair of entries that differ by more than their roundings may.
fn asymmetric(claimed: ArrayView2<'_, f64>) -> Option<(usize, usize)> {
    let n = claimed.nrows();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    pairs.into_iter().find(|&(i, j)| {
        let (a, b) = (claimed[[i, j]], claimed[[j, i]]);
        (a - b).abs() > 1e-3 * a.abs().max(b.abs())
    })
}
