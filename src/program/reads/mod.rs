//! Which coordinates each term reads, where that does not depend on the point: along others it has no slope, so that the cost of
//! a gradient follows the number of pairs of a term and a coordinate (*partial separability*, Griewank and Toint, 1982).
//!
//! Rows that depend on coordinates are marked first. If an index or the number of turns of a loop that reads coordinates is
//! marked, nothing is known. Else the program is run once for each term, both sides of each branch that depends on coordinates,
//! and notes what it reads.

mod marks;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rayon::prelude::*;

use self::marks::Marks;
use super::checked::Program;
use super::code::{Code, Op, Source};
use super::in_lanes;
use super::lanes::LANES;
use super::machine::{Run, Scratch};
use super::seeds::{Input, Seeds};
use crate::numeric::{Real, Sparsity};

/// Pairs of a term and a coordinate, at most: 256 MiB.
const MOST_PAIRS: usize = 1 << 26;

/// Of what each term reads, the terms that read each coordinate, counted within a selection of them. Those that read none are with
/// the first coordinate, so that what is not finite there is seen.
pub(crate) fn readers(reads: &Sparsity, selection: impl Iterator<Item = u32> + Clone) -> Sparsity {
    let pairs = || {
        let of = |(position, term): (usize, u32)| {
            let read = reads.of(term as usize);
            let read = if read.is_empty() { &[0][..] } else { read };
            read.iter().map(move |&i| (i, position as u32))
        };
        selection.clone().enumerate().flat_map(of)
    };
    Sparsity::from_pairs(reads.columns(), selection.clone().count(), pairs)
}

/// What lanes read, by lane.
pub(super) struct Trace(RefCell<Vec<Vec<u32>>>);

impl Trace {
    /// Notes what active lanes read; what is out of range is left to evaluations.
    pub(super) fn note(&self, index: impl Fn(usize) -> u32, mask: u64, dimension: usize) {
        for (lane, read) in self.0.borrow_mut().iter_mut().enumerate() {
            let index = index(lane);
            if mask >> lane & 1 == 1 && (index as usize) < dimension && read.last() != Some(&index) {
                read.push(index);
                // Loops may read the same again and again.
                if read.len() > 2 * dimension + 4096 {
                    read.sort_unstable();
                    read.dedup();
                }
            }
        }
    }
}

impl<T: Real> Program<T> {
    /// What the first so many terms read. `None` where that depends on the point, or where they read half of the coordinates or
    /// more, so that it is not worth knowing.
    pub(crate) fn reads(&self, terms: usize) -> Option<Arc<Sparsity>> {
        let find = || self.found_reads(terms).map(Arc::new);
        let (of, known) = self.reads.get_or_init(|| (terms, find()));
        if *of == terms { known.clone() } else { find() }
    }

    fn found_reads(&self, terms: usize) -> Option<Sparsity> {
        let code = independent(&self.lean)?;
        let most = MOST_PAIRS.min(terms.saturating_mul(self.dimension) / 2);
        let block = |begin: usize| {
            let terms: Vec<u32> = (begin..(begin + LANES).min(terms)).map(|term| term as u32).collect();
            self.traced(&code, &terms)
        };
        // The first by itself: most often it tells.
        let mut reads = block(0)?;
        if reads.entries() > terms.min(LANES) * self.dimension / 2 {
            return None;
        }
        let starts: Vec<usize> = (LANES..terms).step_by(LANES).collect();
        // Some at a time: they may be too many.
        for starts in starts.chunks(1 << 12) {
            let found: Vec<Option<Sparsity>> = starts.par_iter().map(|&begin| block(begin)).collect();
            for of_block in found {
                reads.extend(&of_block?);
            }
            if reads.entries() > most {
                return None;
            }
        }
        Some(reads)
    }

    /// What each of these terms reads, in order, each once. `None` in a trap.
    fn traced(&self, code: &Code, terms: &[u32]) -> Option<Sparsity> {
        let trace = Trace(RefCell::new(vec![Vec::new(); terms.len()]));
        let (lanes, active) = in_lanes(terms);
        let run = Run {
            code,
            input: Input::Same(&[]),
            dimension: self.dimension,
            data: &self.data,
            data_errors: &[],
            seeds: Seeds::None,
            steps: &[],
            terms: lanes,
            active,
            sample: 0,
            stop: &AtomicBool::new(false),
            trace: Some(&trace),
        };
        run.run(&mut Scratch::new(code)).ok()?;
        let mut reads = Sparsity::empty(self.dimension);
        trace.0.into_inner().into_iter().for_each(|of_term| reads.push(of_term));
        Some(reads)
    }
}

