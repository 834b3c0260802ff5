//! A list of displacements in the making: source vectors, moved coordinates, bounds.

use std::collections::HashMap;

use super::displacement::{Displacement, Displacements, Lower, NONE, What};
use super::ladders::{Ladder, Ladders};
use super::line::{Along, Line};
use crate::numeric::Real;

/// Why a point cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// It lies beyond the bounds.
    ByBounds,
    /// A coordinate overflows, or is the same as before.
    ByPrecision,
}

pub(crate) type Reached<T> = std::result::Result<T, Blocked>;

/// A list in the making. Its first sources are the points, which are the bases, too.
pub(crate) struct Lists<'r, T> {
    n: usize,
    points: usize,
    bounds: Option<&'r [[f64; 2]]>,
    sources: Vec<T>,
    /// Sources that are made once: by point, axis (n: the point's vector), step and side.
    known: HashMap<(usize, usize, i32, bool), u32>,
    list: Vec<Displacement<T>>,
    /// As long as they tell all of the list.
    ladders: Option<Ladders>,
}

impl<'r, T: Real> Lists<'r, T> {
    /// `points`: `[point][coordinate]`
    pub(crate) fn new(n: usize, points: &[T], bounds: Option<&'r [[f64; 2]]>) -> Self {
        let sources = points.to_vec();
        Lists {
            n,
            points: points.len() / n,
            bounds,
            sources,
            known: HashMap::new(),
            list: Vec::new(),
            ladders: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn displacements(&self) -> Displacements<'_, T> {
        Displacements {
            dimension: self.n,
            sources: &self.sources,
            bases: self.points,
            what: match &self.ladders {
                Some(ladders) => What::Laddered(&self.list, ladders, 0),
                None => What::Listed(&self.list),
            },
        }
    }

    /// Keeps account of ladders, up, down or both, from now on.
    pub(crate) fn count_ladders(&mut self, [up, down]: [bool; 2]) {
        let sides = usize::from(up) + usize::from(down);
        self.ladders = Some(Ladders { all: Vec::new(), sides, down: !up });
    }

    /// What was pushed since `first` is a ladder, or nothing that a device makes.
    pub(crate) fn end_ladder(&mut self, ladder: Option<Ladder>) {
        match (&mut self.ladders, ladder) {
            (Some(ladders), Some(ladder)) => ladders.all.push(ladder),
            _ => self.ladders = None,
        }
    }

    /// Evaluations that the list takes, those of bases not counted.
    pub(crate) fn evaluations(&self) -> u64 {
        let moved = self.list.iter().filter(|displacement| matches!(displacement.lower, Lower::Moved(_)));
        (self.list.len() + moved.count()) as u64
    }

    /// Asks for f at each point: the first of the list.
    pub(crate) fn values(&mut self) {
        for point in 0..self.points as u32 {
            let first = self.push(point, NONE, T::ZERO, Lower::Nothing);
            self.end_ladder(Some(Ladder::of_value(point, first)));
        }
    }

    pub(crate) fn push(&mut self, source: u32, axis: u32, upper: T, lower: Lower<T>) -> u32 {
        self.list.push(Displacement { source, axis, upper, lower });
        self.list.len() as u32 - 1
    }

    pub(crate) fn coordinate(&self, source: u32, axis: usize) -> T {
        self.sources[source as usize * self.n + axis]
    }

    pub(crate) fn is_barred(&self, axis: usize, value: T) -> bool {
        self.bounds.is_some_and(|bounds| {
            let [lower, upper] = bounds[axis];
            !(lower..=upper).contains(&value.to_f64())
        })
    }

    /// A coordinate moved, if there is such a number, it is another one, and the bounds allow it.
    pub(crate) fn moved(&self, source: u32, axis: usize, by: f64) -> Reached<T> {
        let from = self.coordinate(source, axis);
        // As devices do it.
        let to = from + T::of(by);
        if self.is_barred(axis, to) {
            return Err(Blocked::ByBounds);
        }
        if to.is_finite() && (to - from).is_normal() && T::of(by).is_normal() {
            Ok(to)
        } else {
            Err(Blocked::ByPrecision)
        }
    }

    /// A point moved along a line, as a source of its own. `step` tells steps apart.
    pub(crate) fn source(&mut self, line: &Line<'_>, by: f64, step: i32) -> Reached<u32> {
        let n = self.n;
        let id = line.along.axis().unwrap_or(n);
        let key = (line.point, id, step, by > 0.0);
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

    /// How far a source lies from its point along a line, in units of the line.
    pub(crate) fn gone(&self, line: &Line<'_>, source: u32, by: f64) -> f64 {
        match line.along {
            Along::Axis(axis) => {
                let from = self.coordinate(line.point as u32, axis).to_f64();
                self.coordinate(source, axis).to_f64() - from
            }
            Along::Vector(_) => by,
        }
    }
}
