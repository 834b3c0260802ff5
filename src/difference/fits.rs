//! Polynomials through differences at neighbouring steps: the weights that give a coefficient, and those that give 0 for every
//! such polynomial and so leave noise alone.
//!
//! A *view* is a sequence of numbers, one a step, that goes like Σ cᵢ hᵖⁱ with known powers: of f along a line, what is odd in
//! the step and what is even, or one side alone; in a plane, mixed second differences. Lower powers stand for what a smooth
//! function has not: an offset (1), where f jumps or the steps see another branch, and a kink (h, of what is even).

use pulp::{Arch, WithSimd};

/// Points that a fit goes through, at most: a polynomial of higher degree gains nothing on steps that are halved.
pub(super) const MOST: usize = 6;

/// Points of weights of any kind, at most.
pub(super) const POINTS: usize = MOST + 1;

/// Which powers a sequence has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum View {
    /// Half the difference of both sides of a line.
    Odd,
    /// Half their sum.
    Even,
    /// One side.
    Side,
    /// What is odd along a diagonal of a plane, of which kinks of the gradient are wanted: they go like the square of the step.
    Diagonal,
    /// Mixed second differences over both sides.
    Mixed,
    /// Mixed second differences over one side of either axis.
    MixedSide,
}

impl View {
    /// Powers that smooth functions have not, and whether the last of them is a kink rather than an offset.
    fn low(self) -> &'static [i32] {
        match self {
            View::Odd | View::Side => &[0],
            View::Even | View::Mixed | View::MixedSide => &[0, 1],
            View::Diagonal => &[0, 2],
        }
    }

    /// The power of the coefficient that is wanted: of a first derivative 1, of a second 2.
    pub(super) fn order(self) -> i32 {
        match self {
            View::Odd | View::Side | View::Diagonal => 1,
            View::Even | View::Mixed | View::MixedSide => 2,
        }
    }

    /// Points of a fit that has all powers that smooth functions have not, and one that they have.
    pub(super) fn least_offset(self) -> usize {
        self.low().len() + 1
    }

    /// Points of a fit that has a kink and all lower powers but the offset.
    pub(super) fn least_kink(self) -> usize {
        if self == View::Diagonal { 2 } else { 1 }
    }

    /// Points of weights that leave noise alone: one more.
    pub(super) fn least_noise(self) -> usize {
        self.least_offset() + 1
    }

    /// The powers of smooth functions differ by this.
    fn stride(self) -> i32 {
        match self {
            View::Odd | View::Even | View::Mixed | View::Diagonal => 2,
            View::Side | View::MixedSide => 1,
        }
    }

    /// By how much a halved step shrinks the error of a fit through so many points.
    pub(super) fn gain(self, points: usize) -> i32 {
        self.stride() * points as i32
    }

    /// The first powers, from the one on that has so many lower ones left out.
    fn powers(self, without: usize, count: usize) -> impl Iterator<Item = i32> + Clone {
        let (order, stride) = (self.order(), self.stride());
        let smooth = (0..count as i32).map(move |i| order + stride * i);
        self.low().iter().copied().skip(without).chain(smooth).take(count)
    }
}

/// What weights give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of a fit that has the lowest power, too, its coefficient.
    Offset,
    /// The same of one that has not the lowest, but the next, if there are two.
    Kink,
    /// 0 for every polynomial with all powers; of norm 1. They take one more point than there are powers.
    Noise,
    /// The coefficient that is wanted, of a fit by the powers of smooth functions.
    Value,
}

const KINDS: usize = 4;

/// What all weights at one step give: `[points - 1][kind]`; 0 where there are none.
pub(super) type Row = [[f64; KINDS]; POINTS];

/// Of a row.
pub(super) fn pick(row: &Row, kind: Kind, points: usize) -> f64 {
    row[points - 1][kind as usize]
}

