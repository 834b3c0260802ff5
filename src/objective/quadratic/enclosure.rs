//! The gradient of a quadratic, ½(DA + AᵀD)x + Db, enclosed: both products in one sweep over A, in f64, each with the same
//! sum of absolute values, which its rounding errors are a small part of. D counts how often each row is selected.

use pulp::{Arch, WithSimd};

use super::{Matrix, Quadratic, ROWS};
use crate::objective::enclosure::{LEAST, UNIT, WRITTEN, multiplicities};
use crate::objective::{Enclosed, Enclosures, Selection};

/// Rows that are swept one after the other; the sums of more are added up along a binary tree.
const ROWS_OF_A_LEAF: usize = 8;

/// Elements below which nothing is handed to another thread.
const TASK: usize = 1 << 15;

/// Sums side by side along a row.
const LANES: usize = 16;

/// Columns whose products are added up by themselves.
const BLOCK: usize = 64;

pub(super) struct QuadraticEnclosures<'a> {
    quadratic: &'a Quadratic,
    /// How often each row is selected.
    weight: Vec<f64>,
}

impl<'a> QuadraticEnclosures<'a> {
    pub(super) fn new(quadratic: &'a Quadratic, selection: Selection<'_>) -> Self {
        let n = quadratic.b.len();
        let times = multiplicities(selection, n.div_ceil(ROWS));
        QuadraticEnclosures { quadratic, weight: (0..n).map(|row| times[row / ROWS]).collect() }
    }

    /// Of a diagonal matrix: D(a∘x + b).
    fn diagonal(&self, a: impl Fn(usize) -> f64, x: &[f64], gradient: &mut [Enclosed]) {
        for (i, (enclosed, &x)) in gradient.iter_mut().zip(x).enumerate() {
            let (ax, b, weight) = (a(i) * x, self.quadratic.b[i], self.weight[i]);
            // A product, a sum, the weight.
            let error = (3.0 * UNIT + WRITTEN) * weight * (ax.abs() + b.abs());
            *enclosed = Enclosed::new(weight * (ax + b), error + LEAST);
        }
    }
}

impl Enclosures for QuadraticEnclosures<'_> {
    fn at(&self, x: &[f64], gradient: &mut [Enclosed]) {
        let a = match &self.quadratic.a {
            Matrix::Identity { scale } => return self.diagonal(|_| *scale, x, gradient),
            Matrix::Diagonal(a) => return self.diagonal(|i| a[i], x, gradient),
            Matrix::Dense(a) => a,
        };
        let n = x.len();
        let sizes: Vec<f64> = x.iter().map(|x| x.abs()).collect();
        let weighted: Vec<f64> = x.iter().zip(&self.weight).map(|(x, weight)| x * weight).collect();
        let sweep = |first: usize, count: usize| {
            let mut sums = Sums::new(n, count);
            let mut copy = Vec::new();
            for row in first..first + count {
                let elements = a.row(row);
                let elements = elements.as_slice().unwrap_or_else(|| {
                    copy.clear();
                    copy.extend(elements.iter());
                    &copy
                });
                let (x, sizes, by) = (x, &sizes[..], weighted[row]);
                Arch::new().dispatch(Row { elements, x, sizes, by, at: row - first, sums: &mut sums });
            }
            sums
        };
        let sums = tree(0, n, n, &sweep);
        // Along a row: in a lane of a block, across the lanes, from block to block. Down a column: the weight, in a leaf, up
        // the tree. Then all that is done below.
        let along = n.div_ceil(LANES).min(BLOCK / LANES) + 4 + n.div_ceil(BLOCK) - 1;
        let leaves = n.div_ceil(ROWS_OF_A_LEAF).next_power_of_two();
        let down = 1 + n.min(ROWS_OF_A_LEAF) + leaves.ilog2() as usize;
        let [along, down] = [along, down].map(|roundings| roundings as f64 * UNIT);
        for (i, enclosed) in gradient.iter_mut().enumerate() {
            let (weight, b) = (self.weight[i], self.quadratic.b[i]);
            let value = 0.5 * (weight * sums.along[i] + sums.down[i]) + weight * b;
            let sizes = [weight * sums.along_sizes[i], sums.down_sizes[i]];
            let size = 0.5 * (sizes[0] + sizes[1]) + weight * b.abs();
            let error = 0.5 * (along * sizes[0] + down * sizes[1]) + (4.0 * UNIT + WRITTEN) * size;
            *enclosed = Enclosed::new(value, error + LEAST);
        }
    }
}

/// Sums over some rows: for each row along it, for each column down it, and of absolute values.
struct Sums {
    along: Vec<f64>,
    along_sizes: Vec<f64>,
    down: Vec<f64>,
    down_sizes: Vec<f64>,
}

impl Sums {
    fn new(n: usize, count: usize) -> Self {
        let (along, down) = (vec![0.0; count], vec![0.0; n]);
        Sums { along_sizes: along.clone(), down_sizes: down.clone(), along, down }
    }

    /// Of these rows and the next ones.
    fn and(mut self, next: &Sums) -> Self {
        self.along.extend(&next.along);
        self.along_sizes.extend(&next.along_sizes);
        self.down.iter_mut().zip(&next.down).for_each(|(sum, next)| *sum += next);
        self.down_sizes.iter_mut().zip(&next.down_sizes).for_each(|(sum, next)| *sum += next);
        self
    }
}

/// The sums over rows `first..first + count`, in halves of whole leaves.
fn tree(first: usize, count: usize, n: usize, sweep: &(impl Fn(usize, usize) -> Sums + Sync)) -> Sums {
    if count <= ROWS_OF_A_LEAF {
        return sweep(first, count);
    }
    let half = count.div_ceil(ROWS_OF_A_LEAF).div_ceil(2) * ROWS_OF_A_LEAF;
    let left = || tree(first, half, n, sweep);
    let right = || tree(first + half, count - half, n, sweep);
    let (left, right) = if count * n < TASK { (left(), right()) } else { rayon::join(left, right) };
    left.and(&right)
}

/// One row of A.
struct Row<'a> {
    elements: &'a [f64],
    x: &'a [f64],
    /// |x|
    sizes: &'a [f64],
    /// What the row goes into the columns' sums by.
    by: f64,
    /// Its place among the sums.
    at: usize,
    sums: &'a mut Sums,
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Row { elements, x, sizes, by, at, sums } = self;
        let size = by.abs();
        let columns = sums.down.chunks_mut(BLOCK).zip(sums.down_sizes.chunks_mut(BLOCK));
        let blocks = elements.chunks(BLOCK).zip(x.chunks(BLOCK)).zip(sizes.chunks(BLOCK));
        let mut absolute = [0.0; BLOCK];
        for ((down, down_sizes), ((elements, x), sizes)) in columns.zip(blocks) {
            let absolute = &mut absolute[..elements.len()];
            absolute.iter_mut().zip(elements).for_each(|(to, a)| *to = a.abs());
            sums.along[at] += dot(elements, x);
            sums.along_sizes[at] += dot(absolute, sizes);
            for i in 0..elements.len() {
                down[i] += elements[i] * by;
                down_sizes[i] += absolute[i] * size;
            }
        }
    }
}

/// Σ aᵢ·bᵢ of a block: lane by lane, then the lanes in pairs.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            lanes[l] += lanes[l + width];
        }
        width /= 2;
    }
    lanes[0]
}
