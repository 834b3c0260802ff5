//! Central differences of the 10-dimensional Rosenbrock function at 65,536 points: evaluations a second of this crate's
//! ways, and of the scalar crate `finitediff`, within one run.
//!
//! ```sh
//! cargo bench --bench rosenbrock
//! ```
//!
//! The floor: 9 terms of 7 operations are 63 a value. A core with AVX2 does 16 additions and multiplications of f64 a cycle
//! at best: 0.8 ns an evaluation at 3 GHz with multiplications and additions apart, 0.4 ns on two cores. f32 takes half.

#![allow(clippy::unwrap_used, reason = "a benchmark that fails should stop")]

use std::time::Instant;

use ndarray::{Array2, ArrayView2};
use plusminus::{
    Closure, DeviceChoice, Difference, Engine, Formula, Method, Number, Objective, Precision, Scheme,
    Separable, ShaderOptions, Step, WgslObjective,
};

#[path = "../src/numeric/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;

use random::SplitMix64;

const POINTS: usize = 1 << 16;
const DIMENSION: usize = 10;

#[derive(Clone)]
struct Rosenbrock;

impl Formula for Rosenbrock {
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N]) -> N {
        let mut sum = N::of(0.0);
        for pair in x.windows(2) {
            let (a, b) = (N::of(1.0) - pair[0], (-pair[0]).mul_add(pair[0], pair[1]));
            sum = (N::of(100.0) * b).mul_add(b, a.mul_add(a, sum));
        }
        sum
    }
}

impl Separable for Rosenbrock {
    fn terms(&self) -> usize {
        DIMENSION - 1
    }

    fn reads(&self, term: usize) -> Vec<usize> {
        vec![term, term + 1]
    }

    #[inline(always)]
    fn term<N: Number>(&self, s: usize, x: &[N]) -> N {
        let (a, b) = (N::of(1.0) - x[s], (-x[s]).mul_add(x[s], x[s + 1]));
        (N::of(100.0) * b).mul_add(b, a * a)
    }
}

#[inline(always)]
fn rosenbrock<N: Number>(x: &[N]) -> N {
    let mut sum = N::of(0.0);
    for pair in x.windows(2) {
        let (a, b) = (N::of(1.0) - pair[0], pair[1] - pair[0] * pair[0]);
        sum += a * a + N::of(100.0) * b * b;
    }
    sum
}

const WGSL: &str = "fn objective() -> real {
    var sum: real = 0.0;
    for (var i = 0u; i + 1u < dimension(); i++) {
        let a = 1.0 - x(i);
        let b = x(i + 1u) - x(i) * x(i);
        sum += a * a + 100.0 * b * b;
    }
    return sum;
}";

/// ∇f, from the formula.
fn analytic(x: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; x.len()];
    for i in 0..x.len() - 1 {
        let b = x[i + 1] - x[i] * x[i];
        gradient[i] += -2.0 * (1.0 - x[i]) - 400.0 * x[i] * b;
        gradient[i + 1] += 200.0 * b;
    }
    gradient
}

type Run<'a> = Box<dyn FnMut(&mut Array2<f64>) + 'a>;

/// A name, what it takes to compute all gradients into an array that may be replaced, and the array.
struct Way<'a> {
    name: String,
    run: Run<'a>,
    seconds: Vec<f64>,
    last: Array2<f64>,
}

fn way<'a>(name: &str, mut run: impl FnMut() -> Array2<f64> + 'a) -> Way<'a> {
    let run = Box::new(move |out: &mut Array2<f64>| *out = run());
    Way { name: name.into(), run, seconds: Vec::new(), last: Array2::zeros((POINTS, DIMENSION)) }
}

/// Central differences at the step that balances truncation and rounding, as finitediff has one.
fn plain(engine: &Engine) -> Difference {
    let step = Step::default_for(Scheme::Central, 2, engine.precision());
    Difference::default().with_step(step).with_method(Method::Direct)
}

fn ours<'a>(name: &str, engine: &Engine, f: &'a dyn Objective, points: ArrayView2<'a, f64>) -> Way<'a> {
    let how = plain(engine);
    let mut evaluator = engine.evaluator(f).unwrap();
    way(name, move || evaluator.gradient(points, &how).unwrap().value)
}

/// The same into memory that is there already.
fn into<'a>(name: &str, engine: &Engine, f: &'a dyn Objective, points: ArrayView2<'a, f64>) -> Way<'a> {
    let how = plain(engine);
    let mut evaluator = engine.evaluator(f).unwrap();
    let run = Box::new(move |out: &mut Array2<f64>| {
        evaluator.gradient_into(points, &how, out.view_mut()).unwrap();
    });
    Way { run, ..way(name, || Array2::zeros((0, 0))) }
}

