//! Slopes of terms on a device: kernels for each shape of slopes, compiled when first needed, and the work of a call cut by
//! the device's limits.

use std::collections::HashMap;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};

use super::bindings::{Bindings, Contents, Layout, ROW, Slot};
use super::compiled::Module;
use super::device::Gpu;
use super::executor::{Clock, Dispatch, InFlight, Recording};
use super::pace::Pace;
use super::partials::Partials;
use super::shader::{self, SlopeSizes};
use super::slope_inputs::{self, check_chunks, lines, vectors};
use super::terms::uniform;
use crate::backend::plan::{Limits, MAX_TERMS_PER_CHUNK, Piece, Plan, Work};
use crate::backend::replanning::Replanning;
use crate::backend::{Bounded, Carried, Carry, CarryAlong};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real};
use crate::objective::{Objective, SlopeShape, SlopeText};
use crate::stack::with_large_stack;

/// Second slopes of one run. Planes have no line in common, and compilers take too long for more.
const SECOND_SLOTS: usize = 1;

uniform! {
    /// `PmSlopes` in `shaders/slopes.wgsl`.
    PmSlopes { pairs, groups, first_group, terms, terms_per_chunk, chunks, errors, steps, stride, sample, zero }
}

/// The bindings of the kernel, in order.
const SLOTS: [Slot; 9] = [
    Slot::Settings("sizes"),
    Slot::Read("points"),
    Slot::Read("selected terms and indices"),
    Slot::Read("axes"),
    Slot::Read("the objective's data"),
    Slot::Read("errors of data"),
    Slot::Read("directions and steps"),
    Slot::Write("partial sums"),
    Slot::Write("flags"),
];
const SIZES: usize = 0;
const POINTS: usize = 1;
const AXES: usize = 3;
const VECTORS: usize = 6;
const SUMS: usize = 7;
const MARKS: usize = 8;

/// What kernels share with those of terms, and what a plan keeps to.
pub(super) struct Shared<'a> {
    pub(super) words: &'a wgpu::Buffer,
    pub(super) data: &'a wgpu::Buffer,
    /// How many numbers there are.
    pub(super) data_len: usize,
    /// Selected terms.
    pub(super) terms: usize,
    /// Turns that loops make in a term.
    pub(super) iterations: u64,
    pub(super) limits: Limits,
}

/// What may be carried beside first slopes in the limit of small steps.
#[derive(Clone, Copy, Debug)]
pub(super) enum Beyond {
    /// Second slopes.
    Second,
    /// Slopes over steps of the caller's own.
    Finite,
    /// Samples with random rounding.
    Samples,
}

/// First slopes along axes in the limit, with bounds.
pub(super) fn plain(precision: Precision, slots: usize) -> SlopeShape {
    SlopeShape {
        precision,
        slots,
        second: false,
        finite: false,
        bars: true,
        random: false,
        along_vectors: false,
    }
}

/// The kernels of one objective on one device.
pub(super) struct SlopeKernels {
    gpu: Arc<Gpu>,
    precision: Precision,
    /// Slopes of one run, at most.
    most_slots: usize,
    /// Shapes that somebody has asked for, and whether they have a text that is not too long.
    known: HashMap<SlopeShape, bool>,
    layout: Layout,
    errors: Option<wgpu::Buffer>,
    made: HashMap<SlopeShape, wgpu::ComputePipeline>,
    paces: HashMap<SlopeShape, Pace>,
    bound: Option<Bindings>,
    /// Changes texts on purpose, for tests.
    change: Box<dyn Fn(String) -> String + Send>,
}

impl SlopeKernels {
    /// `None` if the objective has no slopes for devices, or too many instructions for them.
    pub(super) fn new(
        gpu: Arc<Gpu>,
        objective: &dyn Objective,
        precision: Precision,
        change: impl Fn(String) -> String + Send + 'static,
    ) -> Result<Option<Self>> {
        let Some(incremental) = objective.incremental() else { return Ok(None) };
        if let Some(why) = gpu.probe.no_slopes() {
            tracing::warn!("differences are direct on {}: {why}", gpu.info.name);
            return Ok(None);
        }
        let mut most_slots = objective.dimension().min(4);
        while incremental.slope_text(&plain(precision, most_slots))?.is_none() {
            if most_slots == 1 {
                return Ok(None);
            }
            most_slots /= 2;
        }
        let layout = gpu.layout("slopes", &SLOTS)?;
        let (known, made, paces) = (HashMap::new(), HashMap::new(), HashMap::new());
        let change = Box::new(change);
        let (errors, bound) = (None, None);
        Ok(Some(SlopeKernels {
            gpu,
            precision,
            most_slots,
            known,
            layout,
            errors,
            made,
            paces,
            bound,
            change,
        }))
    }

