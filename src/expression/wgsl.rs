//! The tree as WGSL: one `let` per operation, one loop per reduction.
//!
//! Every vector is made of x, indices, data and lists, element by element, or is a matrix times such a vector; every reduction
//! gives a number. So nothing that is a number depends on a loop: all numbers are computed outside the loops, in the order of the
//! tree, and within a loop there is none but that of a product with a matrix. Each operation is written at most once, or once per
//! reduction or product whose argument it is written in: the result is a small multiple of the expression, whatever that is.
//!
//! A sum over the data becomes a function of one of its terms.

use std::collections::HashMap;

use super::tree::{Id, Matrix, Node, Reduction, Run, Shape, Source, Tree};

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
        Some((terms, _)) => function(tree, terms, "term", |element| scaled(tree, result, terms, element)),
        None => function(tree, result, "objective", str::to_owned),
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
        text += &function(tree, result, &name, str::to_owned);
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

/// The vector of terms and its length, if the value is the sum of terms that read data, or a multiple of one. Each term is then
/// evaluated by itself, so it must not have sums within it.
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
    (of_data && (0..needed.len()).all(is_plain)).then_some((terms, length as usize))
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

/// The function with the value of this node; of a vector, with the element `k`, or `s` of a term. `finish` makes the result of it.
fn function(tree: &Tree, result: Id, name: &str, finish: impl Fn(&str) -> String) -> String {
    let needed = needed(tree, result);
    let mut writer = Writer {
        tree,
        text: String::new(),
        names: vec![String::new(); result + 1],
        kept: HashMap::new(),
        lets: 0,
        loops: 0,
    };
    let is_vector = tree.shape(result) != Shape::Number;
    let index = if name == "term" { "s" } else { "k" };
    let argument = if is_vector { format!("{index}: u32") } else { String::new() };
    writer.text += &format!("fn {name}({argument}) -> real {{\n");
    for id in (0..=result).filter(|&id| needed[id]) {
        match (tree.node(id), tree.shape(id)) {
            (Node::Number(bits), _) => writer.names[id] = literal(f64::from_bits(bits)),
            (Node::Truth(holds), _) => writer.names[id] = holds.to_string(),
            (Node::Reduce(reduction, vector), _) => writer.reduction(id, reduction, vector),
            (Node::Kept(vector), _) => writer.kept(id, vector),
            (Node::List(list, _), _) => writer.list(list),
            (_, Shape::Number) => writer.operation(id, "    ", ""),
            _ => {}
        }
    }
    if is_vector {
        writer.elements(result, "    ", index);
    }
    writer.text += &format!("    return {};\n}}\n", finish(&writer.names[result]));
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
    /// Kept vectors and the variables they are in.
    kept: HashMap<Id, String>,
    lets: usize,
    loops: usize,
}

