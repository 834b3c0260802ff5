//! `plusminus fit`

mod picture;
mod report;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use ndarray::{Array2, Axis};
use plusminus::job::How;
use plusminus::{CurveModel, DataSet, Error, LevenbergMarquardt, Objective, WgslObjective, Workload};

use self::report::Report;
use crate::args::{
    DeviceArgs, DifferenceArgs, OutputArgs, Parameters, SpreadArgs, named_number, named_numbers,
};
use crate::failure::Failure;
use crate::terminal::Terminal;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  plusminus fit --data misra.csv --model 'b1*(1 - exp(-b2*x))' --y y --start b1=500,b2=1e-4
  plusminus fit --data decay.csv --model 'a*exp(-t/T) + c' --y counts --sigma 'sqrt(counts)' --absolute \\
      --start a=100,T=5,c=0 --lower 0,0,0 --plot decay.svg
  plusminus fit --data box.csv --model 'b1*(1 - exp(-b2*x))' --y y --parameters b1,b2 --starts 100 --region 1:500,0.01:10
  plusminus fit --wgsl residuals.wgsl --data points.csv --start 1,2,3

A parameter is printed as its value and its standard deviation, by the Jacobian at the solution: the root of s^2 (J^T J)^-1, where s^2 is the
sum of squares divided by the degrees of freedom, or 1 with --absolute.

Exit codes: 0 done, 1 no start came to a solution, 2 bad usage or bad input.")]
pub struct Args {
    /// The data: npy, npz or CSV files; columns of a CSV are known by the names in its first line
    #[arg(long, value_name = "FILE", help_heading = "Model")]
    data: Vec<PathBuf>,

    /// The model, an expression of parameters and columns such as 'a*exp(-t/T)'
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true, requires = "y", help_heading = "Model")]
    model: Option<String>,

    /// What the model is to be: a column, or an expression of columns
    #[arg(
        long,
        value_name = "COLUMN",
        allow_hyphen_values = true,
        requires = "model",
        help_heading = "Model"
    )]
    y: Option<String>,

    /// Standard deviations of y: a column, a number, or an expression of columns
    #[arg(long, value_name = "COLUMN", requires = "model", help_heading = "Model")]
    sigma: Option<String>,

    /// Takes --sigma (or residuals in WGSL) as they are, and not only as weights: deviations of parameters do not depend on
    /// how well the model fits
    #[arg(long, help_heading = "Model")]
    absolute: bool,

    /// A number that the model knows by this name; repeat it for others
    #[arg(
        long = "let",
        value_name = "NAME=NUMBER",
        value_parser = named_number,
        requires = "model",
        help_heading = "Model"
    )]
    values: Vec<(String, f64)>,

    /// Instead of a model, a WGSL file that defines `fn residual(k: u32) -> real`
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "model",
        required_unless_present = "model",
        help_heading = "Model"
    )]
    wgsl: Option<PathBuf>,

    /// The number of residuals in WGSL, if it is not the number of rows of the data
    #[arg(long, value_name = "N", requires = "wgsl", help_heading = "Model")]
    terms: Option<usize>,

    /// Where to start: a=1,b=2 names the parameters; 1,2 gives values in the order of --parameters, or of x0 and x1. Repeat it for several
    /// starts
    #[arg(
        long,
        value_name = "NAME=NUMBER,…",
        allow_hyphen_values = true,
        required_unless_present = "starts",
        conflicts_with = "starts",
        help_heading = "Start"
    )]
    start: Vec<Parameters>,

    /// Names of the parameters, in order
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', help_heading = "Start")]
    parameters: Vec<String>,

    #[command(flatten)]
    spread: SpreadArgs,

    /// The number of steps, at most
    #[arg(long, default_value_t = 500, help_heading = "Start")]
    steps: usize,

    /// Draws data, with their errors, and model into a SVG or PNG file
    #[arg(long, value_name = "FILE", requires = "model")]
    plot: Option<PathBuf>,

    #[command(flatten)]
    difference: DifferenceArgs,

    #[command(flatten)]
    device: DeviceArgs,

    #[command(flatten)]
    output: OutputArgs,
}

