//! Arrays of f64 in files, as bytes: small, fast, and exact to the last bit, NaN and infinity included.

use std::fmt;

use ndarray::Array2;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::ser::{SerializeTuple, Serializer};
use serde::{Deserialize, Serialize};

/// Bytes, which serde takes for a list of numbers otherwise.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Buffer;

        impl<'de> Visitor<'de> for Buffer {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }

            // Formats without bytes have lists.
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = list.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(bytes))
            }
        }

        from.deserialize_byte_buf(Buffer)
    }
}

/// Rows, columns and the numbers, little end first.
pub(crate) fn serialize<S: Serializer>(array: &Array2<f64>, to: S) -> Result<S::Ok, S::Error> {
    let mut tuple = to.serialize_tuple(3)?;
    tuple.serialize_element(&array.nrows())?;
    tuple.serialize_element(&array.ncols())?;
    tuple.serialize_element(&Bytes(array.iter().flat_map(|number| number.to_le_bytes()).collect()))?;
    tuple.end()
}

/// The array as it was.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Array2<f64>, D::Error> {
    let (rows, columns, Bytes(bytes)) = <(usize, usize, Bytes)>::deserialize(from)?;
    Array2::from_shape_vec((rows, columns), numbers(&bytes)?).map_err(de::Error::custom)
}

/// Lists of arrays.
pub(crate) mod list {
    use super::{Array2, Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct One(#[serde(with = "super")] Array2<f64>);

    pub(crate) fn serialize<S: Serializer>(list: &[Array2<f64>], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(|array| One(array.clone())))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Array2<f64>>, D::Error> {
        Ok(Vec::<One>::deserialize(from)?.into_iter().map(|One(array)| array).collect())
    }
}

/// An array of any shape.
#[cfg(feature = "cli")]
#[derive(Clone, Debug, PartialEq)]
pub struct Packed(pub ndarray::ArrayD<f64>);

#[cfg(feature = "cli")]
impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|number| number.to_le_bytes()).collect();
        (self.0.shape(), Bytes(bytes)).serialize(to)
    }
}

#[cfg(feature = "cli")]
impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (shape, Bytes(bytes)) = <(Vec<usize>, Bytes)>::deserialize(from)?;
        let array = ndarray::ArrayD::from_shape_vec(shape, numbers(&bytes)?);
        array.map(Packed).map_err(de::Error::custom)
    }
}

fn numbers<E: de::Error>(bytes: &[u8]) -> Result<Vec<f64>, E> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(E::invalid_length(bytes.len(), &"eight bytes for each number"));
    }
    Ok(numbers.iter().map(|&eight| f64::from_le_bytes(eight)).collect())
}
