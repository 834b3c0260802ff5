//! Integers and bools by WGSL's rules: they wrap, a / 0 is a, a % 0 is 0, and shifts are modulo the width.

use naga::{BinaryOperator as B, MathFunction as F};

use super::value::Value;

fn signed(op: B, a: i32, b: i32) -> Value {
    Value::I32(match op {
        B::Add => a.wrapping_add(b),
        B::Subtract => a.wrapping_sub(b),
        B::Multiply => a.wrapping_mul(b),
        B::Divide if b == 0 => a,
        B::Divide => a.wrapping_div(b),
        B::Modulo if b == 0 => 0,
        B::Modulo => a.wrapping_rem(b),
        B::And => a & b,
        B::InclusiveOr => a | b,
        B::ExclusiveOr => a ^ b,
        _ => return compared(op, a, b),
    })
}

fn unsigned(op: B, a: u32, b: u32) -> Value {
    Value::U32(match op {
        B::Add => a.wrapping_add(b),
        B::Subtract => a.wrapping_sub(b),
        B::Multiply => a.wrapping_mul(b),
        B::Divide => a.checked_div(b).unwrap_or(a),
        B::Modulo => a.checked_rem(b).unwrap_or(0),
        B::And => a & b,
        B::InclusiveOr => a | b,
        B::ExclusiveOr => a ^ b,
        _ => return compared(op, a, b),
    })
}

/// Of anything that is ordered; NaN is not equal to itself.
pub fn compared<T: PartialOrd>(op: B, a: T, b: T) -> Value {
    Value::Bool(match op {
        B::Equal => a == b,
        B::NotEqual => a != b,
        B::Less => a < b,
        B::LessEqual => a <= b,
        B::Greater => a > b,
        B::GreaterEqual => a >= b,
        other => panic!("{other:?} is no comparison"),
    })
}

/// An operation on two integers or two bools.
pub fn operation(op: B, a: &Value, b: &Value) -> Value {
    match (op, a, b) {
        (B::ShiftLeft, &Value::U32(a), &Value::U32(b)) => Value::U32(a.wrapping_shl(b)),
        (B::ShiftLeft, &Value::I32(a), &Value::U32(b)) => Value::I32(a.wrapping_shl(b)),
        (B::ShiftRight, &Value::U32(a), &Value::U32(b)) => Value::U32(a.wrapping_shr(b)),
        (B::ShiftRight, &Value::I32(a), &Value::U32(b)) => Value::I32(a.wrapping_shr(b)),
        (_, &Value::U32(a), &Value::U32(b)) => unsigned(op, a, b),
        (_, &Value::I32(a), &Value::I32(b)) => signed(op, a, b),
        (B::And | B::LogicalAnd, &Value::Bool(a), &Value::Bool(b)) => Value::Bool(a & b),
        (B::InclusiveOr | B::LogicalOr, &Value::Bool(a), &Value::Bool(b)) => Value::Bool(a | b),
        (_, &Value::Bool(a), &Value::Bool(b)) => compared(op, a, b),
        _ => panic!("{op:?} of {a:?} and {b:?}"),
    }
}

/// One of WGSL's functions of integers.
pub fn math(fun: F, arguments: &[Value]) -> Value {
    match (fun, arguments) {
        (F::Abs, [Value::U32(a)]) => Value::U32(*a),
        (F::Abs, [Value::I32(a)]) => Value::I32(a.wrapping_abs()),
        (F::Sign, [Value::I32(a)]) => Value::I32(a.signum()),
        (F::CountOneBits, [a]) => bits(a, u32::count_ones),
        (F::CountLeadingZeros, [a]) => bits(a, u32::leading_zeros),
        (F::CountTrailingZeros, [a]) => bits(a, u32::trailing_zeros),
        (F::ReverseBits, [a]) => bits(a, u32::reverse_bits),
        (F::Min, [Value::U32(a), Value::U32(b)]) => Value::U32(*a.min(b)),
        (F::Min, [Value::I32(a), Value::I32(b)]) => Value::I32(*a.min(b)),
        (F::Max, [Value::U32(a), Value::U32(b)]) => Value::U32(*a.max(b)),
        (F::Max, [Value::I32(a), Value::I32(b)]) => Value::I32(*a.max(b)),
        (F::Clamp, [Value::U32(a), Value::U32(low), Value::U32(high)]) => Value::U32(*a.max(low).min(high)),
        (F::Clamp, [Value::I32(a), Value::I32(low), Value::I32(high)]) => Value::I32(*a.max(low).min(high)),
        _ => panic!("{fun:?} of {arguments:?}"),
    }
}

fn bits(a: &Value, f: impl Fn(u32) -> u32) -> Value {
    match *a {
        Value::U32(a) => Value::U32(f(a)),
        Value::I32(a) => Value::I32(f(a as u32) as i32),
        ref other => panic!("{other:?} has no bits"),
    }
}
