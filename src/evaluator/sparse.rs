//! Sparse Jacobians: coordinates of which no component reads two are moved together, so that there are as many directions as
//! groups of them, however many coordinates there are.

use std::time::Instant;

use ndarray::{Array2, Ix2};

use super::request::{Request, Through};
use super::resolve::{Resolved, Source};
use super::{Evaluator, Pipeline, Rows, with_core};
use crate::difference::displacement::NONE;
use crate::difference::line::Sizes;
use crate::difference::{Bars, Difference, Remark, Scheme, SparseJacobian, Step};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real, Sparsity, SplitMix64};
use crate::objective::Selection;

/// Entries of a Jacobian of which nothing is known, at most.
const MOST_ENTRIES: usize = 1 << 22;

/// Of what the entries of a row come to along a direction, what may be missing beyond ten times their error bars.
const MISSING: f64 = 1e-3;

impl Evaluator<'_> {
    /// Which coordinates each selected component depends on, if that is known from the formula: of expressions, WGSL and
    /// [`Closure::separable`](crate::Closure::separable), where it is the same at all points and less than half of them.
    ///
    /// # Errors
    /// Failures of the device.
    pub fn sparsity(&mut self) -> Result<Option<Sparsity>> {
        with_core!(self, pipeline => pipeline.sparsity())
    }

    /// The Jacobian of the selected terms at `x` (n numbers), of which only the entries of a sparsity pattern are computed and
    /// held. It takes as many directional derivatives of all terms as the pattern has [groups](Sparsity::groups).
    ///
    /// Without a pattern it is that of the formula; where that is not [known](Self::sparsity), all entries. One that is given is
    /// tried along a random direction: entries that it lacks are noticed if they are a thousandth of the row's there, or more, unless
    /// the step is given, too, so that there are no error bars to judge by.
    ///
    /// # Errors
    /// As [`jacobian`](Self::jacobian); [`Error::Usage`] for a pattern of another shape or one that lacks entries;
    /// [`Error::Unsupported`] if none is known, and there would be more than 4 million entries.
    ///
    /// ```
    /// use plusminus::{Difference, Engine, Precision, Sparsity, VectorClosure};
    /// let n = 1000;
    /// let f = VectorClosure::new(n, n - 1, |x, out| {
    ///     for (i, out) in out.iter_mut().enumerate() {
    ///         *out = x[i].sin() * x[i + 1];
    ///     }
    /// })?;
    /// let pattern = Sparsity::new(n, (0..n - 1).map(|i| [i, i + 1]))?;
    /// let x = vec![0.5; n];
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// let jacobian = evaluator.sparse_jacobian(&x, Some(&pattern), &Difference::default())?;
    /// // Two for the entries, one to try the pattern.
    /// assert_eq!(jacobian.directions, 3);
    /// assert_eq!(jacobian.value.nnz(), 2 * (n - 1));
    /// assert!((jacobian.value.get(7, 7).unwrap() - 0.5 * 0.5f64.cos()).abs() < 1e-10);
    /// assert!((jacobian.value.get(7, 8).unwrap() - 0.5f64.sin()).abs() < 1e-10);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn sparse_jacobian(
        &mut self,
        x: &[f64],
        pattern: Option<&Sparsity>,
        difference: &Difference,
    ) -> Result<SparseJacobian> {
        let begin = Instant::now();
        let found = with_core!(self, pipeline => pipeline.sparse_jacobian(x, pattern, difference))?;
        Ok(SparseJacobian { seconds: begin.elapsed().as_secs_f64(), ..found })
    }
}

