//! Whole numbers that are known before anything runs: how many turns loops make.

use std::collections::HashMap;

use super::{Range, Source};
use crate::program::dialect::Kind;

/// The type of a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Unsigned,
    Signed,
    /// Of a literal without a suffix, which takes that of its neighbours.
    Any,
}

impl Type {
    fn join(self, other: Type) -> Option<Type> {
        match (self, other) {
            (Type::Any, ty) | (ty, Type::Any) => Some(ty),
            _ => (self == other).then_some(self),
        }
    }

    fn holds(self, value: i64) -> bool {
        match self {
            Type::Unsigned => u32::try_from(value).is_ok(),
            Type::Signed | Type::Any => i32::try_from(value).is_ok(),
        }
    }

    /// What a declaration says.
    pub(super) fn named(name: &str) -> Option<Type> {
        match name {
            "u32" => Some(Type::Unsigned),
            "i32" => Some(Type::Signed),
            _ => None,
        }
    }

    pub(super) fn suffix(self) -> &'static str {
        if self == Type::Unsigned { "u" } else { "i" }
    }
}

/// A whole number and its type.
pub(super) type Count = (i64, Type);

/// The names of whole numbers that do not change.
#[derive(Clone)]
pub(super) struct Counts<'a> {
    source: Source<'a>,
    known: HashMap<&'a str, Count>,
    dimension: i64,
    data: i64,
}

impl<'a> Counts<'a> {
    /// With the constants outside the function.
    pub(super) fn new(source: Source<'a>, dimension: usize, data: usize) -> Self {
        let mut counts =
            Counts { source, known: HashMap::new(), dimension: dimension as i64, data: data as i64 };
        let (mut depth, mut at) = (0usize, 0);
        while at < source.tokens.len() {
            match source.at(at) {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                "const" if depth == 0 => {
                    if let Some(end) = source.find(at..source.tokens.len(), ";") {
                        counts.learn(at..end + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        counts
    }

    /// Takes in a counter of a loop at one of its turns.
    pub(super) fn set(&mut self, name: &'a str, count: Count) {
        self.known.insert(name, count);
    }

    /// Takes in that a name stands for something else from here on, which is not known.
    pub(super) fn forget(&mut self, name: &str) {
        self.known.remove(name);
    }

    /// Takes in `let name: type = value;`: a whole number that is known, or else nothing is known by that name.
    pub(super) fn learn(&mut self, statement: Range) {
        let source = self.source;
        let name = source.at(statement.start + 1);
        self.forget(name);
        let Some(equals) = statement.clone().find(|&at| source.at(at) == "=") else { return };
        let declared = (equals - statement.start > 2).then(|| Type::named(source.at(statement.start + 3)));
        let Some((value, ty)) = self.value(equals + 1..statement.end - 1) else { return };
        let ty = match (declared, source.at(statement.start)) {
            (None, "const") => Some(ty),
            // Of a variable it is decided.
            (None, _) => Some(if ty == Type::Any { Type::Signed } else { ty }),
            (Some(declared), _) => declared.and_then(|declared| ty.join(declared)),
        };
        if let Some(ty) = ty.filter(|ty| ty.holds(value)) {
            self.known.insert(name, (value, ty));
        }
    }

    /// The value of an expression of whole numbers.
    pub(super) fn value(&self, range: Range) -> Option<Count> {
        let mut reader = Reader { counts: self, at: range.start, end: range.end, depth: 0 };
        let found = reader.sum()?;
        (reader.at == range.end).then_some(found)
    }
}

struct Reader<'a, 'b> {
    counts: &'b Counts<'a>,
    at: usize,
    end: usize,
    depth: usize,
}

impl Reader<'_, '_> {
    fn next(&self) -> &str {
        if self.at < self.end { self.counts.source.at(self.at) } else { "" }
    }

    fn sum(&mut self) -> Option<Count> {
        let mut left = self.product()?;
        while let sign @ ("+" | "-") = self.next() {
            let is_plus = sign == "+";
            self.at += 1;
            let right = self.product()?;
            let value = if is_plus { left.0.checked_add(right.0)? } else { left.0.checked_sub(right.0)? };
            left = checked(value, left.1.join(right.1)?)?;
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Count> {
        let mut left = self.atom()?;
        while let sign @ ("*" | "/" | "%") = self.next() {
            let sign = sign.to_string();
            self.at += 1;
            let right = self.atom()?;
            let value = match sign.as_str() {
                "*" => left.0.checked_mul(right.0)?,
                "/" => left.0.checked_div(right.0)?,
                _ => left.0.checked_rem(right.0)?,
            };
            left = checked(value, left.1.join(right.1)?)?;
        }
        Some(left)
    }

    fn atom(&mut self) -> Option<Count> {
        // Brackets nest no deeper than people write them.
        self.depth += 1;
        if self.depth > 100 {
            return None;
        }
        let source = self.counts.source;
        let token = *source.tokens.get(self.at).filter(|_| self.at < self.end)?;
        self.at += 1;
        let is_call = self.next() == "(";
        match (token.kind, token.text) {
            (Kind::Number, text) => {
                let (digits, ty) = match (text.strip_suffix('u'), text.strip_suffix('i')) {
                    (Some(digits), _) => (digits, Type::Unsigned),
                    (_, Some(digits)) => (digits, Type::Signed),
                    _ => (text, Type::Any),
                };
                let value = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
                    Some(digits) => i64::from_str_radix(digits, 16).ok()?,
                    None => digits.parse().ok()?,
                };
                checked(value, ty)
            }
            (_, "(") => {
                let found = self.sum()?;
                self.close()?;
                Some(found)
            }
            (_, "-") => {
                let (value, ty) = self.atom()?;
                checked(value.checked_neg()?, ty)
            }
            (Kind::Word, "dimension" | "data_len") if is_call => {
                self.at += 1;
                self.close()?;
                let value = if token.text == "dimension" { self.counts.dimension } else { self.counts.data };
                checked(value, Type::Unsigned)
            }
            (Kind::Word, name @ ("u32" | "i32")) if is_call => {
                self.at += 1;
                let (value, _) = self.sum()?;
                self.close()?;
                checked(value, Type::named(name)?)
            }
            (Kind::Word, name) if !is_call => self.counts.known.get(name).copied(),
            _ => None,
        }
    }

    fn close(&mut self) -> Option<()> {
        (self.next() == ")").then(|| self.at += 1)
    }
}

fn checked(value: i64, ty: Type) -> Option<Count> {
    ty.holds(value).then_some((value, ty))
}
