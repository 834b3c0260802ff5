//! Differences of values, all axes in one program: what does not depend on the coordinate that is moved is computed once, so that
//! a gradient takes as many operations as there are pairs of one and a coordinate that it depends on. The numbers are those
//! of whole evaluations, in every bit.

use std::collections::HashMap;
use std::sync::Arc;

use super::builtins::Binary;
use super::checked::{Instructions, Job, Program, Traps};
use super::code::{Access, Along, Bank, Carried, Code, Op, Row, Source};
use super::lanes::LANES;
use super::passes::{self, Lengths};
use super::seeds::{Input, Seeds};
use super::slopes::cones;
use crate::numeric::Real;

/// Instructions that one program may come to.
const MOST_OPS: u64 = 1 << 14;

/// Which coordinates are moved: up, down.
pub(super) type Sides = [bool; 2];

/// Differences along all axes.
pub(crate) struct Displaced<T> {
    pub(super) instructions: Instructions<T>,
}

impl<T: Real> Program<T> {
    /// The program of differences up, down, or between both. `None` where whole evaluations take no longer.
    pub(crate) fn displaced(&self, sides: Sides) -> Option<Arc<Displaced<T>>> {
        let which = usize::from(sides[0]) + 2 * usize::from(sides[1]);
        let made = self.displaced[which].get_or_init(|| {
            let code = displaced(&self.lean, &[self.lean.result], self.dimension, sides)?;
            let lengths = Lengths { dimension: self.dimension, data: self.data.len() };
            let code = passes::placed(&passes::lean(&code, lengths));
            Some(Arc::new(Displaced { instructions: Instructions::new(code) }))
        });
        made.clone()
    }

    /// Differences of a term at [`LANES`] points: `x` is `[coordinate][lane]`, `moved` `[axis][side][lane]` with as many sides as are
    /// moved, and `out` `[axis][lane]`: the value above, minus the one below. Whether there was no trap.
    pub(crate) fn differences(
        &self,
        displaced: &Displaced<T>,
        (x, moved, term): (&[T], &[T], u32),
        traps: &Traps,
        out: &mut [T],
    ) -> bool {
        let job = Job {
            input: Input::Each(x),
            dimension: self.dimension,
            data: &self.data,
            data_errors: &[],
            seeds: Seeds::None,
            steps: moved,
            terms: [term; LANES],
            active: u64::MAX,
            sample: 0,
        };
        let instructions = &displaced.instructions;
        let done = instructions.run(&job, traps, |scratch, _| {
            for (to, &row) in out.chunks_exact_mut(LANES).zip(&instructions.code.carried.slopes) {
                to.copy_from_slice(scratch.row(row));
            }
        });
        done.is_some()
    }
}

/// A program of which the slopes are differences, along each axis of the sum of some of its rows, which are subtracted one by one.
pub(super) fn displaced(code: &Code, values: &[Row], axes: usize, sides: Sides) -> Option<Code> {
    if code.ops.iter().any(|&op| op.is_control() || !op.is_straight()) {
        return None;
    }
    let cones = cones(code, axes)?;
    let moved = sides.iter().filter(|&&side| side).count() as u64;
    let (count, pairs) = (code.ops.len() as u64, cones.pairs(code).1);
    // Moving is not worth it where most depends on most.
    if count + moved * pairs > MOST_OPS.min(moved * count * axes as u64 * 3 / 4) {
        return None;
    }
    let mut out = Code { carried: Carried::default(), ..code.clone() };
    let fresh = |out: &mut Code, bank: Bank| {
        let rows = if bank == Bank::Numbers { &mut out.rows } else { &mut out.int_rows };
        *rows += 1;
        *rows as Row - 1
    };
    for axis in 0..axes as u32 {
        let mut ends: Vec<[Row; 2]> = values.iter().map(|&value| [value; 2]).collect();
        let mut slot = axis * moved as u32;
        for (which, side) in sides.into_iter().enumerate() {
            if !side {
                continue;
            }
            let mut places: HashMap<(Bank, Row), Row> = HashMap::new();
            for &op in &code.ops {
                let mut depends = matches!(op, Op::ReadAt(Source::Point, _, index) if index == axis);
                op.with_rows(|access, bank, row| {
                    depends |= access == Access::Read && places.contains_key(&(bank, row));
                    row
                });
                if !depends {
                    continue;
                }
                let here = op.with_rows(|access, bank, row| {
                    let known = places.get(&(bank, row)).copied();
                    match access {
                        Access::Read => known.unwrap_or(row),
                        _ => {
                            let to = fresh(&mut out, bank);
                            places.insert((bank, row), to);
                            to
                        }
                    }
                });
                out.ops.push(match here {
                    Op::ReadAt(_, to, _) => Op::ReadAlongAt(Along::Step(slot), to, 0),
                    here => here,
                });
            }
            slot += 1;
            for (end, &value) in ends.iter_mut().zip(values) {
                end[which] = places.get(&(Bank::Numbers, value)).copied().unwrap_or(value);
            }
        }
        // What does not depend on the coordinate is left out. What depends on none is with the first, so that what is not finite
        // there is seen.
        ends.retain(|[above, below]| {
            above != below || values.len() == 1 || axis == 0 && !cones.depends(*above)
        });
        let mut sum = None;
        for ends in ends {
            let difference = fresh(&mut out, Bank::Numbers);
            out.ops.push(Op::Binary(Binary::Subtract, difference, ends));
            sum = Some(match sum {
                Some(sum) => {
                    let to = fresh(&mut out, Bank::Numbers);
                    out.ops.push(Op::Binary(Binary::Add, to, [sum, difference]));
                    to
                }
                None => difference,
            });
        }
        // Of several terms, a row of zeros is there.
        out.carried.slopes.push(sum.unwrap_or(code.carried.error));
    }
    Some(out)
}
