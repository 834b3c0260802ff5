//! Inputs and what the outputs should be.

use std::ops::Range;

use ndarray::{Array2, Axis};

use super::{Architecture, Loss};
use crate::error::{Error, Result};
use crate::numeric::Real;
use crate::numeric::vector;

/// Samples: one row of features each, and its target.
#[derive(Clone, Debug)]
pub struct Samples {
    features: Features,
    targets: Targets,
    /// A number too large for f32, in words.
    beyond_f32: Option<String>,
}

/// The features of all samples, `[samples, features]` in standard layout.
#[derive(Clone, Debug)]
pub(crate) enum Features {
    /// As they are.
    Reals(Array2<f64>),
    /// One byte a feature: an eighth of the memory, on the host and on a device.
    Bytes {
        /// What stands in the file.
        bytes: Array2<u8>,
        /// The feature that each byte stands for.
        levels: Box<[f64; 256]>,
    },
}

impl Features {
    fn dim(&self) -> (usize, usize) {
        match self {
            Features::Reals(values) => values.dim(),
            Features::Bytes { bytes, .. } => bytes.dim(),
        }
    }
}

/// What the network should answer, one a sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// A class, counted from 0.
    Classes(Vec<u32>),
    /// One value an output: `[samples, outputs]`.
    Values(Array2<f64>),
}

impl Targets {
    fn len(&self) -> usize {
        match self {
            Targets::Classes(classes) => classes.len(),
            Targets::Values(values) => values.nrows(),
        }
    }
}

impl Samples {
    /// Joins `inputs` (`[samples, features]`) and their targets.
    ///
    /// # Errors
    /// [`Error::Usage`] if there are no samples, the numbers of samples differ, or a number is not finite.
    pub fn new(inputs: Array2<f64>, targets: Targets) -> Result<Self> {
        if inputs.nrows() == 0 {
            return Err(Error::usage("there are no samples; give at least one"));
        }
        if inputs.nrows() != targets.len() {
            return Err(Error::usage(format!(
                "{} rows of inputs but {} targets: each sample needs one",
                inputs.nrows(),
                targets.len()
            )));
        }
        let finite = |name: &str, array: &Array2<f64>| match array
            .indexed_iter()
            .find(|(_, value)| !value.is_finite())
        {
            Some(((row, column), value)) => Err(Error::usage(format!(
                "{name} of sample {row}, column {column}, is {value}; it must be a finite number"
            ))),
            None => Ok(()),
        };
        finite("the input", &inputs)?;
        if let Targets::Values(values) = &targets {
            finite("the target", values)?;
        }
        let targets_beyond = match &targets {
            Targets::Values(values) => beyond_f32("the target", values),
            Targets::Classes(_) => None,
        };
        let beyond_f32 = beyond_f32("the input", &inputs).or(targets_beyond);
        // Standard layout, so that a sample is one slice.
        let inputs =
            if inputs.is_standard_layout() { inputs } else { inputs.as_standard_layout().into_owned() };
        Ok(Samples { features: Features::Reals(inputs), targets, beyond_f32 })
    }

    /// Joins inputs of one byte each (`[samples, features]`), such as the pixels of images, and their classes. A
    /// feature is its byte divided by `divide_by`. The bytes are kept as they are: 47 MB for MNIST, not 376.
    ///
    /// # Errors
    /// [`Error::Usage`] if there are no samples, the numbers of samples differ, or a quotient is infinite in f32.
    pub fn from_bytes(bytes: Array2<u8>, divide_by: f64, classes: Vec<u32>) -> Result<Self> {
        if bytes.nrows() == 0 || bytes.nrows() != classes.len() {
            return Err(Error::usage(format!(
                "{} rows of inputs and {} classes: give at least one row, and a class for each",
                bytes.nrows(),
                classes.len()
            )));
        }
        let levels = Box::new(std::array::from_fn(|byte| byte as f64 / divide_by));
        if !(levels[255] as f32).is_finite() || levels[0].is_nan() {
            return Err(Error::usage(format!(
                "bytes divided by {divide_by:e} are not finite in f32: divide by another number"
            )));
        }
        let bytes = if bytes.is_standard_layout() { bytes } else { bytes.as_standard_layout().into_owned() };
        let features = Features::Bytes { bytes, levels };
        Ok(Samples { features, targets: Targets::Classes(classes), beyond_f32: None })
    }

