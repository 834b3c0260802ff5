//! The evaluations of a round of lines: asked for, and made.

use std::collections::HashMap;

use super::{Along, Line};
use crate::displacement::{Displacement, NONE};
use crate::ladder::{Difference, Rung, Tableaus};
use crate::precision::Real;
use crate::scheme::Scheme;

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
pub(super) struct Asked {
    pub(super) line: usize,
    pub(super) rung: Rung,
    /// Indices of evaluations; [`NONE`]: not made.
    evaluations: [u32; 4],
}

/// The evaluations of a round.
pub(super) struct Round<'r, T> {
    pub(super) n: usize,
    pub(super) bounds: Option<&'r [[f64; 2]]>,
    pub(super) sources: Vec<T>,
    pub(super) known: HashMap<(usize, usize, i32, bool), u32>,
    pub(super) evaluations: Vec<Displacement<T>>,
    pub(super) asked: Vec<Asked>,
}

impl<T: Real> Round<'_, T> {
    fn is_barred(&self, axis: usize, value: T) -> bool {
        self.bounds.is_some_and(|bounds| {
            let [lower, upper] = bounds[axis];
            !(lower..=upper).contains(&value.to_f64())
        })
    }

    pub(super) fn evaluate(&mut self, source: u32, base: u32, axis: u32, value: T) -> u32 {
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
    pub(super) fn ask(&mut self, index: usize, line: &mut Line<'_>, exponent: i32, wanted: Scheme) {
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
pub(super) struct Found<'r> {
    /// `[term][evaluation]`
    pub(super) found: &'r [f64],
    /// `[term][point]`: f at the points.
    pub(super) values: &'r [f64],
    pub(super) evaluations: usize,
    pub(super) points: usize,
    pub(super) terms: usize,
    pub(super) wanted: Scheme,
    pub(super) epsilon: f64,
    pub(super) tableaus: &'r Tableaus,
}

impl Found<'_> {
    pub(super) fn value(&self, point: usize, term: usize) -> f64 {
        self.values[term * self.points + point]
    }

    /// What the evaluations of a rung come to.
    pub(super) fn difference(
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
