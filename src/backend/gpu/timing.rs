//! What each kernel takes on the device, by its own clock: told at the level `trace` when the device is closed.

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
    kernels: Mutex<BTreeMap<String, Kernel>>,
}

/// Launches of a kernel, and seconds of them all.
#[derive(Clone, Copy, Debug, Default)]
struct Kernel {
    launches: usize,
    seconds: f64,
}

impl Timing {
    /// The features of an adapter that it needs; none where nobody wants to know.
    pub(super) fn features(adapter: wgpu::Features) -> wgpu::Features {
        if tracing::enabled!(tracing::Level::TRACE) {
            adapter & wgpu::Features::TIMESTAMP_QUERY
        } else {
            wgpu::Features::empty()
        }
    }

    /// None where the device has no clock, or nobody wants to know.
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
        Ok(Some(Timing { queries, resolved, tick, kernels: Mutex::default() }))
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

    /// Takes notice of times.
    pub(super) fn note(&self, names: &[String], times: &[u64]) {
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, times) in names.iter().zip(times.chunks_exact(2)) {
            let kernel = kernels.entry(name.clone()).or_default();
            kernel.launches += 1;
            kernel.seconds += 1e-9 * self.tick * times[1].saturating_sub(times[0]) as f64;
        }
    }

    /// Tells them.
    pub(super) fn tell(&self) {
        for (name, Kernel { launches, seconds }) in
            &*self.kernels.lock().unwrap_or_else(PoisonError::into_inner)
        {
            let each = 1e6 * seconds / *launches as f64;
            tracing::trace!("kernel {name}: {launches} launches of {each:.2} µs, {:.3} ms", 1e3 * seconds);
        }
    }
}
