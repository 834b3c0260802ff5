//! From WGSL as people write it to what naga takes in one precision: numbers without a type of their own are reals.
//!
//! WGSL makes f32 of `let a = 0.1;`. In f64 each such number therefore becomes `pm_real(0.1lf)`: f64, and nothing that naga would try
//! to calculate with, which it cannot in f64. Constants of reals get a twin without a type, of which naga finds the value in f64:
//! `const pm_c_A = 2.0 * 3.0; const A: f64 = pm_c_A;`. `real` becomes the type itself, since naga takes an array of an alias for
//! another type than an array of what it stands for. Reports lead back to the text as it was written ([`Translation::place`]).
//!
//! In the order of the flow: [`prepare`] (names that are taken, [`helpers`], of vectors where [`overloads`] says so), [`tokens`], [`functions`] (what names are local), [`constants`] (which are of reals), [`translate`], into a
//! [`writer`].

mod constants;
mod functions;
mod helpers;
mod overloads;
mod prepare;
mod rounded;
#[cfg(test)]
mod tests;
mod tokens;
mod translate;
mod writer;

use std::collections::HashMap;
use std::ops::Range;

use self::constants::{Constant, Shape, twin};
pub(super) use self::prepare::prepare;
pub(super) use self::rounded::is_rounded;
pub(super) use self::tokens::{Kind, Token, closing, tokens};
pub(super) use self::translate::translate;
pub(crate) use self::writer::Translation;
use crate::numeric::Precision;

/// Whether numbers without a type become reals, where that makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Reals,
    /// They stay as they are: for texts that calculate in f32 on purpose.
    AsWritten,
}

/// Whether a text says f32 anywhere.
pub(super) fn says_single(text: &str) -> bool {
    let source = Source { text, tokens: tokens(text), precision: Precision::F64 };
    source.says_single(0..source.tokens.len())
}

/// Whether a function does nothing but keep naga from calculating with a value.
pub(super) fn keeps(function: &str) -> bool {
    ["pm_real", "pm_vec2", "pm_vec3", "pm_vec4"].contains(&function)
}

/// A text and its tokens.
struct Source<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    precision: Precision,
}

impl<'a> Source<'a> {
    fn text_at(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// Whether token `at` names the type `real`: a member or a parameter may be called so.
    fn is_real(&self, at: usize) -> bool {
        self.text_at(at) == "real" && !self.is_member(at) && self.text_at(at + 1) != ":"
    }

    /// Whether token `at` stands behind a point.
    fn is_member(&self, at: usize) -> bool {
        at > 0 && self.text_at(at - 1) == "."
    }

    fn says_single(&self, tokens: Range<usize>) -> bool {
        tokens.into_iter().any(|at| {
            let token = &self.tokens[at];
            let of_f32 = || {
                let vector = token.text.strip_prefix("vec").or_else(|| token.text.strip_prefix("mat"));
                token.text == "f32" || token.text == "f16" || vector.is_some_and(|rest| rest.ends_with('f'))
            };
            token.is_single() || token.kind == Kind::Word && !self.is_member(at) && of_f32()
        })
    }

    /// The bracket that closes the one at token `at`.
    fn closing(&self, at: usize) -> Option<usize> {
        closing(&self.tokens, at)
    }

    /// The end of a list of types in `<…>` at token `at`, if it is one that says `real` and is called: `vec3<real>(`.
    fn called_template(&self, at: usize) -> Option<usize> {
        let mut depth = 0usize;
        let mut says_real = false;
        for here in at..self.tokens.len() {
            match self.text_at(here) {
                "<" => depth += 1,
                ">" => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return (says_real && self.text_at(here + 1) == "(").then_some(here);
                    }
                }
                "real" => says_real = true,
                text if depth == 0 || matches!(text, ";" | "{" | "}" | "(" | ")") => return None,
                _ => {}
            }
        }
        None
    }

    /// What has to be made real for a value to be of reals: of an array the first element, whose type the others take.
    fn first_of(&self, value: Range<usize>) -> Range<usize> {
        if self.text_at(value.start) != "array" {
            return value;
        }
        let open = self.called_template(value.start + 1).unwrap_or(value.start) + 1;
        let Some(close) = self.closing(open).filter(|&close| close > open + 1) else { return value };
        let end = self.find(open + 1, ",").map_or(close, |comma| comma.min(close));
        self.first_of(open + 1..end)
    }

    /// Writes the value of a constant that naga is to find out in f64 by itself.
    fn write_value(&self, new: &mut Translation, constant: &Constant, known: &HashMap<&str, Option<Shape>>) {
        let is_real = constant.ty.clone().is_some_and(|mut ty| ty.any(|at| self.is_real(at)));
        self.write_abstract(new, constant.value.clone(), is_real, known);
    }

    /// Writes a value that naga is to find out in f64 by itself: no types of reals, no names but of twins. Whole numbers that are
    /// to be reals become some: naga would divide 3 by 2 as such.
    fn write_abstract(
        &self,
        new: &mut Translation,
        tokens: Range<usize>,
        is_real: bool,
        known: &HashMap<&str, Option<Shape>>,
    ) {
        let Some(first) = self.tokens.get(tokens.start) else { return };
        let mut copied = first.at;
        let mut closes = Vec::new();
        let mut reals: HashMap<usize, usize> = HashMap::new();
        if is_real {
            let first = self.first_of(tokens.clone());
            reals.insert(first.start, first.end - 1);
        }
        let mut at = tokens.start;
        while at < tokens.end {
            let token = self.tokens[at];
            new.copy(self.text, copied..token.at);
            copied = token.end();
            let own = token.at..token.end();
            let called = self.called_template(at + 1);
            if let Some(close) = called.and_then(|end| self.closing(end + 1).filter(|&close| close > end + 2))
            {
                let first = self.first_of(at..close + 1);
                reals.insert(first.start, first.end - 1);
            }
            let is_plain = |last: usize| last == at && token.is_plain_float();
            if let Some(last) = reals.remove(&at).filter(|&last| !is_plain(last)) {
                new.replace("(1.0 * (", token.at..token.at);
                closes.extend([last, last]);
            }
            if self.is_real(at) && self.text_at(at + 1) == "(" {
                new.replace("(1.0 * ", own);
                closes.extend(self.closing(at + 1));
            } else if let Some(end) = called {
                new.copy(self.text, own);
                copied = self.tokens[end].end();
                at = end;
            } else if known.contains_key(token.text) && !self.is_member(at) {
                new.replace(&twin(token.text), own);
            } else {
                new.copy(self.text, own);
            }
            // Brackets nest: the last one put in closes first.
            while closes.pop_if(|close| *close == at).is_some() {
                new.replace(")", copied..copied);
            }
            at += 1;
        }
    }
}
