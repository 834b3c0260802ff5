//! Operators and functions on values: of reals by jets, of integers by WGSL's rules, of vectors and matrices by both.

use naga::{BinaryOperator, MathFunction, ScalarKind, UnaryOperator};

use super::functions as f;
use super::integers;
use super::jet::Jet;
use super::value::Value;

pub fn unary(op: UnaryOperator, value: &Value) -> Value {
    value.map(&|value| match (op, value) {
        (UnaryOperator::Negate, Value::Real(a)) => (-&**a).into(),
        (UnaryOperator::Negate, Value::I32(a)) => Value::I32(a.wrapping_neg()),
        (UnaryOperator::LogicalNot, Value::Bool(a)) => Value::Bool(!a),
        (UnaryOperator::BitwiseNot, Value::U32(a)) => Value::U32(!a),
        (UnaryOperator::BitwiseNot, Value::I32(a)) => Value::I32(!a),
        _ => panic!("{op:?} of {value:?}"),
    })
}

pub fn binary(op: BinaryOperator, a: &Value, b: &Value) -> Value {
    let is_product = op == BinaryOperator::Multiply;
    match (a.is_matrix(), b.is_matrix()) {
        (true, true) if is_product => {
            Value::many(b.parts().iter().map(|column| transformed(a, column)).collect())
        }
        (true, false) if is_product && b.is_many() => transformed(a, b),
        (false, true) if is_product && a.is_many() => {
            Value::many(b.parts().iter().map(|column| dot(a, column)).collect())
        }
        _ => Value::zip(&[a.clone(), b.clone()], &|values| scalars(op, &values[0], &values[1])),
    }
}

fn scalars(op: BinaryOperator, a: &Value, b: &Value) -> Value {
    use BinaryOperator as B;
    let (Value::Real(x), Value::Real(y)) = (a, b) else { return integers::operation(op, a, b) };
    match op {
        B::Add => (&**x + &**y).into(),
        B::Subtract => (&**x - &**y).into(),
        B::Multiply => (&**x * &**y).into(),
        B::Divide => x.over(y).into(),
        B::Modulo => f::remainder(x, y).into(),
        _ => match x.value.compare(&y.value) {
            Some(order) => integers::compared(op, order, std::cmp::Ordering::Equal),
            None => Value::Bool(op == B::NotEqual),
        },
    }
}

/// A matrix times a vector.
fn transformed(matrix: &Value, vector: &Value) -> Value {
    let parts = matrix.parts().iter().zip(vector.parts());
    let columns = parts.map(|(column, by)| binary(BinaryOperator::Multiply, column, by));
    columns.reduce(|a, b| binary(BinaryOperator::Add, &a, &b)).expect("a matrix has columns")
}

fn dot(a: &Value, b: &Value) -> Value {
    let products = binary(BinaryOperator::Multiply, a, b);
    let terms = products.parts().iter().cloned();
    terms.reduce(|a, b| binary(BinaryOperator::Add, &a, &b)).expect("a vector has components")
}

fn length(a: &Value) -> Value {
    f::sqrt(dot(a, a).jet()).into()
}

pub fn select(condition: &Value, accept: &Value, reject: &Value) -> Value {
    if let Value::Bool(condition) = condition {
        return if *condition { accept.clone() } else { reject.clone() };
    }
    let pick = |values: &[Value]| if values[0].holds() { values[1].clone() } else { values[2].clone() };
    Value::zip(&[condition.clone(), accept.clone(), reject.clone()], &pick)
}

/// WGSL's own functions.
pub fn math(fun: MathFunction, arguments: &[Value]) -> Value {
    use MathFunction as F;
    match (fun, arguments) {
        (F::Dot, [a, b]) => dot(a, b),
        (F::Length, [a]) if a.is_many() => length(a),
        (F::Length, [a]) => a.map(&|a| f::abs(a.jet()).into()),
        (F::Distance, [a, b]) => math(F::Length, &[binary(BinaryOperator::Subtract, a, b)]),
        (F::Normalize, [a]) => binary(BinaryOperator::Divide, a, &length(a)),
        (F::Cross, [a, b]) => {
            let part = |i: usize, j: usize| (a.parts()[i].jet() * b.parts()[j].jet(), (i, j));
            let component = |i: usize, j: usize| Value::from(&part(i, j).0 - &part(j, i).0);
            Value::many(vec![component(1, 2), component(2, 0), component(0, 1)])
        }
        (F::Transpose, [matrix]) => {
            let rows = matrix.parts()[0].parts().len();
            let row = |i: usize| Value::many(matrix.parts().iter().map(|c| c.parts()[i].clone()).collect());
            Value::many((0..rows).map(row).collect())
        }
        _ => Value::zip(arguments, &|values| match &values[0] {
            Value::Real(_) => {
                let jets: Vec<&Jet> = values.iter().map(Value::jet).collect();
                real(fun, &jets).into()
            }
            _ => integers::math(fun, values),
        }),
    }
}

