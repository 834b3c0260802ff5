//! `plusminus predict` and `plusminus evaluate`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ndarray::{Array1, Array2};
use plusminus::data::{check_output, number, save_arrays, save_text};
use plusminus::job::{Evaluation, Model, ModelSamples};
use plusminus::{Error, Precision};
use serde::Serialize;

use crate::args::FormatArgs;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// The samples.
#[derive(clap::Args)]
#[command(next_help_heading = "Samples")]
struct SampleArgs {
    /// The folder that `plusminus run` wrote, with model.json and parameters.npz
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// The samples: a table with the columns of the training's (by name where there is a header; without one, of the features
    /// alone, or as in training), an array in a npy or npz file, or images in an IDX file
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus predict out/iris --data new.csv
  plusminus predict out/iris --data new.csv --output classes.csv
  plusminus predict out/mnist --data t10k-images-idx3-ubyte.gz --output probabilities.npy

Features are scaled as in training, and labels have their names. Without --output the table is printed as CSV: the class and the
probability of each class, or the values; where a value is missing and such rows are dropped, an empty row. Exit codes: 0 done, 1 an answer is not finite, 2 a mistake in the model or the data.")]
pub struct PredictArgs {
    #[command(flatten)]
    samples: SampleArgs,

    /// Save the answers instead of printing them: .csv as printed, .npy the probabilities or values, .npz those and the number of the
    /// class
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,
}

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus evaluate out/iris --data examples/data/iris.csv
  plusminus evaluate out/mnist --data t10k-images-idx3-ubyte.gz --target-file t10k-labels-idx1-ubyte.gz --json

Of classes: loss, accuracy, precision, recall and F1 of each class, and the confusion matrix; of values: R² and errors in their own
units. It says so when the model is no better than the most frequent class or the mean. Exit codes: 0 done, 2 a mistake in the model
or the data.")]
pub struct EvaluateArgs {
    #[command(flatten)]
    samples: SampleArgs,

    /// The labels or target values, where they stand in a file of their own
    #[arg(long, value_name = "FILE", help_heading = "Samples")]
    target_file: Option<PathBuf>,

    #[command(flatten)]
    format: FormatArgs,
}

impl SampleArgs {
    fn load(
        &self,
        target_file: Option<&Path>,
        with_targets: bool,
        terminal: &mut Terminal,
    ) -> Result<(Model, ModelSamples), Failure> {
        let model = Model::read(&self.run)?;
        let samples = model.load(&self.data, target_file, with_targets)?;
        samples.notes().iter().for_each(|note| terminal.note(note));
        Ok((model, samples))
    }
}

/// One answer, in JSON.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'a str>,
    /// One for each of `columns`.
    outputs: Vec<f64>,
}

#[derive(Serialize)]
struct Answers<'a> {
    /// What `outputs` are: `probabilities` or `values`.
    outputs_are: &'static str,
    /// The classes or targets that `outputs` belong to.
    columns: &'a [String],
    answers: Vec<Answer<'a>>,
}

pub fn predict(args: &PredictArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    if let Some(path) = &args.output {
        check_output(path)?;
    }
    let (model, samples) = args.samples.load(None, false, terminal)?;
    let outputs = model.predict(samples.inputs())?;
    let columns = model.answer_names();
    let classes = model.classes().map(|_| Model::classify(&outputs).into_iter().map(Some).collect());
    let (outputs, classes) = aligned(&samples, outputs, classes);
    if args.format.is_json() {
        let class = |row: usize| {
            classes.as_ref().and_then(|classes| classes[row].map(|class| columns[class].as_str()))
        };
        let rows = outputs.rows().into_iter().enumerate();
        let answers = Answers {
            outputs_are: if model.gives_probabilities() { "probabilities" } else { "values" },
            columns: &columns,
            answers: rows.map(|(i, row)| Answer { class: class(i), outputs: row.to_vec() }).collect(),
        };
        terminal.json(&answers, Precision::F64)?;
    }
    let Some(path) = &args.output else {
        if !args.format.is_json() {
            let table = csv(&model, &columns, &outputs, classes.as_deref())?;
            write!(terminal, "{table}")?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        save_text(path, &csv(&model, &columns, &outputs, classes.as_deref())?)?;
    } else {
        let name = if model.gives_probabilities() { "probabilities" } else { "values" };
        let mut arrays = vec![(name, outputs.into_dyn())];
        if let Some(classes) = classes {
            let classes: Array1<f64> =
                classes.into_iter().map(|class| class.map_or(f64::NAN, |class| class as f64)).collect();
            arrays.push(("classes", classes.into_dyn()));
        }
        save_arrays(path, name, &arrays, Precision::F64)?;
    }
    terminal.note(&format!("wrote {}", path.display()));
    Ok(ExitCode::SUCCESS)
}

/// Answers for every row of the file: empty where a value was missing.
fn aligned(
    samples: &ModelSamples,
    outputs: Array2<f64>,
    classes: Option<Vec<Option<usize>>>,
) -> (Array2<f64>, Option<Vec<Option<usize>>>) {
    let Some((rows, all)) = samples.kept() else { return (outputs, classes) };
    let mut every = Array2::from_elem((all, outputs.ncols()), f64::NAN);
    for (&row, answer) in rows.iter().zip(outputs.rows()) {
        every.row_mut(row).assign(&answer);
    }
    let classes = classes.map(|classes| {
        let mut every = vec![None; all];
        rows.iter().zip(classes).for_each(|(&row, class)| every[row] = class);
        every
    });
    (every, classes)
}

/// A header, and a row for each sample.
fn csv(
    model: &Model,
    columns: &[String],
    outputs: &Array2<f64>,
    classes: Option<&[Option<usize>]>,
) -> Result<String, Failure> {
    let prefix = match (classes, model.gives_probabilities()) {
        (Some(_), true) => "probability_",
        (Some(_), false) => "output_",
        (None, _) => "",
    };
    let mut header: Vec<String> = columns.iter().map(|name| format!("{prefix}{name}")).collect();
    if classes.is_some() {
        header.insert(0, "class".into());
    }
    let mut rows = vec![header];
    for (i, row) in outputs.rows().into_iter().enumerate() {
        let text = |&value: &f64| if value.is_nan() { String::new() } else { number(value, Precision::F64) };
        let mut texts: Vec<String> = row.iter().map(text).collect();
        if let Some(classes) = classes {
            texts.insert(0, classes[i].map_or(String::new(), |class| columns[class].clone()));
        }
        rows.push(texts);
    }
    plusminus::data::csv_text(&rows).map_err(|message| Failure::Work(Error::Usage { message }))
}

pub fn evaluate(args: &EvaluateArgs, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let (model, samples) = args.samples.load(args.target_file.as_deref(), true, terminal)?;
    let evaluation: Evaluation = model.evaluate(&samples)?;
    if args.format.is_json() {
        terminal.json(&evaluation, Precision::F64)?;
    } else {
        write!(terminal, "{evaluation}")?;
    }
    Ok(ExitCode::SUCCESS)
}
