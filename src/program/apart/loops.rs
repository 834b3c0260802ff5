//! Loops that add to variables, and do nothing else that is seen outside.

use super::counts::{Counts, Type};
use super::statements::{Kind, Statement};
use super::{Range, Source};

/// Pairs of turns of two loops, one within the other, from which each pair is a term of its own.
const LEAST_PAIRS: u64 = 1024;

/// Turns of an outer loop, at most: each is looked at.
const MOST_OUTER: u64 = 1 << 16;

/// Pairs, at most: what each of them reads is kept.
const MOST_PAIRS: u64 = 1 << 22;

/// Comparisons, and what they are from the other side. Those of two signs first.
const SIGNS: [(&str, &str); 5] = [("<=", ">="), (">=", "<="), ("!=", "!="), ("<", ">"), (">", "<")];

/// A variable that a loop adds to.
#[derive(Clone, Debug)]
pub(super) struct Sum<'a> {
    pub(super) name: &'a str,
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
                only_adds(source, body.clone(), name)?;
                sums.push(Sum { name });
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
        let (mut most, mut counter) = (0, None);
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

/// A counter: its type, first value and step.
#[derive(Clone, Debug)]
struct Counter<'a> {
    name: &'a str,
    ty: Type,
    first: i64,
    step: i64,
}

impl Counter<'_> {
    /// Its declaration at a turn, from a first value that is known or as it is written.
    fn at(&self, turn: &str, written: Option<&str>) -> String {
        let Counter { name, ty, first, step } = self;
        let suffix = ty.suffix();
        let turn = if *ty == Type::Unsigned { turn.to_string() } else { format!("i32({turn})") };
        let scaled = match step.abs() {
            1 => turn,
            by => format!("{turn} * {by}{suffix}"),
        };
        let sign = if *step < 0 { '-' } else { '+' };
        let ty = if *ty == Type::Unsigned { "u32" } else { "i32" };
        match (written, *first, sign) {
            (Some(written), ..) => format!("let {name} = {ty}({written}) {sign} {scaled};"),
            (None, 0, '+') => format!("let {name} = {scaled};"),
            // The least integer has no literal.
            (None, first, _) if first < 0 => {
                format!("let {name} = ({}{suffix} - 1{suffix}) {sign} {scaled};", first + 1)
            }
            (None, first, _) => format!("let {name} = {first}{suffix} {sign} {scaled};"),
        }
    }
}

/// What stands in the brackets of a loop: `var i: u32 = first; i + shift < end; update`.
struct Head<'a> {
    counter: &'a str,
    declared: Option<&'a str>,
    first: Range,
    check: Range,
    sign: &'static str,
    /// What is added to the counter before it is compared, and its sign.
    shift: Option<(bool, Range)>,
    end: Range,
    update: Range,
}

impl<'a> Head<'a> {
    fn new(source: Source<'a>, head: Range) -> Option<Self> {
        let first_end = source.find(head.clone(), ";")?;
        let second_end = source.find(first_end + 1..head.end, ";")?;
        let (begin, check, update) =
            (head.start..first_end, first_end + 1..second_end, second_end + 1..head.end);
        if source.at(begin.start) != "var" || !source.is_name(begin.start + 1) {
            return None;
        }
        let counter = source.at(begin.start + 1);
        let equals = begin.clone().find(|&at| source.at(at) == "=")?;
        let declared = match equals - begin.start {
            2 => None,
            4 => Some(source.at(begin.start + 3)),
            _ => return None,
        };
        // The comparison, read from the counter.
        let (at, sign) = check.clone().find_map(|at| {
            let found = SIGNS.into_iter().find(|&(sign, _)| source.joined(at, sign));
            found.map(|found| (at, found))
        })?;
        let (left, right) = (check.start..at, at + sign.0.len()..check.end);
        let (own, end, sign) = match (source.at(left.start) == counter, source.at(right.start) == counter) {
            (true, false) => (left, right, sign.0),
            (false, true) => (right, left, sign.1),
            _ => return None,
        };
        let shift = match source.at(own.start + 1) {
            _ if own.len() == 1 => None,
            "+" => Some((true, own.start + 2..own.end)),
            "-" => Some((false, own.start + 2..own.end)),
            _ => return None,
        };
        (source.at(update.start) == counter).then_some(())?;
        Some(Head { counter, declared, first: equals + 1..begin.end, check, sign, shift, end, update })
    }

