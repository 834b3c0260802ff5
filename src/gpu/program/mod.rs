//! Programs: whole gradients by increments on the device, and descents that loop there. Points, data and state stay on the
//! device; what is read back is what was asked for.

mod buffers;
mod network;
mod product;
mod quadratic;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ndarray::Array2;

use self::buffers::{Buffers, PmStep};
use self::network::NetworkProgram;
use self::quadratic::QuadraticProgram;
use super::context::Gpu;
use super::pipelines::pipelines;
use crate::error::{Error, Result};
use crate::evaluator::{Advanced, Answers, Stretch};
use crate::objective::{Objective, Selection, Structure};
use crate::scheme::Scheme;
use crate::step::Step;

/// Multiplications and additions of a submission at most: a second or two on two cores with lavapipe.
const SUBMISSION: u64 = 1 << 31;

/// Bytes of state at most, so that many points are taken piece by piece.
const STATE: u64 = 64 << 20;

/// One kernel to run.
struct Dispatch {
    /// Index among the program's pipelines.
    kernel: usize,
    /// Slots of the settings for it.
    step: usize,
    layer: usize,
    groups: [u32; 3],
}

/// What has to be run, in order, with its settings.
#[derive(Default)]
struct Script {
    dispatches: Vec<Dispatch>,
    steps: Vec<PmStep>,
}

impl Script {
    /// Adds settings; their slot.
    fn push(&mut self, step: PmStep) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn run(&mut self, kernel: usize, step: usize, layer: usize, groups: [u32; 3]) {
        self.dispatches.push(Dispatch { kernel, step, layer, groups });
    }
}

/// What a device is asked for.
struct Request<'a> {
    /// `[point][coordinate]`
    points: &'a [f32],
    how: (Scheme, Step),
    /// How many.
    count: usize,
    /// The terms of each step, one after another; or of all steps, if there are only as many as one takes.
    order: &'a [u32],
    /// Terms that a step takes.
    batch: usize,
    steps: usize,
    /// A descent's learning rate; none: values, and gradients if asked for, and no step is made.
    rate: Option<f32>,
    gradient: bool,
    settles: bool,
    /// For each step, whether its values are wanted.
    traced: &'a [bool],
}

/// What a device answers.
struct Reply {
    /// `[point][coordinate]`: gradients, or where a descent led.
    main: Vec<f32>,
    /// `[point][coordinate]`: where the points of a descent were one step before.
    before: Vec<f32>,
    /// `[point]`: steps made.
    made: Vec<usize>,
    /// `[step][point]`
    trace: Vec<f32>,
}

/// What is particular to a structure.
enum Kind {
    Network(NetworkProgram),
    Quadratic(QuadraticProgram),
}

/// An objective's program on one device.
pub(crate) struct Program {
    gpu: Arc<Gpu>,
    dimension: usize,
    terms: usize,
    kind: Kind,
    pipelines: Vec<wgpu::ComputePipeline>,
    layout: wgpu::BindGroupLayout,
    data: wgpu::Buffer,
    table: wgpu::Buffer,
    buffers: Option<Buffers>,
}

/// What a structure brings: its shader and data.
struct Parts {
    source: String,
    entry_points: Vec<String>,
    data: Vec<u32>,
    table: Vec<u32>,
    kind: Kind,
}

impl Program {
    /// The program of an objective whose structure is known; `None` for others.
    ///
    /// # Errors
    /// [`Error::Limit`] if it does not fit the device, [`Error::Usage`] if it does not fit f32.
    pub(crate) fn new(gpu: Arc<Gpu>, objective: &dyn Objective) -> Result<Option<Self>> {
        Self::broken(gpu, objective, |source| source)
    }

