//! From files to training and test samples: read (`table`, `arrays`), labels made classes (`classes`), split (`split`), scaled
//! (`scaling`).

mod arrays;
mod classes;
mod scaling;
mod split;
mod table;

use std::path::{Path, PathBuf};

use ndarray::{Array2, Axis};

pub(super) use self::arrays::{read_any_array, read_idx_labels, read_npz};
pub(super) use self::classes::{Classes, Label};
pub(super) use self::scaling::Scaling;
pub(super) use self::table::{Layout, read_csv_with};
use super::config::{ClassWeights, DataConfig, Scale, TestConfig};
use crate::error::{Error, Result};
use crate::objective::{Samples, Targets};

/// The samples of a file, as they stand there.
pub(super) struct Raw {
    /// For messages.
    pub(super) path: PathBuf,
    pub(super) features: Features,
    pub(super) targets: RawTargets,
    /// Where each row stands in the file, if it is a table.
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
}

impl Features {
    pub(super) fn len(&self) -> usize {
        match self {
            Features::Reals(values) => values.nrows(),
            Features::Bytes(bytes) => bytes.nrows(),
        }
    }

    pub(super) fn width(&self) -> usize {
        match self {
            Features::Reals(values) => values.ncols(),
            Features::Bytes(bytes) => bytes.ncols(),
        }
    }

    fn select(&self, rows: &[usize]) -> Self {
        match self {
            Features::Reals(values) => Features::Reals(values.select(Axis(0), rows)),
            Features::Bytes(bytes) => Features::Bytes(bytes.select(Axis(0), rows)),
        }
    }

    pub(super) fn into_reals(self) -> Array2<f64> {
        match self {
            Features::Reals(values) => values,
            Features::Bytes(bytes) => bytes.mapv(f64::from),
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
    pub(super) test: Option<Samples>,
    pub(super) classes: Option<Classes>,
    pub(super) features: Option<Scaling>,
    pub(super) targets: Option<Scaling>,
    pub(super) layout: Layout,
    pub(super) notes: Vec<String>,
}

/// Reads the samples of a network with `outputs` outputs.
pub(super) fn load(config: &DataConfig, outputs: usize) -> Result<Split> {
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
                        .map_err(|why| Error::data(&raw.path, format!("{}: {why}", raw.place(row))))
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
    let test_features = test.map(|test| test.features);
    let scaled = Scaled::new(train.features, test_features, preparation.divide_by, preparation.scale);
    notes.extend(scaled.notes.iter().cloned());
    let samples = |path: &Path, features: Features, targets: Targets| {
        let joined = match (features, targets) {
            (Features::Bytes(bytes), Targets::Classes(classes)) => {
                Samples::from_bytes(bytes, preparation.divide_by.unwrap_or(1.0), classes)
            }
            (features, targets) => Samples::new(features.into_reals(), targets),
        };
        joined.map_err(|error| Error::data(path, error.to_string()))
    };
    let once = samples(&train_path, scaled.train, train_targets)?;
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
                let labels = file.labels.as_deref().or(npz.labels.as_deref());
                let targets = file.targets.as_deref().or(npz.targets.as_deref());
                let path = file.path.as_deref().unwrap_or(&npz.path);
                let test = read_npz(path, inputs, labels, targets)?;
                return Ok(with_notes(whole, Some(test)));
            }
            (whole, &npz.test)
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

/// Features, scaled by what the training part has.
struct Scaled {
    train: Features,
    test: Option<Features>,
    scaling: Option<Scaling>,
    notes: Vec<String>,
}

impl Scaled {
    fn new(train: Features, test: Option<Features>, divide_by: Option<f64>, scale: Scale) -> Self {
        // Bytes stay bytes: an eighth of the memory.
        if let (Features::Bytes(bytes), Scale::None) = (&train, scale) {
            let scaling = divide_by.map(|by| Scaling::divide(by, bytes.ncols()));
            return Scaled { train, test, scaling, notes: Vec::new() };
        }
        let mut train = train.into_reals();
        let mut test = test.map(Features::into_reals);
        let (scaling, notes) = match (divide_by, Scaling::fit(scale, &train)) {
            (Some(by), _) => (Some(Scaling::divide(by, train.ncols())), Vec::new()),
            (None, Some((scaling, constant))) => {
                (Some(scaling), constant.note("feature").into_iter().collect())
            }
            (None, None) => (None, Vec::new()),
        };
        if let Some(scaling) = &scaling {
            std::iter::once(&mut train).chain(&mut test).for_each(|values| scaling.apply(values));
        }
        Scaled { train: Features::Reals(train), test: test.map(Features::Reals), scaling, notes }
    }
}

/// Copies of all samples that a class weight may come to.
const MOST_COPIES: f64 = 100.0;

/// Samples with each as many times as its class weighs more than the lightest: whole copies, and of the rest a share by lot.
fn weighted(
    once: &Samples,
    labels: &[u32],
    weights: &ClassWeights,
    classes: &Classes,
) -> Result<(Samples, String)> {
    let mut counts = vec![0usize; classes.len()];
    labels.iter().for_each(|&label| counts[label as usize] += 1);
    let weights = match weights {
        ClassWeights::Each(weights) if weights.len() == counts.len() => weights.clone(),
        ClassWeights::Each(weights) => {
            return Err(Error::usage(format!(
                "data.class_weights has {} numbers for {} classes: give one for each",
                weights.len(),
                counts.len()
            )));
        }
        ClassWeights::Named(_) => counts.iter().map(|&count| 1.0 / (count.max(1)) as f64).collect(),
    };
    let there = || (0..counts.len()).filter(|&class| counts[class] > 0);
    let lightest = there().map(|class| weights[class]).fold(f64::INFINITY, f64::min);
    let copies: Vec<f64> = weights.iter().map(|weight| weight / lightest).collect();
    let all: f64 = there().map(|class| copies[class] * counts[class] as f64).sum();
    if all > MOST_COPIES * once.len() as f64 {
        return Err(Error::usage(format!(
            "data.class_weights would make {all:.0} samples of {}, and {MOST_COPIES} times as many is the limit: give weights that are \
             nearer to one another",
            once.len()
        )));
    }
    let mut random = crate::numeric::SplitMix64::new(0);
    let mut rows = Vec::new();
    for class in there() {
        let own: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] as usize == class).collect();
        let count = (copies[class] * own.len() as f64).round() as usize;
        for _ in 0..count / own.len() {
            rows.extend(&own);
        }
        let mut rest = own.clone();
        random.shuffle(&mut rest);
        rows.extend(&rest[..count % own.len()]);
    }
    rows.sort_unstable();
    let texts = there().map(|class| format!("{} {:.4}", classes.name(class), copies[class]));
    let note = format!(
        "class weights: {} training samples count as {}, by class {}",
        once.len(),
        rows.len(),
        texts.collect::<Vec<_>>().join(", ")
    );
    Ok((once.select(&rows)?, note))
}
