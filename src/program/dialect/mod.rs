//! From WGSL as people write it to what naga takes in one precision: numbers without a type of their own are reals.
//!
//! WGSL makes f32 of `let a = 0.1;`. In f64 each such number therefore becomes `pm_real(0.1lf)`: f64, and nothing that naga would try
//! to calculate with, which it cannot in f64. Constants of reals get a twin without a type, of which naga finds the value in f64:
//! `const pm_c_A = 2.0 * 3.0; const A: f64 = pm_c_A;`. `real` becomes the type itself, since naga takes an array of an alias for
//! another type than an array of what it stands for. Reports lead back to the text as it was written ([`Translation::place`]).
//!
//! In the order of the flow: [`tokens`], [`constants`] (which are of reals), [`functions`] (what names are local), the translation
//! here, into a [`writer`].

mod constants;
mod functions;
#[cfg(test)]
mod tests;
mod tokens;
mod writer;

use std::collections::HashMap;
use std::ops::Range;

use self::constants::{Constant, Shape, twin};
use self::functions::Function;
use self::tokens::{Kind, Token, tokens};
pub(crate) use self::writer::Translation;
use crate::numeric::Precision;

/// Whether numbers without a type become reals, where that makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    Reals,
    /// They stay as they are: for texts that calculate in f32 on purpose.
    AsWritten,
}

/// The text in this precision.
pub(super) fn translate(text: &str, precision: Precision, numbers: Numbers) -> Translation {
    let source = Source { text, tokens: tokens(text), precision };
    let mut translator = Translator {
        source: &source,
        constants: HashMap::new(),
        shapes: HashMap::new(),
        new: Translation::default(),
        copied: 0,
        at: 0,
        closes: Vec::new(),
    };
    let functions = source.functions();
    if precision == Precision::F64 && numbers == Numbers::Reals {
        let in_function = |at: usize| functions.iter().any(|function| function.body.contains(&at));
        let constants: Vec<Constant> = (0..source.tokens.len())
            .filter(|&at| source.tokens[at].text == "const" && !in_function(at))
            .filter_map(|at| source.constant(at))
            .collect();
        let shapes = source.shapes(&constants);
        translator.shapes = shapes.into_iter().map(|(name, shape)| (name, Some(shape))).collect();
        translator.constants = constants.into_iter().map(|constant| (constant.name - 1, constant)).collect();
        translator.run(&functions);
    } else {
        translator.types_alone();
    }
    translator.new
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

/// Whether what stands at a place is a number without a type.
pub(super) fn is_plain_float(text: &str) -> bool {
    tokens(text).first().is_some_and(|token| token.text == text && token.is_plain_float())
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
        let mut depth = 0usize;
        for (here, token) in self.tokens.iter().enumerate().skip(at) {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(here);
                    }
                }
                _ => {}
            }
        }
        None
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

    /// Writes a value that naga is to find out in f64 by itself: no types of reals, no names but of twins.
    fn write_abstract(
        &self,
        new: &mut Translation,
        tokens: Range<usize>,
        known: &HashMap<&str, Option<Shape>>,
    ) {
        let Some(first) = self.tokens.get(tokens.start) else { return };
        let mut copied = first.at;
        let mut closes = Vec::new();
        let mut at = tokens.start;
        while at < tokens.end {
            let token = self.tokens[at];
            new.copy(self.text, copied..token.at);
            copied = token.end();
            let own = token.at..token.end();
            if self.is_real(at) && self.text_at(at + 1) == "(" {
                // A whole number becomes a real.
                new.replace("(1.0 * ", own);
                closes.extend(self.closing(at + 1));
            } else if let Some(end) = self.called_template(at + 1) {
                new.copy(self.text, own);
                copied = self.tokens[end].end();
                at = end;
            } else if known.contains_key(token.text) && !self.is_member(at) {
                new.replace(&twin(token.text), own);
            } else {
                new.copy(self.text, own);
            }
            if closes.contains(&at) {
                new.replace(")", copied..copied);
            }
            at += 1;
        }
    }
}

struct Translator<'a, 's> {
    source: &'s Source<'a>,
    /// Of the module, by the tokens that they begin with.
    constants: HashMap<usize, Constant>,
    /// Of reals.
    shapes: HashMap<&'s str, Option<Shape>>,
    new: Translation,
    /// The text up to here is written.
    copied: usize,
    /// The token at hand.
    at: usize,
    /// Tokens behind which a bracket closes that was put in.
    closes: Vec<usize>,
}

