//! Derivatives along lines and in planes through points, by ladders of steps: in a round, all evaluations of all of them are
//! one dispatch; who is not content gets another round with larger or smaller steps.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Evaluator;
use super::direct::RunIn;
use crate::displacement::{Displaced, Displacement, NONE};
use crate::error::{Error, Result};
use crate::ladder::{self, Assessed, Difference, Kind, Ladder, ROUND, Rung, Scratch, Tableaus};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;

/// Lines (times terms, if each is wanted by itself) that are worked on at once.
const ON_DEVICE: usize = 1 << 17;
const ON_HOST: usize = 1 << 14;

/// Rounds after the first, whatever is wished for.
const MOST_ROUNDS: usize = 6;

/// Where a line leads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Along<'a> {
    Axis(usize),
    /// `[n]`, not all 0.
    Vector(&'a [f64]),
}

/// A derivative that is wanted, and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Index of the point.
    pub(super) point: usize,
    pub(super) along: Along<'a>,
    /// The axis of a mixed second derivative: along the line and this.
    pub(super) across: Option<usize>,
    /// One for each term, or one for their sum; in true units.
    pub(super) results: Vec<Assessed>,
    /// Whether the bounds kept a side from being used: up, down.
    pub(super) barred: [bool; 2],
    /// Binary exponents of the units along and across.
    scales: [i32; 2],
    rungs: Vec<Rung>,
    /// `[rung][term]`
    differences: Vec<Difference>,
    /// Second differences over one side only, these.
    one_sided: Option<[f64; 2]>,
    /// Whether smaller and larger steps were tried without a gain.
    given_up: [bool; 2],
    next: Vec<i32>,
}

impl<'a> Line<'a> {
    pub(super) fn new<T: Real>(point: usize, x: &[T], along: Along<'a>, across: Option<usize>) -> Self {
        let size = |axis: usize| x[axis].to_f64().abs().max(1.0);
        let exponent = |size: f64| (size.to_bits() >> 52) as i32 - 1023;
        let scale = match along {
            Along::Axis(axis) => exponent(size(axis)),
            Along::Vector(vector) => {
                let sizes = vector.iter().enumerate().filter(|(_, v)| **v != 0.0);
                exponent(sizes.map(|(axis, v)| size(axis) / v.abs()).fold(f64::MAX, f64::min))
            }
        };
        Line {
            point,
            along,
            across,
            results: Vec::new(),
            barred: [false; 2],
            scales: [scale, across.map_or(0, |axis| exponent(size(axis)))],
            rungs: Vec::new(),
            differences: Vec::new(),
            one_sided: None,
            given_up: [false; 2],
            next: ladder::first_round(),
        }
    }

    fn kind(&self) -> Kind {
        if self.across.is_some() { Kind::Plane } else { Kind::Line }
    }

    /// What a derivative in units of the scales is to be multiplied by.
    fn unit(&self) -> f64 {
        2f64.powi(-self.scales[0] - self.scales[1])
    }

    /// The step of a result.
    pub(super) fn step(&self, result: &Assessed) -> f64 {
        2f64.powi(result.exponent + self.scales[0])
    }

    /// The smallest step so far.
    pub(super) fn smallest_step(&self) -> f64 {
        2f64.powi(self.rungs.last().map_or(0, |rung| rung.exponent) + self.scales[0])
    }

    /// Of a `term` along a line, largest step first: the step, how far up and down it really reaches, and what f is more
    /// there than at the point.
    pub(super) fn differences(&self, term: usize) -> impl Iterator<Item = (f64, [f64; 2], [f64; 2])> {
        let terms = self.results.len();
        self.rungs.iter().zip(self.differences.chunks(terms.max(1))).map(move |(rung, differences)| {
            let h = 2f64.powi(rung.exponent + self.scales[0]);
            (h, rung.reach.map(|reach| reach * h), differences[term].sides)
        })
    }

