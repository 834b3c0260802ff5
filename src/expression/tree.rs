//! An expression whose parts have been checked.

use std::collections::HashMap;

/// Where a node stands in its tree.
pub(super) type Id = usize;

/// What a node's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Number,
    /// So many numbers.
    Vector(u32),
}

/// What a slice takes its elements from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// The coordinates.
    Point,
    /// 0, 1, ..., n-1.
    Indices,
}

/// How a vector becomes a number. The other reductions are written with these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reduction {
    Sum,
    Product,
    Min,
    Max,
}

/// One operation. Those on a vector apply to each element, a number beside it to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// A constant by its bits, which can be hashed; it is finite.
    Number(u64),
    Coordinate(u32),
    /// Elements start, start + step, ...: so many of them.
    Slice {
        source: Source,
        start: u32,
        step: u32,
        length: u32,
    },
    Negate(Id),
    /// One of `+ - * /`.
    Infix(char, Id, Id),
    /// A whole power, where products do not serve.
    Power(Id, i32),
    /// A function of one number.
    Apply(&'static str, Id),
    /// A function of two.
    Apply2(&'static str, Id, Id),
    Reduce(Reduction, Id),
}

impl Node {
    /// What the node is computed from.
    pub(super) fn operands(self) -> impl Iterator<Item = Id> {
        let (first, second) = match self {
            Node::Number(_) | Node::Coordinate(_) | Node::Slice { .. } => (None, None),
            Node::Negate(a) | Node::Power(a, _) | Node::Apply(_, a) | Node::Reduce(_, a) => (Some(a), None),
            Node::Infix(_, a, b) | Node::Apply2(_, a, b) => (Some(a), Some(b)),
        };
        first.into_iter().chain(second)
    }
}

/// The nodes, operands before what uses them, each once however often it is written. A list, so that neither a walk
/// nor dropping it recurses.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<(Node, Shape)>,
    known: HashMap<Node, Id>,
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

    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes[id].0
    }

    pub(super) fn shape(&self, id: Id) -> Shape {
        self.nodes[id].1
    }

    /// The value of a constant.
    pub(super) fn constant(&self, id: Id) -> Option<f64> {
        match self.node(id) {
            Node::Number(bits) => Some(f64::from_bits(bits)),
            _ => None,
        }
    }
}
