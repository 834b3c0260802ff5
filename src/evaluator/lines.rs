//! Derivatives by lists of displacements: along lines and in planes through points, at adaptive steps or given ones, batch by
//! batch.

use std::sync::Arc;

use ndarray::{Array, Array2, ArrayView2, RemoveAxis};
use rayon::prelude::*;

use super::Pipeline;
use super::batch::{Answer, Batch};
use super::pipeline::Rows;
use super::request::Request;
use super::resolve::Resolved;
use super::start::Start;
use crate::difference::Step;
use crate::difference::fixed::FixedRule;
use crate::difference::line::Sizes;
use crate::difference::lists::Lists;
use crate::difference::rounds::ROUND;
use crate::error::Result;
use crate::numeric::Real;

/// Displacements of one line, and of one plane, in a round.
const LINE: usize = 2 * ROUND as usize;
const PLANE: usize = 4 * ROUND as usize;

/// Batches that are worked on before progress is told: enough that threads seldom wait for the last one.
const WAVE: usize = 256;

impl<'a, T: Real> Pipeline<'a, T> {
    /// Gradients, `[batch, n]`.
    pub(super) fn gradient_by_lists(
        &mut self,
        points: ArrayView2<'_, f64>,
        resolved: &Resolved,
    ) -> Result<Rows> {
        self.by_lists(&Request::gradient(points), resolved)
    }

    pub(super) fn by_lists<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        resolved: &Resolved,
    ) -> Result<Rows<D>> {
        self.check_shape(request.points)?;
        let (count, n) = request.points.dim();
        let fixed = match resolved.step {
            Step::Auto => None,
            step => Some(FixedRule::new(resolved.scheme, resolved.order, step)?),
        };
        let Start { good, x, failures } = self.starts(request.points);
        let none = || Array::from_elem(request.shape.clone(), 0.0);
        let mut found = Rows {
            error: fixed.is_none().then(none),
            step: Some(none()),
            base: Some(vec![f64::NAN; count]),
            failures,
            ..Rows::new(none(), 0)
        };
        let is_plane = request.lines.iter().any(|(_, across)| across.is_some());
        let each = match &fixed {
            Some(rule) => rule.most(is_plane),
            None if is_plane => PLANE,
            None => LINE,
        };
        let moves = is_plane || request.vectors.is_some();
        let sources =
            if moves { 1 + each.min(LINE) * if request.vectors.is_some() { 1 } else { n } } else { 1 };
        let at_once = self.batch(sources, each * request.lines.len() + 1, request.by_term)?;
        let vectors: Vec<Vec<f64>> = request.vectors.iter().flat_map(rows).collect();
        // Steps that are given say themselves what they follow.
        let sizes = if fixed.is_some() { Sizes::default() } else { self.sizes.clone() };
        let batches: Vec<Batch<'_, '_, T, D>> = good
            .chunks(at_once)
            .zip(x.chunks(at_once * n))
            .map(|(points, x)| Batch {
                request,
                points,
                x,
                vectors: &vectors,
                sizes: &sizes,
                rule: fixed.as_ref(),
                wanted: resolved.scheme,
            })
            .collect();
        if batches.len() > 1
            && let Some(answers) = self.all_at_once(&batches)?
        {
            batches.iter().zip(answers).for_each(|(batch, answer)| answer.put(batch, &mut found));
            return Ok(found);
        }
        let mut done = 0;
        for batch in &batches {
            batch.run(self)?.put(batch, &mut found);
            done += batch.points.len();
            self.tell(done * request.lines.len(), count * request.lines.len());
        }
        Ok(found)
    }

    /// All batches, several at the same time; none if the backend cannot be shared, or if one failed or evaluations were worth
    /// nothing: which ones, is found out one by one.
    fn all_at_once<D: RemoveAxis>(&mut self, batches: &[Batch<'_, '_, T, D>]) -> Result<Option<Vec<Answer>>> {
        let Pipeline { objective, backend, bounds, sizes, tables, selection, device, progress, whole } = self;
        let Some(make) = backend.twins()? else { return Ok(None) };
        let run = |batch: &Batch<'_, '_, T, D>| {
            let mut twin = Pipeline {
                objective: Arc::clone(objective),
                backend: make(),
                device: device.clone(),
                selection: selection.clone(),
                progress: None,
                bounds: bounds.clone(),
                sizes: sizes.clone(),
                tables: Arc::clone(tables),
                whole: *whole,
            };
            batch.run(&mut twin)
        };
        let mut answers = Vec::with_capacity(batches.len());
        let mut failed = false;
        for wave in batches.chunks(WAVE) {
            match wave.par_iter().map(run).collect::<Result<Vec<Answer>>>() {
                Ok(wave) => answers.extend(wave),
                Err(_) => {
                    failed = true;
                    break;
                }
            }
            if let Some(progress) = progress {
                let lines = |batch: &Batch<'_, '_, T, D>| batch.points.len() * batch.request.lines.len();
                let all: usize = batches.iter().map(lines).sum();
                let done: usize = batches[..answers.len()].iter().map(lines).sum();
                progress(done as u64, all as u64);
            }
        }
        drop(make);
        // Taken in any case, so that the next call does not find it.
        let is_worthless = backend.failure().is_some();
        Ok((!failed && !is_worthless).then_some(answers))
    }

    /// The selected terms at points, each by itself: `[batch, terms]`.
    pub(super) fn terms(&mut self, points: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let n = points.ncols();
        let x = self.start_all(points)?;
        let terms = self.backend.capacity()?.terms;
        let mut all = Array2::zeros((points.nrows(), terms));
        let at_once = self.batch(1, 1, true)?;
        for (i, x) in x.chunks(at_once * n).enumerate() {
            let mut lists = Lists::new(n, x, None);
            lists.values();
            let (first, count) = (i * at_once, lists.len());
            let found = self.evaluate_list(&lists.displacements(), true)?;
            for point in 0..count {
                for term in 0..terms {
                    let value = found[term * count + point];
                    if !value.is_finite() {
                        return Err(self.explain(&x[point * n..][..n], first + point, None));
                    }
                    all[[first + point, term]] = value;
                }
            }
        }
        Ok(all)
    }
}

fn rows(vectors: &ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    vectors.rows().into_iter().map(|row| row.to_vec()).collect()
}
