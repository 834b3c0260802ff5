//! The translation itself, token by token.

use std::collections::HashMap;
use std::ops::Range;

use super::constants::{Constant, Shape, twin};
use super::functions::Function;
use super::tokens::{Token, tokens};
use super::{Numbers, Source, Translation};
use crate::numeric::Precision;

/// The text in this precision.
pub(in crate::program) fn translate(
    prepared: Translation,
    precision: Precision,
    numbers: Numbers,
) -> Translation {
    let new = translated(&prepared.text, precision, numbers);
    new.after(prepared)
}

fn translated(text: &str, precision: Precision, numbers: Numbers) -> Translation {
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
        // Brackets nest: the last one put in closes first.
        while self.closes.pop_if(|close| *close == self.at).is_some() {
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
        } else if token.text == "override" {
            // It is refused as such, whatever its type.
            while self.at < self.source.tokens.len() && self.source.text_at(self.at) != ";" {
                self.gap();
                self.copy();
            }
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
                self.source.write_value(&mut self.new, constant, &self.shapes);
                let own = name.at..name.end();
                self.new.replace(&format!("; const {}: {ty} = {}", name.text, twin(name.text)), own);
                self.skip_to(constant.value.end);
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
        self.source.write_abstract(&mut self.new, self.at..end, false, &self.shapes);
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
        // Signs between the angle brackets of types aside: array<vec2<real>, 2>.
        let mut depth = 0usize;
        let compares = |at: usize| {
            let before = source.text_at(at.saturating_sub(1));
            let of_type = ["array", "vec", "mat"].iter().any(|start| before.starts_with(start));
            match source.text_at(at) {
                "<" if of_type => depth += 1,
                ">" if depth > 0 => depth -= 1,
                sign => return matches!(sign, "<" | ">" | "!" | "=") && depth == 0,
            }
            false
        };
        let is_real = |at: usize| {
            let token = &source.tokens[at];
            token.is_plain_float() || self.shapes.contains_key(token.text) && !source.is_member(at)
        };
        let mut value = constant.value.clone();
        let mut reals = value.clone();
        !is_whole && !value.any(compares) && (reals.any(is_real) || says_real(constant.value.clone()))
    }
}
