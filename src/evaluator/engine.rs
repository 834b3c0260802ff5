//! Which device, and in which precision.

use std::fmt;
use std::sync::Arc;

use super::choice::DeviceChoice;
use super::workload::Workload;
use super::{Core, Evaluator, Pipeline};
use crate::backend::cpu::Cpu;
#[cfg(feature = "gpu")]
use crate::backend::gpu::{self, AdapterInfo, Gpu, KernelTimes, OnGpu, ProbeReport};
use crate::error::{Error, Result};
use crate::numeric::Precision;
use crate::objective::{Objective, Selection};

/// An open device with a working precision: where objectives are evaluated.
#[derive(Clone)]
pub struct Engine {
    #[cfg(feature = "gpu")]
    gpu: Option<Arc<Gpu>>,
    precision: Precision,
}

impl Engine {
    /// The CPU engine: no driver is asked.
    pub fn cpu(precision: Precision) -> Self {
        Engine {
            #[cfg(feature = "gpu")]
            gpu: None,
            precision,
        }
    }

    /// Opens the device asked for. Without a precision, a GPU that is asked for works in f32 and the CPU engine in f64;
    /// [`DeviceChoice::Auto`] is the CPU engine unless the precision is f32 and there is a hardware GPU.
    /// [`open_for`](Self::open_for) also asks whether that is worth it.
    ///
    /// # Errors
    /// [`Error::UnknownDevice`] for a name that no adapter has, [`Error::NoAdapter`] if there is no GPU,
    /// [`Error::Unsupported`] for f64 on a GPU without it and for GPUs without the feature `gpu`, [`Error::Device`] if it
    /// cannot be opened.
    pub fn open(choice: &DeviceChoice, precision: Option<Precision>) -> Result<Self> {
        let cpu = Engine::cpu(precision.unwrap_or(Precision::F64));
        match choice {
            DeviceChoice::Cpu => Ok(cpu),
            DeviceChoice::Auto if cpu.precision == Precision::F64 => {
                tracing::info!("auto: the CPU engine, since f64 is its precision; GPUs are for f32");
                Ok(cpu)
            }
            choice => Self::open_gpu(choice, precision, cpu),
        }
    }

    #[cfg(not(feature = "gpu"))]
    fn open_gpu(choice: &DeviceChoice, _: Option<Precision>, cpu: Engine) -> Result<Self> {
        match choice {
            DeviceChoice::Auto => Ok(cpu),
            other => Err(Error::unsupported(format!(
                "device `{other}`: this build has no GPU devices (the feature `gpu` is off); use the device `cpu`"
            ))),
        }
    }

    #[cfg(feature = "gpu")]
    fn open_gpu(choice: &DeviceChoice, precision: Option<Precision>, cpu: Engine) -> Result<Self> {
        let wanted = match choice {
            DeviceChoice::Auto | DeviceChoice::Cpu | DeviceChoice::Gpu => gpu::Wanted::Hardware,
            DeviceChoice::Named(name) => gpu::Wanted::Named(name),
            DeviceChoice::Adapter(index) => gpu::Wanted::Index(*index),
            DeviceChoice::Pci(place) => gpu::Wanted::Pci(place),
        };
        let gpu = match (gpu::open(wanted), choice) {
            (Ok(gpu), _) => gpu,
            (Err(Error::NoAdapter { .. }), DeviceChoice::Auto) => {
                tracing::info!("auto: the CPU engine, since there is no hardware GPU");
                return Ok(cpu);
            }
            (Err(error), DeviceChoice::Auto) => {
                tracing::warn!("using the CPU engine, since the GPU cannot be opened: {error}");
                return Ok(cpu);
            }
            (Err(error), _) => return Err(error),
        };
        check_precision(&gpu.info, &gpu.probe, precision)?;
        Ok(Engine { gpu: Some(Arc::new(gpu)), precision: precision.unwrap_or(Precision::F32) })
    }

