//! Derivatives along lines and in planes through points, by ladders of steps: in a round, all evaluations of all of them are
//! one dispatch; who is not content gets another round with larger or smaller steps.

mod round;

use std::collections::HashMap;

use rayon::prelude::*;

use self::round::{Asked, Found, Round};
use super::Evaluator;
use super::direct::RunIn;
use crate::displacement::{Displaced, NONE};
use crate::error::{Error, Result};
use crate::ladder::{self, Assessed, Difference, Kind, Ladder, ROUND, Rung, Scratch};
use crate::precision::{Precision, Real};
use crate::scheme::Scheme;

/// Lines (times terms, if each is wanted by itself) that are worked on at once.
const ON_DEVICE: usize = 1 << 17;
const ON_HOST: usize = 1 << 14;

/// Rounds after the first, whatever is wished for.
const MOST_ROUNDS: usize = 10;

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

    /// The steepest slope from the point to where the largest step of the first round leads: how large a derivative is near
    /// by.
    pub(super) fn slope_nearby(&self, term: usize) -> f64 {
        let terms = self.results.len().max(1);
        let mut rungs = self.rungs.iter().zip(self.differences.chunks(terms));
        rungs.find(|(rung, _)| rung.exponent <= ladder::FIRST).map_or(0.0, |(rung, differences)| {
            let [up, down] = differences[term].sides.map(f64::abs);
            // A side that is not there is NaN, which `max` drops.
            up.max(down) * 2f64.powi(-rung.exponent) * self.unit()
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
            let is_unsettled = !now.error.is_finite() || now.jump.is_some();
            // Whether that is noise, only the smallest steps can tell.
            let is_suspicious = !was_larger && ladder::is_suspicious(now);
            now.error < 0.5 * before.error || is_unsettled || is_suspicious
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
