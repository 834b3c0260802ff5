//! Writes the statements of a function: one `let` per operation, one loop per reduction.

use std::collections::HashMap;

use super::tree::{Id, Matrix, Node, Reduction, Run, Shape, Source, Tree};

/// log10(e), all its digits in f64.
const LOG10_E: &str = "0.4342944819032518";

/// The shortest digits that give this f64, with a dot or an exponent: without a suffix it takes the type `real` from
/// its neighbours.
pub(super) fn literal(value: f64) -> String {
    format!("{value:?}")
}

/// The function with the value of this node, for which some are needed; of a vector, with the element `k`, or `s` of a term.
/// `finish` makes the result of it.
pub(super) fn function(
    tree: &Tree,
    result: Id,
    needed: &[bool],
    name: &str,
    finish: impl Fn(&str) -> String,
) -> String {
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

/// The index of a slice's element j.
fn position(j: &str, run: Run) -> String {
    let Run { start, step, .. } = run;
    let scaled = if step == 1 { j.to_owned() } else { format!("{j} * {step}u") };
    if start == 0 { scaled } else { format!("{scaled} + {start}u") }
}

/// A negative literal after a minus sign would read as `--`, which WGSL reserves.
pub(super) fn bracketed(operand: &str) -> String {
    if operand.starts_with('-') { format!("({operand})") } else { operand.to_owned() }
}
