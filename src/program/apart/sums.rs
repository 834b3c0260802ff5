//! Objectives that are functions of a few sums or products, such as √(Σ xᵢ²): the terms of the sums by themselves, and the function
//! of them. Of a product Π tᵢ these are log|tᵢ|, and 1 for each negative factor.
//!
//! A gradient then follows by the chain rule and takes as long as the terms, and not as long as coordinates times terms. The loops
//! are those that [`take_apart`](super::take_apart) takes, but what comes of their sums may be anything, as long as it reads
//! coordinates at given numbers only, and no loop depends on a sum that another one made.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::counts::Counts;
use super::loops::{Sum, Summing};
use super::statements::{Body, Kind};
use super::{LEAST_TURNS, LONGEST, Range, Source, slice};
use crate::program::dialect::{Kind as TokenKind, tokens};

/// Sums, products, and coordinates that are read beside them, at most.
const MOST_INPUTS: usize = 32;

/// A function of sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextOfSums {
    /// All terms, one sum after the other.
    pub(crate) terms: String,
    /// Where the terms of each sum end; a product has two.
    pub(crate) ends: Vec<usize>,
    /// Of each input, whether it is a product.
    pub(crate) products: Vec<bool>,
    /// The function of them: its coordinates are the sums and products, then the coordinates that it reads beside them. To each of them it adds a
    /// number of data, behind the objective's own.
    pub(crate) outer: String,
    /// The coordinates beside the sums.
    pub(crate) beside: Vec<u32>,
}

/// An objective with so many coordinates and numbers of data as a function of sums; `None` if it is none.
pub(crate) fn take_sums(text: &str, dimension: usize, data: usize) -> Option<TextOfSums> {
    if text.len() > LONGEST {
        return None;
    }
    let tokens = tokens(text);
    let source = Source { text, tokens: &tokens };
    let function = source.objective()?;
    let body = Body::new(source, function.clone())?;
    let found = Found::new(source, &body, Counts::new(source, dimension, data))?;
    let mut outer = Outer { source, dimension, data, sums: Vec::new(), beside: Vec::new() };
    let written = outer.write(&body, &found, source.readers(function.clone()))?;
    let Outer { sums, beside, .. } = outer;
    let mut ends = Vec::new();
    for &(k, sum) in &sums {
        for _ in 0..(if sum.is_product { 2 } else { 1 }) {
            ends.push(ends.last().copied().unwrap_or(0) + found.loops[k].turns as usize);
        }
    }
    let turns = *ends.last()? as u64;
    let products = sums.iter().map(|(_, sum)| sum.is_product).collect();
    if turns < LEAST_TURNS || turns > u64::from(u32::MAX) || sums.len() + beside.len() > MOST_INPUTS {
        return None;
    }
    let whole = |function_text: &str| {
        let before = &text[..source.tokens[function.start - 7].at];
        let new = [before, function_text, &text[source.tokens[function.end - 1].end()..]].concat();
        (new.len() <= LONGEST).then_some(new)
    };
    let terms = whole(&write_terms(source, &body, &found, &sums)?)?;
    Some(TextOfSums { terms, ends, products, outer: whole(&written)?, beside })
}

/// What the statements of a function are.
struct Found<'a> {
    loops: Vec<Summing<'a>>,
    /// Of each statement, which loop it is.
    loop_of: Vec<Option<usize>>,
    /// Of each statement, whether it depends on no sum.
    is_clean: Vec<bool>,
}

