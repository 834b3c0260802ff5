//! The table of a sweep as colours.

use crate::data::number;
use crate::numeric::Precision;
use crate::plot::{Heat, Picture};

/// What one setting came to, for a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatCell {
    /// The update rule.
    pub rule: String,
    /// The learning rate.
    pub rate: f64,
    /// The step h.
    pub step: String,
    /// What is drawn; none if there is nothing to draw.
    pub value: Option<f64>,
}

/// Learning rates to the right; rules and steps h, whichever there are several of, up and down.
pub fn heat(name: &str, what: &str, cells: &[HeatCell]) -> Picture {
    let mut rates: Vec<f64> = cells.iter().map(|cell| cell.rate).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let distinct = |of: fn(&HeatCell) -> &str| {
        let mut all: Vec<&str> = cells.iter().map(of).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (rules, steps) = (distinct(|cell| &cell.rule), distinct(|cell| &cell.step));
    let label = |rule: &str, step: &str| match (rules.len(), steps.len()) {
        (_, 1) => rule.to_string(),
        (1, _) => step.to_string(),
        _ => format!("{rule}, {step}"),
    };
    let what_rows = match (rules.len(), steps.len()) {
        (_, 1) => "update rule",
        (1, _) => "step h",
        _ => "update rule, step h",
    };
    let pairs: Vec<(&str, &str)> =
        rules.iter().flat_map(|rule| steps.iter().map(move |step| (*rule, *step))).collect();
    let of = |rule: &str, step: &str, rate: f64| {
        let found = cells.iter().find(|cell| cell.rule == rule && cell.step == step && cell.rate == rate);
        found.and_then(|cell| cell.value)
    };
    let values =
        pairs.iter().map(|(rule, step)| rates.iter().map(|&rate| of(rule, step, rate)).collect()).collect();
    Picture::Heat(Heat {
        title: name.into(),
        subtitle: format!("{what}; bright is low, – has failed"),
        columns: ("learning rate".into(), rates.iter().map(|&rate| number(rate, Precision::F64)).collect()),
        rows: (what_rows.into(), pairs.iter().map(|(rule, step)| label(rule, step)).collect()),
        values,
        what: what.into(),
        is_less_better: true,
    })
}
