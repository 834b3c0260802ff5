//! Functions of sums and products: gradients as on paper, and bars that hold. (How their cost grows: `tests/costs.rs`.)

use crate::common::random::SplitMix64;
use ndarray::Array2;
use plusminus::{Difference, Engine, Objective, Precision, ShaderOptions, WgslObjective};

const N: usize = 150;

/// A text, whether it is WGSL, and its gradient on paper.
type Case = (&'static str, bool, fn(&[f64]) -> Vec<f64>);

const TWO_SUMS: &str = "
fn square(a: real) -> real { return a * a; }
fn objective() -> real {
    var mean = 0.0;
    var squares = 0.0;
    let n = dimension();
    for (var i = 0u; i < n; i++) {
        mean += x(i) / real(n);
        squares += square(x(i)) / real(n);
    }
    return squares - square(mean);
}";

/// (x₀ + Σ log(1 + xᵢ²)) · x₂ / Π (1.2 + 0.3·xᵢ): a product, and coordinates beside the sums.
const BESIDE: &str = "
fn objective() -> real {
    var s = x(0);
    for (var i = 0u; i < dimension(); i++) { s += log(1.0 + x(i) * x(i)); }
    var p = 1.0;
    for (var i = 0u; i < dimension(); i += 2u) { p *= 1.2 + 0.3 * x(i); }
    return s * x(2) / p;
}";

/// As people write log Σ exp.
const SHIFTED: &str = "
fn objective() -> real {
    var m = x(0);
    for (var i = 1u; i < dimension(); i++) { m = max(m, x(i)); }
    var s = 0.0;
    for (var i = 0u; i < dimension(); i++) { s += exp(x(i) - m); }
    return m + log(s);
}";

fn cases() -> Vec<Case> {
    let n = N as f64;
    assert_eq!(n, 150.0);
    vec![
        ("sqrt(sum(x^2))", false, |x| {
            let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
            x.iter().map(|x| x / norm).collect()
        }),
        ("log(sum(exp(x)))", false, |x| {
            let sum: f64 = x.iter().map(|x| x.exp()).sum();
            x.iter().map(|x| x.exp() / sum).collect()
        }),
        ("-20*exp(-0.2*sqrt(mean(x^2))) - exp(mean(cos(2*pi*x))) + 20 + e", false, |x| {
            let (n, turn) = (x.len() as f64, std::f64::consts::TAU);
            let root = (x.iter().map(|x| x * x).sum::<f64>() / n).sqrt();
            let waves = (x.iter().map(|x| (turn * x).cos()).sum::<f64>() / n).exp();
            let first = 4.0 * (-0.2 * root).exp() / (n * root);
            x.iter().map(|x| first * x + waves * turn * (turn * x).sin() / n).collect()
        }),
        ("sum(x[1:]*x[:-1]) / sum(x^2)", false, |x| {
            let below: f64 = x.iter().map(|x| x * x).sum();
            let above: f64 = x.windows(2).map(|x| x[0] * x[1]).sum();
            let beside = |i: usize| {
                let before = if i > 0 { x[i - 1] } else { 0.0 };
                before + x.get(i + 1).copied().unwrap_or(0.0)
            };
            (0..x.len()).map(|i| beside(i) / below - 2.0 * x[i] * above / (below * below)).collect()
        }),
        // As Griewank's function, with some negative factors.
        ("1 + sum(x^2)/4000 - 1e3*prod(1.3*cos(x/sqrt(i/20+1)))", false, |x| {
            let scale = |i: usize| (i as f64 / 20.0 + 1.0).sqrt();
            let product: f64 =
                1e3 * x.iter().enumerate().map(|(i, x)| 1.3 * (x / scale(i)).cos()).product::<f64>();
            let slope = |(i, x): (usize, &f64)| x / 2000.0 + product * (x / scale(i)).tan() / scale(i);
            x.iter().enumerate().map(slope).collect()
        }),
        (TWO_SUMS, true, |x| {
            let (n, sum) = (x.len() as f64, x.iter().sum::<f64>());
            x.iter().map(|x| 2.0 * (x - sum / n) / n).collect()
        }),
        (BESIDE, true, |x| {
            let s = x[0] + x.iter().map(|x| (x * x).ln_1p()).sum::<f64>();
            let p: f64 = x.iter().step_by(2).map(|x| 1.2 + 0.3 * x).product();
            let slope = |(i, &xi): (usize, &f64)| {
                let of_s = 2.0 * xi / (1.0 + xi * xi) + f64::from(i == 0);
                let of_p = if i % 2 == 0 { s * x[2] * 0.3 / (1.2 + 0.3 * xi) } else { 0.0 };
                (of_s * x[2] - of_p) / p + if i == 2 { s / p } else { 0.0 }
            };
            x.iter().enumerate().map(slope).collect()
        }),
        (SHIFTED, true, |x| {
            let sum: f64 = x.iter().map(|x| x.exp()).sum();
            x.iter().map(|x| x.exp() / sum).collect()
        }),
    ]
}

fn objective(text: &str, is_wgsl: bool, n: usize) -> WgslObjective {
    match is_wgsl {
        true => WgslObjective::new("sums.wgsl", text, n, ShaderOptions::default()).unwrap(),
        false => WgslObjective::from_expression(text, n).unwrap(),
    }
}

fn points(count: usize, n: usize) -> Array2<f64> {
    let mut random = SplitMix64::new(7);
    Array2::from_shape_simple_fn((count, n), || f64::from((6.0 * random.uniform() - 2.5) as f32))
}

#[test]
fn gradients_are_those_on_paper() {
    let points = points(3, N);
    for precision in [Precision::F32, Precision::F64] {
        for (text, is_wgsl, gradient) in cases() {
            let f = objective(text, is_wgsl, N);
            let mut evaluator = Engine::cpu(precision).evaluator(&f).unwrap();
            let found = evaluator.gradient(points.view(), &Difference::default()).unwrap();
            let bars = found.error.unwrap();
            let values = evaluator.values(points.view()).unwrap();
            for (k, x) in points.rows().into_iter().enumerate() {
                let want = gradient(&x.to_vec());
                let largest = want.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
                // A product of 150 factors has 150 roundings.
                let near = largest * 2000.0 * precision.epsilon();
                for (i, want) in want.into_iter().enumerate() {
                    let (got, bar) = (found.value[[k, i]], bars[[k, i]]);
                    // What is written here has an error of its own, in f64.
                    let own = 200.0 * f64::EPSILON * largest;
                    assert!(
                        (got - want).abs() <= bar + own,
                        "{text} {precision}: [{k}, {i}] {got} ± {bar}, {want}"
                    );
                    assert!((got - want).abs() <= near, "{text} {precision}: [{k}, {i}] {got}, {want}");
                    assert!(bar <= 20.0 * near, "{text} {precision}: [{k}, {i}] {got} ± {bar}");
                }
                let off = (values[k] - f.value(&x.to_vec())).abs();
                assert!(off <= 500.0 * precision.epsilon() * values[k].abs().max(1.0), "{text} {precision}");
            }
        }
    }
}

/// Where a factor is 0, or the sum is 0 under a root, nothing is claimed that is not so.
#[test]
fn singular_points_are_no_wrong_numbers() {
    let gradient = |text: &str, x: Vec<f64>| {
        let f = objective(text, false, x.len());
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
        let point = Array2::from_shape_vec((1, x.len()), x).unwrap();
        evaluator.gradient(point.view(), &Difference::default()).unwrap()
    };
    // ∂/∂x₀ of Π xᵢ at x₀ = 0 is the product of the others.
    let mut x = vec![1.0; 100];
    x[0] = 0.0;
    let found = gradient("prod(x)", x);
    let (got, bar) = (found.value[[0, 0]], found.error.unwrap()[[0, 0]]);
    assert!((got - 1.0).abs() <= bar && bar < 1e-3, "{got} ± {bar}");
    // The norm has a kink at 0, with slopes of -1 and 1; so have √(x²) and |Σ x|, whose sums have slopes.
    for text in ["sqrt(sum(x^2))", "norm(x)", "sqrt(sum(x^2)) + sum(x^3)", "abs(sum(x))"] {
        let found = gradient(text, vec![0.0; 100]);
        let bars = found.error.unwrap();
        assert!(bars.iter().all(|bar| *bar >= 0.9), "{text}: {bars}");
    }
}

/// Near the ends of what numbers hold, neither slopes nor bars are lost on the way.
#[test]
fn small_and_large_numbers() {
    let gradient = |text: &str, x: &[f64]| {
        let f = objective(text, false, x.len());
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
        let point = Array2::from_shape_vec((1, x.len()), x.to_vec()).unwrap();
        let found = evaluator.gradient(point.view(), &Difference::default()).unwrap();
        (found.value.row(0).to_vec(), found.error.unwrap().row(0).to_vec())
    };
    let near = |(got, bar): (f64, f64), want: f64, text: &str| {
        let off = (got - want).abs();
        assert!(
            off <= bar + 1e-14 * want.abs() && off <= 1e-6 * want.abs(),
            "{text}: {got:e} ± {bar:e}, {want:e}"
        );
    };
    // ∂f/∂S is below all numbers, ∂f/∂x is not.
    let text = "1/(1+sum(x^2))";
    let (got, bars) = gradient(text, &[1e80; 64]);
    near((got[5], bars[5]), -2e80 / (64e160f64 * 64.0) / 1e160, text);
    // The product is, its slopes are not.
    let text = "prod(x)*1e300";
    let mut x = vec![1.3; 80];
    (x[0], x[1]) = (1.3e-160, 1.3e-165);
    let (got, bars) = gradient(text, &x);
    let rest = 1.3f64.powi(78);
    near((got[0], bars[0]), 1.3e-165 * 1e300 * rest, text);
    near((got[9], bars[9]), 1.3e-160 * (1.3e-165 * 1e300) * (rest / 1.3), text);
    // A factor of 0: the others have slopes of 0, and that is known.
    let mut x = vec![1.0; 80];
    x[79] = 0.0;
    let (got, bars) = gradient("prod(x)", &x);
    assert!(got[..79].iter().all(|g| *g == 0.0) && bars[..79].iter().all(|bar| *bar < 1e-300), "{bars:?}");
    near((got[79], bars[79]), 1.0, "prod(x)");
}
