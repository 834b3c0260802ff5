//! The CPU engine: all cores, SIMD, f32 or f64.
//!
//! The order of every sum is fixed by the plan, not by which thread comes first, and the plan does not depend on
//! the number of threads: the same input gives the same bits, on one core or many.

mod descent;
mod displaced;
mod evaluate;
mod increments;
mod prepare;
mod slopes;
mod stream;
mod touched;
mod transpose;
mod values;

use std::sync::Arc;

use self::increments::HostIncrements;
pub(crate) use self::prepare::OnHost;
use self::slopes::HostSlopes;
use super::plan::{Limits, Piece, Plan};
use super::{
    Advanced, Backend, Capacity, CarriedSlopes, Gradients, Regular, Streamed, Stretch, Sums, Twins,
    WholeGradients,
};
use crate::difference::displacement::Displacements;
use crate::difference::perturb::{FixedStep, OnVanished};
use crate::error::{Error, Result};
use crate::numeric::Real;
use crate::objective::{Objective, Selection, Terms};

/// An objective on the CPU.
pub(crate) struct Cpu<'a, T: Real> {
    objective: Arc<dyn Objective + 'a>,
    selection: Option<Vec<u32>>,
    /// Laid out when first needed.
    terms: Option<Prepared<'a, T>>,
    /// `Some(None)`: the objective has none.
    increments: Option<Option<HostIncrements<T>>>,
    slopes: Option<Option<HostSlopes<T>>>,
    /// Whether another one tells what goes wrong here.
    is_twin: bool,
}

/// The selected terms.
struct Prepared<'a, T> {
    terms: Arc<dyn Terms<T> + 'a>,
    /// How many.
    count: usize,
}

impl<'a, T: OnHost> Cpu<'a, T> {
    pub(crate) fn new(objective: Arc<dyn Objective + 'a>) -> Self {
        Cpu { objective, selection: None, terms: None, increments: None, slopes: None, is_twin: false }
    }

    fn prepared(&mut self) -> Result<&Prepared<'a, T>> {
        let prepared = match self.terms.take() {
            Some(prepared) => prepared,
            None => {
                let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
                let (terms, is_whole) = T::terms(&self.objective, selection)?;
                let count = if is_whole { 1 } else { selection.len(self.objective.terms()) };
                Prepared { terms: Arc::from(terms), count }
            }
        };
        Ok(self.terms.insert(prepared))
    }
}

