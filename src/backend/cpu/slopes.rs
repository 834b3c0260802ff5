//! Slopes of terms on the host: lanes are points, terms or axes, whichever takes the fewest.

use std::ops::Range;

use rayon::prelude::*;

use crate::backend::sums::{Tree, sum_of};
use crate::backend::{Bounded, Carried, CarriedSlopes, Carry, CarryAlong};
use crate::error::Result;
use crate::numeric::Real;
use crate::objective::{Input, Seeds, SlopeRequest, SlopeRows, Slopes};

/// Terms of a task. A constant, so that sums are the same on every machine.
const TERMS: usize = 1 << 10;

/// The selected terms.
pub(super) struct HostSlopes<T: Real> {
    pub(super) slopes: Box<dyn Slopes<T>>,
    pub(super) terms: usize,
}

/// What lanes are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Arrangement {
    Points,
    Terms,
    Axes,
}

/// A piece of the work.
#[derive(Clone, Debug)]
struct Task {
    points: Range<usize>,
    axes: Range<usize>,
    terms: Range<usize>,
}

/// What comes of it, in the order of the points.
struct Part {
    /// `[point][axis]`, or by term `[point][term][axis]`.
    slopes: Vec<Bounded>,
    /// `[point]`
    values: Vec<Bounded>,
}

impl<T: Real> CarriedSlopes<T> for HostSlopes<T> {
    fn has_second(&mut self) -> Result<bool> {
        Ok(self.slopes.has_second())
    }

    fn has_finite(&mut self) -> Result<bool> {
        Ok(self.slopes.has_finite())
    }

    fn has_samples(&mut self) -> Result<bool> {
        Ok(self.slopes.has_samples())
    }

    fn answers(&mut self, what: &Carry<'_, T>) -> Result<Carried> {
        let (count, axes) = (what.points.len() / what.n, what.along.len());
        let work = Work::new(self, what);
        let tasks = work.tasks(count, axes);
        let parts: Vec<Part> = tasks.par_iter().map(|task| work.run(task)).collect();
        if let Some(error) = self.slopes.failure() {
            return Err(error);
        }
        let terms = if what.by_term { self.terms } else { 1 };
        let mut slopes = vec![Bounded::default(); count * terms * axes];
        let mut values = vec![Bounded::default(); count];
        // Tasks of the same points and axes stand together, in the order of their terms.
        for (tasks, parts) in group(&tasks).map(|range| (&tasks[range.clone()], &parts[range])) {
            let Task { points, axes: own, .. } = &tasks[0];
            if own.start == 0 {
                let all = sum_of(parts.iter().map(|part| part.values.as_slice()));
                values[points.clone()].copy_from_slice(&all);
            }
            if what.by_term {
                for (task, part) in tasks.iter().zip(parts) {
                    let mut from = part.slopes.chunks_exact(own.len());
                    for point in points.clone() {
                        for term in task.terms.clone() {
                            let to = (point * terms + term) * axes;
                            let from = from.next().unwrap_or(&[]);
                            slopes[to + own.start..to + own.end].copy_from_slice(from);
                        }
                    }
                }
                continue;
            }
            let all = sum_of(parts.iter().map(|part| part.slopes.as_slice()));
            for (point, from) in points.clone().zip(all.chunks_exact(own.len())) {
                slopes[point * axes + own.start..point * axes + own.end].copy_from_slice(from);
            }
        }
        Ok(Carried { values, slopes, trapped: None })
    }
}

/// Ranges of tasks of the same points and axes.
fn group(tasks: &[Task]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        let first = tasks.get(start)?;
        let same = |task: &&Task| task.points == first.points && task.axes == first.axes;
        let end = start + tasks[start..].iter().take_while(same).count();
        let range = start..end;
        start = end;
        Some(range)
    })
}

/// The work of one call.
struct Work<'a, T: Real> {
    host: &'a HostSlopes<T>,
    what: &'a Carry<'a, T>,
    arrangement: Arrangement,
    lanes: usize,
    slots: usize,
}

