//! The table of a sweep, as CSV, for people, and as a picture.

use std::fmt;

use super::{HeatCell, SweepRow, SweepSummary, heat};
use crate::data::{csv_text, number};
use crate::job::how::How;
use crate::numeric::Precision;
use crate::plot::Picture;

impl SweepSummary {
    /// The table as CSV.
    ///
    /// # Errors
    /// What the writer says.
    pub fn csv(&self) -> std::result::Result<String, String> {
        let names = [
            "rank", "rule", "rate", "step", "descents", "least", "median", "greatest", "steps", "failed",
            "outcome", "held_out",
        ];
        let mut rows = vec![names.map(String::from).to_vec()];
        let text =
            |value: Option<f64>| value.map_or(String::new(), |value| number(value, self.how.precision));
        for row in &self.rows {
            rows.push(vec![
                row.rank.to_string(),
                row.rule.clone(),
                number(row.rate, Precision::F64),
                row.step.clone(),
                row.descents.to_string(),
                text(row.least),
                text(row.median),
                text(row.greatest),
                row.steps.to_string(),
                row.failed.to_string(),
                row.outcome.clone(),
                text(row.held_out),
            ]);
        }
        csv_text(&rows)
    }

    /// The medians as a table of colours.
    pub fn picture(&self) -> Picture {
        // A setting that mostly failed has no value, whatever was seen on its way.
        let shown = |row: &SweepRow| if 2 * row.failed > row.descents { None } else { row.median };
        let cell = |row: &SweepRow| HeatCell {
            rule: row.rule.clone(),
            rate: row.rate,
            step: row.step.clone(),
            value: shown(row),
        };
        heat(
            &self.name,
            &format!("median of {}", self.ranked_by),
            &self.rows.iter().map(cell).collect::<Vec<_>>(),
        )
    }
}

/// Rows that are printed.
const PRINTED: usize = 20;

impl fmt::Display for SweepSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let How { device, precision, .. } = &self.how;
        writeln!(
            f,
            "{}: {} by {} settings, ranked by the median of {}",
            self.name,
            self.objective,
            self.rows.len(),
            self.ranked_by
        )?;
        writeln!(f, "{} evaluations in {:.1} s on {device} in {precision}", self.evaluations, self.seconds)?;
        let has_scores = self.rows.iter().any(|row| row.held_out.is_some());
        let score = if has_scores { "  held out" } else { "" };
        writeln!(
            f,
            "{:>4}  {:<16} {:>9}  {:<16} {:>11} {:>11} {:>7} {:>9}{score}  outcome",
            "rank", "rule", "rate", "step", "median", "least", "steps", "failed"
        )?;
        let text = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.4e}"));
        for row in self.rows.iter().take(PRINTED) {
            let SweepRow { rank, rule, rate, step, descents, least, median, steps, failed, outcome, .. } =
                row;
            let score = match row.held_out {
                Some(held_out) => format!("  {held_out:>8.4}"),
                None if has_scores => format!("  {:>8}", "-"),
                None => String::new(),
            };
            let failed = format!("{failed}/{descents}");
            let rate = number(*rate, Precision::F64);
            writeln!(
                f,
                "{rank:>4}  {rule:<16} {rate:>9}  {step:<16} {:>11} {:>11} {steps:>7} {failed:>9}{score}  {outcome}",
                text(*median),
                text(*least)
            )?;
        }
        if self.rows.len() > PRINTED {
            writeln!(f, "… and {} more (in the CSV and in --json)", self.rows.len() - PRINTED)?;
        }
        Ok(())
    }
}
