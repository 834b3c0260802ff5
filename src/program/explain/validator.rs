//! What naga's validator complains of.

use naga::front::Typifier;
use naga::proc::ResolveContext;
use naga::valid::{CallError, ComposeError, ExpressionError, FunctionError, ValidationError};
use naga::{Expression, Function, Handle, Module, ScalarKind, TypeInner, UnaryOperator};

use super::names::{name, sign};
use super::{NO_BITS, in_words};
use crate::numeric::Precision;

/// A message and a hint, where there is more to say than the validator does.
pub(in crate::program) fn explained(
    error: &ValidationError,
    module: &Module,
    precision: Precision,
) -> Option<(String, Option<String>)> {
    let ValidationError::Function { handle, source, .. } = error else { return None };
    let function = Of { module, function: &module.functions[*handle], precision };
    match source {
        FunctionError::Expression { handle, source: ExpressionError::InvalidCastArgument } => {
            match function.function.expressions[*handle] {
                Expression::As { convert: None, .. } if precision == Precision::F64 => {
                    Some((NO_BITS.into(), None))
                }
                Expression::As { convert: Some(2), .. } => {
                    Some(("there is no f16 here: use real".into(), None))
                }
                _ => None,
            }
        }
        FunctionError::Expression { source, .. } => function.expression(source),
        FunctionError::InvalidCall { function: called, error } => function.call(*called, error),
        FunctionError::InvalidReturnType { expression, .. } => Some((function.returns(*expression)?, None)),
        FunctionError::InvalidIfType(condition) => {
            let message =
                format!("a condition must be a `bool`, and this is a `{}`", function.name_of(*condition)?);
            Some((message, Some("compare it: a != 0.0".into())))
        }
        FunctionError::InvalidSwitchType(value) => {
            let message = format!(
                "a `switch` goes by an `i32` or `u32`, and this is a `{}`",
                function.name_of(*value)?
            );
            Some((message, None))
        }
        FunctionError::InvalidStoreTypes { pointer, value } => {
            let (to, from) = (function.name_of(*pointer)?, function.name_of(*value)?);
            Some((format!("a `{from}` cannot be put where a `{to}` is"), None))
        }
        FunctionError::MissingCapability(_) => {
            Some(("this is not supported in an objective, which is evaluated by itself".into(), None))
        }
        _ => None,
    }
}

/// A function that something is wrong with.
struct Of<'a> {
    module: &'a Module,
    function: &'a Function,
    precision: Precision,
}

