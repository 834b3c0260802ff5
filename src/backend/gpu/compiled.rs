//! Pipelines: compiled when first needed, kept for other evaluators of the same text, and between processes where the driver can.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::adapters::AdapterInfo;
use super::bindings::Layout;
use super::cache;
use super::device::Gpu;
use super::watch::Watch;
use crate::error::{Error, Result};
use crate::program;

/// Pipelines that are kept in memory at most; then all are given up.
const MOST: usize = 512;

/// Bytes of a driver's cache that are kept between processes at most.
const MOST_BYTES: usize = 64 << 20;

/// A module to be compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Module {
    pub(super) text: String,
    /// How much of the text is an objective's, if there is one, and how many turns its loops may make, if they are to count them.
    pub(super) objective: Option<(usize, Option<u32>)>,
    /// Whether its workgroup memory holds zeros at first; kernels that write all of it before they read need none of that.
    pub(super) zeroed: bool,
    /// Whether all its loops are known to end. Where they are not, each counts its turns, which costs them a third of their speed
    /// or more.
    pub(super) ends: bool,
}

impl Module {
    /// The engine's own text.
    pub(super) fn own(text: impl Into<String>) -> Self {
        Module { text: text.into(), objective: None, zeroed: false, ends: true }
    }
}

/// What was compiled on a device.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    made: Mutex<HashMap<(Module, String, &'static str), wgpu::ComputePipeline>>,
    kept: Option<Kept>,
}

/// The driver's own cache.
#[derive(Debug)]
struct Kept {
    name: String,
    cache: wgpu::PipelineCache,
    /// Pipelines that it may not have had.
    new: Mutex<usize>,
}

impl Compiled {
    /// With what the driver compiled for other processes, if it can tell.
    pub(super) fn new(device: &wgpu::Device, info: &AdapterInfo) -> Self {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return Compiled::default();
        }
        let name = format!(
            "pipelines-{:016x}",
            hash(format!("{} {} {:?}", info.name, info.driver, info.ids).as_bytes())
        );
        let data = cache::load_bytes(&name).and_then(|bytes| unsealed(&bytes).map(<[u8]>::to_vec));
        let descriptor =
            wgpu::PipelineCacheDescriptor { label: Some("plusminus"), data: data.as_deref(), fallback: true };
        // SAFETY: the bytes are those that `get_data` gave for this adapter and driver, as their checksum says; wgpu and the driver
        // check their headers, too.
        #[allow(unsafe_code, reason = "wgpu takes bytes that were in a file in no other way")]
        let cache = unsafe { device.create_pipeline_cache(&descriptor) };
        Compiled { kept: Some(Kept { name, cache, new: Mutex::new(0) }), ..Compiled::default() }
    }

    /// Keeps what is new for other processes.
    pub(super) fn keep(&self) {
        let Some(Kept { name, cache, new }) = &self.kept else { return };
        if std::mem::take(&mut *new.lock().unwrap_or_else(PoisonError::into_inner)) == 0 {
            return;
        }
        if let Some(data) = cache.get_data().filter(|data| data.len() <= MOST_BYTES) {
            cache::store_bytes(name, &sealed(&data));
        }
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hash = DefaultHasher::new();
    hash.write(bytes);
    hash.finish()
}

/// Behind a checksum.
fn sealed(data: &[u8]) -> Vec<u8> {
    [&hash(data).to_le_bytes(), data].concat()
}

fn unsealed(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, data) = bytes.split_first_chunk()?;
    (u64::from_le_bytes(*sum) == hash(data)).then_some(data)
}

