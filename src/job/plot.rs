//! Curves as a picture in SVG.

use plotters::coord::Shift;
use plotters::prelude::*;

use super::results::{Line, Panel, Style};

const SIZE: (u32, u32) = (960, 420);

/// Longer titles would run out of the picture.
const LONGEST_TITLE: usize = 100;

type Drawn<T> = std::result::Result<T, Box<dyn std::error::Error>>;

impl Style {
    /// Colours that the colour-blind can tell apart (Okabe and Ito).
    fn colour(self) -> RGBColor {
        match self {
            Style::Main => RGBColor(0, 114, 178),
            Style::Second => RGBColor(213, 94, 0),
            Style::Faint => RGBColor(150, 150, 150),
        }
    }
}

/// Draws the panels side by side under a title.
pub(super) fn svg(title: &str, panels: &[Panel]) -> Drawn<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let short: String = title.chars().take(LONGEST_TITLE).collect();
        let below = area.titled(&short, ("sans-serif", 18))?;
        for (part, panel) in below.split_evenly((1, panels.len().max(1))).iter().zip(panels) {
            draw(part, panel)?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn draw(area: &DrawingArea<SVGBackend<'_>, Shift>, panel: &Panel) -> Drawn<()> {
    let Panel { what, is_log, range, rises, lines } = panel;
    let last = lines.iter().flat_map(|line| &line.points).fold(1.0, |most: f64, (x, _)| most.max(*x));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(38)
        .y_label_area_size(50)
        .build_cartesian_2d(0.0..last, range.clone())?;
    let step = |x: &f64| format!("{x:.0}");
    let value = |y: &f64| match y.fract() {
        _ if !is_log && (1e-3..1e6).contains(&y.abs()) => format!("{}", (y * 1e6).round() / 1e6),
        _ if !is_log => format!("{y:.1e}").replace("0.0e0", "0"),
        0.0 => format!("1e{y}"),
        _ => format!("{:.1e}", 10f64.powf(*y)),
    };
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(6)
        .x_label_formatter(&step)
        .y_label_formatter(&value)
        .x_desc("steps")
        .y_desc(*what)
        .label_style(("sans-serif", 13))
        .draw()?;
    for Line { name, style, points } in lines {
        let is_faint = *style == Style::Faint;
        let colour = style.colour();
        let stroke = colour.stroke_width(if is_faint { 1 } else { 2 });
        let series = chart.draw_series(LineSeries::new(points.iter().copied(), stroke))?;
        series.label(*name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], stroke));
        if !is_faint {
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 2, colour.filled())))?;
        }
    }
    chart
        .configure_series_labels()
        .position(if *rises { SeriesLabelPosition::LowerRight } else { SeriesLabelPosition::UpperRight })
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .label_font(("sans-serif", 13))
        .draw()?;
    Ok(())
}
