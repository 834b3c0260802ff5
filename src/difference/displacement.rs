//! What is evaluated: every derivative is made of differences of displaced evaluations.

use std::ops::Range;

use super::ladders::Ladders;
use super::perturb::DeviceStep;

/// No axis.
pub(crate) const NONE: u32 = u32::MAX;

/// What is subtracted from an upper evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lower<T> {
    /// Nothing.
    Nothing,
    /// The terms at a base, one of the first sources.
    Base(u32),
    /// The terms at the same source with the same coordinate replaced by this.
    Moved(T),
}

/// One difference: the terms at a source vector with at most one coordinate replaced, less other terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Displacement<T> {
    /// Index of the source vector.
    pub(crate) source: u32,
    /// The coordinate that is replaced; [`NONE`]: the source itself.
    pub(crate) axis: u32,
    /// What it is replaced by.
    pub(crate) upper: T,
    pub(crate) lower: Lower<T>,
}

/// Many differences of the selected terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Displacements<'a, T> {
    /// Coordinates of a vector.
    pub(crate) dimension: usize,
    /// `[source][coordinate]`
    pub(crate) sources: &'a [T],
    /// How many of the sources, from the first on, are bases.
    pub(crate) bases: usize,
    pub(crate) what: What<'a, T>,
}

/// Which differences.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What<'a, T> {
    /// These.
    Listed(&'a [Displacement<T>]),
    /// These, told in short, too; of a part of a list, where it begins.
    Laddered(&'a [Displacement<T>], &'a Ladders, usize),
    /// f at each source.
    Values,
    /// A regular grid, of which only the moved coordinates are stored: each source, along each of some axes.
    Grid {
        axes: (usize, usize),
        /// `[source][axis]`: the coordinate above and below; with one side, of which the second is not moved, less the
        /// source's own terms.
        moved: &'a [[T; 2]],
        sides: usize,
        /// If they are steps that the device makes by itself: then `moved` is empty.
        #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices make and read all of it"))]
        by: Option<DeviceStep<T>>,
        /// Whether `moved` are not coordinates but how far they move: the objective's own increments, term by term.
        #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices make and read all of it"))]
        increments: bool,
    },
}

impl<T: Copy> Displacements<'_, T> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self.what {
            What::Listed(list) | What::Laddered(list, ..) => list.len(),
            What::Values => self.sources.len() / self.dimension,
            What::Grid { axes: (_, count), .. } => self.sources.len() / self.dimension * count,
        }
    }

    pub(crate) fn at(&self, i: usize) -> Displacement<T> {
        match self.what {
            What::Listed(list) | What::Laddered(list, ..) => list[i],
            // The source's first coordinate stands for none: it is not used.
            What::Values => {
                let upper = self.sources[i * self.dimension];
                Displacement { source: i as u32, axis: NONE, upper, lower: Lower::Nothing }
            }
            What::Grid { axes: (first, count), moved, sides, .. } => {
                let source = (i / count) as u32;
                let [upper, lower] = moved[i];
                let lower = if sides == 2 { Lower::Moved(lower) } else { Lower::Base(source) };
                Displacement { source, axis: (first + i % count) as u32, upper, lower }
            }
        }
    }

    pub(crate) fn source(&self, index: u32) -> &[T] {
        &self.sources[index as usize * self.dimension..][..self.dimension]
    }

    /// Some of a list; the whole otherwise, which is cut before.
    pub(crate) fn part(&self, part: Range<usize>) -> Self {
        match self.what {
            What::Listed(list) => Displacements { what: What::Listed(&list[part]), ..*self },
            What::Laddered(list, ladders, first) => {
                let first = first + part.start;
                Displacements { what: What::Laddered(&list[part], ladders, first), ..*self }
            }
            _ => *self,
        }
    }

    /// The ladders of a whole list, if it has any.
    pub(crate) fn ladders(&self) -> Option<&Ladders> {
        match self.what {
            What::Laddered(_, ladders, 0) => Some(ladders),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only devices ask for it"))]
    pub(crate) fn list(&self) -> Option<&[Displacement<T>]> {
        match self.what {
            What::Listed(list) | What::Laddered(list, ..) => Some(list),
            What::Values | What::Grid { .. } => None,
        }
    }

    /// Some of a list, by their indices.
    pub(crate) fn picked(&self, indices: &[usize]) -> Vec<Displacement<T>> {
        indices.iter().map(|&index| self.at(index)).collect()
    }

    /// Which of the bases are subtracted from something.
    pub(crate) fn used_bases(&self) -> Vec<bool> {
        let mut used = vec![false; self.bases];
        match self.what {
            What::Listed(list) | What::Laddered(list, ..) => {
                for displacement in list {
                    if let Lower::Base(base) = displacement.lower {
                        used[base as usize] = true;
                    }
                }
            }
            What::Values => {}
            What::Grid { sides, .. } => used.fill(sides == 1),
        }
        used
    }

    /// How many evaluations a difference takes beside shared ones.
    pub(crate) fn sides(&self) -> usize {
        match self.what {
            // A list may hold both kinds.
            What::Listed(list) => {
                let is_moved = |d: &Displacement<T>| matches!(d.lower, Lower::Moved(_));
                1 + usize::from(list.iter().any(is_moved))
            }
            What::Laddered(..) => 1,
            What::Values => 0,
            What::Grid { sides, .. } => sides,
        }
    }
}
