//! What an adapter's arithmetic and loops really do, measured by `shaders/probe.wgsl` before anything else runs there.

use super::adapters::{self, AdapterInfo, Found, ProbeReport, Wanted};
use super::bindings::{Bindings, Contents, Slot};
use super::device::Gpu;
use super::executor::{Dispatch, Recording};
use crate::error::Result;

/// Loop turns tried: twice the number at which lavapipe stops.
const TURNS: u32 = 1 << 17;

/// Words that the shader answers.
const ANSWERS: u64 = 9;

pub(super) const PROBE: &str = include_str!("../../../shaders/probe.wgsl");

/// Opens an adapter and probes it.
pub(crate) fn open(wanted: Wanted<'_>) -> Result<Gpu> {
    open_found(adapters::find(wanted)?)
}

fn open_found(found: Found) -> Result<Gpu> {
    let mut gpu = Gpu::open(found)?;
    gpu.probe = measure(&gpu, PROBE)?;
    Ok(gpu)
}

/// Opens each adapter in turn and probes it: what the driver says, what was measured or why it could not be.
pub fn probe() -> Vec<(AdapterInfo, Result<ProbeReport>)> {
    adapters::enumerate()
        .into_iter()
        .map(|found| (found.info.clone(), open_found(found).map(|gpu| gpu.probe)))
        .collect()
}

pub(super) fn measure(gpu: &Gpu, probe: &str) -> Result<ProbeReport> {
    let small = 2f32.powi(-25);
    let inputs = [1.0, small, f32::NAN, f32::INFINITY, TURNS as f32, 0.0];
    let inputs = gpu.upload("probe inputs", &inputs)?;
    let slots = [Slot::Read("probe inputs"), Slot::Write("probe answers")];
    let layout = gpu.layout("probe", &slots)?;
    let refused = |error: wgpu::Error| gpu.failure(format!("the probe shader was refused: {error}"));
    let pipelines = gpu.pipelines(wgpu::ShaderSource::Wgsl(probe.into()), &layout, &["probe"], refused)?;
    let bound = Bindings::new(gpu, &layout, &[Contents::Shared(&inputs), Contents::Bytes(4 * ANSWERS)])?;
    let mut recording = Recording::default();
    recording.dispatches.extend(pipelines.iter().map(|pipeline| Dispatch {
        pipeline,
        group: &bound.group,
        offsets: vec![],
        groups: [1; 3],
    }));
    recording.reads.push((bound.buffer(1), 0, 4 * ANSWERS));
    let answers = gpu.execute(&recording)?.concat();
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
        sealed_sums_survive: answers.get(8) == Some(&small.to_bits()),
        max_keeps_nan: answers.get(7).is_some_and(|&bits| f32::from_bits(bits).is_nan()),
    })
}
