//! The loss of a dense neural network over a set of samples, as a function of all its parameters.

mod architecture;
mod dense;
mod device;
mod enclosure;
mod fit;
mod forward;
mod host;
mod increments;
mod samples;
mod wgsl;

pub use architecture::{Activation, Architecture, Layer, Loss, ParameterView};
pub use samples::{Samples, Targets};

use std::sync::{Arc, OnceLock};

use self::enclosure::NetworkEnclosures;
use self::increments::NetworkIncrements;
use super::{
    DeviceProgram, Enclosures, Incremental, Increments, Objective, Reduction, Selection, Terms, Wgsl,
};
use crate::error::{Error, Result};

/// The mean loss of a dense network over its samples: one term a sample.
///
/// The coordinates are the parameters in one flat vector: W1 (inputs × outputs, by rows), b1, W2, b2, ….
///
/// ```
/// use ndarray::array;
/// use plusminus::{Activation, Architecture, Loss, Network, Objective, Samples, Targets};
///
/// // The textbook's simpleNet: softmax(x·W) with cross-entropy, no biases.
/// let architecture = Architecture::new(2, Loss::SoftmaxCrossEntropy)
///     .without_biases()
///     .dense(3, Activation::Identity);
/// let samples = Samples::new(array![[0.6, 0.9]], Targets::Classes(vec![2]))?;
/// let network = Network::new(architecture, samples)?;
/// let w = [0.47355232, 0.9977393, 0.84668094, 0.85557411, 0.03563661, 0.69422093];
/// assert_eq!(format!("{:.8}", network.value(&w)), "0.92806854");
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Network {
    architecture: Arc<Architecture>,
    samples: Samples,
    /// Found when first needed.
    largest_scale: OnceLock<f64>,
}

impl Network {
    /// Joins an architecture and the samples over which its loss is taken.
    ///
    /// # Errors
    /// [`Error::Usage`] if the network has no layer, a layer has width 0, there are no samples, or the samples
    /// do not fit: as many features as inputs, classes below the number of outputs, or as many target values.
    pub fn new(architecture: Architecture, samples: Samples) -> Result<Self> {
        architecture.check()?;
        samples.check(&architecture)?;
        Ok(Network { architecture: Arc::new(architecture), samples, largest_scale: OnceLock::new() })
    }

    /// The layers and the loss.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The samples.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }
}

impl Objective for Network {
    fn dimension(&self) -> usize {
        self.architecture.parameters()
    }

    fn value(&self, x: &[f64]) -> f64 {
        self.mean_loss(x)
    }

    fn name(&self) -> String {
        format!("network {}", self.architecture)
    }

    fn terms(&self) -> usize {
        self.samples.len()
    }

    fn reduction(&self) -> Reduction {
        Reduction::Mean
    }

    fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
        Some(Box::new(host::NetworkTerms::<f64, 8>::new(&self.architecture, &self.samples, selection)))
    }

    fn host_f32(&self, selection: Selection<'_>) -> Result<Box<dyn Terms<f32>>> {
        self.samples.check_f32()?;
        Ok(Box::new(host::NetworkTerms::<f32, 16>::new(&self.architecture, &self.samples, selection)))
    }

    fn incremental(&self) -> Option<&dyn Incremental> {
        Some(self)
    }

    fn device_program(&self) -> Option<&dyn DeviceProgram> {
        Some(self)
    }

    fn wgsl(&self) -> Result<Wgsl> {
        let widest = self.architecture.layers().iter().map(|layer| layer.outputs).max().unwrap_or(0);
        if widest > wgsl::MAX_WIDTH {
            return Err(Error::unsupported(format!(
                "a layer of {widest} units is too wide for one shader invocation, which holds {} at most; \
                 use the device `cpu`",
                wgsl::MAX_WIDTH
            )));
        }
        Ok(wgsl::render(&self.architecture, &self.samples))
    }
}

impl Incremental for Network {
    fn increments_f64(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f64>>>> {
        Ok(Some(Box::new(NetworkIncrements::<f64, 8>::new(self, selection))))
    }

    fn increments_f32(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Increments<f32>>>> {
        self.samples.check_f32()?;
        Ok(Some(Box::new(NetworkIncrements::<f32, 16>::new(self, selection))))
    }

    fn enclosures<'s>(&'s self, selection: Selection<'_>) -> Option<Box<dyn Enclosures + 's>> {
        Some(Box::new(NetworkEnclosures::new(self, selection)))
    }

    /// One forward pass of matrix products, which gradients take, too.
    fn gives_values(&self) -> bool {
        true
    }
}
