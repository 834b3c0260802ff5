//! Numbers that WGSL makes f32 of without being told to: in texts that calculate in f32 on purpose, and of constants whose shapes were
//! not found.

use std::ops::Range;

use super::Source;
use super::tokens::{Kind, tokens};
use crate::numeric::Precision;

/// Whether `value` is f32, and another number than was written at a place of the text, though nothing there says f32.
pub(in crate::program) fn is_rounded(text: &str, place: Range<usize>, value: f32) -> bool {
    let written = Source { text, tokens: tokens(&text[place]), precision: Precision::F64 };
    let source = || Source { text, tokens: tokens(text), precision: Precision::F64 };
    if written.says_single(0..written.tokens.len()) {
        return false;
    }
    match &written.tokens[..] {
        [number] if number.is_plain_float() => {
            number.text.parse::<f64>().is_ok_and(|exact| exact != f64::from(value))
        }
        // More than one number: what naga made of them is not known exactly.
        several => several.iter().any(|token| {
            token.is_plain_float() || token.kind == Kind::Word && source().is_plain_constant(token.text)
        }),
    }
}

impl Source<'_> {
    /// Whether there is a constant of this name that does not say f32, but has numbers without a type.
    fn is_plain_constant(&self, name: &str) -> bool {
        (0..self.tokens.len()).filter_map(|at| self.constant(at)).any(|constant| {
            let declared = constant.name..constant.value.end;
            self.text_at(constant.name) == name
                && !self.says_single(declared.clone())
                && self.tokens[declared].iter().any(|token| token.is_plain_float() || token.text == "real")
        })
    }
}
