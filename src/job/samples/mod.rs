//! From files to training and test samples: read (`table`, `arrays`), labels made classes (`classes`), split (`split`), scaled
//! (`scaling`).

mod arrays;
mod classes;
mod like;
mod scaling;
mod split;
mod table;
mod weights;

use std::ops::Range;
use std::path::{Path, PathBuf};

use ndarray::{Array2, Axis, s};

pub(super) use self::arrays::{read_any_array, read_idx_labels, read_npz};
pub(super) use self::classes::{Classes, Label};
pub(super) use self::like::read_csv_with;
use self::scaling::Scaled;
pub(super) use self::scaling::Scaling;
pub(super) use self::table::Layout;
use self::weights::weighted;
use super::config::{DataConfig, TestConfig};
use crate::data::NpyRows;
use crate::error::{Error, Result};
use crate::objective::{Samples, Targets};
use crate::team::Held;

/// The samples of a file, as they stand there.
pub(super) struct Raw {
    /// For messages.
    pub(super) path: PathBuf,
    pub(super) features: Features,
    pub(super) targets: RawTargets,
    /// Where the labels stand, for messages.
    pub(super) label_path: PathBuf,
    /// The line of each label or target, if they stand in a table.
    pub(super) lines: Option<Vec<u64>>,
    /// Of a table in which rows were dropped: which are left, and of how many.
    pub(super) kept: Option<(Vec<usize>, usize)>,
    /// Of a table: which columns are what.
    pub(super) layout: Layout,
    /// What a reader may want to know.
    pub(super) notes: Vec<String>,
}

/// `[samples, features]`
#[derive(Clone)]
pub(super) enum Features {
    Reals(Array2<f64>),
    Bytes(Array2<u8>),
    /// Rows of a file, in ascending order, that are not read yet.
    Rows(NpyRows, Vec<usize>),
}

impl Features {
    pub(super) fn len(&self) -> usize {
        match self {
            Features::Reals(values) => values.nrows(),
            Features::Bytes(bytes) => bytes.nrows(),
            Features::Rows(_, rows) => rows.len(),
        }
    }

    pub(super) fn width(&self) -> usize {
        match self {
            Features::Reals(values) => values.ncols(),
            Features::Bytes(bytes) => bytes.ncols(),
            Features::Rows(array, _) => array.width(),
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Features::Reals(values) => Features::Reals(values.select(Axis(0), rows)),
            Features::Bytes(bytes) => Features::Bytes(bytes.select(Axis(0), rows)),
            Features::Rows(array, all) => {
                Features::Rows(array.clone(), rows.iter().map(|&row| all[row]).collect())
            }
        }
    }

    /// These samples alone.
    fn only(self, rows: Range<usize>) -> Self {
        if rows == (0..self.len()) {
            return self;
        }
        match self {
            Features::Reals(values) => Features::Reals(values.slice(s![rows, ..]).to_owned()),
            Features::Bytes(bytes) => Features::Bytes(bytes.slice(s![rows, ..]).to_owned()),
            Features::Rows(array, all) => Features::Rows(array, all[rows].to_vec()),
        }
    }

    /// In memory.
    fn read(self) -> Result<Self> {
        match self {
            Features::Rows(array, rows) if array.are_bytes() => array.bytes(&rows).map(Features::Bytes),
            Features::Rows(array, rows) => array.reals(&rows).map(Features::Reals),
            there => Ok(there),
        }
    }

    pub(super) fn into_reals(self) -> Result<Array2<f64>> {
        match self {
            Features::Reals(values) => Ok(values),
            Features::Bytes(bytes) => Ok(bytes.mapv(f64::from)),
            Features::Rows(array, rows) => array.reals(&rows),
        }
    }
}

/// What the network should answer, as it stands in a file.
#[derive(Clone)]
pub(super) enum RawTargets {
    Labels(Vec<Label>),
    /// `[samples, outputs]`
    Values(Array2<f64>),
    None,
}

impl RawTargets {
    fn select(&self, rows: &[usize]) -> Self {
        match self {
            RawTargets::Labels(labels) => {
                RawTargets::Labels(rows.iter().map(|&row| labels[row].clone()).collect())
            }
            RawTargets::Values(values) => RawTargets::Values(values.select(Axis(0), rows)),
            RawTargets::None => RawTargets::None,
        }
    }

    fn len(&self) -> Option<usize> {
        match self {
            RawTargets::Labels(labels) => Some(labels.len()),
            RawTargets::Values(values) => Some(values.nrows()),
            RawTargets::None => None,
        }
    }
}

