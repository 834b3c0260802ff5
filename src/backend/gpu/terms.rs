//! The terms of one objective on a device: compiled kernels, its data, and buffers that are kept while they fit.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::bindings::{Bindings, Contents, Layout, ROW, Slot};
use super::compiled::Module;
use super::device::Gpu;
use super::displaced::{ALL_FINITE, flag_words, moved_coordinates, piece_together, trapped, words};
use super::executor::{Dispatch, Recording};
use super::kernels::{BASE_TERMS, Kernels, VALUES, kernel_for};
use super::pace::Pace;
use super::shader::{self, Specialised};
use crate::backend::Sums;
use crate::backend::plan::{FAN_IN, MAX_TERMS_PER_CHUNK, Piece, Plan};
use crate::difference::displacement::{Displacements, What};
use crate::difference::perturb::DeviceSize;
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real};
use crate::objective::{Objective, Selection, Wgsl};
use crate::program;

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
pub(super) use uniform;

uniform! {
    /// `PmWork` in `shaders/prelude/point.wgsl`.
    PmWork {
        pairs, axes, first_axis, bases, base_flags, terms, terms_per_chunk, chunks, sides, traps, zero, dimension, room, data, words,
        steps, exponent, down, slots, width,
    }
}

/// The bindings of the kernels, in order.
const SLOTS: [Slot; 9] = [
    Slot::Settings("sizes"),
    Slot::Read("points"),
    Slot::Read("moved coordinates"),
    Slot::Read("selected terms and indices"),
    Slot::Read("the objective's data"),
    Slot::Read("displacements"),
    Slot::Write("flags"),
    Slot::Write("terms at the bases"),
    Slot::Write("partial sums"),
];
const SIZES: usize = 0;
const POINTS: usize = 1;
const MOVED: usize = 2;
const LIST: usize = 5;
const FLAGS: usize = 6;
const PARTIALS: usize = 8;

const REDUCE_SLOTS: [Slot; 3] =
    [Slot::Settings("sizes"), Slot::Read("partial sums"), Slot::Write("reduced sums")];

/// The compiled kernels and the data of one objective on one device.
pub(super) struct TermKernels {
    gpu: Arc<Gpu>,
    precision: Precision,
    kernels: Kernels,
    reduce: wgpu::ComputePipeline,
    layout: Layout,
    reduce_layout: Layout,
    pub(super) data: wgpu::Buffer,
    pub(super) data_len: usize,
    /// Terms that there is room for among the words.
    room: usize,
    /// The selected terms, then the objective's indices.
    pub(super) words: wgpu::Buffer,
    guarded: bool,
    pub(super) iterations: u64,
    pub(super) pace: Pace,
    /// Of the kernels, and of reductions from their sums to others and back.
    bound: Option<(Bindings, [Bindings; 2])>,
}

impl TermKernels {
    /// Compiles the objective's shader, its text changed on purpose by tests, and uploads its data.
    pub(super) fn new(
        gpu: Arc<Gpu>,
        objective: &dyn Objective,
        precision: Precision,
        change: impl Fn(String) -> String,
    ) -> Result<Self> {
        let Wgsl { source, data, indices, iterations, increments, guarded, entry } = objective.wgsl()?;
        let turns = (gpu.limits().iterations - MAX_TERMS_PER_CHUNK as u64) as u32;
        let how = Specialised { precision, guarded, turns, increments, entry };
        let (layout, reduce_layout) =
            (gpu.layout("differences", &SLOTS)?, gpu.layout("reduce", &REDUCE_SLOTS)?);
        let pace = Pace::of_text(gpu.probe.times.rate, &source);
        // As its author meant it in this precision.
        let source = if guarded { program::text_in(&source, precision) } else { source };
        let text = change(shader::terms_module(&source, &how));
        let own = (source.len(), guarded.then_some(turns));
        let mut kernels = Kernels::new(objective.name(), text, own, increments);
        // What most callers need first; and so the text is checked now.
        kernels.compile(&gpu, &layout, VALUES)?;
        let reduce = Module::own(change(shader::reduce_module(precision)));
        let refused = |report| Error::Shader { objective: objective.name(), report };
        let reduce = gpu.pipeline(&reduce, &reduce_layout, "pm_reduce", refused)?;
        let words: Vec<u32> = (0..objective.terms() as u32).chain(indices).collect();
        Ok(TermKernels {
            data: upload_data(&gpu, objective, precision, &data)?,
            data_len: data.len(),
            room: objective.terms(),
            words: gpu.upload("selected terms and indices", &words)?,
            gpu,
            precision,
            kernels,
            reduce,
            layout,
            reduce_layout,
            guarded,
            iterations,
            pace,
            bound: None,
        })
    }

