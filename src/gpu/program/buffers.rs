//! What a program's kernels share: settings, buffers, their layout; one submission and what is read back.

use bytemuck::{Pod, Zeroable};
use wgpu::BufferUsages as Usage;

use super::{Program, Reply, Request, Script};
use crate::error::{Error, Result};
use crate::gpu::context::Gpu;
use crate::objective::network::fit::Fit;
use crate::precision::Precision;
use crate::scheme::Scheme;
use crate::step::Step;

/// WebGPU's alignment of a uniform binding's offset.
const SLOT: u64 = 256;

const REAL_F32: &str = include_str!("../../../shaders/prelude/real_f32.wgsl");
const MATH: &str = include_str!("../../../shaders/prelude/math_f32.wgsl");
const PROGRAM: &str = include_str!("../../../shaders/program.wgsl");
const DESCEND: &str = include_str!("../../../shaders/descend.wgsl");

/// `PmStep` in `shaders/program.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct PmStep {
    pub(super) batch: u32,
    pub(super) order: u32,
    pub(super) first: u32,
    pub(super) count: u32,
    pub(super) mean: f32,
    pub(super) step: u32,
    pub(super) traced: u32,
    pub(super) relative: u32,
    pub(super) h: f32,
    pub(super) side: f32,
    pub(super) gap: u32,
    pub(super) rate: f32,
    pub(super) settles: u32,
    pub(super) points: u32,
    pub(super) from_term: u32,
    pub(super) to_term: u32,
}

impl PmStep {
    /// The settings of step `step` with all its terms.
    pub(super) fn new(request: &Request<'_>, step: usize) -> Self {
        let batch = request.batch;
        let (scheme, h) = request.how;
        PmStep {
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
            rate: request.rate.unwrap_or(0.0),
            settles: u32::from(request.settles),
            points: request.count as u32,
            from_term: 0,
            to_term: 0,
        }
    }
}

/// `PmLayer` in `shaders/network/gradient.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(super) struct PmLayer {
    largest: f32,
    inverse: f32,
    nodes: u32,
    powers: u32,
    bound: f32,
    farthest: f32,
    padding: [u32; 2],
    node: [f32; 4],
    weights: [[f32; 4]; 8],
}

impl PmLayer {
    /// Pairs of nodes; none if responses are evaluated element by element.
    pub(super) fn nodes(&self) -> u32 {
        self.nodes
    }

    /// Settings for steps of at most `largest`, parameters of at most `bound`, inputs of about `scale` and responses of
    /// that steepness (1 over the distance to the nearest singularity). Where a sample's inputs turn out so much larger
    /// that the fit would not do, the device evaluates element by element.
    pub(super) fn new(largest: f64, bound: f32, scale: f64, steepness: f64, scheme: Scheme) -> Self {
        let mut layer =
            PmLayer { largest: largest as f32, inverse: (1.0 / largest) as f32, bound, ..Zeroable::zeroed() };
        let Some(count) = Fit::nodes_for(largest * scale * steepness, Precision::F32) else { return layer };
        let fit = Fit::new(count, scheme);
        layer.farthest = (Fit::farthest(count, Precision::F32) / steepness).min(1e30) as f32;
        layer.nodes = fit.nodes.len() as u32;
        layer.powers = fit.powers.len() as u32;
        layer.node.iter_mut().zip(&fit.nodes).for_each(|(to, &node)| *to = node as f32);
        for (to, (_, weights)) in layer.weights.iter_mut().zip(&fit.powers) {
            to.iter_mut().zip(weights).for_each(|(to, &weight)| *to = weight as f32);
        }
        layer
    }
}

/// The texts that every program's module begins with, put before its own.
pub(super) fn module(own: &str) -> String {
    [REAL_F32, MATH, PROGRAM, own].join("\n")
}

pub(super) fn descend_module() -> &'static str {
    DESCEND
}

/// Workgroups for so many invocations of a kernel that finds its index by `pm_linear`.
pub(super) fn linear(invocations: usize) -> [u32; 3] {
    let groups = invocations.div_ceil(64).max(1) as u32;
    let wide = groups.min(65_535);
    [wide, groups.div_ceil(wide), 1]
}

