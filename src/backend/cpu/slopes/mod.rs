//! Slopes of terms on the host: lanes are points, terms or axes, whichever takes the fewest runs. Terms of which it is known
//! that they read few coordinates are run along these alone ([`sparse`]); functions of a few sums by those of the sums ([`of_sums`]).

mod dense;
mod lanes;
mod lines;
mod of_sums;
mod sparse;

pub(super) use self::dense::TERMS as DENSE;
pub(super) use self::sparse::TERMS as SPARSE;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::lines::Block;
use crate::backend::{Carried, CarriedSlopes, Carry, CarryAlong};
use crate::error::Result;
use crate::numeric::Real;
use crate::objective::{SlopeRows, Slopes};

/// The selected terms.
pub(super) struct HostSlopes<T: Real> {
    slopes: Arc<dyn Slopes<T>>,
    terms: usize,
    /// Rows that no task has at the moment, with what terms keep in them.
    free: Mutex<Vec<SlopeRows<T>>>,
    /// The lines of terms that read few coordinates, where all axes are asked for.
    of_axes: OnceLock<Vec<Block>>,
    /// Of a function of sums, the sums.
    sums: Vec<HostSlopes<T>>,
    /// Whether any term reads a coordinate.
    read_axes: OnceLock<Vec<bool>>,
}

impl<T: Real> HostSlopes<T> {
    pub(super) fn new(slopes: Arc<dyn Slopes<T>>, terms: usize) -> Self {
        let of_sums = slopes.of_sums().map_or(&[][..], |of| &of.sums);
        let sums = of_sums.iter().map(|(sum, terms)| HostSlopes::new(Arc::clone(sum), *terms)).collect();
        let (of_axes, read_axes) = (OnceLock::new(), OnceLock::new());
        HostSlopes { slopes, terms, free: Mutex::default(), of_axes, sums, read_axes }
    }

    pub(super) fn terms(&self) -> usize {
        self.terms
    }

    pub(super) fn slopes(&self) -> &dyn Slopes<T> {
        &*self.slopes
    }

    /// Whether any term reads a coordinate, of terms of which that is known; none beyond the last one.
    fn read_axes(&self) -> &[bool] {
        self.read_axes.get_or_init(|| {
            let mut reads = Vec::new();
            for axis in (0..self.terms as u32).filter_map(|term| self.slopes.reads(term)).flatten() {
                let axis = *axis as usize;
                reads.resize(reads.len().max(axis + 1), false);
                reads[axis] = true;
            }
            reads
        })
    }

    fn rows(&self) -> SlopeRows<T> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn keep(&self, rows: SlopeRows<T>) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(rows);
    }
}

impl<T: Real> CarriedSlopes<T> for HostSlopes<T> {
    fn has_second(&mut self) -> Result<bool> {
        Ok(self.slopes.has_second())
    }

    fn has_finite(&mut self) -> Result<bool> {
        Ok(self.slopes.has_finite())
    }

    fn has_samples(&mut self) -> Result<bool> {
        Ok(self.slopes.has_samples())
    }

    fn has_cheap_calls(&self) -> bool {
        true
    }

    fn answers(&mut self, what: &Carry<'_, T>) -> Result<Carried> {
        let slopes = Arc::clone(&self.slopes);
        let of_sums = slopes.of_sums().filter(|_| of_sums::is_asked(what));
        // What went wrong with a sum, the whole says in the words of its text.
        let Some(Ok(mut found)) = of_sums.map(|of| of_sums::answers(&mut self.sums, of, what)) else {
            return self.whole(what);
        };
        let unknown = of_sums::unknown_points(&found, what.sample == 0);
        if unknown.is_empty() {
            return Ok(found);
        }
        let points: Vec<T> =
            unknown.iter().flat_map(|&k| &what.points[k * what.n..][..what.n]).copied().collect();
        let whole = self.whole(&Carry { points: &points, ..*what })?;
        let width = what.along.len();
        for (from, &k) in unknown.iter().enumerate() {
            found.values[k] = whole.values[from];
            let from = &whole.slopes[from * width..][..width];
            found.slopes[k * width..][..width].copy_from_slice(from);
        }
        Ok(found)
    }
}

impl<T: Real> HostSlopes<T> {
    /// By all terms, as they are.
    fn whole(&self, what: &Carry<'_, T>) -> Result<Carried> {
        let is_sparse = self.terms > 0 && self.slopes.reads(0).is_some();
        let found = if is_sparse { sparse::answers(self, what) } else { dense::answers(self, what) };
        self.slopes.failure().map_or(Ok(found), Err)
    }
}

/// Slopes of a lane, at most: planes have no line in common.
fn most_slots<T: Real>(host: &HostSlopes<T>, what: &Carry<'_, T>) -> usize {
    if matches!(what.along, CarryAlong::Planes(_)) { 1 } else { host.slopes.most_slots().max(1) }
}
