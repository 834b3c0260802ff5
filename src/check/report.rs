//! A check for people.

use std::fmt;

use serde::Serializer;

use super::{AxisCheck, Check, EntryCheck, MatrixCheck, MatrixPointCheck, PointCheck, Verdict};
use crate::difference::Failure;

/// Rows of a point that are printed; those that disagree come first.
const ROWS: usize = 16;

/// Quotients of a component in doubt that are printed.
const QUOTIENTS: usize = 5;

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for point in &self.points {
            write!(f, "{point}")?;
        }
        write_end(f, |verdict| self.count(verdict), &self.failures, self.points.len())
    }
}

impl fmt::Display for MatrixCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for point in &self.points {
            write!(f, "{point}")?;
        }
        write_end(f, |verdict| self.count(verdict), &self.failures, self.points.len())
    }
}

/// What could not be checked, and how many of the rest agree.
fn write_end(
    f: &mut fmt::Formatter<'_>,
    count: impl Fn(Verdict) -> usize,
    failures: &[Failure],
    checked: usize,
) -> fmt::Result {
    for failure in failures {
        writeln!(f, "not checked: {}", failure.error)?;
    }
    write!(
        f,
        "{} agree, {} disagree, {} inconclusive",
        count(Verdict::Agrees),
        count(Verdict::Disagrees),
        count(Verdict::Inconclusive)
    )?;
    match failures.len() {
        0 => Ok(()),
        failed => write!(f, "; {failed} of {} points not checked", failed + checked),
    }
}

fn write_point(f: &mut fmt::Formatter<'_>, x: &[f64]) -> fmt::Result {
    let mut coordinates: Vec<String> = x.iter().take(12).map(ToString::to_string).collect();
    if x.len() > 12 {
        coordinates.push(format!("… {} more", x.len() - 12));
    }
    writeln!(f, "x = ({})", coordinates.join(", "))
}

/// Those in doubt first, then others, as many as are printed; in their order.
fn shown<T>(all: &[T], is_in_doubt: impl Fn(&T) -> bool) -> Vec<&T> {
    let numbered = || all.iter().enumerate();
    let doubts = numbered().filter(|(_, one)| is_in_doubt(one));
    let rest = numbered().filter(|(_, one)| !is_in_doubt(one));
    let mut shown: Vec<(usize, &T)> = doubts.chain(rest).take(ROWS).collect();
    shown.sort_by_key(|(index, _)| *index);
    shown.into_iter().map(|(_, one)| one).collect()
}

fn bar(error: f64) -> String {
    if error.is_finite() { format!("{error:.1e}") } else { "unknown".into() }
}

impl fmt::Display for MatrixPointCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_point(f, &self.x)?;
        writeln!(f, "  {:>10}  {:>16}  {:>16}  {:>9}  verdict", "", "claimed", "numerical", "error bar")?;
        let shown = shown(&self.entries, |entry| entry.verdict != Verdict::Agrees);
        for entry in &shown {
            write!(f, "{entry}")?;
        }
        if self.entries.len() > shown.len() {
            writeln!(f, "  … {} more entries", self.entries.len() - shown.len())?;
        }
        writeln!(f, "  {}", self.diagnosis)
    }
}

impl fmt::Display for EntryCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  {:>10}  {:>16}  {:>16}  {:>9}  {}",
            self.name(),
            format!("{:.9e}", self.claimed),
            format!("{:.9e}", self.numerical),
            bar(self.error),
            self.verdict
        )?;
        for remark in &self.remarks {
            writeln!(f, "              {remark}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PointCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_point(f, &self.x)?;
        writeln!(
            f,
            "  {:>8}  {:>16}  {:>16}  {:>9}  {:11}  {:>7}",
            "", "claimed", "numerical", "error bar", "verdict", "slope"
        )?;
        let shown = shown(&self.axes, |axis| axis.verdict != Verdict::Agrees);
        for axis in &shown {
            write!(f, "{axis}")?;
        }
        if self.axes.len() > shown.len() {
            writeln!(f, "  … {} more components", self.axes.len() - shown.len())?;
        }
        writeln!(f, "  {}", self.diagnosis)
    }
}

impl fmt::Display for AxisCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = bar(self.error);
        let slope = self.remainder_slope.map_or_else(|| "-".into(), |slope| format!("{slope:.2}"));
        writeln!(
            f,
            "  {:>8}  {:>16}  {:>16}  {error:>9}  {:11}  {slope:>7}",
            format!("x[{}]", self.axis),
            format!("{:.9e}", self.claimed),
            format!("{:.9e}", self.numerical),
            self.verdict
        )?;
        if self.verdict != Verdict::Agrees {
            // From the largest step to the smallest.
            let every = self.quotients.len().div_ceil(QUOTIENTS).max(1);
            let some: Vec<String> = self
                .quotients
                .iter()
                .step_by(every)
                .map(|quotient| format!("{:.6e} at h = {:.1e}", quotient.quotient, quotient.step))
                .collect();
            writeln!(f, "            quotients: {}", some.join(", "))?;
        }
        for remark in &self.remarks {
            writeln!(f, "            {remark}")?;
        }
        Ok(())
    }
}

/// JSON has no infinity.
pub(super) fn finite<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_some(value) } else { serializer.serialize_none() }
}

/// Points and messages.
pub(super) fn failures<S: Serializer>(failures: &[Failure], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(failures.iter().map(|failure| (failure.point, failure.error.to_string())))
}
