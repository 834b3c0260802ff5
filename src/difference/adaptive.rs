//! Derivatives at steps that are chosen: rounds of displacements at a sequence of steps, each about half the one before; a
//! derivative whose error bar is still wide asks for another round with larger or smaller steps.

use super::Scheme;
use super::assess::{Sequence, Workspace};
use super::assessed::{Assessed, Geometry, Sampled, StepSize};
use super::corners::{both_sides, one_side, one_side_of_line};
use super::displacement::{Lower, NONE};
use super::ladders::Ladder;
use super::line::{Along, Line};
use super::lists::{Blocked, Lists};
use super::rounds::{self, Exponents};
use super::tables::FitTables;
use crate::numeric::{Precision, Real};

/// A derivative that is sought, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Sought<'a> {
    pub(crate) line: Line<'a>,
    /// One for each term, or one for their sum; in units of the scales until [`scale`](Self::scale)d.
    pub(crate) results: Vec<Assessed>,
    /// Whether the bounds kept a side from being used: up, down.
    pub(crate) barred: [bool; 2],
    pub(super) steps: Vec<StepSize>,
    /// `[step][term]`
    pub(super) differences: Vec<Sampled>,
    /// The same: how far steps reach for each term, where each reads a coordinate of its own; else empty.
    reaches: Vec<[f64; 2]>,
    /// Σ of the sizes of the terms that move along the line, if it is known: only they are rounded differently here and there.
    moving: Option<f64>,
    /// f has no value at the point: differences are to what it is on average at the smallest steps, this.
    around: Option<f64>,
    /// Second differences over one side only, these.
    pub(super) one_sided: Option<[f64; 2]>,
    /// Whether smaller and larger steps were tried without a gain.
    pub(super) given_up: [bool; 2],
    pub(super) next: Option<Exponents>,
}

/// A step that is being evaluated.
pub(crate) struct Asked {
    pub(crate) line: usize,
    size: StepSize,
    /// Indices of displacements; [`NONE`]: not made.
    made: [u32; 4],
    /// See [`Sought`].
    reaches: Vec<[f64; 2]>,
}

/// The displacements of a round, evaluated.
pub(crate) struct Round<'r> {
    /// `[term][displacement]`
    pub(crate) found: &'r [f64],
    /// `[term][point]`: f at the points.
    pub(crate) values: &'r [f64],
    pub(crate) displacements: usize,
    pub(crate) points: usize,
    pub(crate) terms: usize,
    pub(crate) wanted: Scheme,
    pub(crate) epsilon: f64,
    pub(crate) tables: &'r FitTables,
}

impl<'a> Sought<'a> {
    pub(crate) fn new(line: Line<'a>) -> Self {
        Sought {
            line,
            results: Vec::new(),
            barred: [false; 2],
            steps: Vec::new(),
            differences: Vec::new(),
            reaches: Vec::new(),
            moving: None,
            around: None,
            one_sided: None,
            given_up: [false; 2],
            next: Some(rounds::first_round()),
        }
    }

    /// Notes what the terms that move come to.
    pub(crate) fn set_moving(&mut self, size: f64) {
        self.moving = Some(size);
    }

    /// Begins again, with a point at which f has no value, by values on both sides alone.
    pub(crate) fn go_around(&mut self) {
        *self = Sought { around: Some(0.0), ..Sought::new(self.line) };
    }

    /// What f tends to at a point at which it has no value, and how wrong that may be, if it has a derivative around it.
    pub(crate) fn limit_around(&self) -> Option<(f64, f64)> {
        let [result] = self.results.as_slice() else { return None };
        let is_known = result.scheme == Some(Scheme::Central) && result.error.is_finite();
        (self.around.is_some() && is_known).then_some((result.middle, result.middle_error))
    }

    pub(super) fn geometry(&self) -> Geometry {
        if self.line.across.is_some() { Geometry::Plane } else { Geometry::Line }
    }

    /// The step of a result.
    pub(crate) fn step(&self, result: &Assessed) -> f64 {
        rounds::length(result.exponent) * 2f64.powi(self.line.scales[0])
    }

