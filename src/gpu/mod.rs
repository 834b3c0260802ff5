//! The only code that touches wgpu: adapters, devices, pipelines, buffers, readback.

mod adapters;
mod context;
mod engine;
mod probe;
mod shader;
#[cfg(test)]
mod tests;

pub(crate) use adapters::Wanted;
pub use adapters::{AdapterInfo, AdapterKind, adapters};
pub(crate) use context::Gpu;
pub(crate) use engine::GpuTerms;
pub use probe::{ProbeReport, probe};
