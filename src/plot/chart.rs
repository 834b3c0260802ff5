//! What charts share: titles, legends, axes with ticks, colour bars.

use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::Axis;
use super::theme::Pen;
use super::{Area, Drawn};

/// A chart with axes.
pub(super) type Chart<'a, B> = ChartContext<'a, B, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// A key of a legend.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) mark: Mark,
}

/// How something is drawn.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    /// A line, with its dashes.
    Line(RGBColor, Option<(i32, i32)>),
    Circle(RGBColor),
    Cross(RGBColor),
    /// The start of a path.
    Ring(RGBColor),
}

pub(super) fn words<T: std::fmt::Display>(error: T) -> String {
    error.to_string()
}

/// The width of a text in device pixels.
pub(super) fn width_of<B: DrawingBackend>(area: &Area<'_, B>, text: &str, style: &TextStyle<'_>) -> i32 {
    area.estimate_text_size(text, style).map_or(0, |(width, _)| width as i32)
}

/// A title and a line below it, in as small letters as it takes; what is left of the area.
pub(super) fn titled<'a, B: DrawingBackend>(
    area: &Area<'a, B>,
    title: &str,
    subtitle: &str,
    pen: &Pen,
) -> Drawn<Area<'a, B>> {
    let (width, _) = area.dim_in_pixel();
    let mut y = pen.at(10);
    for (text, sizes) in [(title, [18, 15, 13, 11]), (subtitle, [13, 12, 11, 10])] {
        if text.is_empty() {
            continue;
        }
        let fits = |size: &u32| width_of(area, text, &pen.text(*size, pen.ink())) < width as i32 - pen.at(24);
        let size = sizes.into_iter().find(fits).unwrap_or(sizes[3]);
        let mut text = text.to_string();
        while !fits_width(area, &text, size, width, pen) && text.chars().count() > 10 {
            text = text.chars().take(text.chars().count() - 4).collect::<String>() + "…";
        }
        let style = pen.text_at(size, HPos::Center, VPos::Top);
        area.draw(&Text::new(text, (width as i32 / 2, y), style)).map_err(words)?;
        y += pen.at(size as i32 + 7);
    }
    Ok(area.margin(y, 0, 0, 0))
}

fn fits_width<B: DrawingBackend>(area: &Area<'_, B>, text: &str, size: u32, width: u32, pen: &Pen) -> bool {
    width_of(area, text, &pen.text(size, pen.ink())) < width as i32 - pen.at(24)
}

/// Keys of a legend, at most.
const MOST_KEYS: usize = 8;

/// Keys from left to right above a chart, in as many lines as they take; what is left of the area.
pub(super) fn legend<'a, B: DrawingBackend>(
    area: &Area<'a, B>,
    mut keys: Vec<Key>,
    left: u32,
    pen: &Pen,
) -> Drawn<Area<'a, B>> {
    if keys.is_empty() {
        return Ok(area.margin(0, 0, 0, 0));
    }
    let (width, _) = area.dim_in_pixel();
    let style = pen.text_at(12, HPos::Left, VPos::Center);
    let (mut x, mut y) = (pen.at(left as i32), pen.at(12));
    let more = keys.len().saturating_sub(MOST_KEYS);
    keys.truncate(MOST_KEYS);
    for key in &mut keys {
        // A name that is wider than the picture.
        while key.name.chars().count() > 8
            && width_of(area, &key.name, &style) > width as i32 - pen.at(left as i32 + 40)
        {
            key.name = key.name.chars().take(key.name.chars().count() - 4).collect::<String>() + "…";
        }
        let needed = pen.at(30) + width_of(area, &key.name, &style);
        if x > pen.at(left as i32) && x + needed > width as i32 - pen.at(8) {
            (x, y) = (pen.at(left as i32), y + pen.at(18));
        }
        draw_mark(area, key.mark, (x, y), pen)?;
        area.draw(&Text::new(key.name.clone(), (x + pen.at(30), y), style.clone())).map_err(words)?;
        x += needed + pen.at(18);
    }
    if more > 0 {
        area.draw(&Text::new(format!("and {more} more"), (x, y), style)).map_err(words)?;
    }
    Ok(area.margin(y + pen.at(10), 0, 0, 0))
}

