//! Whole gradients by increments as a program for a device: what an objective brings, in plain text and numbers.

use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

use super::Selection;
use crate::difference::{Scheme, Step};
use crate::error::Result;

/// Words of a row of settings.
pub const SETTINGS: usize = 64;

/// An objective that brings kernels which compute whole gradients, in f32, on a device: points, data and state stay there,
/// and descents loop there.
///
/// The text is put behind `shaders/program.wgsl`, which declares what kernels share: `pm_step` (the settings of a launch:
/// `first` and `count` of the terms at hand, `order` of where they stand in `pm_order`, `mean`, `h`, `side`, …), `pm_points`,
/// `pm_state`, `pm_gradient` (`[point][coordinate]`, where the quotients go), `pm_data`, `pm_table`, `pm_trace(point, sum)` (the sum
/// of the terms at hand) and the functions of `shaders/prelude`; and `const DIMENSION`. Binding 9 is a uniform for settings of the program's
/// own: one row of [`SETTINGS`] words. The text also defines `fn pm_is_beyond(i: u32, x: real) -> bool`: whether
/// coordinate `i` may not become `x` in a descent, since the settings would no longer fit; the point then halts and the host goes on.
/// A workgroup has 64 invocations as a rule; `pm_linear` gives their index where a dispatch is folded.
///
/// [`Quadratic`](super::Quadratic) and [`Network`](super::Network) are implemented by it.
pub trait DeviceProgram: Send + Sync {
    /// Text and data.
    ///
    /// # Errors
    /// [`Error::Limit`](crate::Error::Limit) if it does not fit the device (differences are then direct),
    /// [`Error::Usage`](crate::Error::Usage) if it does not fit f32.
    fn text(&self, limits: &ProgramLimits) -> Result<ProgramText>;

    /// Whether kernels write all workgroup memory that they read: then it need not be cleared before.
    fn fills_workgroup_memory(&self) -> bool {
        false
    }

    /// Whether kernels find the selected terms in `pm_order`; then each step of a descent may take a minibatch of its own.
    /// If not, [`data_for`](Self::data_for) gives other data.
    fn takes_batches(&self) -> bool {
        true
    }

    /// `pm_data` for the selected terms, unless the program [takes batches](Self::takes_batches).
    fn data_for(&self, _selection: Selection<'_>) -> Vec<u32> {
        Vec::new()
    }

    /// Words of `pm_state` for so many points.
    fn state(&self, points: usize) -> usize;

    /// Settings and launches of one step.
    ///
    /// # Errors
    /// Whatever a request asks for that there is not.
    fn plan(&self, request: &ProgramRequest<'_>) -> Result<ProgramPlan>;

    /// About how many multiplications and additions a step of one point with so many terms takes.
    fn operations(&self, terms: usize) -> u64;
}

/// What a device allows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProgramLimits {
    /// Whose limits these are, for messages.
    pub device: String,
    /// Loop iterations of one invocation.
    pub iterations: u64,
    /// As many invocations as keep the device busy.
    pub busy: u64,
}

/// What a program is made of.
#[derive(Clone, Debug, Default)]
pub struct ProgramText {
    /// The WGSL text.
    pub source: String,
    /// Its entry points; [`Launch::kernel`] counts them.
    pub kernels: Vec<String>,
    /// `pm_data`, for all terms.
    pub data: Vec<u32>,
    /// `pm_table`.
    pub table: Vec<u32>,
    /// What the engine's own text comes to.
    own: Option<u64>,
}

impl ProgramText {
    /// A text and its entry points, `pm_data` and `pm_table`.
    pub fn new(source: String, kernels: Vec<String>, data: Vec<u32>, table: Vec<u32>) -> Self {
        ProgramText { source, kernels, data, table, own: None }
    }

    /// The same, known to be the engine's own as it stands: all its loops end.
    pub(crate) fn own(mut self) -> Self {
        self.own = Some(sum(&self.source));
        self
    }

    /// Whether it is.
    #[cfg(feature = "gpu")]
    pub(crate) fn is_own(&self) -> bool {
        self.own == Some(sum(&self.source))
    }
}

fn sum(text: &str) -> u64 {
    let mut sum = DefaultHasher::new();
    sum.write(text.as_bytes());
    sum.finish()
}

/// What is asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ProgramRequest<'a> {
    /// `[point][coordinate]`
    pub points: &'a [f32],
    /// How many points.
    pub count: usize,
    /// Terms of a step.
    pub terms: usize,
    /// The quotient.
    pub scheme: Scheme,
    /// Its step.
    pub step: Step,
    /// Whether gradients are wanted; values always are.
    pub gradient: bool,
    /// Whether the points will move: settings must then do for points twice as far, up to `pm_is_beyond`.
    pub descends: bool,
    /// What the device allows.
    pub limits: &'a ProgramLimits,
}

/// What is to be run for one step, in order.
#[derive(Clone, Debug, Default)]
pub struct ProgramPlan {
    /// Rows of the program's own settings.
    pub settings: Vec<[u32; SETTINGS]>,
    /// The launches.
    pub launches: Vec<Launch>,
}

/// One kernel to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Index among [`ProgramText::kernels`].
    pub kernel: usize,
    /// The terms at hand, counted within those of the step.
    pub terms: Range<u32>,
    /// What of them, or of other work, this launch does; kernels see it as `from_term` and `to_term`.
    pub part: Range<u32>,
    /// The row of settings.
    pub settings: usize,
    /// Workgroups.
    pub groups: [u32; 3],
}

impl Launch {
    /// Workgroups of 64 for so many invocations of a kernel that finds its index by `pm_linear`.
    pub fn linear(invocations: usize) -> [u32; 3] {
        let groups = invocations.div_ceil(64).max(1) as u32;
        let wide = groups.min(65_535);
        [wide, groups.div_ceil(wide), 1]
    }
}