    /// Whether something is carried, too.
    pub(super) fn has(&mut self, beyond: Beyond, objective: &dyn Objective) -> Result<bool> {
        let first = plain(self.precision, self.most_slots);
        // Along a vector there is most to carry.
        let second = SlopeShape { second: true, along_vectors: true, ..plain(self.precision, SECOND_SLOTS) };
        match beyond {
            Beyond::Second => self.offers(second, objective),
            Beyond::Finite => self.offers(SlopeShape { finite: true, bars: false, ..first }, objective),
            Beyond::Samples => {
                let random = |shape| SlopeShape { random: true, bars: false, ..shape };
                Ok(self.offers(random(first), objective)?
                    && (!self.offers(second, objective)? || self.offers(random(second), objective)?))
            }
        }
    }

    fn offers(&mut self, shape: SlopeShape, objective: &dyn Objective) -> Result<bool> {
        if let Some(&known) = self.known.get(&shape) {
            return Ok(known);
        }
        let text = objective.incremental().map_or(Ok(None), |offered| offered.slope_text(&shape))?;
        self.known.insert(shape, text.is_some());
        Ok(text.is_some())
    }

    /// Slopes of one run, at most.
    pub(super) fn most_slots(&self) -> usize {
        self.most_slots
    }

    /// Makes sure of the kernel of first slopes along axes.
    pub(super) fn compile_first(&mut self, objective: &dyn Objective, bars: bool, data: usize) -> Result<()> {
        self.compile(objective, SlopeShape { bars, ..plain(self.precision, self.most_slots) }, data)
    }

    /// Makes sure of a kernel.
    fn compile(&mut self, objective: &dyn Objective, shape: SlopeShape, data: usize) -> Result<()> {
        if self.made.contains_key(&shape) && self.errors.is_some() {
            return Ok(());
        }
        let offered = objective.incremental().map_or(Ok(None), |offered| offered.slope_text(&shape))?;
        let Some(SlopeText { source, data_errors }) = offered else {
            return Err(Error::unsupported(format!("`{}` carries no slopes", objective.name())));
        };
        let turns = (self.gpu.limits().iterations - MAX_TERMS_PER_CHUNK as u64) as u32;
        let sizes = SlopeSizes { shape, dimension: objective.dimension(), data, turns };
        let rate = self.gpu.probe.times.rate;
        self.paces.entry(shape).or_insert_with(|| Pace::of_text(rate, &source));
        // The text may be a user's.
        let text = (self.change)(shader::slopes_module(&source, &sizes));
        let module = Module { zeroed: true, ..Module::own(text) };
        let refused = |report| Error::Shader { objective: objective.name(), report };
        let (gpu, layout) = (&self.gpu, &self.layout);
        let compile = || gpu.pipeline(&module, layout, "pm_slopes", refused);
        let made = with_large_stack(compile)
            .unwrap_or_else(|why| Err(gpu.failure(format!("the shader compiler {why}"))))?;
        self.made.insert(shape, made);
        self.errors = Some(match self.precision {
            Precision::F64 => gpu.upload("errors of data", &data_errors)?,
            Precision::F32 => {
                let errors: Vec<f32> = data_errors.iter().map(|&error| error as f32).collect();
                gpu.upload("errors of data", &errors)?
            }
        });
        Ok(())
    }

