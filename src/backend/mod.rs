//! Where differences are evaluated: one trait, behind it the CPU engine and GPUs, each in f32 or f64.

pub(crate) mod cpu;
#[cfg(feature = "gpu")]
pub(crate) mod gpu;
pub(crate) mod plan;
pub(crate) mod replanning;
mod stretch;
pub(crate) mod sums;

use self::plan::{Limits, Piece, Plan, Work};
use crate::difference::displacement::Displacements;
use crate::difference::perturb::FixedStep;
use crate::difference::{Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;

pub(crate) use self::stretch::{
    Advanced, DeviceRule, Gradients, Lowest, Mover, RULE_NUMBERS, RULE_STATE, Stretch,
};

/// Why a point, or one of its axes, has no result; boxed, since most have one.
pub(crate) type Fault = Option<Box<Error>>;

/// An objective on a device, in one precision.
pub(crate) trait Backend<T: Real>: Send {
    /// Takes only these terms from now on; `None`: all.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if terms cannot be told apart here.
    fn select(&mut self, selection: Option<&[u32]>) -> Result<()>;

    /// What a plan has to keep to. Lays out the terms on the first call.
    fn capacity(&mut self) -> Result<Capacity>;

    /// What the displacements come to, `[term][displacement]` or one row of sums over the selected terms, undivided; not
    /// finite where a term is not. Of a grid the lowest axis of a point at fault is certain to be so.
    fn evaluate(&mut self, plan: &Plan, piece: &Piece, what: &Displacements<'_, T>) -> Result<Sums<T>>;

    /// The quotients of a regular grid of many points in one go, nothing stored between, if this backend has a way.
    fn stream(&mut self, _grid: &Regular<'_>, _out: &mut [f64]) -> Option<Streamed> {
        None
    }

    /// The sums of the selected terms at points `[point][coordinate]` of so many coordinates, in one go, if this backend has a way;
    /// NaN where a coordinate is not finite.
    fn stream_values(&mut self, _points: (&[f64], usize), _out: &mut [T]) -> bool {
        false
    }

    /// The other source of differences: increments of whole gradients.
    fn increments(&mut self) -> Result<Option<&mut dyn WholeGradients<T>>>;

    /// Slopes carried through the formula of each term, if it is known.
    fn slopes(&mut self) -> Result<Option<&mut dyn CarriedSlopes<T>>> {
        Ok(None)
    }

    /// Whether displacements of a grid may be increments, term by term.
    fn has_increments_by_term(&self) -> bool {
        false
    }

    /// Why there are no increments, though the objective offers them.
    fn refused(&self) -> Option<&Error> {
        None
    }

    /// Supposes that terms take as long as they may, after one took longer than was thought; false if that was supposed
    /// already.
    fn suppose_most_turns(&mut self) -> bool {
        false
    }

    /// Whether it makes steps of a descent by itself, with or without minibatches, by gradients that come from there; of so many points,
    /// if that is asked, with a gain. Other devices than the host need an update rule of [theirs](DeviceRule).
    fn runs_loops(&mut self, _by: Gradients, _batches: bool, _points: Option<usize>) -> Result<bool> {
        Ok(false)
    }

    /// Whether it is a device other than the host.
    fn is_device(&self) -> bool {
        false
    }

    /// After an error: whether it was for want of memory, and its capacity is smaller now, so that the same may be tried again.
    fn shrinks(&self, _error: &Error) -> bool {
        false
    }

    /// Makes steps of a descent, if it [runs loops](Self::runs_loops) by such gradients.
    ///
    /// # Errors
    /// Failures of the objective. What goes wrong with a point halts it.
    fn advance(&mut self, _by: Gradients, _stretch: &Stretch<'_>) -> Result<Option<Advanced>> {
        Ok(None)
    }

    /// Makes more of it for threads that evaluate at the same time, if it can be shared. What goes wrong in those, this one
    /// tells.
    fn twins(&mut self) -> Result<Option<Twins<'_, T>>> {
        Ok(None)
    }

    /// Why evaluations since the last call are worth nothing, if the objective itself knows.
    fn failure(&self) -> Option<Error> {
        None
    }
}

/// Makes backends.
pub(crate) type Twins<'a, T> = Box<dyn Fn() -> Box<dyn Backend<T> + 'a> + Send + Sync + 'a>;

/// What a backend can take.
#[derive(Clone, Debug)]
pub(crate) struct Capacity {
    /// Terms that are evaluated.
    pub(crate) terms: usize,
    /// Of one evaluation of one term.
    pub(crate) iterations: u64,
    pub(crate) granularity: usize,
    pub(crate) limits: Limits,
    /// Bytes of numbers that one batch of a list keeps at most: on a device as much as it gets by with few dispatches, on
    /// the host what stays in its caches.
    pub(crate) batch: u64,
    /// Derivatives (times terms, if each is wanted by itself) that are worked on at once.
    pub(crate) at_once: usize,
    /// Whether it moves the coordinates of grids by itself, where steps allow: then none are handed over.
    pub(crate) moves: bool,
}

impl Capacity {
    /// All axes of some points, `sides` evaluations each; of no sides, the values.
    pub(crate) fn work(&self, points: usize, coordinates: usize, sides: usize) -> Work {
        let Capacity { terms, iterations, granularity, .. } = *self;
        Work { iterations, granularity, ..Work::new(points, coordinates, sides, terms) }
    }
}

/// What a piece of a plan yields.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sums<T> {
    pub(crate) sums: Vec<T>,
    /// Why the sums are worth nothing; on the host the objective itself knows.
    pub(crate) trapped: Option<Trapped>,
}

