//! What was measured: as a table or as JSON, alone or beside what was measured before.

use std::io::Write;

use plusminus::{Engine, Error, FileAction, Method};
use serde::{Deserialize, Serialize};

use crate::ceilings::Ceilings;
use crate::workloads::{Task, Workload};

/// One workload on one engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// W1 to W7.
    pub group: String,
    pub workload: String,
    pub device: String,
    pub precision: String,
    /// `direct` or `incremental`; of values nothing.
    pub difference: String,
    /// The step h.
    pub step: String,
    /// Repetitions timed; 0 if the workload was skipped.
    pub repetitions: usize,
    pub median_seconds: Option<f64>,
    pub least_seconds: Option<f64>,
    pub most_seconds: Option<f64>,
    /// Of the kernels of one more run, by the device's own clock.
    #[serde(default)]
    pub device_seconds: Option<f64>,
    /// One evaluation of the objective at each point.
    pub value_median_seconds: Option<f64>,
    /// Values of the objective in the quotients of a textbook, two for each axis, which increments do without.
    pub evaluations: u64,
    pub evaluations_per_second: Option<f64>,
    /// Of so many evaluations.
    pub implied_flops_per_second: Option<f64>,
    /// Operations that the CPU engine really makes, where it counts them.
    #[serde(default)]
    pub real_flops_per_second: Option<f64>,
    pub relative_error: Option<f64>,
    /// The most memory that the process held.
    pub peak_bytes: Option<u64>,
    /// How many times as long as in an earlier run it took.
    #[serde(default)]
    pub times_before: Option<f64>,
    /// Why there are no times.
    pub skipped: Option<String>,
}

impl Row {
    pub fn new(workload: &Workload, engine: &Engine, method: Method, evaluations: u64) -> Self {
        Row {
            group: workload.group.into(),
            workload: workload.name.clone(),
            device: engine.device(),
            precision: engine.precision().to_string(),
            difference: if workload.task == Task::Values { String::new() } else { method.to_string() },
            step: String::new(),
            repetitions: 0,
            median_seconds: None,
            least_seconds: None,
            most_seconds: None,
            device_seconds: None,
            value_median_seconds: None,
            evaluations,
            evaluations_per_second: None,
            implied_flops_per_second: None,
            real_flops_per_second: None,
            relative_error: None,
            peak_bytes: None,
            times_before: None,
            skipped: None,
        }
    }

    fn is_same(&self, other: &Row) -> bool {
        let key = |row: &Row| {
            [&row.workload, &row.device, &row.precision, &row.difference].map(|text| text.to_string())
        };
        key(self) == key(other)
    }
}

/// A run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    pub version: String,
    pub scheme: String,
    pub threads: usize,
    pub ceilings: Vec<Ceilings>,
    pub rows: Vec<Row>,
}

impl Report {
    /// One that was printed as JSON before.
    pub fn read(path: &str) -> plusminus::Result<Report> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::File {
            path: path.into(),
            action: FileAction::Read,
            source,
        })?;
        serde_json::from_str(&text).map_err(|error| Error::Usage {
            message: format!("{path} is not what `plusminus-bench --format json` prints: {error}"),
        })
    }

    pub fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        writeln!(out)
    }

    /// Says of each row how many times as long as before it took.
    pub fn compare(&mut self, before: &Report) {
        for row in &mut self.rows {
            let old = before.rows.iter().find(|old| row.is_same(old));
            let both = row.median_seconds.zip(old.and_then(|old| old.median_seconds));
            row.times_before = both.map(|(now, old)| now / old);
        }
    }

    /// A table; with how many times as long as before each took, if that `is_compared`.
    pub fn table(&self, is_compared: bool, out: &mut dyn Write) -> std::io::Result<()> {
        for Ceilings { precision, product_flops_per_second, copy_bytes_per_second } in &self.ceilings {
            writeln!(
                out,
                "this machine in {precision}: {:.1} GFLOP/s (a matrix product), {:.1} GB/s (a copy), {} threads",
                product_flops_per_second / 1e9,
                copy_bytes_per_second / 1e9,
                self.threads
            )?;
        }
        let mut last = String::new();
        for row in &self.rows {
            let way = if row.difference.is_empty() {
                "values".into()
            } else {
                format!("{} differences", row.difference)
            };
            let heading = format!("{} in {}, {way}", row.device, row.precision);
            if heading != last {
                let more = if is_compared { "  x before" } else { "" };
                writeln!(
                    out,
                    "\n{heading}\n{:66} {:>10} {:>23} {:>4} {:>10} {:>8} {:>9} {:>9} {:>9} {:>7} {:>9} {:>7}{more}",
                    "",
                    "median ms",
                    "least to most",
                    "of",
                    "kernels ms",
                    "x value",
                    "Meval/s",
                    "implied",
                    "GFLOP/s",
                    "of most",
                    "error",
                    "MB"
                )?;
                last = heading;
            }
            self.line(row, is_compared, out)?;
        }
        Ok(())
    }

    fn line(&self, row: &Row, is_compared: bool, out: &mut dyn Write) -> std::io::Result<()> {
        let name = format!("{} {}", row.group, row.workload);
        if let Some(why) = &row.skipped {
            return writeln!(out, "{name:66} skipped: {why}");
        }
        let number = |value: Option<f64>, digits: usize| {
            value.map_or(String::new(), |value| format!("{value:.digits$}"))
        };
        let ms = |seconds: Option<f64>| number(seconds.map(|seconds| 1e3 * seconds), 3);
        let ratio = row.median_seconds.zip(row.value_median_seconds).map(|(all, value)| all / value);
        let ceiling = self.ceilings.iter().find(|ceilings| ceilings.precision == row.precision);
        let share = row.real_flops_per_second.zip(ceiling);
        let share = share.map(|(rate, ceiling)| 100.0 * rate / ceiling.product_flops_per_second);
        write!(
            out,
            "{name:66} {:>10} {:>23} {:>4} {:>10} {:>8} {:>9} {:>9} {:>9} {:>7} {:>9} {:>7}",
            ms(row.median_seconds),
            format!("{} to {}", ms(row.least_seconds), ms(row.most_seconds)),
            row.repetitions,
            ms(row.device_seconds),
            number(ratio, 2),
            number(row.evaluations_per_second.map(|rate| rate / 1e6), 2),
            number(row.implied_flops_per_second.map(|rate| rate / 1e9), 2),
            number(row.real_flops_per_second.map(|rate| rate / 1e9), 2),
            share.map_or(String::new(), |share| format!("{share:.1} %")),
            row.relative_error.map_or(String::new(), |error| format!("{error:.0e}")),
            row.peak_bytes.map_or(String::new(), |bytes| format!("{}", bytes >> 20)),
        )?;
        match row.times_before {
            Some(times) => writeln!(out, "  {times:>8.2}"),
            None if is_compared => writeln!(out, "  {:>8}", "new"),
            None => writeln!(out),
        }
    }
}
