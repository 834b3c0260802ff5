//! An objective on a device: its data stay there; a piece of a plan is one submission and one readback.

use std::borrow::Cow;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use wgpu::BufferUsages as Usage;

use super::context::Gpu;
use super::pipelines::{Slot, dispatch, layout, pipelines};
use super::shader::{Sources, Specialised};
use crate::cpu::{ALL_FINITE, Sums, Trapped};
use crate::error::{Error, Result};
use crate::objective::{Objective, Selection, Wgsl};
use crate::plan::{FAN_IN, Kind, MAX_TERMS_PER_CHUNK, Piece, Plan};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::step::Perturbation;
use crate::wgsl;

/// WebGPU's alignment of a uniform binding's offset.
const UNIFORM: u64 = 256;

/// Declares the struct with the names of its fields, which a test compares with the shader's.
macro_rules! uniform {
    ($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Pod, Zeroable)]
        pub(super) struct $name { $($field: u32),* }

        #[cfg(test)]
        impl $name {
            pub(super) const FIELDS: &[&str] = &[$(stringify!($field)),*];
        }
    };
}

uniform! {
    /// `PmWork` in `shaders/prelude/point.wgsl`.
    PmWork { pairs, axes, first_axis, dimension, terms, terms_per_chunk, chunks, sides }
}

/// The compiled shaders and the data of one objective on one device.
pub(crate) struct GpuTerms {
    gpu: Arc<Gpu>,
    difference: wgpu::ComputePipeline,
    base_terms: wgpu::ComputePipeline,
    reduce: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
    reduce_layout: wgpu::BindGroupLayout,
    data: wgpu::Buffer,
    indices: wgpu::Buffer,
    selection: wgpu::Buffer,
    buffers: Option<Buffers>,
    precision: Precision,
    guarded: bool,
    pub(crate) iterations: u64,
    /// If the objective brings increments.
    increment: Option<wgpu::ComputePipeline>,
}

/// Buffers of the sizes that one plan needs.
struct Buffers {
    plan: Plan,
    uniforms: wgpu::Buffer,
    points: wgpu::Buffer,
    moved: wgpu::Buffer,
    first_bad: wgpu::Buffer,
    partials: [wgpu::Buffer; 2],
    staging: wgpu::Buffer,
    group: wgpu::BindGroup,
    /// One for each level of reduction.
    levels: Vec<wgpu::BindGroup>,
}

impl GpuTerms {
    /// Compiles the objective's shader and uploads its data.
    pub(crate) fn new(gpu: Arc<Gpu>, objective: &dyn Objective, precision: Precision) -> Result<Self> {
        Self::from_sources(gpu, objective, precision, &Sources::default())
    }

    pub(super) fn from_sources(
        gpu: Arc<Gpu>,
        objective: &dyn Objective,
        precision: Precision,
        sources: &Sources,
    ) -> Result<Self> {
        let Wgsl { source, data, indices, iterations, increments, guarded } = objective.wgsl()?;
        let turns = gpu.limits().iterations - MAX_TERMS_PER_CHUNK as u64;
        let how = Specialised {
            precision,
            dimension: objective.dimension(),
            data: data.len(),
            guarded,
            turns: turns as u32,
            increments,
        };
        let refused =
            |error: wgpu::Error| Error::Shader { objective: objective.name(), report: error.to_string() };
        let layout = layout(
            &gpu,
            "difference",
            &[
                Slot::Uniform,
                Slot::Read,
                Slot::Read,
                Slot::Read,
                Slot::Read,
                Slot::Read,
                Slot::Write,
                Slot::Write,
                Slot::Write,
            ],
        )?;
        let reduce_layout =
            super::pipelines::layout(&gpu, "reduce", &[Slot::Uniform, Slot::Read, Slot::Write])?;
        let text = sources.difference_module(&source, &how);
        let compile = || {
            let text = if guarded {
                let module = wgsl::count_turns(&text, source.len(), turns as u32)
                    .map_err(|report| Error::Shader { objective: objective.name(), report })?;
                wgpu::ShaderSource::Naga(Cow::Owned(module))
            } else {
                wgpu::ShaderSource::Wgsl(text.as_str().into())
            };
            let mut entry_points = vec!["pm_difference", "pm_base_terms"];
            entry_points.extend(increments.then_some("pm_increment"));
            pipelines(&gpu, text, &layout, &entry_points, refused)
        };
        let made = wgsl::with_large_stack(compile)
            .unwrap_or_else(|| Err(gpu.failure("the shader compiler gave up")))?;
        let mut made = made.into_iter();
        let reduce = wgpu::ShaderSource::Wgsl(sources.reduce_module(precision).into());
        let reduce = pipelines(&gpu, reduce, &reduce_layout, &["pm_reduce"], refused)?;
        let missing = || gpu.failure("a pipeline is missing");
        let (difference, base_terms) = (made.next().ok_or_else(missing)?, made.next().ok_or_else(missing)?);
        let (increment, reduce) = (made.next(), reduce.into_iter().next().ok_or_else(missing)?);
        let all: Vec<u32> = (0..objective.terms() as u32).collect();
        let what = "the objective's data";
        let data = match precision {
            Precision::F64 => gpu.upload(what, &data)?,
            Precision::F32 => {
                if let Some(value) = data.iter().find(|value| !(**value as f32).is_finite()) {
                    return Err(Error::usage(format!(
                        "the data of `{}` hold {value:e}, too large for f32; scale them, or use precision f64",
                        objective.name()
                    )));
                }
                gpu.upload(what, &data.iter().map(|&value| value as f32).collect::<Vec<_>>())?
            }
        };
        Ok(GpuTerms {
            data,
            indices: gpu.upload("the objective's indices", &indices)?,
            selection: gpu.upload("selected terms", &all)?,
            gpu,
            difference,
            base_terms,
            reduce,
            layout,
            reduce_layout,
            buffers: None,
            precision,
            guarded,
            iterations,
            increment,
        })
    }

