//! An evaluator of the tree in f64, the plainest there can be.

use super::super::build::build;
use super::super::names::{self, Function};
use super::super::tree::{Id, Node, Reduction, Source};

/// The value of an expression at a point.
pub(super) fn evaluate(text: &str, x: &[f64]) -> f64 {
    let (tree, result) = build(text, x.len()).unwrap_or_else(|error| panic!("{text}\n{error}"));
    // One number is a list of one here; the tree has been checked, so none is mistaken for a vector.
    let mut values: Vec<Vec<f64>> = Vec::new();
    for id in 0..=result {
        let value = operation(tree.node(id), &values, x);
        values.push(value);
    }
    values[result][0]
}

fn operation(node: Node, values: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    let each = |a: Id, f: &dyn Fn(f64) -> f64| values[a].iter().map(|&a| f(a)).collect();
    let both = |a: Id, b: Id, f: &dyn Fn(f64, f64) -> f64| {
        let (a, b) = (&values[a], &values[b]);
        let at = |v: &[f64], k: usize| v[k.min(v.len() - 1)];
        let length = if a.is_empty() || b.is_empty() { 0 } else { a.len().max(b.len()) };
        (0..length).map(|k| f(at(a, k), at(b, k))).collect()
    };
    match node {
        Node::Number(bits) => vec![f64::from_bits(bits)],
        Node::Coordinate(k) => vec![x[k as usize]],
        Node::Slice { source, start, step, length } => (0..length)
            .map(|j| match (source, start + j * step) {
                (Source::Point, k) => x[k as usize],
                (Source::Indices, k) => f64::from(k),
            })
            .collect(),
        Node::Negate(a) => each(a, &|a| -a),
        Node::Infix(sign, a, b) => both(a, b, &|a, b| arithmetic(sign, a, b)),
        Node::Power(a, exponent) => each(a, &|a| a.powi(exponent)),
        Node::Apply(name, a) => each(a, &|a| call(name, &[a])),
        Node::Apply2(name, a, b) => both(a, b, &|a, b| call(name, &[a, b])),
        Node::Reduce(reduction, a) => {
            let v = values[a].iter().copied();
            vec![match reduction {
                Reduction::Sum => v.sum(),
                Reduction::Product => v.product(),
                Reduction::Min => v.fold(f64::INFINITY, f64::min),
                Reduction::Max => v.fold(f64::NEG_INFINITY, f64::max),
            }]
        }
    }
}

pub(super) fn arithmetic(sign: char, a: f64, b: f64) -> f64 {
    match sign {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '/' => a / b,
        _ => panic!("no operator {sign}"),
    }
}

/// A function of the language by its name.
pub(super) fn call(name: &str, arguments: &[f64]) -> f64 {
    match (names::function(name, arguments.len()), arguments) {
        (Some(Function::Elementwise(_, f)), &[a]) => f(a),
        (Some(Function::Pairwise(_, f)), &[a, b]) => f(a, b),
        _ => panic!("no function {name} of {} numbers", arguments.len()),
    }
}
