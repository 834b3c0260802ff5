//! What stands in a job file as text.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serializer};

/// What reads itself from text, such as a device.
pub(super) fn from_text<'de, T: FromStr<Err: fmt::Display>, D: Deserializer<'de>>(
    from: D,
) -> std::result::Result<T, D::Error> {
    String::deserialize(from)?.parse().map_err(de::Error::custom)
}

/// What is written as it is read: as text.
pub(super) fn as_text_if_any<T: fmt::Display, S: Serializer>(
    value: &Option<T>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_none(),
    }
}
