//! Runs [`Code`] on [`LANES`] lanes at a time: every instruction is one loop over a row, so that its cost is shared by
//! all lanes and the loops become SIMD code.

mod inputs;
mod quick;
mod rows;

use std::iter::once;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use pulp::{Arch, Simd, WithSimd};

use self::quick::{Quick, stretch};
use self::rows::{Rows, bits, select};
use super::builtins::{binary, ternary, unary};
use super::code::{ALL_SLOTS, Code, FLAGS, Op, Row, Trap};
use super::lanes::{LANES, compare, convert_from, convert_to, int_binary, int_unary, power};
use super::random::perturb;
use super::reads::Trace;
use super::seeds::{Input, Seeds};
use super::slopes::{Condition, Rule};
use crate::numeric::{Real, work};

/// Turns of loops after which one evaluation is taken to run away.
pub(crate) const MOST_TURNS: u64 = 1 << 24;

/// Instructions in loops after which it is, too: seconds of arithmetic, longer for functions. Of the program as it was
/// written: slopes that go along are not counted.
const MOST_WORK: u64 = 1 << 28;

/// Rows in use; made once for a thread and used again.
pub(super) struct Scratch<T> {
    quick: Vec<Quick>,
    numbers: Rows<T>,
    ints: Rows<u32>,
    stack: Stack,
    /// Floating-point operations before each instruction, and of all.
    flops: Vec<u64>,
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
    /// For this program and no other.
    pub(super) fn new(code: &Code) -> Self {
        code.assert_runs();
        let numbers = Rows::new(code.rows, T::ZERO, code.constants.iter().map(|&value| T::of(value)));
        let ints = Rows::new(code.int_rows, 0, once(0).chain(code.integers.iter().copied()));
        // The line of second slopes has flags, too.
        let slots = code.carried.slopes.len() + usize::from(!code.carried.seconds.is_empty());
        let flags = vec![[0; FLAGS]; slots];
        let quick = code.ops.iter().map(|&op| Quick::of(op)).collect();
        let mut flops = vec![0];
        flops.extend(code.ops.iter().scan(0, |all, op| {
            *all += op.flops();
            Some(*all)
        }));
        Scratch { quick, numbers, ints, stack: Stack::default(), flops, flags }
    }

    pub(super) fn row(&self, row: Row) -> &[T; LANES] {
        self.numbers.row(row)
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
        let arch = Arch::new();
        apart(arch, Interpret(self, arch, scratch))
    }

