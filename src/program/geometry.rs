//! Functions of vectors and matrices for devices: `shaders/prelude/geometry.wgsl`, and determinants.

use naga::MathFunction;

const OF_VECTORS: &str = include_str!("../../shaders/prelude/geometry.wgsl");
const DETERMINANTS: &str = include_str!("../../shaders/prelude/determinants.wgsl");

/// The name in WGSL of a function that is taken from here.
pub(super) fn lowered(fun: MathFunction) -> Option<&'static str> {
    match fun {
        MathFunction::Reflect => Some("reflect"),
        MathFunction::FaceForward => Some("faceForward"),
        MathFunction::Refract => Some("refract"),
        MathFunction::Determinant => Some("determinant"),
        _ => None,
    }
}

/// The functions that a text calls, for vectors and matrices of each size.
pub(super) fn functions(text: &str) -> String {
    let mut all = String::new();
    if ["reflect", "faceForward", "refract"].iter().any(|name| text.contains(name)) {
        for n in 2..=4 {
            all += &OF_VECTORS.replace("VECTOR", &format!("v{n}")).replace("vecN", &format!("vec{n}<real>"));
        }
    }
    if text.contains("determinant") {
        all += DETERMINANTS;
    }
    all
}
