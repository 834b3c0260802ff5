//! Samples for a model, read as those of its training.

use std::path::Path;

use ndarray::Array2;

use super::Model;
use crate::data::{Cell, Table, looks_like_idx};
use crate::error::{Error, Result};
use crate::job::samples::{Label, RawTargets, read_any_array, read_csv_with, read_idx_labels, read_npz};
use crate::objective::Targets;

/// Samples of a file, as a model takes them.
#[derive(Clone, Debug)]
pub struct ModelSamples {
    pub(super) inputs: Array2<f64>,
    /// In the units of the file.
    pub(super) targets: Option<Targets>,
    /// Of a table in which rows were dropped: which are left, and of how many.
    kept: Option<(Vec<usize>, usize)>,
    notes: Vec<String>,
}

impl ModelSamples {
    fn of_arrays(inputs: Array2<f64>, targets: Option<Targets>) -> Self {
        ModelSamples { inputs, targets, kept: None, notes: Vec::new() }
    }

    /// Where rows of the file were left out, for a missing value: which are left (from 0), and how many there are.
    pub fn kept(&self) -> Option<(&[usize], usize)> {
        self.kept.as_ref().map(|(rows, all)| (rows.as_slice(), *all))
    }

    /// The features, `[samples, features]`, as they stand in the file.
    pub fn inputs(&self) -> &Array2<f64> {
        &self.inputs
    }

    /// The classes or values, if they were asked for.
    pub fn targets(&self) -> Option<&Targets> {
        self.targets.as_ref()
    }

    /// What was found that a reader may want to know.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

impl Model {
    /// Reads samples: a table (with the columns of the training's, by name where there is a header; of the features alone, without
    /// one), or arrays (npz, npy) or images (IDX). Labels or targets, if asked for, stand in the same file as in training, or in
    /// `target_file`.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Data`], with the place, for what cannot be read or is no sample of this model.
    pub fn load(&self, path: &Path, target_file: Option<&Path>, with_targets: bool) -> Result<ModelSamples> {
        let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().to_lowercase());
        let ends_in = |ends: &[&str]| ends.iter().any(|end| name.trim_end_matches(".gz").ends_with(end));
        let samples = if ends_in(&[".npz", ".npy"]) || looks_like_idx(path) {
            self.load_arrays(path, target_file, with_targets)?
        } else {
            self.load_table(path, target_file, with_targets)?
        };
        let (width, takes) = (samples.inputs.ncols(), self.architecture.inputs());
        if width != takes {
            return Err(Error::data(path, format!("it has {width} features, and the network takes {takes}")));
        }
        Ok(samples)
    }

    fn load_table(
        &self,
        path: &Path,
        target_file: Option<&Path>,
        with_targets: bool,
    ) -> Result<ModelSamples> {
        let reading = &self.reading;
        if with_targets
            && target_file.is_none()
            && (reading.layout.is_apart || reading.layout.targets.is_empty())
        {
            return Err(Error::usage(
                "the labels or targets were in a file of their own in training: give theirs by --target-file",
            ));
        }
        let mut layout = reading.layout.clone();
        if layout.features.is_empty() {
            // Trained with arrays: all columns are features, but for a last one with the target.
            let count = self.architecture.inputs();
            layout.features = (1..=count).map(crate::data::ColumnName::Number).collect();
            layout.targets = vec![crate::data::ColumnName::default()];
            layout.are_labels = self.classes.is_some();
            layout.width = if target_file.is_some() { count } else { count + 1 };
        }
        let raw = read_csv_with(path, target_file, &reading.table, reading.missing, &layout, with_targets)?;
        let targets = if with_targets {
            Some(self.targets_of(target_file.unwrap_or(path), raw.targets, raw.lines.as_deref())?)
        } else {
            None
        };
        Ok(ModelSamples { inputs: raw.features.into_reals()?, targets, kept: raw.kept, notes: raw.notes })
    }