/// Bindings 0 to 9: settings of the step, seven buffers, where points go, settings of the layer.
pub(super) fn layout(gpu: &Gpu) -> Result<wgpu::BindGroupLayout> {
    let entry = |binding: u32| {
        let is_uniform = binding == 0 || binding == 9;
        wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: match binding {
                    0 | 9 => wgpu::BufferBindingType::Uniform,
                    5..=7 => wgpu::BufferBindingType::Storage { read_only: true },
                    _ => wgpu::BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: is_uniform,
                min_binding_size: None,
            },
            count: None,
        }
    };
    let entries: Vec<_> = (0..10).map(entry).collect();
    gpu.guarded(
        |device| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("plusminus.program"),
                entries: &entries,
            })
        },
        |error| gpu.failure(error.to_string()),
    )
}

/// Buffers of the sizes that requests need.
pub(super) struct Buffers {
    steps: wgpu::Buffer,
    layers: wgpu::Buffer,
    points: wgpu::Buffer,
    state: wgpu::Buffer,
    gradient: wgpu::Buffer,
    flags: wgpu::Buffer,
    order: wgpu::Buffer,
    next: wgpu::Buffer,
    staging: wgpu::Buffer,
    group: wgpu::BindGroup,
    /// Words of flags and trace that are read back.
    words: u64,
}

impl Buffers {
    /// Whether a request fits.
    pub(super) fn fit(&self, request: &Request<'_>, script: &Script, layers: usize, state: usize) -> bool {
        let coordinates = 4 * request.points.len() as u64;
        self.points.size() >= coordinates
            && self.points.size() / 2 <= coordinates.max(16)
            && self.state.size() >= 4 * state as u64
            && self.steps.size() >= SLOT * script.steps.len() as u64
            && self.layers.size() >= SLOT * layers as u64
            && self.order.size() >= 4 * request.order.len() as u64
            && self.words >= words(request)
    }

    pub(super) fn new(
        program: &Program,
        request: &Request<'_>,
        script: &Script,
        layers: usize,
        state: usize,
    ) -> Result<Self> {
        let gpu = &program.gpu;
        let coordinates = 4 * request.points.len() as u64;
        let storage = |what: &str, bytes: u64| {
            let limit = gpu.info.max_storage_binding;
            if bytes > limit {
                return Err(Error::Limit {
                    what: format!("the size in bytes of the buffer for {what}"),
                    value: bytes,
                    limit,
                    device: gpu.info.name.clone(),
                    advice: "use the device `cpu`, or a smaller batch".into(),
                });
            }
            gpu.buffer(what, bytes, Usage::STORAGE | Usage::COPY_DST | Usage::COPY_SRC)
        };
        let uniform = |what: &str, slots: usize| {
            gpu.buffer(what, SLOT * slots as u64, Usage::UNIFORM | Usage::COPY_DST)
        };
        let words = words(request);
        let (steps, layer_settings) =
            (uniform("settings of steps", script.steps.len())?, uniform("settings of layers", layers)?);
        let (points, gradient) = (storage("points", coordinates)?, storage("gradients", coordinates)?);
        let (state, flags) =
            (storage("the state of a program", 4 * state as u64)?, storage("flags", 4 * words)?);
        let order = storage("the order of terms", 4 * request.order.len() as u64)?;
        let next = storage("the points of a descent", 2 * coordinates)?;
        let staging =
            gpu.buffer("staging", 2 * coordinates + 4 * words, Usage::MAP_READ | Usage::COPY_DST)?;
        let slot = |buffer: &wgpu::Buffer, bytes: usize| {
            let size = std::num::NonZeroU64::new(bytes as u64);
            let buffer = buffer.clone();
            (buffer, size)
        };
        let (step_slot, layer_slot) =
            (slot(&steps, size_of::<PmStep>()), slot(&layer_settings, size_of::<PmLayer>()));
        let resources = [
            binding(&step_slot),
            points.as_entire_binding(),
            state.as_entire_binding(),
            gradient.as_entire_binding(),
            flags.as_entire_binding(),
            program.data.as_entire_binding(),
            program.table.as_entire_binding(),
            order.as_entire_binding(),
            next.as_entire_binding(),
            binding(&layer_slot),
        ];
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let group = gpu.guarded(
            |device| {
                device.create_bind_group(&wgpu::BindGroupDescriptor {
                    label: Some("plusminus.program"),
                    layout: &program.layout,
                    entries: &entries,
                })
            },
            |error| gpu.failure(error.to_string()),
        )?;
        Ok(Buffers {
            steps,
            layers: layer_settings,
            points,
            state,
            gradient,
            flags,
            order,
            next,
            staging,
            group,
            words,
        })
    }