    /// The smallest step so far.
    pub(crate) fn smallest_step(&self) -> f64 {
        self.steps.last().map_or(1.0, |step| rounds::length(step.exponent)) * 2f64.powi(self.line.scales[0])
    }

    /// Of a `term` along a line, largest step first: the step, how far up and down it really reaches, and what f is more
    /// there than at the point.
    pub(crate) fn differences(&self, term: usize) -> impl Iterator<Item = (f64, [f64; 2], [f64; 2])> {
        let terms = self.results.len().max(1);
        self.steps.iter().zip(self.differences.chunks(terms)).map(move |(step, differences)| {
            let h = rounds::length(step.exponent) * 2f64.powi(self.line.scales[0]);
            (h, step.reach.map(|reach| reach * h), differences[term].sides)
        })
    }

    /// |f''| along a line at the step of a result, where f is finite on both sides; else 0.
    pub(crate) fn curvature(&self, term: usize) -> f64 {
        let step = self.step(&self.results[term]);
        let there = self.differences(term).find(|(h, _, _)| *h == step);
        let [up, down] = there.map_or([0.0; 2], |(_, _, sides)| sides);
        let second = ((up + down) / step / step).abs();
        if second.is_finite() { second } else { 0.0 }
    }

    /// Asks for the steps of this round.
    pub(crate) fn ask<T: Real>(
        &mut self,
        index: usize,
        lists: &mut Lists<'_, T>,
        wanted: Scheme,
        asked: &mut Vec<Asked>,
    ) {
        let (first, moves) = (lists.len() as u32, wanted.moves());
        let (mut slots, mut ladder, mut largest) = (0, 0, None);
        for exponent in self.next.take().into_iter().flatten() {
            let (made, reach) = self.ask_step(lists, exponent, wanted);
            let reaches = self.reaches_of(lists, exponent, wanted);
            asked.push(Asked { line: index, size: StepSize { exponent, reach }, made, reaches });
            largest.get_or_insert(exponent);
            for side in (0..2).filter(|&side| moves[side]) {
                ladder |= u32::from(made[side] != NONE) << slots;
                slots += 1;
            }
        }
        if let Some(exponent) = largest {
            lists.end_ladder(self.ladder(exponent, ladder, first));
        }
    }

    /// How far the coordinate that each term reads really moves, rounded, in units of the step.
    fn reaches_of<T: Real>(&self, lists: &mut Lists<'_, T>, exponent: i32, wanted: Scheme) -> Vec<[f64; 2]> {
        let (Some(moved), Along::Vector(vector)) = (self.line.moved, self.line.along) else {
            return Vec::new();
        };
        let mut reaches = vec![[1.0; 2]; moved.len()];
        let step = rounds::length(exponent) * 2f64.powi(self.line.scales[0]);
        let sides = [1.0, -1.0].into_iter().enumerate().filter(|&(side, _)| wanted.moves()[side]);
        for (side, sign) in sides {
            // The same source again, if it was made.
            let Ok(source) = lists.source(&self.line, sign * step, exponent) else { continue };
            for (reach, &axis) in reaches.iter_mut().zip(moved).filter(|&(_, &axis)| axis != NONE) {
                let axis = axis as usize;
                let at = |source: u32| lists.coordinate(source, axis).to_f64();
                reach[side] = (at(source) - at(self.line.point as u32)) / (sign * step * vector[axis]);
            }
        }
        reaches
    }

    /// What the steps from an exponent down are to a device, if it makes them.
    fn ladder(&self, exponent: i32, made: u32, first: u32) -> Option<Ladder> {
        let (axis, scale) = (self.line.along.axis()?, self.line.scales[0]);
        let is_plain = self.line.across.is_none() && self.around.is_none();
        (is_plain && Ladder::is_within(exponent, scale)).then_some(Ladder {
            source: self.line.point as u32,
            axis: axis as u32,
            exponent,
            scale,
            made,
            first,
        })
    }