impl<'a> Found<'a> {
    fn new(source: Source<'a>, body: &Body<'a>, mut counts: Counts<'a>) -> Option<Self> {
        let count = body.statements.len();
        let mut found = Found { loops: Vec::new(), loop_of: vec![None; count], is_clean: vec![false; count] };
        // What depends on sums; and what turns have read, at which statement.
        let (mut of_sums, mut read): (HashSet<&str>, Vec<(&str, usize)>) = Default::default();
        let assigned = |name: &str| {
            let stores = |kind: &Kind<'_>| !matches!(kind, Kind::Declare { .. });
            body.statements.iter().any(|other| stores(&other.kind) && other.stores.contains(&name))
        };
        for (at, statement) in body.statements.iter().enumerate() {
            match &statement.kind {
                Kind::Declare { name, .. } if assigned(name) => counts.forget(name),
                Kind::Declare { .. } => counts.learn(statement.tokens.clone()),
                Kind::For { head, body: turn } => {
                    let summing =
                        Summing::new(source, head.clone(), turn.clone(), &statement.stores, &counts);
                    let is_clean = |summing: &Summing<'a>| {
                        !summing.sums.is_empty() && summing.uses(source).all(|name| !of_sums.contains(name))
                    };
                    if let Some(summing) = summing.filter(is_clean) {
                        read.extend(summing.uses(source).map(|name| (name, at)));
                        of_sums.extend(summing.sums.iter().map(|sum| sum.name));
                        found.loop_of[at] = Some(found.loops.len());
                        found.loops.push(summing);
                        continue;
                    }
                }
                _ => {}
            }
            found.is_clean[at] = statement.uses(source).all(|name| !of_sums.contains(name));
            if !found.is_clean[at] {
                of_sums.extend(statement.stores.iter().copied());
            }
        }
        // What a turn reads keeps its value until the end, where it is written.
        let changes = |&(name, when): &(&str, usize)| {
            body.statements.iter().skip(when + 1).any(|other| other.stores.contains(&name))
        };
        (!read.iter().any(changes)).then_some(found)
    }
}