    fn load_arrays(
        &self,
        path: &Path,
        target_file: Option<&Path>,
        with_targets: bool,
    ) -> Result<ModelSamples> {
        let reading = &self.reading;
        let inputs = if reading.inputs.is_empty() { "inputs" } else { &reading.inputs };
        if !with_targets {
            return Ok(ModelSamples::of_arrays(read_any_array(path, inputs)?, None));
        }
        let Some(target_file) = target_file else {
            if !path.to_string_lossy().to_lowercase().ends_with(".npz") {
                return Err(Error::usage(
                    "the labels or target values are in a file of their own: give it by --target-file",
                ));
            }
            let raw = read_npz(path, inputs, reading.labels.as_deref(), reading.values.as_deref())?;
            let targets = self.targets_of(path, raw.targets, None)?;
            return Ok(ModelSamples::of_arrays(raw.features.into_reals()?, Some(targets)));
        };
        let inputs = read_any_array(path, inputs)?;
        let name = target_file.to_string_lossy().to_lowercase();
        let targets = if name.ends_with(".npy") {
            let values = read_any_array(target_file, "")?;
            let count =
                if values.nrows() == 1 && inputs.nrows() > 1 { values.ncols() } else { values.nrows() };
            let width = values.len() / count;
            if self.classes.is_some() && width != 1 {
                return Err(Error::data(
                    target_file,
                    format!("the array has the shape [{count}, {width}]: labels need [samples]"),
                ));
            }
            let values = values
                .into_shape_with_order((count, width))
                .map_err(|error| Error::data(target_file, error.to_string()))?;
            match self.classes {
                Some(_) => RawTargets::Labels(values.iter().copied().map(Label::Number).collect()),
                None => RawTargets::Values(values),
            }
        } else if name.ends_with(".csv") || name.ends_with(".txt") {
            self.targets_in_table(target_file)?
        } else {
            RawTargets::Labels(read_idx_labels(target_file, inputs.nrows())?)
        };
        let targets = self.targets_of(target_file, targets, None)?;
        Ok(ModelSamples::of_arrays(inputs, Some(targets)))
    }

    /// Labels or target values in a table of their own, and nothing else: which of several columns is meant nobody says.
    fn targets_in_table(&self, path: &Path) -> Result<RawTargets> {
        let table = Table::read(path, &self.reading.table)?;
        let columns = if self.classes.is_some() { 1 } else { self.architecture.outputs() };
        if table.width() != columns {
            return Err(Error::data(
                path,
                format!("it has {} columns; it needs {columns} alone", table.width()),
            ));
        }
        if self.classes.is_some() {
            let label = |row: usize| match table.cell(row, 0) {
                Cell::Word(word) => Ok(Label::Word(word.into())),
                _ => table.number(row, 0).map(Label::Number),
            };
            return (0..table.rows()).map(label).collect::<Result<_>>().map(RawTargets::Labels);
        }
        let places = (0..table.rows()).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let values = places.map(|(row, column)| table.number(row, column)).collect::<Result<Vec<f64>>>()?;
        let values = Array2::from_shape_vec((table.rows(), columns), values);
        values.map(RawTargets::Values).map_err(|error| Error::data(path, error.to_string()))
    }

    /// Labels as classes of this model.
    fn targets_of(&self, path: &Path, targets: RawTargets, lines: Option<&[u64]>) -> Result<Targets> {
        let place = |row: usize| match lines {
            Some(lines) => format!("line {}", lines[row]),
            None => format!("sample {row} (from 0)"),
        };
        let outputs = self.architecture.outputs();
        match (targets, &self.classes) {
            (RawTargets::Labels(labels), Some(classes)) => {
                let index = |(row, label): (usize, &Label)| {
                    classes.index(label).map_err(|why| Error::data(path, format!("{}: {why}", place(row))))
                };
                labels.iter().enumerate().map(index).collect::<Result<_>>().map(Targets::Classes)
            }
            (RawTargets::Values(values), None) if values.ncols() == outputs => Ok(Targets::Values(values)),
            (RawTargets::Values(values), None) => Err(Error::data(
                path,
                format!(
                    "it has {} target values a row, and the network has {outputs} outputs",
                    values.ncols()
                ),
            )),
            (RawTargets::Labels(_), None) => {
                Err(Error::data(path, "it has labels, but the network answers values"))
            }
            (_, Some(_)) => Err(Error::data(path, "it has no labels, which the network's classes need")),
            (RawTargets::None, None) => Err(Error::data(path, "it has no target values")),
        }
    }
}