    /// Supposes that the loops of a term make as many turns as an invocation may: then it has no other terms to do.
    /// False if that was supposed already.
    pub(crate) fn suppose_most_turns(&mut self) -> bool {
        let most = self.gpu.limits().iterations / 2 - 1;
        let changed = self.guarded && self.iterations < most;
        self.iterations = self.iterations.max(most);
        changed
    }

    /// Whether the shader has increments.
    pub(crate) fn has_increments(&self) -> bool {
        self.increment.is_some()
    }

    /// Chooses the terms of the next runs: at most as many as the objective has.
    pub(crate) fn select(&mut self, selection: Selection<'_>, terms: usize) {
        let indices: Vec<u32> = (0..selection.len(terms)).map(|s| selection.index(s) as u32).collect();
        self.gpu.queue.write_buffer(&self.selection, 0, bytemuck::cast_slice(&indices));
    }

    /// Does one piece. `points` holds the piece's points, `moved` its pairs (nothing for [`Kind::Values`]): coordinates,
    /// or with `incremental` how far they move.
    pub(crate) fn run<T: Real>(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        points: &[T],
        moved: &[Perturbation<T>],
        incremental: bool,
    ) -> Result<Sums<T>> {
        debug_assert_eq!(T::PRECISION, self.precision);
        let buffers = match self.buffers.take() {
            Some(buffers) if buffers.plan == *plan => buffers,
            _ => self.allocate(plan)?,
        };
        let sums = self.submit(&buffers, piece, points, moved, incremental);
        self.buffers = Some(buffers);
        sums
    }

    fn submit<T: Real>(
        &self,
        buffers: &Buffers,
        piece: &Piece,
        points: &[T],
        moved: &[Perturbation<T>],
        incremental: bool,
    ) -> Result<Sums<T>> {
        let Buffers { plan, .. } = buffers;
        let (queue, kind, pairs) = (&self.gpu.queue, plan.work.kind, piece.pairs());
        let work = PmWork {
            pairs: pairs as u32,
            axes: piece.axes as u32,
            first_axis: piece.first_axis as u32,
            dimension: plan.work.axes as u32,
            terms: plan.work.terms as u32,
            terms_per_chunk: plan.terms_per_chunk as u32,
            chunks: plan.chunks as u32,
            sides: kind.sides() as u32,
        };
        queue.write_buffer(&buffers.uniforms, 0, bytemuck::bytes_of(&work));
        for (level, rows) in plan.levels().into_iter().enumerate() {
            let offset = UNIFORM * (level as u64 + 1);
            queue.write_buffer(&buffers.uniforms, offset, bytemuck::cast_slice(&[pairs as u32, rows as u32]));
        }
        queue.write_buffer(&buffers.points, 0, bytemuck::cast_slice(points));
        queue.write_buffer(&buffers.first_bad, 0, bytemuck::cast_slice(&vec![ALL_FINITE; piece.points + 1]));
        // One-sided, the shader subtracts the terms at x from those at the first coordinate of a pair: backward,
        // that is the lower one, and the sign is turned below.
        let backward = kind == Kind::Differences(Scheme::Backward);
        let sides: Vec<[T; 2]> =
            moved.iter().map(|p| if backward { [p.minus, p.plus] } else { [p.plus, p.minus] }).collect();
        queue.write_buffer(&buffers.moved, 0, bytemuck::cast_slice(sides.as_flattened()));

        // The sums, a flag a point, and that of traps.
        let real = size_of::<T>() as u64;
        let flags = real * pairs as u64;
        let bytes = flags + 4 * (piece.points as u64 + 1);
        let commands = self.gpu.guarded(
            |device| {
                let mut commands = device.create_command_encoder(&Default::default());
                {
                    let mut pass = commands.begin_compute_pass(&Default::default());
                    pass.set_bind_group(0, &buffers.group, &[]);
                    let difference = match &self.increment {
                        Some(increment) if incremental => increment,
                        _ => &self.difference,
                    };
                    if kind.sides() == 1 && !incremental {
                        pass.set_pipeline(&self.base_terms);
                        dispatch(&mut pass, piece.points * plan.chunks, self.gpu.info.max_workgroups);
                    }
                    pass.set_pipeline(difference);
                    dispatch(&mut pass, pairs * plan.chunks, self.gpu.info.max_workgroups);
                    pass.set_pipeline(&self.reduce);
                    for (rows, group) in plan.levels().into_iter().zip(&buffers.levels) {
                        pass.set_bind_group(0, group, &[]);
                        dispatch(&mut pass, pairs * rows.div_ceil(FAN_IN), self.gpu.info.max_workgroups);
                    }
                }
                let sums = &buffers.partials[buffers.levels.len() % 2];
                commands.copy_buffer_to_buffer(sums, 0, &buffers.staging, 0, flags);
                commands.copy_buffer_to_buffer(
                    &buffers.first_bad,
                    0,
                    &buffers.staging,
                    flags,
                    4 * (piece.points as u64 + 1),
                );
                commands
            },
            |error| self.gpu.failure(error.to_string()),
        )?;
        let words: Vec<u32> = self.gpu.submit_and_read(commands, &buffers.staging, bytes)?;
        let (sums, first_bad) = words.split_at(flags as usize / 4);
        let mut sums: Vec<T> = bytemuck::pod_collect_to_vec(sums);
        if backward {
            sums.iter_mut().for_each(|sum| *sum = -*sum);
        }
        let (&trap, first_bad) = first_bad.split_last().unwrap_or((&ALL_FINITE, &[]));
        let trapped = match trap {
            0 => Some(Trapped::Turns),
            1 => Some(Trapped::Point),
            2 => Some(Trapped::Data),
            _ => None,
        };
        Ok(Sums { sums, first_bad: first_bad.to_vec(), trapped })
    }

