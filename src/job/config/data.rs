//! The samples of a training: where they are, and what is made of them.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::test::{TestConfig, TestFile};
use crate::data::{ColumnName, Decimal, Separator, TableOptions};
use crate::error::{Error, Result};

/// Where the samples are. Paths are relative to the job file.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "format", rename_all = "lowercase")]
#[allow(clippy::large_enum_variant, reason = "there is one of them in a job")]
pub enum DataConfig {
    /// A table.
    Csv(CsvConfig),
    /// IDX files, plain or gzipped, with the test samples in files of their own.
    Idx(IdxConfig),
    /// Arrays in a npz file.
    Npz(NpzConfig),
    /// Arrays in npy files.
    Npy(NpyConfig),
}

/// A table, with a label or target values in each row.
#[derive(Clone, Debug, Serialize)]
pub struct CsvConfig {
    /// The file.
    pub path: PathBuf,
    /// Whether its first line is a header; found if not given.
    pub header: Option<bool>,
    /// What separates fields; found if not given.
    pub separator: Option<Separator>,
    /// The decimal mark; found if not given.
    pub decimal: Option<Decimal>,
    /// Lines above the table.
    pub skip: usize,
    /// The columns that are features; without it, all that are nothing else.
    pub features: Option<Vec<ColumnName>>,
    /// Columns that are left out.
    pub ignore: Vec<ColumnName>,
    /// The label's column: numbers or words. Without `label` and `target`, the last.
    pub label: Option<ColumnName>,
    /// Columns of values that the network is to answer.
    pub target: Option<Columns>,
    /// A table of its own for the labels or target values, row by row.
    pub target_file: Option<PathBuf>,
    /// What a missing value does.
    pub missing: Missing,
    /// What stands where a value is missing.
    pub missing_values: Option<Vec<String>>,
    /// See [`Preparation`].
    pub classes: Option<Vec<String>>,
    /// See [`Preparation`].
    pub class_weights: Option<ClassWeights>,
    /// See [`Preparation`].
    pub divide_by: Option<f64>,
    /// See [`Preparation`].
    pub scale: Scale,
    /// See [`Preparation`].
    pub scale_targets: Scale,
    /// What is held out.
    pub test: TestConfig,
}

/// IDX files.
#[derive(Clone, Debug, Serialize)]
pub struct IdxConfig {
    /// Training images.
    pub images: PathBuf,
    /// Training labels.
    pub labels: PathBuf,
    /// Test images.
    pub test_images: PathBuf,
    /// Test labels.
    pub test_labels: PathBuf,
    /// See [`Preparation`].
    pub classes: Option<Vec<String>>,
    /// See [`Preparation`].
    pub class_weights: Option<ClassWeights>,
    /// See [`Preparation`].
    pub divide_by: Option<f64>,
    /// See [`Preparation`].
    pub scale: Scale,
}

/// Arrays in a npz file: inputs (`[samples, features]`; more dimensions are taken as one), and labels (`[samples]`) or targets
/// (`[samples]` or `[samples, outputs]`).
#[derive(Clone, Debug, Serialize)]
pub struct NpzConfig {
    /// The file.
    pub path: PathBuf,
    /// The name of the inputs.
    pub inputs: String,
    /// The name of the labels; without `labels` and `targets`, the array `labels` or else `targets`.
    pub labels: Option<String>,
    /// The name of the targets.
    pub targets: Option<String>,
    /// See [`Preparation`].
    pub classes: Option<Vec<String>>,
    /// See [`Preparation`].
    pub class_weights: Option<ClassWeights>,
    /// See [`Preparation`].
    pub divide_by: Option<f64>,
    /// See [`Preparation`].
    pub scale: Scale,
    /// See [`Preparation`].
    pub scale_targets: Scale,
    /// What is held out.
    pub test: TestConfig,
}

/// Arrays in npy files: inputs (`[samples, features]`; more dimensions are taken as one), and labels (`[samples]`) or targets (`[samples]` or
/// `[samples, outputs]`). Inputs can be read in part, and need not fit into memory where ranks share them.
#[derive(Clone, Debug, Serialize)]
pub struct NpyConfig {
    /// The inputs.
    pub path: PathBuf,
    /// The labels.
    pub labels: Option<PathBuf>,
    /// The targets.
    pub targets: Option<PathBuf>,
    /// See [`Preparation`].
    pub classes: Option<Vec<String>>,
    /// See [`Preparation`].
    pub class_weights: Option<ClassWeights>,
    /// See [`Preparation`].
    pub divide_by: Option<f64>,
    /// See [`Preparation`].
    pub scale: Scale,
    /// See [`Preparation`].
    pub scale_targets: Scale,
    /// What is held out.
    pub test: TestConfig,
}