/// All weights of a view at one step.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    /// `[points - 1][point][kind]`, the finest point first; 0 for those that do not exist.
    weights: [[[f64; KINDS]; POINTS]; POINTS],
    /// By points, from 1 on: the norm of the change of the weights of values from the step before.
    pub(super) moved: [f64; MOST],
    /// What is often needed of the step: h^order, and h^gain(1).
    pub(super) of_order: f64,
    pub(super) of_gain: f64,
    /// log of the step before less that of this one; NaN for the first.
    pub(super) of_log: f64,
}

impl Fit {
    fn of(&self, kind: Kind, points: usize) -> [f64; POINTS] {
        self.weights[points - 1].map(|of_kinds| of_kinds[kind as usize])
    }

    fn put(&mut self, kind: Kind, points: usize, weights: &[f64]) {
        for (of_kinds, weight) in self.weights[points - 1].iter_mut().zip(weights) {
            of_kinds[kind as usize] = *weight;
        }
    }
}

/// The fits of a view at each of some steps, the largest first.
#[derive(Clone, Debug)]
pub(super) struct Fits {
    pub(super) view: View,
    pub(super) at: Vec<Fit>,
}

impl Fits {
    pub(super) fn new(view: View, steps: &[f64]) -> Self {
        let mut at: Vec<Fit> = Vec::with_capacity(steps.len());
        for (k, &h) in steps.iter().enumerate() {
            let mut fit = Fit {
                weights: [[[0.0; KINDS]; POINTS]; POINTS],
                moved: [f64::INFINITY; MOST],
                of_order: h.powi(view.order()),
                of_gain: h.powi(view.gain(1)),
                of_log: k.checked_sub(1).map_or(f64::NAN, |before| (steps[before] / h).ln()),
            };
            for count in 1..=POINTS.min(k + 1) {
                // Finest first, in units of the largest.
                let unit = steps[k + 1 - count];
                let own: Vec<f64> = steps[k + 1 - count..=k].iter().rev().map(|h| h / unit).collect();
                let lowest = |without: usize| {
                    let powers: Vec<i32> = view.powers(without, count).collect();
                    let mut wanted = vec![0.0; count];
                    wanted[0] = 1.0;
                    let weights = solved(&own, &powers, wanted);
                    let scale = unit.powi(-powers[0]);
                    weights.iter().map(|w| w * scale).collect::<Vec<f64>>()
                };
                fit.put(Kind::Offset, count, &lowest(0));
                let low = view.low().len();
                if low > 1 {
                    fit.put(Kind::Kink, count, &lowest(1));
                }
                if count >= view.least_noise() {
                    let powers: Vec<i32> = view.powers(0, count - 1).collect();
                    fit.put(Kind::Noise, count, &null(&own, &powers));
                }
                if count <= MOST {
                    fit.put(Kind::Value, count, &lowest(low));
                    if count <= k {
                        let (now, before) = (fit.of(Kind::Value, count), at[k - 1].of(Kind::Value, count));
                        let change = |i: usize| now[i] - if i > 0 { before[i - 1] } else { 0.0 };
                        fit.moved[count - 1] = (0..POINTS).map(|i| change(i).powi(2)).sum::<f64>().sqrt();
                    }
                }
            }
            at.push(fit);
        }
        Fits { view, at }
    }

    /// What all weights give of numbers, one a step.
    pub(super) fn sums(&self, numbers: &[f64], into: &mut Vec<Row>) {
        into.clear();
        into.resize(numbers.len(), [[0.0; KINDS]; POINTS]);
        Arch::new().dispatch(Sums { fits: self, numbers, into });
    }

    /// The size of what they give of noise that has these sizes; infinite where it has no room.
    pub(super) fn norms(&self, sizes: &[f64], into: &mut Vec<Row>) {
        into.clear();
        into.resize(sizes.len(), [[0.0; KINDS]; POINTS]);
        Arch::new().dispatch(Norms { fits: self, sizes, into });
    }
}

