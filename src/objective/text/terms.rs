//! The terms of a text, run on the host.

use std::ops::Range;
use std::sync::Arc;

use crate::error::Error;
use crate::numeric::Real;
use crate::objective::terms::differences_of_all;
use crate::objective::{Moves, Selection, Terms};
use crate::program::{Fall, Form, LANES, Program, SHOWN, Source, Trap, Traps};

/// Some terms of a program.
pub(super) struct Selected<T: Real> {
    /// What messages call the objective.
    name: String,
    program: Arc<Program<T>>,
    /// Whether a term is the square of what the program gives.
    squares: bool,
    /// `None`: all, in order.
    indices: Option<Vec<u32>>,
    /// Which of them read each coordinate, if that is known and worth it.
    readers: Option<Readers>,
    traps: Traps,
}

/// The terms that read each coordinate, counted within the selection, in order.
struct Readers {
    /// Where those of each coordinate start, and where the last end.
    starts: Vec<usize>,
    terms: Vec<u32>,
}

impl Readers {
    /// Of `count` selected terms in `dimension` coordinates.
    fn new<'r>(dimension: usize, count: usize, reads: impl Fn(u32) -> &'r [u32]) -> Self {
        let mut starts = vec![0; dimension + 1];
        let all = || (0..count as u32).flat_map(|s| reads(s).iter().map(move |&axis| (axis as usize, s)));
        all().for_each(|(axis, _)| starts[axis + 1] += 1);
        for axis in 0..dimension {
            starts[axis + 1] += starts[axis];
        }
        let (mut next, mut terms) = (starts.clone(), vec![0; starts[dimension]]);
        for (axis, s) in all() {
            terms[next[axis]] = s;
            next[axis] += 1;
        }
        Readers { starts, terms }
    }

    /// Those within a range that read a coordinate.
    fn of(&self, axis: usize, range: &Range<usize>) -> &[u32] {
        let terms = &self.terms[self.starts[axis]..self.starts[axis + 1]];
        let first = terms.partition_point(|&s| (s as usize) < range.start);
        let end = terms.partition_point(|&s| (s as usize) < range.end);
        &terms[first..end]
    }
}

impl<T: Real> Selected<T> {
    pub(super) fn new(
        name: &str,
        program: &Arc<Program<T>>,
        squares: bool,
        (selection, terms): (Selection<'_>, usize),
    ) -> Self {
        let program = Arc::clone(program);
        let reads = (terms > 1).then(|| program.reads(terms)).flatten();
        let readers = reads.map(|reads| {
            let of = |s: u32| reads.of(selection.index(s as usize) as u32);
            Readers::new(program.dimension(), selection.len(terms), of)
        });
        let indices = selection.to_indices();
        Selected { name: name.into(), program, squares, indices, readers, traps: Traps::default() }
    }

    /// Makes terms of residuals.
    fn square(&self, values: &mut [T]) {
        if self.squares {
            values.iter_mut().for_each(|value| *value = *value * *value);
        }
    }

    fn term(&self, s: usize) -> u32 {
        self.indices.as_ref().map_or(s as u32, |indices| indices[s])
    }
}

/// What a fall into a trap means.
pub(super) fn explain(name: &str, form: Form, fall: &Fall) -> Error {
    let Fall { trap, term, x } = fall;
    let more = if x.len() < SHOWN { "" } else { ", …" };
    let x = x.iter().map(|x| number(*x)).collect::<Vec<String>>().join(", ");
    let of = if form == Form::Objective { String::new() } else { format!("in term {term} ") };
    let at = format!("{of}at x = ({x}{more})");
    let detail = match *trap {
        Trap::OutOfRange { source: Source::Point, index, length, .. } => format!(
            "reads x({index}), but its points have {length} coordinates, x(0) to x({}), {at}; compare the index with \
             dimension()",
            length - 1
        ),
        Trap::OutOfRange { source: Source::Data, index, length: 0, .. } => {
            format!("reads data({index}), but there are no data; bind a file (--data) or pass them")
        }
        Trap::OutOfRange { source: Source::Data, index, length, .. } => format!(
            "reads data({index}), but there are {length} numbers, data(0) to data({}), {at}; compare the index with \
             data_len(), and if it is made of x, hold it by clamp or x by bounds (--lower, --upper)",
            length - 1
        ),
        Trap::Runaway { turns } => format!(
            "ran away: its loops made {turns} turns in one evaluation and had not ended (the limit is 2^24 turns, or \
             2^28 instructions in loops); if they would, write the sum as `fn term(s: u32) -> real`, which is \
             spread over evaluations"
        ),
    };
    Error::Evaluation { objective: name.into(), detail }
}

/// The shortest digits; with an exponent where they would be many.
fn number(value: f64) -> String {
    let is_long = value != 0.0 && !(1e-5..1e16).contains(&value.abs());
    if is_long { format!("{value:e}") } else { value.to_string() }
}

impl<T: Real> Terms<T> for Selected<T> {
    fn evaluate(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        let terms: Vec<u32> = range.map(|s| self.term(s)).collect();
        for (terms, out) in terms.chunks(LANES).zip(out.chunks_mut(LANES)) {
            let (values, _) = self.program.of_terms(x, terms, &self.traps);
            out.copy_from_slice(&values[..out.len()]);
        }
        self.square(out);
    }

    fn lanes(&self) -> usize {
        LANES
    }

    fn evaluate_lanes(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        // What is not reached in a trap.
        out.fill(T::of(f64::NAN));
        let mut rows = out.chunks_exact_mut(LANES);
        self.program.at_points(x, range.map(|s| self.term(s)), &self.traps, |values| {
            rows.by_ref().take(1).for_each(|row| row.copy_from_slice(values));
        });
        self.square(out);
    }

    /// Of the terms that read a coordinate alone.
    fn differences(&self, x: &mut [T], moves: &Moves<'_, T>, range: Range<usize>, out: &mut [T]) {
        let Some(readers) = &self.readers else { return differences_of_all(self, x, moves, range, out) };
        let (mut kept, mut upper, mut lower) = ([T::ZERO; LANES], Vec::new(), Vec::new());
        for (i, (axis, out)) in moves.axes.clone().zip(out.chunks_exact_mut(LANES)).enumerate() {
            let terms = readers.of(axis, &range);
            let row = axis * LANES..(axis + 1) * LANES;
            kept.copy_from_slice(&x[row.clone()]);
            for (moved, values) in [(moves.plus, &mut upper), (moves.minus, &mut lower)] {
                values.clear();
                if let Some(moved) = moved {
                    x[row.clone()].copy_from_slice(&moved[i * LANES..][..LANES]);
                }
                let reading = terms.iter().map(|&s| s as usize);
                if moved.is_some() {
                    let reading = reading.map(|s| self.term(s));
                    self.program.at_points(x, reading, &self.traps, |row| values.extend(row));
                    values.resize(terms.len() * LANES, T::of(f64::NAN));
                    self.square(values);
                } else {
                    reading.for_each(|s| values.extend(&moves.base[(s - range.start) * LANES..][..LANES]));
                }
            }
            x[row].copy_from_slice(&kept);
            out.fill(T::ZERO);
            for (upper, lower) in upper.chunks_exact(LANES).zip(lower.chunks_exact(LANES)) {
                for lane in 0..LANES {
                    out[lane] += upper[lane] - lower[lane];
                }
            }
        }
    }

    fn failure(&self) -> Option<Error> {
        self.traps.take().map(|fall| explain(&self.name, self.program.form(), &fall))
    }

    fn operations(&self) -> u64 {
        self.program.operations()
    }
}
