//! Colours, sizes and strokes.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::numeric::named;

named! {
    "theme";
    /// What a picture is seen on.
    #[derive(Default)]
    pub enum Theme {
        /// Dark on white: paper, and most screens.
        #[default]
        Light,
        /// Light on near black.
        Dark,
    }
}

/// Colours that the colour-blind can tell apart (Okabe and Ito), by their contrast with the background.
const ON_LIGHT: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 130, 95),
    RGBColor(170, 80, 135),
    RGBColor(150, 110, 0),
    RGBColor(60, 60, 60),
];
const ON_DARK: [RGBColor; 6] = [
    RGBColor(86, 180, 233),
    RGBColor(240, 150, 60),
    RGBColor(60, 200, 150),
    RGBColor(225, 150, 195),
    RGBColor(240, 228, 66),
    RGBColor(200, 200, 200),
];

/// Places of the colour map viridis, whose lightness rises evenly.
const VIRIDIS: [(f64, f64, f64); 9] = [
    (68.0, 1.0, 84.0),
    (71.0, 44.0, 122.0),
    (59.0, 81.0, 139.0),
    (44.0, 113.0, 142.0),
    (33.0, 144.0, 141.0),
    (39.0, 173.0, 129.0),
    (92.0, 200.0, 99.0),
    (170.0, 220.0, 50.0),
    (253.0, 231.0, 37.0),
];

/// What a picture is drawn with.
pub(super) struct Pen {
    theme: Theme,
    /// Device pixels for each of the picture's.
    scale: u32,
}

impl Pen {
    pub(super) fn new(theme: Theme, scale: u32) -> Self {
        Pen { theme, scale }
    }

    /// Whether it draws pixels.
    pub(super) fn is_pixels(&self) -> bool {
        self.scale > 1
    }

    /// A length.
    pub(super) fn px(&self, pixels: u32) -> u32 {
        pixels * self.scale
    }

    /// A length or a place.
    pub(super) fn at(&self, pixels: i32) -> i32 {
        pixels * self.scale as i32
    }

    pub(super) fn background(&self) -> RGBColor {
        match self.theme {
            Theme::Light => RGBColor(255, 255, 255),
            Theme::Dark => RGBColor(20, 23, 28),
        }
    }

    pub(super) fn ink(&self) -> RGBColor {
        match self.theme {
            Theme::Light => RGBColor(30, 30, 30),
            Theme::Dark => RGBColor(225, 228, 232),
        }
    }

    pub(super) fn grid(&self) -> RGBColor {
        match self.theme {
            Theme::Light => RGBColor(222, 222, 222),
            Theme::Dark => RGBColor(55, 60, 68),
        }
    }

    /// Behind the others, such as what is noisy.
    pub(super) fn faint(&self) -> RGBColor {
        match self.theme {
            Theme::Light => RGBColor(160, 160, 160),
            Theme::Dark => RGBColor(120, 125, 132),
        }
    }

    /// Of the line, point or path of that number.
    pub(super) fn colour(&self, number: usize) -> RGBColor {
        let all = if self.theme == Theme::Light { &ON_LIGHT } else { &ON_DARK };
        all[number % all.len()]
    }

    /// A colour for 0 to 1, which stands out from the background.
    pub(super) fn shade(&self, part: f64) -> RGBColor {
        match self.theme {
            Theme::Light => map(0.88 * part),
            Theme::Dark => map(0.35 + 0.65 * part),
        }
    }

    /// A colour for 0 to 1, for areas.
    pub(super) fn fill(&self, part: f64) -> RGBColor {
        map(part)
    }

    pub(super) fn text(&self, size: u32, colour: RGBColor) -> TextStyle<'static> {
        ("sans-serif", self.px(size)).into_font().color(&colour)
    }

    pub(super) fn text_at(&self, size: u32, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
        self.text(size, self.ink()).pos(Pos::new(horizontal, vertical))
    }

    /// Dashes of the line of that number: length and gap; none for the first.
    pub(super) fn dashes(&self, number: usize) -> Option<(i32, i32)> {
        match number % 4 {
            0 => None,
            1 => Some((self.at(7), self.at(4))),
            2 => Some((self.at(2), self.at(3))),
            _ => Some((self.at(12), self.at(3))),
        }
    }
}

fn map(part: f64) -> RGBColor {
    let at = part.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let below = (at.floor() as usize).min(VIRIDIS.len() - 2);
    let (a, b, t) = (VIRIDIS[below], VIRIDIS[below + 1], at - below as f64);
    let mix = |a: f64, b: f64| (a + t * (b - a)).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Whether dark text is legible on a colour, rather than white: by its luminance.
pub(super) fn is_bright(RGBColor(r, g, b): RGBColor) -> bool {
    0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b) > 140.0
}