    /// The same kernels and data with buffers of its own.
    pub(super) fn twin(&self) -> Self {
        TermKernels {
            gpu: Arc::clone(&self.gpu),
            kernels: self.kernels.clone(),
            reduce: self.reduce.clone(),
            layout: self.layout.clone(),
            reduce_layout: self.reduce_layout.clone(),
            data: self.data.clone(),
            words: self.words.clone(),
            bound: None,
            ..*self
        }
    }

    /// Supposes that the loops of a term make as many turns as an invocation may: then it has no other terms to do.
    /// False if that was supposed already.
    pub(super) fn suppose_most_turns(&mut self) -> bool {
        let most = self.gpu.limits().iterations / 2 - 1;
        let changed = self.guarded && self.iterations < most;
        self.iterations = self.iterations.max(most);
        changed
    }

    /// Whether the shader has increments.
    pub(super) fn has_increments(&self) -> bool {
        self.kernels.has_increments
    }

    /// Chooses the terms of the next runs: at most as many as the objective has.
    pub(super) fn select(&self, selection: Selection<'_>, terms: usize) {
        let indices: Vec<u32> = (0..selection.len(terms)).map(|s| selection.index(s) as u32).collect();
        self.gpu.write(&self.words, 0, bytemuck::cast_slice(&indices));
    }