impl Raw {
    pub(super) fn check(self) -> Result<Self> {
        match self.targets.len() {
            Some(count) if count != self.features.len() => Err(Error::data(
                &self.path,
                format!(
                    "{} rows of features, but {count} labels or targets: each row needs one",
                    self.features.len()
                ),
            )),
            _ => Ok(self),
        }
    }

    /// A row, for messages.
    fn place(&self, row: usize) -> String {
        match &self.lines {
            Some(lines) => format!("line {}", lines[row]),
            None => format!("sample {row} (from 0)"),
        }
    }
}

/// Samples that are ready to be trained with.
pub(super) struct Split {
    /// What is trained with; a sample may stand there several times by its class weight.
    pub(super) train: Samples,
    /// Each once, if that is something else.
    pub(super) train_once: Option<Samples>,
    /// If only some of them are here: which, and the targets of all.
    pub(super) held: Option<(Held, Targets)>,
    /// Then a check sum of what comes of samples that are not: the figures that features are scaled by, and what is held out.
    pub(super) common: u64,
    pub(super) test: Option<Samples>,
    pub(super) classes: Option<Classes>,
    pub(super) features: Option<Scaling>,
    pub(super) targets: Option<Scaling>,
    pub(super) layout: Layout,
    pub(super) notes: Vec<String>,
}

/// Reads the samples of a network with `outputs` outputs: of the training samples those alone that `held` says of so many.
pub(super) fn load(
    config: &DataConfig,
    outputs: usize,
    held: Option<&dyn Fn(usize) -> Result<Held>>,
) -> Result<Split> {
    let preparation = config.preparation();
    let (train, test, mut notes) = parts(config)?;
    let layout = train.layout.clone();
    if let Some(test) = &test {
        let (width, test_width) = (train.features.width(), test.features.width());
        if width != test_width {
            return Err(Error::data(
                &test.path,
                format!("the test samples have {test_width} features, and the training's {width}"),
            ));
        }
        if let (RawTargets::Values(values), RawTargets::Values(others)) = (&train.targets, &test.targets)
            && values.ncols() != others.ncols()
        {
            return Err(Error::data(
                &test.path,
                format!(
                    "the test samples have {} target values, and the training's {}",
                    others.ncols(),
                    values.ncols()
                ),
            ));
        }
    }
    let all = std::iter::once(&train).chain(&test);
    let classes = Classes::of(all, preparation.classes, outputs)?;
    let targets = |raw: &Raw| -> Result<Targets> {
        match (&raw.targets, &classes) {
            (RawTargets::Values(values), _) => Ok(Targets::Values(values.clone())),
            (RawTargets::Labels(labels), Some(classes)) => {
                let index = |(row, label): (usize, &Label)| {
                    classes
                        .index(label)
                        .map_err(|why| Error::data(&raw.label_path, format!("{}: {why}", raw.place(row))))
                };
                labels.iter().enumerate().map(index).collect::<Result<_>>().map(Targets::Classes)
            }
            _ => Err(Error::data(&raw.path, "there are neither labels nor targets")),
        }
    };
    let (mut train_targets, test_targets) = (targets(&train)?, test.as_ref().map(targets).transpose()?);
    if let (Some(classes), Targets::Classes(in_training)) = (&classes, &train_targets) {
        let held_out = match &test_targets {
            Some(Targets::Classes(held_out)) => held_out.as_slice(),
            _ => &[],
        };
        notes.extend(classes.never_seen(in_training, held_out));
    }
    let (train_path, test_path) = (train.path.clone(), test.as_ref().map(|test| test.path.clone()));
    let mut test_targets = test_targets;
    let target_scaling = match &train_targets {
        Targets::Values(values) => Scaling::fit(preparation.scale_targets, values),
        Targets::Classes(_) => None,
    };
    if let Some((scaling, constant)) = &target_scaling {
        notes.extend(constant.note("target"));
        for targets in std::iter::once(&mut train_targets).chain(&mut test_targets) {
            if let Targets::Values(values) = targets {
                scaling.apply(values);
            }
        }
    }
    let held = held.map(|held| held(train.features.len())).transpose()?;
    let here = held.as_ref().map_or(0..train.features.len(), Held::here);
    let test_features = test.map(|test| test.features);
    let (divide_by, scale) = (preparation.divide_by, preparation.scale);
    let of_classes = matches!(train_targets, Targets::Classes(_));
    let scaled = Scaled::new((train.features, here.clone()), test_features, divide_by, scale, of_classes)?;
    notes.extend(scaled.notes.iter().cloned());
    let common = if held.is_some() { scaled.sum() } else { 0 };
    let samples = |path: &Path, features: Features, targets: Targets| {
        let joined = match (features, targets) {
            (Features::Bytes(bytes), Targets::Classes(classes)) => {
                Samples::from_bytes(bytes, preparation.divide_by.unwrap_or(1.0), classes)
            }
            (features, targets) => Samples::new(features.into_reals()?, targets),
        };
        joined.map_err(|error| Error::data(path, error.to_string()))
    };
    let own_targets = match (&held, &train_targets) {
        (None, _) => None,
        (Some(_), Targets::Classes(classes)) => Some(Targets::Classes(classes[here].to_vec())),
        (Some(_), Targets::Values(values)) => Some(Targets::Values(values.slice(s![here, ..]).to_owned())),
    };
    let (own_targets, all_targets) = match own_targets {
        Some(own) => (own, Some(train_targets)),
        None => (train_targets, None),
    };
    let once = samples(&train_path, scaled.train, own_targets)?;
    let test = match (scaled.test, test_targets, &test_path) {
        (Some(features), Some(targets), Some(path)) => Some(samples(path, features, targets)?),
        _ => None,
    };
    let weighted = match (preparation.class_weights, once.classes(), &classes) {
        (Some(weights), Some(labels), Some(classes)) => Some(weighted(&once, labels, weights, classes)?),
        _ => None,
    };
    let (train, train_once) = match weighted {
        Some((train, note)) => {
            notes.push(note);
            (train, Some(once))
        }
        None => (once, None),
    };
    Ok(Split {
        train,
        train_once,
        held: held.zip(all_targets),
        common,
        test,
        classes,
        features: scaled.scaling,
        targets: target_scaling.map(|(scaling, _)| scaling),
        layout,
        notes,
    })
}