fn draw_mark<B: DrawingBackend>(area: &Area<'_, B>, mark: Mark, (x, y): (i32, i32), pen: &Pen) -> Drawn<()> {
    let end = x + pen.at(24);
    let middle = (x + pen.at(12), y);
    match mark {
        Mark::Line(colour, None) => {
            area.draw(&PathElement::new([(x, y), (end, y)], colour.stroke_width(pen.px(2)))).map_err(words)
        }
        Mark::Line(colour, Some((dash, gap))) => {
            let mut from = x;
            while from < end {
                let to = (from + dash).min(end);
                area.draw(&PathElement::new([(from, y), (to, y)], colour.stroke_width(pen.px(2))))
                    .map_err(words)?;
                from = to + gap;
            }
            Ok(())
        }
        Mark::Circle(colour) => area.draw(&Circle::new(middle, pen.at(4), colour.filled())).map_err(words),
        Mark::Cross(colour) => {
            area.draw(&Cross::new(middle, pen.at(4), colour.stroke_width(pen.px(2)))).map_err(words)
        }
        Mark::Ring(colour) => {
            area.draw(&Circle::new(middle, pen.at(4), colour.stroke_width(pen.px(2)))).map_err(words)
        }
    }
}

/// Axes with ticks, labels and names.
pub(super) fn axes<'a, B: DrawingBackend>(
    area: &Area<'a, B>,
    x: &Axis,
    y: &Axis,
    pen: &Pen,
) -> Drawn<Chart<'a, B>> {
    let (width, height) = area.dim_in_pixel();
    // As many ticks as there is room for their labels.
    let (x_ticks, y_ticks) =
        (x.ticks((width / pen.px(95)).max(2) as usize), y.ticks((height / pen.px(50)).max(2) as usize));
    let style = pen.text(12, pen.ink());
    let widest =
        y_ticks.iter().map(|tick| width_of(area, &y.label(*tick, &y_ticks), &style)).max().unwrap_or(0);
    let chart = ChartBuilder::on(area)
        .margin(pen.px(10))
        .margin_right(pen.px(22))
        .x_label_area_size(pen.px(44))
        .y_label_area_size(widest as u32 + pen.px(36))
        .build_cartesian_2d(x.drawn(), y.drawn())
        .map_err(words)?;
    let plotting = chart.plotting_area();
    let (columns, rows) = plotting.get_pixel_range();
    let grid = pen.grid().stroke_width(pen.px(1));
    let ink = pen.ink().stroke_width(pen.px(1));
    let place = |point: (f64, f64)| plotting.map_coordinate(&point);
    let (x_from, y_from) = (x.drawn().start, y.drawn().start);
    let (left, top) = area.get_base_pixel();
    let inside = |(px, py): (i32, i32)| (px - left, py - top);
    for tick in &x_ticks {
        let (px, _) = place((*tick, y_from));
        let (px, from) = inside((px, rows.start));
        let (_, to) = inside((0, rows.end));
        area.draw(&PathElement::new([(px, from), (px, to)], grid)).map_err(words)?;
        let label = x.label(*tick, &x_ticks);
        let style = pen.text_at(12, HPos::Center, VPos::Top);
        area.draw(&Text::new(label, (px, to + pen.at(6)), style)).map_err(words)?;
    }
    for tick in &y_ticks {
        let (_, py) = place((x_from, *tick));
        let (from, py) = inside((columns.start, py));
        let (to, _) = inside((columns.end, 0));
        area.draw(&PathElement::new([(from, py), (to, py)], grid)).map_err(words)?;
        let label = y.label(*tick, &y_ticks);
        let style = pen.text_at(12, HPos::Right, VPos::Center);
        area.draw(&Text::new(label, (from - pen.at(6), py), style)).map_err(words)?;
    }
    let (from, to) = (inside((columns.start, rows.start)), inside((columns.end, rows.end)));
    area.draw(&PathElement::new([from, (from.0, to.1), to], ink)).map_err(words)?;
    let middle = ((from.0 + to.0) / 2, to.1 + pen.at(25));
    area.draw(&Text::new(x.name.clone(), middle, pen.text_at(13, HPos::Center, VPos::Top))).map_err(words)?;
    let middle = (from.0 - widest - pen.at(14), (from.1 + to.1) / 2);
    let style = ("sans-serif", pen.px(13)).into_font().transform(FontTransform::Rotate270).color(&pen.ink());
    let style = style.pos(plotters::style::text_anchor::Pos::new(HPos::Center, VPos::Bottom));
    area.draw(&Text::new(y.name.clone(), middle, style)).map_err(words)?;
    Ok(chart)
}

