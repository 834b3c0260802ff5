//! Gradients of anything that can be evaluated, from f(x+h) and f(x-h), on any GPU (wgpu, WGSL) and on the CPU where
//! there is none.
//!
//! The story in one page:
//!
//! 1. An [`Objective`] is *what* is differentiated: a [`Quadratic`], the loss of a [`Network`], a Rust [`Closure`], or a
//!    type of your own. It is a sum or mean of terms.
//! 2. A [`Difference`] is *how*: a [`Scheme`] (forward, backward, central), a [`Step`] h, and a [`Method`]: *direct*
//!    subtracts two values, *incremental* carries the change through the formula, where the objective offers
//!    [`Increments`]. [`Step::Auto`], the default of direct differences, extrapolates quotients at several power-of-two
//!    steps, and gives each component an error bar. The perturbed coordinates are computed once, on the host; a step that
//!    vanishes (x+h == x) is an error that names point and axis.
//! 3. An [`Engine`] is *where*: a GPU in f32, or the CPU engine in f32 or f64. It makes an [`Evaluator`], which holds the
//!    compiled shader and the data on the device.
//! 4. [`Evaluator::gradient`] plans the work (one invocation per point, axis and chunk of terms, within the device's
//!    limits), differences term by term, and reduces in a fixed order: the same input gives the same bits.
//! 5. Beyond the gradient there are [`Evaluator::directional`], [`jacobian`](Evaluator::jacobian),
//!    [`hessian`](Evaluator::hessian) and [`hessian_product`](Evaluator::hessian_product); [`Evaluator::check`] and
//!    [`assert_gradient`] say whether an analytic gradient is right.
//! 6. [`GradientDescent`] loops gradient and update, with or without [`Minibatches`], and says why it stopped: an
//!    [`Outcome`] for each point.
//!
//! ```
//! use ndarray::array;
//! use plusminus::{DeviceChoice, Difference, Engine, GradientDescent, Quadratic};
//!
//! // f(x) = x₀² + x₁², at two points at once, on a GPU if there is one.
//! let f = Quadratic::sum_of_squares(2)?;
//! let engine = Engine::open(&DeviceChoice::Auto, None)?;
//! let mut evaluator = engine.evaluator(&f)?;
//! let points = array![[3.0, 4.0], [0.0, 2.0]];
//! let gradient = evaluator.gradient(points.view(), &Difference::default())?;
//! assert!((gradient.gradient[[0, 0]] - 6.0).abs() < 1e-3);
//! assert!((gradient.gradient[[0, 1]] - 8.0).abs() < 1e-3);
//!
//! // And down to the minimum.
//! let descent = GradientDescent { rate: 0.1, steps: 100, ..Default::default() };
//! let done = descent.run(&mut evaluator, points.view(), None, &mut |_| Ok(()))?;
//! assert!(done.points.iter().all(|x| x.abs() < 1e-6));
//! # Ok::<(), plusminus::Error>(())
//! ```
//!
//! Every failure is an [`Error`] with its name; nothing here panics on what a user brings.

mod assertion;
mod check;
mod cpu;
pub mod data;
mod derivative;
mod descent;
mod device;
mod displacement;
mod error;
mod evaluator;
mod expression;
mod gpu;
mod gradient;
pub mod job;
mod ladder;
mod math;
mod objective;
mod plan;
mod precision;
mod random;
mod remark;
mod scheme;
mod stencil;
mod step;
mod tableau;
mod vector;
mod wgsl;

pub use assertion::assert_gradient;
pub use check::{AxisCheck, Check, PointCheck, Quotient, Verdict};
pub use derivative::Derivative;
pub use descent::{Descent, GradientDescent, Minibatches, Outcome, StepReport};
pub use device::{DeviceChoice, Engine};
pub use error::{Error, Result};
pub use evaluator::Evaluator;
pub use gpu::{AdapterInfo, AdapterKind, ProbeReport, adapters, probe};
pub use gradient::{Difference, Gradient, Method, StepUsed};
pub use objective::network::ParameterView;
pub use objective::{
    Activation, Architecture, Closure, Entry, Formula, Increments, IncrementsAt, Layer, Loss, Matrix, Moves,
    Network, Number, Objective, Quadratic, Reduction, Samples, Selection, Separable, ShaderOptions, Steps,
    Structure, Targets, Terms, VectorClosure, Wgsl, WgslObjective,
};
pub use precision::{Precision, Real};
pub use random::SplitMix64;
pub use remark::{Notice, Remark};
pub use scheme::Scheme;
pub use stencil::{Fraction, Stencil};
pub use step::{Perturbation, Step};

/// The README's example, so that it cannot go stale.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
