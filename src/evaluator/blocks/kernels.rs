//! What blocks of points do in one go: turned around, moved, divided.

use std::ops::Range;

use pulp::WithSimd;

use crate::precision::{Precision, Real};
use crate::scheme::Scheme;
use crate::step::Step;

/// Rows and columns of a tile, which is turned around in registers.
const TILE: usize = 4;

/// `[lane][coordinate]` to `[coordinate][lane]`, `L` lanes.
pub(super) struct ToLanes<'a, T, const L: usize> {
    pub(super) points: &'a [f64],
    pub(super) n: usize,
    pub(super) x: &'a mut [T],
}

impl<T: Real, const L: usize> WithSimd for ToLanes<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let ToLanes { points, n, x } = self;
        for lane in (0..L).step_by(TILE) {
            let lanes: [&[f64]; TILE] = std::array::from_fn(|k| &points[(lane + k) * n..][..n]);
            if n < TILE {
                for i in 0..n {
                    for k in 0..TILE {
                        x[i * L + lane + k] = T::of(lanes[k][i]);
                    }
                }
                continue;
            }
            // The last tile begins early enough to end in time, and does some over again.
            for i in (0..n).step_by(TILE).map(|i| i.min(n - TILE)) {
                let tile = lanes.map(|lane| tile_of(&lane[i..]));
                for r in 0..TILE {
                    let row = &mut x[(i + r) * L + lane..][..TILE];
                    for k in 0..TILE {
                        row[k] = T::of(tile[k][r]);
                    }
                }
            }
        }
    }
}

/// The first elements, by value.
#[inline(always)]
fn tile_of<V: Copy + Default>(values: &[V]) -> [V; TILE] {
    let mut tile = [V::default(); TILE];
    tile.copy_from_slice(&values[..TILE]);
    tile
}

/// `[axis][lane]`, `L` lanes, to the elements of some axes in `[lane][axis]`.
pub(super) struct FromLanes<'a, T, const L: usize> {
    pub(super) rows: &'a [T],
    pub(super) n: usize,
    pub(super) axes: Range<usize>,
    pub(super) out: &'a mut [f64],
}

impl<T: Real, const L: usize> WithSimd for FromLanes<'_, T, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let FromLanes { rows, n, axes, out } = self;
        let count = axes.len();
        let mut rest = out;
        for lane in (0..L).step_by(TILE) {
            let lanes: [&mut [f64]; TILE] = std::array::from_fn(|_| {
                let (lane, others) = std::mem::take(&mut rest).split_at_mut(n);
                rest = others;
                &mut lane[axes.clone()]
            });
            if count < TILE {
                for i in 0..count {
                    for k in 0..TILE {
                        lanes[k][i] = rows[i * L + lane + k].to_f64();
                    }
                }
                continue;
            }
            for i in (0..count).step_by(TILE).map(|i| i.min(count - TILE)) {
                let tile: [[T; TILE]; TILE] = std::array::from_fn(|r| tile_of(&rows[(i + r) * L + lane..]));
                for k in 0..TILE {
                    let to = &mut lanes[k][i..][..TILE];
                    for r in 0..TILE {
                        to[r] = tile[r][k].to_f64();
                    }
                }
            }
        }
    }
}

/// [`Step::perturb`] and [`Step::check_rounding`] of many coordinates.
pub(super) struct Move<'a, T> {
    pub(super) step: Step,
    pub(super) scheme: Scheme,
    pub(super) x: &'a [T],
    pub(super) plus: &'a mut [T],
    pub(super) minus: &'a mut [T],
    pub(super) distance: &'a mut [T],
}

impl<T: Real> WithSimd for Move<'_, T> {
    /// Whether no step is out of the ordinary.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let Move { step, scheme, x, plus, minus, distance } = self;
        let count = x.len();
        let (plus, minus, distance) = (&mut plus[..count], &mut minus[..count], &mut distance[..count]);
        let side = |is_moved| if is_moved { T::ONE } else { T::ZERO };
        let (up, down) = (side(scheme != Scheme::Backward), side(scheme != Scheme::Forward));
        let epsilon = T::PRECISION.epsilon();
        let largest = T::of(T::LARGEST);
        let mut fine = true;
        match step {
            // The long way chooses.
            Step::Auto => return false,
            // A relative step of at least the last place of x neither vanishes nor is it rounded, and one below x does
            // not swallow it; so nothing can go wrong but that x + h overflows.
            Step::Relative { exponent } => {
                let relative = f64::from_bits(((1023 + i64::from(exponent)) as u64) << 52);
                if !(epsilon..1.0 / epsilon).contains(&relative) {
                    return false;
                }
                let relative = T::of(relative);
                for i in 0..count {
                    let h = relative * T::ONE.larger(x[i].magnitude()).binade();
                    let (above, below) = (x[i] + up * h, x[i] - down * h);
                    fine &= (above.magnitude() <= largest) & (below.magnitude() <= largest);
                    plus[i] = above;
                    minus[i] = below;
                    distance[i] = above - below;
                }
            }
            Step::Fixed(h) => {
                let nominal = (T::PRECISION == Precision::F64).then_some(scheme.sides() as f64 * h);
                let (up, down) = (up.to_f64(), down.to_f64());
                for i in 0..count {
                    let at = x[i].to_f64();
                    let (above, below) = (T::of(at + up * h), T::of(at - down * h));
                    let gone = above.to_f64() - below.to_f64();
                    let divisor = T::of(nominal.unwrap_or(gone));
                    let size = if at.abs() > 1.0 { at.abs() } else { 1.0 };
                    // In ordinary cases no number here comes near the least normal one.
                    fine &= ((above - x[i]).to_f64() >= up * LEAST)
                        & ((x[i] - below).to_f64() >= down * LEAST)
                        & (above.magnitude() <= largest)
                        & (below.magnitude() <= largest)
                        & (h * epsilon < size)
                        & ((gone - divisor.to_f64()).abs() <= 0.01 * divisor.to_f64());
                    plus[i] = above;
                    minus[i] = below;
                    distance[i] = divisor;
                }
            }
        }
        fine
    }
}

/// A distance well above the least normal number of f32.
const LEAST: f64 = 1e-30;

/// Sums of differences become quotients.
pub(super) struct Quotients<'a, T> {
    pub(super) divisor: T,
    pub(super) distance: &'a [T],
    pub(super) quotients: &'a mut [T],
}

impl<T: Real> WithSimd for Quotients<'_, T> {
    /// Whether all are finite.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let Quotients { divisor, distance, quotients } = self;
        if divisor != T::ONE {
            quotients.iter_mut().for_each(|sum| *sum = *sum / divisor);
        }
        let largest = T::of(T::LARGEST);
        let mut fine = true;
        // Distances of relative steps are powers of two, whose inverses are exact: then a product is the quotient.
        let mut are_powers = true;
        for &distance in distance {
            are_powers &= distance.binade() == distance;
        }
        for (quotient, &distance) in quotients.iter_mut().zip(distance) {
            *quotient = if are_powers { *quotient * distance.inverse_power() } else { *quotient / distance };
            fine &= quotient.magnitude() <= largest;
        }
        fine
    }
}
