//! Runs [`Code`] on [`LANES`] lanes at a time: every instruction is one loop over a row, so that its cost is shared by
//! all lanes and the loops become SIMD code.

use std::sync::atomic::{AtomicBool, Ordering};

use super::builtins::{binary, ternary, unary};
use super::code::{ALL_SLOTS, Along, Code, FLAGS, Op, Row, Source, Span, Trap};
use super::lanes::{LANES, compare, convert_from, convert_to, int_binary, int_unary, power};
use super::random::perturb;
use super::reads::Trace;
use super::seeds::{Input, Seeds};
use crate::numeric::Real;

/// Turns of loops after which one evaluation is taken to run away.
pub(crate) const MOST_TURNS: u64 = 1 << 24;

/// Instructions in loops after which it is, too: seconds of arithmetic, longer for functions. Of the program as it was
/// written: slopes that go along are not counted.
const MOST_WORK: u64 = 1 << 28;

/// Rows in use; made once for a thread and used again.
pub(super) struct Scratch<T> {
    numbers: Vec<[T; LANES]>,
    ints: Vec<[u32; LANES]>,
    stack: Stack,
    /// `[slot][flag]`: the lanes in which it is raised.
    flags: Vec<[u64; FLAGS]>,
}

/// Lanes that wait, by the structure they wait in.
#[derive(Default)]
struct Stack {
    /// Of branches: those for the other side, then those done with the first.
    branches: Vec<(u64, u64)>,
    /// Of loops and switches: those that left, those that continued.
    loops: Vec<(u64, u64)>,
    /// Of functions: those that returned.
    functions: Vec<u64>,
}

impl<T: Real> Scratch<T> {
    pub(super) fn new(code: &Code) -> Self {
        let mut numbers = vec![[T::ZERO; LANES]; code.rows.max(1)];
        let mut ints = vec![[0; LANES]; code.int_rows.max(1)];
        for (row, &value) in numbers.iter_mut().zip(&code.constants) {
            *row = [T::of(value); LANES];
        }
        for (row, &value) in ints[1..].iter_mut().zip(&code.integers) {
            *row = [value; LANES];
        }
        // The line of second slopes has flags, too.
        let slots = code.carried.slopes.len() + usize::from(!code.carried.seconds.is_empty());
        let flags = vec![[0; FLAGS]; slots];
        Scratch { numbers, ints, stack: Stack::default(), flags }
    }

    pub(super) fn row(&self, row: Row) -> &[T; LANES] {
        &self.numbers[row as usize]
    }

    pub(super) fn flags(&self) -> &[[u64; FLAGS]] {
        &self.flags
    }
}

/// One evaluation in all lanes.
pub(super) struct Run<'a, T> {
    pub(super) code: &'a Code,
    pub(super) input: Input<'a, T>,
    pub(super) dimension: usize,
    pub(super) data: &'a [T],
    /// How far data may be from the numbers that were written; empty: not at all.
    pub(super) data_errors: &'a [T],
    pub(super) seeds: Seeds<'a, T>,
    /// Steps of the caller's own, `[slot][lane]`.
    pub(super) steps: &'a [T],
    /// The term of each lane.
    pub(super) terms: [u32; LANES],
    /// The lanes that count.
    pub(super) active: u64,
    /// Which sample of random rounding.
    pub(super) sample: u32,
    /// Set by another thread that found a trap.
    pub(super) stop: &'a AtomicBool,
    /// Notes what is read of coordinates, none of which are then given.
    pub(super) trace: Option<&'a Trace>,
}

