//! What an adapter's arithmetic and loops really do, measured by `shaders/probe.wgsl`.

use serde::Serialize;

use super::adapters::{self, AdapterInfo};
use super::context::Gpu;
use crate::error::Result;

/// Loop turns tried: twice the number at which lavapipe stops.
const TURNS: u32 = 1 << 17;

pub(super) const PROBE: &str = include_str!("../../shaders/probe.wgsl");

/// What the probe measured on an adapter.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ProbeReport {
    /// After how many turns loops stopped without a word; `None`: not within the 131,072 that were tried.
    pub loop_limit: Option<u64>,
    /// Whether `(x + h) - x` is the true, rounded step (else the compiler rearranged it to `h`).
    pub true_step_survives: bool,
    /// Whether `x != x` is true for NaN.
    pub nan_by_unequal: bool,
    /// Whether `!(x == x)` is true for NaN.
    pub nan_by_not_equal: bool,
    /// Whether a test on the bits recognises NaN.
    pub nan_by_bits: bool,
    /// Whether infinity - infinity is NaN.
    pub infinities_cancel_to_nan: bool,
    /// Whether `max(NaN, 1)` is NaN (else it swallowed it).
    pub max_keeps_nan: bool,
}

/// Opens each adapter in turn and probes it: what the driver says, what was measured or why it could not be.
pub fn probe() -> Vec<(AdapterInfo, Result<ProbeReport>)> {
    adapters::enumerate()
        .into_iter()
        .map(|found| (found.info.clone(), Gpu::from_adapter(found).map(|gpu| gpu.probe)))
        .collect()
}

pub(super) fn measure(gpu: &Gpu) -> Result<ProbeReport> {
    measure_with(gpu, PROBE)
}

pub(super) fn measure_with(gpu: &Gpu, probe: &str) -> Result<ProbeReport> {
    use wgpu::BufferUsages as Usage;
    const ANSWERS: u64 = 8;
    let inputs = gpu.upload("probe inputs", &[1.0, 2f32.powi(-25), f32::NAN, f32::INFINITY, TURNS as f32])?;
    let answers = gpu.buffer("probe answers", 4 * ANSWERS, Usage::STORAGE | Usage::COPY_SRC)?;
    let staging = gpu.buffer("probe staging", 4 * ANSWERS, Usage::MAP_READ | Usage::COPY_DST)?;
    let commands = gpu.guarded(
        |device| {
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some("plusminus.probe"),
                source: wgpu::ShaderSource::Wgsl(probe.into()),
            });
            let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some("plusminus.probe"),
                layout: None,
                module: &module,
                entry_point: Some("probe"),
                compilation_options: Default::default(),
                cache: None,
            });
            let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("plusminus.probe"),
                layout: &pipeline.get_bind_group_layout(0),
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: inputs.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: answers.as_entire_binding() },
                ],
            });
            let mut commands = device.create_command_encoder(&Default::default());
            {
                let mut pass = commands.begin_compute_pass(&Default::default());
                pass.set_pipeline(&pipeline);
                pass.set_bind_group(0, &group, &[]);
                pass.dispatch_workgroups(1, 1, 1);
            }
            commands.copy_buffer_to_buffer(&answers, 0, &staging, 0, 4 * ANSWERS);
            commands
        },
        |error| gpu.failure(format!("the probe shader was refused: {error}")),
    )?;
    let answers: Vec<u32> = gpu.submit_and_read(commands, &staging, 4 * ANSWERS)?;
    let yes = |i: usize| answers.get(i) == Some(&1);
    let turns = answers.first().copied().unwrap_or(0);
    // The generator's state after as many turns as the adapter says it made.
    let state = (0..turns).fold(1u32, |state, _| state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    if turns == 0 || turns > TURNS || answers.get(1) != Some(&state) {
        return Err(gpu.failure(format!("its loops miscount: {turns} of {TURNS} turns, and a wrong state")));
    }
    Ok(ProbeReport {
        loop_limit: (turns < TURNS).then_some(u64::from(turns)),
        true_step_survives: yes(2),
        nan_by_unequal: yes(3),
        nan_by_not_equal: yes(4),
        nan_by_bits: yes(5),
        infinities_cancel_to_nan: yes(6),
        max_keeps_nan: answers.get(7).is_some_and(|&bits| f32::from_bits(bits).is_nan()),
    })
}
