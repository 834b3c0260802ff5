//! Along which lines of a request a term has slopes, by what it reads.

use std::ops::Range;

use crate::backend::CarryAlong;
use crate::numeric::Real;
use crate::objective::Slopes;

/// The lines of a request by their axes.
pub(super) struct Index {
    /// Of each axis, where lines with it (of planes, as the lower one) start, and where the last end.
    starts: Vec<usize>,
    /// The other axis and the line, in order.
    lines: Vec<(u32, u32)>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Axes,
    Planes,
    /// One line, along which all terms have slopes.
    Vector,
}

impl Index {
    pub(super) fn new<T>(along: &CarryAlong<'_, T>, n: usize) -> Self {
        let (kind, keys): (Kind, Vec<[u32; 2]>) = match along {
            CarryAlong::Axes(axes) | CarryAlong::Across(axes, ..) => {
                (Kind::Axes, axes.iter().map(|&axis| [axis, axis]).collect())
            }
            CarryAlong::Planes(planes) => {
                (Kind::Planes, planes.iter().map(|&[i, j]| [i.min(j), i.max(j)]).collect())
            }
            CarryAlong::Vectors(..) => (Kind::Vector, Vec::new()),
        };
        let mut sorted: Vec<([u32; 2], u32)> =
            keys.into_iter().enumerate().map(|(line, key)| (key, line as u32)).collect();
        sorted.sort_unstable();
        let mut starts = vec![0; n + 1];
        sorted.iter().for_each(|&([axis, _], _)| starts[axis as usize + 1] += 1);
        for axis in 0..n {
            starts[axis + 1] += starts[axis];
        }
        Index { starts, lines: sorted.into_iter().map(|([_, other], line)| (other, line)).collect(), kind }
    }

    /// Adds the lines along which a term that reads these coordinates has slopes, in order.
    fn extend(&self, reads: &[u32], to: &mut Vec<u32>) {
        let before = to.len();
        let of = |axis: u32| &self.lines[self.starts[axis as usize]..self.starts[axis as usize + 1]];
        match self.kind {
            Kind::Vector => to.push(0),
            Kind::Axes => reads.iter().for_each(|&axis| to.extend(of(axis).iter().map(|&(_, line)| line))),
            Kind::Planes => {
                for (i, &axis) in reads.iter().enumerate() {
                    let mut rest = of(axis);
                    for &other in &reads[i..] {
                        rest = &rest[rest.partition_point(|&(own, _)| own < other)..];
                        let found = rest.iter().take_while(|&&(own, _)| own == other);
                        to.extend(found.map(|&(_, line)| line));
                    }
                }
            }
        }
        to[before..].sort_unstable();
    }
}

/// Some terms with their lines.
pub(super) struct Block {
    pub(super) terms: Range<usize>,
    /// Lines of any of them, in order.
    pub(super) lines: Vec<u32>,
    /// Where the lines of each term start in `own`, and where the last end.
    starts: Vec<usize>,
    /// Lines of each term, counted within `lines`.
    own: Vec<u32>,
}

impl Block {
    /// Of `count` lines.
    pub(super) fn new<T: Real>(
        index: &Index,
        slopes: &dyn Slopes<T>,
        terms: Range<usize>,
        count: usize,
    ) -> Self {
        let (mut starts, mut own) = (vec![0], Vec::new());
        for term in terms.clone() {
            match slopes.reads(term as u32) {
                Some(reads) => index.extend(reads, &mut own),
                None => own.extend(0..count as u32),
            }
            starts.push(own.len());
        }
        let mut lines = own.clone();
        lines.sort_unstable();
        lines.dedup();
        own.iter_mut().for_each(|line| *line = lines.partition_point(|other| *other < *line) as u32);
        Block { terms, lines, starts, own }
    }

    /// Lines of the `i`-th term.
    pub(super) fn of(&self, i: usize) -> &[u32] {
        &self.own[self.starts[i]..self.starts[i + 1]]
    }

    /// Calls that the terms take, so many lines each: one at least, for the value.
    pub(super) fn calls(&self, lines: usize) -> usize {
        (0..self.terms.len()).map(|i| self.of(i).len().div_ceil(lines).max(1)).sum()
    }

    /// Lines of the term that has the most.
    pub(super) fn widest(&self, terms: Range<usize>) -> usize {
        terms.map(|i| self.of(i).len()).max().unwrap_or(0)
    }

    /// Calls that the terms take in so many lanes, each with as many of its lines.
    pub(super) fn calls_in_lanes(&self, lanes: usize, lines: usize) -> usize {
        let count = self.terms.len();
        let chunks = (0..count).step_by(lanes).map(|begin| begin..(begin + lanes).min(count));
        chunks.map(|terms| self.widest(terms).div_ceil(lines).max(1)).sum()
    }
}