    /// Puts the rungs of a round in their place and judges all again; whether its steps were larger than those before.
    fn take(&mut self, round: &Found<'_>, asked: &[Asked], scratch: &mut Scratch) -> bool {
        let larger = match (asked.first(), self.rungs.first()) {
            (Some(new), Some(old)) => new.rung.exponent > old.exponent,
            _ => false,
        };
        let terms = round.terms;
        let at = if larger { 0 } else { self.rungs.len() };
        let differences = asked.iter().flat_map(|asked| {
            (0..terms).map(|term| round.difference(self.point, self.across, self.one_sided, asked, term))
        });
        let differences: Vec<Difference> = differences.collect();
        self.differences.splice(at * terms..at * terms, differences);
        self.rungs.splice(at..at, asked.iter().map(|asked| asked.rung));
        let judge = |term: usize| {
            let ladder = Ladder {
                kind: self.kind(),
                wanted: round.wanted,
                rungs: &self.rungs,
                differences: &self.differences[term..],
                terms,
                value: round.value(self.point, term),
                epsilon: round.epsilon,
                tableaus: round.tableaus,
            };
            ladder.assess(scratch)
        };
        self.results = (0..terms).map(judge).collect();
        larger
    }

    /// The steps of the next round; none if all is well, or nothing more can be done.
    fn plan(&mut self, before: &[Assessed], was_larger: bool, precision: Precision) {
        self.next.clear();
        if self.kind() == Kind::Plane && self.results.iter().all(|r| r.scheme.is_none()) {
            self.next_side();
            return;
        }
        let gained = |(before, now): (&Assessed, &Assessed)| {
            now.error < 0.5 * before.error || !now.error.is_finite() || now.jump.is_some()
        };
        if !before.is_empty() && !before.iter().zip(&self.results).any(gained) {
            self.given_up[usize::from(was_larger)] = true;
        }
        let wanting = || self.results.iter().filter(|result| !ladder::is_good(result, precision));
        // What is wished for, and if that did not help, larger steps than noise has.
        let wished = wanting().filter_map(ladder::direction);
        let is_noisy = |result: &&Assessed| result.times > 1.0 && !before.is_empty();
        let otherwise = wanting().filter(is_noisy).map(|_| true);
        self.next = wished
            .chain(otherwise)
            .filter(|&larger| !self.given_up[usize::from(larger)])
            .find_map(|larger| ladder::next_round(&self.rungs, larger, precision))
            .unwrap_or_default();
    }

    /// Second differences over both sides have no value: over one, if any is left to try.
    fn next_side(&mut self) {
        let next = match self.one_sided {
            None => Some([1.0, 1.0]),
            Some([1.0, 1.0]) => Some([-1.0, -1.0]),
            Some([-1.0, -1.0]) => Some([1.0, -1.0]),
            Some([1.0, _]) => Some([-1.0, 1.0]),
            Some(_) => None,
        };
        if next.is_some() {
            self.one_sided = next;
            self.rungs.clear();
            self.differences.clear();
            self.next = ladder::first_round();
        }
    }
}

/// Why a point cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blocked {
    /// It lies beyond the bounds.
    ByBounds,
    /// The coordinate overflows, or is the same as before.
    ByPrecision,
}

type Reached<T> = std::result::Result<T, Blocked>;

/// A rung that is being evaluated.
struct Asked {
    line: usize,
    rung: Rung,
    /// Indices of evaluations; [`NONE`]: not made.
    evaluations: [u32; 4],
}

/// The evaluations of a round.
struct Round<'r, T> {
    n: usize,
    bounds: Option<&'r [[f64; 2]]>,
    sources: Vec<T>,
    known: HashMap<(usize, usize, i32, bool), u32>,
    evaluations: Vec<Displacement<T>>,
    asked: Vec<Asked>,
}

