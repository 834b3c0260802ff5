//! Which device, and in which precision.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{Core, Evaluator, Pipeline};
use crate::backend::cpu::Cpu;
#[cfg(feature = "gpu")]
use crate::backend::gpu::{self, AdapterInfo, Gpu, OnGpu};
use crate::error::{Error, Result};
use crate::numeric::Precision;
use crate::objective::{Objective, Selection};

/// Which device the user asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A hardware GPU if there is one that can do the work, else the CPU engine. Never a software adapter, which
    /// is slower than the CPU engine.
    #[default]
    Auto,
    /// The CPU engine: every core, no driver needed.
    Cpu,
    /// A hardware GPU, or an error.
    Gpu,
    /// The first adapter whose name, driver or kind contains this text: `lavapipe`, `nvidia`, `software`, ….
    Named(String),
    /// The adapter at this place in the list of `plusminus::adapters`: `adapter:0`.
    Adapter(usize),
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(DeviceChoice::Auto),
            "cpu" => Ok(DeviceChoice::Cpu),
            "gpu" => Ok(DeviceChoice::Gpu),
            "" => {
                Err(Error::usage("the device is empty: it is auto, cpu, gpu, or part of an adapter's name"))
            }
            name => match name.strip_prefix("adapter:") {
                None => Ok(DeviceChoice::Named(name.into())),
                Some(index) => index.parse().map(DeviceChoice::Adapter).map_err(|_| {
                    Error::usage(format!("device `{name}`: `adapter:` takes a number, such as adapter:0"))
                }),
            },
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Gpu => f.write_str("gpu"),
            DeviceChoice::Named(name) => f.write_str(name),
            DeviceChoice::Adapter(index) => write!(f, "adapter:{index}"),
        }
    }
}

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

    /// Opens the device asked for. Without a precision, a GPU works in f32 and the CPU engine in f64; with
    /// [`DeviceChoice::Auto`] and f64 it is the CPU engine.
    ///
    /// # Errors
    /// [`Error::UnknownDevice`] for a name that no adapter has, [`Error::NoAdapter`] if there is no GPU,
    /// [`Error::Unsupported`] for f64 on a GPU without it and for GPUs without the feature `gpu`, [`Error::Device`] if it
    /// cannot be opened.
    pub fn open(choice: &DeviceChoice, precision: Option<Precision>) -> Result<Self> {
        let cpu = Engine::cpu(precision.unwrap_or(Precision::F64));
        match choice {
            DeviceChoice::Cpu => Ok(cpu),
            DeviceChoice::Auto if precision == Some(Precision::F64) => Ok(cpu),
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
        };
        let gpu = match (gpu::open(wanted), choice) {
            (Ok(gpu), _) => gpu,
            (Err(Error::NoAdapter { .. }), DeviceChoice::Auto) => return Ok(cpu),
            (Err(error), DeviceChoice::Auto) => {
                tracing::warn!("using the CPU engine, since the GPU cannot be opened: {error}");
                return Ok(cpu);
            }
            (Err(error), _) => return Err(error),
        };
        check_precision(&gpu.info, precision)?;
        Ok(Engine { gpu: Some(Arc::new(gpu)), precision: precision.unwrap_or(Precision::F32) })
    }

    /// Opens the device asked for, for this objective: with [`DeviceChoice::Auto`], an objective that has no
    /// WGSL form goes to the CPU engine.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_for(
        choice: &DeviceChoice,
        precision: Option<Precision>,
        objective: &dyn Objective,
    ) -> Result<Self> {
        if *choice != DeviceChoice::Auto || precision == Some(Precision::F64) {
            return Self::open(choice, precision);
        }
        // An objective with a program of its own has a form for devices; writing its text would lay out its data.
        let has_form =
            if objective.device_program().is_some() { Ok(()) } else { objective.wgsl().map(|_| ()) };
        match has_form {
            Ok(()) => Self::open(choice, precision),
            // Without an f32 form of its own either, the CPU engine works in f64.
            Err(Error::Unsupported { .. }) => Ok(Engine::cpu(precision.unwrap_or(Precision::F64))),
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
        let objective: Arc<dyn Objective + 'a> = Arc::new(objective);
        let core = self.core(&objective)?;
        Ok(Evaluator { objective, core })
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

/// Not every adapter has f64 in shaders.
#[cfg(feature = "gpu")]
fn check_precision(info: &AdapterInfo, precision: Option<Precision>) -> Result<()> {
    if precision != Some(Precision::F64) || info.f64 {
        return Ok(());
    }
    Err(Error::unsupported(format!(
        "{} has no f64 in shaders (the feature SHADER_F64, of Vulkan only); use precision f32, or the device `cpu`",
        info.name
    )))
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("device", &self.device()).field("precision", &self.precision).finish()
    }
}

#[cfg(all(test, feature = "gpu"))]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_without_f64_says_so() {
        let mut info = AdapterInfo {
            index: 0,
            name: "Some GPU".into(),
            kind: crate::backend::gpu::AdapterKind::Hardware,
            backend: "metal".into(),
            driver: String::new(),
            max_storage_binding: 0,
            max_buffer: 0,
            max_workgroups: 0,
            max_workgroup_size: 0,
            max_storage_bindings: 0,
            f64: false,
            subgroups: None,
        };
        let error = check_precision(&info, Some(Precision::F64)).unwrap_err();
        assert!(error.is_bad_input(), "{error}");
        assert!(error.to_string().contains("Some GPU has no f64 in shaders"), "{error}");
        assert!(check_precision(&info, Some(Precision::F32)).is_ok() && check_precision(&info, None).is_ok());
        info.f64 = true;
        assert!(check_precision(&info, Some(Precision::F64)).is_ok());
    }
}
