//! The JSON Schema of job files, from the types that read them: editors complete and check by it.

use schemars::{JsonSchema, Schema, schema_for};

use super::job::JobFile;
use super::test::Given;
use crate::optimize::{RuleChoice, RuleKind};

/// A number or a text.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it is the shape alone that counts")]
pub(super) enum NumberOrText {
    Number(f64),
    /// Such as relative:2^-20 or auto.
    Text(String),
}

/// An update rule.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it is the shape alone that counts")]
pub(super) enum Rule {
    /// Its name.
    Name(RuleKind),
    /// Its name and its settings.
    Table(RuleChoice),
}

/// What is held out.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "it is the shape alone that counts")]
pub(super) enum HeldOut {
    /// none
    Word(NoTest),
    /// A share, every n-th, or a file.
    Table(Given),
}

/// Nothing is held out.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "it is the shape alone that counts")]
pub(super) enum NoTest {
    None,
}

/// The schema of job files (JSON Schema, draft 2020-12). `#:schema job.schema.json` in the first line of a job file names it to editors that know TOML.
pub fn schema() -> Schema {
    let mut schema = schema_for!(JobFile);
    schema.insert("title".into(), "A job of plusminus".into());
    let about =
        "What `plusminus run` runs: [data] and [network] are a training, [objective] and [start] a descent.";
    schema.insert("description".into(), about.into());
    schema
}
