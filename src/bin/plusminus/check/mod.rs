//! `plusminus check`

mod matrix;

use std::fmt::Display;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use ndarray::{Array1, Array2, ArrayD};
use plusminus::{
    AxisCheck, Check, Difference, Engine, Error, Evaluator, Method, Objective, Tolerance, Verdict,
    WgslObjective, Workload,
};

use crate::args::{BoundArgs, DeviceArgs, ObjectiveArgs, OutputArgs, PointArgs};
use crate::failure::Failure;
use crate::report::{Checked, Checks, Found, Report, Said};
use crate::terminal::{Terminal, shown_by};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus check --expr 'sum(x^2)' --at 3,4 --against '2*x'
  plusminus check --expr 'x0^2*x1' --at 2,3 --against '2*x0*x1; x0^2'
  plusminus check --wgsl examples/gradients/rosenbrock.wgsl --at -1.2,1
  plusminus check --expr 'exp(x0)' --at 1 --against '2.718282' --rtol 1e-6
  plusminus check --of hessian --expr 'x0^2*x1' --at 2,3 --against '2*x1; 2*x0; 2*x0; 0'
  plusminus check --of jacobian --expr 'x0*x1; sin(x1)' --at 2,3 --against 'x1; x0; 0; cos(x1)'

Exit codes: 0 no component disagrees, 1 one does or a point could not be checked, 2 bad usage or bad input.")]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    /// What is claimed: the gradient; the Jacobian of several components, which --expr gives separated by `;`, or of the residuals
    /// of a WGSL file; or the Hessian
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Of::Gradient, help_heading = "Claimed gradient")]
    of: Of,

    /// The claimed gradient, if it is not in the WGSL file: its components as expressions, separated by `;` or by repeating this
    /// (`2*x0; cos(x1)`, or one whose value is a vector, `2*x`); or a npy or CSV file of the points' shape. Of a Jacobian or
    /// Hessian all entries, row by row; in a file those of one point after the other
    #[arg(long, value_name = "EXPRS|FILE", allow_hyphen_values = true, help_heading = "Claimed gradient")]
    against: Vec<String>,

    /// How far a component may be off, in parts of itself, beside its error bar and its own rounding: some 1e-6 of a gradient
    /// that was computed in f32, the tolerance of an inner solver
    #[arg(long, value_name = "PART", default_value_t = 0.0, help_heading = "Claimed gradient")]
    rtol: f64,

    /// The same in the unit of the component
    #[arg(long, value_name = "SIZE", default_value_t = 0.0, help_heading = "Claimed gradient")]
    atol: f64,

    #[command(flatten)]
    points: PointArgs,

    #[command(flatten)]
    bounds: BoundArgs,

    #[command(flatten)]
    device: DeviceArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// What is claimed.
#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
enum Of {
    Gradient,
    Jacobian,
    Hessian,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.output.check()?;
    let points = args.points.read()?;
    if args.of != Of::Gradient {
        return matrix::run(args, &points, terminal);
    }
    let objective = args.objective.objective(points.ncols(), args.device.precision)?;
    let engine = args.device.engine(&*objective, &Workload::gradients(points.nrows()))?;
    let (against, claimed) = args.claimed(&engine, &points)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    args.bounds.set(&mut evaluator, points.ncols())?;
    let bar = terminal.bar(points.len(), "done");
    evaluator.on_progress(shown_by(bar.clone()));
    let tolerance = Tolerance::default().with_relative(args.rtol).with_absolute(args.atol);
    let check = evaluator.check_within(points.view(), claimed.view(), &tolerance);
    bar.finish_and_clear();
    let check = check?;
    let ending = Ending { is_right: check.is_right(), is_clear: check.count(Verdict::Inconclusive) == 0 };
    if !args.output.format.is_json() {
        let names = [objective.name(), against.clone()];
        show(&names, &engine, &check, (check.evaluations, check.seconds), terminal)?;
    }
    let report = report(check, against, &mut evaluator, &points)?;
    ending.conclude(report, args, claimed.into_dyn(), terminal)
}

/// Prints a check, of an objective against a claim.
fn show(
    [objective, against]: &[String; 2],
    engine: &Engine,
    check: &impl Display,
    (evaluations, seconds): (u64, f64),
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let (device, precision) = (engine.device(), engine.precision());
    writeln!(terminal, "{objective} against {against} on {device} in {precision}")?;
    writeln!(terminal, "{check}; {evaluations} evaluations in {:.3} ms", 1e3 * seconds)?;
    Ok(())
}

/// How a check ended.
struct Ending {
    is_right: bool,
    is_clear: bool,
}

