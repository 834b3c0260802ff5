//! Components that carried slopes leave in doubt, settled by direct differences.

use std::collections::{BTreeMap, HashMap};

use ndarray::RemoveAxis;

use super::Pipeline;
use super::carried::{Doubtful, axis_of};
use super::pipeline::Rows;
use super::request::{Request, Through};
use super::resolve::{Resolved, Source};
use crate::backend::{Carry, CarryAlong};
use crate::difference::rounds::FIRST;
use crate::difference::{Doubt, Notice, Remark, Scheme, Step};
use crate::error::{Error, Result};
use crate::numeric::Real;

/// Lines through a point: the axis, or none for its vector, and the axis across.
type Lines = Vec<(Option<u32>, Option<usize>)>;

/// Direct differences have to promise so many times less noise than a bar is wide.
const WORTH: f64 = 4.0;

impl<T: Real> Pipeline<'_, T> {
    /// Asks direct differences about components in doubt: of all points with doubts along the same lines at once.
    pub(super) fn settle<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        doubtful: Vec<Doubtful<D>>,
        scheme: Scheme,
        rows: &mut Rows<D>,
    ) -> Result<()> {
        let doubtful = self.worth_while(request, doubtful, rows)?;
        let key = |next: &Doubtful<D>| (axis_of(next.through), next.across);
        let mut alike: BTreeMap<Lines, Vec<Doubtful<D>>> = BTreeMap::new();
        let mut rest = doubtful.into_iter().peekable();
        while let Some(first) = rest.next() {
            let point = first.point;
            let mut own = vec![first];
            while let Some(next) = rest.next_if(|next| next.point == point) {
                own.push(next);
            }
            let mut lines: Lines = own.iter().map(key).collect();
            lines.sort_unstable();
            lines.dedup();
            alike.entry(lines).or_default().extend(own);
        }
        for own in alike.into_values() {
            self.settle_alike(request, &own, scheme, rows)?;
        }
        rows.remarks.sort_by_key(|remark| (remark.point, remark.term, remark.axis, remark.across));
        Ok(())
    }

    /// Those that direct differences may settle: a wide bar is kept if the values' own errors, divided by the largest step,
    /// are no smaller.
    fn worth_while<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        doubtful: Vec<Doubtful<D>>,
        rows: &Rows<D>,
    ) -> Result<Vec<Doubtful<D>>> {
        let steps = |next: &Doubtful<D>| {
            let size = axis_of(next.through).map_or(1.0, |axis| {
                self.sizes.of(axis as usize, request.points[[next.point, axis as usize]])
            });
            2f64.powi(FIRST) * size
        };
        let wide: Vec<(usize, Through, f64)> = doubtful
            .iter()
            .filter(|next| next.doubt == Doubt::Wide)
            .map(|next| (next.point, next.through, steps(next)))
            .collect();
        let mut noise = self.noise(request, &wide)?.into_iter();
        let error = rows.error.as_ref();
        let mut keep = Vec::with_capacity(doubtful.len());
        for next in doubtful {
            let bar = error.map_or(f64::INFINITY, |error| error[next.place.clone()]);
            // Not for NaN either.
            if next.doubt != Doubt::Wide || noise.next().is_some_and(|noise| noise * WORTH < bar) {
                keep.push(next);
            }
        }
        Ok(keep)
    }

    /// How far off central quotients along lines may be at some steps for the errors of the values alone. No point crosses a
    /// bound; where the objective cannot be evaluated, nothing is known.
    fn noise<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        lines: &[(usize, Through, f64)],
    ) -> Result<Vec<f64>> {
        let n = request.points.ncols();
        let mut all = Vec::with_capacity(lines.len());
        let divisor = self.objective.reduction().divisor(self.backend.capacity()?.terms);
        let bounds = self.bounds.clone();
        let within = |i: usize, x: f64| match bounds.as_ref().map(|bounds| bounds[i]) {
            Some([lower, upper]) => T::of(x.clamp(lower, upper)),
            None => T::of(x),
        };
        for lines in lines.chunks(((1 << 16) / n).max(1)) {
            let mut points: Vec<T> = Vec::with_capacity(2 * n * lines.len());
            for &(point, through, h) in lines {
                let x = request.points.row(point);
                for side in [h, -h] {
                    points.extend(x.iter().enumerate().map(|(i, &x)| match through {
                        Through::Axis(axis) if axis == i => within(i, x + side),
                        Through::Axis(_) => T::of(x),
                        Through::Vector => {
                            let v = request.vectors.as_ref().map_or(0.0, |vectors| vectors[[point, i]]);
                            within(i, x + side * v)
                        }
                    }));
                }
            }
            let along = CarryAlong::Axes(&[0]);
            let carry = Carry {
                points: &points,
                n,
                along,
                by_term: false,
                steps: None,
                bars: true,
                sample: 0,
                all: 0,
            };
            let found = match self.slopes(&carry) {
                Ok(found) => found,
                // Away from the point it may read out of range or run away.
                Err(Error::Evaluation { .. }) => {
                    all.extend(lines.iter().map(|_| f64::INFINITY));
                    continue;
                }
                Err(error) => return Err(error),
            };
            for (pair, &(.., h)) in found.values.chunks_exact(2).zip(lines) {
                all.push((pair[0].bound + pair[1].bound) / divisor / (2.0 * h));
            }
        }
        Ok(all)
    }

    /// Components of points with doubts along the same lines, those of a point together.
    fn settle_alike<D: RemoveAxis>(
        &mut self,
        request: &Request<'_, D>,
        own: &[Doubtful<D>],
        scheme: Scheme,
        rows: &mut Rows<D>,
    ) -> Result<()> {
        let resolved =
            Resolved { scheme, order: scheme.order(), step: Step::Auto, source: Source::Evaluated };
        let mut points: Vec<usize> = own.iter().map(|next| next.point).collect();
        points.dedup();
        let mut lines: Vec<(Through, Option<usize>)> = Vec::new();
        for next in own.iter().take_while(|next| next.point == points[0]) {
            let same = |line: &(Through, Option<usize>)| {
                (axis_of(line.0), line.1) == (axis_of(next.through), next.across)
            };
            if !lines.iter().any(same) {
                lines.push((next.through, next.across));
            }
        }
        let progress = self.progress.take();
        let found = request.of(&points, lines, |some| self.by_lists(some, &resolved));
        self.progress = progress;
        let found = match found {
            Ok(found) => found,
            // What is known at the point stands.
            Err(Error::Evaluation { .. }) => {
                own.iter().for_each(|next| leave_open(next, request.by_term, rows));
                for next in own.iter().filter(|next| next.doubt == Doubt::Missing) {
                    let x: Vec<T> = request.points.row(next.point).iter().map(|&x| T::of(x)).collect();
                    let error = || Box::new(self.explain(&x, next.point, None));
                    rows.failures[next.point].get_or_insert_with(error);
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        rows.evaluations += found.evaluations;
        let has_failed: Vec<bool> = found.failures.iter().map(Option::is_some).collect();
        for (&point, error) in points.iter().zip(found.failures) {
            if let Some(error) = error {
                rows.failures[point] = Some(Box::new(error.at_point(point)));
            }
        }
        let local_of = |next: &Doubtful<D>| points.partition_point(|&point| point < next.point);
        let at_local = |next: &Doubtful<D>| {
            let mut place = next.place.clone();
            place[0] = local_of(next);
            place
        };
        let step_of = |next: &Doubtful<D>| found.step.as_ref().map_or(0.0, |step| step[at_local(next)]);
        let used: Vec<_> = own.iter().map(|next| (next.point, next.through, step_of(next))).collect();
        let noise = if rows.error.is_some() { self.noise(request, &used)? } else { Vec::new() };
        let keyed = |r: &Remark| ((r.point, r.axis, r.across, r.term), r.notice);
        // Of several, the first.
        let remarks: HashMap<_, Notice> = found.remarks.iter().rev().map(keyed).collect();
        for (i, next) in own.iter().enumerate() {
            let (point, local, at) = (next.point, local_of(next), at_local(next));
            if has_failed.get(local) == Some(&true) {
                continue;
            }
            let bar = found.error.as_ref().map_or(f64::INFINITY, |error| error[at.clone()]);
            let axis = axis_of(next.through).map(|axis| axis as usize);
            let term = request.by_term.then_some(next.term);
            let key = (local, axis, next.across, term);
            let noticed = remarks.get(&key).copied();
            let carried = Estimate {
                value: rows.values[next.place.clone()],
                bar: rows.error.as_ref().map_or(f64::INFINITY, |error| error[next.place.clone()]),
            };
            let is_kink = noticed.is_some_and(|notice| matches!(notice, Notice::Kink { .. }));
            let noise = noise.get(i).copied().unwrap_or(0.0);
            // Of a second derivative, divided by the step twice.
            let noise = if next.across.is_some() { 4.0 * noise / used[i].2 } else { noise };
            let bar = bar + if noise.is_finite() { noise } else { f64::INFINITY };
            let direct = Estimate { value: found.values[at], bar };
            let chosen = settled((carried, next.certain), direct, (next.doubt, next.at_corner), is_kink);
            let is_direct = chosen.is_none();
            let chosen = chosen.unwrap_or(direct_with(carried, direct, next.doubt, is_kink));
            rows.values[next.place.clone()] = chosen.value;
            if let Some(error) = &mut rows.error {
                error[next.place.clone()] = chosen.bar;
            }
            let is_open = matches!(next.doubt, Doubt::Branch | Doubt::Jump);
            if is_direct && let Some(steps) = &mut rows.step {
                steps[next.place.clone()] = used[i].2;
            }
            if is_direct {
                // A bar by samples was of what is replaced.
                let same =
                    |r: &Remark| (r.point, r.axis, r.across, r.term) == (point, axis, next.across, term);
                rows.remarks.retain(|r| !(same(r) && matches!(r.notice, Notice::Statistical { .. })));
            }
            if is_direct || is_open {
                let in_doubt = Notice::InDoubt { doubt: next.doubt, direct: is_direct };
                let notice = noticed.filter(|_| is_direct).unwrap_or(in_doubt);
                rows.remarks.push(Remark { point, axis, across: next.across, term, notice });
            }
        }
        Ok(())
    }
}

/// Nobody else can be asked about a component: a bound that is only wide stands, of all else nothing is known.
fn leave_open<D: RemoveAxis>(next: &Doubtful<D>, by_term: bool, rows: &mut Rows<D>) {
    if matches!(next.doubt, Doubt::Wide | Doubt::Missing) {
        return;
    }
    if let Some(error) = &mut rows.error {
        error[next.place.clone()] = f64::INFINITY;
    }
    let Doubtful { point, across, .. } = *next;
    let axis = axis_of(next.through).map(|axis| axis as usize);
    let notice = Notice::InDoubt { doubt: next.doubt, direct: false };
    rows.remarks.push(Remark { point, axis, across, term: by_term.then_some(next.term), notice });
}

/// A component and how far off it may be.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Estimate {
    value: f64,
    bar: f64,
}

/// What stays of carried slopes, with their certain bound, beside direct differences; `None`: nothing, the direct one is taken.
fn settled(
    (carried, certain): (Estimate, f64),
    direct: Estimate,
    (doubt, at_corner): (Doubt, bool),
    is_kink: bool,
) -> Option<Estimate> {
    let distance = (carried.value - direct.value).abs();
    // Not for NaN either.
    if !(carried.value.is_finite() && carried.bar.is_finite()) || is_kink {
        return None;
    }
    match doubt {
        Doubt::Unknown | Doubt::Turn | Doubt::NotFinite | Doubt::Missing => None,
        // The bound does not know of the other way, so the other method has to confirm.
        Doubt::Branch | Doubt::Jump => (distance <= carried.bar + direct.bar && carried.bar <= direct.bar)
            .then_some(Estimate { bar: carried.bar.max(distance), ..carried }),
        // Where quotients to both sides cancel, a narrow bar says nothing.
        Doubt::Wide if at_corner => Some(Estimate { bar: certain, ..carried }),
        // The bound is certain: what lies outside is wrong.
        Doubt::Wide => {
            (distance > certain + direct.bar || direct.bar * WORTH > carried.bar).then_some(carried)
        }
    }
}

/// The direct estimate; where both are estimates of one number, they are no further off than apart.
fn direct_with(carried: Estimate, direct: Estimate, doubt: Doubt, is_kink: bool) -> Estimate {
    let distance = (carried.value - direct.value).abs();
    let bar = match doubt {
        _ if is_kink || !distance.is_finite() => direct.bar,
        // Up to the far end of the other's bar.
        Doubt::Branch | Doubt::Jump if carried.bar.is_finite() => direct.bar.max(distance + carried.bar),
        Doubt::Branch | Doubt::Jump => direct.bar.max(distance),
        // Where the other one is another number, who is right is not known: steps may step over what goes to and fro between.
        Doubt::Wide if distance > direct.bar => distance + carried.bar,
        Doubt::Wide | Doubt::Unknown | Doubt::Turn | Doubt::NotFinite | Doubt::Missing => direct.bar,
    };
    Estimate { bar, ..direct }
}
