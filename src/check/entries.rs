//! Gets the Jacobians or Hessians that claimed ones are compared with.

use std::collections::HashMap;
use std::time::Instant;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, Ix3};

use super::matrix::{EntryCheck, MatrixCheck, MatrixPointCheck};
use super::{Judged, Tolerance, Verdict, diagnosis, judge};
use crate::difference::{Bars, Derivative, Difference, Notice, OnFailure, StepUsed};
use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

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
        let mut has_failed = vec![false; batch];
        found.failures.iter().for_each(|failure| has_failed[failure.point] = true);
        let good: Vec<usize> = (0..batch).filter(|&point| !has_failed[point]).collect();
        let values = self.sizes(what, points, &good, rows)?;
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
        let checked = good.into_iter().map(|point| {
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

    /// |f| of each row, or of f itself, at the good ones of the points; 0 at others.
    fn sizes(
        &mut self,
        what: Matrix,
        points: ArrayView2<'_, f64>,
        good: &[usize],
        rows: usize,
    ) -> Result<Array2<f64>> {
        let mut sizes = Array2::zeros((points.nrows(), if what == Matrix::Hessian { 1 } else { rows }));
        let own = points.select(Axis(0), good);
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
    // They stand row by row.
    let (rows, columns) = entries.last().map_or((0, 0), |last| (last.row + 1, last.column + 1));
    let at = |row: usize, column: usize| {
        (row < rows && column < columns).then(|| &entries[row * columns + column])
    };
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
