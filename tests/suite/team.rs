//! Ranks: any number of them finds the same, to the last bit.

use std::sync::Arc;

use plusminus::ndarray::{Array2, array};
use plusminus::team::{Alone, Team};
use plusminus::{
    Activation, Adam, Architecture, DataSet, Descent, Difference, Engine, ExpressionOptions, GradientDescent,
    Loss, Minibatches, Network, Objective, Precision, Samples, Targets, WgslObjective,
};

use crate::common::{self, random::SplitMix64, ranks};

/// Rows of numbers, and what a formula makes of them.
fn rows(count: usize) -> Array2<f64> {
    let mut random = SplitMix64::new(7);
    Array2::from_shape_fn((count, 2), |_| 2.0 * random.uniform() - 1.0)
}

/// A sum over the rows of a table with columns a and b.
fn sum(text: &str, n: usize, rows: &Array2<f64>) -> WgslObjective {
    let data = DataSet::new().with_columns(&["a", "b"], rows.view()).unwrap();
    let options = ExpressionOptions { data, ..ExpressionOptions::default() };
    WgslObjective::from_expression_with(text, n, &options).unwrap()
}

fn fit(count: usize) -> WgslObjective {
    sum("sum((sin(x0*a) + x1*a^2 + x2 - b)^2)", 3, &rows(count))
}

fn network() -> Network {
    let mut random = SplitMix64::new(3);
    let inputs = Array2::from_shape_fn((90, 5), |_| 2.0 * random.uniform() - 1.0);
    let classes = (0..90).map(|i| i % 3).collect();
    let architecture = Architecture::new(5, Loss::SoftmaxCrossEntropy)
        .dense(7, Activation::Tanh)
        .dense(3, Activation::Identity);
    Network::new(architecture, Samples::new(inputs, Targets::Classes(classes)).unwrap()).unwrap()
}

/// A descent in blocks: points, values, evaluations.
fn descend(
    objective: &dyn Objective,
    (precision, difference): (Precision, &Difference),
    (block, batch): (usize, Option<usize>),
    team: Arc<dyn Team>,
) -> plusminus::Result<(Vec<u64>, Vec<Option<f64>>, u64)> {
    let mut evaluator = Engine::cpu(precision).evaluator(objective)?;
    evaluator.in_blocks(block, team)?;
    let n = objective.dimension();
    let start = Array2::from_shape_fn((2, n), |(i, j)| 0.1 * (i as f64 + 1.0) * ((j % 5) as f64 - 1.5));
    let mut descent = Descent::new(Adam::new(0.01)).steps(25).difference(*difference).report_every(5);
    if let Some(batch) = batch {
        descent = descent.minibatches(Minibatches::new(objective.terms(), batch, 5)?);
    }
    let done = descent.run(&mut evaluator, start.view())?;
    Ok((done.points.iter().map(|x| x.to_bits()).collect(), done.values, done.evaluations))
}

/// An objective, its differences, terms of a block and of a minibatch.
type Case<'a> = (&'a dyn Objective, Difference, (usize, Option<usize>));

#[test]
fn any_number_of_ranks_has_the_same_bits() {
    let (fit, network) = (fit(61), network());
    let direct = common::central(-17);
    let all: [Case<'_>; 5] = [
        (&fit, Difference::default(), (4, None)),
        (&fit, Difference::default(), (3, Some(20))),
        (&fit, direct, (7, Some(30))),
        (&network, Difference::default(), (8, Some(40))),
        (&network, Difference::default(), (16, None)),
    ];
    for (objective, difference, cut) in all {
        for precision in [Precision::F32, Precision::F64] {
            let how = (precision, &difference);
            let alone = descend(objective, how, cut, Arc::new(Alone)).unwrap();
            for size in [2, 3, 4, 7, 12] {
                for (rank, found) in
                    ranks(size, |team| descend(objective, how, cut, team).unwrap()).into_iter().enumerate()
                {
                    let name = objective.name();
                    assert_eq!(found, alone, "{name}, {precision}, {cut:?}: rank {rank} of {size}");
                }
            }
            // And it is the same descent as of one block, but for last digits.
            let whole = descend(objective, how, (1 << 20, cut.1), Arc::new(Alone)).unwrap();
            let tolerance = if precision == Precision::F32 { 1e-3 } else { 1e-6 };
            for (&a, &b) in whole.0.iter().zip(&alone.0) {
                let (a, b) = (f64::from_bits(a), f64::from_bits(b));
                assert!((a - b).abs() <= tolerance * (1.0 + a.abs()), "{}: {a} and {b}", objective.name());
            }
        }
    }
}

