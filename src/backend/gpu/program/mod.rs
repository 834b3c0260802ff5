//! Programs: whole gradients by increments on the device, and descents that loop there. Points, data and state stay on the
//! device; what is read back is what was asked for.

mod answers;
mod request;

use std::sync::Arc;

pub(super) use self::request::{Reply, Request};
use super::bindings::{Bindings, Contents, Layout, ROW, Slot};
use super::compiled::Module;
use super::device::Gpu;
use super::executor::{Dispatch, Recording};
use super::pace::Pace;
use super::shader;
use super::terms::numbers_of;
use crate::difference::{Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::Precision;
use crate::objective::{
    DeviceProgram, Launch, Objective, ProgramLimits, ProgramPlan, ProgramRequest, SETTINGS,
};
use bytemuck::{Pod, Zeroable};

/// Bytes of state at most, so that many points are taken piece by piece.
const STATE: u64 = 64 << 20;

/// The kernels of a descent's step, with an invocation for each coordinate.
const DESCEND: [&str; 2] = ["propose", "commit"];

/// Words of flags of a point.
const FLAGS: usize = 6;

/// `PmStep` in `shaders/program.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
struct PmStep {
    batch: u32,
    order: u32,
    first: u32,
    count: u32,
    mean: f32,
    step: u32,
    traced: u32,
    relative: u32,
    h: f32,
    side: f32,
    gap: u32,
    rate: f32,
    settles: u32,
    points: u32,
    from_term: u32,
    to_term: u32,
    zero: u32,
}

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

/// An objective's program on one device.
pub(super) struct Program<'a> {
    gpu: Arc<Gpu>,
    objective: Arc<dyn Objective + 'a>,
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
}

impl<'a> Program<'a> {
    /// The program that an objective brings; `None` if it brings none. Tests change the text to break it on purpose.
    ///
    /// # Errors
    /// [`Error::Limit`] if it does not fit the device, [`Error::Usage`] if it does not fit f32.
    pub(super) fn new(
        gpu: Arc<Gpu>,
        objective: Arc<dyn Objective + 'a>,
        change: impl Fn(String) -> String + Send + 'a,
    ) -> Result<Option<Self>> {
        let Some(brought) = objective.device_program() else { return Ok(None) };
        if let Some(why) = gpu.probe.no_programs() {
            return Err(gpu.failure(format!("its programs are not used: {why}")));
        }
        let text = brought.text(&limits(&gpu))?;
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
        let (is_own, source) = (text.is_own(), shader::program_module(&text.source, objective.dimension()));
        let mut program = Program {
            data: gpu.upload("the objective's data", &text.data)?,
            table: gpu.upload("the objective's table", &text.table)?,
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
            objective,
        };
        // What most callers need, now: if a compiler refuses it, there are other differences.
        let nowhere = vec![0.0; program.objective.dimension()];
        let step = Step::default_for_increments(Scheme::Central, Precision::F32);
        let plan = program.brought()?.plan(&ProgramRequest {
            points: &nowhere,
            count: 1,
            terms: program.order.len(),
            scheme: Scheme::Central,
            step,
            gradient: true,
            descends: false,
            limits: &limits(&program.gpu),
        })?;
        program.compile(&plan)?;
        Ok(Some(program))
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
        let objective = &self.objective;
        let refused = |report| Error::Shader { objective: objective.name(), report };
        self.gpu.pipelines(&module, &self.layout, kernels, refused)
    }

    fn brought(&self) -> Result<&dyn DeviceProgram> {
        let name = || self.objective.name();
        self.objective
            .device_program()
            .ok_or_else(|| Error::unsupported(format!("`{}` no longer brings its program", name())))
    }

    /// Points whose state fits at once.
    fn piece(&self, brought: &dyn DeviceProgram) -> usize {
        let of_a_point = brought.state(2).saturating_sub(brought.state(1));
        let each = 4 * of_a_point.max(self.objective.dimension()) as u64;
        (STATE.min(self.gpu.limits().binding / 3) / each).clamp(1, 1 << 15) as usize
    }

