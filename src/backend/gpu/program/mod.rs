//! Programs: whole gradients by increments on the device, and descents that loop there. Points, data and state stay on the
//! device; what is read back is what was asked for.

mod answers;
mod request;
mod steps;

use std::marker::PhantomData;
use std::sync::Arc;

pub(super) use self::request::{Reply, Request, Update};
use self::steps::{PmStep, of_step};
use super::bindings::{Bindings, Contents, Layout, ROW, Slot};
use super::compiled::Module;
use super::device::Gpu;
use super::executor::{Dispatch, Recording};
use super::pace::Pace;
use super::shader;
use super::terms::numbers_of;
use crate::difference::{Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real};
use crate::objective::{
    DeviceProgram, Launch, Objective, ProgramLimits, ProgramPlan, ProgramPoints, ProgramRequest, SETTINGS,
};
use crate::stack::with_large_stack;

/// Bytes of state at most, so that many points are taken piece by piece.
const STATE: u64 = 64 << 20;

/// Multiplications and additions of a submission at most, however fast the device is: progress is told between them.
const SUBMISSION: u64 = 1 << 36;

/// The kernels of a descent's step, with an invocation for each coordinate.
const DESCEND: [&str; 2] = ["propose", "commit"];

/// Words of flags of a point.
const FLAGS: usize = 6;

/// The bindings of all kernels, in order.
const SLOTS: [Slot; 10] = [
    Slot::Settings("settings of steps"),
    Slot::Write("points"),
    Slot::Write("the state of a program"),
    Slot::Write("gradients"),
    Slot::Write("flags"),
    Slot::Read("the objective's data"),
    Slot::Read("the objective's table"),
    Slot::Read("the order of terms"),
    Slot::Write("the points of a descent"),
    Slot::Settings("the program's settings"),
];
const STEPS: usize = 0;
const POINTS: usize = 1;
const GRADIENT: usize = 3;
const FLAG: usize = 4;
const ORDER: usize = 7;
const NEXT: usize = 8;
const OWN: usize = 9;

/// An objective's program on one device, in one precision.
pub(super) struct Program<'a, T> {
    gpu: Arc<Gpu>,
    objective: Arc<dyn Objective + 'a>,
    /// What is not the objective's own.
    brought: Option<Box<dyn DeviceProgram>>,
    source: String,
    /// Whether the objective's text is the engine's own.
    is_own: bool,
    /// Tests break the texts on purpose.
    change: Box<dyn Fn(String) -> String + Send + 'a>,
    kernels: Vec<String>,
    /// Those that were needed so far.
    pipelines: Vec<Option<wgpu::ComputePipeline>>,
    /// Of the update rule that was asked for last.
    descend: Option<(String, Vec<wgpu::ComputePipeline>)>,
    layout: Layout,
    data: wgpu::Buffer,
    table: wgpu::Buffer,
    /// The selected terms.
    order: Vec<u32>,
    pace: Pace,
    bound: Option<Bindings>,
    precision: PhantomData<T>,
}

impl<'a, T: Real> Program<'a, T> {
    /// The program that an objective brings; `None` if it brings none. Tests change the text to break it on purpose.
    ///
    /// # Errors
    /// [`Error::Limit`] if it does not fit the device, [`Error::Usage`] if it does not fit the precision.
    pub(super) fn new(
        gpu: Arc<Gpu>,
        objective: Arc<dyn Objective + 'a>,
        change: impl Fn(String) -> String + Send + 'a,
    ) -> Result<Option<Self>> {
        match objective.device_program() {
            Some(_) => Self::with(gpu, objective, None, change).map(Some),
            None => Ok(None),
        }
    }