fn usage(message: String) -> Failure {
    Failure::Work(Error::Usage { message })
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.output.check()?;
    args.plot.as_deref().map_or(Ok(()), plusminus::plot::check_picture)?;
    let names = args.names()?;
    let starts = args.starts(&names)?;
    let data = plusminus::data::read_data_sets(&args.data)?;
    let (model, objective) = args.objective(&names, &data)?;
    let difference = args.difference.difference();
    let work = Workload::gradients(starts.nrows().saturating_mul(20)).with_difference(&difference);
    let engine = args.device.engine(&objective, &work)?;
    let mut evaluator = engine.evaluator(&objective)?;
    let difference = evaluator.resolve(&difference)?;
    let begin = Instant::now();
    let mut fit = LevenbergMarquardt::new().steps(args.steps).difference(difference);
    if let Some((lower, upper)) = args.spread.bounds(names.len()) {
        fit = fit.bounds(&lower, &upper);
    }
    let found = fit.run(&mut evaluator, starts.view())?;
    let how = How::new(&evaluator, &difference);
    let title = model.as_ref().map_or_else(|| objective.name(), ToString::to_string);
    let report = Report::new(&names, title, how, &found, args.absolute, begin.elapsed().as_secs_f64())?;
    let precision = engine.precision();
    if let (Some(path), Some(model)) = (&args.plot, &model) {
        let point = found.points.row(report.best).to_owned();
        picture::write(path, model, &data, &point, &mut |objective, point| {
            Ok(engine.evaluator(objective)?.terms(point.view().insert_axis(Axis(0)))?.row(0).to_owned())
        })?;
    }
    if args.output.format.is_json() {
        terminal.json(&report, precision)?;
    } else {
        report.print(terminal)?;
    }
    if let Some(path) = &args.output.output {
        plusminus::data::save_arrays(path, "parameters", &report.arrays(&found), precision)?;
    }
    if !found.outcomes[report.best].is_converged() {
        terminal.error("the fit has not come to a solution; see its outcome");
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// The names of all parameters.
    fn names(&self) -> Result<Vec<String>, Failure> {
        if !self.parameters.is_empty() {
            return Ok(self.parameters.iter().map(|name| name.trim().to_string()).collect());
        }
        match self.start.first() {
            Some(Parameters::Named(pairs)) => Ok(pairs.iter().map(|(name, _)| name.clone()).collect()),
            Some(Parameters::Plain(values)) => Ok((0..values.len()).map(|i| format!("x{i}")).collect()),
            None => Ok((0..self.spread.sides()).map(|i| format!("x{i}")).collect()),
        }
    }

    /// `[batch, n]`
    fn starts(&self, names: &[String]) -> Result<Array2<f64>, Failure> {
        if let Some(points) = self.spread.points()? {
            if points.ncols() != names.len() {
                return Err(usage(format!(
                    "the region has {} sides, and there are {} parameters: give one for each",
                    points.ncols(),
                    names.len()
                )));
            }
            return Ok(points);
        }
        let mut rows = Vec::new();
        for start in &self.start {
            rows.push(start.in_order(names).map_err(usage)?);
        }
        Ok(plusminus::data::points_of(&rows)?)
    }

    fn objective(
        &self,
        names: &[String],
        data: &DataSet,
    ) -> Result<(Option<CurveModel>, WgslObjective), Failure> {
        if let (Some(model), Some(y)) = (&self.model, &self.y) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let values = named_numbers(&self.values)?.into_iter().collect();
            let mut model = CurveModel::new(model, &names, y).values(values);
            if let Some(sigma) = &self.sigma {
                model = model.sigma(sigma);
            }
            let residuals = model.residuals(data)?;
            return Ok((Some(model), residuals));
        }
        let path = self.wgsl.clone().unwrap_or_default();
        let options = plusminus::ShaderOptions {
            terms: self.terms,
            precision: self.device.precision,
            ..data.clone().into()
        };
        Ok((None, WgslObjective::read_residuals(&path, names.len(), options)?))
    }
}
