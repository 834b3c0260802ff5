//! A program that carries slopes, written back as WGSL for devices.
//!
//! The text is the words of rules (`shaders/slopes/words.wgsl`), the rules themselves, and the program:
//! `fn pm_carry(s: u32)`, which leaves what comes of a term in `pm_value`, `pm_error`, `pm_slope`, `pm_bound` and
//! `pm_raised`. What it reads and where it leaves that, `shaders/slopes.wgsl` declares.
//!
//! In the order of the flow: [`rows`] finds where each row lives, [`operations`] writes what is computed, [`writer`] the
//! instructions and their control flow.

mod operations;
mod rows;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::HashSet;

use super::checked::Program;
use super::code::{Code, Op};
use super::slopes::{How, Model, carry};
use crate::numeric::{Precision, Real};

/// Instructions of a program with slopes after which drivers would take too long to compile it: lavapipe 15 s.
const MOST_INSTRUCTIONS: usize = 6000;

/// Numbers in arrays after which devices would run out of memory of an invocation's own.
const MOST_ELEMENTS: usize = 1 << 12;

const WORDS: &str = include_str!("../../../shaders/slopes/words.wgsl");

/// Why a program has no text for devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooLarge {
    /// Rows could not be laid out.
    Rows,
    Instructions(usize),
    Elements(usize),
}

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TooLarge::Rows => write!(f, "its rows cannot be laid out"),
            TooLarge::Instructions(count) => {
                write!(
                    f,
                    "it comes to {count} instructions with slopes, above the limit of {MOST_INSTRUCTIONS}"
                )
            }
            TooLarge::Elements(count) => {
                write!(
                    f,
                    "its arrays come to {count} numbers with slopes, above the limit of {MOST_ELEMENTS}"
                )
            }
        }
    }
}

impl<T: Real> Program<T> {
    /// The program with slopes as WGSL; `squares`: of the square of its result.
    pub(crate) fn carried_text(
        &self,
        how: &How,
        squares: bool,
        inexact_data: bool,
    ) -> Result<String, TooLarge> {
        let code = carry(&self.written.code, how, squares, inexact_data).ok_or(TooLarge::Rows)?;
        text(&code, T::PRECISION, &how.model)
    }
}

/// The words, the rules and a program.
fn text(code: &Code, precision: Precision, model: &Model) -> Result<String, TooLarge> {
    if code.ops.len() > MOST_INSTRUCTIONS {
        return Err(TooLarge::Instructions(code.ops.len()));
    }
    let least = if precision == Precision::F32 { <f32 as Real>::LEAST } else { <f64 as Real>::LEAST };
    let constants = format!(
        "const PM_UNIT = {:?};\nconst PM_LEAST = {least:?};\nconst PM_DIVISION = {:?};\n",
        0.5 * model.precision.epsilon(),
        model.division
    );
    let program = writer::program(code, precision)?;
    Ok([&constants, WORDS, &rules_of(code), &program].join("\n"))
}

/// The rules and conditions that a program uses.
fn rules_of(code: &Code) -> String {
    let mut names = HashSet::new();
    let mut text = String::new();
    for &op in &code.ops {
        let (name, rule) = match op {
            Op::Rule(rule, ..) => (rule.name(), rule.text()),
            Op::Raise(condition, ..) => (condition.name(), condition.text()),
            _ => continue,
        };
        if names.insert(name) {
            text.push_str(rule);
        }
    }
    text
}
