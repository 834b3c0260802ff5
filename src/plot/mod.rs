//! Pictures: curves, fields of gradients, contours with the paths of descents, heat maps and fits, in SVG or PNG.
//!
//! A picture is plain data ([`Picture`]); how it looks is a [`Look`]. All are drawn by the crate plotters, with the font DejaVu Sans.

mod axis;
mod chart;
mod contours;
mod curves;
mod heat;
mod landscape;
mod plane;
mod scatter;
mod theme;

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::register_font;

pub use self::axis::{Axis, Scaling};
pub use self::contours::Grid;
pub use self::curves::{Curves, Line, Panel, thinned};
pub use self::heat::Heat;
pub use self::landscape::{Landscape, paths, region_around};
pub use self::plane::{Arrow, Arrows, Path as DescentPath, Plane};
pub use self::scatter::Scatter;
use self::theme::Pen;
pub use self::theme::Theme;
use crate::data::write_file;
use crate::error::{Error, Result};

/// What is drawn.
#[derive(Clone, Debug)]
pub enum Picture {
    /// Lines over steps.
    Curves(Curves),
    /// A plane of two coordinates: arrows, contours, paths.
    Plane(Plane),
    /// A table of colours.
    Heat(Heat),
    /// Points and a curve.
    Scatter(Scatter),
}

/// How a picture looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Dark on white, or light on black.
    pub theme: Theme,
    /// Width and height in pixels at 100 %; without it, what suits the picture.
    pub size: Option<(u32, u32)>,
}

/// Pixels of a PNG for each of the picture's: legible at half its size, and in print.
const PNG_SCALE: u32 = 2;

/// Smaller pictures have no room for axes, larger ones none in memory.
const SIDES: std::ops::RangeInclusive<u32> = 200..=8000;

/// What goes wrong in a drawing, in words.
type Drawn<T> = std::result::Result<T, String>;

/// Where something is drawn.
type Area<'a, B> = DrawingArea<B, Shift>;

impl Picture {
    /// The picture as a file of this name wants it: `.svg` or `.png`.
    ///
    /// # Errors
    /// [`Error::Usage`] for another extension, or a size out of range.
    pub fn bytes(&self, path: &Path, look: Look) -> Result<Vec<u8>> {
        let size = look.size.unwrap_or(self.preferred_size());
        if !SIDES.contains(&size.0) || !SIDES.contains(&size.1) {
            return Err(Error::usage(format!(
                "a picture of {} by {} pixels: each side must have from {} to {}",
                size.0,
                size.1,
                SIDES.start(),
                SIDES.end()
            )));
        }
        let failed = |message: String| {
            Error::usage(format!("{}: the picture cannot be drawn: {message}", path.display()))
        };
        with_font()?;
        match format_of(path)? {
            Format::Svg => self.svg(size, look.theme).map_err(failed),
            Format::Png => self.png(size, look.theme).map_err(failed),
        }
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), and [`Error::File`].
    pub fn save(&self, path: &Path, look: Look) -> Result<()> {
        write_file(path, &self.bytes(path, look)?)
    }

    fn preferred_size(&self) -> (u32, u32) {
        match self {
            Picture::Curves(curves) => (if curves.panels.len() > 1 { 1040 } else { 760 }, 460),
            Picture::Plane(_) => (760, 680),
            Picture::Heat(heat) => heat.size(),
            Picture::Scatter(_) => (960, 600),
        }
    }

    fn svg(&self, size: (u32, u32), theme: Theme) -> Drawn<Vec<u8>> {
        let mut svg = String::new();
        self.draw(SVGBackend::with_string(&mut svg, size).into_drawing_area(), &Pen::new(theme, 1))?;
        Ok(svg.into_bytes())
    }

    fn png(&self, size: (u32, u32), theme: Theme) -> Drawn<Vec<u8>> {
        let (width, height) = (size.0 * PNG_SCALE, size.1 * PNG_SCALE);
        let mut pixels = vec![0u8; 3 * width as usize * height as usize];
        let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
        self.draw(backend.into_drawing_area(), &Pen::new(theme, PNG_SCALE))?;
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        // At 192 pixels an inch it has its size in print.
        let per_metre = 96 * PNG_SCALE * 10_000 / 254;
        encoder.set_pixel_dims(Some(png::PixelDimensions {
            xppu: per_metre,
            yppu: per_metre,
            unit: png::Unit::Meter,
        }));
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&pixels)?;
            writer.finish()
        });
        written.map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    fn draw<B: DrawingBackend>(&self, area: DrawingArea<B, Shift>, pen: &Pen) -> Drawn<()> {
        area.fill(&pen.background()).map_err(|error| error.to_string())?;
        match self {
            Picture::Curves(curves) => curves.draw(&area, pen)?,
            Picture::Plane(plane) => plane.draw(&area, pen)?,
            Picture::Heat(heat) => heat.draw(&area, pen)?,
            Picture::Scatter(scatter) => scatter.draw(&area, pen)?,
        }
        area.present().map_err(|error| error.to_string())
    }
}

#[derive(Clone, Copy)]
enum Format {
    Svg,
    Png,
}

fn format_of(path: &Path) -> Result<Format> {
    match path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase).as_deref() {
        Some("svg") => Ok(Format::Svg),
        Some("png") => Ok(Format::Png),
        _ => Err(Error::usage(format!(
            "{}: pictures are saved as .svg or .png: end the name in one of these",
            path.display()
        ))),
    }
}

/// Whether a picture can be saved at `path`: to be asked before a long work.
///
/// # Errors
/// [`Error::Usage`] for another extension; [`Error::File`] if nothing can be written there.
pub fn check_picture(path: &Path) -> Result<()> {
    format_of(path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    crate::data::check_writable(folder)
}

/// Makes the font known, once.
fn with_font() -> Result<()> {
    static REGISTERED: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    let is_there = REGISTERED.get_or_init(|| {
        let fonts = [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())];
        fonts.into_iter().all(|(style, bytes)| register_font("sans-serif", style, bytes).is_ok())
    });
    if *is_there { Ok(()) } else { Err(Error::usage("the font of pictures cannot be read")) }
}
