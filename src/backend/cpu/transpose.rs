//! Blocks of points turned around: from points one after the other to lanes side by side, and back.

use std::ops::Range;

use pulp::{Arch, WithSimd};

use crate::numeric::Real;

/// Rows and columns of a tile, which is turned around in registers.
const TILE: usize = 4;

/// `[lane][coordinate]` to `[coordinate][lane]`, `L` lanes.
struct ToLanes<'a, T, const L: usize> {
    points: &'a [f64],
    n: usize,
    x: &'a mut [T],
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

/// The same of any number of lanes; the last point goes into those left over.
pub(super) fn to_lanes<T: Real>(points: &[f64], lanes: usize, x: &mut [T]) {
    let n = x.len() / lanes;
    match lanes {
        32 if points.len() == 32 * n => Arch::new().dispatch(ToLanes::<T, 32> { points, n, x }),
        64 if points.len() == 64 * n => Arch::new().dispatch(ToLanes::<T, 64> { points, n, x }),
        lanes => {
            let last = points.len() / n - 1;
            for lane in 0..lanes {
                let point = &points[lane.min(last) * n..][..n];
                for (to, &x) in x[lane..].iter_mut().step_by(lanes).zip(point) {
                    *to = T::of(x);
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