impl<'a, T: Real> Work<'a, T> {
    fn new(host: &'a HostSlopes<T>, what: &'a Carry<'a, T>) -> Self {
        let (points, axes, terms) = (what.points.len() / what.n, what.along.len(), host.terms);
        let lanes = host.slopes.lanes();
        // About what a lane takes: the value and its error, then each slope with its bound.
        let weight = |slots: usize| if what.bars { 4 + 4 * slots } else { 2 + 2 * slots };
        // What a value costs is shared by the slopes of a lane.
        let is_plane = matches!(what.along, CarryAlong::Planes(_));
        // Planes have no line in common.
        let most = if is_plane { 1 } else { host.slopes.most_slots().max(1) };
        let (shared, spread) = (axes.min(most), axes.div_ceil(lanes).min(most));
        let options = [
            (Arrangement::Axes, spread, points * terms * axes.div_ceil(lanes * spread)),
            (Arrangement::Terms, shared, points * terms.div_ceil(lanes) * axes.div_ceil(shared)),
            (Arrangement::Points, shared, points.div_ceil(lanes) * terms * axes.div_ceil(shared)),
        ];
        let cost = |&(_, slots, runs): &(Arrangement, usize, usize)| runs * weight(slots);
        let is_possible = |(arrangement, ..): &(Arrangement, usize, usize)| {
            *arrangement != Arrangement::Terms || host.slopes.takes_terms_in_lanes()
        };
        let best = options.into_iter().filter(is_possible).min_by_key(cost);
        let (arrangement, slots, _) = best.unwrap_or((Arrangement::Axes, 1, 0));
        Work { host, what, arrangement, lanes, slots }
    }

    /// Axes of a task.
    fn axes_at_once(&self) -> usize {
        if self.arrangement == Arrangement::Axes { self.slots * self.lanes } else { self.slots }
    }

    fn tasks(&self, points: usize, axes: usize) -> Vec<Task> {
        let points_at_once = if self.arrangement == Arrangement::Points { self.lanes } else { 1 };
        let parts = |count: usize, size: usize| {
            (0..count).step_by(size).map(move |start| start..(start + size).min(count))
        };
        let mut tasks = Vec::new();
        for points in parts(points, points_at_once) {
            for axes in parts(axes, self.axes_at_once()) {
                for terms in parts(self.host.terms, TERMS) {
                    tasks.push(Task { points: points.clone(), axes: axes.clone(), terms });
                }
            }
        }
        tasks
    }

    fn run(&self, task: &Task) -> Part {
        let mut rows = SlopeRows::default();
        let mut lanes = Lanes::new(self, task);
        let size = task.points.len() * task.axes.len();
        let mut part = Part { slopes: Vec::new(), values: Vec::new() };
        let mut slopes = Tree::default();
        let mut values = Tree::default();
        let at_once = if self.arrangement == Arrangement::Terms { self.lanes } else { 1 };
        let terms: Vec<u32> = task.terms.clone().map(|term| term as u32).collect();
        for terms in terms.chunks(at_once) {
            lanes.run(self, terms, &mut rows);
            let found = self.results(task, terms.len(), &rows);
            // `[point][term][axis]`: of one term or one point.
            if self.what.by_term {
                part.slopes.extend_from_slice(&found);
            } else {
                found.chunks_exact(size).for_each(|found| slopes.push(found.to_vec()));
            }
            if task.axes.start == 0 {
                let values_here = self.values(task, terms.len(), &rows);
                values_here.chunks_exact(task.points.len()).for_each(|found| values.push(found.to_vec()));
            }
        }
        if self.what.by_term && self.arrangement == Arrangement::Points {
            part.slopes = by_points(&part.slopes, task);
        }
        if !self.what.by_term {
            part.slopes = slopes.finish();
        }
        part.values = values.finish();
        part
    }

    /// `[term][point][axis]` of one call, of which terms or points is 1.
    fn results(&self, task: &Task, terms: usize, rows: &SlopeRows<T>) -> Vec<Bounded> {
        let at = |lane: usize, slot: usize| {
            let i = slot * self.lanes + lane;
            Bounded { value: rows.slopes[i].to_f64(), bound: rows.bounds[i].to_f64(), flags: rows.flags[i] }
        };
        let axes = task.axes.len();
        match self.arrangement {
            Arrangement::Axes => (0..axes).map(|i| at(i % self.lanes, i / self.lanes)).collect(),
            Arrangement::Terms => (0..terms)
                .flat_map(|lane| (0..axes).map(move |slot| (lane, slot)))
                .map(|(lane, slot)| at(lane, slot))
                .collect(),
            Arrangement::Points => (0..task.points.len())
                .flat_map(|lane| (0..axes).map(move |slot| (lane, slot)))
                .map(|(lane, slot)| at(lane, slot))
                .collect(),
        }
    }

    /// `[slot][lane]`: 1 where there is nothing, so that no step is 0.
    fn steps(&self, task: &Task) -> Vec<T> {
        let Some(steps) = self.what.steps else { return Vec::new() };
        let (lanes, lines) = (self.lanes, self.what.along.len());
        let mut rows = vec![T::ONE; self.slots * lanes];
        let last = task.points.len() - 1;
        for (i, axis) in task.axes.clone().enumerate() {
            let at = |point: usize| steps[point * lines + axis];
            match self.arrangement {
                Arrangement::Axes => rows[i] = at(task.points.start),
                _ => {
                    let row = rows[i * lanes..][..lanes].iter_mut().enumerate();
                    row.for_each(|(lane, step)| *step = at(task.points.start + lane.min(last)));
                }
            }
        }
        rows
    }

