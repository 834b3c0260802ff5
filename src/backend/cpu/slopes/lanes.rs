//! What the lanes of a call see: points, axes, directions, steps.

use std::borrow::Cow;
use std::ops::Range;

use super::HostSlopes;
use crate::backend::{Bounded, Carry, CarryAlong};
use crate::numeric::Real;
use crate::objective::{Input, Seeds, SlopeRequest, SlopeRows};

/// What lanes are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Arrangement {
    Points,
    Terms,
    Axes,
}

/// The lanes at some points.
pub(super) struct Lanes<'a, T: Real> {
    host: &'a HostSlopes<T>,
    what: &'a Carry<'a, T>,
    arrangement: Arrangement,
    slots: usize,
    points: Range<usize>,
    /// `[coordinate]` or `[coordinate][lane]`
    x: Cow<'a, [T]>,
    /// See [`SlopeRequest::first`].
    first: Option<u32>,
    /// `[slot][lane]`
    axes: Vec<u32>,
    /// Of planes, `[lane]`.
    line: Vec<u32>,
    /// Directions and their errors, as `x`.
    directions: [Cow<'a, [T]>; 2],
    /// `[slot][lane]`, if there are any; 1 where there is nothing, so that no step is 0.
    steps: Vec<T>,
}

impl<'a, T: Real> Lanes<'a, T> {
    /// One point, unless lanes are points.
    pub(super) fn new(
        host: &'a HostSlopes<T>,
        what: &'a Carry<'a, T>,
        (arrangement, slots): (Arrangement, usize),
        points: Range<usize>,
    ) -> Self {
        let (n, lanes) = (what.n, host.slopes.lanes());
        let is_spread = arrangement == Arrangement::Points;
        let last = points.len() - 1;
        let spread = |numbers: &'a [T]| -> Cow<'a, [T]> {
            if !is_spread {
                return Cow::Borrowed(&numbers[points.start * n..][..n]);
            }
            let mut rows = vec![T::ZERO; n * lanes];
            for lane in 0..lanes {
                // The last one into lanes left over.
                let point = points.start + lane.min(last);
                for (row, &x) in rows.chunks_exact_mut(lanes).zip(&numbers[point * n..][..n]) {
                    row[lane] = x;
                }
            }
            Cow::Owned(rows)
        };
        let directions = match what.along {
            CarryAlong::Vectors(vectors, errors) | CarryAlong::Across(_, vectors, errors) => {
                [spread(vectors), spread(errors)]
            }
            CarryAlong::Axes(_) | CarryAlong::Planes(_) => [Cow::default(), Cow::default()],
        };
        let steps = if what.steps.is_some() { vec![T::ONE; slots * lanes] } else { Vec::new() };
        let (axes, line) = (vec![u32::MAX; slots * lanes], vec![u32::MAX; lanes]);
        let x = spread(what.points);
        Lanes { host, what, arrangement, slots, points, x, first: None, axes, line, directions, steps }
    }

    /// Lines that a call takes.
    pub(super) fn at_once(&self) -> usize {
        if self.arrangement == Arrangement::Axes { self.slots * self.host.slopes.lanes() } else { self.slots }
    }

    /// The same for lines that are axes one after the other, and few such ranges.
    pub(super) fn aim_at_range(&mut self, lines: Range<usize>) {
        let CarryAlong::Axes(axes) = self.what.along else { return self.aim(lines) };
        self.first = Some(axes[lines.start]);
        self.slots = lines.len();
        self.axes.truncate(self.slots * self.host.slopes.lanes());
        self.aim(lines);
    }

    /// Takes these lines of what is asked for from now on, as many as a call takes or fewer.
    pub(super) fn aim(&mut self, lines: impl Iterator<Item = usize>) {
        let lanes = self.host.slopes.lanes();
        self.clear();
        for (i, line) in lines.enumerate() {
            let is_one = self.arrangement == Arrangement::Axes;
            self.aim_at(line, if is_one { i..i + 1 } else { i * lanes..(i + 1) * lanes });
        }
    }

    /// The same of lines that are those of a lane and slot each.
    pub(super) fn aim_each(&mut self, lines: impl Iterator<Item = (usize, usize, usize)>) {
        let lanes = self.host.slopes.lanes();
        self.clear();
        for (lane, slot, line) in lines {
            let at = slot * lanes + lane;
            self.aim_at(line, at..at + 1);
        }
    }

    fn clear(&mut self) {
        self.axes.fill(u32::MAX);
        self.line.fill(u32::MAX);
        self.steps.fill(T::ONE);
    }

    /// Takes a line in some lanes of a slot.
    fn aim_at(&mut self, line: usize, own: Range<usize>) {
        match self.what.along {
            CarryAlong::Axes(all) | CarryAlong::Across(all, ..) => self.axes[own.clone()].fill(all[line]),
            CarryAlong::Planes(planes) => {
                let [axis, other] = planes[line];
                self.axes[own.clone()].fill(axis);
                self.line[own.clone()].fill(other);
            }
            CarryAlong::Vectors(..) => {}
        }
        if let Some(steps) = self.what.steps {
            let (first, last) = (self.points.start, self.points.len() - 1);
            for (lane, step) in self.steps[own].iter_mut().enumerate() {
                *step = steps[(first + lane.min(last)) * self.what.along.len() + line];
            }
        }
    }

    /// One call.
    pub(super) fn run(&self, terms: &[u32], rows: &mut SlopeRows<T>) {
        let is_spread = self.arrangement == Arrangement::Points;
        let [directions, errors] = &self.directions;
        let seeds = match self.what.along {
            CarryAlong::Axes(_) => Seeds::Axes(&self.axes),
            CarryAlong::Vectors(..) if is_spread => Seeds::Directions(directions, errors),
            CarryAlong::Vectors(..) => Seeds::Direction(directions, errors),
            CarryAlong::Planes(_) => Seeds::Planes(&self.axes, &self.line),
            CarryAlong::Across(..) if is_spread => Seeds::AcrossEach(&self.axes, directions, errors),
            CarryAlong::Across(..) => Seeds::Across(&self.axes, directions, errors),
        };
        // One term in all lanes that count.
        let spread;
        let is_one = !self.host.slopes.takes_terms_in_lanes();
        let terms = if self.arrangement == Arrangement::Terms || is_one {
            terms
        } else {
            spread = vec![terms[0]; self.host.slopes.lanes()];
            &spread
        };
        let x = if is_spread { Input::Each(&self.x) } else { Input::Same(&self.x) };
        let Carry { bars, sample, .. } = *self.what;
        let request = SlopeRequest {
            x,
            terms,
            seeds,
            first: self.first,
            slots: self.slots,
            steps: &self.steps,
            bars,
            sample,
        };
        self.host.slopes.run(&request, rows);
    }

    /// Of the `i`-th line that was aimed at, at the `k`-th point.
    pub(super) fn slope(&self, rows: &SlopeRows<T>, i: usize, k: usize) -> Bounded {
        let lanes = self.host.slopes.lanes();
        let at = if self.arrangement == Arrangement::Axes { i } else { i * lanes + k };
        Bounded { value: rows.slopes[at].to_f64(), bound: rows.bounds[at].to_f64(), flags: rows.flags[at] }
    }

    /// At the `k`-th point.
    pub(super) fn value(&self, rows: &SlopeRows<T>, k: usize) -> Bounded {
        Bounded { value: rows.values[k].to_f64(), bound: rows.errors[k].to_f64(), flags: 0 }
    }
}
