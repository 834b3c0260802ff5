//! Which adapters there are.

use serde::Serialize;

use crate::error::{Error, Result};

/// What an adapter is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AdapterKind {
    /// A GPU of its own memory, shared memory, or one handed to a virtual machine.
    Hardware,
    /// A driver that runs shaders on the CPU, such as lavapipe.
    Software,
    /// The driver does not say.
    Unknown,
}

/// What a driver says of its adapter.
#[derive(Clone, Debug, Serialize)]
pub struct AdapterInfo {
    /// Position in the list of adapters.
    pub index: usize,
    /// The adapter's name.
    pub name: String,
    /// Hardware or software.
    pub kind: AdapterKind,
    /// `vulkan`, `metal`, `dx12`.
    pub backend: String,
    /// The driver and its version.
    pub driver: String,
    /// Where it is on the PCI bus, such as `0000:3b:00.0`, if it is there and the driver says so.
    pub pci: Option<String>,
    /// PCI ids of the vendor and the device.
    pub ids: (u32, u32),
    /// Bytes of one storage binding.
    pub max_storage_binding: u64,
    /// Bytes of one buffer.
    pub max_buffer: u64,
    /// Workgroups in one dimension of a dispatch.
    pub max_workgroups: u32,
    /// Invocations in one workgroup.
    pub max_workgroup_size: u32,
    /// Storage bindings of one stage.
    pub max_storage_bindings: u32,
    /// Whether shaders may use f64.
    pub f64: bool,
    /// Whether shaders may use subgroup operations, and the smallest and largest subgroup.
    pub subgroups: Option<(u32, u32)>,
}

impl AdapterInfo {
    /// PCI ids of vendor and device as `lspci -nn` prints them.
    pub fn ids_text(&self) -> String {
        let (vendor, device) = self.ids;
        format!("{vendor:04x}:{device:04x}")
    }

    /// Whether it is at this address, with or without the domain, or has these ids.
    pub(crate) fn is_at(&self, place: &str) -> bool {
        let numbers = |text: &str| -> Vec<u32> {
            text.split([':', '.']).map(|part| u32::from_str_radix(part, 16).unwrap_or(u32::MAX)).collect()
        };
        let wanted = numbers(place);
        if !place.contains('.') {
            return wanted == [self.ids.0, self.ids.1];
        }
        let own = self.pci.as_deref().map(numbers).unwrap_or_default();
        own.len() >= wanted.len() && own.ends_with(&wanted)
    }
}

pub(super) struct Found {
    pub(super) adapter: wgpu::Adapter,
    pub(super) info: AdapterInfo,
}

pub(super) fn enumerate() -> Vec<Found> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle_from_env();
    // A buffer that leaves too little memory is an error, where the driver tells how much there is; and not a lost device later.
    descriptor.memory_budget_thresholds =
        wgpu::MemoryBudgetThresholds { for_resource_creation: Some(95), for_device_loss: Some(99) };
    let instance = wgpu::Instance::new(descriptor);
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()))
        .into_iter()
        .enumerate()
        .map(|(index, adapter)| Found { info: describe(index, &adapter), adapter })
        .collect()
}

fn describe(index: usize, adapter: &wgpu::Adapter) -> AdapterInfo {
    let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu | wgpu::DeviceType::IntegratedGpu | wgpu::DeviceType::VirtualGpu => {
            AdapterKind::Hardware
        }
        wgpu::DeviceType::Cpu => AdapterKind::Software,
        wgpu::DeviceType::Other => AdapterKind::Unknown,
    };
    AdapterInfo {
        index,
        name: info.name,
        kind,
        backend: info.backend.to_string(),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_string(),
        pci: Some(info.device_pci_bus_id.to_lowercase()).filter(|place| !place.is_empty()),
        ids: (info.vendor, info.device),
        max_storage_binding: limits.max_storage_buffer_binding_size,
        max_buffer: limits.max_buffer_size,
        max_workgroups: limits.max_compute_workgroups_per_dimension,
        max_workgroup_size: limits.max_compute_invocations_per_workgroup,
        max_storage_bindings: limits.max_storage_buffers_per_shader_stage,
        f64: features.contains(wgpu::Features::SHADER_F64),
        subgroups: features
            .contains(wgpu::Features::SUBGROUP)
            .then_some((info.subgroup_min_size, info.subgroup_max_size)),
    }
}

