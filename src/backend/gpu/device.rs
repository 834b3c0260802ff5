//! One opened device, and the rules by which its failures become errors.
//!
//! After a device is lost, error scopes report nothing, and what was killed may count as finished; so success is never "no error
//! was seen" but "the readback arrived, and the last kernel signed it".

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::adapters::{AdapterInfo, AdapterKind, Found};
use super::compiled::Compiled;
use super::counts::Counts;
use super::probe::ProbeReport;
use super::receipt::{self, Receipt};
use super::timing::{KernelTimes, Timing};
use crate::backend::plan::Limits;
use crate::error::{Error, Result};

/// Invocations of a workgroup: a multiple of every GPU's subgroup, within every adapter's limit.
pub(super) const GROUP: u32 = 64;

/// Loop iterations of one invocation. Twice this is what lavapipe does before it stops without a word.
const ITERATIONS: u64 = 1 << 15;

/// Pieces are halved so often, at most: to 1 KiB of partial sums, and 2 KiB of coordinates. What is too large then is no piece.
const MOST_SHRUNK: u32 = 16;

/// An open device.
pub(crate) struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(crate) info: AdapterInfo,
    pub(crate) probe: ProbeReport,
    /// What the device said outside of any error scope.
    said: Arc<Mutex<Vec<String>>>,
    /// What results are read back through.
    pub(super) staging: Mutex<Vec<wgpu::Buffer>>,
    pub(super) counts: Counts,
    pub(super) compiled: Compiled,
    /// Signs for each submission; none only while it is made.
    pub(super) receipt: Option<Receipt>,
    /// Times kernels, once somebody wants to know.
    timing: OnceLock<Option<Timing>>,
    is_timed: AtomicBool,
    /// How often pieces were halved, for want of memory.
    shrunk: AtomicU32,
}

