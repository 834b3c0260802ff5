//! Gradients by slopes that the device adds up and follows by itself: of descents, and of calls without bars.

use std::sync::Arc;

use super::carried::CarriedProgram;
use super::objective::{OnGpu, angles};
use super::program::Program;
use super::slopes::Beyond;
use crate::backend::{Backend, Bounded, Carried, Carry, CarryAlong, Gradients};
use crate::difference::{Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;
use crate::objective::Selection;

impl<'a, T: Real> OnGpu<'a, T> {
    /// All slopes along axes without bars, whose sums the device makes by itself; none where something is in doubt, and the host must
    /// know of each.
    pub(super) fn whole_gradients(&mut self, what: &Carry<'_, T>) -> Result<Option<Carried>> {
        let CarryAlong::Axes(axes) = what.along else { return Ok(None) };
        let is_plain = !(what.by_term || what.bars || what.steps.is_some() || what.sample > 0);
        let are_all = axes.len() == what.n && axes.iter().zip(0..).all(|(&axis, i)| axis == i);
        if !(is_plain && are_all) {
            return Ok(None);
        }
        let divisor = self.objective.reduction().divisor(self.capacity()?.terms);
        let Some(program) = self.looping(Gradients::Slopes)? else { return Ok(None) };
        let step = Step::default_for_slopes(T::PRECISION);
        let Some((values, slopes)) = program.undoubted(what.points, (Scheme::Central, step))? else {
            return Ok(None);
        };
        // Sums, as of all slopes.
        let bounded = |value: T| Bounded { value: divisor * value.to_f64(), bound: 0.0, flags: 0 };
        let slopes: Vec<Bounded> = slopes.into_iter().map(bounded).collect();
        if !slopes.iter().all(|slope| slope.value.is_finite()) {
            return Ok(None);
        }
        Ok(Some(Carried { values: values.into_iter().map(bounded).collect(), slopes, trapped: None }))
    }

    /// The program of descents by such gradients, made on the first call; none where slopes are not to be had.
    pub(super) fn looping(&mut self, by: Gradients) -> Result<Option<&mut Box<Program<'a, T>>>> {
        if !self.loops.iter().any(|(known, _)| *known == by) {
            let made = match self.looped(by) {
                Ok(made) => made,
                Err(error @ (Error::Shader { .. } | Error::Limit { .. })) => {
                    tracing::warn!("`{}` is led step by step: {error}", self.objective.name());
                    None
                }
                Err(error) => return Err(error),
            };
            self.loops.push((by, made.map(Box::new)));
        }
        Ok(self.loops.iter_mut().find(|(known, _)| *known == by).and_then(|(_, program)| program.as_mut()))
    }

    fn looped(&mut self, by: Gradients) -> Result<Option<Program<'a, T>>> {
        let iterations = self.kernels()?.iterations;
        Backend::slopes(self)?;
        let Some(Some(slopes)) = &mut self.slopes else { return Ok(None) };
        if by == Gradients::SlopesOverSteps && !slopes.has(Beyond::Finite, &*self.objective)? {
            return Ok(None);
        }
        let sizes = (slopes.most_slots(), iterations);
        let Some(brought) = CarriedProgram::new(&*self.objective, T::PRECISION, by, sizes)? else {
            return Ok(None);
        };
        let (gpu, objective) = (Arc::clone(&self.gpu), Arc::clone(&self.objective));
        let mut program = Program::with(gpu, objective, Some(Box::new(brought)), angles(self.all_angles))?;
        program.select(self.selection.as_deref().map_or(Selection::All, Selection::Only));
        // One step of one point must fit a submission, since a launch cannot be cut.
        Ok(program.fits().then_some(program))
    }
}
