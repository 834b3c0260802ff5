//! The only code that touches wgpu: adapters, devices, pipelines, buffers, readback.

mod adapters;
mod bindings;
mod cache;
mod carried;
mod compiled;
mod counts;
mod device;
mod displaced;
mod executor;
#[cfg(test)]
pub(crate) mod faults;
mod kernels;
mod loops;
mod math;
mod objective;
mod pace;
mod partials;
mod probe;
mod program;
mod receipt;
mod shader;
mod slope_inputs;
mod slopes;
mod terms;
#[cfg(test)]
mod tests;
mod timing;
mod watch;

pub(crate) use adapters::Wanted;
pub use adapters::{AdapterInfo, AdapterKind, adapters, why_none};
pub(crate) use device::Gpu;
pub(crate) use objective::OnGpu;
pub(crate) use probe::open;
pub use probe::{Arithmetic, DoubleErrors, FunctionErrors, ProbeReport, Structures, Times, probe};
pub use timing::KernelTimes;
