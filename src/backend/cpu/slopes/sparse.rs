//! Slopes of terms that read few coordinates each: a term is run along these alone, and has no slope along others.
//! (Partially separable functions: Griewank and Toint, 1982.)

use std::iter::once;
use std::ops::Range;

use rayon::prelude::*;

use super::lanes::{Arrangement, Lanes};
use super::lines::{Block, Index};
use super::{HostSlopes, most_slots};
use crate::backend::sums::Sums;
use crate::backend::{Bounded, Carried, Carry, CarryAlong};
use crate::numeric::Real;

/// Terms of a task. A constant, so that sums are the same on every machine.
pub(in crate::backend::cpu) const TERMS: usize = 128;

/// What comes of some points and a block of terms.
struct Part {
    /// `[point][line of the block]`; by term `[line of a term][point]`, term by term.
    slopes: Vec<Bounded>,
    /// `[point]`
    values: Vec<Bounded>,
}

/// All slopes and values.
pub(super) fn answers<T: Real>(host: &HostSlopes<T>, what: &Carry<'_, T>) -> Carried {
    let count = what.points.len() / what.n;
    let own;
    let blocks: &[Block] = match what.along {
        // What most ask for is found once.
        CarryAlong::Axes(axes) if axes.iter().copied().eq(0..what.n as u32) => {
            host.of_axes.get_or_init(|| blocks(host, what))
        }
        _ => {
            own = blocks(host, what);
            &own
        }
    };
    let work = Work::new(host, what, blocks, count);
    let at_once = if work.arrangement == Arrangement::Points { host.slopes.lanes() } else { 1 };
    let starts: Vec<usize> = (0..count).step_by(at_once).collect();
    // Parts do not outlive the points that they are of.
    let found: Vec<Part> =
        starts.par_iter().map(|&start| work.at(start..(start + at_once).min(count))).collect();
    Carried {
        values: found.iter().flat_map(|part| part.values.iter().copied()).collect(),
        slopes: found.into_iter().flat_map(|part| part.slopes).collect(),
        trapped: None,
    }
}

/// The terms and their lines.
fn blocks<T: Real>(host: &HostSlopes<T>, what: &Carry<'_, T>) -> Vec<Block> {
    let index = Index::new(&what.along, what.n);
    let starts: Vec<usize> = (0..host.terms).step_by(TERMS).collect();
    let block = |&start: &usize| {
        let terms = start..(start + TERMS).min(host.terms);
        Block::new(&index, &*host.slopes, terms, what.along.len())
    };
    starts.par_iter().map(block).collect()
}

/// The work of one call.
struct Work<'a, T: Real> {
    host: &'a HostSlopes<T>,
    what: &'a Carry<'a, T>,
    blocks: &'a [Block],
    arrangement: Arrangement,
    slots: usize,
}

impl<'a, T: Real> Work<'a, T> {
    fn new(host: &'a HostSlopes<T>, what: &'a Carry<'a, T>, blocks: &'a [Block], points: usize) -> Self {
        let (lanes, points) = (host.slopes.lanes(), points.max(what.all));
        let widest = blocks.iter().map(|block| block.widest(0..block.terms.len())).max().unwrap_or(1);
        let slots = most_slots(host, what).min(widest).max(1);
        let calls = |of: &dyn Fn(&Block) -> usize| blocks.iter().map(of).sum::<usize>();
        let mut options = vec![
            (points.div_ceil(lanes) * calls(&|block| block.calls(slots)), Arrangement::Points),
            (points * calls(&|block| block.calls(lanes * slots)), Arrangement::Axes),
        ];
        if host.slopes.takes_terms_in_lanes() {
            options.push((points * calls(&|block| block.calls_in_lanes(lanes, slots)), Arrangement::Terms));
        }
        let best = options.into_iter().min_by_key(|&(calls, _)| calls);
        let arrangement = best.map_or(Arrangement::Axes, |(_, arrangement)| arrangement);
        Work { host, what, blocks, arrangement, slots }
    }

