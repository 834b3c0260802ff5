//! A table of colours.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::{Axis, Scaling, plain};
use super::chart::{colour_bar, titled, width_of, words};
use super::theme::{Pen, is_bright};
use super::{Area, Drawn};

/// A table of colours, such as the ends of descents by learning rate and rule.
#[derive(Clone, Debug)]
pub struct Heat {
    /// Above all.
    pub title: String,
    /// Below the title.
    pub subtitle: String,
    /// What the columns are, and their labels.
    pub columns: (String, Vec<String>),
    /// What the rows are, and their labels.
    pub rows: (String, Vec<String>),
    /// `[row][column]`; none where there is no value.
    pub values: Vec<Vec<Option<f64>>>,
    /// What the values are.
    pub what: String,
    /// Whether small values are the good ones.
    pub is_less_better: bool,
}

/// A cell.
const CELL: (u32, u32) = (78, 40);

/// Columns or rows above which cells have no texts.
const TEXTS: usize = 24;

impl Heat {
    pub(super) fn size(&self) -> (u32, u32) {
        let (columns, rows) = (self.columns.1.len() as u32, self.rows.1.len() as u32);
        let side = |count: u32, each: u32, most: u32| (count * each).clamp(220, most);
        (side(columns, CELL.0, 1100) + 330, side(rows, CELL.1, 1100).max(160) + 150)
    }

    /// Values by their logarithms, if they are above 0 and span more than two powers of ten.
    fn axis(&self) -> Axis {
        let values = || self.values.iter().flatten().flatten().copied().filter(|value| value.is_finite());
        let (low, high) =
            values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)));
        let scaling = if low > 0.0 && high > 100.0 * low { Scaling::Log } else { Scaling::Linear };
        let mut axis = Axis::around(self.what.clone(), values(), scaling);
        if low < high {
            axis.range = low..high;
        }
        axis
    }

    pub(super) fn draw<B: DrawingBackend>(&self, area: &Area<'_, B>, pen: &Pen) -> Drawn<()> {
        let below = titled(area, &self.title, &self.subtitle, pen)?;
        let (width, _) = below.dim_in_pixel();
        let (table, bar) = below.split_horizontally(width as i32 - pen.at(130));
        let axis = self.axis();
        let drawn = axis.drawn();
        // Good values are bright.
        let shade = |part: f64| pen.fill(if self.is_less_better { 1.0 - part } else { part });
        colour_bar(&bar, &axis, shade, pen)?;
        let style = pen.text(12, pen.ink());
        let widest = self.rows.1.iter().map(|label| width_of(&table, label, &style)).max().unwrap_or(0);
        let (width, height) = table.dim_in_pixel();
        let (left, top) = (widest + pen.at(44), pen.at(10));
        let (right, bottom) = (width as i32 - pen.at(12), height as i32 - pen.at(54));
        let (columns, rows) = (self.columns.1.len().max(1) as i32, self.rows.1.len().max(1) as i32);
        let edge = |from: i32, to: i32, k: i32, of: i32| from + (to - from) * k / of;
        let has_texts = columns as usize <= TEXTS && rows as usize <= TEXTS;
        for (i, row) in self.values.iter().enumerate() {
            for (k, value) in row.iter().enumerate() {
                let (i, k) = (i as i32, k as i32);
                let corner = (edge(left, right, k, columns), edge(top, bottom, i, rows));
                let other = (
                    edge(left, right, k + 1, columns) - pen.at(1),
                    edge(top, bottom, i + 1, rows) - pen.at(1),
                );
                let middle = ((corner.0 + other.0) / 2, (corner.1 + other.1) / 2);
                let place = value.filter(|value| value.is_finite()).and_then(|value| axis.place(value));
                let (colour, text) = match (place, value) {
                    (Some(place), Some(value)) => {
                        let part = (place - drawn.start) / (drawn.end - drawn.start);
                        (shade(part), plain(*value, value.abs() / 100.0))
                    }
                    _ => (pen.grid(), "–".into()),
                };
                table.draw(&Rectangle::new([corner, other], colour.filled())).map_err(words)?;
                let ink = if is_bright(colour) { BLACK } else { WHITE };
                let style =
                    pen.text(11, ink).pos(plotters::style::text_anchor::Pos::new(HPos::Center, VPos::Center));
                if has_texts && width_of(&table, &text, &style) < other.0 - corner.0 {
                    table.draw(&Text::new(text, middle, style)).map_err(words)?;
                }
            }
        }
        self.draw_labels(&table, [left, top, right, bottom], widest, pen)
    }

    /// As many labels as there is room for.
    fn draw_labels<B: DrawingBackend>(
        &self,
        table: &Area<'_, B>,
        [left, top, right, bottom]: [i32; 4],
        widest: i32,
        pen: &Pen,
    ) -> Drawn<()> {
        let (columns, rows) = (self.columns.1.len().max(1) as i32, self.rows.1.len().max(1) as i32);
        let style = pen.text_at(12, HPos::Center, VPos::Top);
        let label_width =
            self.columns.1.iter().map(|label| width_of(table, label, &style)).max().unwrap_or(0) + pen.at(8);
        let every = (label_width * columns / (right - left).max(1) + 1).max(1);
        for (k, label) in self.columns.1.iter().enumerate().step_by(every as usize) {
            let x = left + (right - left) * (2 * k as i32 + 1) / (2 * columns);
            table.draw(&Text::new(label.clone(), (x, bottom + pen.at(6)), style.clone())).map_err(words)?;
        }
        let every = (pen.at(15) * rows / (bottom - top).max(1) + 1).max(1);
        for (i, label) in self.rows.1.iter().enumerate().step_by(every as usize) {
            let y = top + (bottom - top) * (2 * i as i32 + 1) / (2 * rows);
            let style = pen.text_at(12, HPos::Right, VPos::Center);
            table.draw(&Text::new(label.clone(), (left - pen.at(6), y), style)).map_err(words)?;
        }
        let middle = ((left + right) / 2, bottom + pen.at(25));
        let style = pen.text_at(13, HPos::Center, VPos::Top);
        table.draw(&Text::new(self.columns.0.clone(), middle, style)).map_err(words)?;
        let style =
            ("sans-serif", pen.px(13)).into_font().transform(FontTransform::Rotate270).color(&pen.ink());
        let style = style.pos(plotters::style::text_anchor::Pos::new(HPos::Center, VPos::Bottom));
        let middle = (left - widest - pen.at(14), (top + bottom) / 2);
        table.draw(&Text::new(self.rows.0.clone(), middle, style)).map_err(words)
    }
}