    /// The same with the shader's text changed; tests break it on purpose.
    pub(super) fn broken(
        gpu: Arc<Gpu>,
        objective: &dyn Objective,
        change: impl FnOnce(String) -> String,
    ) -> Result<Option<Self>> {
        let parts = match objective.structure() {
            Structure::Unknown => return Ok(None),
            Structure::Network(network) => network::parts(&gpu, network)?,
            Structure::Quadratic(quadratic) => quadratic::parts(&gpu, quadratic)?,
        };
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
        let layout = buffers::layout(&gpu)?;
        let source = change(parts.source);
        let entry_points: Vec<&str> = parts.entry_points.iter().map(String::as_str).collect();
        let source = wgpu::ShaderSource::Wgsl(source.into());
        let pipelines = pipelines(&gpu, source, &layout, &entry_points, |error| Error::Shader {
            objective: objective.name(),
            report: error.to_string(),
        })?;
        Ok(Some(Program {
            data: gpu.upload("the objective's data", &parts.data)?,
            table: gpu.upload("targets and scales", &parts.table)?,
            dimension: objective.dimension(),
            terms: objective.terms(),
            kind: parts.kind,
            gpu,
            pipelines,
            layout,
            buffers: None,
        }))
    }

    /// Takes only these terms from now on, where a program needs to know before it is asked.
    pub(crate) fn select(&self, objective: &dyn Objective, selection: Selection<'_>) {
        if let Structure::Quadratic(quadratic) = objective.structure() {
            self.gpu.queue.write_buffer(
                &self.data,
                0,
                bytemuck::cast_slice(&quadratic::data(quadratic, selection)),
            );
        }
    }

    /// Whether each step of a descent may take other terms.
    pub(crate) fn takes_batches(&self) -> bool {
        matches!(self.kind, Kind::Network(_))
    }

    /// Points whose state fits at once.
    fn piece(&self) -> usize {
        let each = 4 * match &self.kind {
            Kind::Network(network) => network.state_of_point().max(self.dimension),
            Kind::Quadratic(_) => self.dimension,
        } as u64;
        (STATE.min(self.gpu.limits().binding / 3) / each).clamp(1, 1 << 15) as usize
    }

    /// Values and quotients of points, over the selected terms.
    pub(crate) fn answers(
        &mut self,
        selection: Option<&[u32]>,
        points: &[&[f32]],
        how: Option<(Scheme, Step)>,
    ) -> Result<Answers<f32>> {
        // Steps at fault are their points' own failure and never reach the device.
        let mut each = Vec::new();
        let mut values: Vec<Result<f32>> = points
            .iter()
            .map(|x| match how {
                Some((_, step)) => step.increments(x, &mut each).map(|_| f32::NAN),
                None => Ok(f32::NAN),
            })
            .collect();
        let good: Vec<usize> = (0..points.len()).filter(|&i| values[i].is_ok()).collect();
        let width = if how.is_some() { self.dimension } else { 0 };
        let mut quotients = vec![0.0; points.len() * width];
        let order = self.order(selection);
        for piece in good.chunks(self.piece()) {
            let flat: Vec<f32> = piece.iter().flat_map(|&i| points[i].iter().copied()).collect();
            let reply = self.run(&Request {
                points: &flat,
                how: how.unwrap_or((
                    Scheme::Central,
                    Step::default_for_increments(Scheme::Central, crate::Precision::F32),
                )),
                count: piece.len(),
                order: &order,
                batch: order.len(),
                steps: 1,
                rate: None,
                gradient: how.is_some(),
                settles: false,
                traced: &[true],
            })?;
            for (k, &i) in piece.iter().enumerate() {
                quotients[i * width..][..width].copy_from_slice(&reply.main[k * width..][..width]);
                values[i] = Ok(reply.trace[k]);
            }
        }
        Ok(Answers { values, quotients })
    }

    fn order(&self, selection: Option<&[u32]>) -> Vec<u32> {
        selection.map_or_else(|| (0..self.terms as u32).collect(), <[u32]>::to_vec)
    }

