//! What invocations leave of slopes, and the sums that the host makes of that, in f64 and in a fixed order.

use crate::backend::plan::{Piece, Plan};
use crate::backend::sums::Tree;
use crate::backend::{Bounded, Carried, Trapped};
use crate::numeric::Real;

/// The bits of `PM_TRAP_…` in `shaders/slopes.wgsl`, in the order of what is told first.
const TRAPS: [(u32, Trapped); 3] =
    [(1 << 28, Trapped::Turns), (1 << 29, Trapped::Point), (1 << 30, Trapped::Data)];

/// A value was not finite.
const NOT_FINITE: u32 = 1 << 31;

/// Bits of a slot's flags, which are those of [`SlopeRows`](crate::objective::SlopeRows).
const FLAG_BITS: usize = 3;

/// What one invocation leaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Partials {
    pub(super) slots: usize,
    pub(super) bars: bool,
}

impl Partials {
    /// Numbers: the value and the slopes in two parts each, then their bounds.
    pub(super) fn width(&self) -> usize {
        (1 + self.slots) * if self.bars { 3 } else { 2 }
    }

    /// Bytes, those of the flags among them.
    pub(super) fn bytes<T>(&self) -> u64 {
        (self.width() * size_of::<T>() + size_of::<u32>()) as u64
    }

    /// Puts the sums of a piece in their places, or says what trap was met. Of a point there are so many axes.
    pub(super) fn take<T: Real>(
        &self,
        plan: &Plan,
        piece: &Piece,
        (numbers, marks): (&[T], &[u32]),
        axes: usize,
        carried: &mut Carried,
    ) -> Option<Trapped> {
        let met = marks.iter().fold(0, |met, mark| met | mark);
        if let Some(&(_, trapped)) = TRAPS.iter().find(|(bit, _)| met & bit != 0) {
            return Some(trapped);
        }
        let (pairs, width) = (piece.pairs(), 1 + self.slots);
        // Bounds were added up, too, in the working precision.
        let unit = 0.5 * T::PRECISION.epsilon();
        let wider = 1.0 + unit * (2 * plan.terms_per_chunk + 8) as f64;
        let mut sums = Tree::default();
        for chunk in 0..plan.chunks {
            let part = |which: usize, pair: usize| {
                let id = chunk * pairs + pair;
                let number = |k: usize| numbers[k * marks.len() + id].to_f64();
                let (high, low) = (number(2 * which), number(2 * which + 1));
                let value = high + low;
                let rounding = if low == 0.0 { 0.0 } else { value.abs() * 0.5 * f64::EPSILON };
                let bound = if self.bars { number(2 * width + which) * wider + rounding } else { 0.0 };
                let mark = marks[id];
                match which.checked_sub(1) {
                    None if mark & NOT_FINITE != 0 => Bounded { value: f64::NAN, bound, flags: 0 },
                    None => Bounded { value, bound, flags: 0 },
                    Some(slot) => Bounded { value, bound, flags: (mark >> (FLAG_BITS * slot) & 7) as u8 },
                }
            };
            let all: Vec<Bounded> = (0..pairs)
                .flat_map(|pair| (0..width).map(move |which| (which, pair)))
                .map(|(w, p)| part(w, p))
                .collect();
            if plan.work.by_term {
                self.place(plan, piece, &all, axes, chunk, carried);
            }
            sums.push(all);
        }
        let all = sums.finish();
        if !plan.work.by_term {
            self.place(plan, piece, &all, axes, 0, carried);
        }
        if piece.first_axis == 0 {
            for point in 0..piece.points {
                carried.values[piece.first_point + point] = all[point * piece.axes * width];
            }
        }
        None
    }

    /// Slopes, of one term or of all, from `[pair][value, slopes]`.
    fn place(
        &self,
        plan: &Plan,
        piece: &Piece,
        all: &[Bounded],
        axes: usize,
        term: usize,
        carried: &mut Carried,
    ) {
        let terms = if plan.work.by_term { plan.work.terms } else { 1 };
        for (pair, found) in all.chunks_exact(1 + self.slots).enumerate() {
            let point = piece.first_point + pair / piece.axes;
            let axis = (piece.first_axis + pair % piece.axes) * self.slots;
            let count = self.slots.min(axes - axis);
            let to = (point * terms + term) * axes + axis;
            carried.slopes[to..to + count].copy_from_slice(&found[1..1 + count]);
        }
    }
}
