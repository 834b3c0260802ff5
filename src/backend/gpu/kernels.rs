//! The kernels of `shaders/differences.wgsl`, compiled when first needed.

use std::collections::HashMap;

use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::bindings::Layout;
use super::compiled::Module;
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
        What::Laddered(..) => "pm_laddered",
        What::Grid { increments: true, .. } => "pm_increments",
        What::Grid { sides: 1, .. } => "pm_one_sided",
        What::Grid { .. } => "pm_two_sided",
    }
}

/// The kernels of an objective, and the text that they are compiled from.
#[derive(Clone)]
pub(super) struct Kernels {
    objective: String,
    module: Module,
    pub(super) has_increments: bool,
    /// Those that were needed so far.
    pub(super) made: HashMap<&'static str, wgpu::ComputePipeline>,
}

impl Kernels {
    pub(super) fn new(
        objective: String,
        text: String,
        own: (usize, Option<u32>),
        has_increments: bool,
    ) -> Self {
        Kernels {
            objective,
            module: Module { text, objective: Some(own), zeroed: true, ends: false },
            has_increments,
            made: HashMap::new(),
        }
    }

    /// Makes sure of a kernel.
    pub(super) fn compile(&mut self, gpu: &Gpu, layout: &Layout, entry_point: &'static str) -> Result<()> {
        if self.made.contains_key(entry_point) {
            return Ok(());
        }
        let refused = |report| Error::Shader { objective: self.objective.clone(), report };
        if !gpu.probe.structures.components {
            self.check_components(gpu)?;
        }
        let compile = || gpu.pipeline(&self.module, layout, entry_point, refused);
        let made = with_large_stack(compile)
            .unwrap_or_else(|why| Err(gpu.failure(format!("the shader compiler {why}"))))?;
        self.made.insert(entry_point, made);
        Ok(())
    }

    /// Where stores into components that are chosen at run time go wrong, a text must have none.
    fn check_components(&self, gpu: &Gpu) -> Result<()> {
        let refused = |report| Error::Shader { objective: self.objective.clone(), report };
        let module = wgsl::parse_str(&self.module.text)
            .map_err(|error| refused(error.emit_to_string(&self.module.text)))?;
        let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
        let info =
            validator.validate(&module).map_err(|error| refused(error.emit_to_string(&self.module.text)))?;
        match program::component_stores(&module, &info).first() {
            None => Ok(()),
            Some(function) => Err(Error::unsupported(format!(
                "`{function}` of `{}` stores into a component of a vector that is chosen at run time, which goes wrong on {}: \
                 use an array there, or the device `cpu`",
                self.objective, gpu.info.name
            ))),
        }
    }
}
