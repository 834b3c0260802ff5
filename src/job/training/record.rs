//! What is known of trainings on their way.

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::group::order;
use crate::job::parts::side_by_side;
use crate::job::progress::{EpochMetrics, Progress};
use crate::job::stage::Stage;
use crate::numeric::packed;

/// What is known of trainings on their way, and needed at their end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::job) struct TrainingRecord {
    /// How each stood after each epoch.
    pub(super) curves: Vec<Vec<EpochMetrics>>,
    /// The minibatch losses before some steps, one for each training.
    pub(super) losses: Vec<(usize, Vec<f64>)>,
    /// `[training, parameter]`: where the loss over the training samples was lowest of all that were looked at, after epochs and at the end.
    #[serde(with = "packed")]
    pub(super) best_points: Array2<f64>,
    /// How each stood there.
    pub(super) best: Vec<Option<EpochMetrics>>,
}

impl TrainingRecord {
    pub(super) fn new(start: ArrayView2<'_, f64>) -> Self {
        TrainingRecord {
            curves: vec![Vec::new(); start.nrows()],
            losses: Vec::new(),
            best_points: start.to_owned(),
            best: vec![None; start.nrows()],
        }
    }

    /// With what is known of other trainings, which come after these; none if they have other parameters.
    pub(super) fn join(mut self, next: TrainingRecord) -> Option<Self> {
        let (own, others) = (self.curves.len(), next.curves.len());
        self.losses = side_by_side((self.losses, own), (next.losses, others))?;
        self.curves.extend(next.curves);
        self.best.extend(next.best);
        self.best_points.append(Axis(0), next.best_points.view()).ok()?;
        Some(self)
    }

    /// Takes in how all stand, and tells how the best does. A network that has just diverged is put back in the next step, or at the
    /// end, and is no row of the table.
    pub(super) fn keep(&mut self, all: Vec<EpochMetrics>, points: ArrayView2<'_, f64>, stage: &Stage<'_>) {
        self.see(&all, points);
        let good = all.iter().filter(|metrics| is_there(metrics));
        if let Some(best) = good.min_by(|a, b| order(a.train_loss, b.train_loss)) {
            stage.tell(Progress::Epoch(best));
        }
        for (own, metrics) in self.curves.iter_mut().zip(all) {
            if is_there(&metrics) {
                own.push(metrics);
            }
        }
    }

    /// Keeps the points of those that stand better than ever; at equal losses the later one.
    pub(super) fn see(&mut self, all: &[EpochMetrics], points: ArrayView2<'_, f64>) {
        for (i, metrics) in all.iter().enumerate().filter(|(_, metrics)| is_there(metrics)) {
            if self.best[i].as_ref().is_none_or(|best| metrics.train_loss <= best.train_loss) {
                self.best[i] = Some(metrics.clone());
                self.best_points.row_mut(i).assign(&points.row(i));
            }
        }
    }
}

fn is_there(metrics: &EpochMetrics) -> bool {
    metrics.train_loss.is_finite() && metrics.test_loss.is_none_or(f64::is_finite)
}
