//! Axes: ranges, ticks and their labels.

use std::ops::Range;

/// How values lie along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scaling {
    /// Evenly.
    #[default]
    Linear,
    /// By their logarithms; what is not above 0 is left out.
    Log,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it shows, with its unit if it has one.
    pub name: String,
    /// From where to where.
    pub range: Range<f64>,
    /// How values lie along it.
    pub scaling: Scaling,
}

impl Axis {
    /// From the least to the greatest of these values, with some room.
    pub fn around(name: impl Into<String>, values: impl Iterator<Item = f64>, scaling: Scaling) -> Self {
        let is_shown = |value: &f64| value.is_finite() && (scaling == Scaling::Linear || *value > 0.0);
        let (low, high) = values
            .filter(is_shown)
            .map(|value| scaling.place(value))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        if low > high {
            return Axis { name: name.into(), range: scaling.value(0.0)..scaling.value(1.0), scaling };
        }
        let margin = match high - low {
            0.0 if low == 0.0 || scaling == Scaling::Log => 0.5,
            0.0 => 0.1 * low.abs(),
            spread => 0.05 * spread,
        };
        // Values that cannot be told apart where they lie have room for the steps of their labels.
        let margin = margin.max(1e-12 * low.abs().max(high.abs()));
        // Room beyond the last number there is is none.
        let least = if scaling == Scaling::Log { f64::MIN_POSITIVE } else { f64::MIN };
        let range = scaling.value(low - margin).max(least)..scaling.value(high + margin).min(f64::MAX);
        Axis { name: name.into(), range, scaling }
    }

    /// In the coordinate that is drawn.
    pub(super) fn drawn(&self) -> Range<f64> {
        self.scaling.place(self.range.start)..self.scaling.place(self.range.end)
    }

    /// Where values lie that are shown.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let place = self.scaling.place(value);
        place.is_finite().then_some(place)
    }

    /// Places of about so many ticks, in the coordinate that is drawn.
    pub(super) fn ticks(&self, about: usize) -> Vec<f64> {
        let Range { start, end } = self.drawn();
        match self.scaling {
            Scaling::Log if end - start > 3.0 => {
                let every = ((end - start) / about as f64).ceil().max(1.0);
                multiples(every, start, end)
            }
            Scaling::Log => {
                let (low, high) = (self.range.start, self.range.end);
                let decades = (start.floor() as i32)..=(end.ceil() as i32);
                let all = decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(decade)));
                let few: Vec<f64> =
                    all.filter(|value| (low..=high).contains(value)).map(f64::log10).collect();
                if few.len() > 1 {
                    return few;
                }
                multiples(step(low, high, about), low, high)
                    .into_iter()
                    .filter(|v| *v > 0.0)
                    .map(f64::log10)
                    .collect()
            }
            Scaling::Linear => multiples(step(start, end, about), start, end),
        }
    }

    /// The label of a tick.
    pub(super) fn label(&self, place: f64, ticks: &[f64]) -> String {
        let apart = |f: fn(f64) -> f64| {
            ticks.windows(2).map(|pair| (f(pair[1]) - f(pair[0])).abs()).fold(f64::INFINITY, f64::min)
        };
        match self.scaling {
            Scaling::Log if (place - place.round()).abs() < 1e-9 && !(-3.0..=4.0).contains(&place) => {
                format!("10{}", superscript(place.round() as i32))
            }
            Scaling::Log => plain(10f64.powf(place), apart(|x| 10f64.powf(x)).min(10f64.powf(place))),
            Scaling::Linear => plain(place, apart(|x| x)),
        }
    }
}

impl Scaling {
    fn place(self, value: f64) -> f64 {
        match self {
            Scaling::Linear => value,
            Scaling::Log => value.log10(),
        }
    }

    fn value(self, place: f64) -> f64 {
        match self {
            Scaling::Linear => place,
            Scaling::Log => 10f64.powf(place),
        }
    }
}

/// 1, 2 or 5 times a power of ten.
fn step(low: f64, high: f64, about: usize) -> f64 {
    let about = about.max(1) as f64;
    let rough = high / about - low / about;
    if !(rough.is_finite() && rough > 0.0) {
        return 1.0;
    }
    let decade = 10f64.powf(rough.log10().floor());
    let times =
        [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * decade >= rough * 0.999).unwrap_or(10.0);
    times * decade
}

