//! Derivatives at steps that are given: displacements with weights, one round.

use super::displacement::{Lower, NONE};
use super::line::{Along, Line};
use super::lists::{Blocked, Lists, Reached};
use super::{Scheme, Stencil, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;

/// A stencil of each scheme at one step.
pub(crate) struct FixedRule {
    pub(crate) wanted: Scheme,
    step: Step,
    order: usize,
    /// Of each candidate, in the order of preference: the weights of the simple quotients over 1, 2, … steps.
    stencils: Vec<(Scheme, Vec<f64>)>,
}

/// What a derivative is the weighted sum of.
pub(crate) struct Weighted {
    /// The scheme that keeps to the bounds.
    pub(crate) scheme: Scheme,
    pub(crate) parts: Vec<(u32, f64)>,
    /// The step along the line.
    pub(crate) step: f64,
}

impl FixedRule {
    /// # Errors
    /// [`Error::Usage`] for an order that there is not.
    pub(crate) fn new(wanted: Scheme, order: usize, step: Step) -> Result<Self> {
        let candidates: &[Scheme] = match wanted {
            Scheme::Central => &[Scheme::Central, Scheme::Forward, Scheme::Backward],
            one => &[one],
        };
        let stencil = |&scheme: &Scheme| Ok((scheme, Stencil::new(scheme, order)?.rounded().collect()));
        Ok(FixedRule {
            wanted,
            step,
            order,
            stencils: candidates.iter().map(stencil).collect::<Result<_>>()?,
        })
    }

    /// Displacements that one derivative takes at most.
    pub(crate) fn most(&self, is_plane: bool) -> usize {
        let nodes = self.stencils.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1);
        if is_plane { 2 * nodes * nodes } else { 2 * nodes }
    }

    /// Asks for what a derivative at the point `x`, the `point`-th of the batch, is made of: by the first scheme that
    /// keeps to the bounds.
    pub(crate) fn ask<T: Real>(
        &self,
        lists: &mut Lists<'_, T>,
        line: &Line<'_>,
        x: &[T],
        point: usize,
    ) -> Result<Weighted> {
        let steps = line.steps(x, self.step);
        for &(scheme, ref weights) in &self.stencils {
            let asking = Asking { lists, line, scheme, weights, steps, point };
            if let Some(parts) = asking.parts()? {
                return Ok(Weighted { scheme, parts, step: steps[0] });
            }
        }
        let place = match (line.along, line.across) {
            (Along::Axis(axis), None) => format!("x[{axis}] leave no room at {}", x[axis]),
            (Along::Axis(axis), Some(across)) => format!("x[{axis}] and x[{across}] leave no room"),
            (Along::Vector(_), _) => "the direction leave no room".into(),
        };
        let (wanted, order) = (self.wanted, self.order);
        Err(Error::usage(format!(
            "the bounds of {place} for {wanted} differences of order {order} with the step {:e} (point {point}); take a \
             smaller step",
            steps[0]
        )))
    }
}

/// What one scheme asks for.
struct Asking<'a, 'r, T> {
    lists: &'a mut Lists<'r, T>,
    line: &'a Line<'a>,
    scheme: Scheme,
    weights: &'a [f64],
    steps: [f64; 2],
    point: usize,
}

impl<T: Real> Asking<'_, '_, T> {
    /// `None`: the bounds forbid it.
    fn parts(self) -> Result<Option<Vec<(u32, f64)>>> {
        match (self.line.along, self.line.across) {
            (Along::Axis(axis), None) => self.along_axis(axis),
            (Along::Vector(_), None) => {
                let line = *self.line;
                self.each_source(|asking, source, weight, parts| {
                    if source != line.point as u32 {
                        let lower = Lower::Base(line.point as u32);
                        parts.push((asking.lists.push(source, NONE, T::ZERO, lower), weight));
                    }
                    Ok(())
                })
            }
            (_, Some(across)) => {
                self.each_source(|asking, source, weight, parts| asking.across(source, across, weight, parts))
            }
        }
    }