impl Gpu {
    /// The pipelines of some kernels of a module, several compiled at the same time.
    ///
    /// # Errors
    /// What `refused` makes of the compiler's complaint, or [`Error::Device`].
    pub(super) fn pipelines(
        &self,
        module: &Module,
        layout: &Layout,
        kernels: &[&str],
        refused: impl Fn(String) -> Error + Sync,
    ) -> Result<Vec<wgpu::ComputePipeline>> {
        let key = |kernel: &str| (module.clone(), kernel.to_string(), layout.label);
        let known: Vec<Option<wgpu::ComputePipeline>> = {
            let made = self.compiled.made.lock().unwrap_or_else(PoisonError::into_inner);
            kernels.iter().map(|kernel| made.get(&key(kernel)).cloned()).collect()
        };
        if known.iter().all(Option::is_some) {
            return Ok(known.into_iter().flatten().collect());
        }
        let _watch = Watch::over(&self.info.name);
        let source = match module.objective {
            Some((own, turns)) => {
                let made = program::for_devices(&module.text, own, turns).map_err(&refused)?;
                wgpu::ShaderSource::Naga(Cow::Owned(made))
            }
            None => wgpu::ShaderSource::Wgsl(module.text.as_str().into()),
        };
        let label = Some("plusminus");
        let (shader, pipeline_layout) = self.guarded(
            |device| {
                let descriptor = wgpu::ShaderModuleDescriptor { label, source };
                let checks =
                    wgpu::ShaderRuntimeChecks { force_loop_bounding: !module.ends, ..Default::default() };
                // SAFETY: all checks are on but for loops, all of which end, as the module says: the engine's own ones have bounds
                // known before, those of a user's program that carries slopes count their turns themselves.
                #[allow(unsafe_code, reason = "wgpu leaves no single check out in any other way")]
                let shader = unsafe { device.create_shader_module_trusted(descriptor, checks) };
                let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                    label,
                    bind_group_layouts: &[Some(&layout.layout)],
                    immediate_size: 0,
                });
                (shader, layout)
            },
            |error| refused(error.to_string()),
        )?;
        let make = |kernel: &str| {
            let descriptor = wgpu::ComputePipelineDescriptor {
                label: Some(kernel),
                layout: Some(&pipeline_layout),
                module: &shader,
                entry_point: Some(kernel),
                compilation_options: wgpu::PipelineCompilationOptions {
                    zero_initialize_workgroup_memory: module.zeroed,
                    ..Default::default()
                },
                cache: self.compiled.kept.as_ref().map(|kept| &kept.cache),
            };
            self.guarded(
                |device| device.create_compute_pipeline(&descriptor),
                |error| refused(error.to_string()),
            )
        };
        let wanted = kernels.iter().zip(known);
        let all = if kernels.len() == 1 {
            // Here, where the stack may be a large one.
            wanted
                .map(|(kernel, known)| known.map_or_else(|| make(kernel), Ok))
                .collect::<Result<Vec<_>>>()?
        } else {
            let wanted: Vec<_> = wanted.collect();
            let one = |(kernel, known): (&&str, Option<_>)| known.map_or_else(|| make(kernel), Ok);
            wanted.into_par_iter().map(one).collect::<Result<Vec<_>>>()?
        };
        let mut made = self.compiled.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() + kernels.len() > MOST {
            made.clear();
        }
        for (kernel, pipeline) in kernels.iter().zip(&all) {
            made.insert(key(kernel), pipeline.clone());
        }
        if let Some(kept) = &self.compiled.kept {
            *kept.new.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
        Ok(all)
    }

    /// The same of one.
    pub(super) fn pipeline(
        &self,
        module: &Module,
        layout: &Layout,
        kernel: &str,
        refused: impl Fn(String) -> Error + Sync,
    ) -> Result<wgpu::ComputePipeline> {
        let made = self.pipelines(module, layout, &[kernel], refused)?.into_iter().next();
        made.ok_or_else(|| self.failure("a pipeline is missing"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn files_that_were_changed_are_not_used() {
        let kept = super::sealed(b"pipelines");
        assert_eq!(super::unsealed(&kept), Some(&b"pipelines"[..]));
        for at in [0, 9, kept.len() - 1] {
            let mut changed = kept.clone();
            changed[at] ^= 1;
            assert_eq!(super::unsealed(&changed), None);
        }
        assert_eq!(super::unsealed(b"short"), None);
    }
}
