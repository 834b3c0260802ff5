//! Loops that add to variables, and do nothing else that is seen outside.

use super::counts::Counts;
use super::head::{Counter, Head};
use super::statements::{Kind, Statement};
use super::{Range, Source};

/// Pairs of turns of two loops, one within the other, from which each pair is a term of its own.
const LEAST_PAIRS: u64 = 1024;

/// Turns of an outer loop, at most: each is looked at.
const MOST_OUTER: u64 = 1 << 16;

/// Pairs, at most: what each of them reads is kept.
const MOST_PAIRS: u64 = 1 << 22;

/// A variable that a loop adds to, or multiplies.
#[derive(Clone, Debug)]
pub(super) struct Sum<'a> {
    pub(super) name: &'a str,
    pub(super) is_product: bool,
}

/// A loop whose turns can be taken one by one.
#[derive(Clone, Debug)]
pub(super) struct Summing<'a> {
    /// Of the loop, or of all pairs of its turns with those of the loop within.
    pub(super) turns: u64,
    pub(super) sums: Vec<Sum<'a>>,
    /// Between the brackets.
    body: Range,
    counter: Counter<'a>,
    inner: Option<Inner<'a>>,
}

/// A loop that is all that a turn does, but for names that it gives before.
#[derive(Clone, Debug)]
struct Inner<'a> {
    /// The statements before.
    before: Range,
    counter: Counter<'a>,
    first: Range,
    check: Range,
    body: Range,
    /// Turns, at most: fewer in some turns of the outer loop.
    most: u64,
}