    fn along_axis(self, axis: usize) -> Result<Option<Vec<(u32, f64)>>> {
        let Asking { lists, line, scheme, weights, steps, point } = self;
        let source = line.point as u32;
        let x = lists.coordinate(source, axis);
        let mut parts = Vec::with_capacity(weights.len());
        for (m, weight) in (1..).zip(weights) {
            let step = Step::Fixed(f64::from(m) * steps[0]);
            let node = step.perturb(scheme, x, point, axis)?;
            let node = step.check_rounding(scheme, x, node, point, axis)?;
            if lists.is_barred(axis, node.plus) || lists.is_barred(axis, node.minus) {
                return Ok(None);
            }
            let weight = weight / (node.plus.to_f64() - node.minus.to_f64());
            let (upper, lower, weight) = match scheme {
                Scheme::Central => (node.plus, Lower::Moved(node.minus), weight),
                Scheme::Forward => (node.plus, Lower::Base(source), weight),
                Scheme::Backward => (node.minus, Lower::Base(source), -weight),
            };
            parts.push((lists.push(source, axis as u32, upper, lower), weight));
        }
        Ok(Some(parts))
    }

    /// Hands each source along the line, with its weight, to `take`.
    fn each_source(
        mut self,
        mut take: impl FnMut(&mut Self, u32, f64, &mut Vec<(u32, f64)>) -> Reached<()>,
    ) -> Result<Option<Vec<(u32, f64)>>> {
        let mut parts = Vec::new();
        for (m, &weight) in (1..).zip(self.weights) {
            let by = f64::from(m) * self.steps[0];
            let mut all = || -> Reached<()> {
                let [up, down] = self.scheme.moves();
                let point = self.line.point as u32;
                let upper = if up { self.lists.source(self.line, by, m)? } else { point };
                let lower = if down { self.lists.source(self.line, -by, m)? } else { point };
                let reach = |source: u32, by: f64| {
                    if source == point { 0.0 } else { self.lists.gone(self.line, source, by) }
                };
                let distance = reach(upper, by) - reach(lower, -by);
                take(&mut self, upper, weight / distance, &mut parts)?;
                take(&mut self, lower, -weight / distance, &mut parts)
            };
            match all() {
                Ok(()) => {}
                Err(Blocked::ByBounds) => return Ok(None),
                Err(Blocked::ByPrecision) => return Err(self.vanished()),
            }
        }
        Ok(Some(parts))
    }

    /// The simple quotients across, at a source.
    fn across(&mut self, source: u32, axis: usize, weight: f64, parts: &mut Vec<(u32, f64)>) -> Reached<()> {
        for (k, inner) in (1..).zip(self.weights) {
            let by = f64::from(k) * self.steps[1];
            let [up, down] = self.scheme.moves();
            let here = self.lists.coordinate(source, axis);
            let upper = if up { self.lists.moved(source, axis, by)? } else { here };
            let lower = if down { self.lists.moved(source, axis, -by)? } else { here };
            let distance = upper.to_f64() - lower.to_f64();
            let part = self.lists.push(source, axis as u32, upper, Lower::Moved(lower));
            parts.push((part, weight * inner / distance));
        }
        Ok(())
    }

    fn vanished(&self) -> Error {
        let [along, across] = self.steps;
        let place = match (self.line.along, self.line.across) {
            (Along::Axis(axis), Some(other)) => format!("along x[{axis}] or {across:e} along x[{other}]"),
            (Along::Axis(axis), None) => format!("along x[{axis}]"),
            (Along::Vector(_), _) => "along the direction".into(),
        };
        Error::usage(format!(
            "the step {along:e} {place} vanishes or overflows at point {} in {}; take another step, or step auto",
            self.point,
            T::PRECISION
        ))
    }
}