impl<'s> Translator<'_, 's> {
    fn token(&self) -> Token<'s> {
        self.source.tokens[self.at]
    }

    /// What stands before the token at hand.
    fn gap(&mut self) {
        let at = self.token().at;
        self.new.copy(self.source.text, self.copied..at);
        self.copied = at;
    }

    /// The token itself.
    fn copy(&mut self) {
        let token = self.token();
        self.new.copy(self.source.text, token.at..token.end());
        self.done();
    }

    fn replace(&mut self, by: &str) {
        let token = self.token();
        self.new.replace(by, token.at..token.end());
        self.done();
    }

    fn insert(&mut self, text: &str) {
        self.new.replace(text, self.copied..self.copied);
    }

    fn done(&mut self) {
        self.copied = self.token().end();
        for _ in self.closes.iter().filter(|&&close| close == self.at) {
            self.new.replace(")", self.copied..self.copied);
        }
        self.at += 1;
    }

    /// The rest of the text behind the last token.
    fn rest(&mut self) {
        self.new.copy(self.source.text, self.copied..self.source.text.len());
    }

    fn real(&self) -> &'static str {
        match self.source.precision {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        }
    }

    /// Nothing but `real` is replaced.
    fn types_alone(&mut self) {
        while self.at < self.source.tokens.len() {
            self.gap();
            if self.source.is_real(self.at) { self.replace(self.real()) } else { self.copy() }
        }
        self.rest();
    }

    fn run(&mut self, functions: &[Function<'s>]) {
        let mut functions = functions.iter().peekable();
        while self.at < self.source.tokens.len() {
            self.gap();
            while functions.next_if(|function| function.body.end <= self.at).is_some() {}
            let function = functions.peek().filter(|function| function.body.contains(&self.at));
            match function {
                Some(function) => self.inside(function),
                None => self.outside(),
            }
        }
        self.rest();
    }

    /// A token of the module: constants, types, parameters.
    fn outside(&mut self) {
        let token = self.token();
        if let Some(constant) = self.constants.get(&self.at).cloned() {
            self.constant(&constant);
        } else if self.source.is_real(self.at) {
            self.replace(self.real());
        } else if token.is_plain_float() {
            self.copy();
            self.insert("lf");
        } else {
            self.copy();
        }
    }

    /// A constant of the module.
    fn constant(&mut self, constant: &Constant) {
        let name = self.source.tokens[constant.name];
        let shape = self.shapes.get(name.text).cloned().flatten();
        self.copy();
        self.gap();
        match shape {
            Some(Shape { ty, .. }) => {
                self.replace(&twin(name.text));
                self.insert(" = ");
                let value = constant.value.clone();
                self.source.write_abstract(&mut self.new, value.clone(), &self.shapes);
                let own = name.at..name.end();
                self.new.replace(&format!("; const {}: {ty} = {}", name.text, twin(name.text)), own);
                self.skip_to(value.end);
            }
            None => {
                while self.at < constant.value.start {
                    self.gap();
                    if self.source.is_real(self.at) { self.replace(self.real()) } else { self.copy() }
                }
                self.constant_value(constant.value.end);
            }
        }
    }

    /// A value that has to be known before, up to a token.
    fn constant_value(&mut self, end: usize) {
        self.gap();
        self.source.write_abstract(&mut self.new, self.at..end, &self.shapes);
        self.skip_to(end);
    }

    fn skip_to(&mut self, token: usize) {
        self.at = token;
        self.copied = self.source.tokens.get(token).map_or(self.source.text.len(), |token| token.at);
    }

    /// A token of a function.
    fn inside(&mut self, function: &Function<'_>) {
        let (source, token) = (self.source, self.token());
        if token.text == "const_assert" {
            let end = source.find(self.at, ";").unwrap_or(source.tokens.len());
            self.copy();
            self.constant_value(end);
        } else if token.text == "const"
            && let Some(constant) = source.constant(self.at)
        {
            // What is made of reals need not be known before.
            if self.is_of_reals(&constant) {
                return self.replace("let");
            }
            let end = constant.value.end;
            while self.at < constant.value.start {
                self.gap();
                self.copy();
            }
            self.constant_value(end);
        } else if source.is_real(self.at) {
            // A conversion, maybe of a constant.
            let close = if source.text_at(self.at + 1) == "(" { source.closing(self.at + 1) } else { None };
            if let Some(close) = close {
                self.insert("pm_real(");
                self.closes.push(close);
            }
            self.replace(self.real());
        } else if token.is_plain_float() {
            self.insert("pm_real(");
            self.copy();
            self.insert("lf)");
        } else {
            self.named(function);
        }
    }

    /// A token that may be the name of a constant of reals.
    fn named(&mut self, function: &Function<'_>) {
        let (source, name) = (self.source, self.token().text);
        let is_it = !source.is_member(self.at) && !function.locals.contains(name);
        let Some(shape) = self.shapes.get(name).cloned().flatten().filter(|_| is_it) else {
            return self.copy();
        };
        if let Some(through) = shape.through {
            self.insert(&format!("{through}("));
            self.copy();
            self.insert(")");
        } else if shape.has_elements
            && source.text_at(self.at + 1) == "["
            && let Some(close) = source.closing(self.at + 1)
        {
            self.insert("pm_real(");
            self.closes.push(close);
            self.copy();
        } else {
            self.copy();
        }
    }

    /// Whether a constant of a function is made of reals, as far as its tokens tell.
    fn is_of_reals(&self, constant: &Constant) -> bool {
        let source = self.source;
        let says_real = |mut tokens: Range<usize>| tokens.any(|at| source.is_real(at));
        if let Some(ty) = &constant.ty {
            return says_real(ty.clone());
        }
        let first = source.text_at(constant.value.start);
        let is_whole = ["i32", "u32", "bool"].contains(&first)
            || first.starts_with("vec") && first.ends_with(['i', 'u']);
        let compares = |at: usize| {
            matches!(source.text_at(at), "<" | ">" | "!" | "=") && source.text_at(at + 1) != "real"
        };
        let is_real = |at: usize| {
            let token = &source.tokens[at];
            token.is_plain_float() || self.shapes.contains_key(token.text) && !source.is_member(at)
        };
        let mut value = constant.value.clone();
        let mut reals = value.clone();
        !is_whole
            && !value.any(|at| compares(at) && source.text_at(at.saturating_sub(1)) != "real")
            && (reals.any(is_real) || says_real(constant.value.clone()))
    }
}