/// The function `term`: the turns of loops, once for each of their sums.
fn write_terms<'a>(
    source: Source<'a>,
    body: &Body<'a>,
    found: &Found<'a>,
    sums: &[(usize, &Sum<'a>)],
) -> Option<String> {
    let index = source.free_name();
    let real = source.at(body.returns_at - 1);
    let mut text = format!("fn term({index}: u32) -> {real} {{\n");
    let mut before = 0;
    let written = sums.iter().flat_map(|&(k, sum)| {
        let name = sum.name;
        let results = match sum.is_product {
            false => vec![name.to_string()],
            true => vec![
                format!("log(abs({name}))"),
                format!("select({real}(0.0), {real}(1.0), {name} < {real}(0.0))"),
            ],
        };
        results.into_iter().map(move |result| (k, result))
    });
    let written: Vec<(usize, String)> = written.collect();
    for (j, (k, result)) in written.iter().enumerate() {
        let summing = &found.loops[*k];
        let is_last = j + 1 == written.len();
        if !is_last {
            writeln!(text, "if ({index} < {}u) {{", before + summing.turns).ok()?;
        }
        text += &slice(source, body, &found.is_clean, summing.uses(source).collect());
        text.push_str("{\n");
        for sum in &summing.sums {
            let zero = body.zero(source, sum.name);
            let first = if sum.is_product { zero.replace("(0)", "(1)") } else { zero };
            writeln!(text, "var {}{first};", sum.name).ok()?;
        }
        writeln!(text, "{{\n{}\n}}\nreturn {result};\n}}", summing.turn(source, &index, before)).ok()?;
        if !is_last {
            text.push_str("}\n");
        }
        before += summing.turns;
    }
    text.push_str("}\n");
    Some(text)
}

/// The function of sums, as it is written.
struct Outer<'a, 'f> {
    source: Source<'a>,
    dimension: usize,
    data: usize,
    /// Of which loop, and which.
    sums: Vec<(usize, &'f Sum<'a>)>,
    beside: Vec<u32>,
}

impl<'a, 'f> Outer<'a, 'f> {
    /// What the result needs, with a coordinate in the place of each sum; `None` if it calls one of `readers`, or reads coordinates
    /// at computed numbers.
    fn write(&mut self, body: &Body<'a>, found: &'f Found<'a>, readers: HashSet<&'a str>) -> Option<String> {
        let Kind::Return { value } = &body.statements.last()?.kind else { return None };
        let mut needed: HashSet<&str> = self.source.words(value.clone()).collect();
        let mut chosen = vec![body.statements.len() - 1];
        for (at, statement) in body.statements.iter().enumerate().rev().skip(1) {
            if !statement.stores.iter().any(|name| needed.contains(name)) {
                continue;
            }
            chosen.push(at);
            match found.loop_of[at] {
                Some(k) => {
                    let own = found.loops[k].sums.iter().filter(|sum| needed.contains(sum.name));
                    self.sums.extend(own.map(|sum| (k, sum)));
                }
                None => needed.extend(statement.uses(self.source)),
            }
        }
        self.sums.reverse();
        let place: HashMap<(usize, &str), usize> =
            self.sums.iter().enumerate().map(|(j, (k, sum))| ((*k, sum.name), j)).collect();
        let mut text = format!("fn objective() -> {} {{\n", self.source.at(body.returns_at - 1));
        for at in chosen.into_iter().rev() {
            match found.loop_of[at] {
                Some(k) => {
                    for sum in &found.loops[k].sums {
                        let Some(&j) = place.get(&(k, sum.name)) else { continue };
                        let sign = if sum.is_product { '*' } else { '+' };
                        writeln!(text, "{} {sign}= {};", sum.name, self.input(j)).ok()?;
                    }
                }
                None => writeln!(text, "{}", self.statement(body.statements[at].tokens.clone(), &readers)?)
                    .ok()?,
            }
        }
        text.push_str("}\n");
        Some(text)
    }

    /// A sum or a coordinate, with how far off it may be.
    fn input(&self, j: usize) -> String {
        format!("(x({j}u) + data({}u))", self.data + j)
    }

    /// A statement with numbers in the place of what would be others, and inputs in that of coordinates.
    fn statement(&mut self, range: Range, readers: &HashSet<&str>) -> Option<String> {
        let source = self.source;
        let (mut text, mut at, mut from) = (String::new(), range.start, source.tokens.get(range.start)?.at);
        while at < range.end {
            let (word, is_call) = (source.at(at), source.at(at + 1) == "(");
            let (put, end) = match word {
                _ if !source.is_name(at) => {
                    at += 1;
                    continue;
                }
                "x" if is_call => {
                    let number = source.tokens.get(at + 2).filter(|token| token.kind == TokenKind::Number)?;
                    let index: u32 = number.text.trim_end_matches(['u', 'i']).parse().ok()?;
                    (source.at(at + 3) == ")").then_some(())?;
                    let known = self.beside.iter().position(|&axis| axis == index);
                    let k = known.unwrap_or_else(|| {
                        self.beside.push(index);
                        self.beside.len() - 1
                    });
                    (self.input(self.sums.len() + k), at + 3)
                }
                "dimension" if is_call => (format!("{}u", self.dimension), at + 2),
                "data_len" if is_call => (format!("{}u", self.data), at + 2),
                _ if readers.contains(word) => return None,
                _ => {
                    at += 1;
                    continue;
                }
            };
            text += &source.text[from..source.tokens[at].at];
            text += &put;
            from = source.tokens.get(end)?.end();
            at = end + 1;
        }
        text += &source.text[from..source.tokens[range.end - 1].end()];
        Some(text)
    }
}

impl<'a> Source<'a> {
    /// The functions of a text, but for the one here, that read coordinates or sizes, and those that call such.
    fn readers(self, but: Range) -> HashSet<&'a str> {
        let mut functions: Vec<(&str, Range)> = Vec::new();
        let (mut depth, mut at) = (0usize, 0);
        while at < self.tokens.len() {
            match self.at(at) {
                "{" => depth += 1,
                "}" => depth = depth.saturating_sub(1),
                "fn" if depth == 0 => {
                    let body = self.find(at..self.tokens.len(), "{");
                    if let Some((open, close)) = body.and_then(|open| Some((open, self.closing(open)?)))
                        && open != but.start
                    {
                        functions.push((self.at(at + 1), open..close));
                        at = close;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        let mut readers = HashSet::from(["x", "dimension", "data_len"]);
        while let Some(&(name, _)) = functions.iter().find(|(name, body)| {
            !readers.contains(name) && self.words(body.clone()).any(|word| readers.contains(word))
        }) {
            readers.insert(name);
        }
        // These are known by themselves.
        ["x", "dimension", "data_len"].iter().for_each(|name| {
            readers.remove(name);
        });
        readers
    }
}
