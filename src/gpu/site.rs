//! An objective on one device: its shaders and data, made when first needed.

use std::sync::Arc;

use super::context::Gpu;
use super::engine::GpuTerms;
use crate::cpu::Sums;
use crate::error::{Error, Result};
use crate::evaluator::{Advanced, Answer, Stretch};
use crate::objective::{Objective, Selection, Structure};
use crate::plan::{Piece, Plan};
use crate::scheme::Scheme;
use crate::step::{Perturbation, Step};

/// An objective on one device.
pub(crate) struct GpuSite {
    pub(crate) gpu: Arc<Gpu>,
    /// For direct differences, and increments written in WGSL.
    terms: Option<Box<GpuTerms>>,
}

impl GpuSite {
    pub(crate) fn new(gpu: Arc<Gpu>, objective: &dyn Objective) -> Result<Self> {
        let mut site = GpuSite { gpu, terms: None };
        if let Structure::Unknown = objective.structure() {
            site.terms(objective, None)?;
        }
        Ok(site)
    }

    pub(crate) fn has_increments(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.has_increments())
    }

    pub(crate) fn select(&mut self, indices: Option<&[u32]>, count: usize) {
        if let Some(terms) = &mut self.terms {
            terms.select(indices.map_or(Selection::All, Selection::Only), count);
        }
    }

    /// The shaders for direct differences, made on the first call.
    pub(crate) fn terms(
        &mut self,
        objective: &dyn Objective,
        selection: Option<&[u32]>,
    ) -> Result<&mut GpuTerms> {
        if self.terms.is_none() {
            let mut terms = GpuTerms::new(Arc::clone(&self.gpu), objective)?;
            terms.select(selection.map_or(Selection::All, Selection::Only), objective.terms());
            self.terms = Some(Box::new(terms));
        }
        self.terms.as_deref_mut().ok_or_else(|| Error::unsupported("no shader for direct differences"))
    }

    pub(crate) fn iterations(&self) -> u64 {
        self.terms.as_ref().map_or(1, |terms| terms.iterations)
    }

    pub(crate) fn run(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[f32],
        moved: &[Perturbation<f32>],
    ) -> Result<Sums<f32>> {
        match &mut self.terms {
            Some(terms) => terms.run(plan, piece, points, moved),
            None => Err(Error::unsupported("no shader for direct differences")),
        }
    }

    pub(crate) fn has_program(&self) -> bool {
        false
    }

    pub(crate) fn advance(
        &mut self,
        _objective: &dyn Objective,
        _selection: Option<&[u32]>,
        _stretch: &Stretch<'_>,
        _how: (Scheme, Step),
    ) -> Result<Advanced> {
        Err(Error::unsupported("no program"))
    }

    pub(crate) fn answers(
        &mut self,
        _objective: &dyn Objective,
        _points: &[&[f32]],
        _how: Option<(Scheme, Step)>,
    ) -> Result<Vec<Result<Answer<f32>>>> {
        Err(Error::unsupported("no program"))
    }
}
