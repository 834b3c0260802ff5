//! Terms with their slopes as WGSL.

use crate::numeric::Precision;

/// Which slopes a device is to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SlopeShape {
    /// The working precision.
    pub precision: Precision,
    /// Slopes of one run.
    pub slots: usize,
    /// Whether second slopes are wanted, each along an axis and one more line, whose slot is the one behind the last.
    pub second: bool,
    /// Whether slopes are those over a step of the caller's own, without bounds.
    pub finite: bool,
    /// Whether bounds of errors and flags go along.
    pub bars: bool,
    /// Whether, in the place of bounds, every number is made off by its own rounding at random.
    pub random: bool,
    /// Whether slopes (of second ones, the line) are along a vector, whose components may be off themselves, rather than
    /// along axes.
    pub along_vectors: bool,
}

/// Terms with their slopes as WGSL.
///
/// The text defines `fn pm_carry(s: u32)`, which computes the `s`-th term (counted among all) and leaves its value in
/// `pm_value`, a bound of that value's error in `pm_error`, its slopes in `pm_slope[slot]`, bounds of their errors in
/// `pm_bound[slot]`, and adds doubts to `pm_raised`: bit 3·slot for a branch, the next ones for a jump and a corner. Second slopes, if they are
/// wanted, take the places of slopes, and doubts about the line are doubts about all slots. It reads by `pm_x(i)`,
/// `pm_datum(i)`, `pm_data_error(i)`, `pm_seed(slot, i)`, `pm_seed_error(slot, i)`, `pm_step(slot)` and `pm_sample()`, all declared
/// in `shaders/slopes.wgsl` and `shaders/carried.wgsl`, and calls the functions of `shaders/prelude`. Its loops count their turns: each begins with `pm_turns += 1u;
/// if (pm_turns > PM_TURNS) { break; }`.
#[derive(Clone, Debug)]
pub struct SlopeText {
    /// The WGSL text.
    pub source: String,
    /// How far the objective's data, rounded to the working precision, may be from what was written; empty: not at all.
    pub data_errors: Vec<f64>,
}