impl<T: Real> Round<'_, T> {
    fn is_barred(&self, axis: usize, value: T) -> bool {
        self.bounds.is_some_and(|bounds| {
            let [lower, upper] = bounds[axis];
            !(lower..=upper).contains(&value.to_f64())
        })
    }

    fn evaluate(&mut self, source: u32, base: u32, axis: u32, value: T) -> u32 {
        self.evaluations.push(Displacement { source, base, axis, value });
        self.evaluations.len() as u32 - 1
    }

    fn coordinate(&self, source: u32, axis: usize) -> T {
        self.sources[source as usize * self.n + axis]
    }

    /// A coordinate moved, if there is such a number, it is another one, and the bounds allow it.
    fn moved(&self, source: u32, axis: usize, by: f64) -> Reached<T> {
        let from = self.coordinate(source, axis);
        let to = T::of(from.to_f64() + by);
        if self.is_barred(axis, to) {
            return Err(Blocked::ByBounds);
        }
        if to.is_finite() && (to - from).is_normal() { Ok(to) } else { Err(Blocked::ByPrecision) }
    }

    /// A point moved along a line as a source of its own.
    fn source(&mut self, line: &Line<'_>, by: f64, exponent: i32) -> Reached<u32> {
        let n = self.n;
        let id = match line.along {
            Along::Axis(axis) => axis,
            // A point has one direction.
            Along::Vector(_) => n,
        };
        let key = (line.point, id, exponent, by > 0.0);
        if let Some(&known) = self.known.get(&key) {
            return Ok(known);
        }
        let from = line.point as u32;
        let start = self.sources.len();
        let moved: Vec<T> = match line.along {
            Along::Axis(axis) => {
                let to = self.moved(from, axis, by)?;
                (0..n).map(|i| if i == axis { to } else { self.coordinate(from, i) }).collect()
            }
            Along::Vector(vector) => (0..n)
                .map(|i| {
                    let to = T::of(self.coordinate(from, i).to_f64() + by * vector[i]);
                    if self.is_barred(i, to) {
                        return Err(Blocked::ByBounds);
                    }
                    if to.is_finite() { Ok(to) } else { Err(Blocked::ByPrecision) }
                })
                .collect::<Reached<_>>()?,
        };
        self.sources.extend(moved);
        let source = (start / n) as u32;
        self.known.insert(key, source);
        Ok(source)
    }

    /// Asks for a rung of a line.
    fn ask(&mut self, index: usize, line: &mut Line<'_>, exponent: i32, wanted: Scheme) {
        let mut rung = Rung { exponent, reach: [1.0; 2] };
        let mut evaluations = [NONE; 4];
        match line.across {
            None => {
                let step = 2f64.powi(exponent + line.scales[0]);
                let sides = [wanted != Scheme::Backward, wanted != Scheme::Forward];
                for (side, sign) in [1.0, -1.0].into_iter().enumerate().filter(|&(side, _)| sides[side]) {
                    match self.side(line, sign * step, exponent) {
                        Ok((evaluation, reach)) => {
                            evaluations[side] = evaluation;
                            rung.reach[side] = reach;
                        }
                        Err(blocked) => line.barred[side] |= blocked == Blocked::ByBounds,
                    }
                }
            }
            Some(axis) => {
                let asked = match line.one_sided {
                    None => self.both_sides(line, axis, exponent),
                    Some(signs) => self.one_side(line, axis, exponent, signs),
                };
                match asked {
                    Ok((asked, reach)) => (evaluations, rung.reach) = (asked, reach),
                    Err(blocked) => line.barred = line.barred.map(|b| b || blocked == Blocked::ByBounds),
                }
            }
        }
        self.asked.push(Asked { line: index, rung, evaluations });
    }

    /// One side of a line's difference, and how far it reaches in units of the step.
    fn side(&mut self, line: &Line<'_>, by: f64, exponent: i32) -> Reached<(u32, f64)> {
        let point = line.point as u32;
        match line.along {
            Along::Axis(axis) => {
                let to = self.moved(point, axis, by)?;
                let reach = (to.to_f64() - self.coordinate(point, axis).to_f64()) / by;
                Ok((self.evaluate(point, point, axis as u32, to), reach))
            }
            Along::Vector(_) => {
                let source = self.source(line, by, exponent)?;
                Ok((self.evaluate(source, point, NONE, T::ZERO), 1.0))
            }
        }
    }

    /// How far a source lies from the point, in units of the step.
    fn reach(&self, line: &Line<'_>, source: u32, by: f64) -> f64 {
        match line.along {
            Along::Axis(axis) => {
                let from = self.coordinate(line.point as u32, axis).to_f64();
                (self.coordinate(source, axis).to_f64() - from) / by
            }
            Along::Vector(_) => 1.0,
        }
    }

    /// f(++) f(+-) f(-+) f(--).
    fn both_sides(&mut self, line: &Line<'_>, axis: usize, exponent: i32) -> Reached<([u32; 4], [f64; 2])> {
        let [t, h] = line.scales.map(|scale| 2f64.powi(exponent + scale));
        let sources = [self.source(line, t, exponent)?, self.source(line, -t, exponent)?];
        let along = (self.reach(line, sources[0], t) + self.reach(line, sources[1], -t)) / 2.0;
        let mut to = [(0, T::ZERO); 4];
        let mut across = 0.0;
        for (i, &source) in sources.iter().enumerate() {
            let (up, down) = (self.moved(source, axis, h)?, self.moved(source, axis, -h)?);
            (to[2 * i], to[2 * i + 1]) = ((source, up), (source, down));
            across += (up.to_f64() - down.to_f64()) / h / 4.0;
        }
        let point = line.point as u32;
        let evaluations = to.map(|(source, value)| self.evaluate(source, point, axis as u32, value));
        Ok((evaluations, [along * across, 1.0]))
    }

    /// f(σρ) f(σ0) f(0ρ).
    fn one_side(
        &mut self,
        line: &Line<'_>,
        axis: usize,
        exponent: i32,
        [along, across]: [f64; 2],
    ) -> Reached<([u32; 4], [f64; 2])> {
        let [t, h] = line.scales.map(|scale| 2f64.powi(exponent + scale));
        let point = line.point as u32;
        let source = self.source(line, along * t, exponent)?;
        let both = self.moved(source, axis, across * h)?;
        let alone = self.moved(point, axis, across * h)?;
        let reach = self.reach(line, source, along * t)
            * ((alone.to_f64() - self.coordinate(point, axis).to_f64()) / (across * h));
        let evaluations = [
            self.evaluate(source, point, axis as u32, both),
            self.evaluate(source, point, NONE, T::ZERO),
            self.evaluate(point, point, axis as u32, alone),
            NONE,
        ];
        Ok((evaluations, [1.0, reach * along * across]))
    }
}

