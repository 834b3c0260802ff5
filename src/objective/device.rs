//! Whole gradients by increments as a program for a device: what an objective brings, in plain text and numbers.

use std::hash::{DefaultHasher, Hasher};
use std::ops::Range;

use super::Selection;
use crate::difference::{Scheme, Step};
use crate::error::Result;
use crate::numeric::{Precision, Real};

/// Words of a row of settings.
pub const SETTINGS: usize = 128;

/// An objective that brings kernels which compute whole gradients on a device: points, data and state stay there,
/// and descents loop there.
///
/// The text is put behind `shaders/program.wgsl`, which declares what kernels share: `pm_step` (the settings of a launch:
/// `first` and `count` of the terms at hand, `order` of where they stand in `pm_order`, `mean`, `h`, `side`, …), `pm_points`,
/// `pm_state`, `pm_gradient` (`[point][coordinate]`, where the quotients go), `pm_data`, `pm_table` ([`Cells`]),
/// `pm_trace(point, sum)` (the sum of the terms at hand) and the functions of `shaders/prelude`; and `const DIMENSION`. Binding
/// 9 is a uniform for settings of the program's own: one row of [`SETTINGS`] words. The text also defines
/// `fn pm_is_beyond(i: u32, x: real) -> bool`: whether coordinate `i` may not become `x` in a descent, since the settings would
/// no longer fit; the point then halts and the host goes on. A workgroup has 64 invocations as a rule; `pm_linear` gives their
/// index where a dispatch is folded.
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
    fn data_for(&self, _selection: Selection<'_>, precision: Precision) -> Cells {
        Cells::new(precision)
    }

    /// Numbers in `pm_state` for so many points.
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
    /// The precision of `real`.
    pub precision: Precision,
}

/// What `pm_data` and `pm_table` hold: real numbers and whole ones, each in a cell as large as a number of the working precision.
/// A text reads them by `pm_number(cell)` and `pm_word(cell)`.
#[derive(Clone, Debug)]
pub struct Cells {
    precision: Precision,
    words: Vec<u32>,
}

impl Cells {
    /// None yet.
    pub fn new(precision: Precision) -> Self {
        Cells { precision, words: Vec::new() }
    }

    /// Puts numbers behind what is there; in f32 they are rounded.
    pub fn numbers(&mut self, numbers: impl IntoIterator<Item = f64>) {
        match self.precision {
            Precision::F32 => {
                self.words.extend(numbers.into_iter().map(|number| (number as f32).to_bits()));
            }
            Precision::F64 => {
                for number in numbers {
                    let bits = number.to_bits();
                    self.words.extend([bits as u32, (bits >> 32) as u32]);
                }
            }
        }
    }

    /// Puts whole numbers behind what is there.
    pub fn whole(&mut self, words: impl IntoIterator<Item = u32>) {
        match self.precision {
            Precision::F32 => self.words.extend(words),
            // There is no bitcast of f64 in WGSL; it holds every word as a number.
            Precision::F64 => self.numbers(words.into_iter().map(f64::from)),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self.precision {
            Precision::F32 => self.words.len(),
            Precision::F64 => self.words.len() / 2,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// As a device gets them.
    #[cfg(feature = "gpu")]
    pub(crate) fn words(&self) -> &[u32] {
        &self.words
    }
}

/// Points in the working precision, `[point][coordinate]`.
#[derive(Clone, Copy, Debug)]
pub enum ProgramPoints<'a> {
    /// In f32.
    F32(&'a [f32]),
    /// In f64.
    F64(&'a [f64]),
}

impl<'a> ProgramPoints<'a> {
    /// Of either.
    #[cfg(feature = "gpu")]
    pub(crate) fn new<T: Real>(points: &'a [T]) -> Self {
        match T::PRECISION {
            Precision::F32 => ProgramPoints::F32(bytemuck::cast_slice(points)),
            Precision::F64 => ProgramPoints::F64(bytemuck::cast_slice(points)),
        }
    }
}

/// A row of settings: numbers first, then words, so that in both precisions nothing lies between them.
pub(crate) fn settings<T: Real>(numbers: &[T], words: &[u32]) -> [u32; SETTINGS] {
    let mut row = [0; SETTINGS];
    let bits: &[u32] = bytemuck::cast_slice(numbers);
    row[..bits.len()].copy_from_slice(bits);
    row[bits.len()..][..words.len()].copy_from_slice(words);
    row
}

/// What a program is made of.
#[derive(Clone, Debug)]
pub struct ProgramText {
    /// The WGSL text.
    pub source: String,
    /// Its entry points; [`Launch::kernel`] counts them.
    pub kernels: Vec<String>,
    /// `pm_data`, for all terms.
    pub data: Cells,
    /// `pm_table`.
    pub table: Cells,
    /// What the engine's own text comes to.
    own: Option<u64>,
}

impl ProgramText {
    /// A text and its entry points, `pm_data` and `pm_table`.
    pub fn new(source: String, kernels: Vec<String>, data: Cells, table: Cells) -> Self {
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
    /// Where.
    pub points: ProgramPoints<'a>,
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
