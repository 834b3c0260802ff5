//! Which terms a rank has in its memory.

use std::ops::Range;

use super::{cut, share};

/// The terms of one rank, of those of all. All terms are cut into `parts` parts; a rank has those of the parts that are its own. Which part is whose
/// is as with the [blocks](super::share) of a step that has one block of each part.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    terms: usize,
    parts: usize,
    own: Range<usize>,
}

#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "jobs make it"))]
impl Held {
    pub(crate) fn new(terms: usize, parts: usize, rank: usize, size: usize) -> Self {
        Held { terms, parts, own: share(rank, size, parts) }
    }

    /// Those of all ranks.
    pub(crate) fn terms(&self) -> usize {
        self.terms
    }

    pub(crate) fn parts(&self) -> usize {
        self.parts
    }

    /// The terms of a part.
    pub(crate) fn part(&self, part: usize) -> Range<usize> {
        share(part, self.parts, self.terms)
    }

    /// Those that are here, counted as all are. A rank that has no part of its own has the first, to know how terms look.
    pub(crate) fn here(&self) -> Range<usize> {
        let parts = if self.own.is_empty() { 0..1 } else { self.own.clone() };
        self.part(parts.start).start..self.part(parts.end - 1).end
    }

    /// All terms in pieces of at most `piece`, none of which is in two parts, and which of the pieces are to be computed here.
    pub(crate) fn pieces(&self, piece: usize) -> (Vec<Range<usize>>, Range<usize>) {
        let (mut all, mut first, mut end) = (Vec::new(), 0, 0);
        for part in 0..self.parts {
            let range = self.part(part);
            if part == self.own.start {
                first = all.len();
            }
            all.extend(
                cut(range.len(), piece).into_iter().map(|at| range.start + at.start..range.start + at.end),
            );
            if part < self.own.end {
                end = all.len();
            }
        }
        (all, first..end.max(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rank_has_its_parts() {
        for (terms, parts) in [(23, 3), (5, 5), (10_000, 7)] {
            for size in [1, 2, 3, 4, 7] {
                let mut ends = (0, 0);
                for rank in 0..size {
                    let held = Held::new(terms, parts, rank, size);
                    let (pieces, own) = held.pieces(1000);
                    assert_eq!((pieces[0].start, pieces[pieces.len() - 1].end), (0, terms));
                    assert!(pieces.windows(2).all(|pair| pair[0].end == pair[1].start));
                    if share(rank, size, parts).is_empty() {
                        assert!(own.is_empty());
                        assert_eq!(held.here(), held.part(0));
                        continue;
                    }
                    assert_eq!((held.here().start, own.start), ends);
                    assert_eq!(pieces[own.start].start, held.here().start);
                    assert_eq!(pieces[own.end - 1].end, held.here().end);
                    ends = (held.here().end, own.end);
                }
                assert_eq!(ends.0, terms);
            }
        }
    }
}
