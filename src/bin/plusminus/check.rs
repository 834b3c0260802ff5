//! `plusminus check`

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use ndarray::Array2;
use plusminus::{Check, Engine, Error, Objective, PointCheck, Verdict, WgslObjective};
use serde::Serialize;

use crate::args::{self, BoundArgs, DeviceArgs, Format, ObjectiveArgs, PointArgs};
use crate::{Failure, output};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(flatten)]
    objective: ObjectiveArgs,

    #[command(flatten)]
    points: PointArgs,

    /// The gradient, if it is not in the WGSL file: its components as expressions, separated by `;` or by repeating this
    /// (`2*x0; cos(x1)`, or one whose value is a vector, `2*x`); or a npy file of shape [batch, n] or [n]
    #[arg(long, value_name = "EXPRS|FILE.npy", allow_hyphen_values = true)]
    against: Vec<String>,

    #[command(flatten)]
    bounds: BoundArgs,

    #[command(flatten)]
    on: DeviceArgs,
}

const EXAMPLES: &str = "\
Examples:
  plusminus check --expr 'sum(x^2)' --at 3,4 --against '2*x'
  plusminus check --expr 'x0^2*x1' --at 2,3 --against '2*x0*x1; x0^2'
  plusminus check --wgsl examples/gradients/rosenbrock.wgsl --at -1.2,1";

#[derive(Serialize)]
struct Report<'a> {
    objective: String,
    against: String,
    device: String,
    precision: String,
    verdict: Verdict,
    agree: usize,
    disagree: usize,
    cannot_tell: usize,
    /// The same in the shape of the points, as other commands have them.
    gradient: Vec<Vec<f64>>,
    error: Vec<Vec<Option<f64>>>,
    step: Vec<Vec<f64>>,
    points: &'a [PointCheck],
    evaluations: u64,
    seconds: f64,
}

pub fn run(args: &Args, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let points = args.points.read()?;
    let objective = args.objective.objective(points.ncols())?;
    let engine = args.on.engine(&*objective)?;
    let (against, claimed) = args.claimed(&engine, &points)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    args.bounds.set(&mut evaluator, points.ncols())?;
    let bar = crate::run::bar(points.len(), "components");
    let shown = bar.clone();
    evaluator.on_progress(move |done, _| shown.set_position(done));
    let check = evaluator.check(points.view(), claimed.view());
    bar.finish_and_clear();
    let check = check?;
    if args.on.format == Format::Json {
        output::json(out, &report(&check, &*objective, against, &engine))?;
    } else {
        writeln!(
            out,
            "{} against {against} on {} in {}",
            objective.name(),
            engine.device(),
            engine.precision()
        )?;
        writeln!(out, "{check}; {} evaluations in {:.3} ms", check.evaluations, 1e3 * check.seconds)?;
    }
    if check.is_right() && check.count(Verdict::CannotTell) > 0 {
        output::note("note: not every component could be told; see their error bars and remarks");
    }
    Ok(ExitCode::from(u8::from(!check.is_right())))
}

fn report<'a>(check: &'a Check, objective: &dyn Objective, against: String, engine: &Engine) -> Report<'a> {
    let rows = |of: fn(&plusminus::AxisCheck) -> f64| -> Vec<Vec<f64>> {
        check.points.iter().map(|point| point.axes.iter().map(of).collect()).collect()
    };
    let worst = if !check.is_right() {
        Verdict::Disagrees
    } else if check.count(Verdict::CannotTell) > 0 {
        Verdict::CannotTell
    } else {
        Verdict::Agrees
    };
    let finite = |error: f64| error.is_finite().then_some(error);
    Report {
        objective: objective.name(),
        against,
        device: engine.device(),
        precision: engine.precision().to_string(),
        verdict: worst,
        agree: check.count(Verdict::Agrees),
        disagree: check.count(Verdict::Disagrees),
        cannot_tell: check.count(Verdict::CannotTell),
        gradient: rows(|axis| axis.numerical),
        error: rows(|axis| axis.error).into_iter().map(|row| row.into_iter().map(finite).collect()).collect(),
        step: rows(|axis| axis.step),
        points: &check.points,
        evaluations: check.evaluations,
        seconds: check.seconds,
    }
}

impl Args {
    /// The claimed gradients at the points, `[batch, n]`, and what they are called.
    fn claimed(&self, engine: &Engine, points: &Array2<f64>) -> Result<(String, Array2<f64>), Failure> {
        let usage = |message: String| Failure::Work(Error::Usage { message });
        let n = points.ncols();
        if let [file] = self.against.as_slice()
            && file.ends_with(".npy")
        {
            let claimed = plusminus::data::read_npy_points(Path::new(file))?;
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
                let candidate = WgslObjective::from_expressions(&args::expressions(&self.against), n)?;
                if candidate.terms() != n {
                    return Err(usage(format!(
                        "--against gives {} components, but the points have {n} coordinates: one each, separated by `;`",
                        candidate.terms()
                    )));
                }
                candidate
            }
            (Some(path), true) => WgslObjective::read_claimed_gradient(path, n, self.objective.data()?)?,
            (None, true) => {
                return Err(usage(
                    "there is no gradient to check: give --against with expressions ('2*x0; 2*x1') or a npy file, or a \
                     WGSL file that defines `fn gradient(i: u32) -> real`"
                        .into(),
                ));
            }
        };
        let claimed = engine.evaluator(&candidate)?.terms(points.view())?;
        let name = if self.against.is_empty() { "its gradient".into() } else { candidate.name() };
        Ok((name, claimed))
    }
}