impl<T: Real> Run<'_, T> {
    /// The turns that loops made, or the first trap. Results are in their rows.
    pub(super) fn run(&self, scratch: &mut Scratch<T>) -> Result<u64, Trap> {
        let arch = pulp::Arch::new();
        arch.dispatch(|| self.interpret(arch, scratch))
    }

    #[inline(always)]
    fn interpret(&self, arch: pulp::Arch, scratch: &mut Scratch<T>) -> Result<u64, Trap> {
        let Scratch { numbers, ints, stack, flags } = scratch;
        let Stack { branches, loops, functions } = stack;
        branches.clear();
        loops.clear();
        functions.clear();
        flags.fill([0; FLAGS]);
        ints[0] = self.terms;
        let ops = &self.code.ops[..];
        let most_work = MOST_WORK.saturating_mul(self.code.growth.max(1));
        let (mut mask, mut at, mut turns, mut work) = (self.active, 0, 0u64, 0u64);
        while let Some(&op) = ops.get(at) {
            at += 1;
            match op {
                Op::Unary(op, to, a) => {
                    let (low, high) = numbers.split_at_mut(to as usize);
                    unary(op, [&low[a as usize]], &mut high[0]);
                }
                Op::Binary(op, to, from) => {
                    let (low, high) = numbers.split_at_mut(to as usize);
                    binary(op, from.map(|row| &low[row as usize]), &mut high[0]);
                }
                Op::Ternary(op, to, from) => {
                    let (low, high) = numbers.split_at_mut(to as usize);
                    ternary(op, from.map(|row| &low[row as usize]), &mut high[0]);
                }
                Op::PowI(to, base, exponent) => {
                    let (low, high) = numbers.split_at_mut(to as usize);
                    power(&low[base as usize], &ints[exponent as usize], &mut high[0]);
                }
                Op::IntUnary(op, to, a) => {
                    let (low, high) = ints.split_at_mut(to as usize);
                    int_unary(op, [&low[a as usize]], &mut high[0]);
                }
                Op::IntBinary(op, to, from) => {
                    let (low, high) = ints.split_at_mut(to as usize);
                    int_binary(op, from.map(|row| &low[row as usize]), &mut high[0]);
                }
                Op::Compare(op, to, from) => {
                    compare(op, from.map(|row| &numbers[row as usize]), &mut ints[to as usize]);
                }
                Op::Convert(op, to, from) => {
                    if op.gives_number() {
                        convert_from(op, &ints[from as usize], &mut numbers[to as usize]);
                    } else {
                        convert_to(op, &numbers[from as usize], &mut ints[to as usize]);
                    }
                }
                Op::Select(to, condition, [a, b]) => {
                    let (low, high) = numbers.split_at_mut(to as usize);
                    select(&ints[condition as usize], &low[a as usize], &low[b as usize], &mut high[0]);
                }
                Op::SelectInt(to, condition, [a, b]) => {
                    let (low, high) = ints.split_at_mut(to as usize);
                    select(&low[condition as usize], &low[a as usize], &low[b as usize], &mut high[0]);
                }
                Op::Copy(to, from) => numbers.copy_within(from as usize..from as usize + 1, to as usize),
                Op::CopyInt(to, from) => ints.copy_within(from as usize..from as usize + 1, to as usize),
                Op::Store(to, from) => store(numbers, to, from, mask),
                Op::StoreInt(to, from) => store(ints, to, from, mask),
                Op::Gather(to, rows, offsets) => gather(numbers, to, rows, &ints[offsets as usize]),
                Op::GatherInt(to, rows, offsets) => {
                    let offsets = ints[offsets as usize];
                    gather(ints, to, rows, &offsets);
                }
                Op::Scatter(rows, offsets, from) => {
                    scatter(numbers, rows, &ints[offsets as usize], from, mask);
                }
                Op::ScatterInt(rows, offsets, from) => {
                    let offsets = ints[offsets as usize];
                    scatter(ints, rows, &offsets, from, mask);
                }
                Op::ReadAt(source, to, index) => {
                    self.read_at(source, index, mask, &mut numbers[to as usize])?;
                }
                Op::Read(source, to, indices) => {
                    self.read(source, &ints[indices as usize], mask, &mut numbers[to as usize])?;
                }

                Op::ReadAlong(along, to, indices) => {
                    for lane in 0..LANES {
                        let index = ints[indices as usize][lane];
                        numbers[to as usize][lane] = self.along(along, index, lane);
                    }
                }
                Op::ReadAlongAt(along, to, index) => {
                    for lane in 0..LANES {
                        numbers[to as usize][lane] = self.along(along, index, lane);
                    }
                }
                Op::Rule(rule, to, operands) => {
                    let (low, high) = numbers.split_at_mut(to as usize);
                    let from = operands_of(low, &self.code.operands[operands as usize..], rule.operands());
                    let to = &mut high[0];
                    apart(arch, || rule.apply(&from, to));
                }
                Op::Perturb(to, by, place) => {
                    if let Ok([to, by]) = numbers.get_disjoint_mut([to as usize, by as usize]) {
                        apart(arch, || perturb(to, by, self.sample, place));
                    }
                }
                Op::Raise(condition, flag, slot, operands) => {
                    let count = condition.operands();
                    let from = operands_of(numbers, &self.code.operands[operands as usize..], count);
                    let holds = apart(arch, || condition.holds(&from)) & mask;
                    let slots =
                        if slot == ALL_SLOTS { 0..flags.len() } else { slot as usize..slot as usize + 1 };
                    flags[slots].iter_mut().for_each(|flags| flags[flag as usize] |= holds);
                }

                Op::If(condition, otherwise) => {
                    let holds = bits(&ints[condition as usize]);
                    branches.push((mask & !holds, 0));
                    mask &= holds;
                    if mask == 0 {
                        at = otherwise;
                    }
                }
                Op::Else(end) => {
                    if let Some((waiting, done)) = branches.last_mut() {
                        *done = mask;
                        mask = *waiting;
                    }
                    if mask == 0 {
                        at = end;
                    }
                }
                Op::EndIf => mask |= branches.pop().map_or(0, |(_, done)| done),
                Op::Loop(end) => {
                    if mask == 0 {
                        at = end;
                    } else {
                        loops.push((0, 0));
                    }
                }
                Op::Continuing => {
                    if let Some((_, continued)) = loops.last_mut() {
                        mask |= std::mem::take(continued);
                    }
                }
                Op::BreakIf(condition) => {
                    let holds = bits(&ints[condition as usize]) & mask;
                    if let Some((left, _)) = loops.last_mut() {
                        *left |= holds;
                    }
                    mask &= !holds;
                }
                Op::EndLoop(begin) => {
                    turns += 1;
                    work += (at - begin) as u64;
                    if mask == 0 {
                        mask = loops.pop().map_or(0, |(left, _)| left);
                    } else if turns > MOST_TURNS || work > most_work {
                        return Err(Trap::Runaway { turns });
                    } else if turns % 4096 == 0 && self.stop.load(Ordering::Relaxed) {
                        return Ok(turns);
                    } else {
                        at = begin;
                    }
                }
                Op::Break => {
                    if let Some((left, _)) = loops.last_mut() {
                        *left |= mask;
                    }
                    mask = 0;
                }
                Op::Continue(up) => {
                    let frame = loops.len().wrapping_sub(1 + up as usize);
                    if let Some((_, continued)) = loops.get_mut(frame) {
                        *continued |= mask;
                    }
                    mask = 0;
                }
                Op::Switch => loops.push((0, 0)),
                Op::EndSwitch => mask |= loops.pop().map_or(0, |(left, _)| left),
                Op::Function => functions.push(0),
                Op::Return => {
                    if let Some(returned) = functions.last_mut() {
                        *returned |= mask;
                    }
                    mask = 0;
                }
                Op::EndFunction => mask |= functions.pop().unwrap_or(0),
            }
        }
        Ok(turns)
    }

    /// What goes along with the element at an index, in a lane; what is out of range has been dealt with.
    #[inline(always)]
    fn along(&self, along: Along, index: u32, lane: usize) -> T {
        let i = index as usize;
        let pick = |numbers: &[T]| numbers.get(i).copied().unwrap_or(T::ZERO);
        let pick_lane = |numbers: &[T]| numbers.get(i * LANES + lane).copied().unwrap_or(T::ZERO);
        let axis = |axes: &[u32], slot: u32| {
            if axes[slot as usize * LANES + lane] == index { T::ONE } else { T::ZERO }
        };
        // Of second slopes, the last slot is the line.
        let is_line = |slot: u32| slot as usize == self.code.carried.slopes.len();
        match (along, self.seeds) {
            (Along::DataError, _) => pick(self.data_errors),
            (Along::Step(slot), _) => {
                self.steps.get(slot as usize * LANES + lane).copied().unwrap_or(T::ZERO)
            }
            (Along::Slope(slot), Seeds::Planes(_, line)) if is_line(slot) => axis(line, 0),
            (Along::Slope(slot), Seeds::Across(_, line, _)) if is_line(slot) => pick(line),
            (Along::Slope(slot), Seeds::AcrossEach(_, line, _)) if is_line(slot) => pick_lane(line),
            (
                Along::Slope(slot),
                Seeds::Axes(axes)
                | Seeds::Planes(axes, _)
                | Seeds::Across(axes, ..)
                | Seeds::AcrossEach(axes, ..),
            ) => axis(axes, slot),
            (Along::Slope(_), Seeds::Direction(direction, _)) => pick(direction),
            (Along::Slope(_), Seeds::Directions(directions, _)) => pick_lane(directions),
            (Along::SlopeError(slot), Seeds::Across(.., errors)) if is_line(slot) => pick(errors),
            (Along::SlopeError(slot), Seeds::AcrossEach(.., errors)) if is_line(slot) => pick_lane(errors),
            (Along::SlopeError(_), Seeds::Direction(_, errors)) => pick(errors),
            (Along::SlopeError(_), Seeds::Directions(_, errors)) => pick_lane(errors),
            _ => T::ZERO,
        }
    }

    #[inline(always)]
    fn read_at(&self, source: Source, index: u32, mask: u64, to: &mut [T; LANES]) -> Result<(), Trap> {
        let i = index as usize;
        if let (Source::Point, Some(trace)) = (source, self.trace) {
            trace.note(|_| index, mask, self.dimension);
            return Ok(());
        }
        match (source, self.input) {
            (Source::Point, Input::Each(x)) if i < self.dimension => {
                to.copy_from_slice(&x[i * LANES..][..LANES]);
            }
            (Source::Point, Input::Same(x)) if i < self.dimension => *to = [x[i]; LANES],
            (Source::Data, _) if i < self.data.len() => *to = [self.data[i]; LANES],
            _ if mask == 0 => {}
            _ => return Err(self.out_of_range(source, index, mask.trailing_zeros() as usize)),
        }
        Ok(())
    }

    #[inline(always)]
    fn read(
        &self,
        source: Source,
        indices: &[u32; LANES],
        mask: u64,
        to: &mut [T; LANES],
    ) -> Result<(), Trap> {
        if let (Source::Point, Some(trace)) = (source, self.trace) {
            trace.note(|lane| indices[lane], mask, self.dimension);
            return Ok(());
        }
        let first = indices[0];
        let length = match source {
            Source::Point => self.dimension,
            Source::Data => self.data.len(),
        };
        if (first as usize) < length && indices.iter().fold(0, |any, &i| any | (i ^ first)) == 0 {
            return self.read_at(source, first, mask, to);
        }
        for lane in 0..LANES {
            let i = indices[lane] as usize;
            if i < length {
                to[lane] = match (source, self.input) {
                    (Source::Point, Input::Each(x)) => x[i * LANES + lane],
                    (Source::Point, Input::Same(x)) => x[i],
                    (Source::Data, _) => self.data[i],
                };
            } else if mask >> lane & 1 == 1 {
                return Err(self.out_of_range(source, indices[lane], lane));
            }
        }
        Ok(())
    }

    #[cold]
    fn out_of_range(&self, source: Source, index: u32, lane: usize) -> Trap {
        let length = match source {
            Source::Point => self.dimension,
            Source::Data => self.data.len(),
        };
        Trap::OutOfRange { source, index, length: length as u32, lane }
    }
}