/// Every adapter that a driver offers, software ones included.
pub fn adapters() -> Vec<AdapterInfo> {
    enumerate().into_iter().map(|found| found.info).collect()
}

/// Which adapter to open.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// The first hardware GPU, discrete ones first; of processes that a launcher has started on one machine, each has the next.
    Hardware,
    /// The first, or the next likewise, whose name, driver or kind contains this text.
    Named(&'a str),
    /// The one at this place in the list.
    Index(usize),
    /// The one at this address of the PCI bus, or the first of these ids.
    Pci(&'a str),
}

/// Why there is no adapter, where there is none, and what helps.
pub fn why_none() -> String {
    // The kernel has a card that Vulkan does not see: as a rule a container that was given the libraries for CUDA alone.
    let text = if std::path::Path::new("/dev/nvidiactl").exists() {
        "there is an NVIDIA card, but no Vulkan driver offers it; a container needs the graphics libraries, too: start it \
         with NVIDIA_DRIVER_CAPABILITIES=compute,graphics,utility, and install libvulkan1 in it"
    } else {
        "no Vulkan, Metal or DirectX 12 driver offers any adapter (on Debian and Ubuntu `apt-get install \
         mesa-vulkan-drivers libvulkan1` gives a software one, lavapipe)"
    };
    text.into()
}

/// Which of so many equal adapters is this process's, if a launcher has started several on this machine.
fn own_of(count: usize) -> usize {
    crate::team::local().0 % count.max(1)
}

pub(super) fn find(wanted: Wanted<'_>) -> Result<Found> {
    let found = enumerate();
    let list = found.iter().map(|found| format!("`{}`", found.info.name)).collect::<Vec<_>>();
    let there = if list.is_empty() { why_none() } else { format!("there is {}", list.join(", ")) };
    match wanted {
        Wanted::Hardware => {
            let rank = |found: &Found| match found.adapter.get_info().device_type {
                wgpu::DeviceType::DiscreteGpu => 0,
                wgpu::DeviceType::VirtualGpu => 1,
                _ => 2,
            };
            let mut hardware: Vec<Found> =
                found.into_iter().filter(|found| found.info.kind == AdapterKind::Hardware).collect();
            hardware.sort_by_key(rank);
            // Cards of one kind are shared among the processes of one machine.
            let alike = hardware.iter().filter(|found| rank(found) == rank(&hardware[0])).count();
            hardware.into_iter().nth(own_of(alike)).ok_or_else(|| Error::NoAdapter {
                message: format!(
                    "no hardware GPU: {there}; use the device `cpu`, or name a software adapter"
                ),
            })
        }
        Wanted::Index(index) => found.into_iter().nth(index).ok_or_else(|| Error::UnknownDevice {
            message: format!("there is no adapter {index} (they count from 0): {there}"),
        }),
        Wanted::Pci(place) => {
            let is_there = found.iter().position(|found| found.info.is_at(place));
            let list = found.iter().map(|found| {
                let AdapterInfo { name, pci, .. } = &found.info;
                format!("`{name}` at {} ({})", pci.as_deref().unwrap_or("no address"), found.info.ids_text())
            });
            let list = list.collect::<Vec<_>>();
            let there = if list.is_empty() { there } else { format!("there is {}", list.join(", ")) };
            is_there.and_then(|at| found.into_iter().nth(at)).ok_or_else(|| Error::UnknownDevice {
                message: format!("no adapter is at the PCI address, or has the PCI ids, {place}: {there}"),
            })
        }
        Wanted::Named(name) => {
            let matches = |found: &Found| {
                let AdapterInfo { name: own, kind, backend, driver, .. } = &found.info;
                // Mesa calls its software adapter llvmpipe, its driver and everybody else lavapipe.
                let alias = if own.contains("llvmpipe") { "lavapipe" } else { "" };
                format!("{own} {driver} {backend} {kind:?} {alias}")
                    .to_lowercase()
                    .contains(&name.to_lowercase())
            };
            let found: Vec<Found> = found.into_iter().filter(matches).collect();
            let own = own_of(found.len());
            found.into_iter().nth(own).ok_or_else(|| Error::UnknownDevice {
                message: format!("no adapter matches `{name}`: {there}; devices are auto, cpu, gpu, or part of an adapter's name"),
            })
        }
    }
}
