//! Error bars of increments: how far each quotient may be from the derivative that the objective encloses.
//!
//! The enclosure is made on the host, in f64, at the point that the increments started from. What is compared is the number
//! that came back, so a bar holds for any device, precision, scheme and step.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::Pipeline;
use super::pipeline::Rows;
use super::resolve::is_chosen;
use crate::difference::{Bars, Difference, Step};
use crate::numeric::Real;
use crate::objective::{Enclosed, Enclosures, Selection};

impl<T: Real> Pipeline<'_, T> {
    /// Whether increments of this difference have bars: not at a step of the user's, as direct differences have none there.
    pub(crate) fn is_enclosed(&self, difference: &Difference) -> bool {
        let own = Step::default_for_increments(difference.scheme, T::PRECISION);
        difference.bars != Bars::Off && is_chosen(difference, own) && self.enclosures().is_some()
    }

    fn enclosures(&self) -> Option<Box<dyn Enclosures + '_>> {
        let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
        self.objective.incremental()?.enclosures(selection)
    }

    /// Gradients with their bars. Points that failed have none.
    pub(super) fn enclosed(&self, all: ArrayView2<'_, f64>, mut rows: Rows) -> Rows {
        let Some(enclosures) = self.enclosures() else { return rows };
        let n = all.ncols();
        let (points, values) = (all.as_slice(), rows.values.as_slice().unwrap_or(&[]));
        let held = |(to, &x): (&mut f64, &f64)| *to = T::of(x).to_f64();
        let mut bars = vec![f64::INFINITY; all.len()];
        bars.par_chunks_exact_mut(n).enumerate().for_each_init(
            || (vec![0.0; n], vec![Enclosed::default(); n]),
            |(x, gradient), (point, bars)| {
                if rows.failures.get(point).is_some_and(Option::is_some) {
                    return;
                }
                match points {
                    Some(points) => x.iter_mut().zip(&points[point * n..]).for_each(held),
                    None => x.iter_mut().zip(all.row(point)).for_each(held),
                }
                enclosures.at(x, gradient);
                let quotients = values.get(point * n..).unwrap_or(&[]);
                for ((bar, enclosed), &quotient) in bars.iter_mut().zip(gradient).zip(quotients) {
                    *bar = enclosed.farthest_from(quotient);
                }
            },
        );
        rows.error = Array2::from_shape_vec(all.dim(), bars).ok();
        rows
    }
}
