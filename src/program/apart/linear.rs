//! What a function returns, as a sum of multiples of what its loops add up, and the rest.

use std::collections::{HashMap, HashSet};

use super::counts::Counts;
use super::loops::Summing;
use super::statements::{Body, Kind};
use super::{Range, Source};
use crate::program::dialect::Kind as TokenKind;

/// A longer way to write a value is given up.
const LONGEST: usize = 1 << 14;

/// A multiple of what a loop added to a variable.
#[derive(Clone, Debug)]
pub(super) struct Part<'a> {
    /// Which loop.
    pub(super) of: usize,
    /// In WGSL, by the name of the variable.
    pub(super) written: String,
    /// The names that the factors read.
    pub(super) names: HashSet<&'a str>,
}

/// What does not depend on loops.
#[derive(Clone, Debug)]
pub(super) struct Rest<'a> {
    pub(super) written: String,
    pub(super) names: HashSet<&'a str>,
}

/// A value.
#[derive(Clone, Debug, Default)]
pub(super) struct Linear<'a> {
    pub(super) parts: Vec<Part<'a>>,
    pub(super) rest: Option<Rest<'a>>,
}

/// What is known of a variable; of others, that they depend on no loop.
#[derive(Clone, Debug)]
pub(super) enum State<'a> {
    Linear(Linear<'a>),
    /// It depends on loops in another way.
    Unknown,
}

/// A function that is understood.
pub(super) struct Whole<'a> {
    pub(super) loops: Vec<Summing<'a>>,
    /// Of each statement, whether it can be written out for a term.
    pub(super) written: Vec<bool>,
    pub(super) result: Linear<'a>,
}

/// Goes through a function from above.
pub(super) fn follow<'a>(source: Source<'a>, body: &Body<'a>, mut counts: Counts<'a>) -> Option<Whole<'a>> {
    let mut follow = Follow {
        source,
        states: HashMap::new(),
        zeros: HashSet::new(),
        loops: Vec::new(),
        read: Vec::new(),
        at: 0,
    };
    let mut written = vec![false; body.statements.len()];
    let assigned = |name: &str| {
        let stores = |kind: &Kind<'_>| !matches!(kind, Kind::Declare { .. });
        body.statements.iter().any(|other| stores(&other.kind) && other.stores.contains(&name))
    };
    for (at, statement) in body.statements.iter().enumerate() {
        follow.at = at;
        match &statement.kind {
            Kind::Declare { name, value } => {
                if assigned(name) {
                    counts.forget(name);
                } else {
                    counts.learn(statement.tokens.clone());
                }
                written[at] = match value {
                    Some(value) => follow.store(name, value.clone(), None),
                    None => true,
                };
                if value.clone().is_none_or(|value| is_zero(source.written(value))) {
                    follow.zeros.insert(name);
                }
            }
            Kind::Assign { name, operator, value } => {
                written[at] = follow.store(name, value.clone(), *operator);
            }
            Kind::For { head, body: turn } => {
                let found = Summing::new(source, head.clone(), turn.clone(), &statement.stores, &counts);
                let reads_clean = |summing: &Summing<'a>| {
                    let adds = summing.sums.iter().all(|sum| !sum.is_product);
                    adds && follow.are_clean(summing.uses(source))
                };
                match found.filter(reads_clean) {
                    Some(summing) => follow.sum(summing),
                    None => written[at] = follow.other(statement.uses(source).collect(), &statement.stores),
                }
            }
            Kind::Other => {
                written[at] = follow.other(statement.uses(source).collect(), &statement.stores);
            }
            Kind::Return { value } => {
                let result = follow.value(value.clone(), 0)?;
                // What was read keeps its value until the end, where it is written.
                let changes = |&(name, when): &(&str, usize)| {
                    let later = body.statements.iter().enumerate().skip(when + 1);
                    later.into_iter().any(|(at, other)| written[at] && other.stores.contains(&name))
                };
                let Follow { loops, read, .. } = follow;
                return (!read.iter().any(changes)).then_some(Whole { loops, written, result });
            }
        }
    }
    None
}

