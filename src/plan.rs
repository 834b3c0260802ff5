//! Which invocation does what: pure arithmetic on sizes, without a device.
//!
//! The work is a grid of *pairs* (point, axis) times *chunks* of terms. One invocation takes one pair and one
//! chunk. The pairs are cut into *pieces*, each one submission; in a piece every chunk's partial sum is stored
//! at `[chunk][pair]`, and levels of reduction add [`FAN_IN`] rows at a time, in a fixed order, until one is
//! left. The CPU engine follows the same plan with its own limits.

use std::fmt;

use crate::error::{Error, Result};
use crate::scheme::Scheme;

/// Rows added by one invocation of a reduction: short enough that a running sum stays accurate.
pub const FAN_IN: usize = 256;

/// More terms than this are never summed one after the other.
pub const MAX_TERMS_PER_CHUNK: usize = 256;

/// What is wanted for each pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// f(x): one pair a point, nothing perturbed.
    Values,
    /// The numerators of a scheme's quotients. In one-sided schemes all axes of a point share the terms at x.
    Differences(Scheme),
}

impl Kind {
    /// How many of an invocation's evaluations are perturbed: 0, 1 or 2.
    pub fn sides(self) -> usize {
        match self {
            Kind::Values => 0,
            Kind::Differences(scheme) => scheme.sides(),
        }
    }
}

/// The size of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// What to compute.
    pub kind: Kind,
    /// Points in the batch.
    pub points: usize,
    /// Coordinates of a point.
    pub axes: usize,
    /// Selected terms.
    pub terms: usize,
    /// Loop iterations of one evaluation of one term.
    pub iterations: u64,
    /// Chunks begin at multiples of this many terms, where they can.
    pub granularity: usize,
    /// Whether each term is wanted by itself: a chunk is one term, and nothing is reduced.
    pub by_term: bool,
}

/// What a device allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Whose limits these are, for messages.
    pub device: String,
    /// Loop iterations of one invocation.
    pub iterations: u64,
    /// Loop iterations of one submission: keeps clear of watchdogs and keeps progress visible.
    pub submission: u64,
    /// Invocations of one dispatch.
    pub invocations: u64,
    /// Bytes of one storage binding.
    pub binding: u64,
    /// Bytes of partial sums.
    pub partials: u64,
    /// As many invocations as keep the device busy; chunks get shorter to reach it.
    pub busy: u64,
    /// Bytes of a number.
    pub real: u64,
}

/// Part of the batch that one submission does: whole points, or some axes of one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Index of the first point.
    pub first_point: usize,
    /// Number of points.
    pub points: usize,
    /// Index of the first axis.
    pub first_axis: usize,
    /// Number of axes.
    pub axes: usize,
}

impl Piece {
    /// The number of pairs.
    pub fn pairs(&self) -> usize {
        self.points * self.axes
    }
}

/// How a task is cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The task.
    pub work: Work,
    /// Terms that one invocation adds up.
    pub terms_per_chunk: usize,
    /// Chunks of terms.
    pub chunks: usize,
    /// Submissions, in order.
    pub pieces: Vec<Piece>,
}

