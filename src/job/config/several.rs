//! Settings of which there may be several.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One setting, or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Several<T>(pub Vec<T>);

impl<T: Serialize> Serialize for Several<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [one] => one.serialize(to),
            all => all.serialize(to),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Several<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Several_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}

impl<T> From<T> for Several<T> {
    fn from(one: T) -> Self {
        Several(vec![one])
    }
}

/// Numbers that TOML has.
pub trait Setting: Sized {
    /// What it is called in a report.
    const NAME: &'static str;
    /// `None` if it is none of these.
    fn of_float(value: f64) -> Option<Self>;
    /// See [`of_float`](Self::of_float).
    fn of_integer(value: i64) -> Option<Self>;
}

impl Setting for f64 {
    const NAME: &'static str = "a number";

    fn of_float(value: f64) -> Option<Self> {
        Some(value)
    }

    fn of_integer(value: i64) -> Option<Self> {
        Some(value as f64)
    }
}

impl Setting for u64 {
    const NAME: &'static str = "a whole number, 0 or more";

    fn of_float(_: f64) -> Option<Self> {
        None
    }

    fn of_integer(value: i64) -> Option<Self> {
        u64::try_from(value).ok()
    }
}

impl<'de, T: Setting> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_any(Either(PhantomData))
    }
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Setting> Visitor<'de> for Either<T> {
    type Value = Several<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or a list of such", T::NAME)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> std::result::Result<Several<T>, E> {
        let wrong = || E::invalid_type(de::Unexpected::Float(value), &self);
        T::of_float(value).map(Several::from).ok_or_else(wrong)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> std::result::Result<Several<T>, E> {
        let wrong = || E::invalid_value(de::Unexpected::Signed(value), &self);
        T::of_integer(value).map(Several::from).ok_or_else(wrong)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> std::result::Result<Several<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(Several(one)) = list.next_element::<Several<T>>()? {
            all.extend(one);
        }
        if all.is_empty() {
            return Err(de::Error::invalid_length(0, &self));
        }
        Ok(Several(all))
    }
}
