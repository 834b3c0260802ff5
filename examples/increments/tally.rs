//! What was found in a set.

use crate::truth::{Pair, distance};

/// Below this, an exact derivative is what its own digits leave of 0.
const NOTHING: f64 = 1e-50;

/// A component that is further off than its bar says.
pub struct Miss {
    pub text: String,
    pub x: Vec<f64>,
    /// The coordinate, or two of them.
    pub axis: String,
    pub got: f64,
    pub want: f64,
    pub error: f64,
    pub bar: f64,
}

#[derive(Default)]
pub struct Tally {
    pub points: usize,
    /// Points where there was an error instead of a derivative: f, and what it was.
    pub failures: Vec<(String, plusminus::Error)>,
    pub components: usize,
    /// max |d - d*| / max |d*| at each point that has a derivative other than 0.
    pub errors: Vec<f64>,
    /// The largest of them, and where it is.
    pub worst: Option<(f64, String)>,
    pub within: usize,
    /// Those within their bars of what the text is as the engine reads its literals.
    pub within_read: usize,
    /// bar/error where both are there.
    pub widths: Vec<f64>,
    /// Components without a bar.
    pub unknown: usize,
    pub flagged: usize,
    /// Those whose bar is the spread of samples, and how many of them are within.
    pub statistical: usize,
    pub statistical_within: usize,
    pub evaluations: u64,
    pub misses: Vec<Miss>,
}

/// One component of a derivative.
pub struct Component {
    pub axis: String,
    pub got: f64,
    pub bar: Option<f64>,
    pub want: Pair,
    /// With literals as the engine reads them.
    pub read: Option<Pair>,
    pub is_flagged: bool,
    pub is_statistical: bool,
}

impl Tally {
    /// Takes the components of a derivative at a point.
    pub fn take(&mut self, text: &str, x: &[f64], components: Vec<Component>) {
        let (mut largest, mut worst) = (0.0f64, 0.0f64);
        for Component { axis, got, bar, want, read, is_flagged, is_statistical } in components {
            let error = distance(got, want);
            let bar = bar.unwrap_or(f64::INFINITY);
            largest = largest.max(want.0.abs());
            worst = if error.is_nan() { f64::INFINITY } else { worst.max(error) };
            self.components += 1;
            self.flagged += usize::from(is_flagged);
            self.statistical += usize::from(is_statistical);
            self.statistical_within += usize::from(is_statistical && error <= bar);
            self.unknown += usize::from(!bar.is_finite());
            if bar.is_finite() && error > 0.0 {
                self.widths.push(bar / error);
            }
            self.within_read += usize::from(read.is_some_and(|read| distance(got, read) <= bar));
            if error <= bar {
                self.within += 1;
            } else {
                self.misses.push(Miss {
                    text: text.into(),
                    x: x.to_vec(),
                    axis,
                    got,
                    want: want.0,
                    error,
                    bar,
                });
            }
        }
        // At a minimum there is nothing to be relative to.
        if largest > NOTHING {
            let worst = worst / largest;
            self.errors.push(worst);
            if self.worst.as_ref().is_none_or(|(before, _)| worst > *before) {
                self.worst = Some((worst, text.into()));
            }
        }
    }

    /// The value below which this part of the errors lies.
    pub fn quantile(&self, part: f64) -> f64 {
        quantile(&self.errors, part)
    }

    pub fn width(&self) -> f64 {
        quantile(&self.widths, 0.5)
    }
}

fn quantile(values: &[f64], part: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let at = (part * values.len() as f64) as usize;
    values.get(at.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
