//! Layers, activations, losses, and where each parameter lies in the flat vector.

use std::fmt;

use ndarray::ArrayView2;

use crate::error::{Error, Result};
use crate::numeric::{SplitMix64, named};

/// More parameters would take years to difference, and 2 GiB to hold.
const MAX_PARAMETERS: usize = 1 << 28;

named! {
    "activation";
    /// What a unit does with its weighted sum z.
    pub enum Activation {
        /// z
        Identity,
        /// 1 / (1 + e^-z)
        Sigmoid,
        /// tanh z
        Tanh,
        /// max(0, z)
        Relu,
        /// ln(1 + e^z)
        Softplus,
    }
}

impl Activation {
    /// All of them.
    pub const ALL: [Activation; 5] =
        [Activation::Identity, Activation::Sigmoid, Activation::Tanh, Activation::Relu, Activation::Softplus];
}

named! {
    "loss";
    /// The loss of one sample, from the outputs y of the last layer.
    pub enum Loss {
        /// -ln softmax(y)ₜ = ln Σ e^(yₖ - yₜ) for class t. (Without the `+1e-7` that some textbooks add.)
        SoftmaxCrossEntropy,
        /// (1/m) Σ (yₖ - tₖ)² over the m outputs; a class t stands for the unit vector eₜ.
        MeanSquaredError,
    }
}

impl Loss {
    /// All of them.
    pub const ALL: [Loss; 2] = [Loss::SoftmaxCrossEntropy, Loss::MeanSquaredError];
}

/// One dense layer: activation(a·W + b).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Rows of W.
    pub inputs: usize,
    /// Columns of W: the width of the layer.
    pub outputs: usize,
    /// What each unit does with its sum.
    pub activation: Activation,
    /// Where W begins in the flat parameter vector; b follows it.
    pub offset: usize,
}

impl Layer {
    /// Where b begins in the flat parameter vector, if there are biases.
    pub fn bias_offset(&self) -> usize {
        self.offset + self.inputs * self.outputs
    }
}

/// The shape of a dense network. Built layer by layer; [`Network::new`](super::Network::new) checks it.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    inputs: usize,
    layers: Vec<Layer>,
    biases: bool,
    loss: Loss,
}

/// One named array among the parameters: `W1` (inputs × outputs), `b1` (1 × outputs), ….
#[derive(Clone, Debug)]
pub struct ParameterView<'a> {
    /// `W1`, `b1`, `W2`, ….
    pub name: String,
    /// The elements.
    pub values: ArrayView2<'a, f64>,
    /// Whether it is a bias: written to files with one dimension.
    pub is_bias: bool,
}

impl Architecture {
    /// A network without layers yet, for samples of `inputs` features.
    pub fn new(inputs: usize, loss: Loss) -> Self {
        Architecture { inputs, layers: Vec::new(), biases: true, loss }
    }

    /// Adds a layer of `outputs` units.
    #[must_use]
    pub fn dense(mut self, outputs: usize, activation: Activation) -> Self {
        let inputs = self.layers.last().map_or(self.inputs, |layer| layer.outputs);
        self.layers.push(Layer { inputs, outputs, activation, offset: 0 });
        self.place();
        self
    }

    /// Leaves out the biases of all layers.
    #[must_use]
    pub fn without_biases(mut self) -> Self {
        self.biases = false;
        self.place();
        self
    }

    fn place(&mut self) {
        let mut offset = 0;
        for layer in &mut self.layers {
            layer.offset = offset;
            let rows = layer.inputs.saturating_add(usize::from(self.biases));
            offset = offset.saturating_add(rows.saturating_mul(layer.outputs));
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.layers.is_empty() {
            return Err(Error::usage("the network has no layer; give it at least one"));
        }
        if self.inputs == 0 || self.layers.iter().any(|layer| layer.outputs == 0) {
            return Err(Error::usage(format!("network {self}: every width must be at least 1")));
        }
        if self.parameters() > MAX_PARAMETERS {
            return Err(Error::usage(format!(
                "network {self} has more than {MAX_PARAMETERS} parameters, the most that are differenced"
            )));
        }
        Ok(())
    }

    /// The number of features of a sample.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The number of outputs of the last layer.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(self.inputs, |layer| layer.outputs)
    }

    /// The layers, from the inputs on.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Whether the layers have biases.
    pub fn has_biases(&self) -> bool {
        self.biases
    }

    /// The loss.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The number of parameters: the dimension of the objective.
    pub fn parameters(&self) -> usize {
        let bias = usize::from(self.biases);
        self.layers.iter().fold(0usize, |sum, layer| {
            sum.saturating_add(layer.inputs.saturating_add(bias).saturating_mul(layer.outputs))
        })
    }

    /// The named arrays in a flat parameter vector, in their order there.
    ///
    /// # Errors
    /// [`Error::Usage`] unless there are [`parameters`](Self::parameters) elements.
    pub fn views<'a>(&self, parameters: &'a [f64]) -> Result<Vec<ParameterView<'a>>> {
        if parameters.len() != self.parameters() {
            return Err(Error::usage(format!(
                "{} parameters given, network {self} has {}",
                parameters.len(),
                self.parameters()
            )));
        }
        let view = |shape: (usize, usize), offset: usize| {
            ArrayView2::from_shape(shape, &parameters[offset..offset + shape.0 * shape.1])
                .map_err(|error| Error::usage(error.to_string()))
        };
        let mut views = Vec::new();
        for (i, layer) in self.layers.iter().enumerate() {
            let values = view((layer.inputs, layer.outputs), layer.offset)?;
            views.push(ParameterView { name: format!("W{}", i + 1), values, is_bias: false });
            if self.biases {
                let values = view((1, layer.outputs), layer.bias_offset())?;
                views.push(ParameterView { name: format!("b{}", i + 1), values, is_bias: true });
            }
        }
        Ok(views)
    }

    /// Starting parameters: every weight `std` times the next standard normal number of `seed`, in the order of the flat
    /// vector; biases 0 (and no number drawn for them).
    ///
    /// A normal number is √(-2 ln(1-u)) · cos(2πv) (Box and Muller), with u and v the next two outputs of splitmix64: their
    /// upper 53 bits, divided by 2^53.
    pub fn initial_parameters(&self, std: f64, seed: u64) -> Vec<f64> {
        let mut random = SplitMix64::new(seed);
        let mut parameters = vec![0.0; self.parameters()];
        for layer in &self.layers {
            for weight in &mut parameters[layer.offset..layer.bias_offset()] {
                *weight = std * random.normal();
            }
        }
        parameters
    }
}

impl fmt::Display for Architecture {
    /// `64-32-10`: the widths.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inputs)?;
        self.layers.iter().try_for_each(|layer| write!(f, "-{}", layer.outputs))
    }
}
