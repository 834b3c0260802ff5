//! The terms of a text, run on the host.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::error::Error;
use crate::numeric::{Real, Sparsity};
use crate::objective::{Moves, Selection, Terms, add_up, by_evaluations};
use crate::program::{Fall, Form, LANES, Program, SHOWN, Source, Trap, Traps, Whole, readers};

/// Some terms of a program.
pub(super) struct Selected<T: Real> {
    /// What messages call the objective.
    name: String,
    program: Arc<Program<T>>,
    /// Whether a term is the square of what the program gives.
    squares: bool,
    /// `None`: all, in order.
    indices: Option<Vec<u32>>,
    /// How many.
    count: usize,
    readers: OnceLock<Option<Sparsity>>,
    /// All terms in one program.
    whole: OnceLock<Option<Arc<Whole<T>>>>,
    traps: Traps,
}

impl<T: Real> Selected<T> {
    pub(super) fn new(
        name: &str,
        program: &Arc<Program<T>>,
        squares: bool,
        (selection, terms): (Selection<'_>, usize),
    ) -> Self {
        let program = Arc::clone(program);
        let indices = selection.to_indices();
        let (readers, whole, traps) = (OnceLock::new(), OnceLock::new(), Traps::default());
        Selected { name: name.into(), program, squares, indices, count: terms, readers, whole, traps }
    }

    /// The terms that read each coordinate, if there are some and that is known.
    fn all_readers(&self) -> Option<&Sparsity> {
        let found = self.readers.get_or_init(|| {
            let reads = (self.count > 1).then(|| self.program.reads(self.count)).flatten()?;
            let all = 0..self.count as u32;
            let selected = self.indices.iter().flatten().copied();
            Some(match self.indices {
                Some(_) => readers(&reads, selected),
                None => readers(&reads, all),
            })
        });
        found.as_ref()
    }

    /// All terms in one program, if they are not too many and a range has all of them.
    fn whole(&self, range: &Range<usize>) -> Option<&Whole<T>> {
        let has_all = self.indices.is_none() && *range == (0..self.count);
        let make = || self.program.whole(self.count, self.squares);
        has_all.then(|| self.whole.get_or_init(make).as_deref()).flatten()
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
            let values = self.program.of_terms(x, terms, &self.traps);
            out.copy_from_slice(&values[..out.len()]);
        }
        self.square(out);
    }

    fn lanes(&self) -> usize {
        LANES
    }

    /// Terms at one point fill the lanes.
    fn granularity(&self) -> usize {
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

    fn are_whole(&self) -> bool {
        self.whole(&(0..self.count)).is_some()
    }

    fn sums(&self, x: &[T], range: Range<usize>, out: &mut [T]) {
        if let Some(whole) = self.whole(&range)
            && self.program.sums(whole, x, out)
        {
            return;
        }
        add_up(self, x, range, out);
    }

    fn differences(&self, x: &mut [T], moves: &Moves<'_, T>, range: Range<usize>, out: &mut [T]) {
        let sides = [moves.plus.is_some(), moves.minus.is_some()];
        let are_all_axes = moves.axes.len() * LANES == x.len();
        let displaced = match (range.len() == 1 && !self.squares, self.whole(&range)) {
            _ if !are_all_axes => None,
            (true, _) => self.program.displaced(sides),
            (false, whole) => whole.and_then(|whole| self.program.displaced_sums(whole, sides)),
        };
        let Some(displaced) = displaced else { return by_evaluations(self, x, moves, range, out) };
        let sides: Vec<&[T]> = [moves.plus, moves.minus].into_iter().flatten().collect();
        let mut moved = Vec::with_capacity(sides.len() * x.len());
        for axis in 0..moves.axes.len() {
            sides.iter().for_each(|side| moved.extend_from_slice(&side[axis * LANES..][..LANES]));
        }
        let at = (&*x, &moved[..], self.term(range.start));
        if !self.program.differences(&displaced, at, &Traps::default(), out) {
            // These tell which trap there was.
            by_evaluations(self, x, moves, range, out);
        }
    }

    fn readers(&self, axis: usize) -> Option<&[u32]> {
        self.all_readers().map(|readers| readers.of(axis))
    }

    fn most_readers(&self) -> Option<usize> {
        self.all_readers().map(Sparsity::widest)
    }

    fn failure(&self) -> Option<Error> {
        self.traps.take().map(|fall| explain(&self.name, self.program.form(), &fall))
    }

    fn operations(&self) -> u64 {
        self.program.operations()
    }
}
