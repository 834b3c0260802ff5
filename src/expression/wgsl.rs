//! The tree as WGSL: one `let` per operation, one loop per reduction.
//!
//! Every vector is made of x and indices, element by element, and every reduction gives a number; so nothing that is
//! a number depends on a loop. All numbers are therefore computed outside the loops, in the order of the tree, and a
//! loop never stands within another. Each operation is written at most once, or once per reduction whose argument it
//! is written in: the result is a small multiple of the expression, whatever that is.

use std::collections::BTreeSet;

use super::tree::{Id, Node, Reduction, Shape, Source, Tree};

/// log10(e), all its digits in f64.
const LOG10_E: &str = "0.4342944819032518";

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

/// The function `objective` with the value of this node, and before it what it calls.
pub(super) fn write(tree: &Tree, result: Id) -> String {
    let helpers = if needs_hypot(tree, result) { HYPOT } else { "" };
    format!("{helpers}{}", function(tree, result, "objective"))
}

/// The function `residual`, whose values are those of several expressions one after the other, vectors element by
/// element; and how many there are.
pub(super) fn write_list(list: &[(Tree, Id)]) -> (String, usize) {
    let mut text = String::new();
    if list.iter().any(|(tree, result)| needs_hypot(tree, *result)) {
        text += HYPOT;
    }
    let (mut count, mut body) = (0, String::new());
    for (i, (tree, result)) in list.iter().enumerate() {
        let name = format!("expr_{i}");
        text += &function(tree, *result, &name);
        let (length, call) = match tree.shape(*result) {
            Shape::Number => (1, format!("{name}()")),
            Shape::Vector(length) => (length as usize, format!("{name}(k - {count}u)")),
        };
        count += length;
        body += &format!("    if (k < {count}u) {{ return {call}; }}\n");
    }
    text += &format!("fn residual(k: u32) -> real {{\n{body}    return 0.0;\n}}\n");
    (text, count)
}

/// Which nodes the value of this one is computed from, itself among them.
fn needed(tree: &Tree, result: Id) -> Vec<bool> {
    let mut needed = vec![false; result + 1];
    needed[result] = true;
    for id in (0..=result).rev() {
        if needed[id] {
            tree.node(id).operands().for_each(|operand| needed[operand] = true);
        }
    }
    needed
}

fn needs_hypot(tree: &Tree, result: Id) -> bool {
    let needed = needed(tree, result);
    (0..=result).any(|id| needed[id] && matches!(tree.node(id), Node::Apply2("hypot", ..)))
}

/// The function with the value of this node; of a vector, with the element `k`.
fn function(tree: &Tree, result: Id, name: &str) -> String {
    let needed = needed(tree, result);
    let mut writer =
        Writer { tree, text: String::new(), names: vec![String::new(); result + 1], lets: 0, loops: 0 };
    let is_vector = tree.shape(result) != Shape::Number;
    writer.text += &format!("fn {name}({}) -> real {{\n", if is_vector { "k: u32" } else { "" });
    for id in (0..=result).filter(|&id| needed[id] && tree.shape(id) == Shape::Number) {
        match tree.node(id) {
            Node::Number(bits) => writer.names[id] = literal(f64::from_bits(bits)),
            Node::Reduce(reduction, vector) => writer.reduction(id, reduction, vector),
            _ => writer.operation(id, "    ", ""),
        }
    }
    if is_vector {
        writer.elements(result, "    ", "k");
    }
    writer.text += &format!("    return {};\n}}\n", writer.names[result]);
    writer.text
}

/// The shortest digits that give this f64, with a dot or an exponent: without a suffix it takes the type `real` from
/// its neighbours.
fn literal(value: f64) -> String {
    format!("{value:?}")
}

struct Writer<'t> {
    tree: &'t Tree,
    text: String,
    /// What a node's value is called; that of a vector's element, in the latest loop.
    names: Vec<String>,
    lets: usize,
    loops: usize,
}

impl Writer<'_> {
    /// The element `j` of a vector, and of those that it is made of.
    fn elements(&mut self, vector: Id, indent: &str, j: &str) {
        let mut elements = BTreeSet::from([vector]);
        let mut unseen = vec![vector];
        while let Some(next) = unseen.pop() {
            let vectors = self.tree.node(next).operands().filter(|&a| self.tree.shape(a) != Shape::Number);
            unseen.extend(vectors.filter(|&a| elements.insert(a)));
        }
        for element in elements {
            self.operation(element, indent, j);
        }
    }

    /// A loop over the elements of a vector, each computed from all numbers so far.
    fn reduction(&mut self, id: Id, reduction: Reduction, vector: Id) {
        let (sum, j) = (format!("s{}", self.loops), format!("j{}", self.loops));
        self.loops += 1;
        let length = match self.tree.shape(vector) {
            Shape::Vector(length) => length,
            Shape::Number => 1,
        };
        let first = if reduction == Reduction::Product { "1.0" } else { "0.0" };
        self.text += &format!("    var {sum}: real = {first};\n");
        self.text += &format!("    for (var {j} = 0u; {j} < {length}u; {j}++) {{\n");
        self.elements(vector, "        ", &j);
        let element = &self.names[vector];
        // There is no infinity to begin with, so the first element replaces what was there.
        let extreme = |name| format!("{sum} = select({name}({sum}, {element}), {element}, {j} == 0u)");
        let step = match reduction {
            Reduction::Sum => format!("{sum} += {element}"),
            Reduction::Product => format!("{sum} *= {element}"),
            Reduction::Min => extreme("min"),
            Reduction::Max => extreme("max"),
        };
        self.text += &format!("        {step};\n    }}\n");
        self.names[id] = sum;
    }

    /// One `let`, in the loop of `j` if the node is a vector.
    fn operation(&mut self, id: Id, indent: &str, j: &str) {
        let name = |id: Id| self.names[id].as_str();
        let value = match self.tree.node(id) {
            Node::Coordinate(index) => format!("x({index}u)"),
            Node::Slice { source, start, step, .. } => {
                let index = position(j, start, step);
                match source {
                    Source::Point => format!("x({index})"),
                    Source::Indices => format!("real({index})"),
                }
            }
            Node::Negate(a) => format!("-{}", name(a)),
            Node::Infix(sign, a, b) => format!("{} {sign} {}", bracketed(name(a)), bracketed(name(b))),
            Node::Power(a, exponent) => format!("powi({}, {exponent}i)", name(a)),
            Node::Apply("log10", a) => format!("log({}) * {LOG10_E}", name(a)),
            Node::Apply(function, a) => format!("{function}({})", name(a)),
            Node::Apply2(function, a, b) => {
                let prefix = if function == "hypot" { "expr_" } else { "" };
                format!("{prefix}{function}({}, {})", name(a), name(b))
            }
            Node::Number(_) | Node::Reduce(..) => return,
        };
        let name = format!("t{}", self.lets);
        self.lets += 1;
        self.text += &format!("{indent}let {name} = {value};\n");
        self.names[id] = name;
    }
}

/// A negative literal after a minus sign would read as `--`, which WGSL reserves.
fn bracketed(operand: &str) -> String {
    if operand.starts_with('-') { format!("({operand})") } else { operand.to_owned() }
}

/// The index of a slice's element j.
fn position(j: &str, start: u32, step: u32) -> String {
    let scaled = if step == 1 { j.to_owned() } else { format!("{j} * {step}u") };
    if start == 0 { scaled } else { format!("{scaled} + {start}u") }
}
