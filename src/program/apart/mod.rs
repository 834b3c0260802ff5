//! Objectives that add up in loops, taken apart: `fn objective()` becomes `fn term(s)`, one term for each turn of such a loop.
//!
//! Each term reads few coordinates, so that a gradient takes as long as the terms and not as long as coordinates times turns. It
//! is done where the objective is, but for the order in which numbers are added, the sum of those terms:
//!
//! - the loop is a `for` whose number of turns is known, and adds to variables (`s += …`) that it does not read; it stores nothing
//!   else outside, and is not left early;
//! - what the function returns is linear in those variables, with factors that do not depend on them.
//!
//! What is left, `f(0, …, 0)` so to speak, is one more term. The statements that a term needs are written out before it.
//!
//! A text that is not understood stays whole: nothing is lost but time; whoever takes the terms asks whether they add up to the
//! whole (`objective/text/apart.rs`). [`statements`] cuts the function into statements, [`counts`],
//! [`head`] and [`loops`] find out which loops are such and how many turns they make, [`linear`] follows what depends on the sums, and
//! here the terms are written.

mod counts;
mod head;
mod linear;
mod loops;
mod statements;
mod sums;
#[cfg(test)]
mod sums_tests;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt::Write;

use self::counts::Counts;
use self::statements::Body;
pub(crate) use self::sums::{TextOfSums, take_sums};
use super::dialect::{Kind, Token, closing, tokens};

/// Turns of all loops together from which an objective is taken apart: those of fewer are written out, and each axis runs what
/// depends on it.
const LEAST_TURNS: u64 = 64;

/// Longer texts stay whole.
const LONGEST: usize = 1 << 18;

/// An objective as terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Apart {
    pub(crate) text: String,
    pub(crate) terms: usize,
}

/// The terms of an objective with so many coordinates and numbers of data; `None` if it stays whole.
pub(crate) fn take_apart(text: &str, dimension: usize, data: usize) -> Option<Apart> {
    if text.len() > LONGEST {
        return None;
    }
    let tokens = tokens(text);
    let source = Source { text, tokens: &tokens };
    let function = source.objective()?;
    let counts = Counts::new(source, dimension, data);
    let body = Body::new(source, function.clone())?;
    let whole = linear::follow(source, &body, counts)?;
    let is_added = |k: &usize| whole.result.parts.iter().any(|part| part.of == *k);
    let turns: u64 = (0..whole.loops.len()).filter(is_added).map(|k| whole.loops[k].turns).sum();
    let has_rest = whole.result.rest.is_some();
    let terms = turns + u64::from(has_rest);
    if turns < LEAST_TURNS || terms > u64::from(u32::MAX) {
        return None;
    }
    let mut new = text[..source.tokens[function.start - 7].at].to_string();
    new.push_str(&write(source, &body, &whole)?);
    new.push_str(&text[source.tokens[function.end - 1].end()..]);
    (new.len() <= LONGEST).then_some(Apart { text: new, terms: terms as usize })
}

/// A text and its tokens.
#[derive(Clone, Copy)]
struct Source<'a> {
    text: &'a str,
    tokens: &'a [Token<'a>],
}

/// Tokens by their places.
type Range = std::ops::Range<usize>;

impl<'a> Source<'a> {
    fn at(self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// Whether two signs stand beside each other with nothing between.
    fn joined(self, at: usize, signs: &str) -> bool {
        let found = self.tokens.get(at..at + signs.len());
        found.is_some_and(|found| {
            found
                .iter()
                .zip(signs.chars())
                .enumerate()
                .all(|(i, (token, sign))| token.text.chars().eq([sign]) && token.at == found[0].at + i)
        })
    }

    fn written(self, range: Range) -> &'a str {
        match (self.tokens.get(range.start), range.end.checked_sub(1).and_then(|last| self.tokens.get(last)))
        {
            (Some(first), Some(last)) if range.start < range.end => &self.text[first.at..last.end()],
            _ => "",
        }
    }

    /// The bracket that closes the one at a token.
    fn closing(self, at: usize) -> Option<usize> {
        closing(self.tokens, at)
    }

