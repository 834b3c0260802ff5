//! Polynomials through differences at neighbouring steps: the weights that give a coefficient, and those that give 0 for every
//! such polynomial and so leave noise alone.
//!
//! A *view* is a sequence of numbers, one a step, that goes like Σ cᵢ hᵖⁱ with known powers: of f along a line, what is odd in
//! the step and what is even, or one side alone; in a plane, mixed second differences. Lower powers stand for what a smooth
//! function has not: an offset (1), where f jumps or the steps see another branch, and a kink (h, of what is even).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

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
        }
    }

    /// The power of the coefficient that is wanted: of a first derivative 1, of a second 2.
    pub(super) fn order(self) -> i32 {
        match self {
            View::Odd | View::Side => 1,
            View::Even | View::Mixed | View::MixedSide => 2,
        }
    }

    /// Points of a fit that has all powers that smooth functions have not, and one that they have.
    pub(super) fn least_offset(self) -> usize {
        self.low().len() + 1
    }

    /// The powers of smooth functions differ by this.
    fn stride(self) -> i32 {
        match self {
            View::Odd | View::Even | View::Mixed => 2,
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

/// Weights of the last points up to some step, the finest first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Weights {
    pub(super) count: usize,
    pub(super) of: [f64; POINTS],
}

impl Weights {
    fn new(weights: &[f64]) -> Self {
        let mut of = [0.0; POINTS];
        of[..weights.len()].copy_from_slice(weights);
        Weights { count: weights.len(), of }
    }

    /// Σ of the numbers up to the `k`-th.
    pub(super) fn sum(&self, numbers: &[f64], k: usize) -> f64 {
        let own = &numbers[k + 1 - self.count..=k];
        own.iter().rev().zip(&self.of).map(|(y, w)| y * w).sum()
    }

    /// The size of the sum of noise that has these sizes at the steps up to the `k`-th.
    pub(super) fn noise(&self, sizes: &[f64], k: usize) -> f64 {
        let own = &sizes[k + 1 - self.count..=k];
        let parts = || own.iter().rev().zip(&self.of).map(|(size, w)| size * w);
        let squares: f64 = parts().map(|part| part * part).sum();
        // Of f beyond 1e150 or below its inverse squares have no room.
        if squares.is_normal() { squares.sqrt() } else { parts().map(f64::abs).sum() }
    }

    /// The norm of these less those of the step before.
    fn change(&self, before: &Weights) -> f64 {
        let at = |i: usize| self.of[i] - if i > 0 { before.of[i - 1] } else { 0.0 };
        let last = if before.count == POINTS { before.of[POINTS - 1].powi(2) } else { 0.0 };
        ((0..POINTS).map(|i| at(i).powi(2)).sum::<f64>() + last).sqrt()
    }
}

/// All weights of a view at one step.
#[derive(Clone, Debug, Default)]
pub(super) struct Fit {
    /// By points, from 1 on: the coefficient that is wanted, and the norm of its change from the step before.
    pub(super) value: Vec<(Weights, f64)>,
    /// By points, from 1 on: of a fit that has the lowest power, too, its coefficient; and of one that has not the lowest, but
    /// the next, if there are two.
    pub(super) offset: Vec<Weights>,
    pub(super) kink: Vec<Weights>,
    /// By points, from those on whose powers have one of a smooth function: 0 for every such polynomial with all powers, of
    /// norm 1.
    pub(super) noise: Vec<Weights>,
}

/// The fits of a view at each of some steps, the largest first.
#[derive(Clone, Debug)]
pub(super) struct Fits(pub(super) Vec<Fit>);

impl Fits {
    pub(super) fn new(view: View, steps: &[f64]) -> Self {
        let mut fits: Vec<Fit> = Vec::with_capacity(steps.len());
        for k in 0..steps.len() {
            // Finest first, in units of the largest.
            let window = |count: usize| {
                let own = steps[k + 1 - count..=k].iter().rev();
                let unit = steps[k + 1 - count];
                (own.map(|h| h / unit).collect::<Vec<f64>>(), unit)
            };
            let lowest = |without: usize, count: usize| {
                let (own, unit) = window(count);
                let powers: Vec<i32> = view.powers(without, count).collect();
                let mut wanted = vec![0.0; count];
                wanted[0] = 1.0;
                let weights = solved(&own, &powers, wanted);
                let scale = unit.powi(-powers[0]);
                Weights::new(&weights.iter().map(|w| w * scale).collect::<Vec<f64>>())
            };
            let low = view.low().len();
            let counts = 1..=MOST.min(k + 1);
            let all = 1..=POINTS.min(k + 1);
            let value = counts.map(|count| {
                let weights = lowest(low, count);
                let before = k.checked_sub(1).and_then(|before| fits[before].value.get(count - 1));
                (weights, before.map_or(f64::INFINITY, |(before, _)| weights.change(before)))
            });
            let noise = |count: usize| {
                let (own, _) = window(count);
                let powers: Vec<i32> = view.powers(0, count - 1).collect();
                Weights::new(&null(&own, &powers))
            };
            fits.push(Fit {
                value: value.collect(),
                offset: all.clone().map(|count| lowest(0, count)).collect(),
                kink: if low > 1 { all.clone().map(|count| lowest(1, count)).collect() } else { Vec::new() },
                noise: all.skip(1 + low).map(noise).collect(),
            });
        }
        Fits(fits)
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

/// Steps, by exponents from the first on and which of the next 127 are there.
type Key = (i32, u128, View);

/// Fits, made once for each sequence of steps that occurs.
#[derive(Default)]
pub(crate) struct FitTables(RwLock<HashMap<Key, Arc<Fits>>>);

impl FitTables {
    /// For steps by their exponents, largest first.
    pub(super) fn get(&self, view: View, exponents: &[i32], steps: &[f64]) -> Arc<Fits> {
        let largest = exponents.first().copied().unwrap_or(0);
        let there = exponents.iter().fold(0u128, |there, e| there | 1 << (largest - e).min(127));
        let key = (largest, there, view);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let made = Arc::new(Fits::new(view, steps));
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
            made
        })
    }
}
