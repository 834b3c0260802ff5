//! A descent between two steps, whole: kept now, to go on from later as if it had never stopped.

use serde::{Deserialize, Serialize};

use super::walk::Walk;
use super::{Descent, Minibatches};
use crate::error::{Error, Result};
use crate::numeric::Precision;

/// All that a descent needs to go on, to the last bit: points, what the update rule keeps of them, the minibatches, what became of each point and
/// what was seen. Made for a [`Keeper`], and taken by [`Descent::resume`]; any format of serde stores it.
///
/// Rules keep all they need in it but their settings, which are the caller's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DescentState {
    pub(super) step: usize,
    pub(super) walk: Walk,
    pub(super) batches: Option<Minibatches>,
}

/// When a state may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the next step.
    Between,
    /// Before the next step, which will not be made: the descent was asked to stop. Whoever wants to go on later keeps this one.
    Interrupted,
    /// Before a step that failed, such as by a device that was lost: the last state that is good, before the error is returned.
    Failed,
    /// After the last step. What is left is to say what the points have come to.
    Ended,
    /// The same where points may go on from saddle points, of which way no states are shown. If that is interrupted, this state is shown once
    /// more, as interrupted: what was recorded for it belongs to now.
    Leaving,
}

/// Who keeps states of a descent.
///
/// ```
/// use plusminus::ndarray::array;
/// use plusminus::{Adam, Descent, DescentState, Engine, Keeper, Moment, Precision, Quadratic};
///
/// #[derive(Default)]
/// struct Half { state: Option<DescentState> }
///
/// impl Keeper for &mut Half {
///     fn wants(&mut self, step: usize, _: Moment) -> bool { step == 50 }
///     fn keep(&mut self, state: DescentState, _: Moment) -> plusminus::Result<()> {
///         self.state = Some(state);
///         Ok(())
///     }
/// }
///
/// let f = Quadratic::sum_of_squares(2)?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let start = array![[3.0, 4.0]];
/// let descent = || Descent::new(Adam::new(0.1)).steps(100);
/// let mut half = Half::default();
/// let whole = descent().keeper(&mut half).run(&mut evaluator, start.view())?;
/// let resumed = descent().resume(half.state.expect("kept")).run(&mut evaluator, start.view())?;
/// assert_eq!(whole.points, resumed.points);
/// # Ok::<(), plusminus::Error>(())
/// ```
pub trait Keeper {
    /// Whether the state after so many steps is wanted.
    fn wants(&mut self, step: usize, moment: Moment) -> bool;

    /// Takes it.
    ///
    /// # Errors
    /// Its own, which end the descent.
    fn keep(&mut self, state: DescentState, moment: Moment) -> Result<()>;
}

impl<K: Keeper + ?Sized> Keeper for Box<K> {
    fn wants(&mut self, step: usize, moment: Moment) -> bool {
        (**self).wants(step, moment)
    }

    fn keep(&mut self, state: DescentState, moment: Moment) -> Result<()> {
        (**self).keep(state, moment)
    }
}

impl<K: Keeper + ?Sized> Keeper for &mut K {
    fn wants(&mut self, step: usize, moment: Moment) -> bool {
        (**self).wants(step, moment)
    }

    fn keep(&mut self, state: DescentState, moment: Moment) -> Result<()> {
        (**self).keep(state, moment)
    }
}

impl DescentState {
    /// Steps made.
    pub fn steps(&self) -> usize {
        self.step
    }
}

impl<'o> Descent<'o> {
    /// Goes on from this state, instead of the start, which [`run`](Self::run) is still given for its shape. Settings, objective, device and
    /// precision must be those of the descent that it was kept of; then all that follows is the same to the last bit.
    #[must_use]
    pub fn resume(self, state: DescentState) -> Self {
        Descent { resumed: Some(state), ..self }
    }

    /// Shows the states between steps to someone who may keep them.
    #[must_use]
    pub fn keeper(self, keeper: impl Keeper + 'o) -> Self {
        Descent { keeper: Some(Box::new(keeper)), ..self }
    }

    /// A state that was kept of such a descent, or an error that says why it is of another.
    pub(super) fn checked(
        &self,
        state: DescentState,
        shape: (usize, usize),
        precision: Precision,
    ) -> Result<DescentState> {
        let own = self.rules.first().map_or(0, |rule| rule.state());
        let fits = match (&state.batches, &self.batches) {
            (Some(kept), Some(own)) => kept.fits(own),
            (kept, own) => kept.is_none() && own.is_none(),
        };
        if !fits || !state.walk.fits(shape, own, precision) || state.step > self.steps {
            return Err(Error::usage(format!(
                "the state that the descent is to go on from is of another one, or damaged: this one has {} points of {} coordinates in \
                 {precision}, {own} numbers kept for each, {} minibatches, and {} steps",
                shape.0,
                shape.1,
                if self.batches.is_some() { "takes" } else { "no" },
                self.steps
            )));
        }
        Ok(state)
    }
}
