//! Displaced evaluations on a device: one submission and one readback for all of them, as far as the plan allows.

use std::ops::Range;

use wgpu::BufferUsages as Usage;

use super::engine::{GpuTerms, PmWork, UNIFORM, bind, trapped, uniform};
use super::pipelines::{Slot, dispatch, layout};
use crate::cpu::{ALL_FINITE, Trapped};
use crate::displacement::{Displaced, Displacement};
use crate::error::Result;
use crate::plan::{FAN_IN, Plan};
use crate::precision::Real;

/// The pipelines, and buffers that are kept while they are large enough.
pub(super) struct Displacer {
    bases: wgpu::ComputePipeline,
    displaced: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
    buffers: Option<(Sizes, Buffers)>,
}

/// What buffers must hold, in numbers, flags and evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sizes {
    sources: usize,
    bases: usize,
    flags: usize,
    evaluations: usize,
    partials: usize,
    reduced: usize,
    results: usize,
    levels: usize,
}

impl Sizes {
    fn hold(&self, other: &Sizes) -> bool {
        self.levels == other.levels
            && self.sources >= other.sources
            && self.bases >= other.bases
            && self.flags >= other.flags
            && self.evaluations >= other.evaluations
            && self.partials >= other.partials
            && self.reduced >= other.reduced
            && self.results >= other.results
    }
}

struct Buffers {
    uniforms: wgpu::Buffer,
    sources: wgpu::Buffer,
    evaluations: wgpu::Buffer,
    flags: wgpu::Buffer,
    partials: [wgpu::Buffer; 2],
    staging: wgpu::Buffer,
    group: wgpu::BindGroup,
    levels: Vec<wgpu::BindGroup>,
}

/// Bytes of a `PmDisplacement`.
fn stride<T>() -> usize {
    (size_of::<T>() + 3 * size_of::<u32>()).next_multiple_of(size_of::<T>())
}

