//! `report.html`: all of a run on one page that needs nothing else, no network and no script.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Facts, Report};
use crate::data::number;
use crate::job::folder::RunState;
use crate::job::how::How;
use crate::job::results::{Results, Table};
use crate::job::summary::Summary;
use crate::numeric::Precision;
use crate::plot::{Look, Picture, Theme};

/// The page.
pub(super) struct Page;

/// Rows of a table that are shown; of more, these many over all of it.
const ROWS: usize = 40;

/// Coordinates of a point that are shown.
const COORDINATES: usize = 8;

const STYLE: &str = include_str!("page.css");

impl Report for Page {
    fn files(&self, results: &Results, facts: &Facts) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let page = page(results, facts)?;
        Ok(vec![("report.html".into(), page.into_string().into_bytes())])
    }
}

fn page(results: &Results, facts: &Facts) -> std::result::Result<Markup, String> {
    let (summary, how) = (&results.summary, how(&results.summary));
    let (word, class) = match facts.state {
        RunState::Finished => ("finished", "good"),
        RunState::Failed => ("failed", "bad"),
        RunState::Interrupted => ("interrupted, can be resumed", "open"),
    };
    let version = env!("CARGO_PKG_VERSION");
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (summary.name()) " · plusminus" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (summary.name()) }
                    p { span class={ "state " (class) } { (word) } " " (results.headline()) }
                }
                main {
                    section {
                        h2 { "Outcome" }
                        pre class=(if has_table(summary) { "wide" } else { "" }) { (summary.to_string().trim_end()) }
                    }
                    @if !facts.notes.is_empty() {
                        section {
                            h2 { "Notes and warnings" }
                            ul { @for note in &facts.notes { li { (note) } } }
                        }
                    }
                    section {
                        h2 { "Pictures" }
                        @for (name, picture) in &results.pictures { (drawn(name, picture)?) }
                    }
                    (rows(results))
                    section {
                        h2 { "What was run, on what" }
                        dl {
                            dt { "Task" } dd { (task(summary)) }
                            dt { "Device" } dd { (how.device) ", in " (how.precision.to_string()) }
                            dt { "Differences" }
                            dd {
                                (how.difference.to_string()) " " (how.scheme.to_string()) ", order " (how.order) ", step " (how.step_rule)
                            }
                            dt { "Began" } dd { time { (facts.started) } }
                            dt { "Took" } dd { (format!("{:.1} s", facts.seconds)) }
                            dt { "Program" } dd { "plusminus " (version) }
                        }
                    }
                    section {
                        h2 { "How to reproduce it" }
                        p { "With plusminus " (version) " on the same device and this job as " code { "job.toml" } ", which is also in the folder of the run:" }
                        pre { "plusminus run job.toml --device " (quoted(&facts.device)) " --out again" }
                        details { summary { "job.toml" } pre { (facts.job) } }
                    }
                }
            }
        }
    })
}

fn how(summary: &Summary) -> &How {
    match summary {
        Summary::Training(summary) => &summary.how,
        Summary::Descent(summary) => &summary.how,
        Summary::Sweep(summary) => &summary.how,
    }
}

/// Whether what is said of it has columns.
fn has_table(summary: &Summary) -> bool {
    match summary {
        Summary::Training(summary) => summary.sweep.is_some(),
        Summary::Descent(_) => false,
        Summary::Sweep(_) => true,
    }
}

fn task(summary: &Summary) -> String {
    match summary {
        Summary::Training(s) => format!(
            "training of the network {} ({} parameters) with {} samples, {} held out",
            s.network, s.parameters, s.train_samples, s.test_samples
        ),
        Summary::Descent(s) => format!(
            "descent of {} from {} points of {} coordinates, {} terms",
            s.objective, s.points, s.dimension, s.terms
        ),
        Summary::Sweep(s) => format!("sweep of {} settings of descents of {}", s.rows.len(), s.objective),
    }
}

/// For both themes, of which the page shows one.
fn drawn(name: &str, picture: &Picture) -> std::result::Result<Markup, String> {
    let svg = |theme| {
        let look = Look { theme, ..Look::default() };
        let bytes = picture.bytes("picture.svg".as_ref(), look).map_err(|error| error.to_string())?;
        String::from_utf8(bytes).map_err(|error| error.to_string())
    };
    let label = match name {
        "curves" => "The curves of the run",
        "path" => "The ways of the points",
        _ => "All settings of the sweep",
    };
    Ok(html! {
        figure aria-label=(label) {
            div class="picture light" { (PreEscaped(svg(Theme::Light)?)) }
            div class="picture dark" { (PreEscaped(svg(Theme::Dark)?)) }
        }
    })
}

