//! What a job sweeps over.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::schema;
use super::several::Several;
use crate::difference::Step;
use crate::error::{Error, Result};
use crate::optimize::RuleChoice;

/// Settings of which every one goes with every other. What is not given is as the job says.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepConfig {
    /// Learning rates.
    pub rate: Option<Several<f64>>,
    /// Update rules: names, or tables with their settings.
    #[serde(default, deserialize_with = "list")]
    #[schemars(with = "Option<Vec<schema::Rule>>")]
    rule: Option<Vec<RuleEntry>>,
    /// Steps h of the difference quotients.
    #[serde(default, deserialize_with = "list")]
    #[schemars(with = "Option<Vec<schema::NumberOrText>>")]
    step: Option<Vec<StepEntry>>,
    /// Seeds of the starting parameters of networks.
    pub seed: Option<Several<u64>>,
}

/// A rule in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct RuleEntry(#[serde(deserialize_with = "super::descent::rule")] RuleChoice);

/// A step in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct StepEntry(
    #[serde(deserialize_with = "super::gradient::step", serialize_with = "super::texts::as_text_if_any")]
    Option<Step>,
);

impl SweepConfig {
    /// The rules, if they are given.
    pub fn rules(&self) -> Option<Vec<RuleChoice>> {
        self.rule.as_ref().map(|all| all.iter().map(|entry| entry.0.clone()).collect())
    }

    /// The steps h, if they are given.
    pub fn steps(&self) -> Option<Vec<Option<Step>>> {
        self.step.as_ref().map(|all| all.iter().map(|entry| entry.0).collect())
    }

    pub(super) fn check(&self, is_training: bool) -> Result<()> {
        if self.rate.is_none() && self.rule.is_none() && self.step.is_none() && self.seed.is_none() {
            return Err(Error::usage("sweep: give at least one of rate, rule, step and seed"));
        }
        if self.seed.is_some() && !is_training {
            return Err(Error::usage(
                "sweep.seed is the seed of a network's starting parameters; starts of a descent are given by [start]",
            ));
        }
        Ok(())
    }
}

/// A list that is not empty.
fn list<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    from: D,
) -> std::result::Result<Option<Vec<T>>, D::Error> {
    struct List<T>(PhantomData<T>);

    impl<'de, T: DeserializeOwned> Visitor<'de> for List<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list, such as [\"adam\", \"momentum\"] or [1e-4, \"relative:2^-8\"]")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Vec<T>, A::Error> {
            let mut all = Vec::new();
            while let Some(one) = list.next_element()? {
                all.push(one);
            }
            if all.is_empty() {
                return Err(de::Error::invalid_length(0, &self));
            }
            Ok(all)
        }
    }

    from.deserialize_seq(List(PhantomData)).map(Some)
}
