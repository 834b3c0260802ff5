//! The functions of a text, and the names that are local to them.

use std::collections::HashSet;
use std::ops::Range;

use super::Source;
use super::tokens::Kind;

/// A function.
#[derive(Clone, Debug)]
pub(super) struct Function<'a> {
    /// The tokens of its body, brackets included.
    pub(super) body: Range<usize>,
    /// Parameters and variables: a constant of the same name is not meant there.
    pub(super) locals: HashSet<&'a str>,
}

impl<'a> Source<'a> {
    pub(super) fn functions(&self) -> Vec<Function<'a>> {
        let mut functions = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            match self.function(at) {
                Some(function) => {
                    at = function.body.end;
                    functions.push(function);
                }
                None => at += 1,
            }
        }
        functions
    }

    /// The function that begins with token `at`.
    fn function(&self, at: usize) -> Option<Function<'a>> {
        let open = (self.text_at(at) == "fn" && self.text_at(at + 2) == "(").then_some(at + 2)?;
        let parameters = open..self.closing(open)?;
        let begin = (parameters.end..self.tokens.len()).find(|&at| self.text_at(at) == "{")?;
        // A text that is not closed ends with its last function.
        let end = self.closing(begin).map_or(self.tokens.len(), |close| close + 1);
        let is_word = |&at: &usize| self.tokens.get(at).is_some_and(|token| token.kind == Kind::Word);
        let of_parameters = parameters.filter(|&at| self.text_at(at + 1) == ":");
        let declared = (begin..end).filter_map(|at| match self.text_at(at) {
            "let" | "const" => Some(at + 1),
            // var<function> name
            "var" if self.text_at(at + 1) == "<" => {
                (at..end).find(|&at| self.text_at(at) == ">").map(|close| close + 1)
            }
            "var" => Some(at + 1),
            _ => None,
        });
        let locals = of_parameters.chain(declared).filter(is_word).map(|at| self.text_at(at)).collect();
        Some(Function { body: begin..end, locals })
    }
}