    /// The first value, the end that the counter itself is compared with, and its type.
    fn ends(&self, source: Source<'a>, counts: &Counts<'a>) -> Option<(i64, i64, Type)> {
        let (first, found) = counts.value(self.first.clone())?;
        let ty = match self.declared {
            None if found == Type::Any => Type::Signed,
            None => found,
            Some(declared) => Type::named(declared)?,
        };
        let (mut end, _) = counts.value(self.end.clone())?;
        if let Some((is_added, shift)) = &self.shift {
            // Left to right, `i - 1 + 2` is not i - (1 + 2).
            let is_one = !shift.clone().any(|at| ["+", "-"].contains(&source.at(at)));
            let (by, _) = is_one.then(|| counts.value(shift.clone())).flatten()?;
            // An unsigned i - 1 wraps around at 0.
            (*is_added || ty == Type::Signed).then_some(())?;
            end -= if *is_added { by } else { -by };
        }
        Some((first, end, ty))
    }

    /// Whether it is known to make no turn.
    fn is_empty(&self, source: Source<'a>, counts: &Counts<'a>) -> bool {
        self.ends(source, counts).is_some_and(|(first, end, _)| match self.sign {
            "<" => first >= end,
            "<=" => first > end,
            ">" => first <= end,
            ">=" => first < end,
            _ => first == end,
        })
    }

    /// The counter, and how many turns the loop makes; `None` if none, or if that is not known.
    fn turns(&self, source: Source<'a>, counts: &Counts<'a>) -> Option<(Counter<'a>, u64)> {
        let (first, end, ty) = self.ends(source, counts)?;
        let update = self.update.clone();
        let at = |offset: usize| source.at(update.start + offset);
        let joined = |signs: &str| source.joined(update.start + 1, signs);
        let value = |from: usize| counts.value(update.start + from..update.end).map(|(value, _)| value);
        let step = match update.len() {
            3 if joined("++") => 1,
            3 if joined("--") => -1,
            length if length > 3 && joined("+=") => value(3)?,
            length if length > 3 && joined("-=") => -value(3)?,
            // i = i + step
            length if length > 4 && at(1) == "=" && at(2) == self.counter => match at(3) {
                "+" => value(4)?,
                "-" => -value(4)?,
                _ => return None,
            },
            _ => return None,
        };
        // Counters that wrap around are left alone.
        let least = if ty == Type::Unsigned { 0 } else { i64::from(i32::MIN) };
        let most = if ty == Type::Unsigned { i64::from(u32::MAX) } else { i64::from(i32::MAX) };
        let distance = end - first;
        let turns = match (self.sign, step) {
            ("<", 1..) => (distance + step - 1).div_euclid(step),
            ("<=", 1..) => (distance + step).div_euclid(step),
            (">", ..=-1) => (-distance - step - 1).div_euclid(-step),
            (">=", ..=-1) => (-distance - step).div_euclid(-step),
            ("!=", _) if step != 0 && distance % step == 0 => distance / step,
            _ => return None,
        };
        let behind = first + turns.max(0) * step;
        let counter = Counter { name: self.counter, ty, first, step };
        (turns > 0 && (least..=most).contains(&behind)).then_some((counter, turns as u64))
    }
}

/// Whether each mention of a variable is `s += …`, `s -= …`, `s = s + …` or `s = s - …`.
fn only_adds(source: Source<'_>, body: Range, name: &str) -> Option<()> {
    let mut at = body.start;
    while at < body.end {
        if source.at(at) != name || !source.is_name(at) {
            at += 1;
            continue;
        }
        let begins = at == body.start || [";", "{", "}"].contains(&source.at(at - 1));
        let end = source.find(at..body.end, ";")?;
        let sign = |at: usize| ["+", "-"].contains(&source.at(at));
        let value = if begins && (source.joined(at + 1, "+=") || source.joined(at + 1, "-=")) {
            at + 3..end
        } else if begins && source.at(at + 1) == "=" && source.at(at + 2) == name && sign(at + 3) {
            at + 4..end
        } else {
            return None;
        };
        if source.words(value).any(|word| word == name) {
            return None;
        }
        at = end;
    }
    Some(())
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
