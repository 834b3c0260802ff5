//! Proof that a submission was carried out.
//!
//! Some drivers count a submission as finished that a watchdog killed, without a word; what is read back are then zeros, or the
//! results of the call before, which still stand in the staging buffer. So the last kernel of each submission signs with a
//! number that no other call has, and results without this signature are none.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, Ordering};

use super::bindings::{Bindings, Contents, ROW, Slot};
use super::compiled::Module;
use super::device::Gpu;
use super::executor::Dispatch;
use crate::error::Result;

pub(super) const SIGN: &str = include_str!("../../../shaders/receipt.wgsl");

/// From one call's number to the next: odd, so that all 2^32 come before one comes again, and far apart.
const STRIDE: u32 = 0x9e37_79b9;

/// Bytes of a signature.
pub(super) const BYTES: u64 = 4;

/// The kernel that signs.
pub(super) struct Receipt {
    pipeline: wgpu::ComputePipeline,
    bound: Bindings,
    call: AtomicU32,
}

impl Receipt {
    pub(super) fn new(gpu: &Gpu, sign: &str) -> Result<Self> {
        let layout =
            gpu.layout("receipt", &[Slot::Settings("the number of a call"), Slot::Write("receipts")])?;
        let refused = |report| gpu.failure(format!("the receipt shader was refused: {report}"));
        let pipeline = gpu.pipeline(&Module::own(sign), &layout, "sign", refused)?;
        let bound = Bindings::new(gpu, &layout, &[Contents::Bytes(ROW), Contents::Bytes(BYTES)])?;
        // Another process may have left its signatures in memory that is handed out again.
        let call = AtomicU32::new(RandomState::new().hash_one(0) as u32);
        Ok(Receipt { pipeline, bound, call })
    }

    /// Numbers a call; the kernel that signs for it.
    pub(super) fn next(&self, gpu: &Gpu) -> (u32, Dispatch<'_>) {
        let call = self.call.fetch_add(STRIDE, Ordering::Relaxed);
        gpu.write(self.bound.buffer(0), 0, bytemuck::cast_slice(&[call, 0, 0, 0]));
        let dispatch = Dispatch {
            name: "sign",
            pipeline: &self.pipeline,
            group: &self.bound.group,
            offsets: vec![0],
            groups: [1; 3],
        };
        (call, dispatch)
    }

    /// Where it signs.
    pub(super) fn buffer(&self) -> &wgpu::Buffer {
        self.bound.buffer(1)
    }
}