/// Training and test samples as they stand in the files.
fn parts(config: &DataConfig) -> Result<(Raw, Option<Raw>, Vec<String>)> {
    let (whole, test) = match config {
        DataConfig::Csv(csv) => {
            let whole = table::read(csv)?;
            if let TestConfig::File(file) = &csv.test {
                let path = file.path.as_deref().unwrap_or(&csv.path);
                let test = read_csv_with(
                    path,
                    file.target_file.as_deref(),
                    &csv.table(),
                    csv.missing,
                    &whole.layout,
                    true,
                )?;
                return Ok(with_notes(whole, Some(test)));
            }
            (whole, &csv.test)
        }
        DataConfig::Npz(npz) => {
            let whole = read_npz(&npz.path, &npz.inputs, npz.labels.as_deref(), npz.targets.as_deref())?;
            if let TestConfig::File(file) = &npz.test {
                let inputs = file.inputs.as_deref().unwrap_or(&npz.inputs);
                let labels = file.labels.as_deref().and_then(Path::to_str).or(npz.labels.as_deref());
                let targets = file.targets.as_deref().and_then(Path::to_str).or(npz.targets.as_deref());
                let path = file.path.as_deref().unwrap_or(&npz.path);
                let test = read_npz(path, inputs, labels, targets)?;
                return Ok(with_notes(whole, Some(test)));
            }
            (whole, &npz.test)
        }
        DataConfig::Npy(npy) => {
            let (labels, targets) = (npy.labels.as_deref(), npy.targets.as_deref());
            let whole = arrays::open_npy(&npy.path, labels, targets)?;
            if let TestConfig::File(file) = &npy.test {
                let path = file.path.as_deref().unwrap_or(&npy.path);
                let test = arrays::open_npy(path, file.labels.as_deref(), file.targets.as_deref())?;
                return Ok(with_notes(whole, Some(test)));
            }
            (whole, &npy.test)
        }
        DataConfig::Idx(idx) => {
            let train = arrays::read_idx_pair(&idx.images, &idx.labels)?;
            let test = arrays::read_idx_pair(&idx.test_images, &idx.test_labels)?;
            return Ok(with_notes(train, Some(test)));
        }
    };
    let Some((train, held_out)) = split::rows(&whole, test)? else { return Ok(with_notes(whole, None)) };
    let part = |rows: &[usize]| Raw {
        path: whole.path.clone(),
        label_path: whole.label_path.clone(),
        features: whole.features.select(rows),
        targets: whole.targets.select(rows),
        lines: whole.lines.as_ref().map(|lines| rows.iter().map(|&row| lines[row]).collect()),
        kept: None,
        layout: whole.layout.clone(),
        notes: Vec::new(),
    };
    Ok((part(&train), Some(part(&held_out)), whole.notes.clone()))
}

fn with_notes(train: Raw, test: Option<Raw>) -> (Raw, Option<Raw>, Vec<String>) {
    let mut notes = train.notes.clone();
    notes.extend(test.iter().flat_map(|test| test.notes.clone()));
    (train, test, notes)
}
