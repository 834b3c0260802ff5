//! The tree as WGSL: one `let` per operation, one loop per reduction.
//!
//! Every vector is made of x, indices, data and lists, element by element, or is a matrix times such a vector; every reduction
//! gives a number. So nothing that is a number depends on a loop: all numbers are computed outside the loops, in the order of the
//! tree, and within a loop there is none but that of a product with a matrix. Each operation is written at most once, or once per
//! reduction or product whose argument it is written in: the result is a small multiple of the expression, whatever that is.
//!
//! A sum over data, or a long one, becomes a function of one of its terms.

use super::tree::{Id, Node, Reduction, Shape, Source, Tree};
use super::writer::{bracketed, function, literal};

/// Squares neither overflow nor vanish, and NaN goes through: `min` and `max` might drop it.
const HYPOT: &str = "\
fn expr_hypot(a: real, b: real) -> real {
    let p = abs(a);
    let q = abs(b);
    let large = select(p, q, p < q);
    let small = select(q, p, p < q);
    if (large == 0.0) {
        return small;
    }
    let ratio = small / large;
    return large * sqrt(1.0 + ratio * ratio);
}

";

/// The remainder with the sign of the divisor, as Python has it.
const MOD: &str = "\
fn expr_mod(a: real, b: real) -> real {
    let rest = a % b;
    return select(rest, rest + b, (rest < 0.0 && b > 0.0) || (rest > 0.0 && b < 0.0));
}

";

/// An objective in WGSL.
pub(crate) struct Written {
    pub(crate) text: String,
    /// How many terms it has, if it is a sum of such.
    pub(crate) terms: Option<usize>,
    pub(crate) reads_data: bool,
}

/// The function `objective` with the value of this node, or `term`, and before it what it calls.
pub(super) fn write(tree: &Tree, result: Id) -> Written {
    let needed = needed(tree, result);
    let mut text = helpers(tree, &needed);
    let sum = sum_of_terms(tree, result);
    text += &match sum {
        Some((terms, _)) => {
            function(tree, terms, &needed, "term", |element| scaled(tree, result, terms, element))
        }
        None => function(tree, result, &needed, "objective", str::to_owned),
    };
    Written { text, terms: sum.map(|(_, length)| length), reads_data: reads_data(tree, &needed) }
}

/// The function `residual`, whose values are those of several expressions one after the other, vectors element by
/// element; and how many there are.
pub(super) fn write_list(tree: &Tree, list: &[Id]) -> Written {
    let mut all = vec![false; list.iter().max().map_or(0, |last| last + 1)];
    for &result in list {
        all.iter_mut().zip(needed(tree, result)).for_each(|(all, needed)| *all |= needed);
    }
    let mut text = helpers(tree, &all);
    let (mut count, mut body) = (0, String::new());
    for (i, &result) in list.iter().enumerate() {
        let name = format!("expr_{i}");
        text += &function(tree, result, &needed(tree, result), &name, str::to_owned);
        let (length, call) = match tree.shape(result) {
            Shape::Vector(length) => (length as usize, format!("{name}(k - {count}u)")),
            _ => (1, format!("{name}()")),
        };
        count += length;
        body += &format!("    if (k < {count}u) {{ return {call}; }}\n");
    }
    text += &format!("fn residual(k: u32) -> real {{\n{body}    return 0.0;\n}}\n");
    Written { text, terms: Some(count), reads_data: reads_data(tree, &all) }
}

/// Elements from which a sum that reads no data is one of terms, too. Each element then has slopes along what it reads alone, and
/// not the whole along all coordinates; of a short sum that is no more than the lanes of one run.
const LONG: u32 = 64;

/// The vector of terms and its length, if the value is the sum of terms that read data or of many, or a multiple of one. Each term
/// is then evaluated by itself, so it must not have sums within it.
fn sum_of_terms(tree: &Tree, result: Id) -> Option<(Id, usize)> {
    let sum = match tree.node(result) {
        Node::Infix('*', a, b) if tree.constant(a).is_some() => b,
        Node::Infix('*' | '/', a, b) if tree.constant(b).is_some() => a,
        Node::Negate(a) => a,
        _ => result,
    };
    let Node::Reduce(Reduction::Sum, terms) = tree.node(sum) else { return None };
    let Shape::Vector(length @ 1..) = tree.shape(terms) else { return None };
    let needed = needed(tree, terms);
    let is_plain = |id: usize| !needed[id] || !matches!(tree.node(id), Node::Reduce(..) | Node::Kept(_));
    let of_data = reads_data(tree, &needed);
    ((of_data || length >= LONG) && (0..needed.len()).all(is_plain)).then_some((terms, length as usize))
}

/// An element of the terms of a sum, with the factor of the sum.
fn scaled(tree: &Tree, result: Id, terms: Id, element: &str) -> String {
    let written = |id: Id| tree.constant(id).map(|value| bracketed(&literal(value)));
    match tree.node(result) {
        _ if matches!(tree.node(result), Node::Reduce(_, vector) if vector == terms) => element.into(),
        Node::Infix(sign, a, b) => match (written(a), written(b)) {
            (Some(a), _) => format!("{a} {sign} {element}"),
            (_, Some(b)) => format!("{element} {sign} {b}"),
            _ => element.into(),
        },
        Node::Negate(_) => format!("-{element}"),
        _ => element.into(),
    }
}

/// Which nodes the value of this one is computed from, itself among them.
fn needed(tree: &Tree, result: Id) -> Vec<bool> {
    let mut needed = vec![false; result + 1];
    needed[result] = true;
    for id in (0..=result).rev() {
        if needed[id] {
            tree.operands(id).into_iter().for_each(|operand| needed[operand] = true);
        }
    }
    needed
}

fn reads_data(tree: &Tree, needed: &[bool]) -> bool {
    let reads = |id: usize| {
        matches!(
            tree.node(id),
            Node::Element(Source::Data, _) | Node::Slice(Source::Data, _) | Node::Times(..)
        )
    };
    (0..needed.len()).any(|id| needed[id] && reads(id))
}

/// The functions that WGSL has not, as far as they are needed.
fn helpers(tree: &Tree, needed: &[bool]) -> String {
    let all = [("hypot", HYPOT), ("mod", MOD)];
    let is_called = |name: &str| {
        (0..needed.len())
            .any(|id| needed[id] && matches!(tree.node(id), Node::Apply2(called, ..) if called == name))
    };
    all.iter().filter(|(name, _)| is_called(name)).map(|(_, text)| *text).collect()
}
