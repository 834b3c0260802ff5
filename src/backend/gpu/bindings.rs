//! Layouts, buffers and the groups that bind them.

use wgpu::BufferUsages as Usage;

use super::device::Gpu;
use crate::error::Result;
use crate::objective::SETTINGS;

/// A row of settings, in bytes: a multiple of WebGPU's alignment of a uniform binding's offset, 256.
pub(super) const ROW: u64 = 4 * SETTINGS as u64;

/// Bytes up to which it is remembered what was written.
const LITTLE: usize = 1 << 14;

/// How a binding is used, and what messages call it.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    /// One row of a uniform buffer, chosen by the dispatch.
    Settings(&'static str),
    Read(&'static str),
    Write(&'static str),
}

/// What a binding holds.
pub(super) enum Contents<'a> {
    /// A buffer of its own of at least so many bytes.
    Bytes(u64),
    Shared(&'a wgpu::Buffer),
}

/// A layout of bindings, numbered in order.
#[derive(Clone)]
pub(super) struct Layout {
    pub(super) label: &'static str,
    slots: Vec<Slot>,
    pub(super) layout: wgpu::BindGroupLayout,
}

/// Buffers, bound.
pub(super) struct Bindings {
    buffers: Vec<wgpu::Buffer>,
    /// What little was written last into each.
    written: Vec<Vec<u8>>,
    pub(super) group: wgpu::BindGroup,
}

impl Gpu {
    pub(super) fn layout(&self, label: &'static str, slots: &[Slot]) -> Result<Layout> {
        let entries: Vec<_> = (0..)
            .zip(slots)
            .map(|(binding, slot)| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer {
                    ty: match slot {
                        Slot::Settings(_) => wgpu::BufferBindingType::Uniform,
                        Slot::Read(_) => wgpu::BufferBindingType::Storage { read_only: true },
                        Slot::Write(_) => wgpu::BufferBindingType::Storage { read_only: false },
                    },
                    has_dynamic_offset: matches!(slot, Slot::Settings(_)),
                    min_binding_size: None,
                },
                count: None,
            })
            .collect();
        let descriptor = wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries };
        let layout = self.guarded(
            |device| device.create_bind_group_layout(&descriptor),
            |error| self.failure(error.to_string()),
        )?;
        Ok(Layout { label, slots: slots.to_vec(), layout })
    }
}

impl Bindings {
    pub(super) fn new(gpu: &Gpu, layout: &Layout, contents: &[Contents<'_>]) -> Result<Self> {
        let buffers = layout.slots.iter().zip(contents).map(|(slot, contents)| match (slot, contents) {
            (_, Contents::Shared(buffer)) => Ok((*buffer).clone()),
            (Slot::Settings(what), Contents::Bytes(bytes)) => {
                gpu.buffer(what, (*bytes).max(ROW), Usage::UNIFORM | Usage::COPY_DST)
            }
            (Slot::Read(what) | Slot::Write(what), Contents::Bytes(bytes)) => gpu.storage(what, *bytes),
        });
        let buffers = buffers.collect::<Result<Vec<_>>>()?;
        let entries: Vec<_> = (0..)
            .zip(layout.slots.iter().zip(&buffers))
            .map(|(binding, (slot, buffer))| {
                let size = matches!(slot, Slot::Settings(_)).then(|| std::num::NonZeroU64::new(ROW));
                let size = size.flatten();
                let resource = wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size });
                wgpu::BindGroupEntry { binding, resource }
            })
            .collect();
        let descriptor =
            wgpu::BindGroupDescriptor { label: Some("plusminus"), layout: &layout.layout, entries: &entries };
        let group = gpu.guarded(
            |device| device.create_bind_group(&descriptor),
            |error| gpu.failure(error.to_string()),
        )?;
        Ok(Bindings { written: vec![Vec::new(); buffers.len()], buffers, group })
    }

    /// `kept`, if its buffers are large enough and not much too large, or others.
    pub(super) fn renewed(
        kept: Option<Self>,
        gpu: &Gpu,
        layout: &Layout,
        contents: &[Contents<'_>],
    ) -> Result<Self> {
        let fits = |(buffer, contents): (&wgpu::Buffer, &Contents<'_>)| match contents {
            Contents::Bytes(bytes) => buffer.size() >= *bytes && buffer.size() / 8 <= (*bytes).max(1 << 16),
            Contents::Shared(shared) => buffer == *shared,
        };
        // Those that do not fit are given back before others are asked for.
        match kept.filter(|kept| kept.buffers.iter().zip(contents).all(fits)) {
            Some(kept) => Ok(kept),
            None => Bindings::new(gpu, layout, contents),
        }
    }

    /// Writes, but for little that stands there already: each write costs the driver some memory and some microseconds. For what
    /// only this writes.
    pub(super) fn write_new(&mut self, gpu: &Gpu, binding: usize, bytes: &[u8]) {
        let known = &mut self.written[binding];
        if bytes.len() > LITTLE {
            known.clear();
        } else if known != bytes {
            known.clear();
            known.extend_from_slice(bytes);
        } else {
            return;
        }
        gpu.write(&self.buffers[binding], 0, bytes);
    }

    pub(super) fn buffer(&self, binding: usize) -> &wgpu::Buffer {
        &self.buffers[binding]
    }
}
