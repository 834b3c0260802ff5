//! What an expression stands for while a text is interpreted.

use std::rc::Rc;

use naga::{ArraySize, Literal, Module, ScalarKind, TypeInner};

use super::jet::Jet;
use super::number::Number;

/// What stands for a literal or a number of the data.
#[derive(Clone, Copy, Debug)]
pub enum Literals {
    /// The decimal that was written.
    Written,
    /// The f64 that an engine in f64 reads.
    Double,
    /// The f32 that an engine in f32 reads.
    Single,
}

impl Literals {
    pub fn number(self, value: f64) -> Number {
        match self {
            Literals::Written => Number::written(value),
            Literals::Double => Number::of(value),
            Literals::Single => Number::of(f64::from(value as f32)),
        }
    }
}

#[derive(Clone, Debug)]
pub enum Value {
    Real(Rc<Jet>),
    U32(u32),
    I32(i32),
    Bool(bool),
    /// Components of a vector, columns of a matrix, elements of an array, members of a struct.
    Many(Rc<Vec<Value>>),
    Pointer(Pointer),
    /// Of a function that returns none.
    Nothing,
}

/// A place in a local variable of a function that is being called.
#[derive(Clone, Debug)]
pub struct Pointer {
    pub frame: usize,
    pub local: usize,
    /// Indices from the whole variable to the part.
    pub path: Vec<usize>,
}

impl From<Jet> for Value {
    fn from(jet: Jet) -> Value {
        Value::Real(Rc::new(jet))
    }
}

impl Value {
    pub fn many(values: Vec<Value>) -> Value {
        Value::Many(Rc::new(values))
    }

    pub fn literal(literal: Literal, literals: Literals) -> Value {
        match literal {
            Literal::F64(value) | Literal::AbstractFloat(value) => {
                Jet::constant(literals.number(value)).into()
            }
            Literal::F32(value) => Jet::of(f64::from(value)).into(),
            Literal::U32(value) => Value::U32(value),
            Literal::I32(value) => Value::I32(value),
            Literal::AbstractInt(value) => Value::I32(value as i32),
            Literal::Bool(value) => Value::Bool(value),
            other => panic!("no objective has literals such as {other:?}"),
        }
    }

    /// What a variable of this type holds at first.
    pub fn zero(module: &Module, inner: &TypeInner) -> Value {
        let scalar = |kind: ScalarKind| match kind {
            ScalarKind::Sint | ScalarKind::AbstractInt => Value::I32(0),
            ScalarKind::Uint => Value::U32(0),
            ScalarKind::Bool => Value::Bool(false),
            ScalarKind::Float | ScalarKind::AbstractFloat => Jet::of(0.0).into(),
        };
        match *inner {
            TypeInner::Scalar(of) => scalar(of.kind),
            TypeInner::Vector { size, scalar: of } => Value::many(vec![scalar(of.kind); size as usize]),
            TypeInner::Matrix { columns, rows, scalar: of } => {
                let column = Value::many(vec![scalar(of.kind); rows as usize]);
                Value::many(vec![column; columns as usize])
            }
            TypeInner::Array { base, size: ArraySize::Constant(size), .. } => {
                let element = Value::zero(module, &module.types[base].inner);
                Value::many(vec![element; size.get() as usize])
            }
            TypeInner::Struct { ref members, .. } => {
                let member =
                    |member: &naga::StructMember| Value::zero(module, &module.types[member.ty].inner);
                Value::many(members.iter().map(member).collect())
            }
            ref other => panic!("no objective has values of the type {other:?}"),
        }
    }

    /// A composite of this type out of what stands between its brackets.
    pub fn composed(inner: &TypeInner, parts: Vec<Value>) -> Value {
        let scalars = || parts.iter().flat_map(Value::scalars).collect::<Vec<_>>();
        match *inner {
            TypeInner::Vector { .. } => Value::many(scalars()),
            TypeInner::Matrix { rows, .. } => {
                let columns =
                    scalars().chunks(rows as usize).map(|column| Value::many(column.to_vec())).collect();
                Value::many(columns)
            }
            _ => Value::many(parts),
        }
    }

    /// The scalars of a vector or a matrix, in order of columns.
    fn scalars(&self) -> Vec<Value> {
        match self {
            Value::Many(parts) => parts.iter().flat_map(Value::scalars).collect(),
            scalar => vec![scalar.clone()],
        }
    }

    pub fn parts(&self) -> &[Value] {
        match self {
            Value::Many(parts) => parts,
            other => panic!("{other:?} has no parts"),
        }
    }

    pub fn jet(&self) -> &Jet {
        match self {
            Value::Real(jet) => jet,
            other => panic!("{other:?} is no real"),
        }
    }

    pub fn holds(&self) -> bool {
        match self {
            Value::Bool(holds) => *holds,
            other => panic!("{other:?} is no bool"),
        }
    }

    /// As an index, held within a length as the engine does.
    pub fn index(&self, length: usize) -> usize {
        let index = match *self {
            Value::U32(index) => index,
            Value::I32(index) => index as u32,
            ref other => panic!("{other:?} is no index"),
        };
        (index as usize).min(length - 1)
    }

    pub fn is_many(&self) -> bool {
        matches!(self, Value::Many(_))
    }

    pub fn is_matrix(&self) -> bool {
        matches!(self, Value::Many(parts) if parts.first().is_some_and(Value::is_many))
    }

    /// A function of each scalar.
    pub fn map(&self, f: &impl Fn(&Value) -> Value) -> Value {
        match self {
            Value::Many(parts) => Value::many(parts.iter().map(|part| part.map(f)).collect()),
            scalar => f(scalar),
        }
    }

    /// A function of the scalars of several values; a scalar goes with every component of the others.
    pub fn zip(values: &[Value], f: &impl Fn(&[Value]) -> Value) -> Value {
        let Some(Value::Many(parts)) = values.iter().find(|value| value.is_many()) else { return f(values) };
        let at = |i: usize| -> Vec<Value> {
            values
                .iter()
                .map(|value| if value.is_many() { value.parts()[i].clone() } else { value.clone() })
                .collect()
        };
        Value::many((0..parts.len()).map(|i| Value::zip(&at(i), f)).collect())
    }
}
