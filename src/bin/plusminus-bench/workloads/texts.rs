//! W4, W6 and W7: functions that a user writes.

use ndarray::Array2;
use plusminus::{Closure, Objective, ShaderOptions, WgslObjective};

use super::formulas::{Rosenbrock, twin};
use super::random::SplitMix64;
use super::{Task, Workload, matrix, normals, uniforms};

const ROSENBROCK: &str = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)";

pub(super) fn all(steps: usize) -> plusminus::Result<Vec<Workload>> {
    let mut all = descents(steps)?;
    for (n, is_large) in [(100, false), (1000, false), (10_000, true), (100_000, true)] {
        all.push(extended_rosenbrock(n, is_large)?);
    }
    all.extend(six()?);
    Ok(all)
}

fn gradient_of_rosenbrock(x: &[f64], gradient: &mut [f64]) {
    gradient.fill(0.0);
    for i in 0..x.len() - 1 {
        let b = x[i + 1] - x[i] * x[i];
        gradient[i] += -400.0 * x[i] * b - 2.0 * (1.0 - x[i]);
        gradient[i + 1] += 200.0 * b;
    }
}

fn gradients(points: &Array2<f64>, gradient: impl Fn(&[f64], &mut [f64])) -> Array2<f64> {
    let mut all = Array2::zeros(points.dim());
    for (x, mut row) in points.rows().into_iter().zip(all.rows_mut()) {
        let mut found = vec![0.0; x.len()];
        gradient(&x.to_vec(), &mut found);
        row.iter_mut().zip(found).for_each(|(to, from)| *to = from);
    }
    all
}

/// 16,384 starts, uniform numbers between -2 and 2 of seed 1, in 10 dimensions; rate 1e-4. The witness descends by the analytic
/// gradient.
fn descents(steps: usize) -> plusminus::Result<Vec<Workload>> {
    let (n, batch, rate) = (10, 16_384, 1e-4);
    let points = matrix(uniforms(&mut SplitMix64::new(1), n * batch, [-2.0, 2.0]), batch, n)?;
    let witness = gradients(&points, |x, end| {
        let mut gradient = vec![0.0; n];
        end.copy_from_slice(x);
        for _ in 0..steps {
            gradient_of_rosenbrock(end, &mut gradient);
            end.iter_mut().zip(&gradient).for_each(|(x, g)| *x -= rate * g);
        }
    });
    let value = |x: &[f64]| {
        let pair = |pair: &[f64]| 100.0 * (pair[1] - pair[0] * pair[0]).powi(2) + (1.0 - pair[0]).powi(2);
        x.windows(2).map(pair).sum::<f64>()
    };
    let objectives: [(&str, Box<dyn Objective>); 4] = [
        ("an expression", Box::new(WgslObjective::from_expression(ROSENBROCK, n)?)),
        ("WGSL", Box::new(text("rosenbrock", n, Vec::new(), None)?)),
        ("a formula", Box::new(Closure::formula(n, Rosenbrock)?)),
        ("a closure", Box::new(Closure::new(n, value)?)),
    ];
    let workload = |(how, objective): (&str, Box<dyn Objective>)| Workload {
        group: "W4",
        name: format!("descent on Rosenbrock, {how}, n = {n}, {batch} points, {steps} steps"),
        objective,
        points: points.clone(),
        flops: 7.0 * (n - 1) as f64,
        task: Task::Descent { rate, steps },
        witness: Some(witness.clone()),
        is_large: false,
    };
    Ok(objectives.into_iter().map(workload).collect())
}

/// Points: normal numbers of seed 1.
fn extended_rosenbrock(n: usize, is_large: bool) -> plusminus::Result<Workload> {
    let points = matrix(normals(&mut SplitMix64::new(1), n), 1, n)?;
    Ok(Workload {
        group: "W6",
        name: format!("Rosenbrock, an expression, n = {n}"),
        objective: Box::new(WgslObjective::from_expression(ROSENBROCK, n)?),
        witness: Some(gradients(&points, gradient_of_rosenbrock)),
        points,
        flops: 7.0 * (n - 1) as f64,
        task: Task::Gradient,
        is_large,
    })
}

/// A WGSL file beside the benchmarks.
fn text(name: &str, n: usize, data: Vec<f64>, terms: Option<usize>) -> plusminus::Result<WgslObjective> {
    let source = match name {
        "rosenbrock" => include_str!("../../../../benches/objectives/rosenbrock.wgsl"),
        "mlp" => include_str!("../../../../benches/objectives/mlp.wgsl"),
        "table" => include_str!("../../../../benches/objectives/table.wgsl"),
        "ode" => include_str!("../../../../benches/objectives/ode.wgsl"),
        "lennard-jones" => include_str!("../../../../benches/objectives/lennard_jones.wgsl"),
        _ => include_str!("../../../../benches/objectives/logistic.wgsl"),
    };
    let options = ShaderOptions { data, terms, ..ShaderOptions::default() };
    WgslObjective::new(&format!("{name}.wgsl"), source, n, options)
}

