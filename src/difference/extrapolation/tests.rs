use super::*;

const CENTRAL: Expansion = Expansion { gamma: 2, order: 1 };
const ONE_SIDED: Expansion = Expansion { gamma: 1, order: 1 };

fn exponents() -> Vec<i32> {
    (-10..=-3).rev().collect()
}

/// The limit of quotients of f, with so much noise in its values.
fn limit(expansion: Expansion, quotient: impl Fn(f64) -> f64, noise: f64) -> (Limit, f64) {
    let quotients: Vec<f64> = exponents().iter().map(|&e| quotient(2f64.powi(e))).collect();
    Tableau::new(&exponents(), expansion).limit(&quotients, &[noise; 8], &mut Memory::default())
}

/// sin(x + h) for x = 1, as if values were off by what `jitter` says.
fn sine(h: f64, noise: f64) -> f64 {
    // A fixed sequence without a pattern.
    let jitter = |h: f64| ((h * 12_345.678).sin() * 43_758.545).fract();
    ((1.0 + h).sin() + noise * jitter(h) - (1.0 - h).sin() - noise * jitter(-h)) / (2.0 * h)
}

#[test]
fn polynomials_are_exact() {
    // Quotients D + c₁h² + c₂h⁴ + c₃h⁶, noise of one rounding.
    let (found, times) = limit(CENTRAL, |h| 3.0 + 5.0 * h.powi(2) - 7.0 * h.powi(4) + h.powi(6), 1e-16);
    assert!((found.value - 3.0).abs() <= found.error && found.error < 1e-13, "{found:?}");
    assert!(times < 100.0, "{times}");
    let (found, _) = limit(ONE_SIDED, |h| 3.0 + 5.0 * h - 7.0 * h.powi(2) + h.powi(3), 1e-16);
    assert!((found.value - 3.0).abs() <= found.error && found.error < 1e-12, "{found:?}");
    // A quotient that does not change at all.
    let (found, _) = limit(CENTRAL, |_| 3.0, 0.0);
    assert_eq!((found.value, found.error), (3.0, 0.0));
}

/// Neville's scheme is polynomial extrapolation: entry [2][2] of h², against Lagrange's formula by hand.
#[test]
fn weights_are_lagranges() {
    let tableau = Tableau::new(&[-1, -2, -3], CENTRAL);
    let weights = tableau.entries[2][2].weights;
    for (i, want) in [64.0 / 45.0, -20.0 / 45.0, 1.0 / 45.0].into_iter().enumerate() {
        assert!((weights[i] - want).abs() < 1e-14, "{weights:?}");
    }
    assert!((tableau.entries[2][1].weights[0] - 4.0 / 3.0).abs() < 1e-15);
}

#[test]
fn noise_is_measured() {
    for noise in [1e-12, 1e-8, 1e-5] {
        let (found, times) = limit(CENTRAL, |h| sine(h, noise), 1e-16);
        assert!((0.1..10.0).contains(&(times * 1e-16 / noise)), "{noise:e}: {:e}", times * 1e-16);
        let error = (found.value - 1f64.cos()).abs();
        assert!(error <= found.error && found.error < 1e3 * noise, "{noise:e}: {error:e} {found:?}");
    }
}

#[test]
fn what_does_not_draw_together_has_no_limit() {
    // √h / h, at many steps: at few, it may be noise.
    let many: Vec<i32> = (-26..=-3).rev().collect();
    let quotients: Vec<f64> = many.iter().map(|&e| 2f64.powi(e).powf(-0.5)).collect();
    let (found, _) = Tableau::new(&many, ONE_SIDED).limit(&quotients, &[1e-16; 24], &mut Memory::default());
    assert!(found.error.is_infinite() && found.wish == Wish::Smaller, "{found:?}");
    // It converges slowly: the error bar knows.
    let (found, _) = limit(ONE_SIDED, |h| h.sqrt(), 1e-16);
    assert!(found.value.abs() <= 1.5 * found.error && found.error < 0.2, "{found:?}");
}

#[test]
fn wishes() {
    // Noise drowns the slope: larger steps.
    let (found, _) = limit(CENTRAL, |h| sine(h, 1e-2), 1e-16);
    assert_eq!(found.wish, Wish::Larger, "{found:?}");
    // Large steps that agree with each other, but not with small ones.
    let quotient = |h: f64| if h > 0.02 { 1.0 } else { 2.0 };
    let (found, _) = limit(CENTRAL, quotient, 1e-12);
    assert!((found.value - 2.0).abs() < 1e-6 && found.wish == Wish::Smaller, "{found:?}");
}
