//! The second tier of error bars. A bound of the worst case adds up what errors cancel, so that it is wide after long
//! recurrences. There the derivative is computed some more times with random rounding, and the spread of the samples is a
//! bar, too: a statistical one, which a remark calls so. A component whose certain bound is narrow never has it.
//!
//! (Monte Carlo arithmetic: Parker, 1997; CESTAC: Vignes, 1974.)

use ndarray::RemoveAxis;

use super::Pipeline;
use super::carried::{Doubtful, axis_of};
use super::pipeline::Rows;
use super::request::Request;
use crate::backend::{Carry, CarryAlong};
use crate::difference::{Doubt, Notice, Remark};
use crate::error::{Error, Result};
use crate::numeric::{Precision, Real};
use crate::program::RANDOM_SIZE;

/// Evaluations with random rounding.
const SAMPLES: u32 = 4;

/// The bar, in root mean squares of what samples are off by, were each rounding of them as large as it may be in truth.
/// Measured: of four samples, bars of 6 hold of more than 99.9 % of components.
const SPREAD: f64 = 6.0 / RANDOM_SIZE;

/// Bars wider than this part of a component may be worth direct differences.
const WORTH_ASKING: f64 = 0.1;

/// Points are sampled one by one if all at once would be so many times as many numbers.
const APART: usize = 8;

/// Bars below so many times the least normal number are wide for what may underflow alone.
const UNDERFLOW: f64 = 1e6;

/// Whether a bound is so wide that samples are worth their time.
pub(super) fn is_wide<T: Real>(bar: f64, quotient: f64) -> bool {
    let part = match T::PRECISION {
        Precision::F32 => 2e-5,
        Precision::F64 => 1e-11,
    };
    bar > part * quotient.abs() && bar > UNDERFLOW * T::LEAST
}

/// A component whose bound is wide.
pub(super) struct Wide {
    /// Of the point among those that were evaluated at once, and in the whole batch.
    pub(super) index: usize,
    pub(super) point: usize,
    /// Which line of the request.
    pub(super) line: usize,
    pub(super) term: usize,
    /// What sums over terms are divided by.
    pub(super) divisor: f64,
    /// What direct differences cannot get below.
    pub(super) noise: f64,
    pub(super) quotient: f64,
    /// Whether a value is at a corner: samples may all be on one side of it.
    pub(super) at_corner: bool,
    /// The bound, and what is narrower of it and the spread of samples.
    pub(super) certain: f64,
    pub(super) bar: f64,
}

impl Wide {
    /// Puts the bar in its places and the component among those in doubt, if its bar is wide even so.
    pub(super) fn take<D: RemoveAxis>(
        &self,
        request: &Request<'_, D>,
        rows: &mut Rows<D>,
        doubtful: &mut Vec<Doubtful<D>>,
    ) {
        let &Wide { point, term, certain, bar, .. } = self;
        let (through, across) = request.lines[self.line];
        let places = (request.places)(point, through, across, term);
        if bar < certain {
            for place in places.iter().flatten() {
                rows.error.iter_mut().for_each(|error| error[place.clone()] = bar);
            }
            let axis = axis_of(through).map(|axis| axis as usize);
            let notice = Notice::Statistical { certain };
            rows.remarks.push(Remark { point, axis, across, term: request.by_term.then_some(term), notice });
        }
        // Of second derivatives, direct differences know too little.
        if across.is_none() && bar > WORTH_ASKING * self.quotient.abs() && bar > self.noise {
            let doubt = Doubt::Wide;
            let places = places.into_iter().flatten();
            doubtful.extend(places.map(|place| Doubtful {
                point,
                through,
                across,
                term,
                place,
                doubt,
                at_corner: self.at_corner,
                certain,
            }));
        }
    }
}