    /// # Errors
    /// [`Error::Usage`] if a number is infinite in f32.
    pub(crate) fn check_f32(&self) -> Result<()> {
        match &self.beyond_f32 {
            Some(message) => Err(Error::usage(message.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn check(&self, architecture: &Architecture) -> Result<()> {
        if self.width() != architecture.inputs() {
            return Err(Error::usage(format!(
                "the samples have {} features, but network {architecture} takes {}",
                self.width(),
                architecture.inputs()
            )));
        }
        let outputs = architecture.outputs();
        match &self.targets {
            Targets::Classes(classes) => match classes.iter().position(|&class| class as usize >= outputs) {
                Some(row) => Err(Error::usage(format!(
                    "class {} of sample {row} is out of range: network {architecture} has {outputs} outputs, \
                     so classes go from 0 to {}",
                    classes[row],
                    outputs - 1
                ))),
                None => Ok(()),
            },
            Targets::Values(_) if architecture.loss() == Loss::SoftmaxCrossEntropy => {
                Err(Error::usage("softmax cross-entropy takes classes as targets, not values"))
            }
            Targets::Values(values) if values.ncols() != outputs => Err(Error::usage(format!(
                "{} target values a sample, but network {architecture} has {outputs} outputs",
                values.ncols()
            ))),
            Targets::Values(_) => Ok(()),
        }
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.features.dim().0
    }

    /// The number of features of a sample.
    pub fn width(&self) -> usize {
        self.features.dim().1
    }

    /// Always false: there is at least one sample.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The features of these samples: `[rows, features]`.
    ///
    /// # Errors
    /// [`Error::Usage`] if there are not so many samples.
    pub fn inputs(&self, rows: Range<usize>) -> Result<Array2<f64>> {
        let (start, end) = (rows.start, rows.end);
        if start > end || end > self.len() {
            return Err(Error::usage(format!(
                "samples {start} to {end} asked for, but there are {}",
                self.len()
            )));
        }
        let mut inputs = Array2::zeros((end - start, self.width()));
        for (row, mut input) in rows.zip(inputs.rows_mut()) {
            match &self.features {
                Features::Reals(values) => input.assign(&values.row(row)),
                Features::Bytes { bytes, levels } => {
                    input.zip_mut_with(&bytes.row(row), |x, &byte| *x = levels[usize::from(byte)]);
                }
            }
        }
        Ok(inputs)
    }

    pub(crate) fn features(&self) -> &Features {
        &self.features
    }

    /// Writes the features of sample `row` into `out`, rounded to `T`. `levels` are those of bytes, from
    /// [`levels`](Self::levels).
    pub(super) fn read_into<T: Real>(&self, row: usize, levels: &[T], out: &mut [T]) {
        match &self.features {
            Features::Reals(values) => {
                out.iter_mut().zip(values.row(row)).for_each(|(x, &value)| *x = T::of(value));
            }
            Features::Bytes { bytes, .. } => {
                out.iter_mut().zip(bytes.row(row)).for_each(|(x, &byte)| *x = levels[usize::from(byte)]);
            }
        }
    }

    /// What bytes stand for, in `T`; empty if the features are no bytes.
    pub(super) fn levels<T: Real>(&self) -> Vec<T> {
        match &self.features {
            Features::Reals(_) => Vec::new(),
            Features::Bytes { levels, .. } => levels.iter().map(|&level| T::of(level)).collect(),
        }
    }

    /// For each sample, the least power of two that is neither below 1 nor below a feature in absolute value.
    pub(crate) fn scales<T: Real>(&self) -> Vec<T> {
        let levels = self.levels::<T>();
        let mut row = vec![T::ZERO; self.width()];
        let scale = |s: usize| {
            self.read_into(s, &levels, &mut row);
            vector::power_of_two_above(vector::largest_magnitude(&row, T::ONE))
        };
        (0..self.len()).map(scale).collect()
    }

    /// The samples of these rows, in this order.
    ///
    /// # Errors
    /// [`Error::Usage`] if there are none, or a row is too large.
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        if rows.is_empty() || rows.iter().any(|&row| row >= self.len()) {
            return Err(Error::usage(format!(
                "select at least one sample, by rows from 0 to {}",
                self.len() - 1
            )));
        }
        let features = match &self.features {
            Features::Reals(values) => Features::Reals(values.select(Axis(0), rows)),
            Features::Bytes { bytes, levels } => {
                Features::Bytes { bytes: bytes.select(Axis(0), rows), levels: levels.clone() }
            }
        };
        let targets = match &self.targets {
            Targets::Classes(classes) => Targets::Classes(rows.iter().map(|&row| classes[row]).collect()),
            Targets::Values(values) => Targets::Values(values.select(Axis(0), rows)),
        };
        Ok(Samples { features, targets, beyond_f32: self.beyond_f32.clone() })
    }

    /// The targets.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The classes, if the targets are classes.
    pub fn classes(&self) -> Option<&[u32]> {
        match &self.targets {
            Targets::Classes(classes) => Some(classes),
            Targets::Values(_) => None,
        }
    }

    /// The target of output `k` of sample `s`.
    pub(crate) fn target(&self, s: usize, k: usize) -> f64 {
        match &self.targets {
            Targets::Classes(classes) => f64::from(u8::from(classes[s] as usize == k)),
            Targets::Values(values) => values[[s, k]],
        }
    }
}

fn beyond_f32(name: &str, array: &Array2<f64>) -> Option<String> {
    let ((row, column), value) = array.indexed_iter().find(|(_, value)| !(**value as f32).is_finite())?;
    Some(format!(
        "{name} of sample {row}, column {column}, is {value:e}, too large for f32; scale it down, or use precision f64"
    ))
}
