//! Passes over long vectors that the compiler would otherwise do one element after another.

use pulp::{Arch, WithSimd};

use crate::numeric::Real;

/// Partial results side by side.
const LANES: usize = 32;

/// The largest |x|, at least `floor`. NaN among the values may be passed over.
pub(crate) fn largest_magnitude<T: Real>(values: &[T], floor: T) -> T {
    // Few are looked at sooner than others are prepared for.
    if values.len() < LANES {
        // Side by side, so that none waits for the one before.
        let (chunks, rest) = values.as_chunks::<4>();
        let most =
            chunks.iter().fold([floor; 4], |most, chunk| std::array::from_fn(|i| larger(most[i], &chunk[i])));
        return most.iter().chain(rest).fold(floor, larger);
    }
    Arch::new().dispatch(Largest { values, floor })
}

/// Without a branch, which a processor would guess wrong half of the time.
#[inline(always)]
fn larger<T: Real>(most: T, x: &T) -> T {
    most.larger(x.magnitude())
}

struct Largest<'a, T> {
    values: &'a [T],
    floor: T,
}

impl<T: Real> WithSimd for Largest<'_, T> {
    type Output = T;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> T {
        let mut most = [self.floor; LANES];
        let chunks = self.values.chunks_exact(LANES);
        let rest = chunks.remainder();
        for chunk in chunks {
            for i in 0..LANES {
                let size = chunk[i].magnitude();
                most[i] = if size > most[i] { size } else { most[i] };
            }
        }
        let most = most.iter().fold(self.floor, larger);
        rest.iter().fold(most, larger)
    }
}

/// The least power of two that is not below `x` (which is at least 1); `x` itself if it is not finite.
pub(crate) fn power_of_two_above<T: Real>(x: T) -> T {
    let bits = x.to_f64().to_bits();
    let fraction = (1u64 << 52) - 1;
    if !x.is_finite() {
        return x;
    }
    T::of(f64::from_bits((bits + fraction) & !fraction))
}

/// Whether all values are finite.
pub(crate) fn all_finite<T: Real>(values: &[T]) -> bool {
    if values.len() < LANES {
        return values.iter().all(|x| x.is_finite());
    }
    Arch::new().dispatch(AllFinite(values))
}

struct AllFinite<'a, T>(&'a [T]);

impl<T: Real> WithSimd for AllFinite<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        // 0·x is 0 for finite x, and NaN for all others.
        let mut zeros = [T::ZERO; LANES];
        let chunks = self.0.chunks_exact(LANES);
        let rest = chunks.remainder();
        for chunk in chunks {
            for i in 0..LANES {
                zeros[i] += T::ZERO * chunk[i];
            }
        }
        zeros.iter().all(|zero| zero.is_finite()) && rest.iter().all(|x| x.is_finite())
    }
}