/// Runs what is compiled apart from the loop over instructions, which would else take compilers minutes: in releases for
/// each level of SIMD, for tests once.
#[inline(always)]
fn apart<R>(arch: pulp::Arch, run: impl FnOnce() -> R) -> R {
    if cfg!(debug_assertions) { run() } else { arch.dispatch(run) }
}

/// The rows of operands, the first of them in the place of those that there are not.
#[inline(always)]
fn operands_of<'r, T, const N: usize>(
    numbers: &'r [[T; LANES]],
    operands: &[Row],
    count: usize,
) -> [&'r [T; LANES]; N] {
    let mut from = [&numbers[operands[0] as usize]; N];
    for (from, &row) in from.iter_mut().zip(&operands[..count]) {
        *from = &numbers[row as usize];
    }
    from
}

/// A mask of the lanes whose bool holds.
#[inline(always)]
fn bits(row: &[u32; LANES]) -> u64 {
    let mut mask = 0;
    for lane in 0..LANES {
        mask |= u64::from(row[lane] & 1) << lane;
    }
    mask
}

#[inline(always)]
fn select<V: Copy>(condition: &[u32; LANES], a: &[V; LANES], b: &[V; LANES], to: &mut [V; LANES]) {
    for lane in 0..LANES {
        to[lane] = if condition[lane] != 0 { a[lane] } else { b[lane] };
    }
}

#[inline(always)]
fn store<V: Copy>(rows: &mut [[V; LANES]], to: u32, from: u32, mask: u64) {
    let (to, from) = (to as usize, from as usize);
    if mask == u64::MAX {
        rows.copy_within(from..from + 1, to);
    } else if let Ok([to, from]) = rows.get_disjoint_mut([to, from]) {
        for lane in 0..LANES {
            to[lane] = if mask >> lane & 1 == 1 { from[lane] } else { to[lane] };
        }
    }
}

#[inline(always)]
fn gather<V: Copy>(rows: &mut [[V; LANES]], to: u32, span: Span, offsets: &[u32; LANES]) {
    for lane in 0..LANES {
        // Lanes that are not active may hold anything.
        rows[to as usize][lane] = rows[span.at(offsets[lane])][lane];
    }
}

#[inline(always)]
fn scatter<V: Copy>(rows: &mut [[V; LANES]], span: Span, offsets: &[u32; LANES], from: u32, mask: u64) {
    for lane in 0..LANES {
        if mask >> lane & 1 == 1 {
            rows[span.at(offsets[lane])][lane] = rows[from as usize][lane];
        }
    }
}
