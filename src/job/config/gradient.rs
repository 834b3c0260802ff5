//! The section `[gradient]`.

use std::fmt;

use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::schema;
use super::texts::as_text_if_any;
use crate::difference::{Difference, Method, Scheme, Step};

/// The difference quotients.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GradientConfig {
    /// Where differences come from: `direct`, `incremental` or `auto`.
    #[serde(default)]
    pub difference: Method,
    /// `forward`, `backward` or `central`.
    #[serde(default)]
    pub scheme: Scheme,
    /// The order of the quotient: 1, 2, 4, 6 or 8; without it, the scheme's own.
    pub order: Option<usize>,
    /// A number, or text such as `relative:2^-8` or `auto`; without it, as scheme, precision and difference prefer.
    #[serde(default, deserialize_with = "step", serialize_with = "as_text_if_any")]
    #[schemars(with = "Option<schema::NumberOrText>")]
    pub step: Option<Step>,
}

impl GradientConfig {
    /// The quotients asked for.
    pub fn difference(&self) -> Difference {
        Difference::default()
            .with_method(self.difference)
            .with_scheme(self.scheme)
            .with_order(self.order)
            .with_step(self.step)
    }
}

/// A step, as a number or as text.
pub(super) fn step<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Step>, D::Error> {
    struct Either;

    impl Visitor<'_> for Either {
        type Value = Step;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number such as 1e-4, or text such as \"relative:2^-8\"")
        }

        fn visit_f64<E: de::Error>(self, h: f64) -> std::result::Result<Step, E> {
            Step::fixed(h).map_err(E::custom)
        }

        fn visit_i64<E: de::Error>(self, h: i64) -> std::result::Result<Step, E> {
            self.visit_f64(h as f64)
        }

        fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Step, E> {
            text.parse::<Step>().map_err(E::custom)
        }
    }

    from.deserialize_any(Either).map(Some)
}
