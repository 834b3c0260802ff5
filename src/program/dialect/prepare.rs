//! What is done to a text before it is translated for a precision: functions of its own that have names of WGSL's or the engine's
//! get others; a function gives the variables of the module their first values, since each evaluation begins with these; and, if
//! its user asks for it, f32 becomes `real`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::functions::Function;
use super::tokens::{Kind, Token, tokens};
use super::{Source, Translation, helpers, overloads};
use crate::numeric::Precision;
use crate::program::scan;

/// Before names of a text's own functions that are taken.
const OWN: &str = "pm_own_";

/// The text with other names for some of its functions, and perhaps with `real` for f32.
pub(in crate::program) fn prepare(text: &str, f32_as_real: bool) -> Translation {
    let vectors = overloads::of_vectors(text, |text| prepare_with(text, f32_as_real, None));
    prepare_with(text, f32_as_real, Some(&vectors))
}

/// The same with the helpers that are called, of vectors where the places of calls say of how many components; or without.
fn prepare_with(text: &str, f32_as_real: bool, vectors: Option<&HashMap<usize, usize>>) -> Translation {
    let source = Source { text, tokens: tokens(text), precision: Precision::F64 };
    let functions = source.functions();
    let is_declared = |at: usize| {
        source.text_at(at.wrapping_sub(1)) == "fn"
            && !functions.iter().any(|function| function.body.contains(&at))
    };
    let declared: HashSet<&str> =
        (0..source.tokens.len()).filter(|&at| is_declared(at)).map(|at| source.text_at(at)).collect();
    let own: HashSet<&str> = declared.iter().copied().filter(|name| scan::may_be_own(name)).collect();
    let variables = source.variables(&functions);
    // Where a type is given, the value stands in that function alone: naga could not calculate it in f64.
    let values: Vec<Range<usize>> = variables
        .iter()
        .filter(|variable| variable.ty.is_some())
        .filter_map(|variable| variable.value.as_ref().map(|value| value.start - 1..value.end))
        .collect();
    let mut new = Translation::default();
    let mut helpers = Vec::new();
    let mut copied = 0;
    for (at, token) in source.tokens.iter().enumerate() {
        let place = token.at..token.end();
        // A member or a parameter may be called so.
        let is_name = token.kind == Kind::Word && !source.is_member(at) && source.text_at(at + 1) != ":";
        let is_local = || {
            functions
                .iter()
                .any(|function| function.body.contains(&at) && function.locals.contains(token.text))
        };
        let by = if values.iter().any(|value| value.contains(&at)) {
            Some(String::new())
        } else if is_name && own.contains(token.text) && !is_local() {
            Some(format!("{OWN}{}", token.text))
        } else if let Some(helper) = source.helper(at, &declared, vectors)
            && is_name
            && !is_local()
        {
            helpers.push(helper.clone());
            Some(helper)
        } else if f32_as_real {
            as_real(token, is_name)
        } else {
            None
        };
        if let Some(by) = by {
            new.copy(text, copied..token.at);
            new.replace(&by, place);
            copied = token.end();
        }
    }
    new.copy(text, copied..text.len());
    let helpers = helpers::texts(&helpers);
    if !helpers.is_empty() {
        new.replace(&helpers, text.len()..text.len());
    }
    let begin = source.begin(&variables, f32_as_real);
    // A text that has been prepared before has it.
    if !begin.is_empty() && !text.contains("fn pm_begin(") {
        new.replace(&format!("\nfn pm_begin() {{ {begin}}}\n"), text.len()..text.len());
    }
    new
}

/// A `var<private>` of the module: tokens.
struct Variable {
    name: usize,
    ty: Option<Range<usize>>,
    value: Option<Range<usize>>,
}

impl Source<'_> {
    fn variables(&self, functions: &[Function<'_>]) -> Vec<Variable> {
        let is_outside = |at: usize| !functions.iter().any(|function| function.body.contains(&at));
        let begins = |at: usize| {
            ["var", "<", "private", ">"].iter().enumerate().all(|(i, text)| self.text_at(at + i) == *text)
        };
        let read = |at: usize| {
            let (name, end) = (at + 4, self.find(at + 4, ";")?);
            let sign = (name..end).find(|&at| self.text_at(at) == "=");
            let ty = (self.text_at(name + 1) == ":").then(|| name + 2..sign.unwrap_or(end));
            Some(Variable { name, ty, value: sign.map(|sign| sign + 1..end) })
        };
        (0..self.tokens.len()).filter(|&at| begins(at) && is_outside(at)).filter_map(read).collect()
    }

    /// Statements that give each variable its first value.
    fn begin(&self, variables: &[Variable], f32_as_real: bool) -> String {
        let written = |tokens: &Range<usize>| {
            let each = tokens.clone().map(|at| {
                let token = &self.tokens[at];
                let real = if f32_as_real { as_real(token, token.kind == Kind::Word) } else { None };
                real.unwrap_or_else(|| token.text.into())
            });
            each.collect::<Vec<String>>().join(" ")
        };
        let mut all = String::new();
        for Variable { name, ty, value } in variables {
            let first = match (value, ty) {
                (Some(value), _) => written(value),
                (None, Some(ty)) => format!("{}()", written(ty)),
                (None, None) => continue,
            };
            all += &format!("{} = {first}; ", self.text_at(*name));
        }
        all
    }
}

/// A type or number of f32 as one of reals.
fn as_real(token: &Token<'_>, is_name: bool) -> Option<String> {
    if token.is_single() {
        let number = token.text.trim_end_matches('f');
        let is_float = number.contains(['.', 'e', 'E', 'p', 'P']);
        return Some(if is_float { number.into() } else { format!("{number}.0") });
    }
    let shape =
        token.text.strip_suffix('f').filter(|shape| shape.starts_with("vec") || shape.starts_with("mat"));
    match (is_name, token.text, shape) {
        (true, "f32", _) => Some("real".into()),
        (true, _, Some(shape)) if shape.ends_with(['2', '3', '4']) => Some(format!("{shape}<real>")),
        _ => None,
    }
}
