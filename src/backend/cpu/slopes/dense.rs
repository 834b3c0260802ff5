//! Slopes of terms that may read anything: each term along all axes.

use std::ops::Range;

use rayon::prelude::*;

use super::lanes::{Arrangement, Lanes};
use super::{HostSlopes, most_slots};
use crate::backend::sums::{Tree, sum_of};
use crate::backend::{Bounded, Carried, Carry, CarryAlong};
use crate::numeric::Real;
use crate::objective::SlopeRows;

/// Terms of a task. A constant, so that sums are the same on every machine.
pub(in crate::backend::cpu) const TERMS: usize = 1 << 10;

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

/// All slopes and values.
pub(super) fn answers<T: Real>(host: &HostSlopes<T>, what: &Carry<'_, T>) -> Carried {
    let (count, axes) = (what.points.len() / what.n, what.along.len());
    let work = Work::new(host, what);
    let tasks = work.tasks(count, axes);
    let parts: Vec<Part> = tasks.par_iter().map(|task| work.run(task)).collect();
    let terms = if what.by_term { host.terms } else { 1 };
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
    Carried { values, slopes, trapped: None }
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

/// A way to go.
struct Way {
    arrangement: Arrangement,
    slots: usize,
    has_known_axes: bool,
    /// In calls for values.
    cost: f64,
}

/// The work of one call.
struct Work<'a, T: Real> {
    host: &'a HostSlopes<T>,
    what: &'a Carry<'a, T>,
    arrangement: Arrangement,
    lanes: usize,
    slots: usize,
    /// Whether the axes of calls are known beforehand.
    has_known_axes: bool,
}

impl<'a, T: Real> Work<'a, T> {
    fn new(host: &'a HostSlopes<T>, what: &'a Carry<'a, T>) -> Self {
        let (points, axes, terms) =
            ((what.points.len() / what.n).max(what.all), what.along.len(), host.terms);
        let lanes = host.slopes.lanes();
        // About what a lane takes: the value and its error, then each slope with its bound.
        let weight = |slots: f64| if what.bars { 4.0 + 4.0 * slots } else { 2.0 + 2.0 * slots };
        // What a value costs is shared by the slopes of a lane.
        let most = most_slots(host, what);
        let (shared, spread) = (axes.min(most), axes.div_ceil(lanes).min(most));
        let runs = |arrangement, slots: usize| match arrangement {
            Arrangement::Axes => points * terms * axes.div_ceil(lanes * slots),
            Arrangement::Terms => points * terms.div_ceil(lanes) * axes.div_ceil(slots),
            Arrangement::Points => points.div_ceil(lanes) * terms * axes.div_ceil(slots),
        };
        let option = |arrangement, slots, share: f64| Way {
            arrangement,
            slots,
            has_known_axes: share < 1.0,
            cost: runs(arrangement, slots) as f64 * weight(slots as f64 * share),
        };
        let mut options = vec![
            option(Arrangement::Axes, spread, 1.0),
            option(Arrangement::Terms, shared, 1.0),
            option(Arrangement::Points, shared, 1.0),
        ];
        let is_all = matches!(what.along, CarryAlong::Axes(all) if all.iter().copied().eq(0..what.n as u32));
        if let Some((slots, share)) = host.slopes.known_axes().filter(|_| is_all) {
            let share = share.min(0.999);
            options.extend([Arrangement::Terms, Arrangement::Points].map(|all| option(all, slots, share)));
        }
        options
            .retain(|option| option.arrangement != Arrangement::Terms || host.slopes.takes_terms_in_lanes());
        let best = options.into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost));
        let (arrangement, slots, has_known_axes) = best.map_or((Arrangement::Axes, 1, false), |best| {
            (best.arrangement, best.slots, best.has_known_axes)
        });
        Work { host, what, arrangement, lanes, slots, has_known_axes }
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
        let mut rows = self.host.rows();
        let mut lanes = Lanes::new(self.host, self.what, (self.arrangement, self.slots), task.points.clone());
        if self.has_known_axes {
            lanes.aim_at_range(task.axes.clone());
        } else {
            lanes.aim(task.axes.clone());
        }
        let size = task.points.len() * task.axes.len();
        let mut part = Part { slopes: Vec::new(), values: Vec::new() };
        let mut slopes = Tree::default();
        let mut values = Tree::default();
        let at_once = if self.arrangement == Arrangement::Terms { self.lanes } else { 1 };
        let terms: Vec<u32> = task.terms.clone().map(|term| term as u32).collect();
        for terms in terms.chunks(at_once) {
            lanes.run(terms, &mut rows);
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
        self.host.keep(rows);
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
