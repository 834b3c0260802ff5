//! The kernels of `shaders/differences.wgsl`, compiled when first needed.

use std::borrow::Cow;
use std::collections::HashMap;

use super::bindings::Layout;
use super::device::Gpu;
use crate::difference::displacement::{Displacements, What};
use crate::error::{Error, Result};
use crate::program;
use crate::stack::with_large_stack;

/// Entry points.
pub(super) const VALUES: &str = "pm_values";
pub(super) const BASE_TERMS: &str = "pm_base_terms";

/// The entry point for displacements.
pub(super) fn kernel_for<T>(what: &Displacements<'_, T>) -> &'static str {
    match what.what {
        What::Values => VALUES,
        What::Listed(_) => "pm_listed",
        What::Grid { increments: true, .. } => "pm_increments",
        What::Grid { sides: 1, .. } => "pm_one_sided",
        What::Grid { .. } => "pm_two_sided",
    }
}

/// The kernels of an objective, and the text that they are compiled from.
pub(super) struct Kernels {
    objective: String,
    text: String,
    /// How much of the text is the objective's own, if its loops are to be counted, and how many turns they may make.
    own: Option<(usize, u32)>,
    pub(super) has_increments: bool,
    /// Those that were needed so far.
    pub(super) made: HashMap<&'static str, wgpu::ComputePipeline>,
}

impl Kernels {
    pub(super) fn new(
        objective: String,
        text: String,
        own: Option<(usize, u32)>,
        has_increments: bool,
    ) -> Self {
        Kernels { objective, text, own, has_increments, made: HashMap::new() }
    }

    /// Makes sure of a kernel.
    pub(super) fn compile(&mut self, gpu: &Gpu, layout: &Layout, entry_point: &'static str) -> Result<()> {
        if self.made.contains_key(entry_point) {
            return Ok(());
        }
        let refused = |report| Error::Shader { objective: self.objective.clone(), report };
        let compile = || {
            let source = match self.own {
                Some((own, turns)) => {
                    let counted = program::count_turns(&self.text, own, turns).map_err(refused)?;
                    wgpu::ShaderSource::Naga(Cow::Owned(counted))
                }
                None => wgpu::ShaderSource::Wgsl(self.text.as_str().into()),
            };
            gpu.pipelines(source, layout, &[entry_point], |error| refused(error.to_string()))
        };
        let made =
            with_large_stack(compile).unwrap_or_else(|| Err(gpu.failure("the shader compiler gave up")))?;
        self.made.extend(made.into_iter().map(|pipeline| (entry_point, pipeline)));
        Ok(())
    }
}
