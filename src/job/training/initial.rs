//! The parameters that a training begins with.

use std::path::Path;

use ndarray::ArrayD;

use crate::data::{need_npz_array, read_tensor};
use crate::error::{Error, Result};
use crate::job::config::InitialConfig;
use crate::objective::Architecture;

/// Normal weights and zero biases by a seed, or those of a file.
///
/// # Errors
/// As [`read`].
pub(super) fn parameters(config: &InitialConfig, architecture: &Architecture, seed: u64) -> Result<Vec<f64>> {
    match &config.file {
        Some(file) => read(file, architecture),
        None => Ok(architecture.initial_parameters(config.std.unwrap_or(0.0), seed)),
    }
}

/// Reads the parameters of a network: from npz (`W1` as `[inputs, outputs]`, `b1`, …), from safetensors (`W1` as `[outputs, inputs]`), or from the
/// folder of a training.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] if an array is missing or of another shape; [`Error::Usage`] for another format.
fn read(path: &Path, architecture: &Architecture) -> Result<Vec<f64>> {
    if path.is_dir() {
        return read(&path.join("parameters.npz"), architecture);
    }
    let is_turned = match path.extension().and_then(|extension| extension.to_str()) {
        Some("npz") => false,
        Some("safetensors") => true,
        _ => {
            return Err(Error::usage(format!(
                "network.initial.file = {}: parameters are read from .npz, .safetensors or the folder of a training",
                path.display()
            )));
        }
    };
    let zeros = vec![0.0; architecture.parameters()];
    let mut parameters = Vec::with_capacity(zeros.len());
    for view in architecture.views(&zeros)? {
        let array =
            if is_turned { read_tensor(path, &view.name)? } else { need_npz_array(path, &view.name)? };
        let array: ArrayD<f64> = if is_turned && !view.is_bias { array.reversed_axes() } else { array };
        let needed = if view.is_bias { vec![view.values.ncols()] } else { view.values.shape().to_vec() };
        if array.shape() != needed {
            let (mut needed, mut shape) = (needed, array.shape().to_vec());
            if is_turned {
                needed.reverse();
                shape.reverse();
            }
            return Err(Error::data(
                path,
                format!(
                    "array `{}` has the shape {shape:?}, and the layers of this job need {needed:?}",
                    view.name
                ),
            ));
        }
        parameters.extend(array.iter().copied());
    }
    Ok(parameters)
}
