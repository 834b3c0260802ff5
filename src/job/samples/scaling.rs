//! Numbers scaled column by column.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView2};

use super::Features;
use crate::error::Result;
use crate::job::config::Scale;

/// z = (x - shift)/scale, for each column.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::job) struct Scaling {
    pub(in crate::job) shift: Vec<f64>,
    pub(in crate::job) scale: Vec<f64>,
}

/// Columns (from 1) that have one value alone, and are therefore shifted and not scaled.
pub(in crate::job) struct Constant(Vec<usize>);

impl Constant {
    pub(in crate::job) fn note(&self, what: &str) -> Option<String> {
        let numbers: Vec<String> = self.0.iter().take(12).map(ToString::to_string).collect();
        let more = if self.0.len() > numbers.len() { ", …" } else { "" };
        let (s, has, it) = if self.0.len() == 1 { ("", "has", "it says") } else { ("s", "have", "they say") };
        (!self.0.is_empty()).then(|| {
            format!(
                "{what}{s} {}{more} {has} one value alone in the training samples: {it} nothing",
                numbers.join(", ")
            )
        })
    }
}

impl Scaling {
    /// Divides all by one number.
    pub(in crate::job) fn divide(by: f64, columns: usize) -> Self {
        Scaling { shift: vec![0.0; columns], scale: vec![by; columns] }
    }

    /// From what the training samples have; `None` if they stay as they are. The standard deviation is that of the population, as
    /// scikit-learn's `StandardScaler` has it.
    pub(in crate::job) fn fit(scale: Scale, values: &Array2<f64>) -> Option<(Self, Constant)> {
        let all = |take: &mut dyn FnMut(ArrayView2<'_, f64>)| {
            take(values.view());
            Ok(())
        };
        // What is in memory can be read.
        Scaling::of(scale, values.dim(), all).ok().flatten()
    }

    /// The same of `[samples, columns]` that `each` shows from the first to the last, some at a time, as often as it is called.
    fn of(
        scale: Scale,
        (samples, columns): (usize, usize),
        each: impl Fn(&mut dyn FnMut(ArrayView2<'_, f64>)) -> Result<()>,
    ) -> Result<Option<(Self, Constant)>> {
        if scale == Scale::None {
            return Ok(None);
        }
        let count = samples as f64;
        let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); columns];
        // By halves, so that the sum of huge numbers is finite.
        let mut means = vec![0.0; columns];
        each(&mut |values| {
            for row in values.rows() {
                for ((x, (low, high)), mean) in row.iter().zip(&mut ends).zip(&mut means) {
                    (*low, *high) = (low.min(*x), high.max(*x));
                    *mean += x / count;
                }
            }
        })?;
        let found: Vec<(f64, f64)> = match scale {
            Scale::None => Vec::new(),
            Scale::Standard => {
                let mut largest = vec![0.0f64; columns];
                each(&mut |values| {
                    for row in values.rows() {
                        for ((x, mean), largest) in row.iter().zip(&means).zip(&mut largest) {
                            *largest = largest.max((x - mean).abs());
                        }
                    }
                })?;
                let mut squares = vec![0.0; columns];
                each(&mut |values| {
                    for row in values.rows() {
                        for (((x, mean), largest), square) in
                            row.iter().zip(&means).zip(&largest).zip(&mut squares)
                        {
                            *square += ((x - mean) / largest).powi(2);
                        }
                    }
                })?;
                let deviation = |(largest, square): (&f64, &f64)| match *largest {
                    0.0 => 0.0,
                    largest => largest * (square / count).sqrt(),
                };
                means.into_iter().zip(largest.iter().zip(&squares).map(deviation)).collect()
            }
            Scale::MinMax => ends.iter().map(|(low, high)| (*low, high - low)).collect(),
        };
        let is_constant: Vec<bool> = ends
            .iter()
            .zip(&found)
            .map(|((low, high), (_, scale))| low == high || !(scale.is_finite() && *scale > 0.0))
            .collect();
        let constant = (1..).zip(&is_constant).filter(|(_, is)| **is).map(|(i, _)| i).collect();
        let scale = found.iter().zip(&is_constant).map(|((_, scale), is)| if *is { 1.0 } else { *scale });
        let scaling =
            Scaling { shift: found.iter().map(|(shift, _)| *shift).collect(), scale: scale.collect() };
        Ok(Some((scaling, Constant(constant))))
    }

    pub(in crate::job) fn apply(&self, values: &mut Array2<f64>) {
        let (shift, scale) = (Array1::from(self.shift.clone()), Array1::from(self.scale.clone()));
        *values -= &shift;
        *values /= &scale;
    }

