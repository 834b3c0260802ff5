//! Along which directions coordinates are moved together, and what is found along them.

use ndarray::Array2;

use super::SMALL_SINGLE;
use super::entries::Entries;
use crate::difference::Remark;
use crate::difference::displacement::NONE;
use crate::error::{Error, Result};
use crate::evaluator::Rows;
use crate::numeric::{Sparsity, SplitMix64};

/// Of what the entries of a row come to along a direction, what may be missing beyond ten times their error bars.
const MISSING: f64 = 1e-3;

/// Along what derivatives are taken.
pub(super) struct Plan {
    /// Of each coordinate: what it is moved by, and which direction moves it.
    pub(super) units: Vec<f64>,
    pub(super) groups: Vec<usize>,
    /// Whether a last direction moves all coordinates, to try the pattern.
    pub(super) is_tried: bool,
}

impl Plan {
    /// `[direction, n]`
    pub(super) fn directions(&self) -> Array2<f64> {
        let count = self.groups.iter().map(|group| group + 1).max().unwrap_or(1);
        let mut directions = Array2::zeros((count + usize::from(self.is_tried), self.units.len()));
        for (axis, (&group, &unit)) in self.groups.iter().zip(&self.units).enumerate() {
            directions[[group, axis]] = unit;
        }
        if self.is_tried {
            let mut random = SplitMix64::new(1);
            for (axis, &unit) in self.units.iter().enumerate() {
                // Numbers that f32 has, few of them alike.
                let size = unit * (1.0 + random.below(1 << 10) as f64 / f64::from(1 << 10));
                directions[[count, axis]] = if random.below(2) == 0 { size } else { -size };
            }
        }
        directions
    }

    /// `[direction][component]`: the coordinate that it reads of those which the direction moves. Along the last direction that
    /// is any: how far they move there is not known.
    pub(super) fn moved(&self, pattern: &Sparsity, directions: usize) -> Vec<Vec<u32>> {
        let mut moved = vec![vec![NONE; pattern.rows()]; directions];
        for row in 0..pattern.rows() {
            for &axis in pattern.of(row) {
                if self.units[axis as usize] != 0.0 {
                    moved[self.groups[axis as usize]][row] = axis;
                }
            }
        }
        moved
    }

    pub(super) fn take(&self, rows: &Rows, entries: &mut Entries<'_>, alone: &[bool]) {
        let pattern = entries.pattern;
        for row in 0..pattern.rows() {
            for &axis in pattern.of(row) {
                let axis = axis as usize;
                let (unit, at) = (self.units[axis], [self.groups[axis], row]);
                if !alone[axis] {
                    // A derivative in units becomes one of the coordinate; a step the other way round.
                    let step = rows.step.as_ref().map_or(f64::NAN, |step| step[at] * unit);
                    let error = rows.error.as_ref().map(|error| error[at] / unit);
                    entries.put((row, axis), rows.values[at] / unit, (error, step));
                }
            }
        }
        let remarks = rows.remarks.iter().filter_map(|remark| {
            let is_it = |&&axis: &&u32| self.groups[axis as usize] == remark.point && !alone[axis as usize];
            let axis = *pattern.of(remark.term?).iter().find(is_it)? as usize;
            let notice = remark.notice.times(1.0 / self.units[axis]);
            Some(Remark { point: 0, axis: Some(axis), notice, ..*remark })
        });
        entries.remarks.extend(remarks);
    }

    /// Components that read nothing of what a direction moves have no derivative along it.
    pub(super) fn nothing_elsewhere(&self, rows: &Rows, moved: &[Vec<u32>], in_doubt: &[bool]) -> Result<()> {
        let directions = moved.len() - usize::from(self.is_tried);
        for (direction, moved) in moved[..directions].iter().enumerate() {
            for (row, &axis) in moved.iter().enumerate() {
                let along = rows.values[[direction, row]];
                if axis == NONE && along != 0.0 && !in_doubt[row] {
                    let why = "along coordinates that it names none of, it has a derivative";
                    return Err(lacks(row, why));
                }
            }
        }
        Ok(())
    }

    /// Whether the entries of each row account for its derivative along the last direction.
    pub(super) fn tried(
        &self,
        rows: &Rows,
        pattern: &Sparsity,
        directions: &Array2<f64>,
        (x, in_doubt): (&[f64], &[bool]),
    ) -> Result<()> {
        let last = directions.nrows() - 1;
        let bar =
            |direction: usize, row: usize| rows.error.as_ref().map_or(0.0, |error| error[[direction, row]]);
        // Steps along the direction are too large, or small, for others: of these nothing is known.
        let is_plain = |&axis: &u32| {
            let (x, unit) = (x[axis as usize].abs(), self.units[axis as usize]);
            x == 0.0 || unit == 0.0 || (SMALL_SINGLE..1.0 / SMALL_SINGLE).contains(&(x / unit))
        };
        for row in (0..pattern.rows()).filter(|&row| !in_doubt[row] && pattern.of(row).iter().all(is_plain)) {
            let (mut sum, mut size) = (0.0, 0.0);
            let mut error = bar(last, row);
            for &axis in pattern.of(row).iter().filter(|&&axis| self.units[axis as usize] != 0.0) {
                let axis = axis as usize;
                let (group, by) = (self.groups[axis], directions[[last, axis]] / self.units[axis]);
                sum += by * rows.values[[group, row]];
                size += (by * rows.values[[group, row]]).abs();
                error += by.abs() * bar(group, row);
            }
            let along = rows.values[[last, row]];
            // Not where nothing is known.
            if (along - sum).abs() > 10.0 * error + MISSING * size.max(along.abs()) {
                let why = format!(
                    "along a random direction its derivative is {along:e}, but its {} entries come to {sum:e} there",
                    pattern.of(row).len()
                );
                return Err(lacks(row, &why));
            }
        }
        Ok(())
    }
}

/// The error of a pattern.
pub(super) fn lacks(row: usize, why: &str) -> Error {
    Error::usage(format!(
        "the sparsity pattern lacks entries of row {row}: {why}; give all coordinates that the component depends on"
    ))
}
