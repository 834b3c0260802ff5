//! Everything that can go wrong, by name: what was wrong, the value, the limit, what to do.

mod kind;

use std::path::PathBuf;

pub use self::kind::{ErrorKind, FileAction};

use crate::numeric::{Precision, UnknownName};

/// A `Result` with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
///
/// Points, axes, rows and steps are counted from 0 in the fields and in the messages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting, file or argument that the caller must change.
    #[error("{message}")]
    Usage {
        /// What was wrong, the value, the limit, what to do.
        message: String,
    },

    /// A step that is zero, negative or not finite.
    #[error("step {step} is not a finite number greater than 0; give one such as 1e-4, or relative:2^-8")]
    Step {
        /// The step given.
        step: f64,
    },

    /// x + h == x in the working precision: every difference would be 0 or rounding noise.
    #[error(
        "step {step:e} vanishes at x[{axis}] = {x:?} of point {point} in {precision}: x{sign}h == x; \
         use a step of at least {least:.1e} there, or one relative to x, such as relative:2^-8"
    )]
    VanishedStep {
        /// Index of the point in the batch.
        point: usize,
        /// Index of the coordinate.
        axis: usize,
        /// The coordinate.
        x: f64,
        /// The step h.
        step: f64,
        /// `+` or `-`: the side on which it vanished.
        sign: char,
        /// The working precision.
        precision: Precision,
        /// A step that would not vanish.
        least: f64,
    },

    /// x ± h is rounded so much that dividing by h would be wrong.
    #[error(
        "step {step:e} is rounded to {rounded:.3e} at x[{axis}] = {x:?} of point {point} in {precision}; use a step \
         of at least {least:.1e} there, or relative:2^-17"
    )]
    RoundedStep {
        /// Index of the point in the batch.
        point: usize,
        /// Index of the coordinate.
        axis: usize,
        /// The coordinate.
        x: f64,
        /// The step h.
        step: f64,
        /// How far the rounded points really lie from x, on average.
        rounded: f64,
        /// The working precision.
        precision: Precision,
        /// A step that would be rounded by less than a hundredth.
        least: f64,
    },

    /// h is so large that x vanishes beside it.
    #[error(
        "step {step:e} is too large at x[{axis}] = {x:?} of point {point}: beside it the coordinate vanishes in \
         {precision}; use a step well below {most:.1e} there"
    )]
    StepTooLarge {
        /// Index of the point in the batch.
        point: usize,
        /// Index of the coordinate.
        axis: usize,
        /// The coordinate.
        x: f64,
        /// The step h.
        step: f64,
        /// The working precision.
        precision: Precision,
        /// Steps from here on are refused.
        most: f64,
    },

    /// A step with which increments would underflow or overflow.
    #[error(
        "step {step:e} is out of range for increments in {precision}: give one between {least:.1e} and {most:.1e}, or \
         none for the default"
    )]
    StepOutOfRange {
        /// The step h.
        step: f64,
        /// The working precision.
        precision: Precision,
        /// The least step.
        least: f64,
        /// The largest step.
        most: f64,
    },

    /// A coordinate, or a perturbed coordinate, that is infinite or NaN in the working precision.
    #[error(
        "x[{axis}] = {x:?} of point {point} is not finite in {precision}{after}; \
         every coordinate must be a finite {precision} number"
    )]
    NonFinitePoint {
        /// Index of the point in the batch.
        point: usize,
        /// Index of the coordinate.
        axis: usize,
        /// The coordinate.
        x: f64,
        /// The working precision.
        precision: Precision,
        /// Empty, or which perturbation led there.
        after: String,
    },

    /// The objective is infinite or NaN where it had to be evaluated.
    #[error("the objective `{objective}` is not finite in {precision} near point {point}: {detail}")]
    NonFiniteValue {
        /// Name of the objective.
        objective: String,
        /// Index of the point in the batch.
        point: usize,
        /// The perturbed axis; `None` at the point itself.
        axis: Option<usize>,
        /// The working precision.
        precision: Precision,
        /// Where exactly, the values there, and what to do.
        detail: String,
    },

    /// The objective has no derivative at a point where a descent needs one.
    #[error("the objective `{objective}` has no derivative along x[{axis}] at point {point}: {detail}")]
    NoDerivative {
        /// Name of the objective.
        objective: String,
        /// Index of the point in the batch.
        point: usize,
        /// The coordinate.
        axis: usize,
        /// What differences show.
        detail: String,
    },

    /// There is no hardware GPU.
    #[error("{message}")]
    NoAdapter {
        /// What there is, how to get one.
        message: String,
    },

    /// A device that the caller named is not there.
    #[error("{message}")]
    UnknownDevice {
        /// What was asked for, what there is.
        message: String,
    },

    /// A gradient that was to be checked is not finite.
    #[error(
        "the claimed gradient is {value} along x[{axis}] at point {point}: there is nothing to compare; correct it there, or \
         leave the point out"
    )]
    NonFiniteClaim {
        /// Index of the point in the batch.
        point: usize,
        /// Index of the coordinate.
        axis: usize,
        /// What is claimed.
        value: f64,
    },

    /// The objective cannot be evaluated by that device or in that precision.
    #[error("{message}")]
    Unsupported {
        /// What is missing, and what to use instead.
        message: String,
    },

    /// The work does not fit the adapter's limits, even in pieces.
    #[error("{what} is {value}, above the limit of {limit} of {device}; {advice}")]
    Limit {
        /// The quantity.
        what: String,
        /// Its value.
        value: u64,
        /// The largest value allowed.
        limit: u64,
        /// Whose limit.
        device: String,
        /// What to do.
        advice: String,
    },

    /// The shader was refused.
    #[error("the shader of `{objective}` was refused:\n{report}")]
    Shader {
        /// Name of the objective.
        objective: String,
        /// The compiler's report.
        report: String,
    },

    /// An objective's text, WGSL or an expression, that is wrong.
    #[error("{report}")]
    Source {
        /// What is wrong, with line, column and a caret where it has a place.
        report: String,
    },

    /// An objective that could not be evaluated: it read out of range, or its loops ran away.
    #[error("the objective `{objective}` {detail}")]
    Evaluation {
        /// Name of the objective.
        objective: String,
        /// What it did, the limit, what to do.
        detail: String,
    },

    /// The device ran out of memory.
    #[error("{device} is out of memory while allocating {bytes} bytes for {what}: {detail}")]
    OutOfMemory {
        /// Name of the adapter.
        device: String,
        /// The size of the allocation.
        bytes: u64,
        /// What it was for.
        what: String,
        /// The driver's words.
        detail: String,
    },

    /// The device was lost, hung, or refused the work: no result came back.
    #[error("{device} failed, and no result came back: {detail}")]
    Device {
        /// Name of the adapter.
        device: String,
        /// What is known of the cause.
        detail: String,
    },

    /// Another of the [ranks](crate::team) that compute together has failed, or is not where this one is.
    #[error("rank {rank}: {message}")]
    Rank {
        /// Which one.
        rank: usize,
        /// What became of it.
        message: String,
    },

    /// A data file that is not what it should be.
    #[error("{}: {message}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What was wrong, and where in the file.
        message: String,
    },

    /// A file that could not be read or written.
    #[error("{}: cannot {action}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: FileAction,
        /// The system's reason.
        source: std::io::Error,
    },
}

impl From<UnknownName> for Error {
    fn from(error: UnknownName) -> Self {
        Error::usage(error.to_string())
    }
}

impl Error {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Error::Usage { message: message.into() }
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Error::Unsupported { message: message.into() }
    }

    #[cfg(feature = "cli")]
    pub(crate) fn data(path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Error::Data { path: path.into(), message: message.into() }
    }

    pub(crate) fn file(path: impl Into<PathBuf>, action: FileAction, source: std::io::Error) -> Self {
        Error::File { path: path.into(), action, source }
    }

    /// The same error, naming another point: for a caller that passed on part of a batch.
    pub(crate) fn at_point(mut self, index: usize) -> Self {
        if let Error::VanishedStep { point, .. }
        | Error::RoundedStep { point, .. }
        | Error::StepTooLarge { point, .. }
        | Error::NonFinitePoint { point, .. }
        | Error::NonFiniteValue { point, .. }
        | Error::NoDerivative { point, .. } = &mut self
        {
            *point = index;
        }
        self
    }
}
