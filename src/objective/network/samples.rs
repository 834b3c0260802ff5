//! Inputs and what the outputs should be.

use ndarray::Array2;

use super::{Architecture, Loss};
use crate::error::{Error, Result};

/// Samples: one row of features each, and its target.
#[derive(Clone, Debug)]
pub struct Samples {
    inputs: Array2<f64>,
    targets: Targets,
    /// A number too large for f32, in words.
    beyond_f32: Option<String>,
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
        Ok(Samples { inputs, targets, beyond_f32 })
    }

    /// # Errors
    /// [`Error::Usage`] if a number is infinite in f32.
    pub(super) fn check_f32(&self) -> Result<()> {
        match &self.beyond_f32 {
            Some(message) => Err(Error::usage(message.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn check(&self, architecture: &Architecture) -> Result<()> {
        if self.inputs.ncols() != architecture.inputs() {
            return Err(Error::usage(format!(
                "the samples have {} features, but network {architecture} takes {}",
                self.inputs.ncols(),
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
        self.inputs.nrows()
    }

    /// Always false: there is at least one sample.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// `[samples, features]`.
    pub fn inputs(&self) -> &Array2<f64> {
        &self.inputs
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
    pub(super) fn target(&self, s: usize, k: usize) -> f64 {
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