/// Whether a value is written as 0.
fn is_zero(written: &str) -> bool {
    let inner = written.strip_prefix("real(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(written);
    inner.trim_end_matches('f').parse() == Ok(0.0)
}

struct Follow<'a> {
    source: Source<'a>,
    states: HashMap<&'a str, State<'a>>,
    /// Variables that are still 0.
    zeros: HashSet<&'a str>,
    loops: Vec<Summing<'a>>,
    /// What values and turns have read, and at which statement.
    read: Vec<(&'a str, usize)>,
    at: usize,
}

impl<'a> Follow<'a> {
    fn are_clean(&self, mut names: impl Iterator<Item = &'a str>) -> bool {
        names.all(|name| !self.states.contains_key(name))
    }

    /// Takes in `name = value` or with an operator; whether the statement can be written out.
    fn store(&mut self, name: &'a str, value: Range, operator: Option<char>) -> bool {
        let is_clean = self.are_clean(self.source.words(value.clone()));
        let before = self.states.get(name);
        if before.is_none() && is_clean {
            self.zeros.remove(name);
            return true;
        }
        let right = self.value(value, 0);
        let found = match operator {
            None => right,
            Some(operator) => {
                self.named(name).zip(right).and_then(|(left, right)| join(left, operator, right))
            }
        };
        self.states.insert(name, found.map_or(State::Unknown, State::Linear));
        false
    }

    /// A loop whose turns can be taken one by one.
    fn sum(&mut self, summing: Summing<'a>) {
        let of = self.loops.len();
        let uses: Vec<&str> = summing.uses(self.source).collect();
        self.read.extend(uses.into_iter().map(|name| (name, self.at)));
        for sum in &summing.sums {
            let part = Part { of, written: sum.name.into(), names: HashSet::new() };
            let added = Linear { parts: vec![part], rest: None };
            let found = self.named(sum.name).and_then(|before| join(before, '+', added));
            self.states.insert(sum.name, found.map_or(State::Unknown, State::Linear));
        }
        self.loops.push(summing);
    }

    /// Any other statement; whether it can be written out.
    fn other(&mut self, uses: Vec<&'a str>, stores: &[&'a str]) -> bool {
        stores.iter().for_each(|name| {
            self.zeros.remove(name);
        });
        if self.are_clean(uses.into_iter()) {
            return true;
        }
        for &name in stores {
            self.states.insert(name, State::Unknown);
        }
        false
    }

    fn named(&mut self, name: &'a str) -> Option<Linear<'a>> {
        match self.states.get(name) {
            Some(State::Linear(linear)) => Some(linear.clone()),
            Some(State::Unknown) => None,
            None if self.zeros.contains(name) => Some(Linear::default()),
            None => {
                self.read.push((name, self.at));
                let rest = Rest { written: name.into(), names: HashSet::from([name]) };
                Some(Linear { parts: Vec::new(), rest: Some(rest) })
            }
        }
    }

    /// The value of an expression; `None` if it is not linear.
    fn value(&mut self, range: Range, depth: usize) -> Option<Linear<'a>> {
        let source = self.source;
        // Brackets nest no deeper than people write them.
        if range.is_empty() || depth > 100 {
            return None;
        }
        if self.are_clean(source.words(range.clone())) {
            let names: HashSet<&str> = source.words(range.clone()).collect();
            self.read.extend(names.iter().map(|&name| (name, self.at)));
            let rest = Rest { written: format!("({})", source.written(range)), names };
            return Some(Linear { parts: Vec::new(), rest: Some(rest) });
        }
        if let Some((at, sign)) = self.last_of(range.clone(), &["+", "-"]) {
            let left = self.value(range.start..at, depth + 1)?;
            let right = self.value(at + 1..range.end, depth + 1)?;
            return join(left, sign, right);
        }
        if let Some((at, sign)) = self.last_of(range.clone(), &["*", "/", "%"]) {
            let left = self.value(range.start..at, depth + 1)?;
            let right = self.value(at + 1..range.end, depth + 1)?;
            return join(left, sign, right);
        }
        match source.at(range.start) {
            "-" => Some(self.value(range.start + 1..range.end, depth + 1)?.map(|text| format!("-({text})"))),
            "(" if source.closing(range.start)? + 1 == range.end => {
                self.value(range.start + 1..range.end - 1, depth + 1)
            }
            name if range.len() == 1 => self.named(name),
            _ => None,
        }
    }

    /// The last of such operators between two operands outside brackets.
    fn last_of(&self, range: Range, signs: &[&str]) -> Option<(usize, char)> {
        let source = self.source;
        let (mut at, mut found) = (range.start, None);
        while at < range.end {
            let text = source.at(at);
            if ["(", "[", "{"].contains(&text) {
                at = source.closing(at)? + 1;
                continue;
            }
            let follows_operand = at > range.start && {
                let before = source.at(at - 1);
                source.tokens[at - 1].kind != TokenKind::Sign || [")", "]"].contains(&before)
            };
            if signs.contains(&text) && follows_operand {
                found = text.chars().next().map(|sign| (at, sign));
            }
            at += 1;
        }
        found
    }
}

impl<'a> Linear<'a> {
    fn map(mut self, write: impl Fn(&str) -> String) -> Self {
        self.parts.iter_mut().for_each(|part| part.written = write(&part.written));
        if let Some(rest) = &mut self.rest {
            rest.written = write(&rest.written);
        }
        self
    }

    /// With a factor or a divisor that does not depend on loops.
    fn scaled(self, by: &Rest<'a>, write: impl Fn(&str) -> String) -> Self {
        let mut new = self.map(write);
        new.parts.iter_mut().for_each(|part| part.names.extend(&by.names));
        if let Some(rest) = &mut new.rest {
            rest.names.extend(&by.names);
        }
        new
    }

    fn length(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.written.len());
        self.parts.iter().map(|part| part.written.len()).sum::<usize>() + rest
    }
}

/// Two values with an operator between; `None` if that is not linear.
fn join<'a>(left: Linear<'a>, sign: char, right: Linear<'a>) -> Option<Linear<'a>> {
    if left.length() + right.length() > LONGEST {
        return None;
    }
    match (sign, &left.rest, &right.rest) {
        ('+' | '-', ..) => {
            let right = if sign == '-' { right.map(|text| format!("-({text})")) } else { right };
            let rest = match (left.rest, right.rest) {
                (Some(a), Some(b)) => {
                    let written = format!("({} + {})", a.written, b.written);
                    Some(Rest { written, names: a.names.into_iter().chain(b.names).collect() })
                }
                (a, b) => a.or(b),
            };
            let parts = left.parts.into_iter().chain(right.parts).collect();
            Some(Linear { parts, rest })
        }
        ('*', _, Some(by)) if right.parts.is_empty() => {
            let factor = by.written.clone();
            Some(left.scaled(by, |text| format!("({text}) * {factor}")))
        }
        ('*', Some(by), _) if left.parts.is_empty() => {
            let factor = by.written.clone();
            Some(right.scaled(by, |text| format!("{factor} * ({text})")))
        }
        ('/', _, Some(by)) if right.parts.is_empty() => {
            let divisor = by.written.clone();
            Some(left.scaled(by, |text| format!("({text}) / {divisor}")))
        }
        _ => None,
    }
}
