//! Matrix products of either precision, by the crate `matrixmultiply`.

use crate::numeric::work;
use crate::objective::network::dense::Dense;

/// A matrix in a slice: the elements, and the distance between two rows and between two columns.
pub(in crate::objective::network) type View<'a, T> = (&'a [T], (usize, usize));

/// Precisions that have matrix products.
pub(in crate::objective::network) trait Product: Dense {
    /// c ← a·b + c, for a of m × k, b of k × n and c of m × n elements.
    fn product(
        size: (usize, usize, usize),
        a: View<'_, Self>,
        b: View<'_, Self>,
        c: (&mut [Self], (usize, usize)),
    );
}

/// Elements from the first to the last, for a bounds check.
fn span(rows: usize, columns: usize, (row, column): (usize, usize)) -> usize {
    if rows == 0 || columns == 0 { 0 } else { (rows - 1) * row + (columns - 1) * column + 1 }
}

macro_rules! product {
    ($real:ty, $gemm:path) => {
        impl Product for $real {
            fn product(
                (m, k, n): (usize, usize, usize),
                (a, sa): View<'_, Self>,
                (b, sb): View<'_, Self>,
                (c, sc): (&mut [Self], (usize, usize)),
            ) {
                assert!(span(m, k, sa) <= a.len() && span(k, n, sb) <= b.len() && span(m, n, sc) <= c.len());
                work::add(|| 2 * (m * k * n) as u64);
                let stride = |(row, column): (usize, usize)| (row as isize, column as isize);
                let ((ra, ca), (rb, cb), (rc, cc)) = (stride(sa), stride(sb), stride(sc));
                // SAFETY: all elements that the sizes and strides reach lie within the slices, as just asserted, and
                // `c` is borrowed for us alone.
                #[allow(unsafe_code, reason = "the crate takes pointers and strides")]
                unsafe {
                    let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
                    $gemm(m, k, n, 1.0, a, ra, ca, b, rb, cb, 1.0, c, rc, cc);
                }
            }
        }
    };
}

product!(f32, matrixmultiply::sgemm);
product!(f64, matrixmultiply::dgemm);
