//! Objectives written in WGSL: checked before any device sees them, and run on the CPU where there is no GPU.
//!
//! A text is parsed and validated by naga, compiled to instructions on rows of 64 lanes, and interpreted: many
//! perturbations or many terms at once, in f64 or f32. The same compilation is the check of what an objective may
//! contain: no device is given what the CPU engine could not follow. With slopes carried along ([`slopes`]) the
//! instructions go back to devices as WGSL (`device`).

mod apart;
pub(crate) mod builtins;
mod carrying;
mod checked;
mod code;
mod compile;
#[cfg(feature = "gpu")]
mod components;
#[cfg(feature = "gpu")]
mod device;
mod dialect;
mod displaced;
mod explain;
#[cfg(feature = "gpu")]
mod geometry;
mod idle;
mod lanes;
#[cfg(feature = "gpu")]
mod lower;
mod machine;
mod module;
mod parse;
mod passes;
mod prelude;
mod random;
mod reads;
mod report;
mod scan;
mod seeds;
mod slopes;
#[cfg(feature = "gpu")]
mod turns;
mod whole;

pub(crate) use apart::{TextOfSums, take_apart, take_sums};
#[cfg(test)]
pub(crate) use carrying::CarriedLanes;
pub(crate) use carrying::{Carrying, data_errors};
pub(crate) use checked::{Fall, Program, SHOWN, Traps, in_lanes};
pub(crate) use code::{Flag, Source, Trap};
pub(crate) use lanes::LANES;
#[cfg(feature = "gpu")]
pub(crate) use module::text_in;
pub(crate) use module::{Form, Role, Text};
pub(crate) use random::{SIZE as RANDOM_SIZE, mixed, off};
pub(crate) use reads::readers;
pub use seeds::{Input, Seeds};
pub(crate) use slopes::{How, Model};
pub(crate) use whole::Whole;
/// The rules of slopes as functions.
pub(crate) mod rules {
    pub(crate) use super::slopes::N;
    pub(crate) use super::slopes::rules::*;
}
#[cfg(feature = "gpu")]
pub(crate) use components::component_stores;
#[cfg(feature = "gpu")]
pub(crate) use lower::for_devices;