    fn allocate(&self, plan: &Plan) -> Result<Buffers> {
        let gpu = &self.gpu;
        let (pairs, points) = (plan.most_pairs() as u64, plan.most_points() as u64);
        let levels = plan.levels();
        let real = if self.precision == Precision::F32 { 4 } else { 8 };
        let bytes = |what: &str, bytes: u64| {
            gpu.buffer(what, bytes, Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC)
        };
        let storage = |what: &str, count: u64| bytes(what, real * count);
        let uniforms =
            gpu.buffer("sizes", UNIFORM * (levels.len() as u64 + 1), Usage::UNIFORM | Usage::COPY_DST)?;
        let point_values = storage("points", points * plan.work.axes as u64)?;
        let moved = storage("perturbed coordinates", 2 * pairs)?;
        let first_bad = bytes("flags", 4 * (points + 1))?;
        let base = if plan.work.kind.sides() == 1 { points * plan.work.terms as u64 } else { 0 };
        let base = storage("terms", base)?;
        let partials = [
            storage("partial sums", pairs * plan.chunks as u64)?,
            storage("reduced sums", pairs * plan.chunks.div_ceil(FAN_IN) as u64)?,
        ];
        let staging =
            gpu.buffer("staging", real * pairs + 4 * (points + 1), Usage::MAP_READ | Usage::COPY_DST)?;
        let uniform = |offset: u64, size: u64| {
            wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &uniforms,
                offset,
                size: std::num::NonZeroU64::new(size),
            })
        };
        let bind = |layout: &wgpu::BindGroupLayout, resources: Vec<wgpu::BindingResource<'_>>| {
            let entries: Vec<_> = (0..)
                .zip(resources)
                .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
                .collect();
            gpu.guarded(
                |device| {
                    device.create_bind_group(&wgpu::BindGroupDescriptor {
                        label: Some("plusminus"),
                        layout,
                        entries: &entries,
                    })
                },
                |error| gpu.failure(error.to_string()),
            )
        };
        let group = bind(
            &self.layout,
            vec![
                uniform(0, size_of::<PmWork>() as u64),
                point_values.as_entire_binding(),
                moved.as_entire_binding(),
                self.selection.as_entire_binding(),
                self.data.as_entire_binding(),
                self.indices.as_entire_binding(),
                first_bad.as_entire_binding(),
                base.as_entire_binding(),
                partials[0].as_entire_binding(),
            ],
        )?;
        let levels = (0..levels.len())
            .map(|level| {
                let (from, to) = (&partials[level % 2], &partials[(level + 1) % 2]);
                let sizes = uniform(UNIFORM * (level as u64 + 1), 8);
                bind(&self.reduce_layout, vec![sizes, from.as_entire_binding(), to.as_entire_binding()])
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Buffers {
            plan: plan.clone(),
            uniforms,
            points: point_values,
            moved,
            first_bad,
            partials,
            staging,
            group,
            levels,
        })
    }
}