/// A sum is that of all terms, against the derivative by hand: Σ (x d - 2 d)² has the slope 2 Σ d² (x - 2).
#[test]
fn blocks_add_up_to_the_derivative() {
    let data = rows(50);
    let f = sum("sum((x0*a - 2*a)^2)", 1, &data);
    let squares = data.column(0).iter().map(|d| d * d).sum::<f64>();
    for size in [1, 3] {
        for found in ranks(size, |team| {
            let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
            evaluator.in_blocks(4, team).unwrap();
            let rule = GradientDescent::new(1.0);
            Descent::new(rule).steps(1).run(&mut evaluator, array![[0.5]].view()).unwrap().points[[0, 0]]
        }) {
            let divisor = f.reduction().divisor(50);
            let want = 0.5 - 2.0 * squares * (0.5 - 2.0) / divisor;
            assert!((found - want).abs() < 1e-12 * want.abs(), "{found}, not {want}");
        }
    }
}

/// Whatever is wrong with a term is told by all ranks in the same words; and so is a rank that is not where the others are.
#[test]
fn failures_are_those_of_all() {
    let data = array![[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [1.0, 0.0]];
    let f = sum("sum(log(x0*a) + b)", 1, &data);
    let failed = |team: Arc<dyn Team>| {
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
        evaluator.in_blocks(1, team).unwrap();
        let rule = GradientDescent::new(0.1);
        Descent::new(rule).steps(3).run(&mut evaluator, array![[0.5]].view()).unwrap_err().to_string()
    };
    let alone = failed(Arc::new(Alone));
    assert!(alone.contains("not finite"), "{alone}");
    for size in [2, 4, 7] {
        assert_eq!(ranks(size, failed), vec![alone.clone(); size]);
    }
    let fit = fit(20);
    let apart = ranks(2, |team| {
        let mut evaluator = Engine::cpu(Precision::F64).evaluator(&fit).unwrap();
        let start = Array2::from_elem((1, 3), if team.rank() == 0 { 0.1 } else { 0.2 });
        evaluator.in_blocks(5, team).unwrap();
        let rule = GradientDescent::new(0.1);
        Descent::new(rule).steps(3).run(&mut evaluator, start.view()).unwrap_err().to_string()
    });
    assert!(apart.iter().all(|error| error.contains("not at the same point")), "{apart:?}");
    let error =
        Engine::cpu(Precision::F64).evaluator(&fit).unwrap().in_blocks(0, Arc::new(Alone)).unwrap_err();
    assert!(error.to_string().contains("at least 1"), "{error}");
}

/// What is selected counts for all calls, in blocks or not.
#[test]
fn selections_are_those_of_all_calls() {
    let f = fit(20);
    let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    evaluator.in_blocks(3, Arc::new(Alone)).unwrap();
    let mut plain = Engine::cpu(Precision::F64).evaluator(&f).unwrap();
    let x = [0.3, -0.2, 0.1];
    for selected in [Some(&[4u32, 7, 1, 19, 0][..]), None] {
        let mut found = Vec::new();
        for evaluator in [&mut evaluator, &mut plain] {
            evaluator.select(selected).unwrap();
            let start = Array2::from_shape_vec((1, 3), x.to_vec()).unwrap();
            Descent::new(GradientDescent::new(1e-3)).steps(2).run(evaluator, start.view()).unwrap();
            assert_eq!(evaluator.selection(), selected);
            found.push(evaluator.gradient_at(&x, &Difference::default()).unwrap().value);
        }
        assert_eq!(found[0], found[1]);
    }
}
