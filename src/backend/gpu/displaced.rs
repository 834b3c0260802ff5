//! What a device is told of displacements, and what its flags tell of the results.

use std::borrow::Cow;

use crate::backend::Trapped;
use crate::difference::displacement::{Displacement, Displacements, Lower, What};
use crate::numeric::Real;

/// A flag that nothing was noted under, once its bits are turned.
pub(super) const ALL_FINITE: u32 = u32::MAX;

/// `PM_NO_AXIS`, and where the bits that say what is subtracted begin.
const NO_AXIS: u32 = 0x3fff_ffff;
const LOWER: u32 = 30;

/// The coordinates above, and below if any is moved there, of each displacement; none where the device moves them.
pub(super) fn moved_coordinates<'a, T: Real>(what: &Displacements<'a, T>) -> Cow<'a, [T]> {
    let sides = what.sides();
    match what.what {
        What::Values | What::Grid { relative: Some(_), .. } => Cow::Borrowed(&[]),
        What::Grid { moved, .. } if sides == 2 => Cow::Borrowed(moved.as_flattened()),
        What::Grid { moved, .. } => Cow::Owned(moved.iter().map(|[upper, _]| *upper).collect()),
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

/// Of each displacement of a list source, axis and what is subtracted, and where that may be another base than the source, the base;
/// how many words that is.
pub(super) fn list_words<T: Real>(what: &Displacements<'_, T>) -> (u32, Vec<u32>) {
    let What::Listed(list) = what.what else { return (0, Vec::new()) };
    let is_own = |displacement: &Displacement<T>| match displacement.lower {
        Lower::Base(base) => base == displacement.source,
        _ => true,
    };
    let words = if list.iter().all(is_own) { 2 } else { 3 };
    let mut all = Vec::with_capacity(words * list.len());
    for displacement in list {
        let (kind, base) = match displacement.lower {
            Lower::Base(base) => (0, base),
            Lower::Nothing => (1, 0),
            Lower::Moved(_) => (2, 0),
        };
        let axis = displacement.axis.min(NO_AXIS) | kind << LOWER;
        all.extend(&[displacement.source, axis, base][..words]);
    }
    (words as u32, all)
}

/// Puts NaN where flags tell of a term that is not finite: a driver may have made an ordinary number of it.
pub(super) fn piece_together<T: Real>(what: &Displacements<'_, T>, flags: &[u32], sums: &mut [T]) {
    let nan = T::of(f64::NAN);
    let count = what.len();
    if let What::Listed(list) = what.what {
        for (i, sum) in sums.iter_mut().enumerate() {
            let base = match list[i % count].lower {
                Lower::Base(base) => flags[count + base as usize],
                _ => ALL_FINITE,
            };
            if flags[i % count] != ALL_FINITE || base != ALL_FINITE {
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
