//! All terms of a sum in one program, of few terms at many points: what belongs to a term's index is known beforehand, terms share
//! what they have in common, and there is one run where there were as many as terms. Sums are those of terms evaluated one by
//! one and added up in order, in every bit.

use std::sync::{Arc, OnceLock};

use super::builtins::Binary;
use super::checked::{Instructions, Program, Traps};
use super::code::{Bank, Carried, Code, Op, Row};
use super::displaced::{Displaced, Sides, displaced};
use super::lanes::LANES;
use super::machine::Scratch;
use super::passes::{self, Lengths};
use super::seeds::Input;
use crate::numeric::Real;

/// Terms at most: more are no fewer runs than the engine's sums in parts.
const MOST_TERMS: usize = 64;

/// Instructions at most, before and after indices are known.
const MOST_OPS: usize = 1 << 13;

/// All terms of a program, or their squares.
pub(crate) struct Whole<T> {
    /// Its result is their sum.
    sum: Instructions<T>,
    /// The terms by themselves, each number computed once in a row of its own.
    lean: Code,
    displaced: [OnceLock<Option<Arc<Displaced<T>>>>; 4],
}

impl<T: Real> Program<T> {
    /// So many terms, squared or not, in one program. `None` of many, and of those with loops.
    pub(crate) fn whole(&self, terms: usize, squares: bool) -> Option<Arc<Whole<T>>> {
        let make = || {
            let code = all_terms(&self.written.code, terms, squares)?;
            let code = passes::fold(&code);
            if code.ops.len() > MOST_OPS || code.ops.iter().any(|op| op.is_control()) {
                return None;
            }
            let lengths = Lengths { dimension: self.dimension, data: self.data.len() };
            let lean = passes::lean(&code, lengths);
            let sum = Instructions::new(passes::placed(&passes::lean(&summed(&lean), lengths)));
            Some(Arc::new(Whole { sum, lean, displaced: [const { OnceLock::new() }; 4] }))
        };
        let (known, made) = self.whole.get_or_init(|| ((terms, squares), make()));
        if *known == (terms, squares) { made.clone() } else { make() }
    }

    /// The sums of all terms at [`LANES`] points, `[coordinate][lane]`. Whether there was no trap; which one there was, the terms
    /// tell one by one.
    pub(crate) fn sums(&self, whole: &Whole<T>, x: &[T], out: &mut [T]) -> bool {
        let job = self.job(Input::Each(x), &self.data, [0; LANES], u64::MAX);
        let result = whole.sum.code.result;
        let read = |scratch: &Scratch<T>, _| out.copy_from_slice(scratch.row(result));
        whole.sum.run(&job, &Traps::default(), read).is_some()
    }

    /// The program of differences of sums up, down, or between both, each term subtracted by itself. `None` where evaluating terms
    /// takes no longer.
    pub(crate) fn displaced_sums(&self, whole: &Whole<T>, sides: Sides) -> Option<Arc<Displaced<T>>> {
        let which = usize::from(sides[0]) + 2 * usize::from(sides[1]);
        let made = whole.displaced[which].get_or_init(|| {
            let code = displaced(&whole.lean, &whole.lean.carried.slopes, self.dimension, sides)?;
            let lengths = Lengths { dimension: self.dimension, data: self.data.len() };
            let code = passes::placed(&passes::lean(&code, lengths));
            Some(Arc::new(Displaced { instructions: Instructions::new(code) }))
        });
        made.clone()
    }
}

/// The program of each term, one after the other; each leaves its value where a slope would be.
fn all_terms(code: &Code, terms: usize, squares: bool) -> Option<Code> {
    if terms > MOST_TERMS || code.ops.len() * terms > MOST_OPS || !code.operands.is_empty() {
        return None;
    }
    // Behind the constants, each term has rows of its own.
    let (numbers, ints) = (code.constants.len() as Row, code.integers.len() as Row + 1);
    let (own_numbers, own_ints) = (code.rows as Row - numbers, code.int_rows.max(1) as Row - ints);
    let terms = terms as Row;
    let mut out = Code {
        constants: [&code.constants[..], &[0.0]].concat(),
        integers: code.integers.iter().copied().chain(0..terms).collect(),
        ..Code::default()
    };
    out.carried.error = numbers;
    out.result = numbers;
    for s in 0..terms {
        let number = |row: Row| if row < numbers { row } else { row + 1 + s * own_numbers };
        let int = |row: Row| match row {
            0 => ints + s,
            row if row < ints => row,
            row => row + terms + s * own_ints,
        };
        for &op in &code.ops {
            out.ops.push(
                op.with_rows(|_, bank, row| if bank == Bank::Numbers { number(row) } else { int(row) }),
            );
        }
        out.carried.slopes.push(number(code.result));
    }
    passes::link(&mut out.ops);
    out.rows = (numbers + 1 + terms * own_numbers) as usize;
    out.int_rows = (ints + terms + terms * own_ints) as usize;
    if squares {
        for value in &mut out.carried.slopes {
            out.ops.push(Op::Binary(Binary::Multiply, out.rows as Row, [*value; 2]));
            *value = out.rows as Row;
            out.rows += 1;
        }
    }
    Some(out)
}