    /// Runs a script and reads back what it was asked for.
    pub(super) fn submit(
        &self,
        program: &Program,
        request: &Request<'_>,
        script: &Script,
        layers: &[PmLayer],
    ) -> Result<Reply> {
        let gpu = &program.gpu;
        let queue = &gpu.queue;
        let slots = |settings: &[u8], each: usize| -> Vec<u8> {
            let padding = vec![0; SLOT as usize - each];
            settings.chunks_exact(each).flat_map(|one| one.iter().chain(&padding)).copied().collect()
        };
        queue.write_buffer(&self.steps, 0, &slots(bytemuck::cast_slice(&script.steps), size_of::<PmStep>()));
        queue.write_buffer(&self.layers, 0, &slots(bytemuck::cast_slice(layers), size_of::<PmLayer>()));
        queue.write_buffer(&self.points, 0, bytemuck::cast_slice(request.points));
        queue.write_buffer(&self.order, 0, bytemuck::cast_slice(request.order));
        let words = words(request);
        queue.write_buffer(&self.flags, 0, &vec![0; 4 * words as usize]);

        let coordinates = 4 * request.points.len() as u64;
        // Gradients, or points and where they were before; nothing for values alone.
        let main = if request.gradient { coordinates } else { 0 };
        let before = if request.rate.is_some() { coordinates } else { 0 };
        let commands = gpu.guarded(
            |device| {
                let mut commands = device.create_command_encoder(&Default::default());
                {
                    let mut pass = commands.begin_compute_pass(&Default::default());
                    for dispatch in &script.dispatches {
                        let [x, y, z] = dispatch.groups;
                        pass.set_pipeline(&program.pipelines[dispatch.kernel]);
                        let offsets =
                            [SLOT as u32 * dispatch.step as u32, SLOT as u32 * dispatch.layer as u32];
                        pass.set_bind_group(0, &self.group, &offsets);
                        pass.dispatch_workgroups(x, y, z);
                    }
                }
                let from = if request.rate.is_some() { &self.points } else { &self.gradient };
                if main > 0 {
                    commands.copy_buffer_to_buffer(from, 0, &self.staging, 0, main);
                }
                if before > 0 {
                    commands.copy_buffer_to_buffer(&self.next, coordinates, &self.staging, main, before);
                }
                commands.copy_buffer_to_buffer(&self.flags, 0, &self.staging, main + before, 4 * words);
                commands
            },
            |error| gpu.failure(error.to_string()),
        )?;
        let read: Vec<u32> = gpu.submit_and_read(commands, &self.staging, main + before + 4 * words)?;
        let (main, rest) = read.split_at(main as usize / 4);
        let (before, flags) = rest.split_at(before as usize / 4);
        let floats = |bits: &[u32]| bits.iter().map(|&bits| f32::from_bits(bits)).collect();
        Ok(Reply {
            main: floats(main),
            before: floats(before),
            made: flags.chunks_exact(4).take(request.count).map(|flags| flags[1] as usize).collect(),
            trace: floats(&flags[4 * request.count..]),
        })
    }
}

fn binding((buffer, size): &(wgpu::Buffer, Option<std::num::NonZeroU64>)) -> wgpu::BindingResource<'_> {
    wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size: *size })
}

/// Words of flags and trace.
fn words(request: &Request<'_>) -> u64 {
    (request.count * (4 + request.steps)) as u64
}
