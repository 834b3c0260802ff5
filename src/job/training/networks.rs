//! The network on its training and its test samples.

use std::sync::Arc;

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::job::config::{DataConfig, NetworkConfig};
use crate::job::model::{Baseline, Evaluation, Model, Reading};
use crate::job::progress::EpochMetrics;
use crate::job::samples::{self, Classes, Layout, Scaling};
use crate::objective::{Architecture, Network, Objective, Targets};
use crate::team::{Held, Team};

/// The network on the samples, and what belongs to a model of it.
pub(super) struct Networks {
    pub(super) architecture: Architecture,
    pub(super) train: Network,
    /// On each training sample once, if class weights make it something else.
    train_once: Option<Network>,
    /// If only some of the training samples are here: which, and the targets of all.
    held: Option<(Held, Targets)>,
    pub(super) test: Option<Network>,
    classes: Option<Classes>,
    features: Option<Scaling>,
    targets: Option<Scaling>,
    layout: Layout,
    pub(super) notes: Vec<String>,
    /// The mean squares of what the targets differ from their mean: training, test.
    spread: (Option<f64>, Option<f64>),
    team: Arc<dyn Team>,
}

impl Networks {
    /// `team` shares the work of metrics. If samples are shuffled in parts, so many, its ranks share the training samples.
    pub(super) fn new(
        data: &DataConfig,
        config: &NetworkConfig,
        team: Arc<dyn Team>,
        parts: Option<usize>,
    ) -> Result<Self> {
        let outputs = config.layers.last().map_or(0, |layer| layer.units);
        let held = parts.map(|parts| {
            let team = team.clone();
            move |samples: usize| match samples < parts {
                true => Err(Error::usage(format!(
                    "descent.batch: a step has {parts} blocks, each of a part of its own, and there are {samples} training samples"
                ))),
                false => Ok(Held::new(samples, parts, team.rank(), team.size())),
            }
        });
        let held = held.as_ref().map(|held| held as &dyn Fn(usize) -> Result<Held>);
        let split = samples::load(data, outputs, held)?;
        if split.held.is_some() {
            agree_on(&*team, split.common)?;
        }
        let mut architecture = Architecture::new(split.train.width(), config.loss);
        for layer in &config.layers {
            architecture = architecture.dense(layer.units, layer.activation);
        }
        if !config.biases {
            architecture = architecture.without_biases();
        }
        let network = |samples| Network::new(architecture.clone(), samples);
        let train = network(split.train)?;
        let train_once = split.train_once.map(network).transpose()?;
        // Also checks that the test samples fit.
        let test = split.test.map(network).transpose()?;
        let targets = split.held.as_ref().map_or(train.samples().targets(), |(_, targets)| targets);
        let spread = (spread(targets), test.as_ref().and_then(|test| spread(test.samples().targets())));
        Ok(Networks {
            architecture: architecture.clone(),
            train,
            train_once,
            held: split.held,
            test,
            classes: split.classes,
            features: split.features,
            targets: split.targets,
            layout: split.layout,
            notes: split.notes,
            spread,
            team,
        })
    }

    /// Each training sample once, of those that are here.
    fn train_once(&self) -> &Network {
        self.train_once.as_ref().unwrap_or(&self.train)
    }

    /// Training samples of all ranks, each once.
    pub(super) fn samples(&self) -> usize {
        self.held().map_or_else(|| self.train_once().terms(), Held::terms)
    }

    /// Terms of all ranks.
    pub(super) fn terms(&self) -> usize {
        self.held().map_or_else(|| self.train.terms(), Held::terms)
    }

    /// Which training samples are here, if they are shuffled in parts.
    pub(super) fn held(&self) -> Option<&Held> {
        self.held.as_ref().map(|(held, _)| held)
    }

    pub(super) fn all_metrics(
        &self,
        points: &Array2<f64>,
        epoch: usize,
        step: usize,
        seconds: f64,
    ) -> Result<Vec<EpochMetrics>> {
        points.rows().into_iter().map(|point| self.metrics(&point.to_vec(), epoch, step, seconds)).collect()
    }