/// The program of the sum of what stands in the places of slopes, in order.
fn summed(code: &Code) -> Code {
    let mut out = Code { carried: Carried::default(), ..code.clone() };
    let mut sum = None;
    for &value in &code.carried.slopes {
        let Some(before) = sum.replace(value) else { continue };
        out.ops.push(Op::Binary(Binary::Add, out.rows as Row, [before, value]));
        sum = Some(out.rows as Row);
        out.rows += 1;
    }
    out.result = sum.unwrap_or(code.result);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Role, Text};

    const N: usize = 6;

    /// Terms, how many, and whether they come to one program.
    const TEXTS: [(&str, usize, bool); 5] = [
        ("let a = 1.0 - x(s); let b = x(s + 1u) - x(s) * x(s); return a * a + 100.0 * b * b;", N - 1, true),
        ("return data(s) * exp(-x(0) * data(s + 8u)) - x(1);", 8, true),
        ("return select(x(s % 6u), x(0) * 2.0, x(s % 6u) > 0.5) + 0.25;", 64, true),
        // As many turns as the term's index says.
        ("var p = 1.0; for (var i = 0u; i < s; i++) { p = p * x(i) + data(i); } return p;", N, true),
        ("var p = 0.0; while (p < x(s)) { p += 1.0; } return p;", N, false),
    ];

    fn program<T: Real>(body: &str) -> Program<T> {
        let text = format!("fn term(s: u32) -> real {{ {body} }}");
        let text = Text { path: "terms.wgsl", text: &text, f32_as_real: false, of_expression: false };
        let data = (0..16).map(|i| T::of(0.3 * f64::from(i) - 0.7)).collect();
        Program::new(text, Role::Scalar, N, data).unwrap()
    }

    fn points<T: Real>() -> Vec<T> {
        (0..N * LANES).map(|i| T::of((0.618 * i as f64).fract() * 3.0 - 1.0)).collect()
    }

    fn bits<T: Real>(values: &[T]) -> Vec<u64> {
        values.iter().map(|value| value.to_f64().to_bits()).collect()
    }

    /// The terms one by one, squared or not.
    fn one_by_one<T: Real>(program: &Program<T>, x: &[T], (terms, squares): (usize, bool)) -> Vec<Vec<T>> {
        let mut rows = Vec::new();
        program.at_points(x, 0..terms as u32, &Traps::default(), |row| rows.push(row.to_vec()));
        for value in rows.iter_mut().flatten().filter(|_| squares) {
            *value = *value * *value;
        }
        rows
    }

    fn same_bits<T: Real>(squares: bool) {
        let x = points::<T>();
        for (body, terms, is_one) in TEXTS {
            let program = program::<T>(body);
            let Some(whole) = program.whole(terms, squares) else {
                assert!(!is_one, "{body}");
                continue;
            };
            assert!(is_one, "{body}");
            let mut sums = vec![T::ZERO; LANES];
            assert!(program.sums(&whole, &x, &mut sums));
            let add = |rows: &[Vec<T>], lane: usize| rows.iter().fold(T::ZERO, |sum, row| sum + row[lane]);
            let here = one_by_one(&program, &x, (terms, squares));
            let want: Vec<T> = (0..LANES).map(|lane| add(&here, lane)).collect();
            assert_eq!(bits(&sums), bits(&want), "{body}");
            let Some(displaced) = program.displaced_sums(&whole, [true, false]) else { continue };
            let moved: Vec<T> = x.iter().map(|&x| x + T::of(0.125)).collect();
            let mut got = vec![T::ZERO; N * LANES];
            assert!(program.differences(&displaced, (&x, &moved, 0), &Traps::default(), &mut got));
            for axis in 0..N {
                let mut there = x.clone();
                let own = axis * LANES..(axis + 1) * LANES;
                there[own.clone()].copy_from_slice(&moved[own.clone()]);
                let there = one_by_one(&program, &there, (terms, squares));
                let all = there.iter().zip(&here);
                let less = |lane: usize| {
                    all.clone().fold(T::ZERO, |sum, (there, here)| sum + (there[lane] - here[lane]))
                };
                let want: Vec<T> = (0..LANES).map(less).collect();
                // Terms that do not move come to 0, whichever sign that has.
                let same = got[own].iter().zip(&want).all(|(a, b)| a == b);
                assert!(same, "{body}, axis {axis}");
            }
        }
    }

    #[test]
    fn sums_and_differences_are_those_of_terms() {
        for squares in [false, true] {
            same_bits::<f64>(squares);
            same_bits::<f32>(squares);
        }
    }

    /// Reads past the end are told by the terms themselves, since one program does not know of terms.
    #[test]
    fn a_trap_is_no_sum() {
        let program = program::<f64>("return x(s + 3u);");
        let whole = program.whole(N, false).unwrap();
        let mut sums = vec![0.0; LANES];
        assert!(!program.sums(&whole, &points::<f64>(), &mut sums));
    }

    #[test]
    fn many_terms_are_not_one_program() {
        let program = program::<f64>("return x(s % 6u);");
        assert!(program.whole(MOST_TERMS, false).is_some() && program.whole(MOST_TERMS + 1, false).is_none());
    }
}
