//! How and where to difference, and how to print.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use plusminus::{
    Bars, DeviceChoice, Difference, Engine, Evaluator, Method, Objective, Precision, Scheme, Step, Workload,
};
use strum::VariantNames;

use super::points::{Bound, Scale};
use crate::failure::Failure;

/// Reads a value of an enum by name; --help lists the names.
pub fn named<T>() -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static> + VariantNames + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(T::VARIANTS.iter().copied()).try_map(|name| name.parse::<T>())
}

/// The difference quotients.
#[derive(Args)]
#[command(next_help_heading = "Differences")]
pub struct DifferenceArgs {
    /// The quotient: forward (f(x+h)-f(x))/h, backward (f(x)-f(x-h))/h, or central (f(x+h)-f(x-h))/2h
    #[arg(long, default_value_t, value_name = "SCHEME", value_parser = named::<Scheme>())]
    scheme: Scheme,

    /// Where differences come from: direct evaluates both values and subtracts them; incremental carries the change
    /// through the formula and never subtracts two values, so that a small h costs no digits (for expressions, objectives in
    /// WGSL, and gradients of quadratics and networks); auto is incremental where that is possible
    #[arg(long, default_value_t, value_name = "DIFFERENCE", value_parser = named::<Method>())]
    difference: Method,

    /// Whether increments come with bounds of their errors; without, they take less than half of the time. Of expressions and
    /// WGSL, bounds that are wide are narrowed by samples with random rounding, and a remark calls them statistical;
    /// certain: they are not
    #[arg(long, default_value_t, value_name = "BARS", value_parser = named::<Bars>())]
    bars: Bars,

    /// The order of the quotient: its truncation error goes like h^P. It is 2, 4, 6 or 8, for one-sided quotients also 1
    /// [default: 2 for central, 1 for one-sided]
    #[arg(long, value_name = "P")]
    order: Option<usize>,

    /// The step: auto, chosen for each component by extrapolating differences at 8 or more steps, with an error bar; a fixed h
    /// such as 1e-4; or relative:2^-8, which is 2^-8 · 2^floor(log2 max(1, |x|)) [default: auto for direct differences; for
    /// incremental ones of expressions and WGSL 2^-60 in f32 and 2^-80 in f64, relative; of quadratics and networks
    /// 2^-20 and 2^-40, one-sided 2^-30 and 2^-60]
    #[arg(long, value_name = "H", allow_hyphen_values = true)]
    step: Option<Step>,
}

impl DifferenceArgs {
    /// As it is asked for.
    pub fn difference(&self) -> Difference {
        Difference::default()
            .with_scheme(self.scheme)
            .with_method(self.difference)
            .with_order(self.order)
            .with_step(self.step)
            .with_bars(self.bars)
    }
}

/// Bounds that no evaluation crosses, and typical sizes.
#[derive(Args)]
#[command(next_help_heading = "Bounds")]
pub struct BoundArgs {
    /// Lower bounds, one for each coordinate, such as 0,-inf: f is never evaluated below them, and differences there are
    /// one-sided
    #[arg(long, value_name = "L0,L1,…", allow_hyphen_values = true)]
    lower: Option<Bound>,

    /// Upper bounds, one for each coordinate
    #[arg(long, value_name = "U0,U1,…", allow_hyphen_values = true)]
    upper: Option<Bound>,

    /// The sizes that the coordinates typically have, one for each or one for all, such as 1e-12 for a capacitance in farad:
    /// steps that are chosen begin at a quarter of them, not of 1, where a coordinate is smaller
    #[arg(long, value_name = "S0,S1,…", help_heading = "Differences")]
    scale: Option<Scale>,
}

impl BoundArgs {
    /// All of them in words.
    pub fn told(&self) -> String {
        let list =
            |numbers: Option<&Vec<f64>>| numbers.map_or("none".into(), |numbers| format!("{numbers:?}"));
        let [lower, upper] =
            [&self.lower, &self.upper].map(|bound| list(bound.as_ref().map(|bound| &bound.0)));
        format!("{lower}, {upper}, {}", list(self.scale.as_ref().map(|scale| &scale.0)))
    }

    /// Hands bounds and scales, if there are any, to an evaluator of points of `dimension` coordinates.
    pub fn set(&self, evaluator: &mut Evaluator<'_>, dimension: usize) -> Result<(), Failure> {
        if let Some(Scale(scales)) = &self.scale {
            let for_all = if let [scale] = scales[..] { vec![scale; dimension] } else { scales.clone() };
            evaluator.scale(Some(&for_all))?;
        }
        if self.lower.is_none() && self.upper.is_none() {
            return Ok(());
        }
        let all = |bound: &Option<Bound>, none: f64| {
            bound.as_ref().map_or_else(|| vec![none; dimension], |bound| bound.0.clone())
        };
        let (lower, upper) = (all(&self.lower, f64::NEG_INFINITY), all(&self.upper, f64::INFINITY));
        Ok(evaluator.bound(Some((&lower, &upper)))?)
    }
}

/// Where to evaluate.
#[derive(Args)]
#[command(next_help_heading = "Device")]
pub struct DeviceArgs {
    /// The working precision [default: f64, on a GPU that is asked for f32]
    #[arg(long, value_parser = named::<Precision>())]
    pub precision: Option<Precision>,

    /// auto (the CPU; with --precision f32 a hardware GPU, if there is one and the work would take the CPU seconds), cpu, gpu,
    /// part of an adapter's name, adapter:0, or pci:3b:00.0; `plusminus devices` lists them, and -v says what auto takes and why
    #[arg(long, default_value_t, env = DEVICE, hide_env_values = true)]
    device: DeviceChoice,
}

/// The variable that names a device where no argument does.
pub const DEVICE: &str = "PLUSMINUS_DEVICE";

impl DeviceArgs {
    /// The device asked for, for so much work on this objective.
    pub fn engine(&self, objective: &dyn Objective, work: &Workload) -> Result<Engine, Failure> {
        Ok(Engine::open_for(&self.device, self.precision, objective, work)?)
    }
}

/// How to print, and where to save.
#[derive(Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    #[command(flatten)]
    pub format: FormatArgs,

    /// Save the result, too: .npy has the result alone, .npz also points, values, error bars and steps, .csv the same as a
    /// table. The file is written whole or not at all
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl OutputArgs {
    /// Asks before the work whether the result can be saved.
    pub fn check(&self) -> Result<(), Failure> {
        Ok(self.output.as_deref().map_or(Ok(()), plusminus::data::check_output)?)
    }
}

/// How to print.
#[derive(Args)]
pub struct FormatArgs {
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Short for --format json
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

impl FormatArgs {
    pub fn is_json(&self) -> bool {
        self.json || self.format == Format::Json
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object
    Json,
}