    /// All slopes and values at some points: `[point][line]`, or by term `[point][term][line]`.
    fn at(&self, points: Range<usize>) -> Part {
        let (count, lines) = (points.len(), self.what.along.len());
        let parts: Vec<Part> = self.blocks.par_iter().map(|block| self.run(block, points.clone())).collect();
        let mut values = Sums::new(count);
        parts.iter().for_each(|part| values.add_all(&part.values));
        let values = values.finish();
        if self.what.by_term {
            let mut slopes = vec![Bounded::default(); count * self.host.terms * lines];
            for (block, part) in self.blocks.iter().zip(&parts) {
                let mut found = part.slopes.iter();
                for (i, term) in block.terms.clone().enumerate() {
                    for &own in block.of(i) {
                        let line = block.lines[own as usize] as usize;
                        for (point, &slope) in (0..count).zip(&mut found) {
                            slopes[(point * self.host.terms + term) * lines + line] = slope;
                        }
                    }
                }
            }
            return Part { slopes, values };
        }
        let mut slopes = Sums::new(count * lines);
        for (block, part) in self.blocks.iter().zip(&parts) {
            for (point, own) in part.slopes.chunks(block.lines.len().max(1)).enumerate() {
                for (&line, &slope) in block.lines.iter().zip(own) {
                    slopes.add(point * lines + line as usize, slope);
                }
            }
        }
        Part { slopes: slopes.finish(), values }
    }

    fn run(&self, block: &Block, points: Range<usize>) -> Part {
        if self.arrangement == Arrangement::Terms {
            return self.in_lanes(block, points);
        }
        let mut rows = self.host.rows();
        let (count, width) = (points.len(), block.lines.len());
        let mut lanes = Lanes::new(self.host, self.what, (self.arrangement, self.slots), points);
        let (mut slopes, mut values) = (Sums::new(count * width), Sums::new(count));
        let mut by_term = Vec::new();
        for (i, term) in block.terms.clone().enumerate() {
            let mut calls = block.of(i).chunks(lanes.at_once());
            let first = calls.next().unwrap_or(&[]);
            // Samples are asked for their slopes alone, if they are.
            if first.is_empty() && self.what.sample > 0 && self.what.along.len() > 0 {
                continue;
            }
            for (call, own) in once(first).chain(calls).enumerate() {
                lanes.aim(own.iter().map(|&line| block.lines[line as usize] as usize));
                lanes.run(&[term as u32], &mut rows);
                if call == 0 {
                    (0..count).for_each(|k| values.add(k, lanes.value(&rows, k)));
                }
                for (i, &line) in own.iter().enumerate() {
                    for k in 0..count {
                        let slope = lanes.slope(&rows, i, k);
                        if self.what.by_term {
                            by_term.push(slope);
                        } else {
                            slopes.add(k * width + line as usize, slope);
                        }
                    }
                }
            }
        }
        self.host.keep(rows);
        let slopes = if self.what.by_term { by_term } else { slopes.finish() };
        Part { slopes, values: values.finish() }
    }

    /// Many terms at a time at one point, each along lines of its own. They are added up in the same order.
    fn in_lanes(&self, block: &Block, point: Range<usize>) -> Part {
        let mut rows = self.host.rows();
        let (count, at_once) = (block.terms.len(), self.host.slopes.lanes());
        let mut lanes = Lanes::new(self.host, self.what, (self.arrangement, self.slots), point);
        let (mut slopes, mut values) = (Sums::new(block.lines.len()), Sums::new(1));
        let (mut by_term, mut found) = (Vec::new(), Vec::new());
        for begin in (0..count).step_by(at_once) {
            let end = (begin + at_once).min(count);
            let terms: Vec<u32> = (begin..end).map(|i| (block.terms.start + i) as u32).collect();
            let widest = block.widest(begin..end);
            found.clear();
            found.resize(terms.len() * widest, Bounded::default());
            for first in (0..widest.max(1)).step_by(self.slots) {
                let lines = |lane: usize| {
                    let own = block.of(begin + lane);
                    own.iter().enumerate().skip(first).take(self.slots).map(move |(j, &line)| (lane, j, line))
                };
                let all = || (0..terms.len()).flat_map(lines);
                lanes.aim_each(
                    all().map(|(lane, j, line)| (lane, j - first, block.lines[line as usize] as usize)),
                );
                lanes.run(&terms, &mut rows);
                if first == 0 {
                    (0..terms.len()).for_each(|lane| values.add(0, lanes.value(&rows, lane)));
                }
                for (lane, j, _) in all() {
                    found[lane * widest + j] = lanes.slope(&rows, j - first, lane);
                }
            }
            for lane in 0..terms.len() {
                for (j, &line) in block.of(begin + lane).iter().enumerate() {
                    let slope = found[lane * widest + j];
                    if self.what.by_term {
                        by_term.push(slope);
                    } else {
                        slopes.add(line as usize, slope);
                    }
                }
            }
        }
        self.host.keep(rows);
        Part { slopes: if self.what.by_term { by_term } else { slopes.finish() }, values: values.finish() }
    }
}
