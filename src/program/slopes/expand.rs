//! Composed functions written out in those that have rules, with rows of their own between.

use crate::program::builtins::{Binary, Ternary, Unary};
use crate::program::code::{Code, Op, Row, Span};

/// Instructions that all have rules.
pub(super) struct Expanded {
    pub(super) ops: Vec<Op>,
    /// The rows of the program, then those between; new constants among these.
    pub(super) rows: usize,
    /// Of each row between, the row of the result that it is for.
    pub(super) anchors: Vec<Row>,
    /// Rows between that hold one number.
    pub(super) constants: Vec<(Row, f64)>,
    /// Arrays that are read or written at computed places.
    spans: Vec<Span>,
}

impl Expanded {
    fn between(&mut self, anchor: Row) -> Row {
        self.anchors.push(anchor);
        self.rows += 1;
        self.rows as Row - 1
    }

    fn constant(&mut self, value: f64) -> Row {
        match self.constants.iter().find(|(_, known)| known.to_bits() == value.to_bits()) {
            Some(&(row, _)) => row,
            None => {
                // A constant has no place among the rows: no result is below it.
                let row = self.between(0);
                self.constants.push((row, value));
                row
            }
        }
    }

    fn op(&mut self, op: Op) {
        match op {
            Op::Unary(Unary::Degrees, to, a) => {
                let factor = self.constant(180.0 / std::f64::consts::PI);
                self.ops.push(Op::Binary(Binary::Multiply, to, [a, factor]));
            }
            Op::Unary(Unary::Radians, to, a) => {
                let factor = self.constant(std::f64::consts::PI / 180.0);
                self.ops.push(Op::Binary(Binary::Multiply, to, [a, factor]));
            }
            Op::Ternary(op, to, from) => self.ternary(op, to, from),
            op => self.ops.push(op),
        }
    }

    fn ternary(&mut self, op: Ternary, to: Row, [a, b, c]: [Row; 3]) {
        // Nothing may come between the elements of an array that is read or written at computed places.
        if self.spans.iter().any(|span| (span.first + 1..span.first + span.count).contains(&to)) {
            let spans = std::mem::take(&mut self.spans);
            // Above all of the program's, and what it is made of below it.
            let fresh = self.between(Row::MAX);
            self.ternary(op, fresh, [a, b, c]);
            self.spans = spans;
            self.ops.push(Op::Copy(to, fresh));
            return;
        }
        match op {
            Ternary::Fma => {
                let product = self.between(to);
                self.ops.push(Op::Binary(Binary::Multiply, product, [a, b]));
                self.ops.push(Op::Binary(Binary::Add, to, [product, c]));
            }
            Ternary::Clamp => {
                let above = self.between(to);
                self.ops.push(Op::Binary(Binary::Max, above, [a, b]));
                self.ops.push(Op::Binary(Binary::Min, to, [above, c]));
            }
            // a(1 - c) + bc
            Ternary::Mix => {
                let one = self.constant(1.0);
                let [rest, first, second] = [(); 3].map(|()| self.between(to));
                self.ops.push(Op::Binary(Binary::Subtract, rest, [one, c]));
                self.ops.push(Op::Binary(Binary::Multiply, first, [a, rest]));
                self.ops.push(Op::Binary(Binary::Multiply, second, [b, c]));
                self.ops.push(Op::Binary(Binary::Add, to, [first, second]));
            }
            // t²(3 - 2t), t = saturate((c - a)/(b - a))
            Ternary::SmoothStep => {
                let [way, width, ratio, t] = [(); 4].map(|()| self.between(to));
                self.ops.push(Op::Binary(Binary::Subtract, way, [c, a]));
                self.ops.push(Op::Binary(Binary::Subtract, width, [b, a]));
                self.ops.push(Op::Binary(Binary::Divide, ratio, [way, width]));
                self.ops.push(Op::Unary(Unary::Saturate, t, ratio));
                self.ops.push(Op::Unary(Unary::Smooth, to, t));
            }
        }
    }
}

/// Writes the composed functions of a program out, and behind it the square of its result if a term is that.
pub(super) fn expand(code: &Code, squares: bool) -> (Expanded, Row) {
    let spans = code.ops.iter().filter_map(|op| match *op {
        Op::Gather(_, span, _) | Op::Scatter(span, ..) => Some(span),
        _ => None,
    });
    let mut expanded = Expanded {
        ops: Vec::new(),
        rows: code.rows,
        anchors: Vec::new(),
        constants: Vec::new(),
        spans: spans.collect(),
    };
    let mut starts = Vec::with_capacity(code.ops.len() + 1);
    for &op in &code.ops {
        starts.push(expanded.ops.len());
        expanded.op(op);
    }
    starts.push(expanded.ops.len());
    for op in &mut expanded.ops {
        *op = op.with_place(|place| starts[place]);
    }
    let mut result = code.result;
    if squares {
        // Above all other rows.
        let square = expanded.between(Row::MAX);
        expanded.ops.push(Op::Binary(Binary::Multiply, square, [result, result]));
        result = square;
    }
    (expanded, result)
}
