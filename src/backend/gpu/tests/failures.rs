//! How failures of devices become errors.

use std::sync::Arc;

use super::super::device::Gpu;
use super::super::objective::OnGpu;
use super::super::probe;
use super::super::receipt::{self, Receipt};
use super::super::terms::TermKernels;
use super::{Example, gpu, wanted};
use crate::backend::Backend;
use crate::backend::plan::Plan;
use crate::difference::displacement::{Displacements, What};
use crate::error::Error;
use crate::numeric::Precision;

/// lavapipe allocates lazily and never runs out, so the driver's word is injected.
#[test]
fn out_of_memory_is_an_error() {
    let gpu = gpu();
    let said = wgpu::Error::OutOfMemory { source: "VK_ERROR_OUT_OF_DEVICE_MEMORY".into() };
    let error = gpu.allocation_error("partial sums", 1 << 40, said);
    assert!(
        matches!(error, Error::OutOfMemory { bytes: 1_099_511_627_776, .. }) && error.is_device(),
        "{error}"
    );
    assert!(error.to_string().contains("partial sums"), "{error}");
}

#[test]
fn a_lost_device_is_an_error() {
    let gpu = gpu();
    let mut on_gpu = OnGpu::<f32>::new(Arc::clone(&gpu), Arc::new(Example::standard())).unwrap();
    let mut values = || {
        let capacity = on_gpu.capacity().unwrap();
        let plan = Plan::new(capacity.work(1, 3, 0), &capacity.limits).unwrap();
        let what = Displacements { dimension: 3, sources: &[0.5, 0.5, 0.5], bases: 0, what: What::Values };
        on_gpu.evaluate(&plan, &plan.pieces[0], &what)
    };
    values().unwrap();
    gpu.device.destroy();
    let error = values().unwrap_err();
    assert!(matches!(error, Error::Device { .. }) && error.is_device(), "{error}");
}

#[test]
fn a_buffer_too_large_is_an_error() {
    let gpu = gpu();
    let usage = wgpu::BufferUsages::STORAGE;
    let error = gpu.buffer("everything", u64::MAX / 2, usage).unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}

#[test]
fn a_wrong_shader_is_an_error_with_its_own_line() {
    let source = "// line 1\nfn term(s: u32) -> real {\n    return y(0u);\n}";
    let objective = Example { source: source.into(), terms: 1 };
    let error = TermKernels::new(gpu(), &objective, Precision::F32, |text| text).err().unwrap();
    assert!(matches!(error, Error::Shader { .. }), "{error}");
    assert!(error.to_string().contains(":3:"), "{error}");
}

/// A submission whose last kernel did not run is none, even if the driver counts it as finished and the buffer holds the results
/// of another call.
#[test]
fn submissions_that_were_not_carried_out_are_errors() {
    let gpu = gpu();
    let run = |gpu: &Gpu| probe::measure(gpu, &|text| text, None);
    run(&gpu).unwrap();
    for (right, wrong) in
        [("receipt[0] = call.x;", ""), ("call.x;", "call.x - 0x9e3779b9u;"), ("call.x;", "0u;")]
    {
        assert!(receipt::SIGN.contains(right));
        let mut gpu = probe::open(wanted(&gpu)).unwrap();
        // The call before has filled the staging buffer.
        gpu.receipt = Some(Receipt::new(&gpu, &receipt::SIGN.replacen(right, wrong, 1)).unwrap());
        let error = run(&gpu).unwrap_err();
        assert!(
            error.is_device() && error.to_string().contains("last kernel has not run"),
            "{wrong}: {error}"
        );
    }
}