    /// Values and slopes.
    pub(super) fn run<T: Real>(
        &mut self,
        objective: &dyn Objective,
        shared: &Shared<'_>,
        what: &Carry<'_, T>,
    ) -> Result<Carried> {
        debug_assert_eq!(T::PRECISION, self.precision);
        let (count, axes, terms) = (what.points.len() / what.n, what.along.len(), shared.terms);
        let second = what.along.is_second();
        let slots = if second { SECOND_SLOTS } else { axes.clamp(1, self.most_slots) };
        let along_vectors = matches!(what.along, CarryAlong::Vectors(..) | CarryAlong::Across(..));
        let (finite, random) = (what.steps.is_some(), what.sample > 0);
        let bars = what.bars && !finite && !random;
        let shape = SlopeShape { second, finite, bars, random, along_vectors, ..plain(T::PRECISION, slots) };
        self.compile(objective, shape, shared.data_len)?;
        let work = Work {
            points: count,
            all: what.all.max(count),
            axes: axes.div_ceil(slots),
            coordinates: what.n,
            evaluations: 1,
            keeps_terms: false,
            terms,
            // The kernel has loops over slots.
            iterations: shared.iterations.saturating_add(slots as u64),
            granularity: 1,
            by_term: what.by_term,
        };
        let partials = Partials { slots, bars };
        let mut replanning = Replanning::default();
        let on_device = shared.limits.submission;
        let most = |paces: &HashMap<SlopeShape, Pace>| {
            paces.get(&shape).map_or(on_device, |pace| pace.most(on_device))
        };
        'again: loop {
            let planned = most(&self.paces);
            let limits = Limits { submission: planned, ..shared.limits.clone() };
            let plan = Plan::new(work, &slope_inputs::limits::<T>(&limits, &partials, &shape))?;
            tracing::debug!("slopes of {plan}");
            check_chunks(&plan, partials.bytes::<T>(), &shared.limits)?;
            let mut carried = Carried {
                values: vec![Bounded::default(); count],
                slopes: vec![Bounded::default(); count * axes * if what.by_term { terms } else { 1 }],
                trapped: None,
            };
            // While the device has one piece, the host takes the results of the one before.
            let mut clock = Clock::start();
            let mut under_way: Option<(&Piece, u64, InFlight)> = None;
            for (i, piece) in plan.pieces.iter().map(Some).chain([None]).enumerate() {
                let begun = match piece {
                    Some(piece) => {
                        let (begun, size) = self.begin(shape, shared, what, (&plan, piece))?;
                        Some((piece, size, begun))
                    }
                    None => None,
                };
                let Some((piece, size, before)) = std::mem::replace(&mut under_way, begun) else { continue };
                let mut read = self.gpu.finish(before)?.into_iter();
                if let Some(pace) = self.paces.get_mut(&shape) {
                    pace.note(size, clock.lap());
                }
                let (numbers, marks) = (read.next().unwrap_or_default(), read.next().unwrap_or_default());
                let numbers: Vec<T> = bytemuck::pod_collect_to_vec(&numbers);
                carried.trapped = partials.take(&plan, piece, (&numbers, &marks), axes, &mut carried);
                if carried.trapped.is_some() {
                    break;
                }
                if replanning.is_due(planned, most(&self.paces), plan.pieces.len() - i) {
                    continue 'again;
                }
            }
            return Ok(carried);
        }
    }

    /// Hands over one piece, the sums and the flags of which will be read; how much work it is.
    fn begin<T: Real>(
        &mut self,
        shape: SlopeShape,
        shared: &Shared<'_>,
        what: &Carry<'_, T>,
        (plan, piece): (&Plan, &Piece),
    ) -> Result<(InFlight, u64)> {
        let what = &what.part(piece.first_point..piece.first_point + piece.points);
        let settings = &PmSlopes {
            pairs: piece.pairs() as u32,
            groups: piece.axes as u32,
            first_group: piece.first_axis as u32,
            terms: plan.work.terms as u32,
            terms_per_chunk: plan.terms_per_chunk as u32,
            chunks: plan.chunks as u32,
            errors: what.points.len() as u32,
            steps: if shape.along_vectors { 2 * what.points.len() as u32 } else { 0 },
            stride: what.along.len().next_multiple_of(shape.slots) as u32,
            sample: what.sample,
            zero: 0,
        };
        let failure = || self.gpu.failure("a kernel is missing");
        let (pipeline, errors) =
            (self.made.get(&shape).ok_or_else(failure)?, self.errors.as_ref().ok_or_else(failure)?);
        let axes = lines(&what.along, &shape);
        let vectors = vectors(what, settings.stride as usize);
        let invocations = settings.pairs as usize * settings.chunks as usize;
        let partials = Partials { slots: shape.slots, bars: shape.bars };
        let real = size_of::<T>() as u64;
        let bytes = |numbers: usize| Contents::Bytes(real * numbers as u64);
        let numbers = invocations * partials.width();
        let contents = [
            Contents::Bytes(ROW),
            bytes(what.points.len()),
            Contents::Shared(shared.words),
            Contents::Bytes(4 * axes.len() as u64),
            Contents::Shared(shared.data),
            Contents::Shared(errors),
            bytes(vectors.len()),
            bytes(numbers),
            Contents::Bytes(4 * invocations as u64),
        ];
        let mut bound = Bindings::renewed(self.bound.take(), &self.gpu, &self.layout, &contents)?;
        bound.write_new(&self.gpu, SIZES, bytemuck::bytes_of(settings));
        bound.write_new(&self.gpu, AXES, bytemuck::cast_slice(&axes));
        self.gpu.write(bound.buffer(POINTS), 0, bytemuck::cast_slice(what.points));
        self.gpu.write(bound.buffer(VECTORS), 0, bytemuck::cast_slice(&vectors));
        let groups = self.gpu.groups(invocations);
        let recording = Recording {
            clears: vec![],
            dispatches: vec![Dispatch {
                name: "pm_slopes",
                pipeline,
                group: &bound.group,
                offsets: vec![0],
                groups,
            }],
            reads: vec![
                (bound.buffer(SUMS), 0, real * numbers as u64),
                (bound.buffer(MARKS), 0, 4 * invocations as u64),
            ],
        };
        let begun = self.gpu.begin(&recording)?;
        self.bound = Some(bound);
        Ok((begun, plan.work.of_pairs(piece.pairs())))
    }
}