    /// Runs what is asked for and reads back what it was asked for.
    pub(super) fn run(&mut self, request: &Request<'_>) -> Result<Reply> {
        let limits = limits(&self.gpu);
        let brought = self.brought()?;
        let plan = brought.plan(&ProgramRequest {
            points: request.points,
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
        if let Some((update, _)) = request.update
            && self.descend.as_ref().is_none_or(|(known, _)| known != update)
        {
            let source = (self.change)(shader::descend_module(&self.source, update));
            let made = self.pipelines_of(source, &DESCEND)?;
            self.descend = Some((update.to_string(), made));
        }
        let steps: Vec<PmStep> = (0..request.steps).flat_map(|step| settings(request, &plan, step)).collect();
        let words = request.count * (FLAGS + request.steps);
        let coordinates = 4 * request.points.len() as u64;
        let contents = [
            Contents::Bytes(ROW * steps.len() as u64),
            Contents::Bytes(coordinates),
            Contents::Bytes(4 * state as u64),
            Contents::Bytes(coordinates),
            Contents::Bytes(4 * words as u64),
            Contents::Shared(&self.data),
            Contents::Shared(&self.table),
            Contents::Bytes(4 * request.order.len() as u64),
            Contents::Bytes(2 * coordinates),
            Contents::Bytes(ROW * plan.settings.len() as u64),
        ];
        let mut bound = Bindings::renewed(self.bound.take(), &self.gpu, &self.layout, &contents)?;
        let reply = self.submit(&mut bound, request, &plan, &steps, words as u64);
        self.bound = Some(bound);
        reply
    }

    fn submit(
        &mut self,
        bound: &mut Bindings,
        request: &Request<'_>,
        plan: &ProgramPlan,
        steps: &[PmStep],
        words: u64,
    ) -> Result<Reply> {
        let rows: Vec<[u32; SETTINGS]> =
            steps.iter().map(|step| row(bytemuck::cast_slice(&[*step]))).collect();
        bound.write_new(&self.gpu, STEPS, bytemuck::cast_slice(rows.as_flattened()));
        bound.write_new(&self.gpu, OWN, bytemuck::cast_slice(plan.settings.as_flattened()));
        bound.write_new(&self.gpu, ORDER, bytemuck::cast_slice(request.order));
        let bound = &*bound;
        self.gpu.write(bound.buffer(POINTS), 0, bytemuck::cast_slice(request.points));

        let clears = vec![(bound.buffer(FLAG), 4 * words)];
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
        let coordinates = 4 * all as u64;
        // Gradients, or points and where they were before; nothing for values alone.
        let (main, before) = match request.update {
            Some(_) => (coordinates, coordinates),
            None => (if request.gradient { coordinates } else { 0 }, 0),
        };
        let from = if request.update.is_some() { POINTS } else { GRADIENT };
        recording.reads = vec![
            (bound.buffer(from), 0, main),
            (bound.buffer(NEXT), if before > 0 { coordinates } else { 0 }, before),
            (bound.buffer(FLAG), 0, 4 * words),
        ];
        let operations = self.brought()?.operations(request.batch);
        let work = operations.saturating_mul((request.steps * request.count) as u64);
        let mut pace = self.pace;
        let read = self.gpu.execute_timed(&recording, work, &mut pace)?;
        self.pace = pace;
        let [main, before, flags] =
            <[Vec<u32>; 3]>::try_from(read).map_err(|_| self.gpu.failure("a result is missing"))?;
        Ok(Reply {
            main: numbers_of(main),
            before: numbers_of(before),
            made: flags.chunks_exact(FLAGS).take(count).map(|flags| flags[1] as usize).collect(),
            trace: flags[FLAGS * count..].iter().map(|&bits| f32::from_bits(bits)).collect(),
        })
    }
}

fn limits(gpu: &Gpu) -> ProgramLimits {
    let limits = gpu.limits();
    ProgramLimits { device: limits.device.to_string(), iterations: limits.iterations, busy: limits.busy }
}

/// Settings in a row of their own.
fn row(words: &[u32]) -> [u32; SETTINGS] {
    let mut row = [0; SETTINGS];
    row[..words.len()].copy_from_slice(words);
    row
}

/// The settings of the launches of step `step`.
fn settings<'r>(
    request: &'r Request<'_>,
    plan: &'r ProgramPlan,
    step: usize,
) -> impl Iterator<Item = PmStep> + use<'r> {
    let batch = request.batch;
    let (scheme, h) = request.how;
    let of_step = PmStep {
        batch: batch as u32,
        order: if request.order.len() > batch { (step * batch) as u32 } else { 0 },
        first: 0,
        count: batch as u32,
        mean: 1.0 / batch as f32,
        step: step as u32,
        traced: u32::from(request.traced.get(step).copied().unwrap_or(false)),
        relative: u32::from(matches!(h, Step::Relative { .. })),
        h: h.at(0.0) as f32,
        side: if scheme == Scheme::Backward { -1.0 } else { 1.0 },
        gap: if scheme == Scheme::Central { 2 } else { 1 },
        rate: request.update.map_or(0.0, |(_, rate)| rate),
        settles: u32::from(request.settles),
        points: request.count as u32,
        from_term: 0,
        to_term: 0,
        zero: 0,
    };
    plan.launches.iter().map(move |launch| PmStep {
        first: launch.terms.start,
        count: launch.terms.len() as u32,
        from_term: launch.part.start,
        to_term: launch.part.end,
        ..of_step
    })
}

#[cfg(test)]
mod layout {
    /// The struct holds the same fields in the same order as the shader's.
    #[test]
    fn settings_are_laid_out_alike() {
        assert_eq!(size_of::<super::PmStep>(), 68);
    }
}