impl<T: Real> Pipeline<'_, T> {
    /// Narrows bars by samples with random rounding, if terms have them; how many evaluations that took.
    pub(super) fn sample(&mut self, carry: &Carry<'_, T>, wide: &mut [Wide]) -> Result<u64> {
        let mut wide: Vec<&mut Wide> = wide.iter_mut().filter(|next| !next.at_corner).collect();
        if wide.is_empty() {
            return Ok(0);
        }
        let Some(slopes) = self.backend.slopes()? else { return Ok(0) };
        if !slopes.has_samples()? {
            return Ok(0);
        }
        let has_cheap_calls = slopes.has_cheap_calls();
        let count = sorted(&mut wide.iter().map(|next| next.index)).len();
        let lines = sorted(&mut wide.iter().map(|next| next.line)).len();
        // All at once, unless that is mostly components that nobody has asked for.
        if has_cheap_calls && count * (1 + lines) > APART * (count + wide.len()) {
            wide.sort_by_key(|next| next.index);
            let of_points = wide.chunk_by_mut(|a, b| a.index == b.index);
            return of_points.map(|wide| self.sample_together(carry, wide)).sum();
        }
        self.sample_together(carry, &mut wide)
    }

    /// The same of all points and lines of these at once.
    fn sample_together(&mut self, carry: &Carry<'_, T>, wide: &mut [&mut Wide]) -> Result<u64> {
        let points = sorted(&mut wide.iter().map(|next| next.index));
        let own = sorted(&mut wide.iter().map(|next| next.line));
        let part = Part::new(carry, &points, &own);
        let place = |next: &Wide| {
            let point = points.partition_point(|&index| index < next.index);
            (point, own.partition_point(|&line| line < next.line))
        };
        let mut squares = vec![0.0; wide.len()];
        for sample in 1..=SAMPLES {
            let part = part.carry(carry, sample);
            let found = match self.slopes(&part) {
                Ok(found) => found,
                // A comparison that came out the other way may have led anywhere.
                Err(Error::Evaluation { .. }) => return Ok(0),
                Err(error) => return Err(error),
            };
            let width = found.slopes.len() / points.len();
            for (square, next) in squares.iter_mut().zip(wide.iter()) {
                let (point, line) = place(next);
                let slope = found.slopes[point * width + next.term * own.len() + line].value;
                *square += (slope / next.divisor - next.quotient).powi(2);
            }
        }
        let unit = 0.5 * T::PRECISION.epsilon();
        for (square, next) in squares.iter().zip(wide.iter_mut()) {
            let spread = (square / f64::from(SAMPLES)).sqrt();
            // Not for NaN either.
            let bar = SPREAD * spread + unit * next.quotient.abs();
            if bar < next.certain {
                next.bar = bar;
            }
        }
        Ok(u64::from(SAMPLES) * (points.len() * (1 + own.len())) as u64)
    }
}

/// In order, each once.
fn sorted(all: &mut dyn Iterator<Item = usize>) -> Vec<usize> {
    let mut all: Vec<usize> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Some points of a request and some of its lines.
struct Part<T> {
    points: Vec<T>,
    axes: Vec<u32>,
    planes: Vec<[u32; 2]>,
    vectors: [Vec<T>; 2],
}

impl<T: Real> Part<T> {
    fn new(carry: &Carry<'_, T>, points: &[usize], lines: &[usize]) -> Self {
        let n = carry.n;
        let rows = |all: &[T]| points.iter().flat_map(|&point| all[point * n..][..n].to_vec()).collect();
        let mut part = Part {
            points: rows(carry.points),
            axes: Vec::new(),
            planes: Vec::new(),
            vectors: [Vec::new(), Vec::new()],
        };
        if let CarryAlong::Axes(axes) | CarryAlong::Across(axes, ..) = carry.along {
            part.axes = lines.iter().map(|&line| axes[line]).collect();
        }
        if let CarryAlong::Planes(planes) = carry.along {
            part.planes = lines.iter().map(|&line| planes[line]).collect();
        }
        if let CarryAlong::Vectors(vectors, errors) | CarryAlong::Across(_, vectors, errors) = carry.along {
            part.vectors = [rows(vectors), rows(errors)];
        }
        part
    }

    fn carry(&self, carry: &Carry<'_, T>, sample: u32) -> Carry<'_, T> {
        let [vectors, errors] = &self.vectors;
        let along = match carry.along {
            CarryAlong::Axes(_) => CarryAlong::Axes(&self.axes),
            CarryAlong::Vectors(..) => CarryAlong::Vectors(vectors, errors),
            CarryAlong::Planes(_) => CarryAlong::Planes(&self.planes),
            CarryAlong::Across(..) => CarryAlong::Across(&self.axes, vectors, errors),
        };
        Carry {
            points: &self.points,
            n: carry.n,
            along,
            by_term: carry.by_term,
            steps: None,
            bars: false,
            sample,
            all: carry.all,
        }
    }
}