    fn ask_step<T: Real>(
        &mut self,
        lists: &mut Lists<'_, T>,
        exponent: i32,
        wanted: Scheme,
    ) -> ([u32; 4], [f64; 2]) {
        let (mut made, mut reach) = ([NONE; 4], [1.0; 2]);
        let Some(axis) = self.line.across else {
            let step = rounds::length(exponent) * 2f64.powi(self.line.scales[0]);
            let moves = wanted.moves();
            for (side, sign) in [1.0, -1.0].into_iter().enumerate().filter(|&(side, _)| moves[side]) {
                let lower = match self.around {
                    Some(_) => Lower::Nothing,
                    None => Lower::Base(self.line.point as u32),
                };
                match one_side_of_line(&self.line, lists, sign * step, exponent, lower) {
                    Ok(found) => (made[side], reach[side]) = found,
                    Err(blocked) => self.barred[side] |= blocked == Blocked::ByBounds,
                }
            }
            return (made, reach);
        };
        let asked = match self.one_sided {
            None => both_sides(&self.line, lists, axis, exponent),
            Some(signs) => one_side(&self.line, lists, axis, exponent, signs),
        };
        match asked {
            Ok(asked) => asked,
            Err(blocked) => {
                self.barred = self.barred.map(|barred| barred || blocked == Blocked::ByBounds);
                (made, reach)
            }
        }
    }

    /// Takes what a round found, judges all again, and plans the next round.
    pub(crate) fn take(
        &mut self,
        round: &Round<'_>,
        asked: &[Asked],
        precision: Precision,
        workspace: &mut Workspace,
    ) {
        let before = std::mem::take(&mut self.results);
        let was_larger = self.put(round, asked, workspace);
        // Where f has no value it is as a rule rounded badly close by, which must not spoil what was found further away.
        if self.around.is_some() {
            let stands =
                |(before, now): (&Assessed, &Assessed)| before.is_settled && before.error <= now.error;
            if before.iter().zip(&self.results).any(stands) {
                self.results = before;
                return;
            }
            let is_over = |result: &Assessed| result.is_settled && result.error.is_infinite();
            if self.results.iter().any(|result| is_over(result) || result.scheme.is_none()) {
                return;
            }
        }
        self.plan(&before, was_larger, precision);
    }

    /// Puts the steps of a round in their place; whether they were larger than those before.
    fn put(&mut self, round: &Round<'_>, asked: &[Asked], workspace: &mut Workspace) -> bool {
        let larger = match (asked.first(), self.steps.first()) {
            (Some(new), Some(old)) => new.is_larger_than(old),
            _ => false,
        };
        let terms = round.terms;
        // Behind the others, at first.
        self.differences.reserve_exact(asked.len() * terms);
        for asked in asked {
            for term in 0..terms {
                self.differences.push(self.sampled(round, asked, term));
            }
        }
        self.steps.reserve_exact(asked.len());
        self.steps.extend(asked.iter().map(|asked| asked.size));
        asked.iter().for_each(|asked| self.reaches.extend_from_slice(&asked.reaches));
        if larger {
            let new = asked.iter().map(|asked| asked.reaches.len()).sum();
            self.reaches.rotate_right(new);
            self.differences.rotate_right(asked.len() * terms);
            self.steps.rotate_right(asked.len());
        }
        self.rebase();
        let mut own: Vec<StepSize> = Vec::new();
        let mut judge = |term: usize| {
            let steps = if self.reaches.is_empty() {
                &self.steps
            } else {
                own.clear();
                let reaches = self.reaches[term..].iter().step_by(terms);
                own.extend(self.steps.iter().zip(reaches).map(|(step, &reach)| StepSize { reach, ..*step }));
                &own
            };
            let sequence = Sequence {
                geometry: self.geometry(),
                // Both steps of a corner go along the axis.
                share: if self.line.across == self.line.along.axis() { 0.5 } else { 1.0 },
                is_around: self.around.is_some(),
                wanted: round.wanted,
                steps,
                differences: &self.differences[term..],
                terms,
                value: if self.moving.is_some() { 0.0 } else { round.value(self.line.point, term) },
                epsilon: round.epsilon,
                rounding: round.epsilon * self.line.rounded,
                tables: round.tables,
            };
            sequence.assess(workspace)
        };
        let results: Vec<Assessed> = (0..terms).map(&mut judge).collect();
        self.results = results;
        let base = self.around.unwrap_or(0.0);
        self.results.iter_mut().for_each(|result| result.middle += base);
        larger
    }