fn multiples(step: f64, low: f64, high: f64) -> Vec<f64> {
    let slack = 1e-9 * (high - low);
    let first = ((low - slack) / step).ceil();
    // So many at most: a step that vanishes beside the values gives none.
    (0..100)
        .map(|k| (first + f64::from(k)) * step)
        .take_while(|x| *x <= high + slack)
        .map(|x| x + 0.0)
        .collect()
}

/// A number with as many digits as ticks that far apart need.
pub(super) fn plain(value: f64, apart: f64) -> String {
    if value.abs() < 1e-9 * apart {
        return "0".into();
    }
    let size = value.abs();
    if !(1e-4..1e6).contains(&size) {
        let digits = if apart.is_finite() {
            (size.log10().floor() - (apart * 1.001).log10().floor()).clamp(0.0, 8.0)
        } else {
            2.0
        };
        let text = format!("{value:.*e}", digits as usize);
        let Some((mantissa, exponent)) = text.split_once('e') else { return text };
        let exponent = superscript(exponent.parse().unwrap_or(0));
        let mantissa = if mantissa.contains('.') {
            mantissa.trim_end_matches('0').trim_end_matches('.')
        } else {
            mantissa
        };
        return match mantissa {
            "1" => format!("10{exponent}"),
            "-1" => format!("−10{exponent}"),
            _ => format!("{}·10{exponent}", mantissa.replace('-', "−")),
        };
    }
    let apart = if apart.is_finite() { apart } else { size / 100.0 };
    let decimals = (-(apart * 1.001).log10().floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{value:.decimals$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text };
    text.replace('-', "−")
}

fn superscript(number: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, scaling: Scaling) -> String {
        let axis = Axis { name: "x".into(), range: low..high, scaling };
        let ticks = axis.ticks(6);
        ticks.iter().map(|tick| axis.label(*tick, &ticks)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(-2.0, 2.0, Scaling::Linear), "−2 −1 0 1 2");
        assert_eq!(labels(0.0, 0.0043, Scaling::Linear), "0 0.001 0.002 0.003 0.004");
        assert_eq!(labels(0.0, 40_000.0, Scaling::Linear), "0 10000 20000 30000 40000");
        assert_eq!(labels(0.0, 3e7, Scaling::Linear), "0 5·10⁶ 10⁷ 1.5·10⁷ 2·10⁷ 2.5·10⁷ 3·10⁷");
        assert_eq!(labels(1e-12, 1e3, Scaling::Log), "10⁻¹² 10⁻⁹ 10⁻⁶ 0.001 1 1000");
        assert_eq!(labels(0.9, 12.0, Scaling::Log), "1 2 5 10");
        assert_eq!(labels(1.01, 1.09, Scaling::Log), "1.02 1.04 1.06 1.08");
        assert_eq!(labels(0.02, 3.0, Scaling::Log), "0.02 0.05 0.1 0.2 0.5 1 2");
    }

    #[test]
    fn ranges_hold_their_values() {
        let all = |values: &[f64], scaling| Axis::around("y", values.iter().copied(), scaling).range;
        assert_eq!(all(&[1.0, f64::NAN, 3.0], Scaling::Linear), 0.9..3.1);
        assert_eq!(all(&[2.0], Scaling::Linear), 1.8..2.2);
        assert_eq!(all(&[0.0], Scaling::Linear), -0.5..0.5);
        assert_eq!(all(&[], Scaling::Log), 1.0..10.0);
        let log = all(&[-1.0, 0.0, 1.0, 100.0], Scaling::Log);
        assert!(log.start > 0.7 && log.start < 1.0 && log.end > 100.0);
        let wide = all(&[1e-300, 1e307], Scaling::Log);
        assert!(wide.start > 0.0 && wide.end == f64::MAX);
        let huge = all(&[1e300, 1.0000000000000002e300], Scaling::Linear);
        assert!(huge.start < 1e300 && huge.end > 1e300 && huge.end.is_finite());
    }
}
