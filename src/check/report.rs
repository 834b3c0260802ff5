//! A check for people.

use std::fmt;

use serde::Serializer;

use super::{AxisCheck, Check, PointCheck, Verdict};
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
        for failure in &self.failures {
            writeln!(f, "not checked: {}", failure.error)?;
        }
        let count = |verdict| self.count(verdict);
        write!(
            f,
            "{} agree, {} disagree, {} inconclusive",
            count(Verdict::Agrees),
            count(Verdict::Disagrees),
            count(Verdict::Inconclusive)
        )?;
        match self.failures.len() {
            0 => Ok(()),
            failed => write!(f, "; {failed} of {} points not checked", failed + self.points.len()),
        }
    }
}

impl fmt::Display for PointCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut coordinates: Vec<String> = self.x.iter().take(12).map(ToString::to_string).collect();
        if self.x.len() > 12 {
            coordinates.push(format!("… {} more", self.x.len() - 12));
        }
        writeln!(f, "x = ({})", coordinates.join(", "))?;
        writeln!(
            f,
            "  {:>8}  {:>16}  {:>16}  {:>9}  {:11}  {:>7}",
            "", "claimed", "numerical", "error bar", "verdict", "slope"
        )?;
        let in_doubt = |axis: &&AxisCheck| axis.verdict != Verdict::Agrees;
        let doubts = self.axes.iter().filter(in_doubt);
        let rest = self.axes.iter().filter(|axis| !in_doubt(axis));
        let mut shown: Vec<&AxisCheck> = doubts.chain(rest).take(ROWS).collect();
        shown.sort_by_key(|axis| axis.axis);
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
        let error = if self.error.is_finite() { format!("{:.1e}", self.error) } else { "unknown".into() };
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
