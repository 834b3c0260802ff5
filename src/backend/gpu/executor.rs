//! The one place that submits work to a device and reads results back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use wgpu::BufferUsages as Usage;

use super::adapters::AdapterKind;
use super::device::{GROUP, Gpu};
use super::pace::Pace;
use super::receipt;
use crate::error::Result;

/// A submission is planned to take a fraction of a second; after this long the device is taken to hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// The same of software adapters, which share their cores with all else that runs.
const PATIENCE_OF_SOFTWARE: Duration = Duration::from_secs(300);

/// One kernel to run.
pub(super) struct Dispatch<'a> {
    pub(super) pipeline: &'a wgpu::ComputePipeline,
    pub(super) group: &'a wgpu::BindGroup,
    /// Of its dynamic uniforms.
    pub(super) offsets: Vec<u32>,
    pub(super) groups: [u32; 3],
}

/// What one submission does: kernels, in order, then parts of buffers that are read back (offset and bytes).
#[derive(Default)]
pub(super) struct Recording<'a> {
    pub(super) dispatches: Vec<Dispatch<'a>>,
    pub(super) reads: Vec<(&'a wgpu::Buffer, u64, u64)>,
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
        // A lost device may panic inside wgpu; that, too, is an error here.
        catch_unwind(AssertUnwindSafe(|| self.try_execute(recording)))
            .unwrap_or_else(|_| Err(self.failure("the driver gave up while the result was awaited")))
    }

    /// The same of so much work, which `pace` takes notice of.
    pub(super) fn execute_timed(
        &self,
        recording: &Recording<'_>,
        work: u64,
        pace: &mut Pace,
    ) -> Result<Vec<Vec<u32>>> {
        let begin = Instant::now();
        let read = self.execute(recording)?;
        pace.note(work, begin.elapsed().as_secs_f64());
        Ok(read)
    }

    fn try_execute(&self, recording: &Recording<'_>) -> Result<Vec<Vec<u32>>> {
        let receipt = self.receipt.as_ref().ok_or_else(|| self.failure("it is not ready yet"))?;
        let bytes: u64 = recording.reads.iter().map(|(_, _, bytes)| bytes).sum::<u64>() + receipt::BYTES;
        // One call at a time, from its number on.
        let mut kept = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        // A much larger one would be slower to map.
        let fits = |size: u64| size >= bytes && size / 8 <= bytes.max(1 << 16);
        let staging = match kept.take() {
            Some(staging) if fits(staging.size()) => staging,
            _ => self.buffer("staging", bytes, Usage::MAP_READ | Usage::COPY_DST)?,
        };
        let (call, sign) = receipt.next(self);
        let commands = self.guarded(
            |device| {
                let mut commands = device.create_command_encoder(&Default::default());
                {
                    let mut pass = commands.begin_compute_pass(&Default::default());
                    for Dispatch { pipeline, group, offsets, groups: [x, y, z] } in
                        recording.dispatches.iter().chain([&sign])
                    {
                        pass.set_pipeline(pipeline);
                        pass.set_bind_group(0, *group, offsets);
                        pass.dispatch_workgroups(*x, *y, *z);
                    }
                }
                let mut to = 0;
                for &(buffer, offset, bytes) in recording.reads.iter().filter(|(_, _, bytes)| *bytes > 0) {
                    commands.copy_buffer_to_buffer(buffer, offset, &staging, to, bytes);
                    to += bytes;
                }
                commands.copy_buffer_to_buffer(receipt.buffer(), 0, &staging, to, receipt::BYTES);
                commands
            },
            |error| self.failure(error.to_string()),
        )?;
        let words = self.submit_and_read(commands, &staging, bytes)?;
        *kept = Some(staging);
        let (signature, mut rest) = words.split_last().unwrap_or((&0, &[]));
        if *signature != call {
            return Err(self.failure(
                "a submission counts as finished, but its last kernel has not run: the driver, or a watchdog, has ended it \
                 before; use smaller batches, or the device `cpu`",
            ));
        }
        let parts = recording.reads.iter().map(|(_, _, bytes)| {
            let (part, others) = rest.split_at(*bytes as usize / size_of::<u32>());
            rest = others;
            part.to_vec()
        });
        Ok(parts.collect())
    }

    fn submit_and_read(
        &self,
        commands: wgpu::CommandEncoder,
        staging: &wgpu::Buffer,
        bytes: u64,
    ) -> Result<Vec<u32>> {
        let submitted = self.queue.submit([commands.finish()]);
        let (send, receive) = std::sync::mpsc::channel();
        staging.map_async(wgpu::MapMode::Read, 0..bytes, move |mapped| {
            // The receiver is gone only if the wait below was given up.
            let _ = send.send(mapped);
        });
        let patience = match self.info.kind {
            AdapterKind::Software => PATIENCE_OF_SOFTWARE,
            _ => PATIENCE,
        };
        let wait = wgpu::PollType::Wait { submission_index: Some(submitted), timeout: Some(patience) };
        self.device.poll(wait).map_err(|error| self.failure(format!("waiting for the result: {error}")))?;
        match receive.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.failure(format!("the result cannot be read: {error}"))),
            Err(_) => return Err(self.failure("the result never arrived")),
        }
        let words = {
            let view = staging
                .get_mapped_range(0..bytes)
                .map_err(|error| self.failure(format!("the result cannot be read: {error}")))?;
            // The mapped bytes may be unaligned.
            bytemuck::pod_collect_to_vec(&view)
        };
        staging.unmap();
        match self.heard() {
            Some(detail) => Err(self.failure(detail)),
            None => Ok(words),
        }
    }
}
