//! Jacobians and Hessians that somebody claims, entry by entry.

use serde::Serialize;

use super::{Verdict, report, worst};
use crate::difference::Failure;

/// One entry of a claimed Jacobian or Hessian, compared.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EntryCheck {
    /// The component of the function, or the first coordinate.
    pub row: usize,
    /// The coordinate.
    pub column: usize,
    /// What is claimed.
    pub claimed: f64,
    /// What differences found.
    pub numerical: f64,
    /// How far that may be off; `null` in JSON if nothing is known.
    #[serde(serialize_with = "report::finite")]
    pub error: f64,
    /// The step it was found at.
    #[serde(serialize_with = "report::finite")]
    pub step: f64,
    /// Whether both agree.
    pub verdict: Verdict,
    /// The slopes from the left and from the right, where they differ.
    pub kink: Option<[f64; 2]>,
    /// What was noticed, in words.
    pub remarks: Vec<String>,
    #[serde(skip)]
    pub(super) letter: char,
}

impl EntryCheck {
    /// `J[0, 1]` or `H[0, 1]`.
    pub(super) fn name(&self) -> String {
        format!("{}[{}, {}]", self.letter, self.row, self.column)
    }
}

/// The matrix claimed at one point, compared.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MatrixPointCheck {
    /// Index of the point in the batch.
    pub point: usize,
    /// The point, as it was evaluated.
    pub x: Vec<f64>,
    /// The entries, row by row.
    pub entries: Vec<EntryCheck>,
    /// In one line, what is wrong and where.
    pub diagnosis: String,
}

impl MatrixPointCheck {
    /// The worst verdict of any entry.
    pub fn verdict(&self) -> Verdict {
        worst(self.entries.iter().map(|entry| entry.verdict))
    }
}

/// Claimed Jacobians or Hessians, compared at a batch of points. Its `Display` is a report.
///
/// ```
/// use plusminus::{Closure, Engine, Precision, Tolerance};
/// let f = Closure::new(2, |x| x[0] * x[0] * x[1])?;
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
/// let x = ndarray::array![[2.0, 3.0]];
/// let claimed = ndarray::array![[[6.0, 4.0], [4.0, 1.0]]];
/// let check = evaluator.check_hessian(x.view(), claimed.view(), &Tolerance::default())?;
/// assert!(!check.is_right() && check.to_string().contains("only H[1, 1] is wrong"));
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct MatrixCheck {
    /// The points that were checked.
    pub points: Vec<MatrixPointCheck>,
    /// The points that could not be checked, and why.
    #[serde(serialize_with = "report::failures")]
    pub failures: Vec<Failure>,
    /// Evaluations of the objective.
    pub evaluations: u64,
    /// Wall-clock time, in seconds.
    pub seconds: f64,
}

impl MatrixCheck {
    /// As [`Check::is_right`](super::Check::is_right).
    pub fn is_right(&self) -> bool {
        self.failures.is_empty() && self.points.iter().all(|point| point.verdict() != Verdict::Disagrees)
    }

    /// How many entries have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.points.iter().flat_map(|point| &point.entries).filter(|entry| entry.verdict == verdict).count()
    }
}
