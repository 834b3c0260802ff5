//! An objective on one device: its shaders and data, made when first needed.

use std::ops::Range;
use std::sync::Arc;

use super::context::Gpu;
use super::engine::GpuTerms;
use super::program::Program;
use crate::cpu::{Sums, Trapped};
use crate::displacement::Displaced;
use crate::error::{Error, Result};
use crate::evaluator::{Advanced, Answers, Stretch};
use crate::objective::{Objective, Selection};
use crate::plan::{Piece, Plan};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::step::{Perturbation, Step};

/// An objective on one device.
pub(crate) struct GpuSite {
    pub(crate) gpu: Arc<Gpu>,
    /// For direct differences, and increments written in WGSL.
    terms: Option<Box<GpuTerms>>,
    /// For incremental differences of quadratics and networks.
    program: Option<Box<Program>>,
    /// Why there is no program, though there might be one.
    refused: Option<Error>,
    pub(crate) precision: Precision,
}

impl GpuSite {
    pub(crate) fn new(gpu: Arc<Gpu>, objective: &dyn Objective, precision: Precision) -> Result<Self> {
        // Programs work in f32 only.
        let program = match precision {
            Precision::F32 => Program::new(Arc::clone(&gpu), objective),
            Precision::F64 => Ok(None),
        };
        let (program, refused) = match program {
            Ok(program) => (program.map(Box::new), None),
            // Direct differences may do.
            Err(error @ Error::Limit { .. }) => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let mut site = GpuSite { gpu, terms: None, program, refused, precision };
        if site.program.is_none() {
            site.terms(objective, None)?;
        }
        Ok(site)
    }

    /// Why incremental differences, which the objective offers, do not fit the device.
    pub(crate) fn refused(&self) -> Option<&Error> {
        self.refused.as_ref()
    }

    pub(crate) fn has_increments(&self) -> bool {
        self.has_program() || self.terms.as_ref().is_some_and(|terms| terms.has_increments())
    }

    pub(crate) fn select(&mut self, objective: &dyn Objective, indices: Option<&[u32]>) {
        let selection = indices.map_or(Selection::All, Selection::Only);
        if let Some(program) = &self.program {
            program.select(objective, selection);
        }
        if let Some(terms) = &mut self.terms {
            terms.select(selection, objective.terms());
        }
    }

    /// The shaders for direct differences, made on the first call.
    pub(crate) fn terms(
        &mut self,
        objective: &dyn Objective,
        selection: Option<&[u32]>,
    ) -> Result<&mut GpuTerms> {
        if self.terms.is_none() {
            let mut terms = GpuTerms::new(Arc::clone(&self.gpu), objective, self.precision)?;
            terms.select(selection.map_or(Selection::All, Selection::Only), objective.terms());
            self.terms = Some(Box::new(terms));
        }
        self.terms.as_deref_mut().ok_or_else(|| Error::unsupported("no shader for direct differences"))
    }

    pub(crate) fn iterations(&self) -> u64 {
        self.terms.as_ref().map_or(1, |terms| terms.iterations)
    }

    /// See [`GpuTerms::suppose_most_turns`].
    pub(crate) fn suppose_most_turns(&mut self) -> bool {
        self.terms.as_mut().is_some_and(|terms| terms.suppose_most_turns())
    }

    pub(crate) fn run<T: Real>(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[T],
        moved: &[Perturbation<T>],
        incremental: bool,
    ) -> Result<Sums<T>> {
        match &mut self.terms {
            Some(terms) => terms.run(plan, piece, points, moved, incremental),
            None => Err(Error::unsupported("no shader for direct differences")),
        }
    }

    /// See [`GpuTerms::run_displaced`].
    pub(crate) fn run_displaced<T: Real>(
        &mut self,
        plan: &Plan,
        part: Range<usize>,
        what: &Displaced<'_, T>,
    ) -> Result<(Vec<T>, Option<Trapped>)> {
        match &mut self.terms {
            Some(terms) => terms.run_displaced(plan, part, what),
            None => Err(Error::unsupported("no shader for direct differences")),
        }
    }

    /// Whether descents can loop on the device, each step with terms of its own or not.
    pub(crate) fn runs_loops(&self, batches: bool) -> bool {
        self.program.as_ref().is_some_and(|program| !batches || program.takes_batches())
    }

    pub(crate) fn has_program(&self) -> bool {
        self.program.is_some()
    }

    /// Values and quotients of points, over the selected terms, by the program.
    pub(crate) fn answers(
        &mut self,
        selection: Option<&[u32]>,
        points: &[&[f32]],
        how: Option<(Scheme, Step)>,
    ) -> Result<Answers<f32>> {
        self.program()?.answers(selection, points, how)
    }

    /// Steps of a descent, by the program.
    pub(crate) fn advance(
        &mut self,
        selection: Option<&[u32]>,
        stretch: &Stretch<'_>,
        how: (Scheme, Step),
    ) -> Result<Advanced> {
        self.program()?.advance(selection, stretch, how)
    }

    fn program(&mut self) -> Result<&mut Program> {
        self.program
            .as_deref_mut()
            .ok_or_else(|| Error::unsupported("this objective has no program on a device"))
    }
}