fn finitediff_f64(points: ArrayView2<'_, f64>) -> Array2<f64> {
    let f = |x: &Vec<f64>| Ok(rosenbrock(x));
    let gradient = finitediff::vec::central_diff(&f);
    let rows = points.rows().into_iter().flat_map(|x| gradient(&x.to_vec()).unwrap());
    Array2::from_shape_vec(points.dim(), rows.collect()).unwrap()
}

fn finitediff_f32(points: ArrayView2<'_, f64>) -> Array2<f64> {
    let f = |x: &Vec<f32>| Ok(rosenbrock(x));
    let gradient = finitediff::vec::central_diff(&f);
    let rows = points.rows().into_iter().flat_map(|x| {
        gradient(&x.iter().map(|&x| x as f32).collect::<Vec<f32>>()).unwrap().into_iter().map(f64::from)
    });
    Array2::from_shape_vec(points.dim(), rows.collect()).unwrap()
}

fn main() {
    let mut random = SplitMix64::new(1);
    let points = Array2::from_shape_simple_fn((POINTS, DIMENSION), || random.normal());
    let points = points.view();
    let scalar = Closure::new(DIMENSION, rosenbrock).unwrap().with_f32(rosenbrock);
    let formula = Closure::formula(DIMENSION, Rosenbrock).unwrap();
    let separable = Closure::separable(DIMENSION, Rosenbrock).unwrap();
    let wgsl = WgslObjective::new("rosenbrock.wgsl", WGSL, DIMENSION, ShaderOptions::default()).unwrap();
    let (f64, f32) = (Engine::cpu(Precision::F64), Engine::cpu(Precision::F32));
    let mut ways = vec![
        way("finitediff f64 (one thread)", || finitediff_f64(points)),
        way("finitediff f32 (one thread)", || finitediff_f32(points)),
        ours("closure f64", &f64, &scalar, points),
        ours("closure f32", &f32, &scalar, points),
        ours("formula f64", &f64, &formula, points),
        ours("formula f32", &f32, &formula, points),
        into("formula f64, gradient_into", &f64, &formula, points),
        into("formula f32, gradient_into", &f32, &formula, points),
        ours("separable f64", &f64, &separable, points),
        ours("separable f32", &f32, &separable, points),
        into("separable f64, gradient_into", &f64, &separable, points),
        into("separable f32, gradient_into", &f32, &separable, points),
        ours("WGSL, CPU engine f64", &f64, &wgsl, points),
        ours("WGSL, CPU engine f32", &f32, &wgsl, points),
    ];
    for precision in [Precision::F32, Precision::F64] {
        for choice in [DeviceChoice::Gpu, DeviceChoice::Named("software".into())] {
            if let Ok(engine) = Engine::open(&choice, Some(precision)) {
                ways.push(ours(&format!("WGSL, {} {precision}", engine.device()), &engine, &wgsl, points));
            }
        }
    }
    // `cargo bench --bench rosenbrock -- formula` takes those that have `formula` in their name.
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|part| name.contains(part));
    ways.retain(|way| is_wanted(&way.name));
    // In turns, so that a busy moment of the machine hits all alike; some runs at a time, so that each finds its own data
    // in the caches rather than another's.
    for _ in 0..5 {
        for way in &mut ways {
            (way.run)(&mut way.last);
            for _ in 0..5 {
                let begin = Instant::now();
                (way.run)(&mut way.last);
                way.seconds.push(begin.elapsed().as_secs_f64());
            }
        }
    }
    let evaluations = (2 * POINTS * DIMENSION) as f64;
    let median = |way: &Way<'_>| {
        let mut seconds = way.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    let base = |name: &str| ways.iter().find(|way| way.name.starts_with(name)).map_or(f64::NAN, median);
    let (base, base_f32) = (base("finitediff f64"), base("finitediff f32"));
    println!("10-dimensional Rosenbrock, {POINTS} points, central differences, {evaluations} evaluations");
    println!("{:44} {:>9} {:>8} {:>12} {:>12} {:>9}", "", "ms", "ns/eval", "x f64 of", "x f32 of", "error");
    for way in &ways {
        let error = way
            .last
            .rows()
            .into_iter()
            .zip(points.rows())
            .map(|(got, x)| {
                let want = analytic(&x.to_vec());
                let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
                norm(&mut got.iter().zip(&want).map(|(a, b)| a - b)) / norm(&mut want.iter().copied())
            })
            .fold(0.0, f64::max);
        let seconds = median(way);
        println!(
            "{:44} {:9.2} {:8.2} {:12.1} {:12.1} {error:9.1e}",
            way.name,
            1e3 * seconds,
            1e9 * seconds / evaluations,
            base / seconds,
            base_f32 / seconds
        );
    }
}
