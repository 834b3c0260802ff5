//! What is differentiated. Knows no device and no way to difference.

mod closure;
mod device;
mod enclosure;
mod increments;
pub mod network;
mod pack;
pub(crate) mod product;
mod quadratic;
mod separable;
mod slope_number;
mod slope_text;
pub(crate) mod slopes;
mod sums;
mod terms;
mod text;
mod traced;
mod vector_closure;
mod wgsl;

pub use closure::Closure;
pub(crate) use device::settings;
pub use device::{
    Cells, DeviceProgram, Launch, ProgramLimits, ProgramPlan, ProgramPoints, ProgramRequest, ProgramText,
    SETTINGS,
};
pub use enclosure::{Enclosed, Enclosures};
pub use increments::{Incremental, Increments, IncrementsAt};
pub use network::{Activation, Architecture, Layer, Loss, Network, ParameterView, Samples, Targets};
pub use pack::{Formula, Number, Separable};
#[cfg(feature = "gpu")]
pub(crate) use product::{Product, Tile};
pub use quadratic::{Matrix, Quadratic};
pub use slope_text::{SlopeShape, SlopeText};
pub use slopes::{Input, Seeds, SlopeRequest, SlopeRows, Slopes};
pub use sums::OfSums;
pub(crate) use sums::{Along, Product as LogProduct};
pub use terms::{Moves, Reduction, Selection, Terms};
pub(crate) use terms::{add_up, by_evaluations, runs};
pub use text::{CurveModel, ExpressionOptions, ShaderOptions, WgslObjective};
pub use vector_closure::VectorClosure;
pub use wgsl::{Entry, Wgsl};

use crate::error::{Error, Result};
use crate::numeric::Precision;

/// A scalar function of `n` real coordinates:
/// f(x) = constant + Σₛ termₛ(x), or constant + the mean over s, for one or more terms.
///
/// Only [`dimension`](Objective::dimension) and [`value`](Objective::value) are required: the CPU engine then
/// differences `value` in f64. The other methods make it faster or bring it to other devices:
///
/// | to run | implement |
/// |---|---|
/// | on the CPU in f32, or term by term | [`host_f32`](Objective::host_f32), [`host_f64`](Objective::host_f64) |
/// | on a GPU | [`wgsl`](Objective::wgsl) |
/// | without cancellation on the CPU | [`incremental`](Objective::incremental) |
/// | without cancellation on a GPU | [`Wgsl::increments`], [`Incremental::slope_text`], or [`device_program`](Objective::device_program) |
///
/// Terms are differenced one by one before they are summed: Σ(term(x+h) - term(x-h)) loses 4 to 6 times less
/// to rounding than Σterm(x+h) - Σterm(x-h).
///
/// ```
/// use plusminus::{Difference, Engine, Objective, Precision};
///
/// /// f(x) = x₀²·x₁
/// struct Product;
/// impl Objective for Product {
///     fn dimension(&self) -> usize { 2 }
///     fn value(&self, x: &[f64]) -> f64 { x[0] * x[0] * x[1] }
/// }
///
/// let engine = Engine::cpu(Precision::F64);
/// let points = ndarray::array![[3.0, 2.0]];
/// let gradient = engine.evaluator(&Product)?.gradient(points.view(), &Difference::default())?;
/// assert!((gradient.value[[0, 0]] - 12.0).abs() < 1e-9);
/// assert!((gradient.value[[0, 1]] - 9.0).abs() < 1e-9);
/// # Ok::<(), plusminus::Error>(())
/// ```
///
/// A sum of terms, each differenced by itself; minibatches select some of them:
///
/// ```
/// use std::ops::Range;
/// use std::sync::Arc;
/// use plusminus::{Difference, Engine, Objective, Precision, Selection, Terms};
///
/// /// f(a, b) = Σ (a + b·tₛ - yₛ)², a line fitted to points (t, y).
/// struct Line(Arc<Vec<[f64; 2]>>);
///
/// impl Objective for Line {
///     fn dimension(&self) -> usize { 2 }
///     fn terms(&self) -> usize { self.0.len() }
///     fn value(&self, x: &[f64]) -> f64 {
///         self.0.iter().map(|[t, y]| (x[0] + x[1] * t - y).powi(2)).sum()
///     }
///     fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
///         let count = selection.len(self.0.len());
///         let selected = (0..count).map(|s| self.0[selection.index(s)]).collect();
///         Some(Box::new(Residuals(selected)))
///     }
/// }
///
/// struct Residuals(Vec<[f64; 2]>);
///
/// impl Terms<f64> for Residuals {
///     fn evaluate(&self, x: &[f64], range: Range<usize>, out: &mut [f64]) {
///         for ([t, y], out) in self.0[range].iter().zip(out) {
///             *out = (x[0] + x[1] * t - y).powi(2);
///         }
///     }
///     fn operations(&self) -> u64 { 4 }
/// }
///
/// let line = Line(Arc::new(vec![[0.0, 1.0], [1.0, 3.0], [2.0, 4.0]]));
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(line)?;
/// evaluator.select(Some(&[0, 2]))?;
/// let gradient = evaluator.gradient_at(&[1.0, 1.0], &Difference::default())?;
/// assert!((gradient.value[0] + 2.0).abs() < 1e-9 && (gradient.value[1] + 4.0).abs() < 1e-9);
/// # Ok::<(), plusminus::Error>(())
/// ```
pub trait Objective: Send + Sync {
    /// The number n of coordinates, at least 1.
    fn dimension(&self) -> usize;

