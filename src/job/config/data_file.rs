//! The section `[data]` as it stands: whether its keys belong to its format is seen once all are read, so that a wrong key is named with
//! its line.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::data::{
    ClassWeights, Columns, CsvConfig, DataConfig, IdxConfig, Missing, NpyConfig, NpzConfig, Scale,
};
use super::test::TestConfig;
use crate::data::{ColumnName, Decimal, Separator};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    Csv,
    Idx,
    Npz,
    Npy,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Idx => "idx",
            Format::Npz => "npz",
            Format::Npy => "npy",
        }
    }
}

/// A word, or a number that is meant as one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text or a number")]
enum Word {
    Text(String),
    Whole(i64),
    Number(f64),
}

impl From<Word> for String {
    fn from(word: Word) -> String {
        match word {
            Word::Text(text) => text,
            Word::Whole(number) => number.to_string(),
            Word::Number(number) => number.to_string(),
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DataSection {
    format: Option<Format>,
    path: Option<PathBuf>,
    // Tables.
    header: Option<bool>,
    separator: Option<Separator>,
    decimal: Option<Decimal>,
    skip: Option<usize>,
    features: Option<Vec<ColumnName>>,
    ignore: Option<Vec<ColumnName>>,
    label: Option<ColumnName>,
    target: Option<Columns>,
    target_file: Option<PathBuf>,
    missing: Option<Missing>,
    missing_values: Option<Vec<Word>>,
    // Arrays.
    inputs: Option<String>,
    /// The name of an array, or an IDX or npy file.
    labels: Option<String>,
    /// The name of an array, or a npy file.
    targets: Option<String>,
    // Images.
    images: Option<PathBuf>,
    test_images: Option<PathBuf>,
    test_labels: Option<PathBuf>,
    // All.
    classes: Option<Vec<Word>>,
    class_weights: Option<ClassWeights>,
    divide_by: Option<f64>,
    scale: Option<Scale>,
    scale_targets: Option<Scale>,
    /// What is held out.
    #[schemars(with = "Option<super::schema::HeldOut>")]
    test: Option<TestConfig>,
}

impl<'de> Deserialize<'de> for DataConfig {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        DataSection::deserialize(from)?.choose().map_err(de::Error::custom)
    }
}

fn need<T>(value: Option<T>, name: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("the key `{name}` of [data] is missing"))
}

const HELD_OUT: &str = "the key `test` of [data] is missing: what is held out, { share = 0.2, seed = 1 }, { every = 5 }, { path = \"test.csv\" } \
                        or \"none\"";

impl DataSection {
    /// The format: as given, or as the files' names say.
    fn format(&self) -> Result<Format, String> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        if self.images.is_some() {
            return Ok(Format::Idx);
        }
        let path = need(self.path.as_ref(), "path")?;
        let name = path.to_string_lossy().to_lowercase();
        let name = name.trim_end_matches(".gz");
        if name.ends_with(".npz") {
            return Ok(Format::Npz);
        }
        if name.ends_with(".npy") {
            return Ok(Format::Npy);
        }
        if [".csv", ".tsv", ".txt", ".dat", ".data"].iter().any(|end| name.ends_with(end)) {
            return Ok(Format::Csv);
        }
        Err("the key `format` of [data] is missing: \"csv\", \"npz\", \"npy\" or \"idx\", which the file's name does not tell".into())
    }

    /// Refuses keys that belong to other formats.
    fn refuse(&self, format: Format) -> Result<(), String> {
        let (csv, npz, idx) = (&[Format::Csv][..], &[Format::Npz][..], &[Format::Idx][..]);
        let files = &[Format::Csv, Format::Npz, Format::Npy][..];
        let keys = [
            ("path", self.path.is_some(), files),
            ("header", self.header.is_some(), csv),
            ("separator", self.separator.is_some(), csv),
            ("decimal", self.decimal.is_some(), csv),
            ("skip", self.skip.is_some(), csv),
            ("features", self.features.is_some(), csv),
            ("ignore", self.ignore.is_some(), csv),
            ("label", self.label.is_some(), csv),
            ("target", self.target.is_some(), csv),
            ("target_file", self.target_file.is_some(), csv),
            ("missing", self.missing.is_some(), csv),
            ("missing_values", self.missing_values.is_some(), csv),
            ("inputs", self.inputs.is_some(), npz),
            ("labels", self.labels.is_some(), &[Format::Npz, Format::Npy, Format::Idx]),
            ("targets", self.targets.is_some(), &[Format::Npz, Format::Npy]),
            ("images", self.images.is_some(), idx),
            ("test_images", self.test_images.is_some(), idx),
            ("test_labels", self.test_labels.is_some(), idx),
            ("scale_targets", self.scale_targets.is_some(), files),
            ("test", self.test.is_some(), files),
        ];
        for (name, is_given, of) in keys {
            if is_given && !of.contains(&format) {
                let of: Vec<&str> = of.iter().map(|format| format.name()).collect();
                return Err(format!(
                    "data.{name} belongs to the format {}, and this is {}",
                    of.join(" or "),
                    format.name()
                ));
            }
        }
        Ok(())
    }

    fn choose(self) -> Result<DataConfig, String> {
        let format = self.format()?;
        self.refuse(format)?;
        let texts = |words: Vec<Word>| words.into_iter().map(String::from).collect::<Vec<String>>();
        let (classes, class_weights, divide_by) =
            (self.classes.map(texts), self.class_weights, self.divide_by);
        let (scale, scale_targets) = (self.scale.unwrap_or_default(), self.scale_targets.unwrap_or_default());
        Ok(match format {
            Format::Csv => DataConfig::Csv(CsvConfig {
                path: need(self.path, "path")?,
                header: self.header,
                separator: self.separator,
                decimal: self.decimal,
                skip: self.skip.unwrap_or(0),
                features: self.features,
                ignore: self.ignore.unwrap_or_default(),
                label: self.label,
                target: self.target,
                target_file: self.target_file,
                missing: self.missing.unwrap_or_default(),
                missing_values: self.missing_values.map(texts),
                classes,
                class_weights,
                divide_by,
                scale,
                scale_targets,
                test: self.test.ok_or(HELD_OUT)?,
            }),
            Format::Npz => DataConfig::Npz(NpzConfig {
                path: need(self.path, "path")?,
                inputs: self.inputs.unwrap_or_else(|| "inputs".into()),
                labels: self.labels,
                targets: self.targets,
                classes,
                class_weights,
                divide_by,
                scale,
                scale_targets,
                test: self.test.ok_or(HELD_OUT)?,
            }),
            Format::Npy => DataConfig::Npy(NpyConfig {
                path: need(self.path, "path")?,
                labels: self.labels.map(PathBuf::from),
                targets: self.targets.map(PathBuf::from),
                classes,
                class_weights,
                divide_by,
                scale,
                scale_targets,
                test: self.test.ok_or(HELD_OUT)?,
            }),
            Format::Idx => DataConfig::Idx(IdxConfig {
                images: need(self.images, "images")?,
                labels: need(self.labels, "labels")?.into(),
                test_images: need(self.test_images, "test_images")?,
                test_labels: need(self.test_labels, "test_labels")?,
                classes,
                class_weights,
                divide_by,
                scale,
            }),
        })
    }
}
