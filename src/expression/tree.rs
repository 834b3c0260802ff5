//! An expression whose parts have been checked.

use std::collections::{BTreeSet, HashMap};

/// Where a node stands in its tree.
pub(super) type Id = usize;

/// What a node's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Number,
    /// So many numbers.
    Vector(u32),
    /// Rows and columns.
    Matrix(u32, u32),
}

/// What a slice takes its elements from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// The coordinates.
    Point,
    /// 0, 1, ..., n-1.
    Indices,
    /// The numbers that came with the expression.
    Data,
}

/// How a vector becomes a number. The other reductions are written with these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reduction {
    Sum,
    Product,
    Min,
    Max,
}

/// Elements start, start + step, ...: so many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Run {
    pub(super) start: u32,
    pub(super) step: u32,
    pub(super) length: u32,
}

impl Run {
    /// Of so many elements, all.
    pub(super) fn all(length: u32) -> Self {
        Run { start: 0, step: 1, length }.plain()
    }

    /// Of one element or none the step does not matter.
    pub(super) fn plain(self) -> Self {
        match self.length {
            0 => Run { start: 0, step: 1, length: 0 },
            1 => Run { step: 1, ..self },
            _ => self,
        }
    }

    /// Elements of the elements.
    fn of(self, inner: Run) -> Self {
        let start = inner.start.saturating_add(self.start.saturating_mul(inner.step));
        Run { start, step: self.step.saturating_mul(inner.step), length: self.length }.plain()
    }
}

/// A matrix among the data: where it begins, and how far apart its rows and columns lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Matrix {
    pub(super) start: u32,
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) row_step: u32,
    pub(super) column_step: u32,
}

impl Matrix {
    pub(super) fn transposed(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
            ..self
        }
    }

    pub(super) fn shape(self) -> Shape {
        Shape::Matrix(self.rows, self.columns)
    }

    pub(super) fn of_rows(self, run: Run) -> Self {
        let start = self.start.saturating_add(run.start.saturating_mul(self.row_step));
        Matrix { start, rows: run.length, row_step: self.row_step.saturating_mul(run.step), ..self }
    }

    pub(super) fn row(self, row: u32) -> Run {
        let start = self.start.saturating_add(row.saturating_mul(self.row_step));
        Run { start, step: self.column_step, length: self.columns }.plain()
    }
}

