//! What is worth knowing of a component of a derivative, beside its value and error.

use std::fmt;

use super::Scheme;

/// Something that was noticed along an axis at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Remark {
    /// Index of the point in the batch.
    pub point: usize,
    /// The coordinate; `None`: along a direction that moves several.
    pub axis: Option<usize>,
    /// The other coordinate, of a mixed second derivative.
    pub across: Option<usize>,
    /// The term (residual), where each has a derivative of its own.
    pub term: Option<usize>,
    /// What it is.
    pub notice: Notice,
}

/// What can be noticed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Notice {
    /// The slope jumps at the point: there is no derivative, but one on the left and one on the right. The value
    /// given is the mean of both. Of a second derivative, the gradient has a kink; the jump is at most what both say.
    Kink {
        /// The derivative from below.
        left: f64,
        /// The derivative from above.
        right: f64,
    },
    /// Differences could be taken over one side only, since the objective is not finite on the other.
    NotFinite {
        /// The scheme used instead of the central one.
        used: Scheme,
    },
    /// Differences could be taken over one side only, since the bounds end on the other.
    Bound {
        /// The scheme used instead of the central one.
        used: Scheme,
    },
    /// Increments left a doubt, about which direct differences were asked.
    InDoubt {
        /// Which doubt.
        doubt: Doubt,
        /// Whether the component comes from direct differences, or these agree with increments within the bar.
        direct: bool,
    },
    /// The error bar is no bound but a statistical estimate, by the spread of samples with random rounding: the bound is much
    /// wider.
    Statistical {
        /// The bound, which is certain; [`Bars::Certain`](crate::Bars::Certain) asks for no other.
        certain: f64,
    },
    /// f has no finite value at the point. The derivative is that of the values on both sides of it.
    Missing {
        /// What f tends to there, about.
        limit: f64,
    },
    /// f jumps at the point: there is no derivative.
    Jump {
        /// f just above the point less f just below it.
        height: f64,
        /// The slope below the point, where it is known.
        left: Option<f64>,
        /// The slope above the point.
        right: Option<f64>,
    },
    /// The difference quotients do not converge as the step shrinks: there may be no derivative, and no error bar is known.
    NoLimit,
}

impl Notice {
    /// The same of a derivative that is so many times as large.
    pub(crate) fn times(self, factor: f64) -> Self {
        match self {
            Notice::Kink { left, right } => Notice::Kink { left: factor * left, right: factor * right },
            Notice::Statistical { certain } => Notice::Statistical { certain: factor * certain },
            Notice::Jump { height, left, right } => {
                let [left, right] = [left, right].map(|slope| slope.map(|slope| factor * slope));
                Notice::Jump { height, left, right }
            }
            other => other,
        }
    }
}

/// Why increments do not settle a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// A comparison that decides what is computed is within rounding of the other outcome.
    Branch,
    /// A value is at a jump: of floor, round or a conversion to an integer.
    Jump,
    /// At the end of the step the objective takes another way: a comparison comes out otherwise there, or a number is cut to
    /// another whole one.
    Turn,
    /// Increments over the step are not finite.
    NotFinite,
    /// A slope on the way is infinite, or nothing is known of its error.
    Unknown,
    /// The objective has no finite value at the point.
    Missing,
    /// The bound of the error is so wide that direct differences do better.
    Wide,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Doubt::Branch => "a comparison may come out either way here",
            Doubt::Jump => "a value is at a jump here",
            Doubt::Turn => "the objective takes another way at the end of the step",
            Doubt::NotFinite => "increments over the step are not finite",
            Doubt::Unknown => "increments know no bound of their error here",
            Doubt::Missing => "the objective has no finite value here",
            Doubt::Wide => "the bound of increments is wide here",
        })
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |used: &Scheme| match used {
            Scheme::Forward => "below",
            Scheme::Backward => "above",
            Scheme::Central => "one side",
        };
        match self {
            Notice::Kink { left, right } => {
                write!(f, "a kink: the slope is {left:.6e} from the left and {right:.6e} from the right")
            }
            Notice::NotFinite { used } => {
                write!(f, "not finite {}: {used} differences", side(used))
            }
            Notice::Bound { used } => write!(f, "at a bound {}: {used} differences", side(used)),
            Notice::InDoubt { doubt, direct: true } => write!(f, "by direct differences: {doubt}"),
            Notice::InDoubt { doubt, direct: false } => {
                write!(f, "{doubt}; direct differences do not contradict within the error")
            }
            Notice::Statistical { certain } => write!(
                f,
                "the error bar is statistical, from samples with random rounding; the certain bound is {certain:.1e}"
            ),
            Notice::Missing { limit } => {
                write!(f, "f has no value here, but tends to {limit:.6e}: the derivative is that of the values around")
            }
            Notice::Jump { height, left, right } => {
                write!(f, "a jump by {height:.6e}: there is no derivative here")?;
                let slope = |slope: &Option<f64>| slope.map_or("unknown".into(), |slope| format!("{slope:.6e}"));
                write!(f, "; the slope is {} on the left and {} on the right", slope(left), slope(right))
            }
            Notice::NoLimit => f.write_str(
                "the difference quotients do not converge as the step shrinks: there may be no derivative here",
            ),
        }
    }
}

impl Notice {
    /// The same of a second derivative.
    pub(crate) fn of_second(&self) -> String {
        match self {
            Notice::Kink { left, right } => format!(
                "a kink of the gradient: the second derivative is {left:.6e} on one side and {right:.6e} on the other"
            ),
            notice => notice.to_string(),
        }
    }
}

impl Remark {
    /// What was noticed, in words, without where.
    pub fn text(&self) -> String {
        if self.across.is_some() { self.notice.of_second() } else { self.notice.to_string() }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(term) = self.term {
            write!(f, "residual {term}, ")?;
        }
        match (self.axis, self.across) {
            (Some(axis), None) => write!(f, "x[{axis}] of point {}: {}", self.point, self.notice),
            (Some(axis), Some(across)) => {
                write!(f, "x[{axis}] and x[{across}] of point {}: {}", self.point, self.notice.of_second())
            }
            (None, None) => write!(f, "along the direction at point {}: {}", self.point, self.notice),
            (None, Some(across)) => {
                write!(
                    f,
                    "along the direction and x[{across}] at point {}: {}",
                    self.point,
                    self.notice.of_second()
                )
            }
        }
    }
}
