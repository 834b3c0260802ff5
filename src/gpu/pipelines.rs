//! Layouts, pipelines and dispatches.

use super::context::{GROUP, Gpu};
use crate::error::{Error, Result};

/// Dispatches at least `invocations` invocations, folded into two dimensions.
pub(super) fn dispatch(pass: &mut wgpu::ComputePass<'_>, invocations: usize, max_workgroups: u32) {
    let groups = invocations.div_ceil(GROUP as usize) as u32;
    let wide = groups.min(max_workgroups).max(1);
    pass.dispatch_workgroups(wide, groups.div_ceil(wide), 1);
}

/// How a binding is used.
#[derive(Clone, Copy)]
pub(super) enum Slot {
    Uniform,
    Read,
    Write,
    /// A number that is left out.
    Unused,
}

/// A layout of bindings, numbered in order.
pub(super) fn layout(gpu: &Gpu, label: &str, slots: &[Slot]) -> Result<wgpu::BindGroupLayout> {
    let entries: Vec<_> = (0..)
        .zip(slots)
        .filter(|(_, slot)| !matches!(slot, Slot::Unused))
        .map(|(binding, slot)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty: match slot {
                    Slot::Uniform => wgpu::BufferBindingType::Uniform,
                    Slot::Read | Slot::Unused => wgpu::BufferBindingType::Storage { read_only: true },
                    Slot::Write => wgpu::BufferBindingType::Storage { read_only: false },
                },
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        })
        .collect();
    gpu.guarded(
        |device| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(label),
                entries: &entries,
            })
        },
        |error| gpu.failure(error.to_string()),
    )
}

/// Compiles a module into one pipeline for each entry point.
pub(super) fn pipelines(
    gpu: &Gpu,
    source: wgpu::ShaderSource<'_>,
    layout: &wgpu::BindGroupLayout,
    entry_points: &[&str],
    refused: impl Fn(wgpu::Error) -> Error,
) -> Result<Vec<wgpu::ComputePipeline>> {
    gpu.guarded(
        |device| {
            let module = device
                .create_shader_module(wgpu::ShaderModuleDescriptor { label: Some("plusminus"), source });
            let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some("plusminus"),
                bind_group_layouts: &[Some(layout)],
                immediate_size: 0,
            });
            let pipeline = |entry_point: &&str| {
                device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                    label: Some(entry_point),
                    layout: Some(&layout),
                    module: &module,
                    entry_point: Some(entry_point),
                    compilation_options: Default::default(),
                    cache: None,
                })
            };
            entry_points.iter().map(pipeline).collect()
        },
        refused,
    )
}
