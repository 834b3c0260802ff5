//! The only code that touches wgpu: adapters, devices, pipelines, buffers, readback.

mod adapters;
mod context;
mod displaced;
mod engine;
mod pipelines;
mod probe;
mod program;
mod shader;
mod site;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_displaced;

pub(crate) use adapters::Wanted;
pub use adapters::{AdapterInfo, AdapterKind, adapters};
pub(crate) use context::Gpu;
pub use probe::{ProbeReport, probe};
pub(crate) use site::GpuSite;