/// A bar of colours at the right of an area, with the ticks of an axis.
pub(super) fn colour_bar<B: DrawingBackend>(
    area: &Area<'_, B>,
    axis: &Axis,
    colour: impl Fn(f64) -> RGBColor,
    pen: &Pen,
) -> Drawn<()> {
    const SHADES: i32 = 64;
    let (_, height) = area.dim_in_pixel();
    let (top, bottom) = (pen.at(10), height as i32 - pen.at(54));
    let (left, right) = (pen.at(8), pen.at(24));
    for shade in 0..SHADES {
        let edge = |k: i32| bottom - (bottom - top) * k / SHADES;
        let part = (f64::from(shade) + 0.5) / f64::from(SHADES);
        // One pixel into the shade below, so that no seam is seen between them.
        let below = if shade > 0 { pen.at(1) } else { 0 };
        let corners = [(left, edge(shade + 1)), (right, edge(shade) + below)];
        area.draw(&Rectangle::new(corners, colour(part).filled())).map_err(words)?;
    }
    let drawn = axis.drawn();
    let ticks = axis.ticks(6);
    for tick in &ticks {
        let part = (tick - drawn.start) / (drawn.end - drawn.start);
        let y = bottom - (part * f64::from(bottom - top)) as i32;
        let ink = pen.ink().stroke_width(pen.px(1));
        area.draw(&PathElement::new([(right, y), (right + pen.at(4), y)], ink)).map_err(words)?;
        let style = pen.text_at(12, HPos::Left, VPos::Center);
        area.draw(&Text::new(axis.label(*tick, &ticks), (right + pen.at(7), y), style)).map_err(words)?;
    }
    let style = pen.text_at(13, HPos::Left, VPos::Top);
    area.draw(&Text::new(axis.name.clone(), (left, bottom + pen.at(10)), style)).map_err(words)
}

