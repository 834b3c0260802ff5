//! How to difference: what is asked for.

use super::{Scheme, Step};
use crate::numeric::named;

/// How to difference. Options that are not set take their defaults.
///
/// ```
/// use plusminus::{Difference, Scheme, Step};
/// let textbook = Difference::default().with_scheme(Scheme::Forward).with_step(Step::fixed(1e-4)?);
/// # assert_eq!(textbook.scheme, Scheme::Forward);
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The quotient.
    pub scheme: Scheme,
    /// The power of h that the truncation error goes with: 1, 2, 4, 6 or 8 ([`Stencil`](crate::Stencil)); `None`: the
    /// scheme's own, 1 or 2.
    pub order: Option<usize>,
    /// The step; `None`: [`Step::Auto`] for direct differences, [`Step::default_for_increments`] or
    /// [`Step::default_for_slopes`] for increments,
    /// [`Step::default_for`] for an order that is not the scheme's own.
    pub step: Option<Step>,
    /// Where the difference comes from.
    pub method: Method,
    /// Whether increments carry error bars along.
    pub bars: Bars,
    /// What a point without a derivative means for the others.
    pub on_failure: OnFailure,
}

impl Difference {
    /// Sets the quotient.
    #[must_use]
    pub fn with_scheme(self, scheme: Scheme) -> Self {
        Difference { scheme, ..self }
    }

    /// Sets the order.
    #[must_use]
    pub fn with_order(self, order: impl Into<Option<usize>>) -> Self {
        Difference { order: order.into(), ..self }
    }

    /// Sets the step.
    #[must_use]
    pub fn with_step(self, step: impl Into<Option<Step>>) -> Self {
        Difference { step: step.into(), ..self }
    }

    /// Sets where the difference comes from.
    #[must_use]
    pub fn with_method(self, method: Method) -> Self {
        Difference { method, ..self }
    }

    /// Sets whether increments carry error bars along.
    #[must_use]
    pub fn with_bars(self, bars: Bars) -> Self {
        Difference { bars, ..self }
    }

    /// Sets what a point without a derivative means.
    #[must_use]
    pub fn with_on_failure(self, on_failure: OnFailure) -> Self {
        Difference { on_failure, ..self }
    }

    /// The order, the scheme's own if none is set.
    pub(crate) fn effective_order(&self) -> usize {
        self.order.unwrap_or(self.scheme.order())
    }
}

named! {
    "difference";
    /// Where a difference f(x+h) - f(x-h) comes from.
    #[derive(Default)]
    pub enum Method {
        /// Incremental where the objective offers it, else direct.
        #[default]
        Auto,
        /// Both values are evaluated and subtracted, term by term. Works for any objective.
        Direct,
        /// The change is carried through the formula, and no two values of f are subtracted: the quotient keeps its digits
        /// however small h is. For gradients of objectives that offer increments.
        Incremental,
    }
}

named! {
    "bars";
    /// Whether increments come with bounds of their errors. They have none at a step that you name. Direct differences have
    /// bars if their steps are chosen.
    #[derive(Default)]
    pub enum Bars {
        /// For derivatives that are asked for; not within descents.
        #[default]
        Auto,
        /// Always.
        On,
        /// Always, and only bounds that are certain: where these are wide, the others are narrowed by samples with random
        /// rounding, which is statistics and said in a [remark](crate::Notice::Statistical).
        Certain,
        /// Never: two to three times as fast. What only the bars would tell goes unnoticed, such as a kink at the point.
        Off,
    }
}

impl Bars {
    /// Whether a wide bound may be narrowed by samples.
    pub(crate) fn may_be_statistical(self) -> bool {
        matches!(self, Bars::Auto | Bars::On)
    }
}

/// What a point without a derivative means for the others of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnFailure {
    /// The call is an error that names the first such point.
    #[default]
    Stop,
    /// The point has NaN and an entry in [`Derivative::failures`](crate::Derivative::failures); the others stand.
    Skip,
}
