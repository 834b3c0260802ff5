//! The inner loop of the network on the host: sums of a few units over all inputs, in SIMD registers.
//!
//! Written with explicit vectors: left to the compiler, the sums went through memory and took five times as long.

use pulp::Simd;

use crate::numeric::Real;

/// Units computed at once: with two vectors of samples each, eight sums in flight hide the latency of an addition.
const UNITS: usize = 4;

/// sums = inputs·W + bias for `L` samples side by side.
pub(super) trait Dense: Real {
    /// `inputs` is `[inputs][L]`, `weights` `[inputs][width]`, `sums` `[width][L]`; `L` must be a multiple of twice
    /// the lanes of a vector, or equal to them.
    fn dense<S: Simd, const L: usize>(
        simd: S,
        inputs: &[[Self; L]],
        weights: &[Self],
        bias: Option<&[Self]>,
        sums: &mut [[Self; L]],
    );
}

macro_rules! dense {
    ($real:ty, $units:ident, $lanes:ident, $vector:ident, $splat:ident, $add:ident, $mul:ident, $cast:ident, $cast_mut:ident) => {
        impl Dense for $real {
            #[inline(always)]
            fn dense<S: Simd, const L: usize>(
                simd: S,
                inputs: &[[Self; L]],
                weights: &[Self],
                bias: Option<&[Self]>,
                sums: &mut [[Self; L]],
            ) {
                let (inputs, _) = S::$cast(inputs.as_flattened());
                let width = sums.len();
                let (sums, _) = S::$cast_mut(sums.as_flattened_mut());
                let whole = width / UNITS * UNITS;
                if L % (2 * S::$lanes) == 0 {
                    for j in (0..whole).step_by(UNITS) {
                        $units::<S, UNITS, 2>(simd, L / S::$lanes, inputs, weights, bias, sums, j, width);
                    }
                    for j in whole..width {
                        $units::<S, 1, 2>(simd, L / S::$lanes, inputs, weights, bias, sums, j, width);
                    }
                } else {
                    // One vector holds all samples: as many units more.
                    let whole = width / (2 * UNITS) * (2 * UNITS);
                    for j in (0..whole).step_by(2 * UNITS) {
                        $units::<S, { 2 * UNITS }, 1>(simd, 1, inputs, weights, bias, sums, j, width);
                    }
                    for j in whole..width {
                        $units::<S, 1, 1>(simd, 1, inputs, weights, bias, sums, j, width);
                    }
                }
            }
        }

        /// The units `j..j + U`, `V` of the `per` vectors of samples at a time.
        #[inline(always)]
        #[allow(
            clippy::too_many_arguments,
            reason = "one inner loop, inlined; a struct would only rename them"
        )]
        fn $units<S: Simd, const U: usize, const V: usize>(
            simd: S,
            per: usize,
            inputs: &[S::$vector],
            weights: &[$real],
            bias: Option<&[$real]>,
            sums: &mut [S::$vector],
            j: usize,
            width: usize,
        ) {
            for v in (0..per).step_by(V) {
                let mut z = [[simd.$splat(0.0); V]; U];
                if let Some(bias) = bias {
                    for u in 0..U {
                        z[u] = [simd.$splat(bias[j + u]); V];
                    }
                }
                for (a, row) in inputs.chunks_exact(per).zip(weights.chunks_exact(width)) {
                    let (a, w) = (&a[v..v + V], &row[j..j + U]);
                    for u in 0..U {
                        let w = simd.$splat(w[u]);
                        for k in 0..V {
                            z[u][k] = simd.$add(z[u][k], simd.$mul(a[k], w));
                        }
                    }
                }
                for u in 0..U {
                    sums[(j + u) * per + v..][..V].copy_from_slice(&z[u]);
                }
            }
        }
    };
}

dense!(f32, units_f32, F32_LANES, f32s, splat_f32s, add_f32s, mul_f32s, as_simd_f32s, as_mut_simd_f32s);
dense!(f64, units_f64, F64_LANES, f64s, splat_f64s, add_f64s, mul_f64s, as_simd_f64s, as_mut_simd_f64s);
