//! The one place that submits work to a device and reads results back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use wgpu::BufferUsages as Usage;

use super::adapters::AdapterKind;
use super::device::{GROUP, Gpu};
use super::pace::Pace;
use super::receipt;
use super::timing::Timing;
use crate::error::Result;

/// A submission is planned to take a fraction of a second; after this long the device is taken to hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same of software adapters, which share their cores with all else that runs.
const PATIENCE_OF_SOFTWARE: Duration = Duration::from_secs(300);

/// One kernel to run.
#[derive(Clone)]
pub(super) struct Dispatch<'a> {
    /// Of the kernel.
    pub(super) name: &'a str,
    pub(super) pipeline: &'a wgpu::ComputePipeline,
    pub(super) group: &'a wgpu::BindGroup,
    /// Of its dynamic uniforms.
    pub(super) offsets: Vec<u32>,
    pub(super) groups: [u32; 3],
}

/// What one submission does: buffers that are cleared, kernels, in order, then parts of buffers that are read back (offset and bytes).
#[derive(Default)]
pub(super) struct Recording<'a> {
    /// Buffers that are 0 at first, for so many bytes.
    pub(super) clears: Vec<(&'a wgpu::Buffer, u64)>,
    pub(super) dispatches: Vec<Dispatch<'a>>,
    pub(super) reads: Vec<(&'a wgpu::Buffer, u64, u64)>,
}

impl Dispatch<'_> {
    fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.groups;
        pass.set_pipeline(self.pipeline);
        pass.set_bind_group(0, self.group, &self.offsets);
        pass.dispatch_workgroups(x, y, z);
    }
}

impl Gpu {
    /// Workgroups for at least `invocations` invocations, folded into two dimensions.
    pub(super) fn groups(&self, invocations: usize) -> [u32; 3] {
        let groups = invocations.div_ceil(GROUP as usize) as u32;
        let wide = groups.min(self.info.max_workgroups).max(1);
        [wide, groups.div_ceil(wide), 1]
    }

    /// Submits a recording; the words of each read.
    pub(super) fn execute(&self, recording: &Recording<'_>) -> Result<Vec<Vec<u32>>> {
        self.finish(self.begin(recording)?)
    }

    /// The same of so much work, which `pace` takes notice of. What it may be cut into, is: launches go into as many submissions
    /// as keep each short, two of which are under way at a time.
    pub(super) fn execute_timed(
        &self,
        recording: &Recording<'_>,
        work: u64,
        pace: &mut Pace,
    ) -> Result<Vec<Vec<u32>>> {
        let launches = &recording.dispatches;
        let parts = work.div_ceil(pace.most(u64::MAX)).clamp(1, launches.len().max(1) as u64) as usize;
        let mut clock = Clock::start();
        let mut under_way: Option<InFlight> = None;
        let each = launches.len().div_ceil(parts).max(1);
        let last = launches.len().div_ceil(each).max(1) - 1;
        for part in 0..last {
            let dispatches = launches[part * each..][..each].to_vec();
            let clears = if part == 0 { recording.clears.clone() } else { vec![] };
            let begun = self.begin(&Recording { clears, dispatches, reads: vec![] })?;
            if let Some(before) = under_way.replace(begun) {
                self.finish(before)?;
                pace.note(work / (last as u64 + 1), clock.lap());
            }
        }
        let dispatches = launches[last * each..].to_vec();
        let clears = if last == 0 { recording.clears.clone() } else { vec![] };
        let begun = self.begin(&Recording { clears, dispatches, reads: recording.reads.clone() })?;
        if let Some(before) = under_way {
            self.finish(before)?;
            pace.note(work / (last as u64 + 1), clock.lap());
        }
        let read = self.finish(begun)?;
        pace.note(work / (last as u64 + 1), clock.lap());
        Ok(read)
    }

    /// Submits a recording and does not wait. A lost device may panic inside wgpu; that, too, is an error here.
    pub(super) fn begin(&self, recording: &Recording<'_>) -> Result<InFlight> {
        catch_unwind(AssertUnwindSafe(|| self.try_begin(recording)))
            .unwrap_or_else(|_| Err(self.failure("the driver gave up while it was handed work")))
    }

    /// Waits for what was begun; the words of each read.
    pub(super) fn finish(&self, begun: InFlight) -> Result<Vec<Vec<u32>>> {
        catch_unwind(AssertUnwindSafe(|| self.try_finish(begun)))
            .unwrap_or_else(|_| Err(self.failure("the driver gave up while the result was awaited")))
    }