/// One operation. Those on a vector apply to each element, a number beside it to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// A constant by its bits, which can be hashed; it is finite.
    Number(u64),
    /// A coordinate, or one of the data.
    Element(Source, u32),
    Slice(Source, Run),
    /// Some of the numbers of a list.
    List(usize, Run),
    /// A vector that is computed once and kept.
    Kept(Id),
    Matrix(Matrix),
    /// A matrix times a vector.
    Times(Matrix, Id),
    Negate(Id),
    /// One of `+ - * /`.
    Infix(char, Id, Id),
    /// A whole power, where products do not serve.
    Power(Id, i32),
    /// A function of one number.
    Apply(&'static str, Id),
    /// A function of two.
    Apply2(&'static str, Id, Id),
    /// A function of three.
    Apply3(&'static str, Id, Id, Id),
    Reduce(Reduction, Id),
    /// One of `< <= > >= == !=`: a truth, as the next three.
    Compare(&'static str, Id, Id),
    /// One of `& |`.
    Logic(char, Id, Id),
    Not(Id),
    Truth(bool),
    /// A choice by a truth: where it holds, the second.
    Where(Id, Id, Id),
}

/// The nodes, operands before what uses them, each once however often it is written. A list, so that neither a walk
/// nor dropping it recurses.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<(Node, Shape)>,
    known: HashMap<Node, Id>,
    lists: Vec<Vec<Id>>,
}

impl Tree {
    /// The place of this node, new or found.
    pub(super) fn add(&mut self, node: Node, shape: Shape) -> Id {
        *self.known.entry(node).or_insert_with(|| {
            self.nodes.push((node, shape));
            self.nodes.len() - 1
        })
    }

    pub(super) fn add_number(&mut self, value: f64) -> Id {
        self.add(Node::Number(value.to_bits()), Shape::Number)
    }

    pub(super) fn add_slice(&mut self, source: Source, run: Run) -> Id {
        self.add(Node::Slice(source, run.plain()), Shape::Vector(run.length))
    }

    /// A vector of these numbers.
    pub(super) fn add_list(&mut self, elements: Vec<Id>) -> Id {
        let length = u32::try_from(elements.len()).unwrap_or(u32::MAX);
        let known = self.lists.iter().position(|list| *list == elements);
        let list = known.unwrap_or_else(|| {
            self.lists.push(elements);
            self.lists.len() - 1
        });
        self.add(Node::List(list, Run::all(length)), Shape::Vector(length))
    }

    pub(super) fn list(&self, list: usize) -> &[Id] {
        &self.lists[list]
    }

    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes[id].0
    }

    pub(super) fn shape(&self, id: Id) -> Shape {
        self.nodes[id].1
    }

    /// Whether the value is true or false, or a vector of such.
    pub(super) fn is_truth(&self, id: Id) -> bool {
        matches!(self.node(id), Node::Compare(..) | Node::Logic(..) | Node::Not(_) | Node::Truth(_))
    }

    /// The value of a constant.
    pub(super) fn constant(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Number(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }

    /// What a node is computed from.
    pub(super) fn operands(&self, id: Id) -> Vec<Id> {
        match self.node(id) {
            Node::Number(_) | Node::Truth(_) | Node::Element(..) | Node::Slice(..) | Node::Matrix(_) => {
                Vec::new()
            }
            Node::List(list, _) => self.lists[list].clone(),
            Node::Negate(a)
            | Node::Power(a, _)
            | Node::Apply(_, a)
            | Node::Reduce(_, a)
            | Node::Not(a)
            | Node::Kept(a)
            | Node::Times(_, a) => vec![a],
            Node::Infix(_, a, b) | Node::Apply2(_, a, b) | Node::Compare(_, a, b) | Node::Logic(_, a, b) => {
                vec![a, b]
            }
            Node::Apply3(_, a, b, c) | Node::Where(a, b, c) => vec![a, b, c],
        }
    }

    /// The vectors that a vector's elements are made of, itself among them, operands first.
    pub(super) fn vectors(&self, id: Id) -> BTreeSet<Id> {
        let mut found = BTreeSet::from([id]);
        let mut unseen = vec![id];
        while let Some(next) = unseen.pop() {
            if !self.is_leaf(next) {
                let vectors = self.operands(next).into_iter().filter(|&a| self.shape(a) != Shape::Number);
                unseen.extend(vectors.filter(|&a| found.insert(a)));
            }
        }
        found
    }

    /// Whether an element is made otherwise than of its operands' elements.
    fn is_leaf(&self, id: Id) -> bool {
        matches!(self.node(id), Node::Slice(..) | Node::List(..) | Node::Kept(_) | Node::Times(..))
    }

    /// Some elements of a vector, as the same operations on some elements of what it is made of.
    pub(super) fn part(&mut self, id: Id, run: Run) -> Id {
        let pick = |tree: &mut Tree, leaf: Id| {
            let node = match tree.node(leaf) {
                Node::Slice(source, inner) => Node::Slice(source, run.of(inner)),
                Node::List(list, inner) => Node::List(list, run.of(inner)),
                Node::Times(matrix, v) => Node::Times(matrix.of_rows(run), v),
                other => other,
            };
            tree.add(node, Shape::Vector(run.length))
        };
        self.rebuilt(id, Shape::Vector(run.length), pick)
    }

    /// One element of a vector.
    pub(super) fn element(&mut self, id: Id, index: u32) -> Id {
        let pick = |tree: &mut Tree, leaf: Id| {
            let at = |run: Run| Run { start: index, step: 1, length: 1 }.of(run).start;
            match tree.node(leaf) {
                Node::Slice(Source::Indices, run) => tree.add_number(f64::from(at(run))),
                Node::Slice(source, run) => tree.add(Node::Element(source, at(run)), Shape::Number),
                Node::List(list, run) => tree.lists[list][at(run) as usize],
                Node::Times(matrix, v) => {
                    let row = tree.add_slice(Source::Data, matrix.row(index));
                    let products = tree.add(Node::Infix('*', row, v), Shape::Vector(matrix.columns));
                    tree.add(Node::Reduce(Reduction::Sum, products), Shape::Number)
                }
                _ => leaf,
            }
        };
        self.rebuilt(id, Shape::Number, pick)
    }

    fn rebuilt(&mut self, id: Id, shape: Shape, pick: impl Fn(&mut Tree, Id) -> Id) -> Id {
        let mut new: HashMap<Id, Id> = HashMap::new();
        for old in self.vectors(id) {
            let built = if self.is_leaf(old) {
                pick(self, old)
            } else {
                let to = |a: Id| new.get(&a).copied().unwrap_or(a);
                let node = match self.node(old) {
                    Node::Negate(a) => Node::Negate(to(a)),
                    Node::Not(a) => Node::Not(to(a)),
                    Node::Power(a, exponent) => Node::Power(to(a), exponent),
                    Node::Apply(name, a) => Node::Apply(name, to(a)),
                    Node::Infix(sign, a, b) => Node::Infix(sign, to(a), to(b)),
                    Node::Apply2(name, a, b) => Node::Apply2(name, to(a), to(b)),
                    Node::Compare(sign, a, b) => Node::Compare(sign, to(a), to(b)),
                    Node::Logic(sign, a, b) => Node::Logic(sign, to(a), to(b)),
                    Node::Apply3(name, a, b, c) => Node::Apply3(name, to(a), to(b), to(c)),
                    Node::Where(a, b, c) => Node::Where(to(a), to(b), to(c)),
                    other => other,
                };
                self.add(node, shape)
            };
            new.insert(old, built);
        }
        new[&id]
    }
}