impl Of<'_> {
    fn inner(&self, expression: Handle<Expression>) -> Option<TypeInner> {
        let (module, function) = (self.module, self.function);
        let context = ResolveContext::with_locals(module, &function.local_variables, &function.arguments);
        let mut types = Typifier::new();
        types.grow(expression, &function.expressions, &context).ok()?;
        let inner = types.get(expression, &module.types).clone();
        Some(inner.pointer_base_type().map_or(inner, |base| base.inner_with(&module.types).clone()))
    }

    fn name_of(&self, expression: Handle<Expression>) -> Option<String> {
        self.name(&self.inner(expression)?)
    }

    fn name(&self, inner: &TypeInner) -> Option<String> {
        name(inner, self.precision)
    }

    fn returns(&self, expression: Option<Handle<Expression>>) -> Option<String> {
        let declared = self.function.result.as_ref().map(|result| &self.module.types[result.ty]);
        let wanted = declared.map(|ty| ty.name.clone().or_else(|| self.name(&ty.inner)));
        Some(match (expression, wanted) {
            (None, Some(Some(wanted))) => {
                format!("it must return a `{wanted}`, and there is a way to its end on which it does not")
            }
            (Some(expression), Some(Some(wanted))) => {
                format!("it must return a `{wanted}`, and this is a `{}`", self.name_of(expression)?)
            }
            (Some(_), None) => {
                "it returns a value, and is declared without one: write -> and its type".into()
            }
            _ => return None,
        })
    }

    fn expression(&self, error: &ExpressionError) -> Option<(String, Option<String>)> {
        Some(match error {
            ExpressionError::InvalidBinaryOperandTypes { op, lhs_type, rhs_type, .. } => {
                let (left, right) = (self.name(lhs_type)?, self.name(rhs_type)?);
                (format!("`{}` takes no `{left}` and `{right}`", sign(*op)), hint(lhs_type, rhs_type))
            }
            ExpressionError::InvalidUnaryOperandType(operator, operand) => {
                let sign = match operator {
                    UnaryOperator::Negate => "-",
                    UnaryOperator::LogicalNot => "!",
                    UnaryOperator::BitwiseNot => "~",
                };
                (format!("`{sign}` takes no `{}`", self.name_of(*operand)?), None)
            }
            ExpressionError::IndexOutOfBounds(base, index) => {
                let count = match self.inner(*base)? {
                    TypeInner::Vector { size, .. } => size as u32,
                    TypeInner::Matrix { columns, .. } => columns as u32,
                    TypeInner::Array { size: naga::ArraySize::Constant(size), .. } => size.get(),
                    _ => return None,
                };
                (format!("there is no element {index}: they are {count}, and the first is 0"), None)
            }
            ExpressionError::Compose(ComposeError::ComponentCount { given, expected }) => {
                let parts = if *expected == 1 { "part" } else { "parts" };
                (format!("it has {expected} {parts}, and {given} are given"), None)
            }
            ExpressionError::SelectConditionNotABool { actual } => {
                (format!("a condition must be a `bool`, and this is a `{}`", self.name(actual)?), None)
            }
            _ => return None,
        })
    }

    fn call(&self, called: Handle<Function>, error: &CallError) -> Option<(String, Option<String>)> {
        let called = self.module.functions[called].name.as_deref()?;
        // Vectors of helpers have a number in their names.
        let called = in_words(
            called.trim_end_matches("_v2").trim_end_matches("_v3").trim_end_matches("_v4"),
            self.precision,
        );
        let arguments = |n: usize| if n == 1 { "1 argument".into() } else { format!("{n} arguments") };
        match error {
            CallError::ArgumentCount { required, seen } => {
                let given = if *seen == 1 { "1 is" } else { &format!("{seen} are") };
                Some((format!("`{called}` takes {}, and {given} given", arguments(*required)), None))
            }
            CallError::ArgumentType { index, required, seen_expression } => {
                let required = &self.module.types[*required].inner;
                if required.pointer_base_type().is_some() {
                    let message = format!("argument {} of `{called}` must be a pointer", index + 1);
                    return Some((message, Some("write & before the variable".into())));
                }
                let (given, named) = (self.inner(*seen_expression)?, self.name(required)?);
                let message = format!("argument {} of `{called}` must be of the type `{named}`", index + 1);
                Some((message, argument_hint(&given, required)))
            }
            _ => None,
        }
    }
}

/// What makes an argument of the type that is wanted.
fn argument_hint(given: &TypeInner, wanted: &TypeInner) -> Option<String> {
    if matches!(given, TypeInner::Vector { .. }) && matches!(wanted, TypeInner::Scalar(_)) {
        return Some("it takes one number, no vectors: call it for each component".into());
    }
    let (from, to) = (given.scalar()?, wanted.scalar()?);
    let is_whole = |kind: ScalarKind| matches!(kind, ScalarKind::Sint | ScalarKind::Uint);
    let hint = match (from.kind, to.kind) {
        (ScalarKind::Float, ScalarKind::Float) => return hint(given, wanted),
        (from, ScalarKind::Float) if is_whole(from) => "write real(…) around the whole number",
        (ScalarKind::Float, to) if is_whole(to) => {
            "a whole number is wanted: write 2 for 2.0, or u32(…) or i32(…), which cut"
        }
        (ScalarKind::Sint, ScalarKind::Uint) => "write u32(…) around it",
        (ScalarKind::Uint, ScalarKind::Sint) => "write i32(…) around it",
        _ => return None,
    };
    Some(hint.into())
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