/// The evaluations of a round, made.
struct Found<'r> {
    /// `[term][evaluation]`
    found: &'r [f64],
    /// `[term][point]`: f at the points.
    values: &'r [f64],
    evaluations: usize,
    points: usize,
    terms: usize,
    wanted: Scheme,
    epsilon: f64,
    tableaus: &'r Tableaus,
}

impl Found<'_> {
    fn value(&self, point: usize, term: usize) -> f64 {
        self.values[term * self.points + point]
    }

    /// What the evaluations of a rung come to.
    fn difference(
        &self,
        point: usize,
        across: Option<usize>,
        one_sided: Option<[f64; 2]>,
        asked: &Asked,
        term: usize,
    ) -> Difference {
        let at = |i: usize| match asked.evaluations[i] {
            NONE => f64::NAN,
            evaluation => self.found[term * self.evaluations + evaluation as usize],
        };
        let reach = asked.rung.reach;
        let sides = match (across, one_sided) {
            (None, _) => [at(0), at(1)],
            (Some(_), None) => [((at(0) - at(1)) - (at(2) - at(3))) / 4.0 / reach[0], f64::NAN],
            (Some(_), Some(_)) => [f64::NAN, (at(0) - at(1) - at(2)) / reach[1]],
        };
        // Those that are not there are NaN, which `max` drops.
        let value = self.value(point, term);
        let size = (0..4).map(|i| (value + at(i)).abs()).fold(0.0, f64::max);
        Difference { sides, size }
    }
}