    /// Opens the device asked for, for this objective and so much work. [`DeviceChoice::Auto`] takes a hardware GPU only for
    /// f32, an objective that has a WGSL form, and work that would take the CPU engine longer than it may take to open a
    /// device and to compile for it ([`Workload`]). Why it takes what it takes is told at the level `info` of `tracing`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_for(
        choice: &DeviceChoice,
        precision: Option<Precision>,
        objective: &dyn Objective,
        work: &Workload,
    ) -> Result<Self> {
        if *choice != DeviceChoice::Auto || precision != Some(Precision::F32) || cfg!(not(feature = "gpu")) {
            return Self::open(choice, precision);
        }
        let cpu = Engine::cpu(Precision::F32);
        match work.seconds(objective) {
            Ok(seconds) if seconds < Workload::WORTH_A_GPU => {
                let worth = Workload::WORTH_A_GPU;
                tracing::info!(
                    "auto: the CPU engine, which this takes about {seconds:.1e} s; a GPU is looked for from {worth} s on"
                );
                Ok(cpu)
            }
            Ok(seconds) => {
                let engine = Self::open(choice, precision)?;
                let device = engine.device();
                tracing::info!("auto: {device}; this would take the CPU engine about {seconds:.1e} s");
                Ok(engine)
            }
            Err(Error::Unsupported { .. }) => {
                tracing::info!("auto: the CPU engine, since the objective has no form for a GPU");
                Ok(cpu)
            }
            Err(error) => Err(error),
        }
    }

    /// The device's name, for reports.
    pub fn device(&self) -> String {
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.gpu {
            return gpu.info.name.clone();
        }
        format!("cpu ({} threads)", rayon::current_num_threads())
    }

    /// The working precision.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Has the device's own clock time each kernel from now on, or no longer. Launches then wait for each other, which adds some 4 µs
    /// to each. Returns whether there is such a clock; the CPU engine has none.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`], [`Error::Device`].
    #[cfg(feature = "gpu")]
    pub fn time_kernels(&self, on: bool) -> Result<bool> {
        self.gpu.as_ref().map_or(Ok(false), |gpu| gpu.time_kernels(on))
    }

    /// What the kernels took since this was asked last, as far as they [are timed](Self::time_kernels). All engines that are clones of
    /// this one share the clock.
    #[cfg(feature = "gpu")]
    pub fn take_kernel_times(&self) -> KernelTimes {
        self.gpu.as_ref().map(|gpu| gpu.take_kernel_times()).unwrap_or_default()
    }

    /// Prepares an objective: compiles its shader and uploads its data, or lays them out for the CPU. It is borrowed (`&f`)
    /// or owned (`f`, or an `Arc` or `Box` of it).
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the objective has no form for this device and precision, [`Error::Shader`],
    /// [`Error::OutOfMemory`], [`Error::Limit`].
    pub fn evaluator<'a>(&self, objective: impl Objective + 'a) -> Result<Evaluator<'a>> {
        if objective.dimension() == 0 || objective.terms() == 0 {
            return Err(Error::usage(format!(
                "`{}` has {} coordinates and {} terms: both must be at least 1",
                objective.name(),
                objective.dimension(),
                objective.terms()
            )));
        }
        objective.check_precision(self.precision)?;
        let objective: Arc<dyn Objective + 'a> = Arc::new(objective);
        let core = self.core(&objective)?;
        Ok(Evaluator { objective, core, together: None })
    }

    fn core<'a>(&self, objective: &Arc<dyn Objective + 'a>) -> Result<Core<'a>> {
        let (shared, device) = (|| Arc::clone(objective), self.device());
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.gpu {
            let gpu = Arc::clone(gpu);
            return Ok(match self.precision {
                Precision::F32 => {
                    let backend = Box::new(OnGpu::<f32>::new(gpu, shared())?);
                    Core::F32(Pipeline::new(shared(), backend, device))
                }
                Precision::F64 => {
                    let backend = Box::new(OnGpu::<f64>::new(gpu, shared())?);
                    Core::F64(Pipeline::new(shared(), backend, device))
                }
            });
        }
        Ok(match self.precision {
            Precision::F32 => {
                // Refused now rather than at the first use.
                objective.host_f32(Selection::Only(&[0]))?;
                Core::F32(Pipeline::new(shared(), Box::new(Cpu::<f32>::new(shared())), device))
            }
            Precision::F64 => Core::F64(Pipeline::new(shared(), Box::new(Cpu::<f64>::new(shared())), device)),
        })
    }
}

/// Not every adapter has f64 in shaders, and what it has may be worth nothing.
#[cfg(feature = "gpu")]
fn check_precision(info: &AdapterInfo, probe: &ProbeReport, precision: Option<Precision>) -> Result<()> {
    if precision != Some(Precision::F64) {
        return Ok(());
    }
    let why = match probe.no_double() {
        Some(why) => format!("no f64 worth the name ({why})"),
        None if info.f64 => return Ok(()),
        None => "no f64 in shaders (the feature SHADER_F64, of Vulkan only)".into(),
    };
    Err(Error::unsupported(format!("{} has {why}; use precision f32, or the device `cpu`", info.name)))
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("device", &self.device()).field("precision", &self.precision).finish()
    }
}

#[cfg(all(test, feature = "gpu"))]
mod tests {
    use super::*;
    use crate::backend::gpu::{AdapterKind, DoubleErrors};

    #[test]
    fn an_adapter_without_f64_or_with_a_bad_one_says_so() {
        let mut info = AdapterInfo {
            index: 0,
            name: "Some GPU".into(),
            kind: AdapterKind::Hardware,
            backend: "metal".into(),
            driver: String::new(),
            pci: None,
            ids: (0, 0),
            max_storage_binding: 0,
            max_buffer: 0,
            max_workgroups: 0,
            max_workgroup_size: 0,
            max_storage_bindings: 0,
            f64: false,
            subgroups: None,
        };
        let mut probe = ProbeReport::default();
        let error = check_precision(&info, &probe, Some(Precision::F64)).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
        assert!(error.to_string().contains("Some GPU has no f64 in shaders"), "{error}");
        for precision in [Some(Precision::F32), None] {
            assert!(check_precision(&info, &probe, precision).is_ok());
        }
        info.f64 = true;
        probe.double = Some(DoubleErrors { quotient: 0.5, root: 0.5 });
        assert!(check_precision(&info, &probe, Some(Precision::F64)).is_ok());
        probe.double = Some(DoubleErrors { quotient: 9.0, root: 0.5 });
        let error = check_precision(&info, &probe, Some(Precision::F64)).unwrap_err();
        assert!(error.to_string().contains("its / is off by 9.00 ulp"), "{error}");
    }
}
