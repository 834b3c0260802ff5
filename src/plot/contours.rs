//! Lines along which a function is as high.

use contour::ContourBuilder;
use ndarray::Array2;

use super::Drawn;
use super::axis::{Axis, Scaling};
use super::chart::words;

/// Values of a function on a grid.
#[derive(Clone, Debug)]
pub struct Grid {
    /// What they are, such as `f`.
    pub what: String,
    /// `[y][x]`, evenly spread over the axes from end to end; NaN where there is none.
    pub values: Array2<f64>,
    /// Contours to draw, about.
    pub levels: usize,
}

/// Which contours, and their colours.
pub(super) struct Levels {
    pub(super) at: Vec<f64>,
    /// Of values less the shift.
    pub(super) axis: Axis,
    pub(super) shift: f64,
}

/// A level, and a line of points that are as high.
type Contour = (f64, Vec<(f64, f64)>);

impl Grid {
    /// The lines along which the function has these values, in the coordinates of the axes.
    pub(super) fn lines(&self, x: &Axis, y: &Axis, levels: &[f64]) -> Drawn<Vec<Contour>> {
        let (rows, columns) = self.values.dim();
        let (x, y) = (x.drawn(), y.drawn());
        let step = ((x.end - x.start) / (columns - 1) as f64, (y.end - y.start) / (rows - 1) as f64);
        let values: Vec<f64> =
            self.values.iter().map(|value| if value.is_finite() { *value } else { 0.0 }).collect();
        let lines = ContourBuilder::new(columns, rows, true).lines(&values, levels).map_err(words)?;
        // Along the border, and beside places without a value, a contour is none.
        let is_inside = |(u, v): (f64, f64)| {
            let (last_u, last_v) = ((columns - 1) as f64, (rows - 1) as f64);
            let cells =
                |u: f64, last: f64| [u.floor().clamp(0.0, last) as usize, u.ceil().clamp(0.0, last) as usize];
            let is_there = |v: usize, u: usize| self.values[[v, u]].is_finite();
            (0.0..=last_u).contains(&u)
                && (0.0..=last_v).contains(&v)
                && cells(v, last_v).iter().all(|&v| cells(u, last_u).iter().all(|&u| is_there(v, u)))
        };
        let mut found = Vec::new();
        for line in &lines {
            for string in &line.geometry().0 {
                // In counts of the grid: a value stands in the middle of its cell.
                let points: Vec<(f64, f64)> =
                    string.0.iter().map(|point| (point.x - 0.5, point.y - 0.5)).collect();
                for piece in points.split(|point| !is_inside(*point)).filter(|piece| piece.len() > 1) {
                    let placed = piece.iter().map(|(u, v)| (x.start + u * step.0, y.start + v * step.1));
                    found.push((line.threshold(), placed.collect()));
                }
            }
        }
        Ok(found)
    }

    /// Evenly spread levels, or if most values lie near the least, by powers.
    pub(super) fn levels(&self) -> Drawn<Levels> {
        let mut sorted: Vec<f64> = self.values.iter().copied().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else {
            return Ok(Levels {
                at: Vec::new(),
                axis: Axis::around(self.what.clone(), [].into_iter(), Scaling::Linear),
                shift: 0.0,
            });
        };
        let count = self.levels.max(2);
        if !(high - low).is_finite() {
            return Err(format!("values from {low:e} to {high:e} are too far apart; scale the function"));
        }
        let median = sorted[sorted.len() / 2];
        if high - low > 10.0 * (median - low) && median > low {
            // From where a thousandth of the plane lies below.
            let shift = if low > 0.0 && high > 100.0 * low { 0.0 } else { low };
            let first = (sorted[sorted.len() / 1000] - shift).max((high - shift) * 1e-9);
            let ratio = ((high - shift) / first).powf(1.0 / count as f64);
            let at = (0..count).map(|k| shift + first * ratio.powi(k as i32)).collect();
            let what = if shift == 0.0 { self.what.clone() } else { format!("{} − least", self.what) };
            let axis = Axis { name: what, range: first..high - shift, scaling: Scaling::Log };
            return Ok(Levels { at, axis, shift });
        }
        let mut axis = Axis::around(self.what.clone(), sorted.iter().copied(), Scaling::Linear);
        if low < high {
            axis.range = low..high;
        }
        Ok(Levels { at: axis.ticks(count), axis, shift: 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(name: &str) -> Axis {
        Axis { name: name.into(), range: -2.0..2.0, scaling: Scaling::Linear }
    }

    fn grid(f: impl Fn(f64, f64) -> f64) -> Grid {
        let place = |k: usize| -2.0 + k as f64 / 20.0;
        let values = Array2::from_shape_fn((81, 81), |(v, u)| f(place(u), place(v)));
        Grid { what: "f".into(), values, levels: 8 }
    }

    /// Of x² + 4y² they are ellipses, none of which runs along the border.
    #[test]
    fn contours_lie_where_the_function_has_their_value() {
        let f = |x: f64, y: f64| x * x + 4.0 * y * y;
        let lines = grid(f).lines(&axis("x0"), &axis("x1"), &[1.0, 5.0]).unwrap();
        assert!(lines.iter().any(|line| line.0 == 1.0) && lines.iter().any(|line| line.0 == 5.0));
        let mut ends = (0.0f64, 0.0f64);
        for (level, line) in &lines {
            for &(x, y) in line {
                assert!((f(x, y) - level).abs() < 0.02, "{level}: {x}, {y}");
                if *level == 1.0 {
                    ends = (ends.0.max(x), ends.1.max(y));
                }
            }
        }
        assert!((ends.0 - 1.0).abs() < 0.01 && (ends.1 - 0.5).abs() < 0.01, "{ends:?}");
        // Where there is no value there is no line.
        let half = grid(|x, y| if x < 0.0 { f64::NAN } else { f(x, y) });
        let lines = half.lines(&axis("x0"), &axis("x1"), &[1.0]).unwrap();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.1.iter().all(|point| point.0 >= 0.0)));
    }

    #[test]
    fn levels_follow_the_values() {
        let even = grid(|x, y| x + y).levels().unwrap();
        assert_eq!((even.axis.scaling, even.shift), (Scaling::Linear, 0.0));
        assert!(
            even.at
                .windows(2)
                .all(|pair| (pair[1] - pair[0] - 0.5).abs() < 1e-12 || pair[1] - pair[0] == 1.0)
        );
        // Rosenbrock's valley: most of the plane is far below the greatest value.
        let steep = grid(|x, y| 100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2)).levels().unwrap();
        assert_eq!(steep.axis.scaling, Scaling::Log);
        assert!(steep.at.windows(2).all(|pair| (pair[1] / pair[0] - steep.at[1] / steep.at[0]).abs() < 1e-9));
        let below = grid(|x, y| (x * x + y * y).powi(4) - 7.0).levels().unwrap();
        assert_eq!(
            (below.axis.scaling, below.shift, below.axis.name.as_str()),
            (Scaling::Log, -7.0, "f − least")
        );
    }
}
