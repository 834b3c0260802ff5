//! What a difference that is asked for comes to here: where it is taken from, at which step.

use super::Pipeline;
use crate::difference::{Bars, Difference, Method, Scheme, Stencil, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;

/// What a difference comes to here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolved {
    pub(crate) scheme: Scheme,
    pub(crate) order: usize,
    pub(crate) step: Step,
    pub(super) source: Source,
}

/// Where differences come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Upper minus lower, term by term.
    Evaluated,
    /// Increments of whole gradients, with or without bars.
    Whole { bars: bool },
    /// Increments, term by term, in the place of the two evaluations.
    ByTerm { bars: bool },
    /// Slopes carried through the formula of each term, over the step itself.
    Finite,
    /// Slopes carried through the formula of each term in the limit of small steps, with or without bars.
    Carried { bars: Bars },
}

impl Resolved {
    /// As a difference that is asked for, with all else of `asked`.
    pub(super) fn difference(&self, asked: &Difference) -> Difference {
        Difference {
            scheme: self.scheme,
            order: Some(self.order),
            step: Some(self.step),
            method: if self.is_incremental() { Method::Incremental } else { Method::Direct },
            ..*asked
        }
    }

    /// The same without bars of increments that nobody reads. (Those of slopes are more than read: they settle doubts.)
    pub(super) fn without_bars(self) -> Self {
        let source = match self.source {
            Source::Whole { .. } => Source::Whole { bars: false },
            Source::ByTerm { .. } => Source::ByTerm { bars: false },
            other => other,
        };
        Resolved { source, ..self }
    }

    pub(crate) fn is_incremental(&self) -> bool {
        self.source != Source::Evaluated
    }
}

/// Whether the step is left to the library. What a difference was resolved to before, `own`, stays what it is.
pub(super) fn is_chosen(difference: &Difference, own: Step) -> bool {
    difference.step.is_none_or(|step| step == Step::Auto || step == own)
}

