//! Stores into components of vectors that are chosen at run time: FXC, the older compiler of DirectX, refuses them in loops that
//! it cannot unroll, and others get them wrong.

use naga::proc::TypeResolution;
use naga::valid::ModuleInfo;
use naga::{Expression, Handle, Module, Statement, TypeInner};

/// The functions that store into a component of a vector, or a column of a matrix, that is chosen at run time.
pub(crate) fn component_stores(module: &Module, info: &ModuleInfo) -> Vec<String> {
    let mut found = Vec::new();
    let functions = module.functions.iter().map(|(handle, function)| (function, &info[handle]));
    let entries =
        module.entry_points.iter().enumerate().map(|(i, entry)| (&entry.function, info.get_entry_point(i)));
    for (function, info) in functions.chain(entries) {
        let is_vector = |expression: Handle<Expression>| {
            let inner = match &info[expression].ty {
                TypeResolution::Handle(handle) => &module.types[*handle].inner,
                TypeResolution::Value(inner) => inner,
            };
            match *inner {
                TypeInner::Pointer { base, .. } => {
                    matches!(module.types[base].inner, TypeInner::Vector { .. } | TypeInner::Matrix { .. })
                }
                TypeInner::ValuePointer { size, .. } => size.is_some(),
                _ => false,
            }
        };
        let mut look = |pointer: Handle<Expression>| {
            if let Expression::Access { base, .. } = function.expressions[pointer]
                && is_vector(base)
            {
                found.push(function.name.clone().unwrap_or_default());
            }
        };
        stores(&function.body, &mut look);
    }
    found
}

fn stores(block: &naga::Block, look: &mut impl FnMut(Handle<Expression>)) {
    for statement in block {
        match statement {
            Statement::Store { pointer, .. } => look(*pointer),
            Statement::Block(block) => stores(block, look),
            Statement::If { accept, reject, .. } => {
                [accept, reject].into_iter().for_each(|b| stores(b, look))
            }
            Statement::Switch { cases, .. } => cases.iter().for_each(|case| stores(&case.body, look)),
            Statement::Loop { body, continuing, .. } => {
                [body, continuing].into_iter().for_each(|block| stores(block, look));
            }
            _ => {}
        }
    }
}
