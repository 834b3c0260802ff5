//! What instructions compute, as expressions of WGSL.

use crate::program::builtins::{self, Binary, Operation, Origin, Ternary, Unary};
use crate::program::lanes::{Compare, Convert, IntBinary, IntUnary};

/// An operand, and whether it is a constant.
pub(super) type Operand<'a> = &'a str;

pub(super) fn unary(op: Unary, a: Operand<'_>) -> String {
    match op {
        Unary::Negate => format!("-{a}"),
        Unary::Single => format!("real(f32({a}))"),
        Unary::Held => format!("pm_held({a})"),
        Unary::Smooth => format!("pm_smooth({a})"),
        // WGSL's own may be off by several units in the last place, and its quotients.
        Unary::Sqrt => format!("pm_root({a})"),
        Unary::InverseSqrt => format!("pm_inverse_root({a})"),
        op => call(Operation::One(op), &[a]),
    }
}

pub(super) fn binary(op: Binary, [a, b]: [Operand<'_>; 2]) -> String {
    match op {
        Binary::Add => format!("{a} + {b}"),
        Binary::Subtract => format!("{a} - {b}"),
        Binary::Multiply => format!("{a} * {b}"),
        Binary::Divide => format!("pm_over({a}, {b})"),
        Binary::Remainder => format!("pm_remainder({a}, {b})"),
        // WGSL's own may swallow NaN.
        Binary::Min => format!("pm_least({a}, {b})"),
        Binary::Max => format!("pm_most({a}, {b})"),
        Binary::Step | Binary::Atan2 | Binary::Pow => call(Operation::Two(op), &[a, b]),
    }
}

pub(super) fn ternary(op: Ternary, from: [Operand<'_>; 3]) -> String {
    call(Operation::Three(op), &from)
}

/// A call of WGSL's own function or of the prelude's.
fn call(operation: Operation, from: &[Operand<'_>]) -> String {
    // Operators that are no functions have been dealt with.
    let builtin = builtins::all().find(|builtin| builtin.operation == operation);
    let (name, prefix) = builtin.map_or(("", ""), |builtin| {
        (builtin.name, if matches!(builtin.origin, Origin::Wgsl(_)) { "" } else { "pm_" })
    });
    format!("{prefix}{name}({})", from.join(", "))
}

pub(super) fn compare(op: Compare, [a, b]: [Operand<'_>; 2]) -> String {
    let sign = match op {
        Compare::Equal => "==",
        Compare::NotEqual => "!=",
        Compare::Less => "<",
        Compare::LessEqual => "<=",
    };
    bool_of(&format!("{a} {sign} {b}"))
}

pub(super) fn convert(op: Convert, a: Operand<'_>) -> String {
    match op {
        Convert::NumberToI32 => unsigned(&format!("i32({a})")),
        Convert::NumberToU32 => format!("u32({a})"),
        Convert::NumberToBool => bool_of(&format!("{a} != real(0.0)")),
        Convert::I32ToNumber => format!("real({})", signed(a)),
        Convert::NumberToBits => format!("bitcast<u32>(f32({a}))"),
        Convert::BitsToNumber => format!("real(bitcast<f32>({a}))"),
        Convert::U32ToNumber => format!("real({a})"),
    }
}

pub(super) fn int_unary(op: IntUnary, a: Operand<'_>) -> String {
    match op {
        IntUnary::Negate => format!("0u - {a}"),
        IntUnary::Not => format!("~{a}"),
        IntUnary::LogicalNot => format!("{a} ^ 1u"),
        IntUnary::AbsS => unsigned(&format!("abs({})", signed(a))),
        IntUnary::SignS => unsigned(&format!("sign({})", signed(a))),
        IntUnary::CountOnes => format!("countOneBits({a})"),
        IntUnary::LeadingZeros => format!("countLeadingZeros({a})"),
        IntUnary::TrailingZeros => format!("countTrailingZeros({a})"),
        IntUnary::ReverseBits => format!("reverseBits({a})"),
        IntUnary::ToBool => bool_of(&format!("{a} != 0u")),
    }
}

pub(super) fn int_binary(op: IntBinary, [a, b]: [Operand<'_>; 2]) -> String {
    let plain = |sign: &str| format!("{a} {sign} {b}");
    let of_signed = |sign: &str| format!("{} {sign} {}", signed(a), signed(b));
    match op {
        IntBinary::Add => plain("+"),
        IntBinary::Subtract => plain("-"),
        IntBinary::Multiply => plain("*"),
        IntBinary::DivideS => unsigned(&of_signed("/")),
        IntBinary::DivideU => plain("/"),
        IntBinary::RemainderS => unsigned(&of_signed("%")),
        IntBinary::RemainderU => plain("%"),
        IntBinary::MinS => unsigned(&format!("min({}, {})", signed(a), signed(b))),
        IntBinary::MinU => format!("min({a}, {b})"),
        IntBinary::MaxS => unsigned(&format!("max({}, {})", signed(a), signed(b))),
        IntBinary::MaxU => format!("max({a}, {b})"),
        IntBinary::And => plain("&"),
        IntBinary::Or => plain("|"),
        IntBinary::Xor => plain("^"),
        IntBinary::ShiftLeft => format!("{a} << ({b} & 31u)"),
        IntBinary::ShiftRightS => unsigned(&format!("{} >> ({b} & 31u)", signed(a))),
        IntBinary::ShiftRightU => format!("{a} >> ({b} & 31u)"),
        IntBinary::Equal => bool_of(&plain("==")),
        IntBinary::NotEqual => bool_of(&plain("!=")),
        IntBinary::LessS => bool_of(&of_signed("<")),
        IntBinary::LessU => bool_of(&plain("<")),
        IntBinary::LessEqualS => bool_of(&of_signed("<=")),
        IntBinary::LessEqualU => bool_of(&plain("<=")),
    }
}

fn signed(a: &str) -> String {
    format!("bitcast<i32>({a})")
}

fn unsigned(a: &str) -> String {
    format!("bitcast<u32>({a})")
}

/// Bools are integers here, 0 or 1.
fn bool_of(condition: &str) -> String {
    format!("select(0u, 1u, {condition})")
}
