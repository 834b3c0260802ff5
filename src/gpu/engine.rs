//! An objective on a device: its data stay there; a piece of a plan is one submission and one readback.

use std::borrow::Cow;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use wgpu::BufferUsages as Usage;

use super::context::Gpu;
use super::displaced::Displacer;
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
pub(super) const UNIFORM: u64 = 256;

/// Declares the struct with the names of its fields, which a test compares with the shader's.
macro_rules! uniform {
    ($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Pod, Zeroable)]
        pub(super) struct $name { $(pub(super) $field: u32),* }

        #[cfg(test)]
        impl $name {
            pub(super) const FIELDS: &[&str] = &[$(stringify!($field)),*];
        }
    };
}

uniform! {
    /// `PmWork` in `shaders/prelude/point.wgsl`.
    PmWork { pairs, axes, first_axis, bases, terms, terms_per_chunk, chunks, sides, traps }
}

/// The compiled shaders and the data of one objective on one device.
pub(crate) struct GpuTerms {
    pub(super) gpu: Arc<Gpu>,
    module: ObjectiveModule,
    difference: wgpu::ComputePipeline,
    base_terms: wgpu::ComputePipeline,
    pub(super) reduce: wgpu::ComputePipeline,
    layout: wgpu::BindGroupLayout,
    pub(super) reduce_layout: wgpu::BindGroupLayout,
    pub(super) data: wgpu::Buffer,
    pub(super) indices: wgpu::Buffer,
    pub(super) selection: wgpu::Buffer,
    buffers: Option<Buffers>,
    /// For displaced evaluations, made when first needed.
    pub(super) displaced: Option<Box<Displacer>>,
    pub(super) precision: Precision,
    guarded: bool,
    pub(crate) iterations: u64,
    /// If the objective brings increments.
    increment: Option<wgpu::ComputePipeline>,
}

/// The text that an objective's pipelines are compiled from.
struct ObjectiveModule {
    objective: String,
    text: String,
    /// How much of the text is the objective's own, if its loops are to be counted.
    own: Option<usize>,
    turns: u32,
}

impl ObjectiveModule {
    fn pipelines(
        &self,
        gpu: &Gpu,
        layout: &wgpu::BindGroupLayout,
        entry_points: &[&str],
    ) -> Result<Vec<wgpu::ComputePipeline>> {
        let refused = |report| Error::Shader { objective: self.objective.clone(), report };
        let compile = || {
            let source = match self.own {
                Some(own) => {
                    let module = wgsl::count_turns(&self.text, own, self.turns).map_err(refused)?;
                    wgpu::ShaderSource::Naga(Cow::Owned(module))
                }
                None => wgpu::ShaderSource::Wgsl(self.text.as_str().into()),
            };
            pipelines(gpu, source, layout, entry_points, |error| refused(error.to_string()))
        };
        wgsl::with_large_stack(compile).unwrap_or_else(|| Err(gpu.failure("the shader compiler gave up")))
    }
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
        let Wgsl { source, data, indices, iterations, increments, guarded, entry } = objective.wgsl()?;
        let turns = gpu.limits().iterations - MAX_TERMS_PER_CHUNK as u64;
        let how = Specialised {
            precision,
            dimension: objective.dimension(),
            data: data.len(),
            guarded,
            turns: turns as u32,
            increments,
            entry,
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
        let module = ObjectiveModule {
            objective: objective.name(),
            text: sources.difference_module(&source, &how),
            own: guarded.then_some(source.len()),
            turns: turns as u32,
        };
        let mut entry_points = vec!["pm_difference", "pm_base_terms"];
        entry_points.extend(increments.then_some("pm_increment"));
        let mut made = module.pipelines(&gpu, &layout, &entry_points)?.into_iter();
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
            module,
            difference,
            base_terms,
            reduce,
            layout,
            reduce_layout,
            buffers: None,
            displaced: None,
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
            bases: 0,
            terms: plan.work.terms as u32,
            terms_per_chunk: plan.terms_per_chunk as u32,
            chunks: plan.chunks as u32,
            sides: kind.sides() as u32,
            traps: piece.points as u32,
        };
        queue.write_buffer(&buffers.uniforms, 0, bytemuck::bytes_of(&work));
        self.write_levels(&buffers.uniforms, plan, pairs);
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
                    self.reduce_in(&mut pass, plan, &buffers.levels, pairs);
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
        Ok(Sums { sums, first_bad: first_bad.to_vec(), trapped: trapped(trap) })
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
        let group = bind(
            gpu,
            &self.layout,
            (0..).zip([
                uniform(&uniforms, 0, size_of::<PmWork>() as u64),
                point_values.as_entire_binding(),
                moved.as_entire_binding(),
                self.selection.as_entire_binding(),
                self.data.as_entire_binding(),
                self.indices.as_entire_binding(),
                first_bad.as_entire_binding(),
                base.as_entire_binding(),
                partials[0].as_entire_binding(),
            ]),
        )?;
        let levels = self.bind_levels(&uniforms, &partials, levels.len())?;
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