    /// Moves the base of a point at which f has no value to where steps are smallest.
    ///
    /// Close by, f is as a rule rounded to one number, such as 1 - cos(x) to 0: there it tells nothing.
    fn rebase(&mut self) {
        let Some(base) = &mut self.around else { return };
        let steps = self.differences.len();
        let finest = self.differences.last().map_or([f64::NAN; 2], |finest| finest.sides);
        let is_same = |difference: &&mut Sampled| difference.sides == [finest[0]; 2];
        let same = self.differences.iter_mut().rev().take_while(is_same).count();
        if (2..steps).contains(&same) {
            self.differences[steps - same..]
                .iter_mut()
                .for_each(|difference| difference.sides = [f64::NAN; 2]);
        }
        let both = |difference: &&Sampled| difference.sides.iter().all(|side| side.is_finite());
        let Some([up, down]) = self.differences.iter().rev().find(both).map(|finest| finest.sides) else {
            return;
        };
        let by = up / 2.0 + down / 2.0;
        *base += by;
        self.differences
            .iter_mut()
            .for_each(|difference| difference.sides = difference.sides.map(|side| side - by));
    }

    /// What the displacements of a step come to.
    fn sampled(&self, round: &Round<'_>, asked: &Asked, term: usize) -> Sampled {
        let at = |i: usize| match asked.made[i] {
            NONE => f64::NAN,
            index => round.found[term * round.displacements + index as usize],
        };
        let reach = asked.size.reach;
        let mut diagonals = [0.0; 2];
        if self.line.across.is_some() && self.one_sided.is_none() {
            diagonals = [(at(0) - at(3)) / 2.0, (at(1) - at(2)) / 2.0];
        }
        let sides = match (self.line.across, self.one_sided) {
            (None, _) => [at(0) - self.around.unwrap_or(0.0), at(1) - self.around.unwrap_or(0.0)],
            (Some(_), None) => [((at(0) - at(1)) - (at(2) - at(3))) / 4.0 / reach[0], f64::NAN],
            (Some(_), Some(_)) => [f64::NAN, (at(0) - at(1) - at(2)) / reach[1]],
        };
        // Those that are not there are NaN, which `max` drops.
        let size = match (self.moving, self.around) {
            (Some(moving), _) => moving + (0..4).map(|i| at(i).abs()).fold(0.0, f64::max),
            (None, Some(_)) => (0..4).map(|i| at(i).abs()).fold(0.0, f64::max),
            (None, None) => {
                let value = round.value(self.line.point, term);
                (0..4).map(|i| (value + at(i)).abs()).fold(0.0, f64::max)
            }
        };
        Sampled { sides, diagonals, size }
    }

    /// From units of the scales to true ones.
    pub(crate) fn scale(&mut self) {
        let unit = self.line.unit();
        for result in &mut self.results {
            result.value *= unit;
            result.error *= unit;
            result.kink = result.kink.map(|(kink, error)| (kink * unit, error * unit));
            result.slopes = result.slopes.map(|slope| slope.map(|slope| slope * unit));
        }
    }
}

impl Asked {
    pub(super) fn is_larger_than(&self, step: &StepSize) -> bool {
        self.size.exponent > step.exponent
    }

    /// Its displacements, if they are of the largest steps of a first round.
    pub(crate) fn of_largest(&self) -> impl Iterator<Item = usize> {
        let is_largest = self.size.exponent == rounds::FIRST;
        self.made.iter().filter(move |&&made| is_largest && made != NONE).map(|&made| made as usize)
    }
}

impl Round<'_> {
    fn value(&self, point: usize, term: usize) -> f64 {
        self.values[term * self.points + point]
    }
}