    /// f(x) over all terms, in f64: the oracle that error messages and tests consult.
    /// `x` has [`dimension`](Objective::dimension) elements.
    fn value(&self, x: &[f64]) -> f64;

    /// What messages call it.
    fn name(&self) -> String {
        "objective".into()
    }

    /// The number of terms, at least 1. A minibatch selects some of them.
    fn terms(&self) -> usize {
        1
    }

    /// How the terms make up the value.
    fn reduction(&self) -> Reduction {
        Reduction::Sum
    }

    /// Added to the reduced terms; no difference ever sees it.
    fn constant(&self) -> f64 {
        0.0
    }

    /// The selected terms, ready to be evaluated on the host in f64. `None`: by [`value`](Objective::value). They outlive
    /// the call: data are shared (`Arc`) or copied.
    fn host_f64(&self, _selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
        None
    }

    /// Whether it can be evaluated in this precision, on the host or on a device.
    ///
    /// # Errors
    /// Why it cannot be. By default it can.
    fn check_precision(&self, _precision: Precision) -> Result<()> {
        Ok(())
    }

    /// The selected terms, ready to be evaluated on the host in f32.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is no such form, as by default.
    fn host_f32(&self, _selection: Selection<'_>) -> Result<Box<dyn Terms<f32>>> {
        Err(Error::unsupported(format!(
            "`{}` can be evaluated on the CPU in f64 only; use precision f64",
            self.name()
        )))
    }

    /// Differences that subtract no two values of f, on the host. `None` if the objective has none, as by default.
    fn incremental(&self) -> Option<&dyn Incremental> {
        None
    }

    /// Whole gradients by increments as a program for a device. `None` if the objective has none, as by default.
    fn device_program(&self) -> Option<&dyn DeviceProgram> {
        None
    }

    /// The objective as a shader.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is no such form, as by default.
    fn wgsl(&self) -> Result<Wgsl> {
        Err(Error::unsupported(format!("`{}` has no WGSL form for a GPU; use the device `cpu`", self.name())))
    }
}

/// Declares that what points to an objective is one.
macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<O: Objective + ?Sized> Objective for $pointer {
            fn dimension(&self) -> usize {
                (**self).dimension()
            }
            fn value(&self, x: &[f64]) -> f64 {
                (**self).value(x)
            }
            fn name(&self) -> String {
                (**self).name()
            }
            fn terms(&self) -> usize {
                (**self).terms()
            }
            fn reduction(&self) -> Reduction {
                (**self).reduction()
            }
            fn constant(&self) -> f64 {
                (**self).constant()
            }
            fn check_precision(&self, precision: Precision) -> Result<()> {
                (**self).check_precision(precision)
            }
            fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
                (**self).host_f64(selection)
            }
            fn host_f32(&self, selection: Selection<'_>) -> Result<Box<dyn Terms<f32>>> {
                (**self).host_f32(selection)
            }
            fn incremental(&self) -> Option<&dyn Incremental> {
                (**self).incremental()
            }
            fn device_program(&self) -> Option<&dyn DeviceProgram> {
                (**self).device_program()
            }
            fn wgsl(&self) -> Result<Wgsl> {
                (**self).wgsl()
            }
        }
    )*};
}

forward!(&O, Box<O>, std::sync::Arc<O>);
