//! What a call of slopes writes for the device, and the limits that its plan keeps to.

use super::partials::Partials;
use crate::backend::plan::{Limits, Plan};
use crate::backend::{Carry, CarryAlong};
use crate::error::{Error, Result};
use crate::numeric::Real;
use crate::objective::SlopeShape;

/// Bytes that one submission reads back at most, as long as one axis of one point is not more.
const READ_BACK: u64 = 1 << 24;

/// About how many evaluations a run with slopes takes as long as.
const EFFORT: u64 = 8;

/// No axis.
const NONE: u32 = u32::MAX;

/// The axes of each group: of its slots and, for second slopes, of the line, which is a vector where there is none.
pub(super) fn lines<T>(along: &CarryAlong<'_, T>, shape: &SlopeShape) -> Vec<u32> {
    let pairs: Vec<[u32; 2]> = match *along {
        CarryAlong::Axes(axes) | CarryAlong::Across(axes, ..) => {
            axes.iter().map(|&axis| [axis, NONE]).collect()
        }
        CarryAlong::Planes(planes) => planes.to_vec(),
        CarryAlong::Vectors(..) => vec![[NONE; 2]],
    };
    let mut lines = Vec::with_capacity(2 * pairs.len());
    for pairs in pairs.chunks(shape.slots) {
        lines.extend(pairs.iter().map(|pair| pair[0]));
        lines.resize(lines.len() + shape.slots - pairs.len(), NONE);
        // Planes of a group have their line in common.
        lines.extend(shape.second.then_some(pairs[0][1]));
    }
    lines
}

/// Directions and their errors, then steps, `[point][slot of any group]`; 1 where there is no axis left, so that no step is 0.
pub(super) fn vectors<T: Real>(what: &Carry<'_, T>, stride: usize) -> Vec<T> {
    let mut numbers = match what.along {
        CarryAlong::Vectors(vectors, errors) | CarryAlong::Across(_, vectors, errors) => {
            [vectors, errors].concat()
        }
        _ => Vec::new(),
    };
    for steps in what.steps.unwrap_or(&[]).chunks_exact(what.along.len()) {
        numbers.extend_from_slice(steps);
        numbers.resize(numbers.len() + stride - steps.len(), T::ONE);
    }
    numbers
}

/// What a plan keeps to, so that a submission reads back what it may.
pub(super) fn limits<T>(limits: &Limits, partials: &Partials, shape: &SlopeShape) -> Limits {
    Limits {
        submission: limits.submission / EFFORT,
        // A plan counts one number for each invocation.
        partials: READ_BACK.min(limits.partials) * limits.real / partials.bytes::<T>(),
        // Directions take as much as points, and their errors, too; steps up to two and some for each coordinate.
        binding: limits.binding
            / if shape.finite {
                6
            } else if shape.along_vectors {
                2
            } else {
                1
            },
        ..limits.clone()
    }
}

/// # Errors
/// [`Error::Limit`] if the chunks of one group of axes do not fit a binding.
pub(super) fn check_chunks(plan: &Plan, bytes: u64, limits: &Limits) -> Result<()> {
    let all = plan.chunks as u64 * bytes;
    if all <= limits.binding {
        return Ok(());
    }
    Err(Error::Limit {
        what: "the size in bytes of the slopes of chunks of terms".into(),
        value: all,
        limit: limits.binding,
        device: limits.device.to_string(),
        advice: "select fewer terms at a time (minibatches), or use the device `cpu`".into(),
    })
}
