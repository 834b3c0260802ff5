//! `plusminus jacobian --sparse`.

use std::io::Write;
use std::process::ExitCode;

use ndarray::Array2;
use plusminus::data::{check_sparse_output, save_sparse};
use plusminus::job::How;
use plusminus::sprs::CsMat;
use plusminus::{Objective, SparseJacobian, Workload};
use serde::Serialize;

use crate::args::DerivativeArgs;
use crate::failure::Failure;
use crate::report::Said;
use crate::terminal::{Terminal, shown_by};
use crate::text;

/// Entries that are printed before the rest is only counted.
const SHOWN: usize = 24;

/// The same as JSON: a matrix of compressed rows. Null is what is not known.
#[derive(Serialize)]
struct Report<'a> {
    objective: String,
    #[serde(flatten)]
    how: &'a How,
    quantity: &'static str,
    point: &'a [f64],
    shape: [usize; 2],
    indptr: &'a [usize],
    indices: &'a [usize],
    data: &'a [f64],
    error: Option<&'a [f64]>,
    step: &'a [f64],
    directions: usize,
    remarks: &'a [Said],
    evaluations: u64,
    seconds: f64,
}

/// Finds it at the only point, prints and saves it.
pub fn answer(
    objective: &dyn Objective,
    points: &Array2<f64>,
    args: &DerivativeArgs,
    terminal: &mut Terminal,
) -> Result<ExitCode, Failure> {
    if points.nrows() != 1 {
        let message = format!("--sparse takes one point, and there are {}", points.nrows());
        return Err(Failure::Work(plusminus::Error::Usage { message }));
    }
    args.output.output.as_deref().map_or(Ok(()), check_sparse_output)?;
    let difference = args.difference.difference();
    let engine = args.device.engine(objective, &Workload::gradients(1).with_difference(&difference))?;
    let mut evaluator = engine.evaluator(objective)?;
    args.bounds.set(&mut evaluator, points.ncols())?;
    let difference = evaluator.resolve_beyond(&difference, 1)?;
    let x = evaluator.rounded(points.view()).into_raw_vec_and_offset().0;
    let bar = terminal.bar(1, "done");
    evaluator.on_progress(shown_by(bar.clone()));
    let found = evaluator.sparse_jacobian(&x, None, &difference);
    bar.finish_and_clear();
    let found = found?;
    let how = How::new(&evaluator, &difference);
    let remarks: Vec<Said> = found.remarks.iter().map(Said::new).collect();
    if args.output.format.is_json() {
        let starts = found.value.indptr();
        let report = Report {
            objective: evaluator.objective().name(),
            how: &how,
            quantity: "jacobian",
            point: &x,
            shape: [found.value.rows(), found.value.cols()],
            indptr: starts.raw_storage(),
            indices: found.value.indices(),
            data: found.value.data(),
            error: found.error.as_ref().map(CsMat::data),
            step: found.step.data(),
            directions: found.directions,
            remarks: &remarks,
            evaluations: found.evaluations,
            seconds: found.seconds,
        };
        terminal.json(&report, how.precision)?;
    } else {
        writeln!(terminal, "{} {how}", evaluator.objective().name())?;
        print(&found, &x, &how, terminal)?;
        for remark in &remarks {
            writeln!(terminal, "  {}", remark.line())?;
        }
        writeln!(terminal, "{} evaluations in {:.3} ms", found.evaluations, 1e3 * found.seconds)?;
    }
    if let Some(path) = &args.output.output {
        let mut matrices = vec![("jacobian", &found.value)];
        matrices.extend(found.error.as_ref().map(|error| ("error", error)));
        matrices.push(("step", &found.step));
        save_sparse(path, &matrices, how.precision)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// For people.
fn print(found: &SparseJacobian, x: &[f64], how: &How, terminal: &mut Terminal) -> Result<(), Failure> {
    let number = |value: f64| plusminus::data::number(value, how.precision);
    let SparseJacobian { value, error, directions, .. } = found;
    writeln!(terminal, "x = {}", text::vector(ndarray::aview1(x).into_dyn(), how.precision))?;
    writeln!(
        terminal,
        "  {} x {}, {} entries, in {directions} direction{}",
        value.rows(),
        value.cols(),
        value.nnz(),
        if *directions == 1 { "" } else { "s" }
    )?;
    let errors = error.as_ref().map(CsMat::data);
    for (entry, (&value, (row, column))) in value.iter().enumerate().take(SHOWN) {
        let bar = errors.map_or(String::new(), |errors| format!(" ± {}", text::size(errors[entry])));
        writeln!(terminal, "  jacobian[{row}, {column}] = {}{bar}", number(value))?;
    }
    if value.nnz() > SHOWN {
        writeln!(terminal, "  … {} more (--json prints all, --output saves them)", value.nnz() - SHOWN)?;
    }
    Ok(())
}
