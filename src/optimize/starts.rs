//! Points to start from, spread over a box.

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::numeric::{SplitMix64, named};

named! {
    "way to spread points";
    /// How points are spread over a box.
    #[derive(Default)]
    pub enum Sampling {
        /// Each coordinate of each point by itself, uniformly.
        Uniform,
        /// Every coordinate is cut into as many equal parts as there are points, and each part has one of them (McKay, Beckman
        /// and Conover, 1979).
        LatinHypercube,
        /// Sobol's sequence (Sobol, 1967), scrambled (Owen, 1995) by the seed: even in all coordinates together. Best with powers of two.
        #[default]
        Sobol,
    }
}

/// Points of Sobol's sequence, and coordinates, at most.
const SOBOL: [usize; 2] = [1 << 16, sobol_burley::NUM_DIMENSIONS as usize];

impl Sampling {
    /// So many points (`[count, n]`) in the box between `lower` and `upper`, which have n numbers each. The same seed gives the same points.
    ///
    /// # Errors
    /// [`Error::Usage`] for a box that is not finite, or of another number of lower than of upper limits; for no points; of Sobol's sequence
    /// for more than 65,536 points or 256 coordinates.
    ///
    /// ```
    /// use plusminus::Sampling;
    /// let points = Sampling::LatinHypercube.points(4, &[0.0, -1.0], &[4.0, 1.0], 7)?;
    /// let mut parts: Vec<f64> = points.column(0).iter().map(|x| x.floor()).collect();
    /// parts.sort_by(f64::total_cmp);
    /// assert_eq!(parts, [0.0, 1.0, 2.0, 3.0]);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn points(self, count: usize, lower: &[f64], upper: &[f64], seed: u64) -> Result<Array2<f64>> {
        let n = lower.len();
        if n == 0 || n != upper.len() {
            return Err(Error::usage(format!(
                "{n} lower and {} upper limits of the box to start from: give one of each for each coordinate",
                upper.len()
            )));
        }
        let is_wrong =
            |i: &usize| !(lower[*i].is_finite() && upper[*i].is_finite() && lower[*i] <= upper[*i]);
        if let Some(i) = (0..n).find(is_wrong) {
            return Err(Error::usage(format!(
                "x[{i}] starts between {} and {}: both must be finite, the lower one not above the upper one",
                lower[i], upper[i]
            )));
        }
        if count == 0 {
            return Err(Error::usage("0 points to start from: at least 1"));
        }
        if self == Sampling::Sobol && (count > SOBOL[0] || n > SOBOL[1]) {
            return Err(Error::usage(format!(
                "{count} points of {n} coordinates: Sobol's sequence is known for {} points of {} coordinates; take latin-hypercube",
                SOBOL[0], SOBOL[1]
            )));
        }
        // Where they begin, where they are, where they were best, their gradients, and what a rule keeps of them.
        crate::memory::check(
            &[count, n, 8],
            8,
            "points to start from, with all that a descent keeps of them",
        )?;
        let mut shares = self.shares(count, n, seed);
        for mut point in shares.rows_mut() {
            for (i, x) in point.iter_mut().enumerate() {
                // Never beyond, though rounded.
                *x = ((1.0 - *x) * lower[i] + *x * upper[i]).clamp(lower[i], upper[i]);
            }
        }
        Ok(shares)
    }

    /// Numbers from 0 to 1.
    fn shares(self, count: usize, n: usize, seed: u64) -> Array2<f64> {
        let mut random = SplitMix64::new(seed);
        match self {
            Sampling::Uniform => Array2::from_shape_simple_fn((count, n), || random.uniform()),
            Sampling::LatinHypercube => {
                let mut shares = Array2::zeros((count, n));
                let mut order: Vec<u32> = (0..count as u32).collect();
                for mut column in shares.columns_mut() {
                    random.shuffle(&mut order);
                    for (x, &part) in column.iter_mut().zip(&order) {
                        *x = (f64::from(part) + random.uniform()) / count as f64;
                    }
                }
                shares
            }
            Sampling::Sobol => {
                // All bits of the seed count.
                let seed = (random.next_u64() >> 32) as u32;
                Array2::from_shape_fn((count, n), |(k, i)| {
                    f64::from(sobol_burley::sample(k as u32, i as u32, seed))
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of 16 equal parts of the square have points: all, if they are even in both coordinates together.
    fn parts(points: &Array2<f64>) -> usize {
        let mut found = [false; 16];
        for point in points.rows() {
            found[4 * (4.0 * point[0]) as usize + (4.0 * point[1]) as usize] = true;
        }
        found.iter().filter(|found| **found).count()
    }

    #[test]
    fn points_are_as_even_as_promised() {
        let square = |sampling: Sampling, seed| sampling.points(16, &[0.0; 2], &[1.0; 2], seed).unwrap();
        for seed in 0..20 {
            assert_eq!(parts(&square(Sampling::Sobol, seed)), 16);
            let latin = square(Sampling::LatinHypercube, seed);
            for column in latin.columns() {
                let mut cells: Vec<usize> = column.iter().map(|x| (16.0 * x) as usize).collect();
                cells.sort_unstable();
                assert_eq!(cells, (0..16).collect::<Vec<_>>());
            }
            // 16 balls into 16 boxes fill 10 of them on average.
            assert!(parts(&square(Sampling::Uniform, seed)) < 16);
            for sampling in [Sampling::Sobol, Sampling::LatinHypercube, Sampling::Uniform] {
                assert_eq!(square(sampling, seed), square(sampling, seed));
                assert_ne!(square(sampling, seed), square(sampling, seed + 1));
            }
        }
    }

    #[test]
    fn boxes_that_are_none_are_refused() {
        let wrong = |count, lower: &[f64], upper: &[f64]| {
            Sampling::Sobol.points(count, lower, upper, 0).unwrap_err().to_string()
        };
        assert!(wrong(1, &[0.0], &[f64::INFINITY]).contains("x[0] starts between 0 and inf"));
        assert!(wrong(1, &[2.0], &[1.0]).contains("between 2 and 1"));
        assert!(wrong(1, &[0.0], &[1.0, 2.0]).contains("1 lower and 2 upper"));
        assert!(wrong(0, &[0.0], &[1.0]).contains("at least 1"));
        assert!(wrong(70_000, &[0.0], &[1.0]).contains("take latin-hypercube"));
        let point = Sampling::Uniform.points(1, &[2.0], &[2.0], 0).unwrap();
        assert_eq!(point[[0, 0]], 2.0);
    }
}