/// What is made of the samples of any format.
#[derive(Clone, Copy, Debug)]
pub struct Preparation<'a> {
    /// The names of the classes: of labels that are words, in the order of the outputs; of labels 0, 1, …, what they are called.
    pub classes: Option<&'a [String]>,
    /// How often each class counts.
    pub class_weights: Option<&'a ClassWeights>,
    /// Features are divided by this.
    pub divide_by: Option<f64>,
    /// How features are scaled.
    pub scale: Scale,
    /// How target values are scaled.
    pub scale_targets: Scale,
}

/// One column or several.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a column, by name or number, or a list of such")]
pub enum Columns {
    /// One.
    One(ColumnName),
    /// Several.
    Several(Vec<ColumnName>),
}

impl Columns {
    /// All of them.
    pub fn all(&self) -> &[ColumnName] {
        match self {
            Columns::One(one) => std::slice::from_ref(one),
            Columns::Several(all) => all,
        }
    }
}

/// What a missing value does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// It ends the job, with its place.
    #[default]
    Refuse,
    /// The row is left out.
    Drop,
}

/// How numbers are scaled, column by column, by what the training samples have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// As they are.
    #[default]
    None,
    /// To mean 0 and standard deviation 1.
    Standard,
    /// To the range from 0 to 1.
    MinMax,
}

/// How often each class counts in training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected \"balanced\", or a list of numbers, one for each class")]
pub enum ClassWeights {
    /// So that all classes count as much.
    Named(Balanced),
    /// One number for each class.
    Each(Vec<f64>),
}

/// The name of balanced weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Balanced {
    /// So that all classes count as much.
    Balanced,
}

impl CsvConfig {
    /// How the table is to be read.
    pub fn table(&self) -> TableOptions {
        TableOptions {
            header: self.header,
            separator: self.separator,
            decimal: self.decimal,
            skip: self.skip,
            missing_values: self.missing_values.clone(),
        }
    }
}

impl DataConfig {
    /// What is made of the samples.
    pub fn preparation(&self) -> Preparation<'_> {
        let (classes, class_weights, divide_by, scale, scale_targets) = match self {
            DataConfig::Csv(c) => (&c.classes, &c.class_weights, c.divide_by, c.scale, c.scale_targets),
            DataConfig::Npz(c) => (&c.classes, &c.class_weights, c.divide_by, c.scale, c.scale_targets),
            DataConfig::Npy(c) => (&c.classes, &c.class_weights, c.divide_by, c.scale, c.scale_targets),
            DataConfig::Idx(c) => (&c.classes, &c.class_weights, c.divide_by, c.scale, Scale::None),
        };
        Preparation {
            classes: classes.as_deref(),
            class_weights: class_weights.as_ref(),
            divide_by,
            scale,
            scale_targets,
        }
    }

    /// The files.
    pub(super) fn paths(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = Vec::new();
        let test = match self {
            DataConfig::Csv(csv) => {
                paths.push(&csv.path);
                paths.extend(csv.target_file.as_deref());
                Some(&csv.test)
            }
            DataConfig::Npz(npz) => {
                paths.push(&npz.path);
                Some(&npz.test)
            }
            DataConfig::Npy(npy) => {
                paths.push(&npy.path);
                paths.extend(npy.labels.iter().chain(&npy.targets).map(PathBuf::as_path));
                if let TestConfig::File(file) = &npy.test {
                    paths.extend(file.labels.iter().chain(&file.targets).map(PathBuf::as_path));
                }
                Some(&npy.test)
            }
            DataConfig::Idx(idx) => {
                paths.extend([&*idx.images, &*idx.labels, &*idx.test_images, &*idx.test_labels]);
                None
            }
        };
        if let Some(TestConfig::File(file)) = test {
            paths.extend(file.path.as_deref());
            paths.extend(file.target_file.as_deref());
        }
        paths
    }

    pub(super) fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        let mut paths = Vec::new();
        let are_files = matches!(self, DataConfig::Npy(_));
        let test = match self {
            DataConfig::Csv(CsvConfig { path, target_file, test, .. }) => {
                paths.push(path);
                paths.extend(target_file);
                Some(test)
            }
            DataConfig::Npz(NpzConfig { path, test, .. }) => {
                paths.push(path);
                Some(test)
            }
            DataConfig::Npy(NpyConfig { path, labels, targets, test, .. }) => {
                paths.push(path);
                paths.extend(labels.iter_mut().chain(targets));
                Some(test)
            }
            DataConfig::Idx(IdxConfig { images, labels, test_images, test_labels, .. }) => {
                paths.extend([images, labels, test_images, test_labels]);
                None
            }
        };
        if let Some(TestConfig::File(TestFile { path, target_file, labels, targets, .. })) = test {
            paths.extend(path);
            paths.extend(target_file);
            if are_files {
                paths.extend(labels.iter_mut().chain(targets));
            }
        }
        paths
    }

    pub(super) fn relative_to(&mut self, folder: &Path) {
        self.paths_mut().into_iter().for_each(|path| *path = folder.join(&*path));
    }

    /// The file of which each of several ranks needs a part alone, if their samples are parted.
    pub(in crate::job) fn parted(&self) -> Option<&Path> {
        match self {
            DataConfig::Npy(npy) => Some(&npy.path),
            _ => None,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let Preparation { class_weights, divide_by, scale, .. } = self.preparation();
        if let Some(divide_by) = divide_by {
            if !(divide_by.is_finite() && divide_by != 0.0) {
                return Err(Error::usage(format!(
                    "data.divide_by = {divide_by}: it must be a finite number other than 0"
                )));
            }
            if scale != Scale::None {
                return Err(Error::usage(
                    "data.divide_by and data.scale both scale the features: give one of them",
                ));
            }
        }
        if let Some(ClassWeights::Each(weights)) = class_weights
            && let Some(wrong) = weights.iter().find(|weight| !(weight.is_finite() && **weight > 0.0))
        {
            return Err(Error::usage(format!(
                "data.class_weights has {wrong}: each must be a finite number greater than 0"
            )));
        }
        match self {
            DataConfig::Csv(csv) => csv.check(),
            DataConfig::Npz(npz) => npz.check(),
            DataConfig::Npy(npy) => npy.check(),
            DataConfig::Idx(_) => Ok(()),
        }
    }

    /// The network's outputs are values, not classes.
    pub(super) fn has_target_values(&self) -> bool {
        match self {
            DataConfig::Csv(csv) => csv.target.is_some(),
            DataConfig::Npz(npz) => npz.targets.is_some(),
            DataConfig::Npy(npy) => npy.targets.is_some(),
            DataConfig::Idx(_) => false,
        }
    }
}

