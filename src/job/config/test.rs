//! What is held out for testing.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// Which samples are held out for testing.
#[derive(Clone, Debug, PartialEq)]
pub enum TestConfig {
    /// None.
    None,
    /// Of every so many samples in the order of the file, the last: 5 holds out the samples 4, 9, 14, … (counted from 0).
    Every(usize),
    /// A share of all, by lot.
    Share {
        /// Which, more than 0 and less than 1.
        share: f64,
        /// Seed of the lot.
        seed: u64,
        /// Whether of each class the same share.
        stratified: bool,
    },
    /// Those of other files.
    File(TestFile),
}

/// Test samples in a file of their own. What is not given is as in training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// The file.
    pub path: Option<PathBuf>,
    /// Of a table, another for labels or target values.
    pub target_file: Option<PathBuf>,
    /// The inputs' name in a npz file.
    pub inputs: Option<String>,
    /// The labels' name in a npz file, or their npy file.
    pub labels: Option<PathBuf>,
    /// The targets' name in a npz file, or their npy file.
    pub targets: Option<PathBuf>,
}

const HELD_OUT: &str = "{ share = 0.2, seed = 1 }, { every = 5 }, { path = \"test.csv\" } or \"none\"";

impl<'de> Deserialize<'de> for TestConfig {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = TestConfig;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(HELD_OUT)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<TestConfig, E> {
                match text {
                    "none" => Ok(TestConfig::None),
                    _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<TestConfig, A::Error> {
                let given = Given::deserialize(de::value::MapAccessDeserializer::new(map))?;
                given.choose().map_err(de::Error::custom)
            }
        }

        from.deserialize_any(Either)
    }
}

impl Serialize for TestConfig {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Every {
            every: usize,
        }

        #[derive(Serialize)]
        struct Share {
            share: f64,
            seed: u64,
            stratified: bool,
        }

        match self {
            TestConfig::None => "none".serialize(to),
            &TestConfig::Every(every) => Every { every }.serialize(to),
            &TestConfig::Share { share, seed, stratified } => Share { share, seed, stratified }.serialize(to),
            TestConfig::File(file) => file.serialize(to),
        }
    }
}

/// The table as it stands.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    every: Option<usize>,
    share: Option<f64>,
    seed: Option<u64>,
    stratified: Option<bool>,
    path: Option<PathBuf>,
    target_file: Option<PathBuf>,
    inputs: Option<String>,
    labels: Option<PathBuf>,
    targets: Option<PathBuf>,
}

impl Given {
    fn choose(self) -> std::result::Result<TestConfig, String> {
        let Given { every, share, seed, stratified, path, target_file, inputs, labels, targets } = self;
        let is_file = path.is_some() || inputs.is_some();
        let belongs = |is_given: bool, name: &str, to: &str| match is_given {
            true => Err(format!("data.test.{name} belongs to {to}")),
            false => Ok(()),
        };
        if usize::from(every.is_some()) + usize::from(share.is_some()) + usize::from(is_file) != 1 {
            return Err(format!("data.test: give one of {HELD_OUT}"));
        }
        if share.is_none() {
            belongs(seed.is_some(), "seed", "share")?;
            belongs(stratified.is_some(), "stratified", "share")?;
        }
        if !is_file {
            belongs(target_file.is_some(), "target_file", "path")?;
            belongs(labels.is_some(), "labels", "path or inputs")?;
            belongs(targets.is_some(), "targets", "path or inputs")?;
        }
        match (every, share) {
            (Some(every), _) if every < 2 => Err(format!("data.test.every = {every}: it must be at least 2")),
            (Some(every), _) => Ok(TestConfig::Every(every)),
            (None, Some(share)) if !(share > 0.0 && share < 1.0) => {
                Err(format!("data.test.share = {share}: it must be more than 0 and less than 1"))
            }
            (None, Some(share)) => Ok(TestConfig::Share {
                share,
                seed: seed.unwrap_or(0),
                stratified: stratified.unwrap_or(true),
            }),
            (None, None) => Ok(TestConfig::File(TestFile { path, target_file, inputs, labels, targets })),
        }
    }
}