impl Gpu {
    /// Opens an adapter, which is yet to be probed.
    pub(super) fn open(found: Found) -> Result<Self> {
        let Found { adapter, info } = found;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("plusminus"),
            required_limits: adapter.limits(),
            required_features: adapter.features()
                & (wgpu::Features::SHADER_F64
                    | wgpu::Features::PIPELINE_CACHE
                    | wgpu::Features::TIMESTAMP_QUERY),
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| Error::Device { device: info.name.clone(), detail: error.to_string() })?;
        let said = Arc::new(Mutex::new(Vec::new()));
        // wgpu's own handler panics.
        let heard = Arc::clone(&said);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string());
        }));
        let heard = Arc::clone(&said);
        device.set_device_lost_callback(move |reason, message| {
            let text = format!("the device was lost ({reason:?}): {message}");
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(text);
        });
        let (probe, staging) = (ProbeReport::default(), Mutex::default());
        let (counts, compiled) = (Counts::default(), Compiled::new(&device, &info));
        let (receipt, timing, is_timed) = (None, OnceLock::new(), AtomicBool::new(false));
        let shrunk = AtomicU32::new(0);
        let mut gpu = Gpu {
            device,
            queue,
            info,
            probe,
            said,
            staging,
            counts,
            compiled,
            receipt,
            timing,
            is_timed,
            shrunk,
        };
        gpu.receipt = Some(Receipt::new(&gpu, receipt::SIGN)?);
        if tracing::enabled!(tracing::Level::TRACE) {
            gpu.time_kernels(true)?;
        }
        Ok(gpu)
    }

    /// Has kernels timed from now on, or no longer; whether the device has a clock.
    pub(crate) fn time_kernels(&self, on: bool) -> Result<bool> {
        if on && self.timing.get().is_none() {
            let timing = Timing::new(self)?;
            // Another thread may have been first.
            let _ = self.timing.set(timing);
        }
        self.is_timed.store(on, Ordering::Relaxed);
        Ok(matches!(self.timing.get(), Some(Some(_))))
    }

    /// The clock, while kernels are timed.
    pub(super) fn timing(&self) -> Option<&Timing> {
        self.timing.get()?.as_ref().filter(|_| self.is_timed.load(Ordering::Relaxed))
    }

    /// What kernels took since this was asked last.
    pub(crate) fn take_kernel_times(&self) -> KernelTimes {
        self.timing.get().and_then(Option::as_ref).map(Timing::take).unwrap_or_default()
    }

    /// What a plan must keep to on this device, in f32.
    pub(crate) fn limits(&self) -> Limits {
        let turns = self.probe.arithmetic.loop_limit.map_or(u64::MAX, |turns| turns / 2);
        let shrunk = self.shrunk();
        Limits {
            device: self.info.name.clone().into(),
            iterations: ITERATIONS.min(turns),
            // However fast the device is, which `Pace` finds out: progress is told between submissions.
            submission: 1 << 34,
            invocations: 1 << 26,
            binding: self.probe.structures.binding,
            partials: 1 << (26 - shrunk),
            coordinates: u64::MAX >> if shrunk > 0 { 37 + shrunk } else { 0 },
            busy: match self.info.kind {
                AdapterKind::Software => 1 << 10,
                // About what 100 multiprocessors hold at once.
                _ => 1 << 17,
            },
            grain: None,
            real: 4,
        }
    }

    /// How often pieces were halved.
    pub(super) fn shrunk(&self) -> u32 {
        self.shrunk.load(Ordering::Relaxed)
    }

    /// After an error: whether it was for want of memory, and pieces are smaller now, so that the same may be tried again.
    pub(super) fn shrinks(&self, error: &Error) -> bool {
        let Error::OutOfMemory { bytes, what, .. } = error else { return false };
        let halved = |shrunk| (shrunk < MOST_SHRUNK).then_some(shrunk + 1);
        if self.shrunk.fetch_update(Ordering::Relaxed, Ordering::Relaxed, halved).is_err() {
            return false;
        }
        self.staging.lock().unwrap_or_else(PoisonError::into_inner).clear();
        // What nothing uses any more is given back now.
        let _ = self.device.poll(wgpu::PollType::Poll);
        tracing::info!(
            "{}: no memory for {bytes} bytes of {what}: work is cut into smaller pieces",
            self.info.name
        );
        true
    }

    pub(super) fn failure(&self, detail: impl Into<String>) -> Error {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).join("; ");
        let detail = detail.into();
        let detail = if said.is_empty() { detail } else { format!("{detail} ({said})") };
        Error::Device { device: self.info.name.clone(), detail }
    }

    /// Runs `make` under error scopes and turns what they catch into `explain`'s error.
    pub(super) fn guarded<T>(
        &self,
        make: impl FnOnce(&wgpu::Device) -> T,
        explain: impl Fn(wgpu::Error) -> Error,
    ) -> Result<T> {
        let scopes =
            [wgpu::ErrorFilter::OutOfMemory, wgpu::ErrorFilter::Validation, wgpu::ErrorFilter::Internal]
                .map(|filter| self.device.push_error_scope(filter));
        let made = catch_unwind(AssertUnwindSafe(|| make(&self.device)));
        let mut error = None;
        // Scopes pop in the reverse of their order.
        for scope in scopes.into_iter().rev() {
            error = pollster::block_on(scope.pop()).or(error);
        }
        match (made, error) {
            (_, Some(error)) => Err(explain(error)),
            (Ok(made), None) => Ok(made),
            (Err(_), None) => Err(self.failure("the driver gave up")),
        }
    }

    /// A buffer of `bytes` bytes (at least 16, since an empty one cannot be bound).
    pub(super) fn buffer(&self, what: &str, bytes: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer> {
        let size = bytes.max(16).next_multiple_of(16);
        let limit = self.info.max_buffer;
        if size > limit {
            return Err(Error::Limit {
                what: format!("the size in bytes of the buffer for {what}"),
                value: size,
                limit,
                device: self.info.name.clone(),
                advice: "use the device `cpu`, or fewer or smaller samples".into(),
            });
        }
        #[cfg(test)]
        super::faults::at_allocation(self, what, size)?;
        let label = format!("plusminus.{what}");
        let descriptor =
            wgpu::BufferDescriptor { label: Some(&label), size, usage, mapped_at_creation: false };
        self.guarded(
            |device| device.create_buffer(&descriptor),
            |error| self.allocation_error(what, size, error),
        )
    }

    pub(super) fn allocation_error(&self, what: &str, bytes: u64, error: wgpu::Error) -> Error {
        match error {
            wgpu::Error::OutOfMemory { source } => Error::OutOfMemory {
                device: self.info.name.clone(),
                bytes,
                what: what.into(),
                detail: source.to_string(),
            },
            other => self.failure(format!("no buffer for {what}: {other}")),
        }
    }

    /// A storage buffer, which must fit one binding.
    pub(super) fn storage(&self, what: &str, bytes: u64) -> Result<wgpu::Buffer> {
        // Larger ones have not been tried.
        let tried = self.probe.structures.binding;
        let limit = if tried > 0 { tried } else { self.info.max_storage_binding };
        if bytes > limit {
            return Err(Error::Limit {
                what: format!("the size in bytes of the buffer for {what}"),
                value: bytes,
                limit,
                device: self.info.name.clone(),
                advice: "use the device `cpu`, or fewer samples or a smaller batch".into(),
            });
        }
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::COPY_SRC;
        self.buffer(what, bytes, usage)
    }

    /// A storage buffer that holds `contents`.
    pub(super) fn upload<T: bytemuck::Pod>(&self, what: &str, contents: &[T]) -> Result<wgpu::Buffer> {
        let bytes: &[u8] = bytemuck::cast_slice(contents);
        let buffer = self.storage(what, bytes.len() as u64)?;
        self.write(&buffer, 0, bytes);
        Ok(buffer)
    }

    /// Writes before the next submission.
    pub(super) fn write(&self, buffer: &wgpu::Buffer, offset: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.counts.uploaded(bytes.len());
        self.queue.write_buffer(buffer, offset, bytes);
    }

    /// What the device said outside of any error scope since it was last asked.
    pub(super) fn heard(&self) -> Option<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        self.compiled.keep();
        if let Some(timing) = self.timing() {
            timing.tell();
        }
        let [submissions, launches, up, down] = self.counts.all();
        tracing::debug!(
            "{}: {submissions} submissions, {launches} launches, {up} bytes up, {down} bytes down",
            self.info.name
        );
    }
}