    /// The first such sign outside brackets.
    fn find(self, range: Range, sign: &str) -> Option<usize> {
        let mut at = range.start;
        while at < range.end {
            match self.at(at) {
                here if here == sign => return Some(at),
                "(" | "[" | "{" => at = self.closing(at)? + 1,
                _ => at += 1,
            }
        }
        None
    }

    /// The names in a range, but for members.
    fn words(self, range: Range) -> impl Iterator<Item = &'a str> {
        range.filter(move |&at| self.is_name(at)).map(move |at| self.at(at))
    }

    fn is_name(self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Word)
            && !(at > 0 && self.at(at - 1) == ".")
    }

    /// The body of `fn objective() -> real`, brackets included, in a text that has no variables of the module and no `term`.
    fn objective(self) -> Option<Range> {
        let (mut depth, mut found) = (0usize, None);
        for at in 0..self.tokens.len() {
            match self.at(at) {
                "{" => depth += 1,
                "}" => depth = depth.checked_sub(1)?,
                "var" if depth == 0 => return None,
                "fn" if depth == 0 && ["term", "residual"].contains(&self.at(at + 1)) => return None,
                "fn" if depth == 0 && self.at(at + 1) == "objective" => {
                    let head =
                        ["(", ")", "-", ">"].iter().enumerate().all(|(i, sign)| self.at(at + 2 + i) == *sign);
                    if !head || self.at(at + 7) != "{" || found.is_some() {
                        return None;
                    }
                    found = Some(at + 7..self.closing(at + 7)? + 1);
                }
                _ => {}
            }
        }
        found
    }

    /// A name that the text has not.
    fn free_name(self) -> String {
        let known: HashSet<&str> = self.tokens.iter().map(|token| token.text).collect();
        let mut name = String::from("s");
        while known.contains(name.as_str()) {
            name.push('_');
            name.push('s');
        }
        name
    }
}

/// The function `term`.
fn write(source: Source<'_>, body: &Body<'_>, whole: &linear::Whole<'_>) -> Option<String> {
    let index = source.free_name();
    let real = source.at(body.returns_at - 1);
    let mut text = format!("fn term({index}: u32) -> {real} {{\n");
    let mut before = 0;
    let parts = |k: usize| whole.result.parts.iter().filter(move |part| part.of == k);
    let last = (0..whole.loops.len()).rfind(|&k| parts(k).next().is_some())?;
    for (k, summing) in whole.loops.iter().enumerate() {
        if parts(k).next().is_none() {
            continue;
        }
        let is_last = k == last && whole.result.rest.is_none();
        if !is_last {
            writeln!(text, "if ({index} < {}u) {{", before + summing.turns).ok()?;
        }
        let results: Vec<&str> = parts(k).map(|part| part.written.as_str()).collect();
        let result = results.join(" + ");
        let mut needed: HashSet<&str> = summing.uses(source).collect();
        needed.extend(parts(k).flat_map(|part| part.names.iter().copied()));
        text += &slice(source, body, &whole.written, needed);
        text.push_str("{\n");
        for sum in &summing.sums {
            writeln!(text, "var {}{};", sum.name, body.zero(source, sum.name)).ok()?;
        }
        writeln!(text, "{{\n{}\n}}\nreturn {result};\n}}", summing.turn(source, &index, before)).ok()?;
        if !is_last {
            text.push_str("}\n");
        }
        before += summing.turns;
    }
    if let Some(rest) = &whole.result.rest {
        text += &slice(source, body, &whole.written, rest.names.iter().copied().collect());
        writeln!(text, "return {};", rest.written).ok()?;
    }
    text.push_str("}\n");
    Some(text)
}

/// The statements that names need, in their order.
fn slice<'a>(source: Source<'a>, body: &Body<'a>, written: &[bool], mut needed: HashSet<&'a str>) -> String {
    let mut chosen = Vec::new();
    for (at, statement) in body.statements.iter().enumerate().rev() {
        if written[at] && statement.stores.iter().any(|name| needed.contains(name)) {
            needed.extend(statement.uses(source));
            chosen.push(source.written(statement.tokens.clone()));
        }
    }
    chosen.iter().rev().fold(String::new(), |text, statement| text + statement + "\n")
}
