//! What stands in the brackets of a `for`, and how many turns it makes.

use super::counts::{Counts, Type};
use super::{Range, Source};

/// Comparisons, and what they are from the other side. Those of two signs first.
const SIGNS: [(&str, &str); 5] = [("<=", ">="), (">=", "<="), ("!=", "!="), ("<", ">"), (">", "<")];

/// A counter: its type, first value and step.
#[derive(Clone, Debug)]
pub(super) struct Counter<'a> {
    pub(super) name: &'a str,
    pub(super) ty: Type,
    pub(super) first: i64,
    pub(super) step: i64,
}

impl Counter<'_> {
    /// Its declaration at a turn, from a first value that is known or as it is written.
    pub(super) fn at(&self, turn: &str, written: Option<&str>) -> String {
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
pub(super) struct Head<'a> {
    counter: &'a str,
    declared: Option<&'a str>,
    pub(super) first: Range,
    pub(super) check: Range,
    pub(super) sign: &'static str,
    /// What is added to the counter before it is compared, and its sign.
    shift: Option<(bool, Range)>,
    end: Range,
    update: Range,
}

impl<'a> Head<'a> {
    pub(super) fn new(source: Source<'a>, head: Range) -> Option<Self> {
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
        // A bound that moves with the counter is none; nor is one of its name that stood for something else before.
        let is_counter = |range: &Range| source.words(range.clone()).any(|word| word == counter);
        let first = equals + 1..begin.end;
        (!is_counter(&end) && !is_counter(&first)).then_some(())?;
        Some(Head { counter, declared, first, check, sign, shift, end, update })
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
    pub(super) fn is_empty(&self, source: Source<'a>, counts: &Counts<'a>) -> bool {
        self.ends(source, counts).is_some_and(|(first, end, _)| match self.sign {
            "<" => first >= end,
            "<=" => first > end,
            ">" => first <= end,
            ">=" => first < end,
            _ => first == end,
        })
    }

    /// The counter, and how many turns the loop makes; `None` if none, or if that is not known.
    pub(super) fn turns(&self, source: Source<'a>, counts: &Counts<'a>) -> Option<(Counter<'a>, u64)> {
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
