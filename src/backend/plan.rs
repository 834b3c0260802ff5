//! Which invocation does what: pure arithmetic on sizes, without a device.
//!
//! The work is a grid of *pairs* (point, axis) times *chunks* of terms. One invocation takes one pair and one
//! chunk. The pairs are cut into *pieces*, each one submission; in a piece every chunk's partial sum is stored
//! at `[chunk][pair]`, and levels of reduction add [`FAN_IN`] rows at a time, in a fixed order, until one is
//! left. The CPU engine follows the same plan with its own limits.

use std::borrow::Cow;
use std::fmt;

use crate::error::{Error, Result};

/// Rows added by one invocation of a reduction: short enough that a running sum stays accurate.
pub(crate) const FAN_IN: usize = 256;

/// More terms than this are never summed one after the other.
pub(crate) const MAX_TERMS_PER_CHUNK: usize = 256;

/// The size of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    /// Points, or displacements of a list.
    pub(crate) points: usize,
    /// The same of the whole that these may be a part of: terms are added up as they would be there.
    pub(crate) all: usize,
    /// Pairs of a point: its axes, or 1.
    pub(crate) axes: usize,
    /// Numbers that a point brings along: its coordinates.
    pub(crate) coordinates: usize,
    /// Evaluations of a pair: 1 or 2.
    pub(crate) evaluations: usize,
    /// Whether the terms at each point are kept, for all its pairs.
    pub(crate) keeps_terms: bool,
    /// Selected terms.
    pub(crate) terms: usize,
    /// Loop iterations of one evaluation of one term.
    pub(crate) iterations: u64,
    /// Chunks begin at multiples of this many terms, where they can.
    pub(crate) granularity: usize,
    /// Whether each term is wanted by itself: a chunk is one term, and nothing is reduced.
    pub(crate) by_term: bool,
}

impl Work {
    /// All axes of some points, `sides` evaluations each, by sums over terms; of no sides, the values.
    pub(crate) fn new(points: usize, coordinates: usize, sides: usize, terms: usize) -> Self {
        Work {
            points,
            all: points,
            axes: if sides == 0 { 1 } else { coordinates },
            coordinates,
            evaluations: sides.max(1),
            keeps_terms: sides == 1,
            terms,
            iterations: 0,
            granularity: 1,
            by_term: false,
        }
    }

    /// Loop iterations of the difference of a term: one more for the loop over terms itself.
    fn of_a_term(&self) -> u64 {
        (self.evaluations as u64).saturating_mul(self.iterations.saturating_add(1))
    }

    /// The same of so many pairs, all terms.
    #[cfg_attr(not(feature = "gpu"), allow(dead_code, reason = "only submissions to devices are timed"))]
    pub(crate) fn of_pairs(&self, pairs: usize) -> u64 {
        (pairs as u64).saturating_mul(self.terms as u64).saturating_mul(self.of_a_term())
    }
}

/// What a device allows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limits {
    /// Whose limits these are, for messages.
    pub(crate) device: Cow<'static, str>,
    /// Loop iterations of one invocation.
    pub(crate) iterations: u64,
    /// Loop iterations of one submission: keeps clear of watchdogs and keeps progress visible.
    pub(crate) submission: u64,
    /// Invocations of one dispatch.
    pub(crate) invocations: u64,
    /// Bytes of one storage binding.
    pub(crate) binding: u64,
    /// Bytes of partial sums.
    pub(crate) partials: u64,
    /// Bytes of the coordinates of all points of a piece, but of one point at least.
    pub(crate) coordinates: u64,
    /// As many invocations as keep the device busy; chunks get shorter to reach it.
    pub(crate) busy: u64,
    /// Instead of that: iterations that a chunk is worth. Then the order of a sum does not hang on what is asked for with it.
    pub(crate) grain: Option<u64>,
    /// Bytes of a number.
    pub(crate) real: u64,
}

/// Part of the batch that one submission does: whole points, or some axes of one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Index of the first point.
    pub(crate) first_point: usize,
    /// Number of points.
    pub(crate) points: usize,
    /// Index of the first axis.
    pub(crate) first_axis: usize,
    /// Number of axes.
    pub(crate) axes: usize,
}

impl Piece {
    /// The number of pairs.
    pub(crate) fn pairs(&self) -> usize {
        self.points * self.axes
    }
}