    /// What the displacements come to, `[term][displacement]` or one row of sums; NaN where a term is not finite.
    pub(super) fn run<T: Real>(
        &mut self,
        plan: &Plan,
        piece: &Piece,
        what: &Displacements<'_, T>,
    ) -> Result<Sums<T>> {
        debug_assert_eq!(T::PRECISION, self.precision);
        let count = what.len();
        let is_list = what.list().is_some();
        let base_flags = if is_list { count } else { 0 };
        let flags = flag_words(what) + 1;
        let levels = plan.levels();
        let (real, partials) = (size_of::<T>() as u64, count * plan.chunks);
        let bytes = |numbers: usize| Contents::Bytes(real * numbers as u64);
        let moved = moved_coordinates(what);
        let list = words(what);
        let (by, is_down) = match what.what {
            What::Grid { by: Some(step), .. } => (Some(step.size), step.is_down),
            _ => (None, list.down),
        };
        let (steps, exponent) = match by {
            None => (0, 0),
            Some(DeviceSize::Relative(exponent)) => (1, exponent as u32),
            Some(DeviceSize::Fixed(_)) => (2, 0),
        };
        let contents = [
            Contents::Bytes(ROW * (levels.len() as u64 + 1)),
            bytes(what.sources.len()),
            bytes(moved.len()),
            Contents::Shared(&self.words),
            Contents::Shared(&self.data),
            Contents::Bytes(4 * list.words.len() as u64),
            Contents::Bytes(4 * flags as u64),
            bytes(what.bases * plan.work.terms),
            bytes(partials),
        ];
        let (kept, kept_levels) = self
            .bound
            .take()
            .map_or((None, [None, None]), |(bound, [there, back])| (Some(bound), [Some(there), Some(back)]));
        let mut bound = Bindings::renewed(kept, &self.gpu, &self.layout, &contents)?;
        let reduced = bytes(if levels.is_empty() { 1 } else { count * plan.chunks.div_ceil(FAN_IN) });
        let (sizes, sums) = (Contents::Shared(bound.buffer(SIZES)), Contents::Shared(bound.buffer(PARTIALS)));
        let [kept_there, kept_back] = kept_levels;
        let there = Bindings::renewed(kept_there, &self.gpu, &self.reduce_layout, &[sizes, sums, reduced])?;
        let back = [bound.buffer(SIZES), there.buffer(2), bound.buffer(PARTIALS)].map(Contents::Shared);
        let back = Bindings::renewed(kept_back, &self.gpu, &self.reduce_layout, &back)?;

        let (axes, first_axis, sides) = match what.what {
            What::Grid { axes: (first, count), sides, .. } => (count, first, sides),
            What::Laddered(..) => (1, 0, list.sides),
            _ => (1, 0, what.sides()),
        };
        let work = PmWork {
            pairs: count as u32,
            axes: axes as u32,
            first_axis: first_axis as u32,
            bases: what.bases as u32,
            base_flags: base_flags as u32,
            terms: plan.work.terms as u32,
            terms_per_chunk: plan.terms_per_chunk as u32,
            chunks: plan.chunks as u32,
            sides: sides as u32,
            traps: flags as u32 - 1,
            zero: 0,
            dimension: what.dimension as u32,
            room: self.room as u32,
            data: self.data_len as u32,
            words: list.each as u32,
            steps,
            exponent,
            down: u32::from(is_down),
            slots: list.invocations(count) as u32,
            width: list.width as u32,
        };
        let mut sizes = vec![[0; ROW as usize]; 1 + levels.len()];
        sizes[0][..size_of::<PmWork>()].copy_from_slice(bytemuck::bytes_of(&work));
        for (row, &rows) in sizes[1..].iter_mut().zip(&levels) {
            row[..8].copy_from_slice(bytemuck::cast_slice(&[count as u32, rows as u32]));
        }
        bound.write_new(&self.gpu, SIZES, sizes.as_flattened());
        let write = |binding: usize, bytes: &[u8]| self.gpu.write(bound.buffer(binding), 0, bytes);
        write(POINTS, bytemuck::cast_slice(what.sources));
        write(MOVED, bytemuck::cast_slice(&moved));
        write(LIST, bytemuck::cast_slice(&list.words));

        let kernel = kernel_for(what);
        for name in [kernel, BASE_TERMS].into_iter().filter(|&name| name == kernel || what.bases > 0) {
            self.kernels.compile(&self.gpu, &self.layout, name)?;
        }
        let clears = vec![(bound.buffer(FLAGS), 4 * flags as u64)];
        let mut recording = Recording { clears, ..Recording::default() };
        let mut run = |name, pipeline, group, row: usize, invocations: usize| {
            let (offsets, groups) = (vec![(ROW as usize * row) as u32], self.gpu.groups(invocations));
            recording.dispatches.push(Dispatch { name, pipeline, group, offsets, groups });
        };
        if what.bases > 0 {
            run(BASE_TERMS, &self.kernels.made[BASE_TERMS], &bound.group, 0, what.bases * plan.chunks);
        }
        run(kernel, &self.kernels.made[kernel], &bound.group, 0, list.invocations(count) * plan.chunks);
        for (level, rows) in levels.iter().enumerate() {
            let group = [&there.group, &back.group][level % 2];
            run("reduce", &self.reduce, group, level + 1, count * rows.div_ceil(FAN_IN));
        }
        let sums = if levels.len().is_multiple_of(2) { bound.buffer(PARTIALS) } else { there.buffer(2) };
        let results = if plan.work.by_term { partials } else { count };
        recording.reads = vec![(sums, 0, real * results as u64), (bound.buffer(FLAGS), 0, 4 * flags as u64)];
        let work = plan.work.of_pairs(count);
        let read = self.gpu.execute_timed(&recording, work, &mut self.pace)?;
        let [numbers, flags] =
            <[Vec<u32>; 2]>::try_from(read).map_err(|_| self.gpu.failure("a result is missing"))?;
        let mut sums: Vec<T> = numbers_of(numbers);
        let flags: Vec<u32> = flags.into_iter().map(|turned| !turned).collect();
        piece_together(what, &flags, &mut sums);
        let trapped = trapped(flags.last().copied().unwrap_or(ALL_FINITE));
        debug_assert!(piece.pairs() == count || is_list);
        self.bound = Some((bound, [there, back]));
        Ok(Sums { sums, trapped })
    }
}

/// What words are, taken over where they lie if they can be.
pub(super) fn numbers_of<T: Pod>(words: Vec<u32>) -> Vec<T> {
    bytemuck::allocation::try_cast_vec(words)
        .unwrap_or_else(|(_, words)| bytemuck::pod_collect_to_vec(&words))
}

/// The objective's data in the working precision.
fn upload_data(
    gpu: &Gpu,
    objective: &dyn Objective,
    precision: Precision,
    data: &[f64],
) -> Result<wgpu::Buffer> {
    let what = "the objective's data";
    if precision == Precision::F64 {
        return gpu.upload(what, data);
    }
    if let Some(value) = data.iter().find(|value| !(**value as f32).is_finite()) {
        return Err(Error::usage(format!(
            "the data of `{}` hold {value:e}, too large for f32; scale them, or use precision f64",
            objective.name()
        )));
    }
    gpu.upload(what, &data.iter().map(|&value| value as f32).collect::<Vec<_>>())
}