/// Six objectives of different kinds, in WGSL: at 256 points, but for the last two. Data and points: seed 1.
fn six() -> plusminus::Result<Vec<Workload>> {
    let mut random = SplitMix64::new(1);
    let workload = |name: &str, what: &str, points: Array2<f64>, data: Vec<f64>, terms, flops| {
        let witness = match name {
            "rosenbrock" => Some(gradients(&points, gradient_of_rosenbrock)),
            "lennard-jones" => Some(gradients(&points, gradient_of_lennard_jones)),
            "logistic" => Some(gradients(&points, |x, gradient| gradient_of_logistic(x, &data, gradient))),
            _ => None,
        };
        let n = points.ncols();
        let compiled = twin(name, n, &data)?;
        let interpreted: Box<dyn Objective> = Box::new(text(name, n, data, terms)?);
        let workload = |(objective, how): (Box<dyn Objective>, &str)| Workload {
            group: "W7",
            objective,
            name: format!("{what}{how} n = {n}, {} points", points.nrows()),
            points: points.clone(),
            flops,
            task: Task::Gradient,
            witness: witness.clone(),
            is_large: false,
        };
        let both = [Some((interpreted, "")), compiled.map(|compiled| (compiled, " a formula,"))];
        plusminus::Result::Ok(both.into_iter().flatten().map(workload).collect::<Vec<Workload>>())
    };
    let mut points =
        |batch: usize, n: usize, range| matrix(uniforms(&mut random, batch * n, range), batch, n);
    let many = points(256, 10, [-2.0, 2.0])?;
    let mlp = points(256, 25, [-1.0, 1.0])?;
    let table_points = points(256, 2, [0.0, 14.0])?;
    let table = points(1, 256, [-1.0, 1.0])?.into_raw_vec_and_offset().0;
    let samples = points(8, 3, [-1.0, 1.0])?.into_raw_vec_and_offset().0;
    let ode = points(256, 4, [0.5, 1.5])?;
    // A lattice, jittered.
    let jitter = points(16, 60, [-0.1, 0.1])?;
    let atoms = Array2::from_shape_fn(jitter.dim(), |(k, i)| {
        let (atom, axis) = (i / 3, i % 3);
        let place = [atom % 3, atom / 3 % 3, atom / 9][axis];
        f64::from((1.2 * place as f64 + jitter[[k, i]]) as f32)
    });
    let rows = points(1000, 20, [-1.0, 1.0])?.into_raw_vec_and_offset().0;
    let data = rows.chunks_exact(20).flat_map(|row| {
        let label = f64::from(row.iter().sum::<f64>() > 0.0);
        row.iter().copied().chain([label]).collect::<Vec<f64>>()
    });
    let weights = points(1, 21, [-1.0, 1.0])?;
    let all = [
        workload("rosenbrock", "Rosenbrock, a loop,", many, Vec::new(), None, 63.0)?,
        workload("mlp", "network of 2, 6 and 1 units on 8 samples, loops,", mlp, samples, None, 8.0 * 45.0)?,
        workload("table", "bilinear table look-up,", table_points, table, None, 20.0)?,
        workload("ode", "16 steps of Runge and Kutta,", ode, Vec::new(), None, 16.0 * 60.0)?,
        workload("lennard-jones", "Lennard-Jones, 20 atoms,", atoms, Vec::new(), None, 190.0 * 17.0)?,
        workload(
            "logistic",
            "logistic regression, 1,000 rows,",
            weights,
            data.collect(),
            Some(1000),
            44_000.0,
        )?,
    ];
    Ok(all.into_iter().flatten().collect())
}

fn gradient_of_lennard_jones(x: &[f64], gradient: &mut [f64]) {
    gradient.fill(0.0);
    for i in 0..20 {
        for j in 0..i {
            let d: Vec<f64> = (0..3).map(|k| x[3 * i + k] - x[3 * j + k]).collect();
            let r2: f64 = d.iter().map(|d| d * d).sum();
            let s = r2.powi(-3);
            let slope = 4.0 * (-6.0 * s * s + 3.0 * s) / r2 * 2.0;
            for k in 0..3 {
                gradient[3 * i + k] += slope * d[k];
                gradient[3 * j + k] -= slope * d[k];
            }
        }
    }
}

fn gradient_of_logistic(x: &[f64], data: &[f64], gradient: &mut [f64]) {
    gradient.fill(0.0);
    for row in data.chunks_exact(21) {
        let z = x[20] + row[..20].iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
        let off = 1.0 / (1.0 + (-z).exp()) - row[20];
        for (g, a) in gradient.iter_mut().zip(row[..20].iter().chain([&1.0])) {
            *g += off * a;
        }
    }
}