impl<T: Real> Pipeline<'_, T> {
    /// What a difference comes to for a gradient.
    pub(crate) fn resolve_gradient(&mut self, difference: &Difference) -> Result<Resolved> {
        let (scheme, order) = (difference.scheme, difference.effective_order());
        Stencil::new(scheme, order)?;
        // What increments cannot do.
        let only_direct = if order != scheme.order() {
            Some("a stencil of a higher order")
        } else if self.takes_slopes(difference)? && self.has_ready_slopes(difference.bars)? {
            return Ok(self.resolve_carried(difference));
        } else if self.bounds.is_some() {
            Some("bounds")
        } else {
            None
        };
        if let (Method::Incremental, Some(what)) = (difference.method, only_direct) {
            return Err(Error::unsupported(format!(
                "increments do not work with {what}; use the difference `direct` or `auto`"
            )));
        }
        if difference.method == Method::Direct || only_direct.is_some() {
            return self.resolve_evaluated(difference, 1);
        }
        if let Some(resolved) = self.resolve_finite(difference)? {
            return Ok(resolved);
        }
        let bars = self.is_enclosed(difference);
        let source = if self.backend.increments()?.is_some() {
            Source::Whole { bars }
        } else if self.backend.has_increments_by_term() {
            Source::ByTerm { bars }
        } else if difference.method == Method::Auto {
            return self.resolve_evaluated(difference, 1);
        } else {
            return Err(self.no_increments(difference, 1)?);
        };
        let precision = T::PRECISION;
        let step = match difference.step {
            None | Some(Step::Auto) => Step::default_for_increments(scheme, precision),
            Some(step) => step,
        };
        step.check_for_increments(precision)?;
        Ok(Resolved { scheme, order, step, source })
    }

    /// Whether slopes are carried: they are evaluated at the point alone, so that bounds do not matter.
    fn takes_slopes(&mut self, difference: &Difference) -> Result<bool> {
        let is_lowest = difference.effective_order() == difference.scheme.order();
        let is_chosen = is_chosen(difference, Step::default_for_slopes(T::PRECISION));
        Ok(is_lowest && is_chosen && difference.method != Method::Direct && self.backend.slopes()?.is_some())
    }

    fn has_ready_slopes(&mut self, bars: Bars) -> Result<bool> {
        Ok(self.backend.slopes()?.is_some_and(|slopes| slopes.is_ready(bars != Bars::Off)))
    }

    fn resolve_carried(&self, difference: &Difference) -> Resolved {
        let step = Step::default_for_slopes(T::PRECISION);
        let source = Source::Carried { bars: difference.bars };
        Resolved { scheme: difference.scheme, order: difference.effective_order(), step, source }
    }

    /// Whether slopes are carried over the step that is named; what is too small or too large for them is for direct
    /// differences, unless increments are asked for.
    fn resolve_finite(&mut self, difference: &Difference) -> Result<Option<Resolved>> {
        let Some(step) = difference.step.filter(|&step| step != Step::Auto) else { return Ok(None) };
        let (scheme, order) = (difference.scheme, difference.effective_order());
        let takes = difference.method != Method::Direct && order == scheme.order() && self.bounds.is_none();
        if !takes {
            return Ok(None);
        }
        let has_finite = match self.backend.slopes()? {
            Some(slopes) => slopes.has_finite()?,
            None => false,
        };
        if !has_finite {
            return Ok(None);
        }
        match step.check_for_increments(T::PRECISION) {
            Err(error) if difference.method == Method::Incremental => Err(error),
            Err(_) => Ok(None),
            Ok(()) => Ok(Some(Resolved { scheme, order, step, source: Source::Finite })),
        }
    }

    fn no_increments(&mut self, difference: &Difference, derivative: usize) -> Result<Error> {
        if let (Some(step), true) = (difference.step, self.backend.slopes()?.is_some()) {
            let what = if derivative == 1 { "they" } else { "second derivatives" };
            return Ok(Error::unsupported(format!(
                "step {step} with increments of `{}`: {what} take a step of their own, {}, at which h no longer matters; leave \
                 the step out, or use the difference `direct`",
                self.objective.name(),
                Step::default_for_slopes(T::PRECISION)
            )));
        }
        Ok(Error::unsupported(match self.backend.refused() {
            Some(error) => format!("increments do not fit this device: {error}"),
            None => format!(
                "`{}` offers no increments on this device and in {}; use the difference `direct` or `auto`",
                self.objective.name(),
                T::PRECISION
            ),
        }))
    }

    /// What a difference of evaluated terms comes to, for a first or second derivative.
    pub(super) fn resolve_evaluated(&self, difference: &Difference, derivative: usize) -> Result<Resolved> {
        let (scheme, order) = (difference.scheme, difference.effective_order());
        Stencil::new(scheme, order)?;
        let is_lowest = order == scheme.order();
        let step = match difference.step {
            None if is_lowest => Step::Auto,
            None => Step::default_for_derivative(derivative, scheme, order, T::PRECISION),
            Some(Step::Auto) if !is_lowest => {
                return Err(Error::usage(format!(
                    "step auto and order {order}: adaptive steps come with an order of their own; drop one of the two"
                )));
            }
            Some(step) => step,
        };
        Ok(Resolved { scheme, order, step, source: Source::Evaluated })
    }

    /// For derivatives that increments do not give.
    pub(super) fn resolve_beyond(
        &mut self,
        difference: &Difference,
        derivative: usize,
        what: &str,
    ) -> Result<Resolved> {
        let has_it = match (derivative, self.backend.slopes()?) {
            (1, _) => true,
            (_, Some(slopes)) => slopes.has_second()?,
            (_, None) => false,
        };
        if has_it && self.takes_slopes(difference)? {
            return Ok(self.resolve_carried(difference));
        }
        if derivative == 1
            && let Some(resolved) = self.resolve_finite(difference)?
        {
            return Ok(resolved);
        }
        if difference.method == Method::Incremental && has_it && difference.step.is_some() {
            return Err(self.no_increments(difference, derivative)?);
        }
        if difference.method == Method::Incremental {
            return Err(Error::unsupported(format!(
                "increments of this objective give no {what}; use the difference `direct` or `auto`"
            )));
        }
        self.resolve_evaluated(difference, derivative)
    }
}