impl<T: OnHost> Backend<T> for Cpu<'_, T> {
    fn select(&mut self, selection: Option<&[u32]>) -> Result<()> {
        (self.terms, self.increments, self.slopes) = (None, None, None);
        self.selection = selection.map(<[u32]>::to_vec);
        if let Some(indices) = selection
            && self.objective.incremental().is_none()
            && T::terms(&self.objective, Selection::Only(&indices[..1]))?.1
        {
            self.selection = None;
            return Err(Error::unsupported(format!(
                "`{}` can only be evaluated as a whole here, so no terms can be selected; implement Objective::host_f64",
                self.objective.name()
            )));
        }
        Ok(())
    }

    fn capacity(&mut self) -> Result<Capacity> {
        let Prepared { terms, count } = self.prepared()?;
        Ok(Capacity {
            terms: *count,
            iterations: terms.operations(),
            granularity: terms.granularity().max(1),
            limits: Limits {
                device: "the CPU engine".into(),
                iterations: u64::MAX / 4,
                // About a second on two cores.
                submission: 1 << 34,
                invocations: u64::MAX,
                binding: 1 << 40,
                partials: 1 << 24,
                coordinates: u64::MAX,
                busy: 1,
                // Some ten microseconds: a constant, whatever the number of threads or of points, so that sums are the same on every
                // machine, and in every part of a batch.
                grain: Some(1 << 16),
                real: size_of::<T>() as u64,
            },
            batch: 1 << 16,
            at_once: 1 << 14,
            moves: false,
        })
    }

    fn evaluate(&mut self, plan: &Plan, _: &Piece, what: &Displacements<'_, T>) -> Result<Sums<T>> {
        Ok(Sums { sums: evaluate::run(&*self.prepared()?.terms, plan, what), trapped: None })
    }

    fn stream(&mut self, grid: &Regular<'_>, out: &mut [f64]) -> Option<Streamed> {
        let Prepared { terms, count } = self.terms.as_ref()?;
        stream::run(&**terms, *count, grid, out)
    }

    fn stream_values(&mut self, points: (&[f64], usize), out: &mut [T]) -> bool {
        self.terms
            .as_ref()
            .is_some_and(|Prepared { terms, count }| values::run(&**terms, *count, points, out))
    }

    fn increments(&mut self) -> Result<Option<&mut dyn WholeGradients<T>>> {
        if self.increments.is_none() {
            let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
            self.increments = Some(HostIncrements::new(&*self.objective, selection)?);
        }
        let increments = self.increments.as_mut().and_then(Option::as_mut);
        Ok(increments.map(|increments| increments as &mut dyn WholeGradients<T>))
    }

    fn slopes(&mut self) -> Result<Option<&mut dyn CarriedSlopes<T>>> {
        if self.slopes.is_none() {
            let selection = self.selection.as_deref().map_or(Selection::All, Selection::Only);
            let terms = selection.len(self.objective.terms());
            let slopes = T::slopes(&*self.objective, selection)?;
            self.slopes = Some(slopes.map(|slopes| HostSlopes::new(Arc::from(slopes), terms)));
        }
        let slopes = self.slopes.as_mut().and_then(Option::as_mut);
        Ok(slopes.map(|slopes| slopes as &mut dyn CarriedSlopes<T>))
    }

    fn runs_loops(&mut self, by: Gradients, batches: bool, points: Option<usize>) -> Result<bool> {
        if batches {
            return Ok(false);
        }
        let lanes = match by {
            Gradients::Differences => {
                let Prepared { terms, count } = self.prepared()?;
                (*count == 1 || terms.are_whole()).then(|| terms.lanes())
            }
            _ => {
                self.slopes()?;
                let host = self.slopes.as_ref().and_then(Option::as_ref);
                let pays = |host: &&HostSlopes<T>| {
                    let (n, lanes) = (self.objective.dimension(), host.slopes().lanes());
                    let of = descent::TermsOf { terms: host.terms(), divisor: 1.0 };
                    let is_of_sums = host.slopes().of_sums().is_some();
                    points.is_none_or(|points| {
                        of.are_for_blocks(points, n, lanes)
                            && !(is_of_sums && descent::sums_are_faster(points, n, lanes))
                    })
                };
                host.filter(pays).map(|host| host.slopes().lanes())
            }
        };
        Ok(lanes.is_some_and(|lanes| lanes <= descent::MOST_LANES))
    }

    fn advance(&mut self, by: Gradients, stretch: &Stretch<'_>) -> Result<Option<Advanced>> {
        let (n, constant) = (stretch.points.ncols(), self.objective.constant());
        let (scheme, step) = stretch.how;
        if by == Gradients::Differences {
            let Prepared { terms, count } = self.prepared()?;
            let (terms, count) = (Arc::clone(terms), *count);
            let of = descent::TermsOf { terms: count, divisor: self.objective.reduction().divisor(count) };
            let rule = FixedStep { scheme, step, on_vanished: OnVanished::Freeze };
            let gradients = || descent::Differences::new(&*terms, of, rule, n);
            return Ok(Some(descent::advance(stretch, terms.lanes(), constant, gradients)));
        }
        self.slopes()?;
        let Some(host) = self.slopes.as_ref().and_then(Option::as_ref) else { return Ok(None) };
        let slopes = host.slopes();
        let over = (by == Gradients::SlopesOverSteps).then_some((scheme, step));
        let terms = host.terms();
        let of = descent::TermsOf { terms, divisor: self.objective.reduction().divisor(terms) };
        let gradients = || descent::AlongSlopes::new(slopes, of, n, over);
        let done = descent::advance(stretch, slopes.lanes(), constant, gradients);
        slopes.failure().map_or(Ok(Some(done)), Err)
    }

    fn twins(&mut self) -> Result<Option<Twins<'_, T>>> {
        let Prepared { terms, count } = self.prepared()?;
        let (terms, count) = (Arc::clone(terms), *count);
        let (objective, selection) = (Arc::clone(&self.objective), self.selection.clone());
        Ok(Some(Box::new(move || {
            Box::new(Cpu {
                selection: selection.clone(),
                terms: Some(Prepared { terms: Arc::clone(&terms), count }),
                is_twin: true,
                ..Cpu::new(Arc::clone(&objective))
            })
        })))
    }

    fn failure(&self) -> Option<Error> {
        self.terms.as_ref().filter(|_| !self.is_twin).and_then(|prepared| prepared.terms.failure())
    }
}
