//! What a call of a formula knows beside its numbers. Numbers of a formula never leave its thread, since the formula does not
//! know whether they may.

use std::cell::Cell;

thread_local! {
    static SAMPLE: Cell<u32> = const { Cell::new(0) };
    static CORNERS: Cell<u32> = const { Cell::new(0) };
}

/// Which sample is computed: constants do not see it otherwise.
pub(super) fn sample() -> u32 {
    SAMPLE.get()
}

pub(super) fn set_sample(sample: u32) {
    SAMPLE.set(sample);
}

/// Notes lanes in which a number is at a corner, where either slope may be the true one.
pub(super) fn note_corners(lanes: u32) {
    CORNERS.set(CORNERS.get() | lanes);
}

/// Those since the last question.
pub(super) fn take_corners() -> u32 {
    CORNERS.replace(0)
}
