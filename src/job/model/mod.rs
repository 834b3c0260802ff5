//! A trained network with all that belongs to it: the names of its classes, the scaling of its inputs, how its tables are read.

mod evaluation;
mod file;
mod samples;

use ndarray::{Array2, Axis};

pub use self::evaluation::{ClassFigure, ClassFigures, Evaluation, ValueFigure};
pub(super) use self::file::MODEL;
pub use self::samples::ModelSamples;
use super::samples::{Classes, Layout, Scaling};
use crate::data::TableOptions;
use crate::error::{Error, Result};
use crate::job::config::Missing;
use crate::objective::{Architecture, Loss};

/// A network that a job has trained, read from the folder of its results.
///
/// ```no_run
/// use std::path::Path;
/// use plusminus::job::Model;
///
/// let model = Model::read(Path::new("out/iris"))?;
/// let samples = model.load(Path::new("new.csv"), None, false)?;
/// let answers = model.predict(samples.inputs())?;
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) architecture: Architecture,
    pub(super) parameters: Vec<f64>,
    pub(super) classes: Option<Classes>,
    pub(super) features: Option<Scaling>,
    pub(super) targets: Option<Scaling>,
    pub(super) reading: Reading,
    pub(super) baseline: Baseline,
}

/// How files for a model are read: as those of its training.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub(super) layout: Layout,
    pub(super) table: TableOptions,
    pub(super) missing: Missing,
    /// The names of arrays in npz files.
    pub(super) inputs: String,
    pub(super) labels: Option<String>,
    pub(super) values: Option<String>,
    /// The format of the training's files.
    pub(super) format: String,
}

/// What could be answered without looking at the features.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Baseline {
    /// The most frequent class of the training samples.
    Class(usize),
    /// The means of the target values, in their own units.
    Means(Vec<f64>),
}

impl Model {
    /// The layers.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The parameters, as [`Architecture::views`] lays them out.
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// The names of the classes, in the order of the outputs; none if the network answers values.
    pub fn classes(&self) -> Option<&[String]> {
        self.classes.as_ref().map(Classes::names)
    }

    /// The names of the columns of an answer: the classes, or the targets.
    pub fn answer_names(&self) -> Vec<String> {
        match &self.classes {
            Some(classes) => classes.names().to_vec(),
            None => {
                let names = self.reading.layout.targets.iter().map(|column| match column {
                    crate::data::ColumnName::Name(name) => name.clone(),
                    crate::data::ColumnName::Number(_) => String::new(),
                });
                let names: Vec<String> = names.collect();
                let outputs = self.architecture.outputs();
                match names.len() == outputs && names.iter().all(|name| !name.is_empty() && name != "last") {
                    true => names,
                    false if outputs == 1 => vec!["y".into()],
                    false => (0..outputs).map(|k| format!("y{k}")).collect(),
                }
            }
        }
    }

    /// Whether answers are probabilities of classes.
    pub fn gives_probabilities(&self) -> bool {
        self.architecture.loss() == Loss::SoftmaxCrossEntropy
    }

    /// The answers, `[samples, outputs]`, to features as they stand in a file, `[samples, features]`: probabilities of a network
    /// with softmax, else values in the units of the targets.
    ///
    /// # Errors
    /// [`Error::Usage`] if the features are not as many as the network takes, or an answer is not finite.
    pub fn predict(&self, inputs: &Array2<f64>) -> Result<Array2<f64>> {
        self.answers(&self.scaled(inputs)?)
    }

    /// The answers to features that are scaled.
    fn answers(&self, scaled: &Array2<f64>) -> Result<Array2<f64>> {
        let mut answers = self.architecture.answers(&self.parameters, scaled)?;
        if self.gives_probabilities() {
            for mut row in answers.rows_mut() {
                let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                row.mapv_inplace(|y| (y - most).exp());
                let sum = row.sum();
                row.mapv_inplace(|y| y / sum);
            }
        } else if let Some(targets) = &self.targets {
            targets.undo(&mut answers);
        }
        match answers.indexed_iter().find(|(_, value)| !value.is_finite()) {
            Some(((row, column), value)) => Err(Error::usage(format!(
                "output {column} for sample {row} (from 0) is {value}: its features are far from those of the training, or the \
                 parameters are not finite"
            ))),
            None => Ok(answers),
        }
    }

    fn scaled(&self, inputs: &Array2<f64>) -> Result<Array2<f64>> {
        let width = self.architecture.inputs();
        if inputs.ncols() != width {
            return Err(Error::usage(format!("{} features, but the network takes {width}", inputs.ncols())));
        }
        let mut scaled = inputs.clone();
        if let Some(features) = &self.features {
            features.apply(&mut scaled);
        }
        Ok(scaled)
    }

    /// The class of each answer: that of the largest output, of equals the first.
    pub fn classify(answers: &Array2<f64>) -> Vec<usize> {
        answers.axis_iter(Axis(0)).map(|row| largest(row.iter().copied())).collect()
    }
}

/// The index of the largest, of equals the first.
pub(super) fn largest(values: impl Iterator<Item = f64>) -> usize {
    let (mut best, mut most) = (0, f64::NEG_INFINITY);
    for (k, value) in values.enumerate() {
        if value > most {
            (best, most) = (k, value);
        }
    }
    best
}
