//! What a device is told of displacements, and what its flags tell of the results.

use std::borrow::Cow;

use crate::backend::Trapped;
use crate::difference::displacement::{Displacement, Displacements, Lower, What};
use crate::difference::ladders::Ladder;
use crate::difference::perturb::{DeviceSize, DeviceStep};
use crate::difference::rounds::MANTISSAS;
use crate::numeric::Real;

/// A flag that nothing was noted under, once its bits are turned.
pub(super) const ALL_FINITE: u32 = u32::MAX;

/// `PM_NO_AXIS`, and where the bits that say what is subtracted begin.
const NO_AXIS: u32 = 0x3fff_ffff;
const LOWER: u32 = 30;

/// Added to exponents, so that none is negative.
const MIDDLE: i32 = 1 << 15;

/// The coordinates above, and below if any is moved there, of each displacement; none where the device moves them, but what its
/// steps are multiples of.
pub(super) fn moved_coordinates<'a, T: Real>(what: &Displacements<'a, T>) -> Cow<'a, [T]> {
    let sides = what.sides();
    match what.what {
        What::Grid { by: Some(DeviceStep { size: DeviceSize::Fixed(h), .. }), .. } => Cow::Owned(vec![h]),
        What::Values | What::Grid { by: Some(_), .. } => Cow::Borrowed(&[]),
        What::Grid { moved, .. } if sides == 2 => Cow::Borrowed(moved.as_flattened()),
        What::Grid { moved, .. } => Cow::Owned(moved.iter().map(|[upper, _]| *upper).collect()),
        What::Laddered(..) => Cow::Owned(MANTISSAS.iter().map(|&mantissa| T::of(mantissa)).collect()),
        What::Listed(list) if sides == 2 => {
            let both = |displacement: &Displacement<T>| match displacement.lower {
                Lower::Moved(lower) => [displacement.upper, lower],
                _ => [displacement.upper; 2],
            };
            Cow::Owned(list.iter().flat_map(both).collect())
        }
        What::Listed(list) => Cow::Owned(list.iter().map(|displacement| displacement.upper).collect()),
    }
}

/// What a device is told of a list.
pub(super) struct Words {
    pub(super) words: Vec<u32>,
    /// Of each ladder, or of each displacement where there are none.
    pub(super) each: usize,
    /// Slots of a ladder, made or not, and its sides; 0 where there are none.
    pub(super) width: usize,
    pub(super) sides: usize,
    pub(super) down: bool,
}

impl Words {
    /// Invocations for a chunk of terms.
    pub(super) fn invocations(&self, displacements: usize) -> usize {
        if self.width > 0 { self.words.len() / self.each * self.width } else { displacements }
    }
}

/// Words of a ladder.
const LADDER: usize = 5;

/// Of a list.
pub(super) fn words<T: Real>(what: &Displacements<'_, T>) -> Words {
    match what.what {
        What::Listed(list) => list_words(list),
        What::Laddered(list, ladders, first) => {
            let part = first..first + list.len();
            let picked = ladders.picked(|index| part.contains(&index));
            let mut words = Vec::with_capacity(LADDER * picked.all.len());
            for &Ladder { source, axis, exponent, scale, made, first } in &picked.all {
                let exponents = ((exponent + MIDDLE) as u32) << 16 | (scale + MIDDLE) as u32;
                words.extend([source, axis.min(NO_AXIS), exponents, made, first]);
            }
            Words { words, each: LADDER, width: picked.width(), sides: picked.sides, down: picked.down }
        }
        What::Values | What::Grid { .. } => {
            Words { words: Vec::new(), each: 0, width: 0, sides: 0, down: false }
        }
    }
}

/// Of each displacement of a list source, axis and what is subtracted, and where that may be another base than the source, the base.
fn list_words<T: Real>(list: &[Displacement<T>]) -> Words {
    let is_own = |displacement: &Displacement<T>| match displacement.lower {
        Lower::Base(base) => base == displacement.source,
        _ => true,
    };
    let each = if list.iter().all(is_own) { 2 } else { 3 };
    let mut words = Vec::with_capacity(each * list.len());
    for displacement in list {
        let (kind, base) = match displacement.lower {
            Lower::Base(base) => (0, base),
            Lower::Nothing => (1, 0),
            Lower::Moved(_) => (2, 0),
        };
        let axis = displacement.axis.min(NO_AXIS) | kind << LOWER;
        words.extend(&[displacement.source, axis, base][..each]);
    }
    Words { words, each, width: 0, sides: 0, down: false }
}

/// Words of flags: of a list, one bit a displacement and base; of a grid, one word a source.
pub(super) fn flag_words<T: Real>(what: &Displacements<'_, T>) -> usize {
    match what.list() {
        Some(list) => (list.len() + what.bases).div_ceil(32),
        None => what.sources.len() / what.dimension,
    }
}

/// Puts NaN where flags tell of a term that is not finite: a driver may have made an ordinary number of it.
pub(super) fn piece_together<T: Real>(what: &Displacements<'_, T>, flags: &[u32], sums: &mut [T]) {
    let nan = T::of(f64::NAN);
    let count = what.len();
    if let Some(list) = what.list() {
        let all_finite =
            flags.split_last().is_none_or(|(_, bits)| bits.iter().all(|&bits| bits == ALL_FINITE));
        if all_finite {
            return;
        }
        // Turned, as all flags.
        let is_finite = |bit: usize| flags[bit / 32] >> (bit % 32) & 1 == 1;
        for (i, sum) in sums.iter_mut().enumerate() {
            let base = match list[i % count].lower {
                Lower::Base(base) => is_finite(count + base as usize),
                _ => true,
            };
            if !(is_finite(i % count) && base) {
                *sum = nan;
            }
        }
        return;
    }
    let (first, axes) = match what.what {
        What::Grid { axes, .. } => axes,
        _ => (0, 1),
    };
    for (source, row) in sums.chunks_mut(axes).enumerate() {
        let flag = flags[source % (count / axes)];
        if flag != ALL_FINITE {
            row[(flag as usize).saturating_sub(first).min(axes - 1)] = nan;
        }
    }
}

/// What the flag of traps says.
pub(super) fn trapped(flag: u32) -> Option<Trapped> {
    match flag {
        0 => Some(Trapped::Turns),
        1 => Some(Trapped::Point),
        2 => Some(Trapped::Data),
        _ => None,
    }
}