struct Sums<'a> {
    fits: &'a Fits,
    numbers: &'a [f64],
    into: &'a mut [Row],
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        for (k, (fit, sums)) in self.fits.at.iter().zip(self.into).enumerate() {
            let numbers = last(self.numbers, k);
            for (count, (weights, sums)) in fit.weights.iter().zip(sums).enumerate().take(k + 1) {
                // Only of so many: a number that is not there is NaN, and none of the others'.
                let mut own = [0.0; KINDS];
                for (weights, number) in weights[..=count].iter().zip(&numbers) {
                    for kind in 0..KINDS {
                        own[kind] += weights[kind] * number;
                    }
                }
                *sums = own;
            }
        }
    }
}

/// The last numbers up to the `k`-th, the finest first.
#[inline(always)]
fn last(numbers: &[f64], k: usize) -> [f64; POINTS] {
    std::array::from_fn(|age| if age <= k { numbers[k - age] } else { 0.0 })
}

struct Norms<'a> {
    fits: &'a Fits,
    sizes: &'a [f64],
    into: &'a mut [Row],
}

impl WithSimd for Norms<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        for (k, (fit, norms)) in self.fits.at.iter().zip(self.into).enumerate() {
            // Of f beyond 1e150 or below its inverse squares have no room: in units of the finest that is not 0.
            let own = self.sizes[(k + 1).saturating_sub(POINTS)..=k].iter().rev();
            let unit = own.copied().find(|&size| size > 0.0).unwrap_or(1.0);
            let sizes = last(self.sizes, k).map(|size| size / unit);
            for (count, (weights, norms)) in fit.weights.iter().zip(norms).enumerate().take(k + 1) {
                let mut own = [0.0; KINDS];
                for (weights, size) in weights[..=count].iter().zip(&sizes) {
                    for kind in 0..KINDS {
                        let part = weights[kind] * size;
                        own[kind] += part * part;
                    }
                }
                *norms = own.map(|norm| unit * norm.sqrt());
            }
        }
    }
}

/// Weights w with Σ wᵢ tᵢᵖ as `wanted` for each power p: Gauss with pivots.
fn solved(t: &[f64], powers: &[i32], wanted: Vec<f64>) -> Vec<f64> {
    let n = t.len();
    let mut rows: Vec<Vec<f64>> = powers
        .iter()
        .zip(wanted)
        .map(|(&p, wanted)| t.iter().map(|t| t.powi(p)).chain([wanted]).collect())
        .collect();
    for i in 0..n {
        let best = (i..n).max_by(|&a, &b| rows[a][i].abs().total_cmp(&rows[b][i].abs())).unwrap_or(i);
        rows.swap(i, best);
        let (above, below) = rows.split_at_mut(i + 1);
        let pivot = &above[i];
        for row in below {
            let factor = row[i] / pivot[i];
            row.iter_mut().zip(pivot).skip(i).for_each(|(a, b)| *a -= factor * b);
        }
    }
    let mut weights = vec![0.0; n];
    for i in (0..n).rev() {
        let rest: f64 = (i + 1..n).map(|j| rows[i][j] * weights[j]).sum();
        weights[i] = (rows[i][n] - rest) / rows[i][i];
    }
    weights
}

/// Weights of norm 1 with Σ wᵢ tᵢᵖ = 0 for each of one power fewer.
fn null(t: &[f64], powers: &[i32]) -> Vec<f64> {
    let n = powers.len();
    // The weight of the finest is 1 at first.
    let wanted = powers.iter().map(|&p| -t[0].powi(p)).collect();
    let rest = solved(&t[1..], powers, wanted);
    let norm = (1.0 + rest.iter().map(|w| w * w).sum::<f64>()).sqrt();
    debug_assert_eq!(rest.len(), n);
    [1.0].iter().chain(&rest).map(|w| w / norm).collect()
}
