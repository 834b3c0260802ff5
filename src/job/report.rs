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

/// A new one belongs here, and nowhere else.
const REPORTS: [&dyn Report; 5] = [&Arrays, &Texts, &Tables, &Pictures, &Summary];

/// Writes all files into `folder`, each whole or not at all, and says which.
pub(super) fn write_all(folder: &Path, results: &Results) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for report in REPORTS {
        let files = report.files(results);
        for (name, contents) in files.map_err(|error| Error::data(folder, error))? {
            let path = folder.join(name);
            write_file(&path, &contents)?;
            written.push(path);
        }
    }
    // What another job left there would be taken for this one's.
    for name in ALL_FILES {
        let path = folder.join(name);
        if !written.contains(&path) && path.is_file() {
            std::fs::remove_file(&path).map_err(|source| Error::file(&path, FileAction::Write, source))?;
        }
    }
    Ok(written)
}

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
    "summary.json",
];

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
        Ok(vec![("summary.json".into(), (text + "\n").into_bytes())])
    }
}