impl<T: Real> Pipeline<'_, T> {
    fn sparsity(&mut self) -> Result<Option<Sparsity>> {
        let terms = self.backend.capacity()?.terms;
        let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
        let Some(offered) = self.objective.incremental() else { return Ok(None) };
        let n = self.objective.dimension();
        let rows = |reads: &dyn Fn(u32) -> Option<Vec<u32>>| {
            let mut sparsity = Sparsity::empty(n);
            for term in 0..terms as u32 {
                sparsity.push(reads(term)?);
            }
            Some(sparsity)
        };
        // A text may be one for one precision only.
        Ok(match T::PRECISION {
            Precision::F32 => offered
                .slopes_f32(selection)?
                .and_then(|slopes| rows(&|term| slopes.reads(term).map(<[u32]>::to_vec))),
            Precision::F64 => offered
                .slopes_f64(selection)?
                .and_then(|slopes| rows(&|term| slopes.reads(term).map(<[u32]>::to_vec))),
        })
    }

    fn sparse_jacobian(
        &mut self,
        x: &[f64],
        pattern: Option<&Sparsity>,
        difference: &Difference,
    ) -> Result<SparseJacobian> {
        let (n, terms) = (self.objective.dimension(), self.backend.capacity()?.terms);
        if x.len() != n {
            return Err(Error::usage(format!(
                "a point of {} coordinates, but `{}` takes {n}",
                x.len(),
                self.objective.name()
            )));
        }
        let known = match pattern {
            Some(given) => checked(given, (terms, n))?,
            None => match self.sparsity()? {
                Some(known) => known,
                None => self.all_entries((terms, n))?,
            },
        };
        let resolved = self.resolve_beyond(difference, 1, "Jacobians")?;
        let has_bars = match resolved.source {
            Source::Carried { bars } => bars != Bars::Off,
            _ => resolved.step == Step::Auto,
        };
        let x: Vec<f64> = x.iter().map(|&x| T::of(x).to_f64()).collect();
        let groups = known.groups();
        let plan =
            Plan { units: self.units(&x, &resolved)?, groups, is_tried: pattern.is_some() && has_bars };
        let directions = plan.directions();
        let moved = plan.moved(&known, directions.nrows());
        let points = Array2::from_shape_fn(directions.dim(), |(_, axis)| x[axis]);
        let request = Request {
            points: points.view(),
            vectors: Some(directions.view()),
            lines: vec![(Through::Vector, None)],
            by_term: true,
            moved: Some(moved.iter().map(Vec::as_slice).collect()),
            in_order: true,
            shape: Ix2(points.nrows(), terms),
            places: &|direction, _, _, term| [Some(Ix2(direction, term)), None],
        };
        let mut rows = match resolved.source {
            Source::Carried { bars } => self.by_slopes(&request, bars, resolved.scheme)?,
            Source::Finite => self.at_step(&request, (resolved.scheme, resolved.step))?,
            _ => self.by_lists(&request, &resolved)?,
        };
        if let Some(error) = rows.failures.iter_mut().find_map(Option::take) {
            return Err(error.at_point(0));
        }
        if plan.is_tried {
            tried(&rows, &known, &plan, &directions)?;
        }
        Ok(plan.taken(rows, &known, directions.nrows()))
    }

    /// What each coordinate is moved by in units of the step: at steps that follow sizes its own size, a power of two; by a fixed step
    /// as far as the rounded coordinate moves.
    ///
    /// # Errors
    /// Where values are subtracted and a step that is given vanishes in a coordinate, or nearly.
    fn units(&self, x: &[f64], resolved: &Resolved) -> Result<Vec<f64>> {
        let Resolved { scheme, step, source, .. } = *resolved;
        let given = Sizes::default();
        let sizes = match step {
            _ if matches!(source, Source::Carried { .. }) => return Ok(vec![1.0; x.len()]),
            Step::Auto => &self.sizes,
            _ => &given,
        };
        let unit = |(axis, &x): (usize, &f64)| {
            let size = sizes.of(axis, x).log2().floor().exp2();
            if step == Step::Auto || source == Source::Finite {
                return Ok(if matches!(step, Step::Fixed(_)) { 1.0 } else { size });
            }
            let moved = step.perturb(scheme, T::of(x), 0, axis)?;
            let moved = step.check_rounding(scheme, T::of(x), moved, 0, axis)?;
            Ok(match step {
                Step::Fixed(h) if scheme == Scheme::Backward => (x - moved.minus.to_f64()) / h,
                Step::Fixed(h) => (moved.plus.to_f64() - x) / h,
                _ => size,
            })
        };
        x.iter().enumerate().map(unit).collect()
    }

    /// All entries, where it is not known which there are.
    fn all_entries(&self, (terms, n): (usize, usize)) -> Result<Sparsity> {
        if terms.saturating_mul(n) > MOST_ENTRIES {
            return Err(Error::unsupported(format!(
                "it is not known which coordinates the components of `{}` depend on, and {terms} x {n} entries are more than \
                 {MOST_ENTRIES}: give a sparsity pattern",
                self.objective.name()
            )));
        }
        Ok(Sparsity::full(terms, n))
    }
}

