//! From files to training and test samples.

use std::path::Path;

use ndarray::{Array2, Ix1, Ix2};

use super::config::DataConfig;
use crate::data::{need_npz_array, read_csv, read_idx, read_npz_array};
use crate::error::{Error, Result};
use crate::objective::{Samples, Targets};

/// Training and test samples.
pub(super) struct Split {
    pub(super) train: Samples,
    pub(super) test: Samples,
}

/// Reads the samples of a network with `outputs` outputs.
pub(super) fn load(config: &DataConfig, outputs: usize) -> Result<Split> {
    match config {
        DataConfig::Csv { path, header, label, divide_by, test } => {
            let (features, labels) = read_csv(path, *header, *label)?;
            check_labels(path, &labels, outputs)?;
            hold_out(path, features / *divide_by, Targets::Classes(labels), test.every)
        }
        DataConfig::Npz { path, divide_by, test } => {
            let inputs = need_npz_array(path, "inputs")?
                .into_dimensionality::<Ix2>()
                .map_err(|_| Error::data(path, "array `inputs` must have the shape [samples, features]"))?;
            hold_out(path, inputs / *divide_by, npz_targets(path, outputs)?, test.every)
        }
        DataConfig::Idx { images, labels, test_images, test_labels, divide_by } => Ok(Split {
            train: idx_samples(images, labels, *divide_by, outputs)?,
            test: idx_samples(test_images, test_labels, *divide_by, outputs)?,
        }),
    }
}

/// Named by the row in the file, before rows are picked.
fn check_labels(path: &Path, labels: &[u32], outputs: usize) -> Result<()> {
    match labels.iter().position(|&label| label as usize >= outputs) {
        None => Ok(()),
        Some(row) => Err(Error::data(
            path,
            format!(
                "label {} of sample {row} (from 0) is out of range: the network has {outputs} outputs, so labels go \
                 from 0 to {}",
                labels[row],
                outputs.saturating_sub(1)
            ),
        )),
    }
}

fn npz_targets(path: &Path, outputs: usize) -> Result<Targets> {
    let Some(labels) = read_npz_array(path, "labels")? else {
        let targets = need_npz_array(path, "targets")?
            .into_dimensionality::<Ix2>()
            .map_err(|_| Error::data(path, "array `targets` must have the shape [samples, outputs]"))?;
        return Ok(Targets::Values(targets));
    };
    let labels = labels
        .into_dimensionality::<Ix1>()
        .map_err(|_| Error::data(path, "array `labels` must have the shape [samples]"))?;
    let classes = labels.iter().enumerate().map(|(row, &label)| {
        if label >= 0.0 && label <= f64::from(u32::MAX) && label.fract() == 0.0 {
            Ok(label as u32)
        } else {
            Err(Error::data(path, format!("label {row} is {label}: it must be a whole number from 0 on")))
        }
    });
    let classes = classes.collect::<Result<Vec<u32>>>()?;
    check_labels(path, &classes, outputs)?;
    Ok(Targets::Classes(classes))
}

fn idx_samples(images: &Path, labels: &Path, divide_by: f64, outputs: usize) -> Result<Samples> {
    let (pixels, classes) = (read_idx(images)?, read_idx(labels)?);
    let count = pixels.shape[0];
    if classes.shape != [count] {
        return Err(Error::data(
            labels,
            format!("its shape is {:?}, but the {count} images need {count} labels", classes.shape),
        ));
    }
    let features: usize = pixels.shape[1..].iter().product();
    let inputs = Array2::from_shape_vec((count, features), pixels.bytes)
        .map_err(|error| Error::data(images, error.to_string()))?;
    let classes: Vec<u32> = classes.bytes.into_iter().map(u32::from).collect();
    check_labels(labels, &classes, outputs)?;
    named(images, Samples::from_bytes(inputs, divide_by, classes))
}

/// Holds out the last of every `every` samples of a file.
fn hold_out(path: &Path, inputs: Array2<f64>, targets: Targets, every: usize) -> Result<Split> {
    // The targets must be as many as the inputs before rows are picked from both.
    let whole = named(path, Samples::new(inputs, targets))?;
    let (test, train): (Vec<usize>, Vec<usize>) = (0..whole.len()).partition(|row| row % every == every - 1);
    if test.is_empty() {
        return Err(Error::data(
            path,
            format!(
                "data.test.every = {every} holds out none of its {} samples; make it smaller",
                whole.len()
            ),
        ));
    }
    let part = |rows: &[usize]| named(path, whole.select(rows));
    Ok(Split { train: part(&train)?, test: part(&test)? })
}

/// The same, with the file's name in the error.
fn named(path: &Path, samples: Result<Samples>) -> Result<Samples> {
    samples.map_err(|error| Error::data(path, error.to_string()))
}
