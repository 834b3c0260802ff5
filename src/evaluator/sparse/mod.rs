//! Sparse Jacobians: coordinates of which no component reads two are moved together, so that there are as many directions as
//! groups of them, however many coordinates there are.

mod entries;
mod plan;

use std::time::Instant;

use ndarray::{Array2, Array3, Ix2, Ix3};

use self::entries::Entries;
use self::plan::{Plan, lacks};
use super::request::{Request, Through};
use super::resolve::{Resolved, Source};
use super::{Evaluator, Pipeline, with_core};
use crate::difference::displacement::NONE;
use crate::difference::line::Sizes;
use crate::difference::{Bars, Difference, Remark, Scheme, SparseJacobian, Step};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real, Sparsity};
use crate::objective::Selection;

/// Entries of a Jacobian of which nothing is known, at most.
const MOST_ENTRIES: usize = 1 << 22;

/// Parts of their size from which on coordinates are small: the smallest steps along directions, of 8 units in the last place of the
/// size, are to be small beside the coordinate.
const SMALL_SINGLE: f64 = 1.0 / (1 << 10) as f64;
const SMALL_DOUBLE: f64 = 1.0 / (1 << 30) as f64;

/// Numbers that are held at once of coordinates that are taken one by one.
const AT_ONCE: usize = 1 << 20;

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
    /// held. It takes as many directional derivatives of all terms as the pattern has [groups](Sparsity::groups), and one for each
    /// coordinate that is moved by itself: those that increments leave in doubt; all within bounds; where steps are chosen without
    /// [scales](Self::scale) those that are 0 or small beside 1; and all if anything fails.
    ///
    /// Without a pattern it is that of the formula; where that is not [known](Self::sparsity), all entries. One that is given
    /// is checked: it is an error if a term changes where nothing moves that it names, or if its entries do not account for its
    /// derivative along a random direction, to a thousandth. (The latter not at steps that are given, which have no error bars to
    /// judge by, nor for coordinates small beside their size.)
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
        let x: Vec<f64> = x.iter().map(|&x| T::of(x).to_f64()).collect();
        let is_given = pattern.is_some();
        let mut entries = Entries::new(&known);
        let mut alone = self.alone(&x, &resolved);
        if alone.contains(&false) {
            alone = self.together(&x, alone, &mut entries, (&resolved, is_given))?;
        }
        self.one_by_one(&x, &alone, &mut entries, (&resolved, is_given))?;
        Ok(entries.jacobian())
    }

    /// The coordinates that are moved by themselves, where values are subtracted: within bounds, since those of one coordinate would
    /// hold for others; and where steps are chosen those that are 0 or small beside their size, which may need steps so small that
    /// others would not move.
    fn alone(&self, x: &[f64], resolved: &Resolved) -> Vec<bool> {
        let small = if T::PRECISION == Precision::F32 { SMALL_SINGLE } else { SMALL_DOUBLE };
        let is_chosen = resolved.step == Step::Auto && !self.sizes.are_given();
        let is_alone = |(axis, &x): (usize, &f64)| match resolved.source {
            Source::Carried { .. } => false,
            _ if self.bounds.is_some() => true,
            Source::Evaluated if is_chosen => x.abs() < small * self.sizes.of(axis, x),
            _ => false,
        };
        x.iter().enumerate().map(is_alone).collect()
    }

    /// Takes the entries of coordinates that are not alone by groups. What is alone behind it: those in doubt, too, and all where
    /// something failed, so that it is known which.
    fn together(
        &mut self,
        x: &[f64],
        mut alone: Vec<bool>,
        entries: &mut Entries<'_>,
        (resolved, is_given): (&Resolved, bool),
    ) -> Result<Vec<bool>> {
        let pattern = entries.pattern;
        let terms = pattern.rows();
        let has_bars = match resolved.source {
            Source::Carried { bars } => bars != Bars::Off,
            _ => resolved.step == Step::Auto,
        };
        let mut units = self.units(x, resolved)?;
        units.iter_mut().zip(&alone).filter(|(_, alone)| **alone).for_each(|(unit, _)| *unit = 0.0);
        let groups = pattern.without(&alone).groups();
        let plan = Plan { units, groups, is_tried: is_given && has_bars };
        let directions = plan.directions();
        let moved = plan.moved(pattern, directions.nrows());
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
        let mut in_doubt = vec![false; terms];
        let rows = match resolved.source {
            Source::Carried { bars } => {
                let (rows, doubtful) = self.unsettled(&request, bars)?;
                for next in doubtful {
                    in_doubt[next.term] = true;
                    if let Some(&axis) =
                        moved.get(next.point).and_then(|of| of.get(next.term)).filter(|&&axis| axis != NONE)
                    {
                        alone[axis as usize] = true;
                    }
                }
                rows
            }
            Source::Finite => self.at_step(&request, (resolved.scheme, resolved.step))?,
            _ => self.by_lists(&request, resolved)?,
        };
        entries.evaluations += rows.evaluations;
        if rows.failures.iter().any(Option::is_some) {
            return Ok(vec![true; x.len()]);
        }
        entries.directions += directions.nrows();
        if is_given {
            plan.nothing_elsewhere(&rows, &moved, &in_doubt)?;
        }
        if plan.is_tried {
            plan.tried(&rows, pattern, &directions, (x, &in_doubt))?;
        }
        plan.take(&rows, entries, &alone);
        Ok(alone)
    }

    /// Takes the entries of coordinates that are alone, each along its axis.
    fn one_by_one(
        &mut self,
        x: &[f64],
        alone: &[bool],
        entries: &mut Entries<'_>,
        (resolved, is_given): (&Resolved, bool),
    ) -> Result<()> {
        let (pattern, n) = (entries.pattern, x.len());
        let terms = pattern.rows();
        let columns = pattern.transposed();
        let axes: Vec<usize> = (0..n).filter(|&axis| alone[axis]).collect();
        let points = Array2::from_shape_fn((1, n), |(_, axis)| x[axis]);
        for axes in axes.chunks((AT_ONCE / terms).max(1)) {
            let mut slots = vec![0; n];
            axes.iter().enumerate().for_each(|(slot, &axis)| slots[axis] = slot);
            let request = Request {
                points: points.view(),
                vectors: None,
                lines: axes.iter().map(|&axis| (Through::Axis(axis), None)).collect(),
                by_term: true,
                moved: None,
                in_order: true,
                shape: Ix3(1, terms, axes.len()),
                places: &|point, along, _, term| match along {
                    Through::Axis(axis) => [Some(Ix3(point, term, slots[axis])), None],
                    Through::Vector => [None, None],
                },
            };
            let mut rows = match resolved.source {
                Source::Carried { bars } => self.by_slopes(&request, bars, resolved.scheme)?,
                Source::Finite => self.at_step(&request, (resolved.scheme, resolved.step))?,
                _ => self.by_lists(&request, resolved)?,
            };
            if let Some(error) = rows.failures.iter_mut().find_map(Option::take) {
                return Err(*error);
            }
            entries.evaluations += rows.evaluations;
            entries.directions += axes.len();
            for (slot, &axis) in axes.iter().enumerate() {
                let mut of_axis = columns.of(axis).iter().peekable();
                for row in 0..terms {
                    let at = |of: &Option<Array3<f64>>| of.as_ref().map_or(f64::NAN, |of| of[[0, row, slot]]);
                    let value = rows.values[[0, row, slot]];
                    if of_axis.next_if_eq(&&(row as u32)).is_some() {
                        entries.put(
                            (row, axis),
                            value,
                            (rows.error.as_ref().map(|_| at(&rows.error)), at(&rows.step)),
                        );
                    } else if is_given && value != 0.0 {
                        return Err(lacks(row, &format!("it depends on x[{axis}]")));
                    }
                }
            }
            // Of entries alone.
            let own = |remark: &&Remark| match (remark.term, remark.axis) {
                (Some(row), Some(axis)) => pattern.of(row).binary_search(&(axis as u32)).is_ok(),
                _ => false,
            };
            entries.remarks.extend(rows.remarks.iter().filter(own).copied());
        }
        Ok(())
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