/// What belongs to labels alone.
fn check_of_labels(has_values: bool, classes: bool, weights: bool) -> Result<()> {
    for (is_given, name) in [(classes, "classes"), (weights, "class_weights")] {
        if is_given && has_values {
            return Err(Error::usage(format!("data.{name} belongs to labels, but the targets are values")));
        }
    }
    Ok(())
}

impl CsvConfig {
    fn check(&self) -> Result<()> {
        if self.label.is_some() && self.target.is_some() {
            return Err(Error::usage("data: give label (classes) or target (values), not both"));
        }
        if self.scale_targets != Scale::None && self.target.is_none() {
            return Err(Error::usage("data.scale_targets scales target values: give target, too"));
        }
        if let TestConfig::File(file) = &self.test {
            if file.inputs.is_some() || file.labels.is_some() || file.targets.is_some() {
                return Err(Error::usage(
                    "data.test: inputs, labels and targets are names of arrays in npz files",
                ));
            }
            if file.target_file.is_some() != self.target_file.is_some() {
                return Err(Error::usage(
                    "data.test: where the training has a target_file, its test samples need one, and else none",
                ));
            }
        }
        check_of_labels(self.target.is_some(), self.classes.is_some(), self.class_weights.is_some())
    }
}

impl NpzConfig {
    fn check(&self) -> Result<()> {
        if self.labels.is_some() && self.targets.is_some() {
            return Err(Error::usage("data: give labels (classes) or targets (values), not both"));
        }
        if let TestConfig::File(TestFile { target_file: Some(_), .. }) = &self.test {
            return Err(Error::usage("data.test.target_file belongs to tables"));
        }
        check_of_labels(self.targets.is_some(), self.classes.is_some(), self.class_weights.is_some())
    }
}

impl NpyConfig {
    fn check(&self) -> Result<()> {
        if self.labels.is_some() == self.targets.is_some() {
            return Err(Error::usage(
                "data: give the npy file of the labels (labels = \"labels.npy\", classes) or of the targets (targets, values)",
            ));
        }
        if let TestConfig::File(file) = &self.test {
            if file.target_file.is_some() || file.inputs.is_some() {
                return Err(Error::usage(
                    "data.test.target_file belongs to tables, and data.test.inputs to npz files",
                ));
            }
            if file.path.is_none()
                || file.labels.is_some() != self.labels.is_some()
                || file.targets.is_some() != self.targets.is_some()
            {
                let kind = if self.labels.is_some() { "labels" } else { "targets" };
                return Err(Error::usage(format!(
                    "data.test: of npy files give path and {kind}, as in training, or none of them"
                )));
            }
        }
        check_of_labels(self.targets.is_some(), self.classes.is_some(), self.class_weights.is_some())?;
        if self.scale_targets != Scale::None && self.targets.is_none() {
            return Err(Error::usage("data.scale_targets scales target values: give targets, too"));
        }
        Ok(())
    }
}