/// As `shaders/displaced.wgsl` reads them.
fn bytes_of<T: Real>(evaluations: &[Displacement<T>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(evaluations.len() * stride::<T>());
    for &Displacement { source, base, axis, value } in evaluations {
        bytes.extend_from_slice(bytemuck::bytes_of(&value));
        bytes.extend_from_slice(bytemuck::bytes_of(&[source, base, axis]));
        bytes.resize(bytes.len().next_multiple_of(size_of::<T>()), 0);
    }
    bytes
}

impl GpuTerms {
    /// What the evaluations `part` of a plan come to, `[term][evaluation]` or one row of sums; NaN where a term, at the
    /// source or the base, is not finite.
    pub(crate) fn run_displaced<T: Real>(
        &mut self,
        plan: &Plan,
        part: Range<usize>,
        what: &Displaced<'_, T>,
    ) -> Result<(Vec<T>, Option<Trapped>)> {
        let mut displacer = match self.displaced.take() {
            Some(displacer) => displacer,
            None => Box::new(self.displacer()?),
        };
        let done = self.submit_displaced(&mut displacer, plan, part, what);
        self.displaced = Some(displacer);
        done
    }

    fn displacer(&self) -> Result<Displacer> {
        let (read, write) = (Slot::Read, Slot::Write);
        let slots = [Slot::Uniform, read, Slot::Unused, read, read, read, write, write, write, read];
        let layout = layout(&self.gpu, "displaced", &slots)?;
        let made = self.compile(&layout, &["pm_displaced_bases", "pm_displaced"])?;
        let [bases, displaced] =
            <[_; 2]>::try_from(made).map_err(|_| self.gpu.failure("a pipeline is missing"))?;
        Ok(Displacer { bases, displaced, layout, buffers: None })
    }

    fn submit_displaced<T: Real>(
        &self,
        displacer: &mut Displacer,
        plan: &Plan,
        part: Range<usize>,
        what: &Displaced<'_, T>,
    ) -> Result<(Vec<T>, Option<Trapped>)> {
        let evaluations = &what.evaluations[part];
        let count = evaluations.len();
        let results = if plan.work.by_term { count * plan.chunks } else { count };
        let flags = count + what.bases + 1;
        let levels = plan.levels();
        let sizes = Sizes {
            sources: what.sources.len(),
            bases: what.bases * plan.work.terms,
            flags,
            evaluations: count,
            partials: count * plan.chunks,
            reduced: if levels.is_empty() { 0 } else { count * plan.chunks.div_ceil(FAN_IN) },
            results,
            levels: levels.len(),
        };
        let kept = displacer.buffers.take().filter(|(kept, _)| kept.hold(&sizes));
        let (sizes, buffers) = match kept {
            Some(kept) => kept,
            None => (sizes, self.allocate_displaced::<T>(&displacer.layout, &sizes)?),
        };
        let queue = &self.gpu.queue;
        let work = PmWork {
            pairs: count as u32,
            axes: 1,
            first_axis: 0,
            bases: what.bases as u32,
            terms: plan.work.terms as u32,
            terms_per_chunk: plan.terms_per_chunk as u32,
            chunks: plan.chunks as u32,
            sides: 0,
            traps: flags as u32 - 1,
        };
        queue.write_buffer(&buffers.uniforms, 0, bytemuck::bytes_of(&work));
        self.write_levels(&buffers.uniforms, plan, count);
        queue.write_buffer(&buffers.sources, 0, bytemuck::cast_slice(what.sources));
        queue.write_buffer(&buffers.evaluations, 0, &bytes_of(evaluations));
        queue.write_buffer(&buffers.flags, 0, bytemuck::cast_slice(&vec![ALL_FINITE; flags]));

        let result_bytes = (size_of::<T>() * results) as u64;
        let flag_bytes = (size_of::<u32>() * flags) as u64;
        let most = self.gpu.info.max_workgroups;
        let commands = self.gpu.guarded(
            |device| {
                let mut commands = device.create_command_encoder(&Default::default());
                {
                    let mut pass = commands.begin_compute_pass(&Default::default());
                    pass.set_bind_group(0, &buffers.group, &[]);
                    if what.bases > 0 {
                        pass.set_pipeline(&displacer.bases);
                        dispatch(&mut pass, what.bases * plan.chunks, most);
                    }
                    pass.set_pipeline(&displacer.displaced);
                    dispatch(&mut pass, count * plan.chunks, most);
                    self.reduce_in(&mut pass, plan, &buffers.levels, count);
                }
                let sums = &buffers.partials[levels.len() % 2];
                commands.copy_buffer_to_buffer(sums, 0, &buffers.staging, 0, result_bytes);
                commands.copy_buffer_to_buffer(&buffers.flags, 0, &buffers.staging, result_bytes, flag_bytes);
                commands
            },
            |error| self.gpu.failure(error.to_string()),
        )?;
        let words: Vec<u32> =
            self.gpu.submit_and_read(commands, &buffers.staging, result_bytes + flag_bytes)?;
        displacer.buffers = Some((sizes, buffers));

        let (values, flags) = words.split_at(result_bytes as usize / size_of::<u32>());
        let mut values: Vec<T> = bytemuck::pod_collect_to_vec(values);
        let is_bad = |evaluation: usize, base: u32| {
            let base = flags[count..count + what.bases].get(base as usize);
            flags[evaluation] != ALL_FINITE || base.is_some_and(|&flag| flag != ALL_FINITE)
        };
        for (i, value) in values.iter_mut().enumerate() {
            if is_bad(i % count, evaluations[i % count].base) {
                *value = T::of(f64::NAN);
            }
        }
        Ok((values, trapped(flags.last().copied().unwrap_or(ALL_FINITE))))
    }

    fn allocate_displaced<T: Real>(&self, layout: &wgpu::BindGroupLayout, sizes: &Sizes) -> Result<Buffers> {
        let gpu = &self.gpu;
        let storage = |what: &str, bytes: usize| {
            gpu.buffer(what, bytes as u64, Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC)
        };
        let real = size_of::<T>();
        let uniforms =
            gpu.buffer("sizes", UNIFORM * (sizes.levels as u64 + 1), Usage::UNIFORM | Usage::COPY_DST)?;
        let sources = storage("source vectors", real * sizes.sources)?;
        let evaluations = storage("displaced evaluations", stride::<T>() * sizes.evaluations)?;
        let flags = storage("flags", 4 * sizes.flags)?;
        let bases = storage("terms at the bases", real * sizes.bases)?;
        let partials =
            [storage("partial sums", real * sizes.partials)?, storage("reduced sums", real * sizes.reduced)?];
        let staging = gpu.buffer(
            "staging",
            (real * sizes.results + 4 * sizes.flags) as u64,
            Usage::MAP_READ | Usage::COPY_DST,
        )?;
        let group = bind(
            gpu,
            layout,
            [
                (0, uniform(&uniforms, 0, size_of::<PmWork>() as u64)),
                (1, sources.as_entire_binding()),
                (3, self.selection.as_entire_binding()),
                (4, self.data.as_entire_binding()),
                (5, self.indices.as_entire_binding()),
                (6, flags.as_entire_binding()),
                (7, bases.as_entire_binding()),
                (8, partials[0].as_entire_binding()),
                (9, evaluations.as_entire_binding()),
            ]
            .into_iter(),
        )?;
        let levels = self.bind_levels(&uniforms, &partials, sizes.levels)?;
        Ok(Buffers { uniforms, sources, evaluations, flags, partials, staging, group, levels })
    }
}