/// The parts of a line that lie in a box (each segment by Liang and Barsky, from its nearer end, so that a far one costs no digits).
/// Segments with both ends a million boxes away are left out: where they cross the box is not known.
pub(super) fn clipped(points: &[(f64, f64)], x: &Range<f64>, y: &Range<f64>) -> Vec<Vec<(f64, f64)>> {
    let is_in = |(a, b): (f64, f64)| (x.start..=x.end).contains(&a) && (y.start..=y.end).contains(&b);
    // In boxes from the middle of the box.
    let far = |(a, b): (f64, f64)| {
        let (u, v) = (a - 0.5 * (x.start + x.end), b - 0.5 * (y.start + y.end));
        (u / (x.end - x.start)).abs().max((v / (y.end - y.start)).abs())
    };
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    if let [point] = points {
        pieces.extend(is_in(*point).then(|| vec![*point]));
    }
    for pair in points.windows(2) {
        let (near, other) =
            if far(pair[0]) <= far(pair[1]) { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
        let (dx, dy) = (other.0 - near.0, other.1 - near.1);
        if !(far(near) < 1e6 && dx.is_finite() && dy.is_finite()) {
            continue;
        }
        let (mut from, mut to) = (0.0f64, 1.0f64);
        for (d, low, high) in [(dx, x.start - near.0, x.end - near.0), (dy, y.start - near.1, y.end - near.1)]
        {
            if d == 0.0 {
                // Beside the box, or within it all along.
                if low > 0.0 || high < 0.0 {
                    to = -1.0;
                }
                continue;
            }
            let (enter, leave) = if d > 0.0 { (low / d, high / d) } else { (high / d, low / d) };
            from = from.max(enter);
            to = to.min(leave);
        }
        if from > to {
            continue;
        }
        // What rounding puts beside the box is on its edge.
        let at = |t: f64| ((near.0 + t * dx).clamp(x.start, x.end), (near.1 + t * dy).clamp(y.start, y.end));
        let first = if is_in(near) { near } else { at(from) };
        let last = if is_in(other) { other } else { at(to) };
        let (start, end) = if near == pair[0] { (first, last) } else { (last, first) };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&pair[0]) => piece.push(end),
            _ => pieces.push(vec![start, end]),
        }
    }
    pieces
}

/// A line as it is drawn: of pixels segment by segment, since their corners would be spikes.
pub(super) fn draw_line<B: DrawingBackend>(
    chart: &mut Chart<'_, B>,
    points: Vec<(f64, f64)>,
    stroke: ShapeStyle,
    dashes: Option<(i32, i32)>,
    pen: &Pen,
) -> Drawn<()> {
    match dashes {
        Some((dash, gap)) => {
            chart.draw_series(DashedLineSeries::new(points, dash, gap, stroke)).map_err(words)?;
        }
        None if pen.is_pixels() => {
            let segments = points.windows(2).map(|pair| PathElement::new(pair.to_vec(), stroke));
            chart.draw_series(segments).map_err(words)?;
        }
        None => {
            chart.draw_series(LineSeries::new(points, stroke)).map_err(words)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_at_the_box() {
        let cut = |points: &[(f64, f64)]| clipped(points, &(0.0..2.0), &(0.0..1.0));
        // Through the box, out of it and in again.
        assert_eq!(cut(&[(-1.0, 0.5), (1.0, 0.5), (1.0, 0.25)]), [[(0.0, 0.5), (1.0, 0.5), (1.0, 0.25)]]);
        assert_eq!(
            cut(&[(1.0, 0.5), (1.0, 3.0), (2.0, 0.5)]),
            [[(1.0, 0.5), (1.0, 1.0)], [(1.8, 1.0), (2.0, 0.5)]]
        );
        assert!(
            cut(&[(-1.0, 2.0), (3.0, 2.0)]).is_empty() && cut(&[(0.5, -1e308), (1e308, 1e308)]).len() < 2
        );
        assert_eq!(cut(&[(1.0, 0.5), (1.0, 0.5)]), [[(1.0, 0.5), (1.0, 0.5)]]);
        // A way that runs off along a line through the box stays on it, however far.
        for size in [1e3, 1e30, 1e300] {
            for piece in cut(&[(0.5, 0.25), (-2.0 * size, -size), (4.0 * size, 2.0 * size)]) {
                assert!(piece.iter().all(|(a, b)| (a - 2.0 * b).abs() < 1e-9), "{size}: {piece:?}");
            }
        }
        for piece in cut(&[(1.0, 0.5), (-1e300, 3e300), (2e300, -7e299), (1e16, 1e16)]) {
            assert!(
                piece.iter().all(|(a, b)| (0.0..=2.0).contains(a) && (0.0..=1.0).contains(b)),
                "{piece:?}"
            );
        }
    }
}