/// The program without what depends on coordinates: both sides of branches that do are run, and loops that do are not. `None` if
/// what is read depends on them.
fn independent(code: &Code) -> Option<Code> {
    let marks = Marks::of(code);
    let mut ops = code.ops.clone();
    for (at, op) in code.ops.iter().enumerate() {
        match *op {
            Op::Read(Source::Point, _, index) if marks.ints[index as usize] => return None,
            Op::Read(Source::Point, ..) | Op::ReadAt(Source::Point, ..) if marks.in_loop[at] => return None,
            Op::Read(Source::Data, _, index) if marks.ints[index as usize] => ops[at] = Op::Nothing,
            Op::ReadAlong(..) | Op::ReadAlongAt(..) | Op::Rule(..) | Op::Perturb(..) | Op::Raise(..) => {
                return None;
            }
            _ if marks.in_loop[at] || marks.control[at] => ops[at] = Op::Nothing,
            _ => {}
        }
    }
    Some(Code { ops, ..code.clone() })
}

#[cfg(test)]
mod tests {
    use super::super::module::{Role, Text};
    use super::*;

    fn reads(body: &str, terms: usize, data: &[f64]) -> Option<Vec<Vec<u32>>> {
        let text = format!("fn term(s: u32) -> real {{ {body} }}");
        let program = Program::<f64>::new(Text::new("t", &text), Role::Scalar, 9, data.to_vec()).unwrap();
        let found = program.reads(terms)?;
        Some((0..terms).map(|term| found.of(term).to_vec()).collect())
    }

    #[test]
    fn what_terms_read() {
        let pairs: Vec<Vec<u32>> = (0..8).map(|s| vec![s, s + 1]).collect();
        for body in [
            "return x(s + 1u) - x(s) * x(s);",
            // Either side of a branch on a coordinate, and what follows a return.
            "if (x(s) > 0.0) { return x(s + 1u); } return 1.0;",
            "if (x(s) > 0.0) { return 2.0; } return x(s + 1u);",
            "var a = x(s); if (a > 0.0) { a = 1.0; } else { a = x(s + 1u); } return a;",
            "switch u32(x(s)) { case 0u: { return x(s + 1u); } case 1u: { return 2.0; } default: { } } return 1.0;",
            // Loops whose turns do not depend on coordinates.
            "var a = 0.0; for (var i = s; i < s + 2u; i++) { a += x(i); } return a;",
            "var a = 0.0; for (var i = 0u; i < 9u; i++) { if (i == s || i == s + 1u) { a += x(i); } } return a;",
            "var a = 0.0; var i = 0u; loop { if (i > s + 1u) { break; } if (i < s) { i++; continue; } a += x(i); i++; } return a;",
            // One that does, and reads nothing.
            "var a = x(s); while (a > 1.0) { a *= 0.5; } return a * x(s + 1u);",
            // By data, and by an array.
            "return x(u32(data(s))) * x(s + 1u);",
            "var at = array<u32, 2>(s, s + 1u); var a = 0.0; for (var k = 0u; k < 2u; k++) { a += x(at[k]); } return a;",
        ] {
            let data: Vec<f64> = (0..8).map(f64::from).collect();
            assert_eq!(reads(body, 8, &data).as_ref(), Some(&pairs), "{body}");
        }
        assert_eq!(reads("return x(4u);", 100, &[]), Some(vec![vec![4]; 100]));
        assert_eq!(reads("return x(min(2u * s, 8u));", 5, &[]), Some((0..5).map(|s| vec![2 * s]).collect()));
    }

    #[test]
    fn what_depends_on_the_point_is_not_known() {
        for body in [
            "return x(u32(x(s)));",
            "var i = s; if (x(s) > 0.0) { i = s + 1u; } return x(i);",
            "var i = s; var a = x(0); while (a > 1.0) { a -= 1.0; i += 1u; } return x(i);",
            "var a = 0.0; for (var i = 0u; i < u32(x(s)); i++) { a += x(i); } return a;",
            "var a = 0.0; for (var i = s; i < 9u; i++) { if (a > 1.0) { break; } a += x(i); } return a;",
            "var a = 0.0; for (var i = s; i < 9u; i++) { if (a > 1.0) { return a; } a += x(i); } return a;",
            "var i = 0u; switch u32(x(s)) { case 0u: { i = 1u; } default: { } } return x(i);",
            "var at = array<u32, 2>(s, s + 1u); at[u32(x(s))] = 3u; return x(at[0]);",
            "var at = array<u32, 2>(s, s + 1u); return x(at[u32(x(s))]);",
            "return x(select(s, s + 1u, x(s) > 0.0));",
            "return x(u32(data(u32(x(s)))));",
            // Half of the coordinates and more.
            "return x(0) * x(1) * x(2) * x(3) * x(4);",
            // A trap.
            "return x(s) * data(s + 100u);",
        ] {
            assert_eq!(reads(body, 8, &[1.0, 2.0]), None, "{body}");
        }
    }
}