/// How a task is cut.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    /// The task.
    pub(crate) work: Work,
    /// Terms that one invocation adds up.
    pub(crate) terms_per_chunk: usize,
    /// Chunks of terms.
    pub(crate) chunks: usize,
    /// Submissions, in order.
    pub(crate) pieces: Vec<Piece>,
}

impl Plan {
    /// Cuts `work` so that it stays within `limits`.
    ///
    /// # Errors
    /// [`Error::Limit`] if even one term, one point or one axis is too much.
    pub(crate) fn new(work: Work, limits: &Limits) -> Result<Self> {
        let a_term = work.of_a_term();
        let exceeded = |what: &str, value: u64, limit: u64, advice: &str| Error::Limit {
            what: what.into(),
            value,
            limit,
            device: limits.device.to_string(),
            advice: advice.into(),
        };
        if a_term > limits.iterations {
            return Err(exceeded(
                "the number of loop iterations for the difference of one term",
                a_term,
                limits.iterations,
                "use the device `cpu`, which has no such limit",
            ));
        }
        let axes = work.axes;
        let all_pairs = (work.points.max(work.all) * axes) as u64;

        let most = if work.by_term { 1 } else { MAX_TERMS_PER_CHUNK };
        let most = ((limits.iterations / a_term) as usize).clamp(1, most).min(work.terms);
        let mut terms_per_chunk = match limits.grain {
            Some(grain) => (grain / work.iterations.max(1)) as usize,
            None => {
                let wanted_chunks = (limits.busy / all_pairs.max(1)).max(1) as usize;
                work.terms.div_ceil(wanted_chunks)
            }
        }
        .clamp(1, most);
        let aligned = terms_per_chunk.next_multiple_of(work.granularity).min(work.terms);
        terms_per_chunk = if aligned <= most { aligned } else { terms_per_chunk };
        if terms_per_chunk > work.granularity {
            terms_per_chunk -= terms_per_chunk % work.granularity;
        }
        let chunks = work.terms.div_ceil(terms_per_chunk);

        // Per point: its coordinates, and perhaps its terms.
        let base = if work.keeps_terms { work.terms } else { 0 };
        for (what, count) in [("coordinates", work.coordinates), ("terms", base)] {
            let bytes = count as u64 * limits.real;
            if bytes > limits.binding {
                return Err(exceeded(
                    &format!("the size in bytes of the {what} of one point"),
                    bytes,
                    limits.binding,
                    "use the device `cpu`",
                ));
            }
        }
        let points_at_once = (limits.binding.min(limits.coordinates)
            / (work.coordinates.max(base).max(1) as u64 * limits.real))
            .min(limits.partials / (base.max(1) as u64 * limits.real))
            .max(1);
        let chunk_count = chunks as u64;
        let pairs_at_once = [
            limits.partials / (chunk_count * limits.real),
            limits.binding / (chunk_count * limits.real),
            limits.binding.min(limits.coordinates) / (2 * limits.real),
            limits.invocations / chunk_count,
            limits.submission / (work.terms as u64).saturating_mul(a_term),
        ]
        .into_iter()
        .fold(u64::MAX, u64::min)
        .max(1);
        if chunk_count * limits.real > limits.binding || chunk_count > limits.invocations {
            return Err(exceeded(
                "the number of chunks of terms",
                chunk_count,
                (limits.binding / limits.real).min(limits.invocations),
                "select fewer terms at a time (minibatches), or use the device `cpu`",
            ));
        }

        let mut pieces = Vec::new();
        let whole = (pairs_at_once / axes as u64).min(points_at_once) as usize;
        if whole >= 1 {
            for first_point in (0..work.points).step_by(whole) {
                let points = whole.min(work.points - first_point);
                pieces.push(Piece { first_point, points, first_axis: 0, axes });
            }
        } else {
            let part = pairs_at_once as usize;
            for first_point in 0..work.points {
                for first_axis in (0..axes).step_by(part) {
                    let axes = part.min(axes - first_axis);
                    pieces.push(Piece { first_point, points: 1, first_axis, axes });
                }
            }
        }
        Ok(Plan { work, terms_per_chunk, chunks, pieces })
    }

    /// The most pairs in any piece.
    pub(crate) fn most_pairs(&self) -> usize {
        self.pieces.iter().map(Piece::pairs).max().unwrap_or(0)
    }

