//! How to difference: which displacements of a point are wanted, and what their differences come to. Pure numbers: no
//! objective and no device is known here.
//!
//! In the order of the flow: [`rule`] (what is asked for), [`step`] and [`perturb`] (how far, and where that leads),
//! [`displacement`] (what is evaluated), [`line`] (a derivative that is wanted), [`fixed`] (displacements with weights, at
//! steps that are given), [`adaptive`] (rounds of displacements at many steps), with [`plan`], [`rounds`], [`corners`], [`ladders`] (which
//! steps, and what they evaluate), [`assess`], with [`fits`], [`tables`], [`noise`], [`around`] and [`limit`] (limit and error bar),
//! [`assessed`] (what they come to), [`derivative`] and [`sparse`] (the answers).

pub(crate) mod adaptive;
mod around;
pub(crate) mod assess;
pub(crate) mod assessed;
mod corners;
mod derivative;
pub(crate) mod displacement;
mod fits;
pub(crate) mod fixed;
pub(crate) mod ladders;
mod limit;
pub(crate) mod line;
pub(crate) mod lists;
pub(crate) mod moving;
mod noise;
pub(crate) mod perturb;
mod plan;
pub(crate) mod quotients;
mod remark;
pub(crate) mod rounds;
mod rule;
mod scheme;
mod sparse;
mod stencil;
mod step;
pub(crate) mod tables;
#[cfg(test)]
mod tests;

pub use derivative::{Derivative, Failure, Gradient, StepUsed};
pub use perturb::Perturbation;
pub use remark::{Doubt, Notice, Remark};
pub use rule::{Bars, Difference, Method, OnFailure};
pub use scheme::Scheme;
pub use sparse::SparseJacobian;
pub use stencil::Stencil;
pub(crate) use step::within_increments;
pub use step::{Step, Steps};