    /// Makes steps of a descent.
    pub(crate) fn advance(
        &mut self,
        selection: Option<&[u32]>,
        stretch: &Stretch<'_>,
        how: (Scheme, Step),
    ) -> Result<Advanced> {
        let count = stretch.points.nrows();
        let n = self.dimension;
        let mut advanced = Advanced {
            points: Array2::zeros((count, n)),
            before: Array2::zeros((count, n)),
            made: vec![0; count],
            values: Array2::from_elem((stretch.steps, count), f64::NAN),
        };
        let selected = self.order(selection);
        let batch = stretch.batches.first().map_or(selected.len(), Vec::len);
        for first in (0..count).step_by(self.piece()) {
            let piece = self.piece().min(count - first);
            let mut here: Vec<f32> = stretch
                .points
                .rows()
                .into_iter()
                .skip(first)
                .take(piece)
                .flatten()
                .map(|&x| x as f32)
                .collect();
            let mut before = here.clone();
            let mut running = vec![true; piece];
            let at_once =
                (SUBMISSION / self.operations(batch, piece).max(1)).clamp(1, stretch.steps as u64) as usize;
            for from in (0..stretch.steps).step_by(at_once) {
                let steps = at_once.min(stretch.steps - from);
                let order = match stretch.batches.get(from..from + steps) {
                    Some(batches) => batches.concat(),
                    None => selected.clone(),
                };
                let reply = self.run(&Request {
                    points: &here,
                    how,
                    count: piece,
                    order: &order,
                    batch,
                    steps,
                    rate: Some(stretch.rate as f32),
                    gradient: true,
                    settles: stretch.settles,
                    traced: &stretch.reported[from..from + steps],
                })?;
                for k in 0..piece {
                    let own = k * n..(k + 1) * n;
                    // A point that halted stays where it is, whatever the steps after that did.
                    if !running[k] {
                        continue;
                    }
                    if reply.made[k] > 0 {
                        before[own.clone()].copy_from_slice(&reply.before[own.clone()]);
                    }
                    here[own.clone()].copy_from_slice(&reply.main[own]);
                    advanced.made[first + k] += reply.made[k];
                    running[k] = reply.made[k] == steps;
                    for step in 0..steps {
                        advanced.values[[from + step, first + k]] = f64::from(reply.trace[step * piece + k]);
                    }
                }
                if !running.contains(&true) {
                    break;
                }
            }
            for (k, (here, before)) in here.chunks_exact(n).zip(before.chunks_exact(n)).enumerate() {
                let widen = |(to, from): (&mut f64, &f32)| *to = f64::from(*from);
                advanced.points.row_mut(first + k).iter_mut().zip(here).for_each(widen);
                advanced.before.row_mut(first + k).iter_mut().zip(before).for_each(widen);
            }
        }
        Ok(advanced)
    }

    /// About how many multiplications and additions a step takes.
    fn operations(&self, batch: usize, points: usize) -> u64 {
        let one = match &self.kind {
            Kind::Network(network) => network.operations(batch),
            Kind::Quadratic(quadratic) => quadratic.operations(),
        };
        one.saturating_mul(points as u64)
    }

    fn run(&mut self, request: &Request<'_>) -> Result<Reply> {
        let points = request.count;
        let script = match &self.kind {
            Kind::Network(network) => network.script(&self.gpu, request)?,
            Kind::Quadratic(quadratic) => quadratic.script(request),
        };
        let layers = match &self.kind {
            Kind::Network(network) => network.layers(request)?,
            Kind::Quadratic(_) => vec![bytemuck::Zeroable::zeroed()],
        };
        let state = match &self.kind {
            Kind::Network(network) => network.state(points),
            Kind::Quadratic(_) => points * self.dimension,
        };
        let buffers = match self.buffers.take() {
            Some(buffers) if buffers.fit(request, &script, layers.len(), state) => buffers,
            _ => Buffers::new(self, request, &script, layers.len(), state)?,
        };
        let reply = buffers.submit(self, request, &script, &layers);
        self.buffers = Some(buffers);
        reply
    }
}