fn real(fun: MathFunction, arguments: &[&Jet]) -> Jet {
    use MathFunction as F;
    match (fun, arguments) {
        (F::Sqrt, [a]) => f::sqrt(a),
        (F::InverseSqrt, [a]) => f::sqrt(a).inverse(),
        (F::Abs, [a]) => f::abs(a),
        (F::Sign, [a]) => f::sign(a),
        (F::Floor, [a]) => f::floor(a),
        (F::Ceil, [a]) => f::ceil(a),
        (F::Round, [a]) => f::round(a),
        (F::Trunc, [a]) => f::trunc(a),
        (F::Fract, [a]) => *a - &f::floor(a),
        (F::Min, [a, b]) => f::least(a, b),
        (F::Max, [a, b]) => f::most(a, b),
        (F::Step, [edge, x]) => f::step(edge, x),
        (F::Fma, [a, b, c]) => &(*a * *b) + c,
        (F::Mix, [a, b, c]) => f::mix(a, b, c),
        (F::Clamp, [a, low, high]) => f::least(&f::most(a, low), high),
        _ => panic!("{fun:?} is no function of objectives"),
    }
}

/// Functions that the engine defines, by name.
pub fn engine(name: &str, arguments: &[Value]) -> Value {
    match (name, arguments) {
        ("powi", [a, Value::I32(n)]) => f::powi(a.jet(), *n).into(),
        ("pow", [a, b]) => f::pow(a.jet(), b.jet()).into(),
        ("atan2", [y, x]) => f::atan2(y.jet(), x.jet()).into(),
        ("smoothstep", [low, high, x]) => f::smoothstep(low.jet(), high.jet(), x.jet()).into(),
        (_, [a]) => f::one(name, a.jet()).unwrap_or_else(|| panic!("`{name}` is not known")).into(),
        _ => panic!("`{name}` is not known"),
    }
}

/// A conversion of a value; none: of its bits.
pub fn convert(value: &Value, kind: ScalarKind, width: Option<u8>) -> Value {
    value.map(&|value| match (kind, value) {
        (ScalarKind::Float, Value::Real(_)) => value.clone(),
        (ScalarKind::Float, &Value::U32(a)) => Jet::of(f64::from(a)).into(),
        (ScalarKind::Float, &Value::I32(a)) => Jet::of(f64::from(a)).into(),
        (ScalarKind::Float, &Value::Bool(a)) => Jet::of(f64::from(u8::from(a))).into(),
        // Towards zero and held within the range.
        (ScalarKind::Uint, Value::Real(a)) => Value::U32(f::trunc(a).value.to_f64() as u32),
        (ScalarKind::Sint, Value::Real(a)) => Value::I32(f::trunc(a).value.to_f64() as i32),
        (ScalarKind::Bool, Value::Real(a)) => Value::Bool(!a.value.is_zero()),
        (ScalarKind::Uint, &Value::I32(a)) => Value::U32(a as u32),
        (ScalarKind::Sint, &Value::U32(a)) => Value::I32(a as i32),
        (ScalarKind::Uint, &Value::Bool(a)) => Value::U32(u32::from(a)),
        (ScalarKind::Sint, &Value::Bool(a)) => Value::I32(i32::from(a)),
        (ScalarKind::Bool, &Value::U32(a)) => Value::Bool(a != 0),
        (ScalarKind::Bool, &Value::I32(a)) => Value::Bool(a != 0),
        (ScalarKind::Uint, Value::U32(_))
        | (ScalarKind::Sint, Value::I32(_))
        | (ScalarKind::Bool, Value::Bool(_)) => value.clone(),
        _ => panic!("{value:?} as {kind:?} of {width:?} bytes"),
    })
}
