//! Types and operators as a text writes them.

use naga::{BinaryOperator, ScalarKind, TypeInner};

use crate::numeric::Precision;

/// A type as the text writes it.
pub(super) fn name(inner: &TypeInner, precision: Precision) -> Option<String> {
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

/// An operator as the text writes it.
pub(super) fn sign(op: BinaryOperator) -> &'static str {
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
