//! Which calls of [`helpers`](super::helpers) are of vectors. Tokens do not tell; naga does, of the text in f32, where it knows these
//! functions itself.

use std::collections::HashMap;

use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{Expression, MathFunction, TypeInner};

use super::helpers::OF_VECTORS;
use super::{Numbers, Translation, translate};
use crate::numeric::Precision;
use crate::program::prelude::prelude;

/// The number of components, by where the names of the functions stand; none of a text that naga does not understand.
pub(super) fn of_vectors(text: &str, prepare: impl FnOnce(&str) -> Translation) -> HashMap<usize, usize> {
    if OF_VECTORS.iter().any(|name| text.contains(name)) {
        found(prepare(text)).unwrap_or_default()
    } else {
        HashMap::new()
    }
}

fn found(prepared: Translation) -> Option<HashMap<usize, usize>> {
    let translation = translate(prepared, Precision::F32, Numbers::AsWritten);
    let whole = format!("{}{}", translation.text, prelude(&translation.text, Precision::F32));
    let module = wgsl::parse_str(&whole).ok()?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(&module).ok()?;
    let mut vectors = HashMap::new();
    for (handle, function) in module.functions.iter() {
        for (expression, math) in function.expressions.iter() {
            let Expression::Math {
                fun: MathFunction::Modf | MathFunction::Frexp | MathFunction::Ldexp,
                arg,
                ..
            } = *math
            else {
                continue;
            };
            let TypeInner::Vector { size, .. } = info[handle][arg].ty.inner_with(&module.types) else {
                continue;
            };
            let place = translation.place(function.expressions.get_span(expression))?;
            vectors.insert(place.to_range()?.start, *size as usize);
        }
    }
    Some(vectors)
}
