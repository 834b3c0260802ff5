//! Objectives written in WGSL: checked before any device sees them, and run on the CPU where there is no GPU.
//!
//! A text is parsed and validated by naga, compiled to instructions on rows of 64 lanes, and interpreted: many
//! perturbations or many terms at once, in f64 or f32. The same compilation is the check of what an objective may
//! contain: no device is given what the CPU engine could not follow.

mod code;
mod compile;
mod lanes;
mod machine;
mod module;
mod program;
mod scan;
mod stack;
mod turns;

pub(crate) use code::Source;
pub(crate) use machine::{LANES, Trap};
pub(crate) use module::{Form, Role, Text};
pub(crate) use program::{Program, Traps};
pub(crate) use stack::with_large_stack;
pub(crate) use turns::count_turns;