    /// The objective's own program, or another one for it.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(super) fn with(
        gpu: Arc<Gpu>,
        objective: Arc<dyn Objective + 'a>,
        brought: Option<Box<dyn DeviceProgram>>,
        change: impl Fn(String) -> String + Send + 'a,
    ) -> Result<Self> {
        if let Some(why) = gpu.probe.no_programs() {
            return Err(gpu.failure(format!("its programs are not used: {why}")));
        }
        let text = own(&brought, &*objective)?.text(&limits(&gpu, T::PRECISION))?;
        // Neither is checked by the shader's validation where it counts.
        let info = &gpu.info;
        for (what, value, limit) in [
            ("the number of invocations of a workgroup", 64, info.max_workgroup_size),
            ("the number of storage bindings", 8, info.max_storage_bindings),
        ] {
            if value > limit {
                return Err(Error::Limit {
                    what: what.into(),
                    value: value.into(),
                    limit: limit.into(),
                    device: info.name.clone(),
                    advice: "use the difference `direct`, or the device `cpu`".into(),
                });
            }
        }
        let layout = gpu.layout("program", &SLOTS)?;
        let (is_own, source) =
            (text.is_own(), shader::program_module(&text.source, objective.dimension(), T::PRECISION));
        let mut program = Program {
            data: gpu.upload("the objective's data", text.data.words())?,
            table: gpu.upload("the objective's table", text.table.words())?,
            order: (0..objective.terms() as u32).collect(),
            pace: Pace::of_operations(gpu.probe.times.rate),
            gpu,
            source,
            is_own,
            change: Box::new(change),
            pipelines: vec![None; text.kernels.len()],
            kernels: text.kernels,
            descend: None,
            layout,
            bound: None,
            precision: PhantomData,
            brought,
            objective,
        };
        // What most callers need, now: if a compiler refuses it, there are other differences.
        let nowhere = vec![T::ZERO; program.objective.dimension()];
        let step = Step::default_for_increments(Scheme::Central, T::PRECISION);
        let plan = program.brought()?.plan(&ProgramRequest {
            points: ProgramPoints::new(&nowhere),
            count: 1,
            terms: program.order.len(),
            scheme: Scheme::Central,
            step,
            gradient: true,
            descends: false,
            limits: &limits(&program.gpu, T::PRECISION),
        })?;
        program.compile(&plan)?;
        Ok(program)
    }

    /// Makes sure of the kernels of a plan.
    fn compile(&mut self, plan: &ProgramPlan) -> Result<()> {
        let mut missing: Vec<usize> = plan.launches.iter().map(|launch| launch.kernel).collect();
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|&kernel| self.pipelines[kernel].is_none());
        if missing.is_empty() {
            return Ok(());
        }
        let kernels: Vec<&str> = missing.iter().map(|&kernel| self.kernels[kernel].as_str()).collect();
        let made = self.pipelines_of((self.change)(self.source.clone()), &kernels)?;
        missing.into_iter().zip(made).for_each(|(kernel, pipeline)| self.pipelines[kernel] = Some(pipeline));
        Ok(())
    }

    fn pipelines_of(&self, text: String, kernels: &[&str]) -> Result<Vec<wgpu::ComputePipeline>> {
        let zeroed = !self.brought()?.fills_workgroup_memory();
        let module = Module { zeroed, ends: self.is_own, ..Module::own(text) };
        let (gpu, layout, name) = (&self.gpu, &self.layout, self.objective.name());
        let refused = |report| Error::Shader { objective: name.clone(), report };
        // The text may be a user's.
        with_large_stack(|| gpu.pipelines(&module, layout, kernels, refused))
            .unwrap_or_else(|why| Err(gpu.failure(format!("the shader compiler {why}"))))
    }

    fn brought(&self) -> Result<&dyn DeviceProgram> {
        own(&self.brought, &*self.objective)
    }

    /// Points whose state fits at once, and whose work of so many terms a submission.
    fn piece_of(&self, terms: usize, kept: usize) -> Result<usize> {
        let brought = self.brought()?;
        let of_a_point = brought.state(2).saturating_sub(brought.state(1));
        let each = (size_of::<T>() * of_a_point.max(self.objective.dimension())) as u64;
        let state = STATE >> self.gpu.shrunk();
        let by_state = state.min(self.gpu.limits().binding / (3 + 2 * kept as u64)) / each;
        // A launch cannot be cut.
        let by_work = SUBMISSION / brought.operations(terms).max(1);
        Ok(by_state.min(by_work).clamp(1, 1 << 15) as usize)
    }

    /// Whether a step of one point fits a submission.
    pub(super) fn fits(&self) -> bool {
        self.brought().is_ok_and(|brought| brought.operations(self.order.len()) <= SUBMISSION / 4)
    }

    /// Does it in smaller pieces where there is no memory for large ones.
    fn in_memory<R>(&mut self, mut attempt: impl FnMut(&mut Self) -> Result<R>) -> Result<R> {
        loop {
            match attempt(self) {
                Err(error) if self.gpu.shrinks(&error) => {}
                done => return done,
            }
        }
    }

    /// Runs what is asked for and reads back what it was asked for.
    pub(super) fn run(&mut self, request: &Request<'_, T>) -> Result<Reply<T>> {
        let limits = limits(&self.gpu, T::PRECISION);
        let brought = self.brought()?;
        let plan = brought.plan(&ProgramRequest {
            points: ProgramPoints::new(request.points),
            count: request.count,
            terms: request.batch,
            scheme: request.how.0,
            step: request.how.1,
            gradient: request.gradient,
            descends: request.update.is_some(),
            limits: &limits,
        })?;
        let state = brought.state(request.count);
        self.compile(&plan)?;
        if let Some(Update { rule, .. }) = request.update
            && self.descend.as_ref().is_none_or(|(known, _)| *known != rule.wgsl)
        {
            let source = (self.change)(shader::descend_module(&self.source, &rule.wgsl));
            let made = self.pipelines_of(source, &DESCEND)?;
            self.descend = Some((rule.wgsl.clone(), made));
        }
        let divisor = self.objective.reduction().divisor(request.batch);
        let steps = (0..request.steps).flat_map(|step| of_step(request, &plan, step, divisor));
        let steps: Vec<PmStep<T>> = steps.collect();
        let flags = 4 * (request.count * FLAGS) as u64;
        let each = size_of::<T>() as u64;
        let coordinates = each * request.points.len() as u64;
        let kept = request.update.map_or(0, |update| update.rule.state as u64);
        let limits = request.update.map_or(0, |update| size_of_val(update.limits) as u64);
        let trace = each * (request.count * request.steps) as u64;
        let contents = [
            Contents::Bytes(ROW * steps.len() as u64),
            Contents::Bytes(coordinates),
            Contents::Bytes(each * state as u64),
            Contents::Bytes(coordinates),
            Contents::Bytes(flags),
            Contents::Shared(&self.data),
            Contents::Shared(&self.table),
            Contents::Bytes(4 * request.order.len() as u64),
            Contents::Bytes((2 + 2 * kept) * coordinates + limits + trace),
            Contents::Bytes(ROW * plan.settings.len() as u64),
        ];
        let mut bound = Bindings::renewed(self.bound.take(), &self.gpu, &self.layout, &contents)?;
        let reply = self.submit(&mut bound, request, &plan, &steps);
        self.bound = Some(bound);
        reply
    }

    fn submit(
        &mut self,
        bound: &mut Bindings,
        request: &Request<'_, T>,
        plan: &ProgramPlan,
        steps: &[PmStep<T>],
    ) -> Result<Reply<T>> {
        let rows: Vec<[u32; SETTINGS]> = steps.iter().map(PmStep::row).collect();
        bound.write_new(&self.gpu, STEPS, bytemuck::cast_slice(rows.as_flattened()));
        bound.write_new(&self.gpu, OWN, bytemuck::cast_slice(plan.settings.as_flattened()));
        bound.write_new(&self.gpu, ORDER, bytemuck::cast_slice(request.order));
        let bound = &*bound;
        self.gpu.write(bound.buffer(POINTS), 0, bytemuck::cast_slice(request.points));
        let own = 2 * size_of_val(request.points) as u64;
        if let Some(Update { state, .. }) = request.update.filter(|update| !update.state.is_empty()) {
            self.gpu.write(bound.buffer(NEXT), own, bytemuck::cast_slice(state));
        }
        let limits = request.update.map_or(&[][..], |update| update.limits);
        if !limits.is_empty() {
            let kept = request.update.map_or(0, |update| update.rule.state as u64);
            self.gpu.write(bound.buffer(NEXT), own * (1 + kept), bytemuck::cast_slice(limits));
        }
        let limits = size_of_val(limits) as u64;

        let flags = 4 * (request.count * FLAGS) as u64;
        let clears = vec![(bound.buffer(FLAG), flags)];
        let mut recording = Recording { clears, ..Recording::default() };
        let (all, count) = (request.points.len(), request.count);
        // A row of settings for each launch of each step, in the order of `settings`.
        let mut at = 0;
        for _ in 0..request.steps {
            for Launch { kernel, settings, groups, .. } in &plan.launches {
                let offsets = vec![(ROW as usize * at) as u32, (ROW as usize * settings) as u32];
                let missing = || self.gpu.failure("a kernel is missing");
                let (pipeline, groups) = (self.pipelines[*kernel].as_ref().ok_or_else(missing)?, *groups);
                let name = &self.kernels[*kernel];
                recording.dispatches.push(Dispatch { name, pipeline, group: &bound.group, offsets, groups });
                at += 1;
            }
            let descend = self.descend.iter().filter(|_| request.update.is_some());
            for (pipeline, name) in descend.flat_map(|(_, made)| made.iter().zip(DESCEND)) {
                let offsets = vec![(ROW as usize * (at - 1)) as u32, 0];
                let groups = Launch::linear(all);
                recording.dispatches.push(Dispatch { name, pipeline, group: &bound.group, offsets, groups });
            }
        }
        let coordinates = (size_of::<T>() * all) as u64;
        let kept = request.update.map_or(0, |update| update.rule.state as u64);
        let trace = (size_of::<T>() * count * request.steps) as u64;
        // Gradients, or points and where they were before; nothing for values alone.
        let (main, before) = match request.update {
            Some(_) => (coordinates, coordinates),
            None => (if request.gradient { coordinates } else { 0 }, 0),
        };
        let from = if request.update.is_some() { POINTS } else { GRADIENT };
        recording.reads = vec![
            (bound.buffer(from), 0, main),
            (bound.buffer(NEXT), if before > 0 { coordinates } else { 0 }, before),
            (bound.buffer(NEXT), (2 + 2 * kept) * coordinates + limits, trace),
            (bound.buffer(FLAG), 0, flags),
            (bound.buffer(NEXT), 2 * coordinates, kept * coordinates),
        ];
        let operations = self.brought()?.operations(request.batch);
        let work = operations.saturating_mul((request.steps * request.count) as u64);
        let mut pace = self.pace;
        let read = self.gpu.execute_timed(&recording, work, &mut pace)?;
        self.pace = pace;
        let [main, before, trace, flags, state] =
            <[Vec<u32>; 5]>::try_from(read).map_err(|_| self.gpu.failure("a result is missing"))?;
        Ok(Reply {
            main: numbers_of(main),
            before: numbers_of(before),
            trace: numbers_of(trace),
            state: numbers_of(state),
            doubted: flags.chunks_exact(FLAGS).map(|flags| flags[2] != 0 || flags[3] != 0).collect(),
            made: flags.chunks_exact(FLAGS).map(|flags| flags[1] as usize).collect(),
        })
    }
}

/// The program of the engine's making, or that of the objective.
fn own<'p>(
    brought: &'p Option<Box<dyn DeviceProgram>>,
    objective: &'p dyn Objective,
) -> Result<&'p dyn DeviceProgram> {
    match brought {
        Some(brought) => Ok(&**brought),
        None => objective.device_program().ok_or_else(|| {
            Error::unsupported(format!("`{}` no longer brings its program", objective.name()))
        }),
    }
}

fn limits(gpu: &Gpu, precision: Precision) -> ProgramLimits {
    let limits = gpu.limits();
    let device = limits.device.to_string();
    ProgramLimits { device, iterations: limits.iterations, busy: limits.busy, precision }
}
