//! Gradients of anything that can be evaluated, from f(x+h) and f(x-h), on any GPU (wgpu, WGSL) and on the CPU where
//! there is none.
//!
//! The story in one page:
//!
//! 1. An [`Objective`] is *what* is differentiated: a [`Quadratic`], the loss of a [`Network`], a Rust [`Closure`], a
//!    [text in WGSL or an expression](WgslObjective), or a type of your own. It is a sum or mean of terms.
//! 2. A [`Difference`] is *how*: a [`Scheme`] (forward, backward, central), a [`Step`] h, and a [`Method`]: *direct*
//!    subtracts two values, *incremental* carries the change through the formula, where the objective offers
//!    [increments](Incremental). [`Step::Auto`], the default of direct differences, extrapolates quotients at several
//!    steps, and gives components error bars. Perturbed coordinates are computed once, on the host; a step that
//!    vanishes (x+h == x) is an error that names point and axis.
//! 3. An [`Engine`] is *where*: the CPU engine, or with the feature `gpu` a GPU, each in f32 or f64 (f64 on adapters that have
//!    it). It makes an [`Evaluator`], which holds the compiled shader and the data on the device.
//! 4. [`Evaluator::gradient`] plans the work (one invocation per point, axis and chunk of terms, within the device's
//!    limits), differences term by term, and reduces in a fixed order: the same input gives the same bits. The answer is a
//!    [`Derivative`].
//! 5. Beyond the gradient there are [`Evaluator::directional`], [`jacobian`](Evaluator::jacobian),
//!    [`hessian`](Evaluator::hessian) and [`hessian_product`](Evaluator::hessian_product), with the same options and the same
//!    type of answer; [`Evaluator::check`] and [`assert_gradient`] say whether an analytic gradient is right.
//! 6. [`Descent`] loops gradient and [`Update`], with or without [`Minibatches`], and says why it stopped: an
//!    [`Outcome`] for each point.
//!
//! ```
//! use plusminus::ndarray::array;
//! use plusminus::{Descent, DeviceChoice, Difference, Engine, GradientDescent, Precision, Quadratic};
//!
//! // f(x) = x₀² + x₁², at two points at once, in f32, on a GPU if there is one.
//! let f = Quadratic::sum_of_squares(2)?;
//! let engine = Engine::open(&DeviceChoice::Auto, Some(Precision::F32))?;
//! let mut evaluator = engine.evaluator(&f)?;
//! let points = array![[3.0, 4.0], [0.0, 2.0]];
//! let gradient = evaluator.gradient(points.view(), &Difference::default())?;
//! assert!((gradient.value[[0, 0]] - 6.0).abs() < 1e-3);
//! assert!((gradient.value[[0, 1]] - 8.0).abs() < 1e-3);
//!
//! // And down to the minimum.
//! let done = Descent::new(GradientDescent::new(0.1)).steps(100).run(&mut evaluator, points.view())?;
//! assert!(done.points.iter().all(|x| x.abs() < 1e-6));
//! # Ok::<(), plusminus::Error>(())
//! ```
//!
//! Every failure is an [`Error`] with its name; nothing here panics on what a user brings.
//!
//! Modules depend on one another in one direction: `job` → `optimize`, `check` → `evaluator` → `backend` → `objective` →
//! `expression` → `program` → `difference` → `numeric`. `docs/architecture.md` draws the flow.

#![cfg_attr(docsrs, feature(doc_cfg))]

// What pest derives refers to it.
extern crate alloc;

mod backend;
mod check;
#[cfg(feature = "cli")]
pub mod data;
mod dataset;
mod difference;
mod error;
mod evaluator;
mod expression;
#[cfg(feature = "cli")]
pub mod job;
mod memory;
mod numeric;
mod objective;
mod optimize;
#[cfg(feature = "cli")]
#[cfg_attr(docsrs, doc(cfg(feature = "cli")))]
pub mod plot;
mod program;
#[cfg(feature = "cli")]
pub mod shard;
mod stack;
pub mod team;
mod text;

pub use ndarray;
pub use sprs;

#[cfg(feature = "gpu")]
pub use backend::gpu::{
    AdapterInfo, AdapterKind, Arithmetic, DoubleErrors, FunctionErrors, KernelTimes, ProbeReport, Structures,
    Times, adapters, probe, why_none as why_no_adapter,
};
pub use check::{
    AxisCheck, Check, EntryCheck, MatrixCheck, MatrixPointCheck, PointCheck, Quotient, Tolerance, Verdict,
    assert_gradient,
};
pub use dataset::DataSet;
pub use difference::{
    Bars, Derivative, Difference, Doubt, Failure, Gradient, Method, Notice, OnFailure, Perturbation, Remark,
    Scheme, SparseJacobian, Stencil, Step, StepUsed, Steps,
};
pub use error::{Error, ErrorKind, FileAction, Result};
pub use evaluator::{DeviceChoice, Engine, Evaluator, Workload};
pub use numeric::{Precision, Real, Sparsity, UnknownName, count_operations};
pub use objective::{
    Activation, Architecture, Cells, Closure, CurveModel, DeviceProgram, Enclosed, Enclosures, Entry,
    ExpressionOptions, Formula, Incremental, Increments, IncrementsAt, Input, Launch, Layer, Loss, Matrix,
    Moves, Network, Number, Objective, OfSums, ParameterView, ProgramLimits, ProgramPlan, ProgramPoints,
    ProgramRequest, ProgramText, Quadratic, Reduction, SETTINGS, Samples, Seeds, Selection, Separable,
    ShaderOptions, SlopeRequest, SlopeRows, SlopeShape, SlopeText, Slopes, Targets, Terms, VectorClosure,
    Wgsl, WgslObjective,
};
#[cfg(feature = "argmin")]
pub use optimize::ArgminProblem;
pub use optimize::{
    AdaGrad, Adam, AdamW, Clip, Clipped, Descent, DescentResult, DescentState, DeviceUpdate, Evidence,
    FitStatistics, Gain, GradientDescent, Keeper, Lbfgs, LeastSquares, LevenbergMarquardt, Lion, Minibatches,
    Minimum, MinimumOutcome, Moment, Momentum, Nesterov, Outcome, PointKind, Rate, RmsProp, RuleChoice,
    RuleKind, Sampling, Schedule, StationaryPoint, StepReport, Stopping, Trace, TracePoint, Update,
    WeightDecay,
};

/// The examples of the documents, so that they cannot go stale.
#[cfg(all(doctest, feature = "cli"))]
mod documents {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/objectives.md")]
    struct Objectives;
    #[doc = include_str!("../docs/accuracy.md")]
    struct Accuracy;
    #[doc = include_str!("../docs/fit.md")]
    struct Fit;
    #[doc = include_str!("../docs/jobs.md")]
    struct Jobs;
}