    pub(super) fn metrics(
        &self,
        parameters: &[f64],
        epoch: usize,
        step: usize,
        seconds: f64,
    ) -> Result<EpochMetrics> {
        let (train_loss, train_accuracy) =
            self.train_once().loss_and_accuracy(parameters, &*self.team, self.held())?;
        let test = self
            .test
            .as_ref()
            .map(|test| test.loss_and_accuracy(parameters, &*self.team, None))
            .transpose()?;
        let (test_loss, test_accuracy) = test.map_or((None, None), |(loss, accuracy)| (Some(loss), accuracy));
        let r2 = |loss: f64, spread: Option<f64>| spread.map(|spread| 1.0 - loss / spread);
        Ok(EpochMetrics {
            epoch,
            step,
            train_loss,
            test_loss,
            train_accuracy,
            test_accuracy,
            train_r2: r2(train_loss, self.spread.0),
            test_r2: test_loss.and_then(|loss| r2(loss, self.spread.1)),
            seconds,
        })
    }

    /// The model with these parameters.
    pub(super) fn model(&self, data: &DataConfig, parameters: Vec<f64>) -> Result<Model> {
        let targets = self.held.as_ref().map(|(_, targets)| targets);
        let baseline = match targets.unwrap_or(self.train_once().samples().targets()) {
            Targets::Classes(classes) => {
                let mut counts = vec![0.0; self.architecture.outputs()];
                classes.iter().for_each(|&class| counts[class as usize] += 1.0);
                Baseline::Class(crate::job::model::largest(counts.into_iter()))
            }
            Targets::Values(values) => {
                let count = values.nrows() as f64;
                let means =
                    values.columns().into_iter().map(|column| column.iter().map(|t| t / count).sum::<f64>());
                let mut means = Array2::from_shape_vec((1, values.ncols()), means.collect())
                    .map_err(|error| Error::usage(error.to_string()))?;
                if let Some(targets) = &self.targets {
                    targets.undo(&mut means);
                }
                Baseline::Means(means.into_iter().collect())
            }
        };
        let mut reading = Reading { layout: self.layout.clone(), ..Reading::default() };
        match data {
            DataConfig::Csv(csv) => {
                (reading.format, reading.table, reading.missing) = ("csv".into(), csv.table(), csv.missing);
            }
            DataConfig::Npz(npz) => {
                (reading.format, reading.inputs) = ("npz".into(), npz.inputs.clone());
                (reading.labels, reading.values) = (npz.labels.clone(), npz.targets.clone());
            }
            DataConfig::Npy(_) => reading.format = "npy".into(),
            DataConfig::Idx(_) => reading.format = "idx".into(),
        }
        Ok(Model {
            architecture: self.architecture.clone(),
            parameters,
            classes: self.classes.clone(),
            features: self.features.clone(),
            targets: self.targets.clone(),
            reading,
            baseline,
        })
    }

    /// How good a model is on what was held out, or else on what it was trained with, if all of that is here for any number of ranks.
    pub(super) fn evaluate(&self, model: &Model) -> Option<Result<Evaluation>> {
        match (&self.test, &self.held) {
            (Some(test), _) => Some(model.evaluate_network(test)),
            (None, None) => Some(model.evaluate_network(self.train_once())),
            (None, Some(_)) => None,
        }
    }
}

/// Ranks have one file, or copies of it: each row is read by one of them, but what is found of all rows must be the same.
///
/// # Errors
/// [`Error::Rank`] if a rank has found something else.
fn agree_on(team: &dyn Team, found: u64) -> Result<()> {
    let all = team.all_gather(found.to_le_bytes().to_vec())?;
    match all.iter().position(|other| *other != all[0]) {
        None => Ok(()),
        Some(rank) => Err(Error::Rank {
            rank,
            message: "has other samples than rank 0: what they are scaled by, or what is held out, differs"
                .into(),
        }),
    }
}

/// The mean square of what target values differ from their mean, over all outputs; none of classes, or if all are equal.
fn spread(targets: &Targets) -> Option<f64> {
    let Targets::Values(values) = targets else { return None };
    let count = values.nrows() as f64;
    let of = |column: ndarray::ArrayView1<'_, f64>| {
        // By rounding, the mean of equal numbers is another.
        if column.iter().all(|t| *t == column[0]) {
            return 0.0;
        }
        let mean = column.iter().map(|t| t / count).sum::<f64>();
        column.iter().map(|t| (t - mean).powi(2) / count).sum::<f64>()
    };
    let all = values.columns().into_iter().map(of).sum::<f64>() / values.ncols() as f64;
    (all > 0.0).then_some(all)
}
