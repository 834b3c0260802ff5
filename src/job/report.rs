//! The result files of a job: one implementation of [`Report`] a format.

use std::path::{Path, PathBuf};

use super::results::Results;
use crate::data::{npz_bytes, number, table, to_pretty_json, write_file};
use crate::error::{Error, FileAction, Result};
use crate::plot::{Look, Picture};

/// A format of results.
trait Report: Sync {
    /// The files, by name, with their contents.
    fn files(&self, results: &Results) -> std::result::Result<Vec<(String, Vec<u8>)>, String>;
}

/// A new one belongs here, and nowhere else. The summary comes last.
const REPORTS: [&dyn Report; 4] = [&Arrays, &Texts, &Tables, &Pictures];

/// Writes all files into `folder`, each whole or not at all, and says which. What an earlier job wrote there (its summary says what)
/// and this one does not is removed: it would be taken for this one's.
pub(super) fn write_all(folder: &Path, results: &mut Results) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for report in REPORTS {
        files.extend(report.files(results).map_err(|error| Error::data(folder, error))?);
    }
    let mut names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    names.push(SUMMARY.into());
    let stale = earlier(folder).into_iter().filter(|name| !names.contains(name));
    let stale: Vec<PathBuf> = stale.map(|name| folder.join(name)).collect();
    results.summary.set_files(names);
    files.extend(Summary.files(results).map_err(|error| Error::data(folder, error))?);
    let mut written = Vec::new();
    for (name, contents) in files {
        let path = folder.join(name);
        write_file(&path, &contents)?;
        written.push(path);
    }
    for path in stale.iter().filter(|path| path.is_file()) {
        std::fs::remove_file(path).map_err(|source| Error::file(path, FileAction::Write, source))?;
    }
    Ok(written)
}

const SUMMARY: &str = "summary.json";

/// Every file that some job writes.
const ALL_FILES: [&str; 13] = [
    "parameters.npz",
    "points.npz",
    "model.json",
    "epochs.csv",
    "loss.csv",
    "trainings.csv",
    "values.csv",
    "trace.csv",
    "sweep.csv",
    "curves.svg",
    "path.svg",
    "sweep.svg",
    SUMMARY,
];

/// The files of the job whose summary is in the folder, if there is one.
fn earlier(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(SUMMARY)).unwrap_or_default();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let files = summary.get("files").and_then(serde_json::Value::as_array);
    let names = files.into_iter().flatten().filter_map(|name| name.as_str());
    names.filter(|name| ALL_FILES.contains(name)).map(String::from).collect()
}

/// Refuses a folder in which a job would write over what it reads.
///
/// # Errors
/// [`Error::Usage`] that names the file.
pub(super) fn check_inputs(folder: &Path, inputs: &[&Path]) -> Result<()> {
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    for input in inputs {
        let Ok(path) = input.canonicalize() else { continue };
        let is_there = path.parent() == Some(folder.as_path());
        if is_there && path.file_name().is_some_and(|name| ALL_FILES.iter().any(|file| name == *file)) {
            return Err(Error::usage(format!(
                "the job reads {}, which it would write over: name another folder for the results by --out, or rename the file",
                input.display()
            )));
        }
    }
    Ok(())
}

/// A npz file.
struct Arrays;

impl Report for Arrays {
    fn files(&self, results: &Results) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let arrays = results.arrays.iter().map(|(name, array)| (name.as_str(), array));
        Ok(vec![(format!("{}.npz", results.arrays_name), npz_bytes(arrays)?)])
    }
}

/// Texts as they are.
struct Texts;

impl Report for Texts {
    fn files(&self, results: &Results) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let texts = results.texts.iter();
        Ok(texts.map(|(name, text)| ((*name).to_string(), format!("{text}\n").into_bytes())).collect())
    }
}

/// CSV files.
struct Tables;

impl Report for Tables {
    fn files(&self, results: &Results) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
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
    fn files(&self, results: &Results) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let drawn = |(name, picture): &(&str, Picture)| {
            let name = format!("{name}.svg");
            let bytes =
                picture.bytes(Path::new(&name), Look::default()).map_err(|error| error.to_string())?;
            Ok((name, bytes))
        };
        results.pictures.iter().map(drawn).collect()
    }
}

/// A JSON file.
struct Summary;

impl Report for Summary {
    fn files(&self, results: &Results) -> std::result::Result<Vec<(String, Vec<u8>)>, String> {
        let text = to_pretty_json(&results.summary, results.summary.precision());
        let text = text.map_err(|error| error.to_string())?;
        Ok(vec![(SUMMARY.into(), (text + "\n").into_bytes())])
    }
}