    /// From what the network answers to the values that are meant.
    pub(in crate::job) fn undo(&self, values: &mut Array2<f64>) {
        let (shift, scale) = (Array1::from(self.shift.clone()), Array1::from(self.scale.clone()));
        *values *= &scale;
        *values += &shift;
    }
}

/// Features, scaled by what the training part has.
pub(super) struct Scaled {
    pub(super) train: Features,
    pub(super) test: Option<Features>,
    pub(super) scaling: Option<Scaling>,
    pub(super) notes: Vec<String>,
}

impl Scaled {
    /// By all of the training samples, of which `here` are kept. If `keep_bytes` says so, bytes are left to be divided by who takes them.
    pub(super) fn new(
        (train, here): (Features, Range<usize>),
        test: Option<Features>,
        divide_by: Option<f64>,
        scale: Scale,
        keep_bytes: bool,
    ) -> Result<Self> {
        let columns = train.width();
        let divided = divide_by.map(|by| Scaling::divide(by, columns));
        if scale == Scale::None {
            let (train, test) = (train.only(here).read()?, test.map(Features::read).transpose()?);
            // Bytes stay bytes: an eighth of the memory.
            let are_bytes = |features: &Features| matches!(features, Features::Bytes(_));
            if keep_bytes && are_bytes(&train) && test.as_ref().is_none_or(are_bytes) {
                return Ok(Scaled { train, test, scaling: divided, notes: Vec::new() });
            }
            return Scaled::by(divided, Vec::new(), train, test);
        }
        let found = match &train {
            Features::Rows(array, rows) => {
                Scaling::of(scale, (rows.len(), columns), |take| array.each_piece(rows, take))?
            }
            Features::Reals(values) => Scaling::fit(scale, values),
            Features::Bytes(bytes) => Scaling::fit(scale, &bytes.mapv(f64::from)),
        };
        let (scaling, notes) = match (divided, found) {
            (Some(divided), _) => (Some(divided), Vec::new()),
            (None, Some((scaling, constant))) => {
                (Some(scaling), constant.note("feature").into_iter().collect())
            }
            (None, None) => (None, Vec::new()),
        };
        Scaled::by(scaling, notes, train.only(here), test)
    }

    /// A check sum of the figures, and of the test samples.
    pub(super) fn sum(&self) -> u64 {
        let mut hash = DefaultHasher::new();
        if let Some(Scaling { shift, scale }) = &self.scaling {
            shift.iter().chain(scale).for_each(|x| x.to_bits().hash(&mut hash));
        }
        match &self.test {
            Some(Features::Reals(values)) => values.iter().for_each(|x| x.to_bits().hash(&mut hash)),
            Some(Features::Bytes(bytes)) => bytes.iter().for_each(|byte| byte.hash(&mut hash)),
            Some(Features::Rows(..)) | None => {}
        }
        hash.finish()
    }

    fn by(
        scaling: Option<Scaling>,
        notes: Vec<String>,
        train: Features,
        test: Option<Features>,
    ) -> Result<Self> {
        let mut train = train.into_reals()?;
        let mut test = test.map(Features::into_reals).transpose()?;
        if let Some(scaling) = &scaling {
            std::iter::once(&mut train).chain(&mut test).for_each(|values| scaling.apply(values));
        }
        Ok(Scaled { train: Features::Reals(train), test: test.map(Features::Reals), scaling, notes })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr2;

    use super::*;

    #[test]
    fn columns_are_scaled_by_hand_computed_figures() {
        let values = arr2(&[[1.0, 7.0, 1e300], [3.0, 7.0, -1e300]]);
        let (standard, constant) = Scaling::fit(Scale::Standard, &values).unwrap();
        assert_eq!((standard.shift[0], standard.scale[0]), (2.0, 1.0));
        assert_eq!((standard.shift[1], standard.scale[1]), (7.0, 1.0));
        assert_eq!((standard.shift[2], standard.scale[2]), (0.0, 1e300));
        assert_eq!(constant.0, [2]);
        let (ends, _) = Scaling::fit(Scale::MinMax, &values.slice(ndarray::s![.., ..2]).to_owned()).unwrap();
        assert_eq!((ends.shift, ends.scale), (vec![1.0, 7.0], vec![2.0, 1.0]));
        let mut scaled = values.clone();
        standard.apply(&mut scaled);
        assert_eq!(scaled, arr2(&[[-1.0, 0.0, 1.0], [1.0, 0.0, -1.0]]));
        standard.undo(&mut scaled);
        assert_eq!(scaled, values);
    }
}