    /// Rows of partial sums before each level of reduction; empty if there is one chunk.
    pub(crate) fn levels(&self) -> Vec<usize> {
        let mut levels = Vec::new();
        let mut rows = if self.work.by_term { 1 } else { self.chunks };
        while rows > 1 {
            levels.push(rows);
            rows = rows.div_ceil(FAN_IN);
        }
        levels
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Work { points, axes, terms, .. } = self.work;
        write!(
            f,
            "{points} points x {axes} axes x {terms} terms: {} submissions of at most {} pairs, \
             {} chunks of {} terms, {} levels of reduction",
            self.pieces.len(),
            self.most_pairs(),
            self.chunks,
            self.terms_per_chunk,
            self.levels().len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sides of a difference.
    const VALUES: usize = 0;
    const ONE_SIDED: usize = 1;
    const TWO_SIDED: usize = 2;

    fn limits() -> Limits {
        Limits {
            device: "test".into(),
            iterations: 1 << 15,
            submission: 1 << 30,
            invocations: 65_535 * 64,
            binding: 1 << 20,
            partials: 1 << 18,
            coordinates: u64::MAX,
            busy: 1 << 12,
            grain: None,
            real: 4,
        }
    }

    fn work(sides: usize, points: usize, axes: usize, terms: usize, iterations: u64) -> Work {
        Work { iterations, ..Work::new(points, axes, sides, terms) }
    }

    /// Every limit holds, and every pair is done exactly once.
    #[test]
    fn plans_cover_the_work_within_the_limits() {
        let limits = limits();
        for sides in [VALUES, ONE_SIDED, TWO_SIDED] {
            for (points, axes, terms, iterations) in [
                (1, 1, 1, 0),
                (1, 2410, 32, 200),
                (3, 39_760, 100, 10_342),
                (1000, 7, 1, 3),
                (1, 200_000, 1, 1),
                (65_537, 10, 1, 9),
                (2, 3, 70_000, 5),
            ] {
                let plan = Plan::new(work(sides, points, axes, terms, iterations), &limits).unwrap();
                let evaluations = sides.max(1) as u64;
                let label = format!("{plan}");
                let per_invocation = plan.terms_per_chunk as u64 * evaluations * (iterations + 1);
                assert!(per_invocation <= limits.iterations, "{label}");
                assert!(plan.chunks * plan.terms_per_chunk >= terms, "{label}");
                assert!((plan.chunks - 1) * plan.terms_per_chunk < terms, "{label}");
                let axes = if sides == VALUES { 1 } else { axes };
                let mut next = 0;
                for piece in &plan.pieces {
                    assert_eq!(piece.first_point * axes + piece.first_axis, next, "{label}");
                    next += piece.pairs();
                    let invocations = (piece.pairs() * plan.chunks) as u64;
                    assert!(invocations <= limits.invocations, "{label}");
                    assert!(invocations * 4 <= limits.binding, "{label}");
                    assert!((piece.points * plan.work.coordinates * 4) as u64 <= limits.binding, "{label}");
                    assert!((piece.pairs() * 8) as u64 <= limits.binding, "{label}");
                    let cost = piece.pairs() as u64 * terms as u64 * evaluations * (iterations + 1);
                    assert!(cost <= limits.submission || piece.pairs() == 1, "{label}");
                }
                assert_eq!(next, points * axes, "{label}");
                assert_eq!(plan.levels().first().copied().unwrap_or(1), plan.chunks, "{label}");
            }
        }
    }

    #[test]
    fn terms_by_themselves_are_not_reduced() {
        let plan = Plan::new(Work { by_term: true, ..work(VALUES, 10, 1, 700, 3) }, &limits()).unwrap();
        assert_eq!((plan.terms_per_chunk, plan.chunks, plan.levels().len()), (1, 700, 0));
    }

    #[test]
    fn what_cannot_fit_is_named() {
        let cases = [
            (work(TWO_SIDED, 1, 1, 1, 20_000), "loop iterations"),
            (work(VALUES, 1, 300_000, 1, 1), "coordinates"),
            (work(ONE_SIDED, 1, 1, 300_000, 1), "terms of one point"),
        ];
        for (work, part) in cases {
            let message = Plan::new(work, &limits()).unwrap_err().to_string();
            assert!(message.contains(part) && message.contains("cpu"), "{message}");
        }
    }
}
