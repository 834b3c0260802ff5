//! Samples from arrays: npz, npy and IDX files.

use std::path::Path;

use ndarray::{Array2, ArrayD, Axis};

use super::table::Layout;
use super::{Features, Label, Raw, RawTargets};
use crate::data::{NpyRows, need_npz_array, read_idx, read_npy, read_npz_array};
use crate::error::{Error, Result};

/// Inputs, and labels or targets, by their names in a npz file.
pub(in crate::job) fn read_npz(
    path: &Path,
    inputs: &str,
    labels: Option<&str>,
    targets: Option<&str>,
) -> Result<Raw> {
    let called = |name: &str| format!("array `{name}`");
    let features = rows(path, &called(inputs), need_npz_array(path, inputs)?)?;
    let targets = match (labels, targets) {
        (Some(name), _) => labels_of(path, &called(name), need_npz_array(path, name)?)?,
        (None, Some(name)) => RawTargets::Values(rows(path, &called(name), need_npz_array(path, name)?)?),
        (None, None) => match read_npz_array(path, "labels")? {
            Some(labels) => labels_of(path, &called("labels"), labels)?,
            None => match read_npz_array(path, "targets")? {
                Some(targets) => RawTargets::Values(rows(path, &called("targets"), targets)?),
                None => {
                    let none = need_npz_array(path, "labels").map(drop).err();
                    let why = none.map_or(String::new(), |error| error.to_string());
                    return Err(Error::usage(format!(
                        "{why}: give the name of the labels (data.labels) or of target values (data.targets)"
                    )));
                }
            },
        },
    };
    raw(path, Features::Reals(features), targets)
}

/// Inputs in a npy file, which are read later where they can be, and labels or targets in another.
pub(super) fn open_npy(path: &Path, labels: Option<&Path>, targets: Option<&Path>) -> Result<Raw> {
    let name = "the array";
    let features = match NpyRows::open(path)? {
        Some(array) => {
            let all = (0..array.len()).collect();
            Features::Rows(array, all)
        }
        // Rows are strewn over the file.
        None => Features::Reals(rows(path, name, read_npy(path)?)?),
    };
    let (target_path, targets) = match (labels, targets) {
        (Some(file), _) => (file, labels_of(file, name, read_npy(file)?)?),
        (None, Some(file)) => (file, RawTargets::Values(rows(file, name, read_npy(file)?)?)),
        (None, None) => (path, RawTargets::None),
    };
    Ok(Raw { label_path: target_path.into(), ..raw(path, features, targets)? })
}

/// `[samples, …]` as `[samples, features]`.
fn rows(path: &Path, name: &str, array: ArrayD<f64>) -> Result<Array2<f64>> {
    let shape = array.shape().to_vec();
    let samples = *shape.first().ok_or_else(|| {
        Error::data(path, format!("{name} is a single number: it needs the shape [samples, features]"))
    })?;
    let width: usize = shape[1..].iter().product();
    if samples == 0 || width == 0 {
        return Err(Error::data(path, format!("{name} has the shape {shape:?}: it is empty")));
    }
    array
        .as_standard_layout()
        .into_owned()
        .into_shape_with_order((samples, width))
        .map_err(|error| Error::data(path, format!("{name}: {error}")))
}

fn labels_of(path: &Path, name: &str, array: ArrayD<f64>) -> Result<RawTargets> {
    let shape = array.shape().to_vec();
    if !matches!(shape[..], [_] | [_, 1]) {
        return Err(Error::data(path, format!("{name} has the shape {shape:?}: labels need [samples]")));
    }
    Ok(RawTargets::Labels(array.into_iter().map(Label::Number).collect()))
}

fn raw(path: &Path, features: Features, targets: RawTargets) -> Result<Raw> {
    let layout = Layout::default();
    Raw {
        path: path.into(),
        label_path: path.into(),
        features,
        targets,
        lines: None,
        kept: None,
        layout,
        notes: Vec::new(),
    }
    .check()
}

/// Images and their labels.
pub(super) fn read_idx_pair(images: &Path, labels: &Path) -> Result<Raw> {
    let features = idx_features(images)?;
    let found = read_idx_labels(labels, features.len())?;
    let pair = raw(images, features, RawTargets::Labels(found))?;
    Ok(Raw { label_path: labels.into(), ..pair })
}

fn idx_features(images: &Path) -> Result<Features> {
    let pixels = read_idx(images)?;
    let width = pixels.shape[1..].iter().product();
    let bytes = Array2::from_shape_vec((pixels.shape[0], width), pixels.bytes);
    bytes.map(Features::Bytes).map_err(|error| Error::data(images, error.to_string()))
}

/// So many labels.
pub(in crate::job) fn read_idx_labels(path: &Path, count: usize) -> Result<Vec<Label>> {
    let labels = read_idx(path)?;
    if labels.shape != [count] {
        return Err(Error::data(
            path,
            format!("its shape is {:?}, but the {count} images need {count} labels", labels.shape),
        ));
    }
    Ok(labels.bytes.into_iter().map(|label| Label::Number(f64::from(label))).collect())
}

/// Samples of a npy, npz or IDX file, to be predicted.
pub(in crate::job) fn read_any_array(path: &Path, inputs: &str) -> Result<Array2<f64>> {
    let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().to_lowercase());
    if name.ends_with(".npz") {
        return rows(path, &format!("array `{inputs}`"), need_npz_array(path, inputs)?);
    }
    if name.ends_with(".npy") {
        let array = read_npy(path)?;
        let array = if array.ndim() == 1 { array.insert_axis(Axis(0)) } else { array };
        return rows(path, "the array", array);
    }
    idx_features(path)?.into_reals()
}
