//! Gradients by stencils of a given order and step, one-sided where bounds ask for it.

use ndarray::{Array2, ArrayView2};

use super::auto::Chosen;
use super::direct::RunIn;
use super::{Evaluator, Rows};
use crate::displacement::{Displaced, Displacement, NONE};
use crate::error::{Error, Result};
use crate::precision::Real;
use crate::remark::{Notice, Remark};
use crate::scheme::Scheme;
use crate::stencil::Stencil;
use crate::step::{Perturbation, Step};

/// A simple quotient over some steps: its weight, the evaluations above and below ([`NONE`]: the point itself) and
/// their distance.
struct Quotient {
    weight: f64,
    sides: [u32; 2],
    distance: f64,
}

/// The quotients of one component.
struct Component {
    point: usize,
    axis: usize,
    scheme: Scheme,
    quotients: Vec<Quotient>,
    /// The outermost coordinates, for messages.
    moved: [f64; 2],
}

impl Evaluator<'_> {
    /// Gradients, `[batch, n]`, by the stencil of an order.
    pub(super) fn stencil_rows<T: Real>(
        &mut self,
        points: ArrayView2<'_, f64>,
        wanted: Scheme,
        order: usize,
        step: Step,
    ) -> Result<Rows>
    where
        Self: RunIn<T>,
    {
        let (count, n) = points.dim();
        let stencils = [Scheme::Central, Scheme::Forward, Scheme::Backward]
            .map(|scheme| (scheme, Stencil::new(scheme, order)));
        let stencil = |scheme: Scheme| {
            let found = stencils.iter().find(|(known, _)| *known == scheme);
            found.and_then(|(_, stencil)| stencil.as_ref().ok()).map_or(&[][..], Stencil::weights)
        };
        let mut values = Array2::zeros((count, n));
        let steps = Array2::from_shape_fn((count, n), |at| step.at(points[at]));
        let (mut remarks, mut evaluations) = (Vec::new(), 0);
        let (good, mut failures) = self.starts::<T>(points);
        self.prepare()?;
        let batch = self.batch(1, 2 * order * n + 1, false);
        let mut done = 0;
        for good in good.chunks(batch) {
            let x: Vec<T> = good.iter().flat_map(|&point| points.row(point).to_vec()).map(T::of).collect();
            let mut asked: Vec<Displacement<T>> = Vec::new();
            let mut components = Vec::new();
            for (point, &global) in good.iter().enumerate() {
                asked.push(Displacement { source: point as u32, base: NONE, axis: NONE, value: T::ZERO });
                for axis in 0..n {
                    let at = x[point * n + axis];
                    let steps =
                        |scheme: Scheme| self.nodes(at, global, axis, scheme, stencil(scheme).len(), step);
                    let candidates: &[Scheme] = if wanted == Scheme::Central {
                        &[Scheme::Central, Scheme::Forward, Scheme::Backward]
                    } else {
                        &[wanted]
                    };
                    // The first that keeps to the bounds.
                    let mut found = Err(Error::usage(format!(
                        "the bounds of x[{axis}] leave no room for {wanted} differences of order {order} with the step \
                         {:e} at {at} (point {global}); take a smaller step",
                        step.at(at.to_f64())
                    )));
                    for &scheme in candidates {
                        match steps(scheme) {
                            Ok(Some(nodes)) => {
                                found = Ok((scheme, nodes));
                                break;
                            }
                            Ok(None) => {}
                            Err(error) => {
                                found = Err(error);
                                break;
                            }
                        }
                    }
                    let (scheme, nodes) = match found {
                        Ok(found) => found,
                        Err(error) => {
                            failures[global].get_or_insert(Box::new(error));
                            continue;
                        }
                    };
                    let moved = nodes
                        .last()
                        .map_or([at.to_f64(); 2], |node| [node.plus, node.minus].map(Real::to_f64));
                    let mut side = |value: T, used: bool| {
                        if !used {
                            return NONE;
                        }
                        let (source, axis) = (point as u32, axis as u32);
                        asked.push(Displacement { source, base: source, axis, value });
                        asked.len() as u32 - 1
                    };
                    let quotients = nodes
                        .iter()
                        .zip(stencil(scheme))
                        .map(|(node, weight)| Quotient {
                            weight: weight.to_f64(),
                            sides: [
                                side(node.plus, scheme != Scheme::Backward),
                                side(node.minus, scheme != Scheme::Forward),
                            ],
                            distance: node.plus.to_f64() - node.minus.to_f64(),
                        })
                        .collect();
                    components.push(Component { point, axis, scheme, quotients, moved });
                }
            }
            let found = self.displaced(&Displaced {
                dimension: n,
                sources: &x,
                bases: good.len(),
                evaluations: &asked,
                by_term: false,
            })?;
            evaluations += asked.len() as u64;
            let base = asked.iter().zip(&found).filter(|(asked, _)| asked.base == NONE);
            let base: Vec<f64> = base.map(|(_, &value)| value).collect();
            for Component { point, axis, scheme, quotients, moved } in components {
                let global = good[point];
                let at = |evaluation: u32| found.get(evaluation as usize).copied().unwrap_or(0.0);
                let value: f64 =
                    quotients.iter().map(|q| q.weight * (at(q.sides[0]) - at(q.sides[1])) / q.distance).sum();
                values[[global, axis]] = value;
                let at_point = &x[point * n..][..n];
                if !base[point].is_finite() {
                    failures[global].get_or_insert_with(|| Box::new(self.explain(at_point, global, None)));
                } else if !value.is_finite() {
                    let [plus, minus] = moved.map(T::of);
                    let moved = Perturbation { plus, minus, distance: T::ONE };
                    failures[global]
                        .get_or_insert_with(|| Box::new(self.explain(at_point, global, Some((axis, moved)))));
                }
                if scheme != wanted {
                    let notice = Notice::Bound { used: scheme };
                    remarks.push(Remark {
                        point: global,
                        axis: Some(axis),
                        across: None,
                        term: None,
                        notice,
                    });
                }
            }
            done += good.len();
            self.tell(done * n, count * n, true);
        }
        let chosen = Chosen { error: None, step: steps, remarks, evaluations };
        Ok(Rows { values, failures, frozen: Vec::new(), base: None, chosen: Some(chosen) })
    }

    /// Where the simple quotients of a stencil evaluate; `None` if the bounds forbid it.
    fn nodes<T: Real>(
        &self,
        x: T,
        point: usize,
        axis: usize,
        scheme: Scheme,
        count: usize,
        step: Step,
    ) -> Result<Option<Vec<Perturbation<T>>>> {
        let mut nodes = Vec::with_capacity(count);
        let h = step.at(x.to_f64());
        for m in 1..=count {
            let step = Step::Fixed(m as f64 * h);
            let node = step.perturb(scheme, x, point, axis)?;
            let node = step.check_rounding(scheme, x, node, point, axis)?;
            if let Some([lower, upper]) = self.bounds.as_ref().map(|bounds| bounds[axis])
                && !(lower <= node.minus.to_f64() && node.plus.to_f64() <= upper)
            {
                return Ok(None);
            }
            nodes.push(node);
        }
        Ok(Some(nodes))
    }
}
