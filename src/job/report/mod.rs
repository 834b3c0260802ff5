//! The result files of a job: one implementation of [`Report`] a format.

mod page;

use std::path::Path;

use serde::Serialize;

use self::page::Page;
use super::folder::{RunState, SUMMARY};
use super::results::{ArrayFile, Results};
use super::summary::Summary;
use crate::data::{npz_bytes, number, safetensors_bytes, table, to_pretty_json};
use crate::plot::{Look, Picture};

/// A format of results.
trait Report: Sync {
    /// The files, by name, with their contents.
    fn files(&self, results: &Results, facts: &Facts) -> std::result::Result<Vec<(String, Vec<u8>)>, String>;
}

/// A new one belongs here, and its files' names among those of runs (`folder/names`).
const REPORTS: [&dyn Report; 6] = [&Arrays, &Tensors, &Texts, &Tables, &Pictures, &Page];

/// What is to be said of a run beside what came of it.
pub(super) struct Facts {
    pub(super) state: RunState,
    /// The job as it was resolved.
    pub(super) job: String,
    /// The device that was asked for.
    pub(super) device: String,
    pub(super) notes: Vec<String>,
    pub(super) started: String,
    pub(super) seconds: f64,
}

/// All files with their contents, the summary last.
pub(super) fn files(
    results: &mut Results,
    facts: &Facts,
) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
    let mut files = Vec::new();
    for report in REPORTS {
        files.extend(report.files(results, facts)?);
    }
    let mut names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    names.push(SUMMARY.into());
    results.summary.set_files(names);
    let text = to_pretty_json(&Written::new(facts.state, &results.summary), results.summary.precision());
    let text = text.map_err(|error| error.to_string())?;
    files.push((SUMMARY.into(), (text + "\n").into_bytes()));
    Ok(files)
}

/// What `summary.json` says.
#[derive(Serialize)]
pub(super) struct Written<'a> {
    state: RunState,
    plusminus: &'static str,
    #[serde(flatten)]
    summary: &'a Summary,
}

impl<'a> Written<'a> {
    pub(super) fn new(state: RunState, summary: &'a Summary) -> Self {
        Written { state, plusminus: env!("CARGO_PKG_VERSION"), summary }
    }
}

/// Arrays in npz files.
struct Arrays;

impl Report for Arrays {
    fn files(&self, results: &Results, _: &Facts) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let file = |(name, arrays): &ArrayFile| {
            let arrays = arrays.iter().map(|(name, array)| (name.as_str(), array));
            Ok((format!("{name}.npz"), npz_bytes(arrays)?))
        };
        results.arrays.iter().map(file).collect()
    }
}

/// Arrays in the format safetensors, in the working precision.
struct Tensors;

impl Report for Tensors {
    fn files(&self, results: &Results, _: &Facts) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let precision = results.summary.precision();
        let file = |(name, arrays): &ArrayFile| {
            let arrays = arrays.iter().map(|(name, array)| (name.as_str(), array));
            Ok((format!("{name}.safetensors"), safetensors_bytes(arrays, precision)?))
        };
        results.tensors.iter().map(file).collect()
    }
}

/// Texts as they are.
struct Texts;

impl Report for Texts {
    fn files(&self, results: &Results, _: &Facts) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let texts = results.texts.iter();
        Ok(texts.map(|(name, text)| ((*name).to_string(), format!("{text}\n").into_bytes())).collect())
    }
}

/// CSV files.
struct Tables;

impl Report for Tables {
    fn files(&self, results: &Results, _: &Facts) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let precision = results.summary.precision();
        let text = |value: &Option<f64>| value.map_or_else(String::new, |value| number(value, precision));
        let mut files = Vec::new();
        for one in &results.tables {
            let mut rows = vec![one.columns.iter().map(ToString::to_string).collect::<Vec<_>>()];
            rows.extend(one.rows.iter().map(|row| row.iter().map(text).collect()));
            files.push((format!("{}.csv", one.name), table(&rows)?));
        }
        Ok(files)
    }
}

/// Pictures, as SVG.
struct Pictures;

impl Report for Pictures {
    fn files(&self, results: &Results, _: &Facts) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let drawn = |(name, picture): &(&str, Picture)| {
            let name = format!("{name}.svg");
            let bytes =
                picture.bytes(Path::new(&name), Look::default()).map_err(|error| error.to_string())?;
            Ok((name, bytes))
        };
        results.pictures.iter().map(drawn).collect()
    }
}
