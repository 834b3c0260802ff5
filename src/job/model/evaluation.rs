//! How good a model is on samples whose answers are known.

use std::fmt;

use ndarray::Array2;
use serde::Serialize;

use super::{Baseline, Model, ModelSamples, largest};
use crate::error::{Error, Result};
use crate::objective::{Network, Samples, Targets};
use crate::team::Alone;

/// How good a model is on some samples. Its `Display` is a few lines for people.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Samples evaluated.
    pub samples: usize,
    /// The mean loss, as in training (of scaled targets, where they are).
    pub loss: f64,
    /// If the answers are classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<ClassFigures>,
    /// If the answers are values: one for each output.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueFigure>,
    /// Set if the model is not better than an answer that looks at no feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// How classes are told apart.
#[derive(Clone, Debug, Serialize)]
pub struct ClassFigures {
    /// The share of samples whose largest output is their class.
    pub accuracy: f64,
    /// The mean of the recalls of all classes that occur.
    pub balanced_accuracy: f64,
    /// The class that was the most frequent in training.
    pub majority_class: String,
    /// The share of samples of that class: the accuracy of always answering it.
    pub majority_accuracy: f64,
    /// One for each class.
    pub per_class: Vec<ClassFigure>,
    /// `confusion[true class][answer]`: how many samples.
    pub confusion: Vec<Vec<usize>>,
}

/// Of one class.
#[derive(Clone, Debug, Serialize)]
pub struct ClassFigure {
    /// Its name.
    pub class: String,
    /// Samples of it.
    pub samples: usize,
    /// Of the answers that name it, the share that is right; none if there are none.
    pub precision: Option<f64>,
    /// Of its samples, the share that is answered right; none if there are none.
    pub recall: Option<f64>,
    /// The harmonic mean of both: 2·right/(answers + samples).
    pub f1: Option<f64>,
}

/// Of one output that is a value.
#[derive(Clone, Debug, Serialize)]
pub struct ValueFigure {
    /// The target's name.
    pub target: String,
    /// 1 - Σ(y - t)²/Σ(t - mean t)²: 1 is perfect, 0 as good as answering the mean; none if all targets are equal.
    pub r2: Option<f64>,
    /// The root of the mean square error, in the target's units.
    pub rmse: f64,
    /// The mean absolute error, in the target's units.
    pub mae: f64,
    /// The root of the mean square error of always answering the training samples' mean.
    pub rmse_of_mean: f64,
}

/// One-sided, at a level of 5 %: an accuracy is called better if it lies farther above than so many standard deviations of chance.
const CLEARLY: f64 = 1.645;

impl Model {
    /// How good it is on samples with labels or targets.
    ///
    /// # Errors
    /// [`Error::Usage`] if there are none, or an answer is not finite.
    pub fn evaluate(&self, samples: &ModelSamples) -> Result<Evaluation> {
        let Some(targets) = &samples.targets else {
            return Err(Error::usage("the samples have no labels or targets to compare with"));
        };
        let mut scaled = targets.clone();
        if let (Targets::Values(values), Some(scaling)) = (&mut scaled, &self.targets) {
            scaling.apply(values);
        }
        let joined = Samples::new(self.scaled(&samples.inputs)?, scaled)?;
        self.evaluate_network(&Network::new(self.architecture.clone(), joined)?)
    }

    /// On samples that are scaled already, as a training has them.
    pub(in crate::job) fn evaluate_network(&self, network: &Network) -> Result<Evaluation> {
        let samples = network.samples();
        let (loss, _) = network.loss_and_accuracy(&self.parameters, &Alone, None)?;
        let answers = self.answers(&samples.inputs(0..samples.len())?)?;
        let mut targets = samples.targets().clone();
        if let (Targets::Values(values), Some(scaling)) = (&mut targets, &self.targets) {
            scaling.undo(values);
        }
        Ok(self.figures(loss, &answers, &targets))
    }

    fn figures(&self, loss: f64, answers: &Array2<f64>, targets: &Targets) -> Evaluation {
        let (classes, values) = match targets {
            Targets::Classes(classes) => (Some(self.class_figures(answers, classes)), Vec::new()),
            Targets::Values(values) => (None, self.value_figures(answers, values)),
        };
        let samples = answers.nrows();
        let verdict = classes
            .as_ref()
            .map_or_else(|| value_verdict(&values), |classes| class_verdict(classes, samples));
        Evaluation { samples, loss, classes, values, verdict }
    }

    fn class_figures(&self, answers: &Array2<f64>, classes: &[u32]) -> ClassFigures {
        let names = self.answer_names();
        let count = names.len();
        let mut confusion = vec![vec![0usize; count]; count];
        for (row, &class) in answers.rows().into_iter().zip(classes) {
            confusion[class as usize][largest(row.iter().copied())] += 1;
        }
        let share = |part: usize, of: usize| (of > 0).then(|| part as f64 / of as f64);
        let per_class: Vec<ClassFigure> = (0..count)
            .map(|k| {
                let right = confusion[k][k];
                let samples = confusion[k].iter().sum::<usize>();
                let answered = confusion.iter().map(|row| row[k]).sum::<usize>();
                ClassFigure {
                    class: names[k].clone(),
                    samples,
                    precision: share(right, answered),
                    recall: share(right, samples),
                    f1: share(2 * right, answered + samples),
                }
            })
            .collect();
        let right: usize = (0..count).map(|k| confusion[k][k]).sum();
        let all = classes.len().max(1) as f64;
        let majority = match self.baseline {
            Baseline::Class(class) => class,
            Baseline::Means(_) => 0,
        };
        let recalls: Vec<f64> = per_class.iter().filter_map(|figure| figure.recall).collect();
        ClassFigures {
            accuracy: right as f64 / all,
            balanced_accuracy: recalls.iter().sum::<f64>() / recalls.len().max(1) as f64,
            majority_class: names[majority].clone(),
            majority_accuracy: per_class[majority].samples as f64 / all,
            per_class,
            confusion,
        }
    }

