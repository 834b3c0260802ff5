//! Is this analytic gradient right? What was compared, component by component, and what follows.
//!
//! `compare.rs` gets the differences of gradients, `entries.rs` those of the Jacobians and Hessians of `matrix.rs`; `verdict.rs`
//! judges them, `diagnosis.rs` says in a line what is wrong, `report.rs` prints.

mod assertion;
mod compare;
mod diagnosis;
mod entries;
mod matrix;
mod report;
mod verdict;

pub use assertion::assert_gradient;
pub use matrix::{EntryCheck, MatrixCheck, MatrixPointCheck};
use verdict::{BARS, ITS_OWN, Judged, judge};
pub use verdict::{Tolerance, Verdict};

use serde::Serialize;

use crate::difference::Failure;

/// A difference quotient at one step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quotient {
    /// The step h.
    pub step: f64,
    /// The quotient, central where f is finite on both sides.
    pub quotient: f64,
}

/// One component of a claimed gradient, compared.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct AxisCheck {
    /// The coordinate.
    pub axis: usize,
    /// What the gradient claims.
    pub claimed: f64,
    /// What differences found.
    pub numerical: f64,
    /// How far that may be off; `null` in JSON if the difference quotients do not converge.
    #[serde(serialize_with = "report::finite")]
    pub error: f64,
    /// The step it was found at.
    pub step: f64,
    /// Whether both agree.
    pub verdict: Verdict,
    /// The slopes from the left and from the right, where they differ.
    pub kink: Option<[f64; 2]>,
    /// p where |f(x+h) - f(x) - h·claimed| goes like h^p: 2 or more if the claim is right, 1 if it is wrong (Taylor's
    /// theorem); `None` where the remainder is rounding noise at all steps.
    pub remainder_slope: Option<f64>,
    /// The quotients at all steps tried, largest step first.
    pub quotients: Vec<Quotient>,
    /// What was noticed, in words.
    pub remarks: Vec<String>,
}

/// The gradient claimed at one point, compared.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PointCheck {
    /// Index of the point in the batch.
    pub point: usize,
    /// The point, as it was evaluated.
    pub x: Vec<f64>,
    /// f there.
    pub value: f64,
    /// The components.
    pub axes: Vec<AxisCheck>,
    /// In one line, what is wrong and where.
    pub diagnosis: String,
}

impl PointCheck {
    fn new(point: usize, x: Vec<f64>, value: f64, axes: Vec<AxisCheck>) -> Self {
        let diagnosis = diagnosis::diagnose(&x, &axes.iter().map(Into::into).collect::<Vec<_>>());
        PointCheck { point, x, value, axes, diagnosis }
    }

    /// The worst verdict of any component.
    pub fn verdict(&self) -> Verdict {
        worst(self.axes.iter().map(|axis| axis.verdict))
    }
}

/// The worst of some verdicts.
fn worst(verdicts: impl Iterator<Item = Verdict> + Clone) -> Verdict {
    let of = |verdict| verdicts.clone().any(|other| other == verdict);
    if of(Verdict::Disagrees) {
        Verdict::Disagrees
    } else if of(Verdict::Inconclusive) {
        Verdict::Inconclusive
    } else {
        Verdict::Agrees
    }
}

/// A claimed gradient, compared at a batch of points. Its `Display` is a report.
///
/// ```
/// use plusminus::{Closure, Engine, Precision, Verdict};
/// let f = Closure::new(2, |x| x[0] * x[0] * x[1])?;
/// let engine = Engine::cpu(Precision::F64);
/// let x = ndarray::array![[2.0, 3.0]];
/// // The second component should be 4.
/// let check = engine.evaluator(&f)?.check(x.view(), ndarray::array![[12.0, 5.0]].view())?;
/// assert_eq!(check.points[0].axes[0].verdict, Verdict::Agrees);
/// assert_eq!(check.points[0].axes[1].verdict, Verdict::Disagrees);
/// assert!(!check.is_right() && check.to_string().contains("only x[1] is wrong"));
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// The points that were checked.
    pub points: Vec<PointCheck>,
    /// The points that could not be checked, and why.
    #[serde(serialize_with = "report::failures")]
    pub failures: Vec<Failure>,
    /// Evaluations of the objective.
    pub evaluations: u64,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
}

impl Check {
    /// Whether all points could be checked, and no component at any of them disagrees.
    pub fn is_right(&self) -> bool {
        self.failures.is_empty() && self.points.iter().all(|point| point.verdict() != Verdict::Disagrees)
    }

    /// How many components have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.points.iter().flat_map(|point| &point.axes).filter(|axis| axis.verdict == verdict).count()
    }
}
