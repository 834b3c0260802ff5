//! The functions of W7 as formulas, which the Rust compiler makes SIMD code of: beside the same in WGSL, which the engine interprets,
//! they tell what compiling at run time could gain at most. The table look-up is not among them: a formula has no indices.

use plusminus::{Closure, Formula, Number, Objective};

/// Rosenbrock's function, its 7 operations a pair of coordinates.
#[derive(Clone)]
pub(super) struct Rosenbrock;

impl Formula for Rosenbrock {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let mut sum = N::of(0.0);
        for pair in x.windows(2) {
            let (a, b) = (N::of(1.0) - pair[0], pair[1] - pair[0] * pair[0]);
            sum = sum + a * a + N::of(100.0) * b * b;
        }
        sum
    }
}

/// Of samples: two inputs and a target.
#[derive(Clone)]
struct Mlp(Vec<f64>);

impl Formula for Mlp {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let mut sum = N::of(0.0);
        for sample in self.0.chunks_exact(3) {
            let mut out = x[24];
            for unit in x[..24].chunks_exact(4) {
                let z = unit[0] * N::of(sample[0]) + unit[1] * N::of(sample[1]) + unit[2];
                out += unit[3] * z.tanh();
            }
            let off = out - N::of(sample[2]);
            sum += off * off;
        }
        sum / N::of(8.0)
    }
}

#[derive(Clone)]
struct Ode;

impl Formula for Ode {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let slope = |[a, b]: [N; 2]| [a * (x[2] - x[3] * b), b * (x[3] * a - N::of(1.0))];
        let along = |[a, b]: [N; 2], by: f64, [c, d]: [N; 2]| [a + N::of(by) * c, b + N::of(by) * d];
        let mut p = [x[0], x[1]];
        for _ in 0..16 {
            let a = slope(p);
            let b = slope(along(p, 0.05, a));
            let c = slope(along(p, 0.05, b));
            let d = slope(along(p, 0.1, c));
            let two = N::of(2.0);
            let all = [0, 1].map(|i| a[i] + two * b[i] + two * c[i] + d[i]);
            p = along(p, 0.1 / 6.0, all);
        }
        p[0] * p[0] + p[1] * p[1]
    }
}

#[derive(Clone)]
struct LennardJones;

impl Formula for LennardJones {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let mut energy = N::of(0.0);
        for i in 1..20 {
            for j in 0..i {
                let [a, b, c] = [0, 1, 2].map(|k| x[3 * i + k] - x[3 * j + k]);
                let inverse = N::of(1.0) / (a * a + b * b + c * c);
                let sixth = inverse * inverse * inverse;
                energy += N::of(4.0) * (sixth * sixth - sixth);
            }
        }
        energy
    }
}

/// Of rows: 20 numbers and a label.
#[derive(Clone)]
struct Logistic(Vec<f64>);

impl Formula for Logistic {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let mut sum = N::of(0.0);
        for row in self.0.chunks_exact(21) {
            let mut z = x[20];
            for (&x, &number) in x[..20].iter().zip(row) {
                z += x * N::of(number);
            }
            sum = sum + (N::of(1.0) + z.exp()).ln() - N::of(row[20]) * z;
        }
        sum
    }
}

/// The twin of a file beside the benchmarks, if it has one.
pub(super) fn twin(name: &str, n: usize, data: &[f64]) -> plusminus::Result<Option<Box<dyn Objective>>> {
    Ok(Some(match name {
        "rosenbrock" => Box::new(Closure::formula(n, Rosenbrock)?),
        "mlp" => Box::new(Closure::formula(n, Mlp(data.to_vec()))?),
        "ode" => Box::new(Closure::formula(n, Ode)?),
        "lennard-jones" => Box::new(Closure::formula(n, LennardJones)?),
        "logistic" => Box::new(Closure::formula(n, Logistic(data.to_vec()))?),
        _ => return Ok(None),
    }))
}