impl Plan {
    /// Cuts `work` so that it stays within `limits`.
    ///
    /// # Errors
    /// [`Error::Limit`] if even one term, one point or one axis is too much.
    pub fn new(work: Work, limits: &Limits) -> Result<Self> {
        let evaluations = work.kind.sides().max(1) as u64;
        // One iteration more for the loop over terms itself.
        let a_term = evaluations.saturating_mul(work.iterations.saturating_add(1));
        let exceeded = |what: &str, value: u64, limit: u64, advice: &str| Error::Limit {
            what: what.into(),
            value,
            limit,
            device: limits.device.clone(),
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
        let axes = if work.kind == Kind::Values { 1 } else { work.axes };
        let all_pairs = (work.points * axes) as u64;

        let most = if work.by_term { 1 } else { MAX_TERMS_PER_CHUNK };
        let most = ((limits.iterations / a_term) as usize).clamp(1, most).min(work.terms);
        let wanted_chunks = (limits.busy / all_pairs.max(1)).max(1) as usize;
        let mut terms_per_chunk = work.terms.div_ceil(wanted_chunks).clamp(1, most);
        let aligned = terms_per_chunk.next_multiple_of(work.granularity);
        terms_per_chunk = if aligned <= most { aligned } else { terms_per_chunk };
        if terms_per_chunk > work.granularity {
            terms_per_chunk -= terms_per_chunk % work.granularity;
        }
        let chunks = work.terms.div_ceil(terms_per_chunk);

        // Per point: its coordinates, and for one-sided differences its terms.
        let base = if work.kind.sides() == 1 { work.terms } else { 0 };
        for (what, count) in [("coordinates", work.axes), ("terms", base)] {
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
        let points_at_once = (limits.binding / (work.axes.max(base) as u64 * limits.real))
            .min(limits.partials / (base.max(1) as u64 * limits.real))
            .max(1);
        let chunk_count = chunks as u64;
        let pairs_at_once = [
            limits.partials / (chunk_count * limits.real),
            limits.binding / (chunk_count * limits.real),
            limits.binding / (2 * limits.real),
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
    pub fn most_pairs(&self) -> usize {
        self.pieces.iter().map(Piece::pairs).max().unwrap_or(0)
    }

    /// The most points in any piece.
    pub fn most_points(&self) -> usize {
        self.pieces.iter().map(|piece| piece.points).max().unwrap_or(0)
    }

    /// Rows of partial sums before each level of reduction; empty if there is one chunk.
    pub fn levels(&self) -> Vec<usize> {
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
        let Work { kind, points, axes, terms, .. } = self.work;
        let what = match kind {
            Kind::Values => "values".to_string(),
            Kind::Differences(scheme) => format!("{scheme} differences"),
        };
        write!(
            f,
            "{what} of {points} points x {axes} axes x {terms} terms: {} submissions of at most {} pairs, \
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

    const ONE_SIDED: Kind = Kind::Differences(Scheme::Forward);
    const TWO_SIDED: Kind = Kind::Differences(Scheme::Central);

    fn limits() -> Limits {
        Limits {
            device: "test".into(),
            iterations: 1 << 15,
            submission: 1 << 30,
            invocations: 65_535 * 64,
            binding: 1 << 20,
            partials: 1 << 18,
            busy: 1 << 12,
            real: 4,
        }
    }

    fn work(kind: Kind, points: usize, axes: usize, terms: usize, iterations: u64) -> Work {
        Work { kind, points, axes, terms, iterations, granularity: 1, by_term: false }
    }

    /// Every limit holds, and every pair is done exactly once.
    #[test]
    fn plans_cover_the_work_within_the_limits() {
        let limits = limits();
        for kind in [Kind::Values, ONE_SIDED, TWO_SIDED] {
            for (points, axes, terms, iterations) in [
                (1, 1, 1, 0),
                (1, 2410, 32, 200),
                (3, 39_760, 100, 10_342),
                (1000, 7, 1, 3),
                (1, 200_000, 1, 1),
                (65_537, 10, 1, 9),
                (2, 3, 70_000, 5),
            ] {
                let plan = Plan::new(work(kind, points, axes, terms, iterations), &limits).unwrap();
                let sides = kind.sides().max(1) as u64;
                let label = format!("{plan}");
                let per_invocation = plan.terms_per_chunk as u64 * sides * (iterations + 1);
                assert!(per_invocation <= limits.iterations, "{label}");
                assert!(plan.chunks * plan.terms_per_chunk >= terms, "{label}");
                assert!((plan.chunks - 1) * plan.terms_per_chunk < terms, "{label}");
                let axes = if kind == Kind::Values { 1 } else { axes };
                let mut next = 0;
                for piece in &plan.pieces {
                    assert_eq!(piece.first_point * axes + piece.first_axis, next, "{label}");
                    next += piece.pairs();
                    let invocations = (piece.pairs() * plan.chunks) as u64;
                    assert!(invocations <= limits.invocations, "{label}");
                    assert!(invocations * 4 <= limits.binding, "{label}");
                    assert!((piece.points * plan.work.axes * 4) as u64 <= limits.binding, "{label}");
                    assert!((piece.pairs() * 8) as u64 <= limits.binding, "{label}");
                    let cost = piece.pairs() as u64 * terms as u64 * sides * (iterations + 1);
                    assert!(cost <= limits.submission || piece.pairs() == 1, "{label}");
                }
                assert_eq!(next, points * axes, "{label}");
                assert_eq!(plan.levels().first().copied().unwrap_or(1), plan.chunks, "{label}");
            }
        }
    }

    #[test]
    fn terms_by_themselves_are_not_reduced() {
        let plan = Plan::new(Work { by_term: true, ..work(Kind::Values, 10, 1, 700, 3) }, &limits()).unwrap();
        assert_eq!((plan.terms_per_chunk, plan.chunks, plan.levels().len()), (1, 700, 0));
    }

    #[test]
    fn what_cannot_fit_is_named() {
        let cases = [
            (work(TWO_SIDED, 1, 1, 1, 20_000), "loop iterations"),
            (work(Kind::Values, 1, 300_000, 1, 1), "coordinates"),
            (work(ONE_SIDED, 1, 1, 300_000, 1), "terms of one point"),
        ];
        for (work, part) in cases {
            let message = Plan::new(work, &limits()).unwrap_err().to_string();
            assert!(message.contains(part) && message.contains("cpu"), "{message}");
        }
    }
}