/// What there is to be read in rows: points of a descent, and the first table.
fn rows(results: &Results) -> Markup {
    let precision = results.summary.precision();
    html! {
        @if let Summary::Descent(_) = &results.summary { (points(results, precision)) }
        @if let Summary::Sweep(summary) = &results.summary { (settings(&summary.rows, precision)) }
        @if let Summary::Training(summary) = &results.summary {
            @if let Some(sweep) = &summary.sweep { (settings(&sweep.rows, precision)) }
        }
        @if let Some(table) = results.tables.first().filter(|table| !table.rows.is_empty()) {
            section {
                h2 { @match table.name { "epochs" => "Epochs", _ => "Values on the way" } }
                (tabulated(table, precision))
            }
        }
    }
}

fn tabulated(table: &Table, precision: Precision) -> Markup {
    let chosen = evenly(table.rows.len());
    html! {
        div class="table" {
            table {
                thead { tr { @for column in table.columns { th { (column.replace('_', " ")) } } } }
                tbody {
                    @for &row in &chosen {
                        tr { @for value in &table.rows[row] { td { (cell(*value, precision)) } } }
                    }
                }
            }
        }
        (left_out(chosen.len(), table.rows.len(), &format!("{}.csv", table.name)))
    }
}

fn points(results: &Results, precision: Precision) -> Markup {
    let array = |name: &str| {
        let arrays = results.arrays.first().map(|(_, arrays)| arrays);
        arrays.and_then(|arrays| arrays.iter().find(|(own, _)| own == name)).map(|(_, array)| array)
    };
    let (Some(points), Some(values)) = (array("points"), array("values")) else { return html! {} };
    let n = points.shape().get(1).copied().unwrap_or(0);
    let chosen = evenly(results.outcomes.len());
    html! {
        section {
            h2 { "Points" }
            div class="table" {
                table {
                    thead {
                        tr {
                            th { "point" } th { "f" }
                            @for i in 0..n.min(COORDINATES) { th { "x" sub { (i) } } }
                            th class="words" { "outcome" }
                        }
                    }
                    tbody {
                        @for &point in &chosen {
                            tr {
                                td { (point) } td { (cell(Some(values[[point]]), precision)) }
                                @for i in 0..n.min(COORDINATES) { td { (cell(Some(points[[point, i]]), precision)) } }
                                td class="words" { (results.outcomes[point].to_string()) }
                            }
                        }
                    }
                }
            }
            (left_out(chosen.len(), results.outcomes.len(), "points.npz"))
        }
    }
}

fn settings(rows: &[crate::job::sweep::SweepRow], precision: Precision) -> Markup {
    html! {
        section {
            h2 { "Settings, the best first" }
            div class="table" {
                table {
                    thead {
                        tr {
                            th { "rank" } th class="words" { "rule" } th { "rate" } th { "step h" } th { "least" } th { "median" }
                            th { "failed" } th class="words" { "most ended" }
                        }
                    }
                    tbody {
                        @for row in rows.iter().take(ROWS) {
                            tr {
                                td { (row.rank) } td class="words" { (row.rule) } td { (row.rate) } td { (row.step) }
                                td { (cell(row.least, precision)) } td { (cell(row.median, precision)) }
                                td { (row.failed) " of " (row.descents) } td class="words" { (row.outcome) }
                            }
                        }
                    }
                }
            }
            (left_out(rows.len().min(ROWS), rows.len(), "sweep.csv"))
        }
    }
}

fn left_out(shown: usize, all: usize, file: &str) -> Markup {
    html! { @if shown < all { p class="aside" { (shown) " of " (all) " rows; all are in " code { (file) } "." } } }
}

/// Six digits: the files have all.
fn cell(value: Option<f64>, precision: Precision) -> String {
    match value {
        None => "–".into(),
        Some(value) if !value.is_finite() => "not finite".into(),
        Some(value) if value == value.trunc() && value.abs() < 1e9 => number(value, precision),
        Some(value) if (1e-4..1e6).contains(&value.abs()) => format!("{value:.6}"),
        Some(value) => format!("{value:.5e}"),
    }
}

/// All rows, or some over all of them with the first and the last.
fn evenly(length: usize) -> Vec<usize> {
    if length <= ROWS {
        return (0..length).collect();
    }
    (0..ROWS).map(|k| k * (length - 1) / (ROWS - 1)).collect()
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    if text.chars().all(is_plain) { text.into() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