    fn values(&self, task: &Task, terms: usize, rows: &SlopeRows<T>) -> Vec<Bounded> {
        let count = match self.arrangement {
            Arrangement::Axes => 1,
            Arrangement::Terms => terms,
            Arrangement::Points => task.points.len(),
        };
        let at = |lane: usize| Bounded {
            value: rows.values[lane].to_f64(),
            bound: rows.errors[lane].to_f64(),
            flags: 0,
        };
        (0..count).map(at).collect()
    }
}

/// From `[term][point][axis]` to `[point][term][axis]`.
fn by_points(found: &[Bounded], task: &Task) -> Vec<Bounded> {
    let (points, axes, terms) = (task.points.len(), task.axes.len(), task.terms.len());
    let mut turned = Vec::with_capacity(found.len());
    for point in 0..points {
        for term in 0..terms {
            turned.extend_from_slice(&found[(term * points + point) * axes..][..axes]);
        }
    }
    turned
}

/// What a task's lanes see.
struct Lanes<T> {
    /// `[coordinate]` or `[coordinate][lane]`
    x: Vec<T>,
    /// `[slot][lane]`
    axes: Vec<u32>,
    /// Of planes, `[lane]`.
    line: Vec<u32>,
    /// Directions and their errors, as `x`.
    directions: [Vec<T>; 2],
    /// `[slot][lane]`, if there are any.
    steps: Vec<T>,
}

impl<T: Real> Lanes<T> {
    fn new(work: &Work<'_, T>, task: &Task) -> Self {
        let (n, lanes) = (work.what.n, work.lanes);
        let is_spread = work.arrangement == Arrangement::Points;
        let last = task.points.len() - 1;
        let spread = |numbers: &[T]| -> Vec<T> {
            if !is_spread {
                return numbers[task.points.start * n..][..n].to_vec();
            }
            let mut rows = vec![T::ZERO; n * lanes];
            for lane in 0..lanes {
                // The last one into lanes left over.
                let point = task.points.start + lane.min(last);
                for (row, &x) in rows.chunks_exact_mut(lanes).zip(&numbers[point * n..][..n]) {
                    row[lane] = x;
                }
            }
            rows
        };
        let mut axes = vec![u32::MAX; work.slots * lanes];
        let mut directions = [Vec::new(), Vec::new()];
        let mut line = vec![u32::MAX; lanes];
        let place = |into: &mut [u32], i: usize, axis: u32| {
            if work.arrangement == Arrangement::Axes {
                into[i] = axis;
            } else {
                into[i * lanes..(i + 1) * lanes].fill(axis);
            }
        };
        match work.what.along {
            CarryAlong::Axes(all) | CarryAlong::Across(all, ..) => {
                let own = all[task.axes.clone()].iter().enumerate();
                own.for_each(|(i, &axis)| place(&mut axes, i, axis));
            }
            CarryAlong::Planes(planes) => {
                for (i, &[axis, other]) in planes[task.axes.clone()].iter().enumerate() {
                    place(&mut axes, i, axis);
                    place(&mut line, i, other);
                }
            }
            CarryAlong::Vectors(..) => {}
        }
        if let CarryAlong::Vectors(vectors, errors) | CarryAlong::Across(_, vectors, errors) = work.what.along
        {
            directions = [spread(vectors), spread(errors)];
        }
        Lanes { x: spread(work.what.points), axes, line, directions, steps: work.steps(task) }
    }

    fn run(&mut self, work: &Work<'_, T>, terms: &[u32], rows: &mut SlopeRows<T>) {
        let is_spread = work.arrangement == Arrangement::Points;
        let [directions, errors] = &self.directions;
        let seeds = match work.what.along {
            CarryAlong::Axes(_) => Seeds::Axes(&self.axes),
            CarryAlong::Vectors(..) if is_spread => Seeds::Directions(directions, errors),
            CarryAlong::Vectors(..) => Seeds::Direction(directions, errors),
            CarryAlong::Planes(_) => Seeds::Planes(&self.axes, &self.line),
            CarryAlong::Across(..) if is_spread => Seeds::AcrossEach(&self.axes, directions, errors),
            CarryAlong::Across(..) => Seeds::Across(&self.axes, directions, errors),
        };
        // One term in all lanes that count.
        let spread;
        let terms = if work.arrangement == Arrangement::Terms {
            terms
        } else {
            spread = vec![terms[0]; work.lanes];
            &spread
        };
        let x = if is_spread { Input::Each(&self.x) } else { Input::Same(&self.x) };
        let Carry { bars, sample, .. } = *work.what;
        let request = SlopeRequest { x, terms, seeds, slots: work.slots, steps: &self.steps, bars, sample };
        work.host.slopes.run(&request, rows);
    }
}
