//! `plusminus plot`

pub mod curves;
mod plane;
mod sweep;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use plusminus::plot::{Look, Picture, Theme, check_picture};

use crate::args::named;
use crate::failure::Failure;
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus plot field --expr 'x0^2 + x1^2' --region -2:2,-2:2 --out field.svg
  plusminus plot contour --expr '100*(x1 - x0^2)^2 + (1 - x0)^2' --region -2:2,-1:3 --out valley.png
  plusminus plot path --expr 'x0^2/20 + x1^2' --from -7,2 --rate 0.95 --steps 30 --out path.svg --curves curves.svg
  plusminus plot curves out/iris out/wine --out losses.svg
  plusminus plot sweep out/rates/sweep.csv --out sweep.svg

Pictures are SVG or PNG, as the name says; --theme dark is for dark pages. Colours are those that the colour-blind can tell apart, and
lines differ in their dashes, too.")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The gradient of an objective of two coordinates (or in a plane of more) as arrows, which point downhill
    Field(Box<plane::FieldArgs>),
    /// Lines along which an objective is as high
    Contour(Box<plane::ContourArgs>),
    /// The ways of descents over such lines
    Path(Box<plane::PathArgs>),
    /// The losses or values of one or more runs over their steps
    Curves(curves::Args),
    /// The ends of a sweep as a table of colours
    Sweep(sweep::Args),
}

/// How the picture looks, and where it goes.
#[derive(clap::Args)]
#[command(next_help_heading = "Picture")]
pub struct LookArgs {
    /// The picture: .svg or .png
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,

    /// What it is seen on
    #[arg(long, default_value_t, value_name = "THEME", value_parser = named::<Theme>())]
    theme: Theme,

    /// Width and height in pixels, such as 800x600 (a PNG has twice as many)
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<(u32, u32)>,

    /// Instead of what is drawn: the title
    #[arg(long)]
    title: Option<String>,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides =
        text.split_once('x').and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)));
    sides.ok_or_else(|| format!("`{text}` is no size; write width and height, such as 800x600"))
}

impl LookArgs {
    /// Asks before the work whether the picture can be saved.
    fn check(&self) -> Result<(), Failure> {
        Ok(check_picture(&self.out)?)
    }

    fn look(&self) -> Look {
        Look { theme: self.theme, size: self.size }
    }

    fn title(&self, found: String) -> String {
        self.title.clone().unwrap_or(found)
    }

    fn save(&self, picture: &Picture, terminal: &mut Terminal) -> Result<(), Failure> {
        picture.save(&self.out, self.look())?;
        terminal.note(&format!("wrote {}", self.out.display()));
        Ok(())
    }
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    match &args.what {
        What::Field(args) => plane::field(args, terminal),
        What::Contour(args) => plane::contour(args, terminal),
        What::Path(args) => plane::path(args, terminal),
        What::Curves(args) => curves::run(args, terminal),
        What::Sweep(args) => sweep::run(args, terminal),
    }
}