impl Evaluator<'_> {
    /// As [`lines_at_once`](Self::lines_at_once), not too many at a time.
    pub(super) fn lines<T: Real>(
        &mut self,
        points: &[T],
        lines: &mut [Line<'_>],
        wanted: Scheme,
        by_term: bool,
    ) -> Result<(Vec<f64>, u64)>
    where
        Self: RunIn<T>,
    {
        let most = if self.is_on_device() { ON_DEVICE } else { ON_HOST };
        let at_once = (most / if by_term { self.terms_here() } else { 1 }).max(1);
        let (mut values, mut evaluations) = (Vec::new(), 0);
        for lines in lines.chunks_mut(at_once) {
            let (found, made) = self.lines_at_once(points, lines, wanted, by_term)?;
            (values, evaluations) = (found, evaluations + made);
        }
        Ok((values, evaluations))
    }

    /// Fills in the results of `lines` through `points` (`[point][coordinate]`, all finite); the values at the points, `[term][point]`,
    /// and how many evaluations it took. NaN for values that are not finite.
    fn lines_at_once<T: Real>(
        &mut self,
        points: &[T],
        lines: &mut [Line<'_>],
        wanted: Scheme,
        by_term: bool,
    ) -> Result<(Vec<f64>, u64)>
    where
        Self: RunIn<T>,
    {
        let n = self.objective.dimension();
        let count = points.len() / n;
        let bounds = self.bounds.clone();
        let terms = if by_term { self.terms_here() } else { 1 };
        let tableaus = std::sync::Arc::clone(&self.tableaus);
        let (mut values, mut evaluations) = (Vec::new(), 0);
        for round in 0..=MOST_ROUNDS {
            let mut asked = Round {
                n,
                bounds: bounds.as_deref(),
                sources: points.to_vec(),
                known: HashMap::new(),
                evaluations: Vec::with_capacity(lines.len() * 2 * ROUND as usize + count),
                asked: Vec::new(),
            };
            if round == 0 {
                (0..count as u32).for_each(|point| {
                    asked.evaluate(point, NONE, NONE, T::ZERO);
                });
            }
            for (index, line) in lines.iter_mut().enumerate() {
                for exponent in std::mem::take(&mut line.next) {
                    asked.ask(index, line, exponent, wanted);
                }
            }
            if asked.asked.is_empty() && round > 0 {
                break;
            }
            let total = asked.evaluations.len();
            let found = if total == 0 {
                Ok(Vec::new())
            } else {
                self.displaced(&Displaced {
                    dimension: n,
                    sources: &asked.sources,
                    bases: count,
                    evaluations: &asked.evaluations,
                    by_term,
                })
            };
            let found = match found {
                Ok(found) => found,
                // Far away it may read out of range or run away; what is known from near by stands.
                Err(Error::Evaluation { .. }) if round > 0 => break,
                Err(error) => return Err(error),
            };
            evaluations += total as u64;
            if round == 0 {
                values = (0..terms).flat_map(|term| found[term * total..][..count].to_vec()).collect();
            }
            let round = Found {
                found: &found,
                values: &values,
                evaluations: total,
                points: count,
                terms,
                wanted,
                epsilon: 0.5 * T::PRECISION.epsilon(),
                tableaus: &tableaus,
            };
            // The rungs of a line stand together, in the order of the lines.
            let mut rest = asked.asked.as_slice();
            let ranges: Vec<&[Asked]> = (0..lines.len())
                .map(|index| {
                    let own = rest.iter().take_while(|asked| asked.line == index).count();
                    let (own, others) = rest.split_at(own);
                    rest = others;
                    own
                })
                .collect();
            lines.par_iter_mut().zip(ranges).filter(|(_, asked)| !asked.is_empty()).for_each_init(
                Scratch::default,
                |scratch, (line, asked)| {
                    let before = std::mem::take(&mut line.results);
                    let larger = line.take(&round, asked, scratch);
                    line.plan(&before, larger, T::PRECISION);
                },
            );
        }
        for line in lines {
            let unit = line.unit();
            for result in &mut line.results {
                result.value *= unit;
                result.error *= unit;
                result.jump = result.jump.map(|(jump, error)| (jump * unit, error * unit));
            }
        }
        Ok((values, evaluations))
    }
}
