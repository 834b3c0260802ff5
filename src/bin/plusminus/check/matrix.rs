//! Of Jacobians and Hessians.

use std::path::Path;
use std::process::ExitCode;

use ndarray::{Array2, Array3};
use plusminus::{
    Difference, Engine, EntryCheck, Error, Evaluator, MatrixCheck, Method, Objective, Tolerance, Verdict,
    WgslObjective, Workload,
};

use super::{Args, Ending, Of, overall, show};
use crate::derivatives::where_found;
use crate::failure::Failure;
use crate::report::{Checked, Checks, Found, Report, Said};
use crate::terminal::{Terminal, shown_by};

pub fn run(args: &Args, points: &Array2<f64>, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    let n = points.ncols();
    let objective: Box<dyn Objective> = match args.of {
        Of::Jacobian => Box::new(args.objective.components(n, args.device.precision)?),
        _ => args.objective.objective(n, args.device.precision)?,
    };
    let rows = if args.of == Of::Jacobian { objective.terms() } else { n };
    let count = points.nrows();
    let work = if args.of == Of::Hessian { Workload::hessians(count) } else { Workload::gradients(count) };
    let engine = args.device.engine(&*objective, &work)?;
    let (against, claimed) = claimed(args, &engine, points, rows)?;
    let mut evaluator = engine.evaluator(&*objective)?;
    args.bounds.set(&mut evaluator, n)?;
    let bar = terminal.bar(points.len() * rows, "done");
    evaluator.on_progress(shown_by(bar.clone()));
    let tolerance = Tolerance::default().with_relative(args.rtol).with_absolute(args.atol);
    let check = match args.of {
        Of::Jacobian => evaluator.check_jacobian(points.view(), claimed.view(), &tolerance),
        _ => evaluator.check_hessian(points.view(), claimed.view(), &tolerance),
    };
    bar.finish_and_clear();
    let check = check?;
    let ending = Ending { is_right: check.is_right(), is_clear: check.count(Verdict::Inconclusive) == 0 };
    if !args.output.format.is_json() {
        let names = [objective.name(), against.clone()];
        show(&names, &engine, &check, (check.evaluations, check.seconds), terminal)?;
    }
    let report = report(args.of, check, against, &mut evaluator, points, claimed.dim())?;
    ending.conclude(report, args, claimed.into_dyn(), terminal)
}

/// The claimed matrices at the points, `[batch, rows, n]`, and what they are called.
fn claimed(
    args: &Args,
    engine: &Engine,
    points: &Array2<f64>,
    rows: usize,
) -> Result<(String, Array3<f64>), Failure> {
    let usage = |message: String| Failure::Work(Error::Usage { message });
    let (batch, n) = points.dim();
    let (name, numbers) = match args.against.as_slice() {
        [] => {
            return Err(usage(
                "there is no matrix to check: give its entries, row by row, by --against, as expressions separated by `;` or as \
                 a npy or CSV file"
                    .into(),
            ));
        }
        [file]
            if Path::new(file)
                .extension()
                .is_some_and(|extension| ["npy", "npz", "csv"].iter().any(|known| extension == *known)) =>
        {
            (file.clone(), plusminus::data::read_data_set(Path::new(file))?.into_numbers())
        }
        texts => {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let options = args.objective.expression_options()?;
            let candidate = WgslObjective::from_expressions_with(&texts, n, &options)?;
            if candidate.terms() != rows * n {
                return Err(usage(format!(
                    "--against gives {} entries, but the matrix has {rows} x {n}: give them row by row, separated by `;`",
                    candidate.terms()
                )));
            }
            let found = engine.evaluator(&candidate)?.terms(points.view()).map_err(|error| match error {
                Error::NonFiniteValue { point, precision, .. } => usage(format!(
                    "the claimed matrix `{}` is not finite in {precision} at point {point}: every entry must be a finite \
                     number",
                    candidate.name()
                )),
                error => error.into(),
            })?;
            (candidate.name(), found.into_iter().collect())
        }
    };
    let count = numbers.len();
    let claimed = Array3::from_shape_vec((batch, rows, n), numbers).map_err(|_| {
        usage(format!(
            "{name}: there are {count} numbers, but it takes {}: a matrix of {rows} x {n} for each of the points, of which there are \
             {batch}",
            batch * rows * n
        ))
    })?;
    Ok((name, claimed))
}

/// The same as other commands have, and what the check says.
fn report(
    of: Of,
    check: MatrixCheck,
    against: String,
    evaluator: &mut Evaluator<'_>,
    points: &Array2<f64>,
    shape: (usize, usize, usize),
) -> Result<Report, Failure> {
    let each = |of: fn(&EntryCheck) -> f64| {
        let mut numbers = Array3::from_elem(shape, f64::NAN);
        for at in &check.points {
            at.entries.iter().for_each(|entry| numbers[[at.point, entry.row, entry.column]] = of(entry));
        }
        numbers.into_dyn()
    };
    let (agree, disagree) = (check.count(Verdict::Agrees), check.count(Verdict::Disagrees));
    let (inconclusive, failed) = (check.count(Verdict::Inconclusive), check.failures.len());
    let mut remarks = Vec::new();
    for at in &check.points {
        for entry in &at.entries {
            let text = |remark: &String| format!("[{}, {}]: {remark}", entry.row, entry.column);
            remarks.extend(entry.remarks.iter().map(|remark| Said::at(at.point, entry.column, text(remark))));
        }
    }
    let values = where_found(points.view(), &check.failures, |x| match of {
        Of::Jacobian => Ok(evaluator.terms(x)?.into_dyn()),
        _ => Ok(evaluator.values(x)?.into_dyn()),
    })?;
    let found = Found {
        value: each(|entry| entry.numerical),
        error: each(|entry| entry.error),
        has_bars: true,
        step: each(|entry| entry.step),
        values: None,
        remarks,
        failures: check.failures,
        evaluations: check.evaluations,
        seconds: check.seconds,
    };
    let (quantity, derivative) = if of == Of::Jacobian { ("jacobian", 1) } else { ("hessian", 2) };
    let difference =
        evaluator.resolve_beyond(&Difference::default().with_method(Method::Auto), derivative)?;
    let rounded = evaluator.rounded(points.view());
    let mut report = Report::new(quantity, evaluator, &difference, rounded, values, found);
    report.checked = Some(Checked {
        against,
        verdict: overall(disagree, inconclusive + failed),
        agree,
        disagree,
        inconclusive,
        checks: Checks::Matrices(check.points),
    });
    Ok(report)
}
