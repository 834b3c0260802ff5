//! What each row has to carry beside its value, found by following the instructions until nothing changes.

use super::expand::Expanded;
use super::{How, functions};
use crate::numeric::Precision;
use crate::program::builtins::{Binary, Unary};
use crate::program::code::{Op, Row, Source};

/// What a row carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    /// An error of the value, that may be other than 0.
    pub(super) error: bool,
    /// Slopes.
    pub(super) slope: bool,
    /// Errors of the slopes.
    pub(super) bound: bool,
    /// Second slopes, and their errors.
    pub(super) second: bool,
    pub(super) second_bound: bool,
    /// Room for the slope of a function and how far that may be off.
    pub(super) chain: bool,
}

impl Kind {
    fn or(self, other: Kind) -> Kind {
        Kind {
            error: self.error || other.error,
            slope: self.slope || other.slope,
            bound: self.bound || other.bound,
            second: self.second || other.second,
            second_bound: self.second_bound || other.second_bound,
            chain: self.chain || other.chain,
        }
    }
}

/// What is known of the program beside its instructions.
pub(super) struct Known<'a> {
    pub(super) how: &'a How,
    /// Rows that hold one number, of the program and between, with the number's error.
    pub(super) constants: &'a [(Row, f64)],
    /// Whether data may be off.
    pub(super) inexact_data: bool,
}

/// The kinds of all rows.
pub(super) fn kinds(expanded: &Expanded, known: &Known<'_>) -> Vec<Kind> {
    let mut kinds = vec![Kind::default(); expanded.rows];
    for &(row, error) in known.constants {
        kinds[row as usize].error = known.how.bars && error > 0.0;
    }
    loop {
        let mut changes = false;
        let mut add = |kinds: &mut Vec<Kind>, row: Row, kind: Kind| {
            let joined = kinds[row as usize].or(kind);
            changes |= joined != kinds[row as usize];
            kinds[row as usize] = joined;
        };
        for op in &expanded.ops {
            match *op {
                Op::Scatter(span, _, from) => {
                    let kind = kinds[from as usize];
                    (span.first..span.first + span.count).for_each(|row| add(&mut kinds, row, kind));
                }
                Op::Gather(to, span, _) => {
                    // Rows of a span are laid out alike.
                    let rows = span.first..span.first + span.count;
                    let all = rows.clone().fold(Kind::default(), |all, row| all.or(kinds[row as usize]));
                    rows.for_each(|row| add(&mut kinds, row, all));
                    add(&mut kinds, to, Kind { chain: false, ..all });
                }
                op => {
                    if let Some((to, kind)) = result(op, known, &kinds) {
                        add(&mut kinds, to, kind);
                    }
                }
            }
        }
        // Scatters, too, need their spans alike.
        for op in &expanded.ops {
            if let Op::Scatter(span, ..) = *op {
                let rows = span.first..span.first + span.count;
                let all = rows.clone().fold(Kind::default(), |all, row| all.or(kinds[row as usize]));
                rows.for_each(|row| add(&mut kinds, row, all));
            }
        }
        if !changes {
            return kinds;
        }
    }
}

/// Where an instruction leaves a number, and what that carries.
fn result(op: Op, known: &Known<'_>, kinds: &[Kind]) -> Option<(Row, Kind)> {
    let how = known.how;
    let of = |row: Row| Kind { chain: false, ..kinds[row as usize] };
    // By a rule that rounds values and slopes, and that is straight or not.
    let rounded = |slope: bool, second: bool| {
        let second = how.second && second;
        Kind {
            error: how.bars,
            slope,
            bound: how.bars && slope,
            second,
            second_bound: how.bars && second,
            chain: false,
        }
    };
    Some(match op {
        Op::Unary(unary, to, a) => (to, {
            let a = of(a);
            match unary {
                Unary::Negate => a,
                Unary::Held => Kind::default(),
                Unary::Single | Unary::Fract => Kind { error: how.bars, ..a },
                Unary::Floor | Unary::Ceil | Unary::Round | Unary::Trunc | Unary::Sign => {
                    let slope = how.finite && a.slope;
                    Kind { error: a.error, slope, chain: slope, ..Kind::default() }
                }
                unary => {
                    let function = functions::of(unary, &how.model);
                    let is_exact = function.as_ref().is_some_and(|function| function.value_error == 0.0);
                    let is_sized = function.is_some_and(|function| function.size.is_some());
                    let chain = a.slope || a.error || is_sized && how.bars;
                    Kind { error: how.bars && (!is_exact || a.error), chain, ..rounded(a.slope, a.slope) }
                }
            }
        }),
        Op::Binary(binary, to, [a, b]) => (to, {
            let (a, b) = (of(a), of(b));
            let slope = a.slope || b.slope;
            let second = a.second || b.second;
            match binary {
                Binary::Add | Binary::Subtract => Kind {
                    bound: how.bars && ((a.slope && b.slope) || a.bound || b.bound),
                    ..rounded(slope, second)
                },
                Binary::Min | Binary::Max => Kind { error: a.error || b.error, ..rounded(slope, slope) },
                Binary::Step => {
                    let slope = how.finite && slope;
                    Kind { error: a.error || b.error, slope, chain: slope, ..Kind::default() }
                }
                Binary::Atan2 | Binary::Pow => Kind { chain: true, ..rounded(slope, slope) },
                Binary::Remainder => Kind { chain: true, ..rounded(slope, second) },
                Binary::Multiply => rounded(slope, second || (a.slope && b.slope)),
                Binary::Divide => rounded(slope, second || b.slope),
            }
        }),
        Op::PowI(to, a, _) => (to, Kind { chain: true, ..rounded(of(a).slope, of(a).slope) }),
        Op::Select(to, _, [a, b]) => (to, of(a).or(of(b))),
        Op::Copy(to, from) | Op::Store(to, from) => (to, of(from)),
        Op::Read(source, to, _) | Op::ReadAt(source, to, _) => (
            to,
            match source {
                Source::Point => {
                    Kind { slope: true, bound: how.bars && how.inexact_direction, ..Kind::default() }
                }
                Source::Data => Kind { error: how.bars && known.inexact_data, ..Kind::default() },
            },
        ),
        Op::Convert(convert, to, _) if convert.gives_number() => {
            // u32 and i32 have more digits than f32.
            let is_single = how.precision() == Precision::F32;
            (to, Kind { error: how.bars && is_single, ..Kind::default() })
        }
        _ => return None,
    })
}
