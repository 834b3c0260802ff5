//! The format safetensors, which PyTorch, JAX and others load: named arrays, without code.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use ndarray::ArrayD;
use safetensors::{Dtype, SafeTensors, View};

use super::bounded::MOST_ARRAY;
use super::file::open;
use crate::error::{Error, FileAction, Result};
use crate::numeric::Precision;

/// One array as it stands in the file.
struct Tensor<'a> {
    array: &'a ArrayD<f64>,
    precision: Precision,
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        match self.precision {
            Precision::F32 => Dtype::F32,
            Precision::F64 => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        self.array.shape()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        // In the order of rows, whatever the array's own.
        let numbers = self.array.iter();
        Cow::Owned(match self.precision {
            Precision::F32 => numbers.flat_map(|&number| (number as f32).to_le_bytes()).collect(),
            Precision::F64 => numbers.flat_map(|number| number.to_le_bytes()).collect(),
        })
    }

    fn data_len(&self) -> usize {
        self.array.len() * self.dtype().bitsize() / 8
    }
}

/// The contents of a file with these arrays, in the elements of a precision.
pub(crate) fn safetensors_bytes<'a>(
    arrays: impl Iterator<Item = (&'a str, &'a ArrayD<f64>)>,
    precision: Precision,
) -> std::result::Result<Vec<u8>, String> {
    let tensors = arrays.map(|(name, array)| (name, Tensor { array, precision }));
    // One entry: those of several would stand in any order, and a file would not be the same twice.
    let about = HashMap::from([("plusminus".to_string(), env!("CARGO_PKG_VERSION").to_string())]);
    safetensors::serialize(tensors, Some(about)).map_err(|error| error.to_string())
}

/// Reads one array of finite numbers, of f16, bf16, f32 or f64.
///
/// # Errors
/// [`Error::File`] if it cannot be read; [`Error::Data`] if it is no such file, has no such array, or numbers that are not finite.
pub(crate) fn read_tensor(path: &Path, name: &str) -> Result<ArrayD<f64>> {
    let unreadable = |source| Error::file(path, FileAction::Read, source);
    let wrong = |message: String| Error::data(path, message);
    let mut bytes = Vec::new();
    open(path)?.take(MOST_ARRAY + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_ARRAY {
        return Err(wrong(format!("it has more than {MOST_ARRAY} bytes, which is the limit")));
    }
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|error| wrong(format!("not a safetensors file: {error}")))?;
    let Ok(tensor) = file.tensor(name) else {
        let mut there: Vec<String> =
            file.names().into_iter().map(|name| format!("`{}`", name.escape_debug())).collect();
        there.sort();
        return Err(wrong(format!("there is no array `{name}`, only {}", there.join(", "))));
    };
    let data = tensor.data();
    let pairs = || data.as_chunks::<2>().0.iter();
    let numbers: Vec<f64> = match tensor.dtype() {
        Dtype::F64 => data.as_chunks::<8>().0.iter().map(|&eight| f64::from_le_bytes(eight)).collect(),
        Dtype::F32 => data.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four).into()).collect(),
        Dtype::F16 => pairs().map(|&two| half::f16::from_le_bytes(two).to_f64()).collect(),
        Dtype::BF16 => pairs().map(|&two| half::bf16::from_le_bytes(two).to_f64()).collect(),
        other => return Err(wrong(format!("array `{name}` holds {other:?}, not F64, F32, F16 or BF16"))),
    };
    if let Some(at) = numbers.iter().position(|number| !number.is_finite()) {
        return Err(wrong(format!(
            "array `{name}` has {} at element {at}: every number must be finite",
            numbers[at]
        )));
    }
    ArrayD::from_shape_vec(tensor.shape().to_vec(), numbers).map_err(|error| wrong(error.to_string()))
}
