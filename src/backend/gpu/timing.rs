//! What each kernel takes on the device, by its own clock: told at the level `trace` when the device is closed, and to who asks
//! (`Engine::time_kernels`).

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use wgpu::BufferUsages as Usage;

use super::device::Gpu;
use super::executor::Dispatch;
use crate::error::Result;

/// Launches of a submission that are timed; the others are not.
const MOST: usize = wgpu::QUERY_SET_MAX_QUERIES as usize / 2;

/// Bytes of a launch: when it began and when it ended.
const EACH: u64 = 16;

/// The clock of a device.
#[derive(Debug)]
pub(super) struct Timing {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    /// Nanoseconds of a tick.
    tick: f64,
    noted: Mutex<Noted>,
}

/// What was timed.
#[derive(Debug, Default)]
struct Noted {
    /// By name: launches, and seconds of them all.
    kernels: BTreeMap<String, (usize, f64)>,
    untimed: usize,
}

/// What the kernels of a device took, by its own clock ([`Engine::take_kernel_times`](crate::Engine::take_kernel_times)).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct KernelTimes {
    /// By name: so many launches, and seconds of them all.
    pub kernels: Vec<(String, usize, f64)>,
    /// Launches beyond the 2,048 of a submission that are timed.
    pub untimed: usize,
}

impl KernelTimes {
    /// Seconds of all kernels; none if there are launches that were not timed.
    pub fn seconds(&self) -> Option<f64> {
        (self.untimed == 0).then(|| self.kernels.iter().map(|(_, _, seconds)| seconds).sum())
    }
}

impl Timing {
    /// None where the device has no clock.
    pub(super) fn new(gpu: &Gpu) -> Result<Option<Self>> {
        if !gpu.device.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            return Ok(None);
        }
        let queries = gpu.device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("plusminus"),
            ty: wgpu::QueryType::Timestamp,
            count: 2 * MOST as u32,
        });
        let usage = Usage::QUERY_RESOLVE | Usage::COPY_SRC;
        let resolved = gpu.buffer("the times of kernels", EACH * MOST as u64, usage)?;
        let tick = f64::from(gpu.queue.get_timestamp_period());
        Ok(Some(Timing { queries, resolved, tick, noted: Mutex::default() }))
    }

    /// Bytes that are read back for so many launches.
    pub(super) fn bytes(launches: usize) -> u64 {
        EACH * launches.min(MOST) as u64
    }

    /// Launch number `at` in a pass of its own.
    pub(super) fn pass<'c>(
        &self,
        commands: &'c mut wgpu::CommandEncoder,
        at: usize,
    ) -> wgpu::ComputePass<'c> {
        let timestamp_writes = (at < MOST).then(|| wgpu::ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(2 * at as u32),
            end_of_pass_write_index: Some(2 * at as u32 + 1),
        });
        commands.begin_compute_pass(&wgpu::ComputePassDescriptor { label: None, timestamp_writes })
    }

    /// Copies the times of so many launches.
    pub(super) fn read(
        &self,
        commands: &mut wgpu::CommandEncoder,
        launches: usize,
        to: (&wgpu::Buffer, u64),
    ) {
        let launches = launches.min(MOST);
        commands.resolve_query_set(&self.queries, 0..2 * launches as u32, &self.resolved, 0);
        commands.copy_buffer_to_buffer(&self.resolved, 0, to.0, to.1, Self::bytes(launches));
    }

    /// The names of what is timed.
    pub(super) fn names(launches: &[Dispatch<'_>]) -> Vec<String> {
        launches.iter().take(MOST).map(|launch| launch.name.to_string()).collect()
    }

    /// Takes notice of times, and of how many launches there were in all.
    pub(super) fn note(&self, names: &[String], times: &[u64], launches: usize) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.untimed += launches - names.len();
        for (name, times) in names.iter().zip(times.chunks_exact(2)) {
            let (launches, seconds) = noted.kernels.entry(name.clone()).or_default();
            *launches += 1;
            *seconds += 1e-9 * self.tick * times[1].saturating_sub(times[0]) as f64;
        }
    }

    /// What was noted since it was taken last.
    pub(super) fn take(&self) -> KernelTimes {
        let noted = std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner));
        let kernels = noted.kernels.into_iter().map(|(name, (launches, seconds))| (name, launches, seconds));
        KernelTimes { kernels: kernels.collect(), untimed: noted.untimed }
    }

    /// Tells it.
    pub(super) fn tell(&self) {
        for (name, launches, seconds) in self.take().kernels {
            let each = 1e6 * seconds / launches as f64;
            tracing::trace!("kernel {name}: {launches} launches of {each:.2} µs, {:.3} ms", 1e3 * seconds);
        }
    }
}