    fn try_begin(&self, recording: &Recording<'_>) -> Result<InFlight> {
        #[cfg(test)]
        super::faults::at_submission(self);
        let receipt = self.receipt.as_ref().ok_or_else(|| self.failure("it is not ready yet"))?;
        let parts: Vec<u64> = recording.reads.iter().map(|&(_, _, bytes)| bytes).collect();
        let timed = self.timing();
        let names = timed.map(|_| Timing::names(&recording.dispatches)).unwrap_or_default();
        let bytes = parts.iter().sum::<u64>() + receipt::BYTES + Timing::bytes(names.len());
        // One call at a time, from its number until it is submitted.
        let mut kept = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        // A much larger one would be slower to map.
        let fits = |staging: &wgpu::Buffer| {
            let size = staging.size();
            size >= bytes && size / 8 <= bytes.max(1 << 16)
        };
        let staging = match kept.iter().position(fits) {
            Some(at) => kept.remove(at),
            None => {
                // The oldest gives way.
                if kept.len() == KEPT {
                    kept.remove(0);
                }
                self.buffer("staging", bytes, Usage::MAP_READ | Usage::COPY_DST)?
            }
        };
        let (call, sign) = receipt.next(self);
        let commands = self.guarded(
            |device| {
                let mut commands = device.create_command_encoder(&Default::default());
                for &(buffer, bytes) in &recording.clears {
                    commands.clear_buffer(buffer, 0, Some(bytes));
                }
                match timed {
                    Some(timing) => {
                        for (at, launch) in recording.dispatches.iter().enumerate() {
                            launch.encode(&mut timing.pass(&mut commands, at));
                        }
                        sign.encode(&mut commands.begin_compute_pass(&Default::default()));
                    }
                    None => {
                        let mut pass = commands.begin_compute_pass(&Default::default());
                        recording
                            .dispatches
                            .iter()
                            .chain([&sign])
                            .for_each(|launch| launch.encode(&mut pass));
                    }
                }
                let mut to = 0;
                for &(buffer, offset, bytes) in recording.reads.iter().filter(|(_, _, bytes)| *bytes > 0) {
                    commands.copy_buffer_to_buffer(buffer, offset, &staging, to, bytes);
                    to += bytes;
                }
                commands.copy_buffer_to_buffer(receipt.buffer(), 0, &staging, to, receipt::BYTES);
                if let Some(timing) = timed {
                    timing.read(&mut commands, names.len(), (&staging, bytes - Timing::bytes(names.len())));
                }
                commands
            },
            |error| self.failure(error.to_string()),
        )?;
        let submitted = self.queue.submit([commands.finish()]);
        self.counts.submitted(recording.dispatches.len() + 1, bytes);
        drop(kept);
        let (send, mapped) = std::sync::mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
            // The receiver is gone only if the wait was given up.
            let _ = send.send(result);
        });
        let launches = recording.dispatches.len();
        Ok(InFlight { submitted, staging, mapped, call, parts, names, launches })
    }

    fn try_finish(&self, begun: InFlight) -> Result<Vec<Vec<u32>>> {
        let InFlight { submitted, staging, mapped, call, parts, names, launches } = begun;
        let patience = match self.info.kind {
            AdapterKind::Software => PATIENCE_OF_SOFTWARE,
            _ => PATIENCE,
        };
        let wait = wgpu::PollType::Wait { submission_index: Some(submitted), timeout: Some(patience) };
        self.device.poll(wait).map_err(|error| self.failure(format!("waiting for the result: {error}")))?;
        match mapped.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.failure(format!("the result cannot be read: {error}"))),
            Err(_) => return Err(self.failure("the result never arrived")),
        }
        let all = parts.iter().sum::<u64>() + receipt::BYTES + Timing::bytes(names.len());
        let (words, signature, times) = {
            let view = staging
                .get_mapped_range(0..all)
                .map_err(|error| self.failure(format!("the result cannot be read: {error}")))?;
            let mut rest = &view[..];
            let mut read = |bytes: u64| {
                let (part, others) = rest.split_at(bytes as usize);
                rest = others;
                // The mapped bytes may be unaligned.
                bytemuck::pod_collect_to_vec(part)
            };
            let words: Vec<Vec<u32>> = parts.iter().map(|&bytes| read(bytes)).collect();
            (words, read(receipt::BYTES), bytemuck::pod_collect_to_vec(rest))
        };
        staging.unmap();
        if let Some(detail) = self.heard() {
            return Err(self.failure(detail));
        }
        let mut kept = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(staging);
        }
        drop(kept);
        if signature != [call] {
            return Err(self.failure(
                "a submission counts as finished, but its last kernel has not run: the driver, or a watchdog, has ended it \
                 before; use smaller batches, or the device `cpu`",
            ));
        }
        if let (Some(timing), false) = (self.timing(), names.is_empty()) {
            timing.note(&names, &times, launches);
        }
        Ok(words)
    }
}

/// Buffers that are kept for results: two submissions are under way at a time, and threads have their own.
const KEPT: usize = 4;

/// A submission that was not waited for yet.
pub(super) struct InFlight {
    submitted: wgpu::SubmissionIndex,
    staging: wgpu::Buffer,
    mapped: Receiver<std::result::Result<(), wgpu::BufferAsyncError>>,
    /// The number of the call.
    call: u32,
    /// Bytes of each read.
    parts: Vec<u64>,
    /// Kernels that were timed, and how many launches there were.
    names: Vec<String>,
    launches: usize,
}

/// Times what ends one after the other.
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Clock(Instant::now())
    }

    /// Seconds since the start, or since the last lap.
    pub(super) fn lap(&mut self) -> f64 {
        let seconds = self.0.elapsed().as_secs_f64();
        self.0 = Instant::now();
        seconds
    }
}
