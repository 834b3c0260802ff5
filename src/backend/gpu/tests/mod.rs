//! Each kernel on a real adapter against f64 arithmetic written out here, and broken on purpose to see that the
//! comparison fails. (Objectives and whole gradients: `tests/suite/gpu.rs`.)

mod failures;
mod faults;
mod grid;
mod list;
mod probe;
mod program;
mod quotients;
mod slopes;
mod translations;

use std::sync::Arc;

use super::adapters::Wanted;
use super::device::Gpu;
use super::probe as probing;
use super::terms::TermKernels;
use crate::backend::plan::Limits;
use crate::error::Result;
use crate::numeric::{Precision, Real};
use crate::objective::{Objective, Wgsl};

/// A hardware GPU, or lavapipe.
fn gpu() -> Arc<Gpu> {
    let gpu = probing::open(Wanted::Hardware).or_else(|_| probing::open(Wanted::Named("software")));
    let mut gpu = gpu.unwrap_or_else(|error| {
        panic!("GPU tests need an adapter; `apt-get install mesa-vulkan-drivers libvulkan1` gives lavapipe: {error}")
    });
    // Submissions are planned alike wherever tests run.
    gpu.probe.times.rate = 1e12;
    Arc::new(gpu)
}

/// The same once more.
fn wanted(gpu: &Gpu) -> Wanted<'static> {
    Wanted::Index(gpu.info.index)
}

/// Whether the adapter has f64 in shaders: lavapipe must, SwiftShader has not, and then f32 alone is tested.
fn has_f64() -> bool {
    let info = &gpu().info;
    assert!(info.f64 || !info.name.contains("llvmpipe"), "lavapipe has no f64");
    info.f64
}

/// A change of a module's text, or none.
type Break = Option<(&'static str, &'static str)>;

/// The kernels of an objective, one text broken.
fn kernels(gpu: &Arc<Gpu>, objective: &dyn Objective, precision: Precision, broken: Break) -> TermKernels {
    let found = std::cell::Cell::new(broken.is_none());
    let change = |text: String| match broken {
        Some((right, wrong)) if text.contains(right) => {
            found.set(true);
            text.replacen(right, wrong, 1)
        }
        _ => text,
    };
    let kernels = TermKernels::new(Arc::clone(gpu), objective, precision, change).unwrap();
    assert!(found.get(), "the text to break is gone: {broken:?}");
    kernels
}

/// The largest of numbers; NaN stays, which `f64::max` would drop.
fn largest(errors: impl Iterator<Item = f64>) -> f64 {
    errors.fold(0.0, |m: f64, e| if e.is_nan() || e > m { e } else { m })
}

/// 700 terms (s + 1)·tanh(x₀/(s+1))·eˣ¹ + ln(2 + x₂²) of three coordinates, or anything else given as WGSL.
struct Example {
    source: String,
    terms: usize,
}

impl Example {
    fn standard() -> Self {
        let source = "fn term(s: u32) -> real {
            let k = real(s + 1u);
            return k * pm_tanh(x(0u) / k) * exp(x(1u)) + pm_log(2.0 + x(2u) * x(2u));
        }";
        Example { source: source.into(), terms: 700 }
    }

    /// The terms in f64, from the formula.
    fn term(s: usize, x: [f64; 3]) -> f64 {
        let k = s as f64 + 1.0;
        k * (x[0] / k).tanh() * x[1].exp() + (2.0 + x[2] * x[2]).ln()
    }
}

impl Objective for Example {
    fn dimension(&self) -> usize {
        3
    }
    fn value(&self, _: &[f64]) -> f64 {
        f64::NAN
    }
    fn terms(&self) -> usize {
        self.terms
    }
    fn wgsl(&self) -> Result<Wgsl> {
        Ok(Wgsl {
            source: self.source.clone(),
            data: vec![],
            indices: vec![],
            iterations: 0,
            ..Default::default()
        })
    }
}

/// An objective that the engine mistrusts.
struct Guarded(Example);

impl Objective for Guarded {
    fn dimension(&self) -> usize {
        3
    }
    fn value(&self, _: &[f64]) -> f64 {
        f64::NAN
    }
    fn wgsl(&self) -> Result<Wgsl> {
        Ok(Wgsl { guarded: true, ..self.0.wgsl()? })
    }
}

/// Limits so tight that two points and three axes take several pieces and levels.
fn tight<T: Real>() -> Limits {
    Limits {
        coordinates: u64::MAX,
        grain: None,
        device: "test".into(),
        iterations: 1 << 15,
        submission: 1 << 12,
        invocations: 1 << 20,
        binding: 1 << 20,
        partials: 1 << 20,
        busy: 1 << 12,
        real: size_of::<T>() as u64,
    }
}
