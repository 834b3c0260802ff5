//! Objectives written as text: one scalar expression in the coordinates of a point, turned into WGSL.
//!
//! `sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)` is Rosenbrock's function in any dimension.
//!
//! | written | meaning |
//! |---|---|
//! | `a = 2*x0; a^2` | names for parts, before the value |
//! | `1`, `.5`, `1e-3`, `pi`, `e`, `tau`, `n` | numbers; `n` is the number of coordinates |
//! | `x0`, `x[0]`, `x[-1]` | one coordinate, the last one by `-1` |
//! | `x`, `x[a:b]`, `x[a:b:step]` | all coordinates, or some of them as python would choose them (step positive) |
//! | `i`, `i[a:b:step]` | their indices 0, 1, ..., n-1 |
//! | `[1, x0, 3]` | a vector |
//! | `data`, `data[3]`, `data(2*i)`, `data[:,0]` | the numbers that came with it, one, some, a column of a table |
//! | `t`, `data.t` | the column or array of that name among them |
//! | `A @ x`, `x @ A`, `A.T @ x`, `x @ x` | products with a matrix of the data, and dot products |
//! | `+ - * /`, `^` or `**` | `-x^2` is -(x^2), `2^3^2` is 2^(3^2); a vector and a number: each element |
//! | `sin(a)`, ..., `atan2(y, x)`, ... | each element; `program/builtins.rs` and `names.rs` have the list |
//! | `where(c, a, b)` | a where c holds, else b; c of `< <= > >= == !=`, `and`, `or`, `not` |
//! | `sum(v)`, `mean`, `prod`, `norm`, `min`, `max`, `len`, `dot(v, w)` | a number from vectors |
//!
//! The way of a text: `parse` checks its characters and brackets and has pest read it; `statements` takes names and values one
//! after the other; `build` gives every operator its operands, `values` knows what names stand for, `index` takes parts of values,
//! `shape` and `calls` check each operation and compute constants, into a `tree` in which equal subexpressions are one; `wgsl` and
//! `writer` write that tree. Only the parser recurses, for brackets, which are counted first; the tree is a list in which operands
//! precede what uses them, so that no chain of operators, however long, nests anything.

mod build;
mod calls;
mod error;
mod grammar;
mod index;
mod names;
mod parse;
mod shape;
mod statements;
mod suggest;
mod tree;
mod values;
mod wgsl;
mod writer;

pub use self::error::ExpressionError;
pub(crate) use self::wgsl::Written;
use crate::dataset::DataSet;
use crate::stack::{NoAnswer, with_large_stack};

/// What an expression may speak of beside itself.
#[derive(Clone, Copy)]
pub(crate) struct Given<'t> {
    /// Coordinates of a point.
    pub(crate) dimension: usize,
    pub(crate) data: &'t DataSet,
    /// Numbers by name.
    pub(crate) values: &'t [(String, f64)],
}

/// The WGSL function `fn objective() -> real` of an expression, or, of a sum over data, `fn term(s: u32) -> real`.
///
/// The text expects, declared elsewhere: the type `real` (f32 or f64), `fn x(index: u32) -> real` for the coordinates,
/// `fn data(index: u32) -> real`, and the functions of `names.rs` for `real`, with `powi(x, exponent: i32)`. What it declares
/// itself besides begins with `expr_`.
///
/// # Errors
/// A report that points at the place in `text`: no expression, an unknown name, a coordinate that the point does not
/// have, vectors of different lengths, a result that is not one number, a constant that is not finite, a division by
/// a constant 0; or a text above 64 KiB or 200 levels of brackets.
pub(crate) fn to_wgsl(text: &str, given: Given<'_>) -> Result<Written, ExpressionError> {
    let made =
        with_large_stack(|| statements::build(text, given).map(|(tree, result)| wgsl::write(&tree, result)));
    made.unwrap_or_else(|why| Err(gave_up(text, &why)))
}

/// Whether a name stands for something in every expression.
pub(crate) fn is_taken(name: &str) -> bool {
    let is_function = names::function(name, 1).is_some() && !names::may_be_value(name);
    names::value(name).is_some() || is_function || matches!(name, "and" | "or" | "not")
}

/// Brackets are counted first, so a large stack is large enough.
fn gave_up(text: &str, why: &NoAnswer) -> ExpressionError {
    ExpressionError::at(text, 0..0, format!("the parser {why}"))
}

/// The WGSL function `fn residual(k: u32) -> real` of several expressions, and the number of their values: one of a number,
/// as many as it has elements of a vector.
///
/// # Errors
/// As [`to_wgsl`], with the index of the expression.
pub(crate) fn list_to_wgsl(texts: &[&str], given: Given<'_>) -> Result<Written, (usize, ExpressionError)> {
    let all = || statements::build_list(texts, given).map(|(tree, list)| wgsl::write_list(&tree, &list));
    with_large_stack(all).unwrap_or_else(|why| Err((0, gave_up(texts.first().copied().unwrap_or(""), &why))))
}