impl Ending {
    /// Prints the report as JSON, if that is asked for, and saves it; the exit code.
    fn conclude(
        &self,
        report: Report,
        args: &Args,
        claimed: ArrayD<f64>,
        terminal: &mut Terminal,
    ) -> Result<ExitCode, Failure> {
        if args.output.format.is_json() {
            report.print_json(terminal)?;
        }
        report.save(&args.output, &[("claimed", claimed)])?;
        if self.is_right && !self.is_clear {
            let what = if args.of == Of::Gradient { "components" } else { "entries" };
            terminal.note(&format!("note: some {what} are inconclusive; see their error bars and remarks"));
        }
        Ok(ExitCode::from(u8::from(!self.is_right)))
    }
}

/// The same as other commands have, and what the check says.
fn report(
    check: Check,
    against: String,
    evaluator: &mut Evaluator<'_>,
    points: &Array2<f64>,
) -> Result<Report, Failure> {
    let each = |of: fn(&AxisCheck) -> f64| {
        let mut numbers = Array2::from_elem(points.raw_dim(), f64::NAN);
        for axis in check.points.iter().flat_map(|at| at.axes.iter().map(move |axis| (at.point, axis))) {
            numbers[[axis.0, axis.1.axis]] = of(axis.1);
        }
        numbers.into_dyn()
    };
    let (agree, disagree) = (check.count(Verdict::Agrees), check.count(Verdict::Disagrees));
    let (inconclusive, failed) = (check.count(Verdict::Inconclusive), check.failures.len());
    let axes = check.points.iter().flat_map(|at| at.axes.iter().map(move |axis| (at.point, axis)));
    let remarks = axes.flat_map(|(point, axis)| {
        axis.remarks.iter().map(move |text| Said::at(point, axis.axis, text.clone()))
    });
    let remarks = remarks.collect();
    let found = Found {
        value: each(|axis| axis.numerical),
        error: each(|axis| axis.error),
        has_bars: true,
        step: each(|axis| axis.step),
        values: None,
        remarks,
        failures: check.failures,
        evaluations: check.evaluations,
        seconds: check.seconds,
    };
    let mut values = Array1::from_elem(points.nrows(), f64::NAN);
    check.points.iter().for_each(|at| values[at.point] = at.value);
    let difference = evaluator.resolve(&Difference::default().with_method(Method::Direct))?;
    let rounded = evaluator.rounded(points.view());
    let mut report = Report::new("gradient", evaluator, &difference, rounded, values.into_dyn(), found);
    report.checked = Some(Checked {
        against,
        verdict: overall(disagree, inconclusive + failed),
        agree,
        disagree,
        inconclusive,
        checks: Checks::Gradients(check.points),
    });
    Ok(report)
}

/// The verdict on all.
fn overall(disagree: usize, untold: usize) -> Verdict {
    match (disagree, untold) {
        (0, 0) => Verdict::Agrees,
        (0, _) => Verdict::Inconclusive,
        _ => Verdict::Disagrees,
    }
}

impl Args {
    /// The claimed gradients at the points, `[batch, n]`, and what they are called.
    fn claimed(&self, engine: &Engine, points: &Array2<f64>) -> Result<(String, Array2<f64>), Failure> {
        let usage = |message: String| Failure::Work(Error::Usage { message });
        let n = points.ncols();
        if let [file] = self.against.as_slice()
            && Path::new(file).extension().is_some_and(|extension| extension == "npy" || extension == "csv")
        {
            let claimed = plusminus::data::read_points(Path::new(file))?;
            if claimed.dim() != points.dim() {
                return Err(usage(format!(
                    "{file}: the gradients have the shape {:?}, but the points {:?}: they must be the same",
                    claimed.dim(),
                    points.dim()
                )));
            }
            return Ok((file.clone(), claimed));
        }
        let candidate = match (self.objective.wgsl(), self.against.is_empty()) {
            (_, false) => {
                let texts: Vec<&str> = self.against.iter().map(String::as_str).collect();
                let options = self.objective.expression_options()?;
                let candidate = WgslObjective::from_expressions_with(&texts, n, &options)?;
                if candidate.terms() != n {
                    return Err(usage(format!(
                        "--against gives {} components, but the points have {n} coordinates: give one for each, separated \
                         by `;`",
                        candidate.terms()
                    )));
                }
                candidate
            }
            (Some(path), true) => WgslObjective::read_claimed_gradient(
                path,
                n,
                self.objective.shader_options(self.device.precision)?,
            )?,
            (None, true) => {
                return Err(usage(
                    "there is no gradient to check: give --against with expressions ('2*x0; 2*x1') or a npy or CSV file, or \
                     a WGSL file that defines `fn gradient(i: u32) -> real`"
                        .into(),
                ));
            }
        };
        let name = if self.against.is_empty() { "its gradient".into() } else { candidate.name() };
        let claimed = engine.evaluator(&candidate)?.terms(points.view()).map_err(|error| match error {
            Error::NonFiniteValue { point, precision, .. } => usage(format!(
                "the claimed gradient `{name}` is not finite in {precision} at point {point}: every component must be a \
                 finite number"
            )),
            error => error.into(),
        })?;
        Ok((name, claimed))
    }
}
