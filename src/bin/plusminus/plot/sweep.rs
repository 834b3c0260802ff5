//! The table of a sweep as colours.

use std::path::PathBuf;
use std::process::ExitCode;

use plusminus::Error;
use plusminus::data::{Cell, ColumnName, Table, TableOptions};
use plusminus::job::{HeatCell, heat};

use super::LookArgs;
use crate::failure::Failure;
use crate::terminal::Terminal;

#[derive(clap::Args)]
pub struct Args {
    /// sweep.csv of a run, or what `plusminus sweep --output` saved
    #[arg(value_name = "SWEEP.csv")]
    table: PathBuf,

    /// What is drawn: least, median, greatest, steps, failed or held_out
    #[arg(long, value_name = "COLUMN", default_value = "median", help_heading = "Picture")]
    column: String,

    #[command(flatten)]
    look: LookArgs,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Result<ExitCode, Failure> {
    args.look.check()?;
    // Words such as the steps of all rows may look like a table of other columns.
    let options = TableOptions {
        header: Some(true),
        missing_values: Some(vec![String::new()]),
        ..TableOptions::default()
    };
    let table = Table::read(&args.table, &options)?;
    let find = |name: &str| table.find(&ColumnName::Name(name.into()));
    let (rule, rate, step, value) = (find("rule")?, find("rate")?, find("step")?, find(&args.column)?);
    let text = |row: usize, column: usize| match table.cell(row, column) {
        Cell::Word(word) => word.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Missing => String::new(),
    };
    let (failed, descents) = (find("failed")?, find("descents")?);
    let mut cells = Vec::new();
    for row in 0..table.rows() {
        let found = match table.cell(row, value) {
            // A setting that mostly failed has no value.
            Cell::Number(_) if 2.0 * table.number(row, failed)? > table.number(row, descents)? => None,
            Cell::Number(number) => Some(number),
            Cell::Missing => None,
            // What is infinite or no number.
            Cell::Word(word) if word.parse::<f64>().is_ok() => None,
            Cell::Word(_) => {
                let message = format!("column `{}` of {} has no numbers", args.column, args.table.display());
                return Err(Failure::Work(Error::Usage { message }));
            }
        };
        let (rule, rate, step) = (text(row, rule), table.number(row, rate)?, text(row, step));
        cells.push(HeatCell { rule, rate, step, value: found });
    }
    let title = args.look.title(args.table.display().to_string());
    args.look.save(&heat(&title, &args.column, &cells), terminal)?;
    Ok(ExitCode::SUCCESS)
}