    /// A group for each level of reduction, whose sizes stand behind those of the work.
    pub(super) fn bind_levels(
        &self,
        uniforms: &wgpu::Buffer,
        partials: &[wgpu::Buffer; 2],
        levels: usize,
    ) -> Result<Vec<wgpu::BindGroup>> {
        let level = |level: usize| {
            let (from, to) = (&partials[level % 2], &partials[(level + 1) % 2]);
            let sizes = uniform(uniforms, UNIFORM * (level as u64 + 1), 8);
            let resources = [sizes, from.as_entire_binding(), to.as_entire_binding()];
            bind(&self.gpu, &self.reduce_layout, (0..).zip(resources))
        };
        (0..levels).map(level).collect()
    }

    /// Writes the sizes of the levels of reduction for so many pairs.
    pub(super) fn write_levels(&self, uniforms: &wgpu::Buffer, plan: &Plan, pairs: usize) {
        for (level, rows) in plan.levels().into_iter().enumerate() {
            let offset = UNIFORM * (level as u64 + 1);
            self.gpu.queue.write_buffer(uniforms, offset, bytemuck::cast_slice(&[pairs as u32, rows as u32]));
        }
    }

    /// Adds the levels of reduction to a pass.
    pub(super) fn reduce_in(
        &self,
        pass: &mut wgpu::ComputePass<'_>,
        plan: &Plan,
        levels: &[wgpu::BindGroup],
        pairs: usize,
    ) {
        pass.set_pipeline(&self.reduce);
        for (rows, group) in plan.levels().into_iter().zip(levels) {
            pass.set_bind_group(0, group, &[]);
            dispatch(pass, pairs * rows.div_ceil(FAN_IN), self.gpu.info.max_workgroups);
        }
    }

    /// The pipelines of these entry points of the objective's module.
    pub(super) fn compile(
        &self,
        layout: &wgpu::BindGroupLayout,
        entry_points: &[&str],
    ) -> Result<Vec<wgpu::ComputePipeline>> {
        self.module.pipelines(&self.gpu, layout, entry_points)
    }
}

/// What the flag of traps says.
pub(super) fn trapped(flag: u32) -> Option<Trapped> {
    match flag {
        0 => Some(Trapped::Turns),
        1 => Some(Trapped::Point),
        2 => Some(Trapped::Data),
        _ => None,
    }
}

/// Part of a buffer of uniforms.
pub(super) fn uniform(buffer: &wgpu::Buffer, offset: u64, size: u64) -> wgpu::BindingResource<'_> {
    let size = std::num::NonZeroU64::new(size);
    wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size })
}

/// A group of numbered bindings.
pub(super) fn bind<'b>(
    gpu: &Gpu,
    layout: &wgpu::BindGroupLayout,
    resources: impl Iterator<Item = (u32, wgpu::BindingResource<'b>)>,
) -> Result<wgpu::BindGroup> {
    let entries: Vec<_> =
        resources.map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource }).collect();
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
}