/// What a device noticed of an objective that it guards.
#[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices make and read all of it"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trapped {
    /// Loops made more turns than an invocation may.
    Turns,
    /// A coordinate out of range was read.
    Point,
    /// Data out of range were read.
    Data,
}

/// All axes of many points, at steps by one rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Regular<'a> {
    /// `[point][coordinate]`
    pub(crate) points: &'a [f64],
    pub(crate) n: usize,
    pub(crate) rule: FixedStep,
    /// What sums are divided by.
    pub(crate) divisor: f64,
}

/// What came of a stream, beside the quotients.
#[derive(Debug, Default)]
pub(crate) struct Streamed {
    /// Points without quotients.
    pub(crate) failures: Vec<(usize, Error)>,
    /// Points of which some axes are stuck.
    pub(crate) frozen: Vec<(usize, Error)>,
    /// Points with quotients that are not finite.
    pub(crate) not_finite: Vec<usize>,
}

/// Whole gradients by increments.
pub(crate) trait WholeGradients<T>: Send {
    /// Values, and with a scheme and step quotients, over the selected terms.
    fn answers(&mut self, points: &[&[T]], how: Option<(Scheme, Step)>) -> Result<Answers<T>>;

    /// Whether values are cheaper this way than by terms.
    fn gives_values(&self) -> bool;

    /// How many coordinates of points it is best given at once.
    fn piece(&self) -> usize {
        1 << 20
    }

    /// The device's own loop of a descent, with or without minibatches, if it has one.
    fn looping(&mut self, _batches: bool) -> Option<&mut dyn Looping> {
        None
    }
}

/// Slopes carried through the formula of each term.
pub(crate) trait CarriedSlopes<T>: Send {
    /// Whether there are second slopes, too.
    fn has_second(&mut self) -> Result<bool>;

    /// Whether there are slopes over steps of the caller's own, too.
    fn has_finite(&mut self) -> Result<bool>;

    /// Whether there are samples with random rounding.
    fn has_samples(&mut self) -> Result<bool>;

    /// Whether first slopes along axes, with or without bars, can be had after all: a compiler may refuse them.
    fn is_ready(&mut self, _bars: bool) -> bool {
        true
    }

    /// Whether many small calls cost little more than a large one.
    fn has_cheap_calls(&self) -> bool {
        false
    }