    #[inline(always)]
    fn interpret(&self, arch: Arch, scratch: &mut Scratch<T>) -> Result<u64, Trap> {
        let Scratch { quick, numbers, ints, stack, flops, flags } = scratch;
        let Stack { branches, loops, functions } = stack;
        branches.clear();
        loops.clear();
        functions.clear();
        flags.fill([0; FLAGS]);
        *ints.row_mut(0) = self.terms;
        let ops = &self.code.ops[..];
        let most_work = MOST_WORK.saturating_mul(self.code.growth.max(1));
        let (mut mask, mut at, mut turns, mut work) = (self.active, 0, 0u64, 0u64);
        let mut made = 0;
        loop {
            let from = at;
            at = stretch(quick, at, numbers);
            let Some(&op) = ops.get(at) else {
                made += flops[at] - flops[from];
                break;
            };
            at += 1;
            made += flops[at] - flops[from];
            match op {
                Op::Unary(op, to, a) => {
                    let (to, from) = numbers.apart(to, [a]);
                    unary(op, from, to);
                }
                Op::Binary(op, to, from) => {
                    let (to, from) = numbers.apart(to, from);
                    binary(op, from, to);
                }
                Op::Ternary(op, to, from) => {
                    let (to, from) = numbers.apart(to, from);
                    ternary(op, from, to);
                }
                Op::PowI(to, base, exponent) => {
                    let (to, [base]) = numbers.apart(to, [base]);
                    power(base, ints.row(exponent), to);
                }
                Op::IntUnary(op, to, a) => {
                    let (to, from) = ints.apart(to, [a]);
                    int_unary(op, from, to);
                }
                Op::IntBinary(op, to, from) => {
                    let (to, from) = ints.apart(to, from);
                    int_binary(op, from, to);
                }
                Op::Compare(op, to, from) => {
                    compare(op, from.map(|row| numbers.row(row)), ints.row_mut(to));
                }
                Op::Convert(op, to, from) => {
                    if op.gives_number() {
                        convert_from(op, ints.row(from), numbers.row_mut(to));
                    } else {
                        convert_to(op, numbers.row(from), ints.row_mut(to));
                    }
                }
                Op::Select(to, condition, from) => {
                    let (to, [a, b]) = numbers.apart(to, from);
                    select(ints.row(condition), a, b, to);
                }
                Op::SelectInt(to, condition, [a, b]) => {
                    let (to, [condition, a, b]) = ints.apart(to, [condition, a, b]);
                    select(condition, a, b, to);
                }
                Op::Copy(to, from) => numbers.copy(to, from),
                Op::CopyInt(to, from) => ints.copy(to, from),
                Op::Store(to, from) => numbers.store(to, from, mask),
                Op::StoreInt(to, from) => ints.store(to, from, mask),
                Op::Gather(to, rows, offsets) => numbers.gather(to, rows, ints.row(offsets)),
                Op::GatherInt(to, rows, offsets) => {
                    let offsets = *ints.row(offsets);
                    ints.gather(to, rows, &offsets);
                }
                Op::Scatter(rows, offsets, from) => numbers.scatter(rows, ints.row(offsets), from, mask),
                Op::ScatterInt(rows, offsets, from) => {
                    let offsets = *ints.row(offsets);
                    ints.scatter(rows, &offsets, from, mask);
                }
                Op::ReadAt(source, to, index) => self.read_at(source, index, mask, numbers.row_mut(to))?,
                Op::Read(source, to, indices) => {
                    self.read(source, ints.row(indices), mask, numbers.row_mut(to))?;
                }

                Op::ReadAlong(along, to, indices) => {
                    let indices = ints.row(indices);
                    self.along(along, |lane| indices[lane], numbers.row_mut(to));
                }
                Op::ReadAlongAt(along, to, index) => {
                    self.along(along, |_| index, numbers.row_mut(to));
                }
                Op::Rule(rule, to, operands) => {
                    let (to, from) = numbers.apart_from(to, &self.code.operands[operands as usize..]);
                    apart(arch, Apply(rule, from, to));
                }
                Op::Perturb(to, from, place) => {
                    let (to, from) = numbers.apart(to, from);
                    apart(arch, Shake(to, from, self.sample, place));
                }
                Op::Raise(condition, flag, slot, operands) => {
                    let from = &self.code.operands[operands as usize..];
                    let from = |at: usize| numbers.row(from[at]);
                    let holds = apart(arch, Holds(condition, from, PhantomData)) & mask;
                    let slots =
                        if slot == ALL_SLOTS { 0..flags.len() } else { slot as usize..slot as usize + 1 };
                    flags[slots].iter_mut().for_each(|flags| flags[flag as usize] |= holds);
                }
                // Sums of products are all among the quick ones.
                Op::Nothing | Op::Fused(..) => {}

                Op::If(condition, otherwise) => {
                    let holds = bits(ints.row(condition));
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
                    let holds = bits(ints.row(condition)) & mask;
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
        work::add(|| made * LANES as u64);
        Ok(turns)
    }
}

/// Runs what is compiled for each level of SIMD: in tests for one, which is made sooner.
#[inline(always)]
fn apart<W: WithSimd>(arch: Arch, run: W) -> W::Output {
    if cfg!(debug_assertions) { run.with_simd(pulp::Scalar::new()) } else { arch.dispatch(run) }
}

/// A program, run. (A closure in its place would be compiled for the least level of SIMD alone: too large a one is not put into
/// the functions that are compiled for others.)
struct Interpret<'a, 'b, T>(&'a Run<'a, T>, Arch, &'b mut Scratch<T>);

impl<T: Real> WithSimd for Interpret<'_, '_, T> {
    type Output = Result<u64, Trap>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        self.0.interpret(self.1, self.2)
    }
}

/// A rule, applied. Such as these are compiled apart from the loop over instructions, which would else take compilers minutes.
struct Apply<'a, F, T>(Rule, F, &'a mut [T; LANES]);

impl<'a, F: Fn(usize) -> &'a [T; LANES], T: Real> WithSimd for Apply<'a, F, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.0.apply(self.1, self.2);
    }
}

/// Numbers, made off at random.
struct Shake<'a, T>(&'a mut [T; LANES], [&'a [T; LANES]; 2], u32, u32);

impl<T: Real> WithSimd for Shake<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        perturb(self.0, self.1, self.2, self.3);
    }
}

/// Where a condition holds.
struct Holds<F, T>(Condition, F, PhantomData<T>);

impl<'a, F: Fn(usize) -> &'a [T; LANES], T: Real> WithSimd for Holds<F, T> {
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> u64 {
        self.0.holds(self.1)
    }
}