impl Writer<'_> {
    /// The element `j` of a vector, and of those that it is made of.
    fn elements(&mut self, vector: Id, indent: &str, j: &str) {
        for element in self.tree.vectors(vector) {
            self.operation(element, indent, j);
        }
    }

    fn next_loop(&mut self) -> usize {
        self.loops += 1;
        self.loops - 1
    }

    fn length(&self, vector: Id) -> u32 {
        match self.tree.shape(vector) {
            Shape::Vector(length) => length,
            _ => 1,
        }
    }

    /// A loop over the elements of a vector, each computed from all numbers so far.
    fn reduction(&mut self, id: Id, reduction: Reduction, vector: Id) {
        let number = self.next_loop();
        let (sum, j) = (format!("s{number}"), format!("j{number}"));
        let length = self.length(vector);
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

    /// A vector that is computed in a loop of its own.
    fn kept(&mut self, id: Id, vector: Id) {
        let number = self.next_loop();
        let (name, j, length) = (format!("v{number}"), format!("j{number}"), self.length(vector));
        self.text += &format!("    var {name}: array<real, {length}>;\n");
        self.text += &format!("    for (var {j} = 0u; {j} < {length}u; {j}++) {{\n");
        self.elements(vector, "        ", &j);
        let element = &self.names[vector];
        self.text += &format!("        {name}[{j}] = {element};\n    }}\n");
        self.kept.insert(id, name);
    }

    /// A vector whose elements are known numbers.
    fn list(&mut self, list: usize) {
        let name = format!("l{list}");
        let elements = self.tree.list(list);
        let declared = format!("    var {name} = array<real, {}>(", elements.len());
        // Slices of a list share it.
        if !self.text.contains(&declared) {
            let elements: Vec<&str> = elements.iter().map(|&element| self.names[element].as_str()).collect();
            self.text += &format!("{declared}{});\n", elements.join(", "));
        }
    }

    /// A row of a matrix times a vector.
    fn times(&mut self, matrix: Matrix, vector: Id, indent: &str, j: &str) -> String {
        let number = self.next_loop();
        let (sum, k) = (format!("s{number}"), format!("k{number}"));
        // The elements of the vector are others than in the loop around.
        let outside = self.names.clone();
        let start = position(j, Run { start: matrix.start, step: matrix.row_step, length: matrix.rows });
        self.text += &format!("{indent}var {sum}: real = 0.0;\n");
        let columns = matrix.columns;
        self.text += &format!("{indent}for (var {k} = 0u; {k} < {columns}u; {k}++) {{\n");
        let inner = format!("{indent}    ");
        self.elements(vector, &inner, &k);
        let column = position(&k, Run { start: 0, step: matrix.column_step, length: columns });
        let element = &self.names[vector];
        self.text += &format!("{inner}{sum} += data({start} + {column}) * {element};\n{indent}}}\n");
        self.names = outside;
        sum
    }

    /// One `let`, in the loop of `j` if the node is a vector.
    fn operation(&mut self, id: Id, indent: &str, j: &str) {
        let name = |id: Id| self.names[id].as_str();
        let value = match self.tree.node(id) {
            Node::Element(Source::Data, index) => format!("data({index}u)"),
            Node::Element(_, index) => format!("x({index}u)"),
            Node::Slice(source, run) => {
                let index = position(j, run);
                match source {
                    Source::Point => format!("x({index})"),
                    Source::Indices => format!("real({index})"),
                    Source::Data => format!("data({index})"),
                }
            }
            Node::List(list, run) => format!("l{list}[{}]", position(j, run)),
            Node::Kept(_) => format!("{}[{j}]", self.kept.get(&id).map_or("", String::as_str)),
            Node::Times(matrix, vector) => {
                self.names[id] = self.times(matrix, vector, indent, j);
                return;
            }
            Node::Negate(a) => format!("-{}", name(a)),
            Node::Infix(sign, a, b) => format!("{} {sign} {}", bracketed(name(a)), bracketed(name(b))),
            Node::Power(a, exponent) => format!("powi({}, {exponent}i)", name(a)),
            Node::Apply("log10", a) => format!("log({}) * {LOG10_E}", name(a)),
            Node::Apply(function, a) => format!("{function}({})", name(a)),
            Node::Apply2(function, a, b) => {
                let prefix = if matches!(function, "hypot" | "mod") { "expr_" } else { "" };
                format!("{prefix}{function}({}, {})", name(a), name(b))
            }
            Node::Apply3(function, a, b, c) => {
                format!("{function}({}, {}, {})", name(a), name(b), name(c))
            }
            Node::Compare(sign, a, b) => format!("{} {sign} {}", bracketed(name(a)), bracketed(name(b))),
            Node::Logic(sign, a, b) => format!("{} {sign}{sign} {}", name(a), name(b)),
            Node::Not(a) => format!("!{}", name(a)),
            Node::Where(c, a, b) => format!("select({}, {}, {})", name(b), name(a), name(c)),
            Node::Number(_) | Node::Truth(_) | Node::Reduce(..) | Node::Matrix(_) => return,
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
fn position(j: &str, run: Run) -> String {
    let Run { start, step, .. } = run;
    let scaled = if step == 1 { j.to_owned() } else { format!("{j} * {step}u") };
    if start == 0 { scaled } else { format!("{scaled} + {start}u") }
}
