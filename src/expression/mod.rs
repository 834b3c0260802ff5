//! Objectives written as text: one scalar expression in the coordinates of a point, turned into WGSL.
//!
//! `sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)` is Rosenbrock's function in any dimension.
//!
//! | written | meaning |
//! |---|---|
//! | `1`, `.5`, `1e-3`, `pi`, `e`, `tau`, `n` | numbers; `n` is the number of coordinates |
//! | `x0`, `x[0]`, `x[-1]` | one coordinate, the last one by `-1` |
//! | `x`, `x[a:b]`, `x[a:b:step]` | all coordinates, or some of them as python would choose them (step positive) |
//! | `i`, `i[a:b:step]` | their indices 0, 1, ..., n-1 |
//! | `+ - * /`, `^` or `**` | `-x^2` is -(x^2), `2^3^2` is 2^(3^2); a vector and a number: each element |
//! | `sin(a)`, ..., `atan2(y, x)`, ... | each element; `program/builtins.rs` and `names.rs` have the list |
//! | `sum(v)`, `mean`, `prod`, `norm`, `min`, `max`, `dot(v, w)` | a number from vectors |
//!
//! The way of a text: `parse` checks its characters and brackets and has pest read it; `build` gives every operator
//! its operands, `values` knows what names stand for, `shape` and `calls` check each operation and compute constants, into a `tree` in which equal
//! subexpressions are one; `wgsl` writes that tree. Only the parser recurses, for brackets, which are counted first; the tree is a
//! list in which operands precede what uses them, so that no chain of operators, however long, nests anything.

mod build;
mod calls;
mod error;
mod grammar;
mod names;
mod parse;
mod shape;
mod suggest;
mod tree;
mod values;
mod wgsl;

pub use self::error::ExpressionError;
use crate::stack::with_large_stack;

/// The WGSL function `fn objective() -> real` of an expression in the coordinates of a point of `dimension` numbers.
///
/// The text expects, declared elsewhere: the type `real` (f32 or f64), `fn x(index: u32) -> real` for the coordinates,
/// and the functions of `names.rs` for `real`, with `powi(x, exponent: i32)`. What it declares itself besides
/// `objective` begins with `expr_`.
///
/// # Errors
/// A report that points at the place in `text`: no expression, an unknown name, a coordinate that the point does not
/// have, vectors of different lengths, a result that is not one number, a constant that is not finite, a division by
/// a constant 0; or a text above 64 KiB or 200 levels of brackets.
pub fn to_wgsl(text: &str, dimension: usize) -> Result<String, ExpressionError> {
    let made =
        with_large_stack(|| build::build(text, dimension).map(|(tree, result)| wgsl::write(&tree, result)));
    made.unwrap_or_else(|| Err(gave_up(text)))
}

/// Brackets are counted first, so a large stack is large enough.
fn gave_up(text: &str) -> ExpressionError {
    ExpressionError::at(text, 0..0, "the parser gave up on this text")
}

/// The WGSL function `fn residual(k: u32) -> real` of several expressions, and the number of their values: one of a number,
/// as many as it has elements of a vector.
///
/// # Errors
/// As [`to_wgsl`], with the index of the expression.
pub fn list_to_wgsl(texts: &[&str], dimension: usize) -> Result<(String, usize), (usize, ExpressionError)> {
    let build = |(i, text): (usize, &&str)| {
        let (builder, result) = build::build_any(text, dimension).map_err(|error| (i, error))?;
        Ok((builder.tree, result.id))
    };
    let all = || {
        let list = texts.iter().enumerate().map(build).collect::<Result<Vec<_>, _>>()?;
        Ok(wgsl::write_list(&list))
    };
    with_large_stack(all).unwrap_or_else(|| Err((0, gave_up(texts.first().copied().unwrap_or("")))))
}
