//! The section `[descent]`.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::schema;
use super::several::Several;
use crate::optimize::{RuleChoice, RuleKind, Stopping};

/// The steps of a descent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescentConfig {
    /// The learning rate, or several. A training goes by each of them at once; of a descent each point has its own, or the one point
    /// that there is goes by each.
    pub rate: Several<f64>,
    /// The update rule: its name, or a table with its name and its settings.
    #[serde(default, deserialize_with = "rule")]
    #[schemars(with = "Option<schema::Rule>")]
    pub rule: RuleChoice,
    /// Lower bounds of the coordinates.
    pub lower: Option<Vec<f64>>,
    /// Upper bounds of the coordinates.
    pub upper: Option<Vec<f64>>,
    /// How many times a point that came to a saddle point goes on.
    #[serde(default)]
    pub leave_saddles: usize,
    /// When a point is done before all steps are made.
    #[serde(default)]
    pub stop: Stopping,
    /// Steps to make.
    #[schemars(range(min = 1))]
    pub steps: Option<usize>,
    /// Instead of steps, in a training: passes over the training samples.
    #[schemars(range(min = 1))]
    pub epochs: Option<usize>,
    /// Samples, or terms of the objective, in a minibatch. A training needs it; without it, each step of a descent takes all
    /// terms.
    #[schemars(range(min = 1))]
    pub batch: Option<usize>,
    /// Terms of a step in a block, at most, whose sum is found by itself; sums of blocks are added in a fixed order. Ranks that run a job
    /// together share the blocks. Without it, one process takes all terms in one block, and ranks take blocks of 64 samples of a network, 4096
    /// terms of a formula or a 256th of the step, whichever is more.
    #[schemars(range(min = 1))]
    pub block: Option<usize>,
    /// Seed of the shuffles of minibatches.
    #[serde(default)]
    pub seed: u64,
    /// From what minibatches of a training are drawn.
    #[serde(default, skip_serializing_if = "Shuffle::is_all")]
    pub shuffle: Shuffle,
    /// Steps between two reports of the loss or the values.
    #[serde(default = "ten")]
    #[schemars(range(min = 1))]
    pub report_every: usize,
}

/// From what minibatches are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shuffle {
    /// From all samples.
    #[default]
    All,
    /// Each block of a step from its own part of the samples: they are cut into as many parts as a step has blocks. So each of several ranks
    /// needs the samples of its own blocks alone, and of npy files reads no others.
    Blocks,
}

impl Shuffle {
    fn is_all(&self) -> bool {
        *self == Shuffle::All
    }
}

fn ten() -> usize {
    10
}

/// An update rule, by its name alone or with its settings.
pub(super) fn rule<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<RuleChoice, D::Error> {
    struct Either;

    impl<'de> Visitor<'de> for Either {
        type Value = RuleChoice;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of a rule such as \"adam\", or a table such as { name = \"adam\", betas = [0.9, 0.99] }")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<RuleChoice, E> {
            let rule = text.parse::<RuleKind>().map_err(E::custom)?;
            Ok(RuleChoice { rule, ..RuleChoice::default() })
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<RuleChoice, A::Error> {
            RuleChoice::deserialize(de::value::MapAccessDeserializer::new(map))
        }
    }

    from.deserialize_any(Either)
}