    fn answers(&mut self, what: &Carry<'_, T>) -> Result<Carried>;
}

/// Which slopes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carry<'a, T> {
    /// `[point][coordinate]`
    pub(crate) points: &'a [T],
    pub(crate) n: usize,
    pub(crate) along: CarryAlong<'a, T>,
    /// Whether each term's are wanted by themselves.
    pub(crate) by_term: bool,
    /// `[point][line]`: steps of the caller's own, without bounds; `None`: slopes in the limit of small ones.
    pub(crate) steps: Option<&'a [T]>,
    /// Whether bounds and flags are wanted.
    pub(crate) bars: bool,
    /// Which sample with random rounding is wanted; 0: none.
    pub(crate) sample: u32,
    /// Points of the whole that these may be a part of: which of several ways is gone hangs on that.
    pub(crate) all: usize,
}

impl<'a, T> Carry<'a, T> {
    /// The same of some of the points.
    #[cfg(feature = "gpu")]
    pub(crate) fn part(&self, points: std::ops::Range<usize>) -> Carry<'a, T> {
        let numbers = points.start * self.n..points.end * self.n;
        let along = match self.along {
            CarryAlong::Axes(axes) => CarryAlong::Axes(axes),
            CarryAlong::Vectors(vectors, errors) => {
                CarryAlong::Vectors(&vectors[numbers.clone()], &errors[numbers.clone()])
            }
            CarryAlong::Planes(planes) => CarryAlong::Planes(planes),
            CarryAlong::Across(axes, vectors, errors) => {
                CarryAlong::Across(axes, &vectors[numbers.clone()], &errors[numbers.clone()])
            }
        };
        let lines = self.along.len();
        let steps = self.steps.map(|steps| &steps[points.start * lines..points.end * lines]);
        Carry { points: &self.points[numbers], along, steps, ..*self }
    }
}

/// Along what.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CarryAlong<'a, T> {
    /// These axes.
    Axes(&'a [u32]),
    /// A vector a point, `[point][coordinate]`, and how far each component is from what was asked for.
    Vectors(&'a [T], &'a [T]),
    /// Second slopes along these pairs of axes.
    Planes(&'a [[u32; 2]]),
    /// Second slopes along these axes and a vector a point, as in `Vectors`.
    Across(&'a [u32], &'a [T], &'a [T]),
}

impl<T> CarryAlong<'_, T> {
    /// Whether slopes are second ones.
    #[cfg(feature = "gpu")]
    pub(crate) fn is_second(&self) -> bool {
        matches!(self, CarryAlong::Planes(_) | CarryAlong::Across(..))
    }

    /// Slopes of a point.
    pub(crate) fn len(&self) -> usize {
        match self {
            CarryAlong::Axes(axes) | CarryAlong::Across(axes, ..) => axes.len(),
            CarryAlong::Vectors(..) => 1,
            CarryAlong::Planes(planes) => planes.len(),
        }
    }
}

/// A sum of terms, undivided, or a term.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bounded {
    pub(crate) value: f64,
    /// How far off it may be.
    pub(crate) bound: f64,
    /// Doubts, as in [`SlopeRows`](crate::objective::SlopeRows).
    pub(crate) flags: u8,
}

/// Values and slopes with bounds.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    /// `[point]`
    pub(crate) values: Vec<Bounded>,
    /// `[point][axis]`, or by term `[point][term][axis]`.
    pub(crate) slopes: Vec<Bounded>,
    /// Why they are worth nothing; on the host the objective itself knows.
    pub(crate) trapped: Option<Trapped>,
}

/// What comes of some points.
pub(crate) struct Answers<T> {
    /// One a point: its value, not yet with the constant; NaN where there is none.
    pub(crate) values: Vec<T>,
    /// Points, in order, that have none, and why.
    pub(crate) failures: Vec<(usize, Error)>,
    /// If asked for, `[batch, n]`; anything where there is no value.
    pub(crate) quotients: Vec<T>,
}

/// A device that makes steps of a descent by itself.
pub(crate) trait Looping {
    /// # Errors
    /// Failures of the device. What goes wrong with a point halts it.
    fn advance(&mut self, stretch: &Stretch<'_>) -> Result<Advanced>;
}