    fn value_figures(&self, answers: &Array2<f64>, targets: &Array2<f64>) -> Vec<ValueFigure> {
        let names = self.answer_names();
        let count = targets.nrows() as f64;
        let of = |k: usize| {
            let (y, t) = (answers.column(k), targets.column(k));
            let mean = t.iter().map(|t| t / count).sum::<f64>();
            let of_training = match &self.baseline {
                Baseline::Means(means) => means[k],
                Baseline::Class(_) => mean,
            };
            let squares = |from: f64| t.iter().map(|t| (t - from).powi(2)).sum::<f64>();
            let errors = y.iter().zip(t).map(|(y, t)| (y - t).powi(2)).sum::<f64>();
            let spread = squares(mean);
            // By rounding, the mean of equal numbers is another.
            let are_equal = t.iter().all(|t| *t == targets[[0, k]]);
            ValueFigure {
                target: names[k].clone(),
                r2: (spread > 0.0 && !are_equal).then(|| 1.0 - errors / spread),
                rmse: (errors / count).sqrt(),
                mae: y.iter().zip(t).map(|(y, t)| (y - t).abs()).sum::<f64>() / count,
                rmse_of_mean: (squares(of_training) / count).sqrt(),
            }
        };
        (0..targets.ncols()).map(of).collect()
    }
}

fn class_verdict(figures: &ClassFigures, samples: usize) -> Option<String> {
    let ClassFigures { accuracy, majority_class, majority_accuracy, .. } = figures;
    let chance = (majority_accuracy * (1.0 - majority_accuracy) / samples.max(1) as f64).sqrt();
    let always = format!("always answering `{majority_class}` ({majority_accuracy:.4})");
    if accuracy <= majority_accuracy && *majority_accuracy < 1.0 {
        Some(format!("no better than {always}"))
    } else if *accuracy < majority_accuracy + CLEARLY * chance {
        Some(format!("not clearly better than {always}: {samples} samples leave that much to chance"))
    } else {
        None
    }
}

fn value_verdict(figures: &[ValueFigure]) -> Option<String> {
    let poor: Vec<&ValueFigure> =
        figures.iter().filter(|figure| figure.rmse >= figure.rmse_of_mean).collect();
    match poor.as_slice() {
        [] => None,
        all if all.len() == figures.len() => {
            Some("no better than always answering the mean of the training samples".into())
        }
        some => {
            let names: Vec<&str> = some.iter().map(|figure| figure.target.as_str()).collect();
            Some(format!(
                "no better than always answering the mean of the training samples for {}",
                names.join(", ")
            ))
        }
    }
}

/// Classes up to which the confusion matrix is printed.
const PRINTED: usize = 30;

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} samples, loss {:.4}", self.samples, self.loss)?;
        if let Some(figures) = &self.classes {
            figures.fmt(f)?;
        }
        for ValueFigure { target, r2, rmse, mae, rmse_of_mean } in &self.values {
            let r2 = r2.map_or("none (all targets are equal)".into(), |r2| format!("{r2:.4}"));
            writeln!(
                f,
                "{target}: R² {r2}, root mean square error {rmse:.4e} (of always the mean {rmse_of_mean:.4e}), mean absolute \
                 error {mae:.4e}"
            )?;
        }
        if let Some(verdict) = &self.verdict {
            writeln!(f, "{verdict}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ClassFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ClassFigures { accuracy, balanced_accuracy, majority_class, majority_accuracy, .. } = self;
        writeln!(
            f,
            "accuracy {accuracy:.4} (balanced {balanced_accuracy:.4}; always `{majority_class}`: {majority_accuracy:.4})"
        )?;
        // Names may have anything in them.
        let name = |figure: &ClassFigure| crate::data::shown(&figure.class);
        let width =
            self.per_class.iter().map(|figure| name(figure).chars().count()).max().unwrap_or(0).max(5);
        writeln!(f, "{:>width$}  samples  precision  recall      F1", "class")?;
        let share = |share: Option<f64>| share.map_or("-".into(), |share| format!("{share:.4}"));
        for figure in &self.per_class {
            let ClassFigure { samples, precision, recall, f1, .. } = figure;
            let class = name(figure);
            let (precision, recall, f1) = (share(*precision), share(*recall), share(*f1));
            writeln!(f, "{class:>width$}  {samples:>7}  {precision:>9}  {recall:>6}  {f1:>6}")?;
        }
        if self.confusion.len() > PRINTED {
            return writeln!(f, "({} classes: the confusion matrix is in the JSON)", self.confusion.len());
        }
        writeln!(
            f,
            "confusion matrix: a row for each true class, a column for each answer, in the order above"
        )?;
        let cells = self.confusion.iter().flatten().map(|count| count.to_string().len()).max().unwrap_or(1);
        for (figure, row) in self.per_class.iter().zip(&self.confusion) {
            let row: Vec<String> = row.iter().map(|count| format!("{count:>cells$}")).collect();
            writeln!(f, "{:>width$}  {}", name(figure), row.join(" "))?;
        }
        Ok(())
    }
}
