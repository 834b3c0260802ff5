//! What naga's validator complains of, in the words of the language: it speaks of types by their insides, and of expressions by
//! their numbers.

use naga::valid::{CallError, ExpressionError, FunctionError, ValidationError};
use naga::{BinaryOperator, Module, ScalarKind, TypeInner};

use crate::numeric::Precision;

/// A message and a hint, where there is more to say than the validator does.
pub(super) fn explained(
    error: &ValidationError,
    module: &Module,
    precision: Precision,
) -> Option<(String, Option<String>)> {
    let name = |inner: &TypeInner| name(inner, precision);
    let ValidationError::Function { source, .. } = error else { return None };
    match source {
        FunctionError::Expression {
            source: ExpressionError::InvalidBinaryOperandTypes { op, lhs_type, rhs_type, .. },
            ..
        } => {
            let (left, right) = (name(lhs_type)?, name(rhs_type)?);
            let message = format!("`{}` takes no `{left}` and `{right}`", sign(*op));
            Some((message, hint(lhs_type, rhs_type)))
        }
        FunctionError::InvalidCall { function, error: CallError::ArgumentType { index, required, .. } } => {
            let called = module.functions[*function].name.as_deref()?;
            let required = name(&module.types[*required].inner)?;
            let message = format!("argument {} of `{called}` must be of the type `{required}`", index + 1);
            let hint = match (called, required.as_str()) {
                ("x" | "data", "u32") => "write u32(i) for an i32",
                (_, "real") => "it takes one real; functions of the engine take no vectors",
                _ => return Some((message, None)),
            };
            Some((message, Some(hint.into())))
        }
        _ => None,
    }
}

/// Of `bitcast` in f64.
pub(super) const NO_BITS: &str = "`bitcast` takes the bits of an f32, and this is f64: choose precision f32, or write bitcast<u32>(f32(...))";

/// What naga's parser says, with the names that the text has: in f64 `real` is what naga calls f64, and functions with names that are
/// taken have others.
pub(super) fn in_words(said: &str, precision: Precision) -> String {
    let said = said.replace("pm_own_", "").replace("pm_", "").replace("see msg", "");
    match precision {
        Precision::F64 if said == "Unable to cast" => NO_BITS.into(),
        Precision::F64 => said.replace("f64", "real"),
        Precision::F32 => said,
    }
}

/// What helps where naga's parser cannot convert a type to another: a hint for what it says of both.
pub(super) fn hint_of(said: &str) -> Option<&'static str> {
    let (_, types) = said.split_once("cannot convert")?;
    let mut quoted = types.split('`').skip(1).step_by(2);
    let (from, to) = (quoted.next()?, quoted.next()?);
    let is_whole = |ty: &str| ty.ends_with("i32") || ty.ends_with("u32") || ty.contains("AbstractInt");
    let is_real = |ty: &str| ty.contains("f32") || ty.contains("f64") || ty.contains("AbstractFloat");
    match () {
        () if is_whole(from) && is_whole(to) => Some("write i32(…) or u32(…) around one of them"),
        () if is_whole(from) && is_real(to) => Some("write real(…) around the whole number"),
        () if is_real(from) && is_whole(to) => {
            Some("write i32(…) or u32(…) around the real: it is cut to a whole number")
        }
        () if is_real(from) && is_real(to) => Some(
            "f32 and real are two types in f64: write real for f32, or have f32 read as real (--f32-as-real)",
        ),
        () => None,
    }
}

/// What helps where two types do not go together.
fn hint(left: &TypeInner, right: &TypeInner) -> Option<String> {
    let scalar = |inner: &TypeInner| inner.scalar();
    let (left, right) = (scalar(left)?, scalar(right)?);
    let is_whole = |kind: ScalarKind| matches!(kind, ScalarKind::Sint | ScalarKind::Uint);
    let hint = match (left.kind, right.kind) {
        (ScalarKind::Float, ScalarKind::Float) if left.width != right.width => {
            "f32 and real are two types in f64: write real(…) around what is f32"
        }
        (ScalarKind::Float, whole) | (whole, ScalarKind::Float) if is_whole(whole) => {
            "write real(…) around the whole number"
        }
        (a, b) if a != b && is_whole(a) && is_whole(b) => "write i32(…) or u32(…) around one of them",
        _ => return None,
    };
    Some(hint.into())
}

/// A type as the text writes it.
fn name(inner: &TypeInner, precision: Precision) -> Option<String> {
    let real = if precision == Precision::F32 { 4 } else { 8 };
    let scalar = |scalar: naga::Scalar| match (scalar.kind, scalar.width) {
        (ScalarKind::Float, width) if width == real => Some("real"),
        (ScalarKind::Float, 4) => Some("f32"),
        (ScalarKind::Float, 8) => Some("f64"),
        (ScalarKind::Sint, 4) => Some("i32"),
        (ScalarKind::Uint, 4) => Some("u32"),
        (ScalarKind::Bool, _) => Some("bool"),
        _ => None,
    };
    match *inner {
        TypeInner::Scalar(of) => scalar(of).map(String::from),
        TypeInner::Vector { size, scalar: of } => Some(format!("vec{}<{}>", size as u32, scalar(of)?)),
        TypeInner::Matrix { columns, rows, scalar: of } => {
            Some(format!("mat{}x{}<{}>", columns as u32, rows as u32, scalar(of)?))
        }
        _ => None,
    }
}

fn sign(op: BinaryOperator) -> &'static str {
    match op {
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterEqual => ">=",
        BinaryOperator::And => "&",
        BinaryOperator::ExclusiveOr => "^",
        BinaryOperator::InclusiveOr => "|",
        BinaryOperator::LogicalAnd => "&&",
        BinaryOperator::LogicalOr => "||",
        BinaryOperator::ShiftLeft => "<<",
        BinaryOperator::ShiftRight => ">>",
    }
}