impl<'a> Summing<'a> {
    /// The loop of `for (head) {body}`, which stores in these variables; `None` if it is not of this kind.
    pub(super) fn new(
        source: Source<'a>,
        head: Range,
        body: Range,
        stores: &[&'a str],
        counts: &Counts<'a>,
    ) -> Option<Self> {
        let head = Head::new(source, head)?;
        let (counter, turns) = head.turns(source, counts)?;
        let mut sums: Vec<Sum<'a>> = Vec::new();
        for &name in stores.iter().filter(|&&name| name != counter.name) {
            if !sums.iter().any(|sum| sum.name == name) {
                let is_product = gathers(source, body.clone(), name)?;
                sums.push(Sum { name, is_product });
            }
        }
        let is_hidden = |name: &str| name == counter.name || sums.iter().any(|sum| sum.name == name);
        let of_body = source.stores(body.clone());
        if of_body.contains(&counter.name) || source.declared(body.clone()).any(is_hidden) {
            return None;
        }
        stays(source, body.clone())?;
        let inner = Inner::new(source, &body, (&counter, turns), counts)
            .filter(|inner| (LEAST_PAIRS..=MOST_PAIRS).contains(&turns.saturating_mul(inner.most)));
        let turns = inner.as_ref().map_or(turns, |inner| turns.saturating_mul(inner.most));
        Some(Summing { turns, sums, body, counter, inner })
    }

    /// The names that a turn reads, but for its own.
    pub(super) fn uses(&self, source: Source<'a>) -> impl Iterator<Item = &'a str> {
        let is_own = |name: &str| name == self.counter.name || self.sums.iter().any(|sum| sum.name == name);
        source.words(self.body.clone()).filter(move |name| !is_own(name))
    }

    /// The turn that a term is, where so many terms come before those of the loop.
    pub(super) fn turn(&self, source: Source<'a>, index: &str, before: u64) -> String {
        let index = if before == 0 { index.to_string() } else { format!("({index} - {before}u)") };
        let Some(inner) = &self.inner else {
            return format!("{}\n{}", self.counter.at(&index, None), source.written(self.body.clone()));
        };
        let most = inner.most;
        let first = source.written(inner.first.clone());
        format!(
            "{}\n{}\n{}\nif ({}) {{\n{}\n}}",
            self.counter.at(&format!("({index} / {most}u)"), None),
            source.written(inner.before.clone()),
            inner.counter.at(&format!("({index} % {most}u)"), Some(first)),
            source.written(inner.check.clone()),
            source.written(inner.body.clone())
        )
    }
}

impl<'a> Inner<'a> {
    fn new(
        source: Source<'a>,
        body: &Range,
        (outer, turns): (&Counter<'a>, u64),
        counts: &Counts<'a>,
    ) -> Option<Self> {
        let (mut at, mut found) = (body.start, None);
        while at < body.end {
            // A loop is the last statement.
            found.is_none().then_some(())?;
            let statement = Statement::new(source, at, body.end)?;
            match statement.kind {
                Kind::Declare { .. } if source.at(at) == "let" => {}
                Kind::For { head, body } => found = Some((at, head, body)),
                _ => return None,
            }
            at = statement.tokens.end;
        }
        let (begin, head, inner) = found?;
        let head = Head::new(source, head)?;
        stays(source, inner.clone())?;
        let (mut most, mut counter) = (0, None::<Counter<'_>>);
        let mut counts = counts.clone();
        for turn in 0..turns.min(MOST_OUTER) {
            counts.set(outer.name, (outer.first + turn as i64 * outer.step, outer.ty));
            // Names that are given before may be counts, too.
            let mut at = body.start;
            while at < begin {
                let end = source.find(at..begin, ";")? + 1;
                counts.learn(at..end);
                at = end;
            }
            let (own, turns) = match head.turns(source, &counts) {
                Some(found) => found,
                None if head.is_empty(source, &counts) => continue,
                None => return None,
            };
            // A step that changes from turn to turn is not one.
            let is_same = |before: &Counter<'_>| (before.step, before.ty) == (own.step, own.ty);
            counter.as_ref().is_none_or(is_same).then_some(())?;
            (most, counter) = (turns.max(most), Some(own));
        }
        let counter = counter?;
        let is_plain = ["<", "<="].contains(&head.sign) && counter.step > 0 && turns <= MOST_OUTER;
        let stores = source.stores(inner.clone());
        (is_plain && !stores.contains(&counter.name)).then_some(Inner {
            before: body.start..begin,
            counter,
            first: head.first,
            check: head.check,
            body: inner,
            most,
        })
    }
}

/// Whether a variable is multiplied, `s *= …` at each mention of it, or added to: `s += …`, `s -= …`, `s = s + …` or `s = s - …`.
fn gathers(source: Source<'_>, body: Range, name: &str) -> Option<bool> {
    let (mut at, mut found) = (body.start, None);
    while at < body.end {
        if source.at(at) != name || !source.is_name(at) {
            at += 1;
            continue;
        }
        let begins = at == body.start || [";", "{", "}"].contains(&source.at(at - 1));
        let end = source.find(at..body.end, ";")?;
        let sign = |at: usize| ["+", "-"].contains(&source.at(at));
        let (value, is_product) = if begins && (source.joined(at + 1, "+=") || source.joined(at + 1, "-=")) {
            (at + 3..end, false)
        } else if begins && source.joined(at + 1, "*=") {
            (at + 3..end, true)
        } else if begins && source.at(at + 1) == "=" && source.at(at + 2) == name && sign(at + 3) {
            (at + 4..end, false)
        } else {
            return None;
        };
        if source.words(value).any(|word| word == name) || *found.get_or_insert(is_product) != is_product {
            return None;
        }
        at = end;
    }
    found
}

/// Whether every `break` and `continue` belongs to a loop or a switch within.
fn stays(source: Source<'_>, body: Range) -> Option<()> {
    // Behind which token each loop and each switch within ends, and whether it is a loop.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for at in body.clone() {
        open.retain(|&(end, _)| end >= at);
        match source.at(at) {
            word @ ("for" | "while" | "loop" | "switch") if source.is_name(at) => {
                let begin = source.find(at..body.end, "{")?;
                open.push((source.closing(begin)?, word != "switch"));
            }
            "break" if open.is_empty() => return None,
            "continue" if !open.iter().any(|&(_, is_loop)| is_loop) => return None,
            _ => {}
        }
    }
    Some(())
}
