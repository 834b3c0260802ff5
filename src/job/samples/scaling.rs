//! Numbers scaled column by column.

use ndarray::{Array1, Array2, Axis};

use super::Features;
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
        let columns = || values.axis_iter(Axis(1));
        let ends = |column: ndarray::ArrayView1<'_, f64>| {
            column
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)))
        };
        let found: Vec<(f64, f64)> = match scale {
            Scale::None => return None,
            Scale::Standard => columns()
                .map(|column| {
                    // By halves, so that the sum of huge numbers is finite.
                    let count = column.len() as f64;
                    let mean = column.iter().map(|x| x / count).sum::<f64>();
                    let largest = column.iter().fold(0.0f64, |most, x| most.max((x - mean).abs()));
                    if largest == 0.0 {
                        return (mean, 0.0);
                    }
                    let squares = column.iter().map(|x| ((x - mean) / largest).powi(2)).sum::<f64>();
                    (mean, largest * (squares / count).sqrt())
                })
                .collect(),
            Scale::MinMax => {
                columns().map(|column| (ends(column).0, ends(column).1 - ends(column).0)).collect()
            }
        };
        let is_constant: Vec<bool> = columns()
            .zip(&found)
            .map(|(column, (_, scale))| {
                let (low, high) = ends(column);
                low == high || !(scale.is_finite() && *scale > 0.0)
            })
            .collect();
        let constant = (1..).zip(&is_constant).filter(|(_, is)| **is).map(|(i, _)| i).collect();
        let scale = found.iter().zip(&is_constant).map(|((_, scale), is)| if *is { 1.0 } else { *scale });
        let scaling =
            Scaling { shift: found.iter().map(|(shift, _)| *shift).collect(), scale: scale.collect() };
        Some((scaling, Constant(constant)))
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
    pub(super) fn new(train: Features, test: Option<Features>, divide_by: Option<f64>, scale: Scale) -> Self {
        // Bytes stay bytes: an eighth of the memory.
        if let (Features::Bytes(bytes), Scale::None) = (&train, scale) {
            let scaling = divide_by.map(|by| Scaling::divide(by, bytes.ncols()));
            return Scaled { train, test, scaling, notes: Vec::new() };
        }
        let mut train = train.into_reals();
        let mut test = test.map(Features::into_reals);
        let (scaling, notes) = match (divide_by, Scaling::fit(scale, &train)) {
            (Some(by), _) => (Some(Scaling::divide(by, train.ncols())), Vec::new()),
            (None, Some((scaling, constant))) => {
                (Some(scaling), constant.note("feature").into_iter().collect())
            }
            (None, None) => (None, Vec::new()),
        };
        if let Some(scaling) = &scaling {
            std::iter::once(&mut train).chain(&mut test).for_each(|values| scaling.apply(values));
        }
        Scaled { train: Features::Reals(train), test: test.map(Features::Reals), scaling, notes }
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