fn checked(given: &Sparsity, (terms, n): (usize, usize)) -> Result<Sparsity> {
    if (given.rows(), given.columns()) == (terms, n) {
        return Ok(given.clone());
    }
    Err(Error::usage(format!(
        "a sparsity pattern of {} x {} for a Jacobian of {terms} x {n}",
        given.rows(),
        given.columns()
    )))
}

/// Along what derivatives are taken.
struct Plan {
    /// Of each coordinate: what it is moved by, and which direction moves it.
    units: Vec<f64>,
    groups: Vec<usize>,
    /// Whether a last direction moves all coordinates, to try the pattern.
    is_tried: bool,
}

impl Plan {
    /// `[direction, n]`
    fn directions(&self) -> Array2<f64> {
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
    fn moved(&self, pattern: &Sparsity, directions: usize) -> Vec<Vec<u32>> {
        let mut moved = vec![vec![NONE; pattern.rows()]; directions];
        for row in 0..pattern.rows() {
            for &axis in pattern.of(row) {
                moved[self.groups[axis as usize]][row] = axis;
            }
        }
        moved
    }

    fn taken(&self, rows: Rows, pattern: &Sparsity, directions: usize) -> SparseJacobian {
        // A derivative in units becomes one of the coordinate; a step the other way round.
        let entries = |of: &Array2<f64>, power: i32| {
            let each = |row: usize| {
                pattern.of(row).iter().map(move |&axis| {
                    let axis = axis as usize;
                    of[[self.groups[axis], row]] * self.units[axis].powi(power)
                })
            };
            pattern.filled((0..pattern.rows()).flat_map(each).collect())
        };
        let remarks = rows.remarks.iter().filter_map(|remark| {
            let row = remark.term?;
            let axis = pattern.of(row).iter().find(|&&axis| self.groups[axis as usize] == remark.point)?;
            Some(Remark { point: 0, axis: Some(*axis as usize), ..*remark })
        });
        SparseJacobian {
            value: entries(&rows.values, -1),
            error: rows.error.as_ref().map(|error| entries(error, -1)),
            step: match &rows.step {
                Some(step) => entries(step, 1),
                None => pattern.filled(vec![f64::NAN; pattern.entries()]),
            },
            directions,
            remarks: remarks.collect(),
            evaluations: rows.evaluations,
            seconds: 0.0,
        }
    }
}

/// Whether the entries of each row account for its derivative along the last direction.
fn tried(rows: &Rows, pattern: &Sparsity, plan: &Plan, directions: &Array2<f64>) -> Result<()> {
    let last = directions.nrows() - 1;
    let bar = |direction: usize, row: usize| rows.error.as_ref().map_or(0.0, |error| error[[direction, row]]);
    for row in 0..pattern.rows() {
        let (mut sum, mut size) = (0.0, 0.0);
        let mut error = bar(last, row);
        for &axis in pattern.of(row) {
            let axis = axis as usize;
            let (group, by) = (plan.groups[axis], directions[[last, axis]] / plan.units[axis]);
            sum += by * rows.values[[group, row]];
            size += (by * rows.values[[group, row]]).abs();
            error += by.abs() * bar(group, row);
        }
        let along = rows.values[[last, row]];
        // Not where nothing is known.
        if (along - sum).abs() > 10.0 * error + MISSING * size.max(along.abs()) {
            return Err(Error::usage(format!(
                "the sparsity pattern lacks entries of row {row}: along a random direction its derivative is {along:e}, but its \
                 {} entries come to {sum:e} there; give all coordinates that the component depends on",
                pattern.of(row).len()
            )));
        }
    }
    Ok(())
}
