//! A first call, then repetitions within a budget; what takes too long is measured in part. As peers/timing.py has it.

use std::time::Instant;

use serde::Serialize;

use crate::inputs::{Arrays, Workload};

/// From the chosen items to their part of the gradient.
type Run<'a> = Box<dyn FnMut(&[usize]) -> Vec<f64> + 'a>;

/// The gradient for some items: coordinates of the one point, or points.
pub struct Job<'a> {
    pub run: Run<'a>,
    /// Whether it can be run for a part of the items.
    pub splits: bool,
}

pub struct Budget {
    pub seconds: f64,
    pub repetitions: usize,
    pub longest: f64,
}

/// The row of peers/rows.py.
#[derive(Serialize)]
pub struct Row<'a> {
    pub group: &'a str,
    pub workload: &'a str,
    pub peer: &'a str,
    pub way: &'a str,
    pub precision: &'a str,
    pub repetitions: usize,
    pub median_seconds: Option<f64>,
    pub least_seconds: Option<f64>,
    pub most_seconds: Option<f64>,
    pub first_seconds: Option<f64>,
    pub relative_error: Option<f64>,
    pub scaled_from: Option<String>,
    pub skipped: Option<String>,
}

fn once(job: &mut Job<'_>, items: &[usize]) -> (f64, Vec<f64>) {
    let begin = Instant::now();
    let found = (job.run)(items);
    (begin.elapsed().as_secs_f64(), found)
}

/// So many of `count` indices, at equal distances.
fn spread(count: usize, chosen: usize) -> Vec<usize> {
    (0..chosen).map(|k| k * count / chosen).collect()
}

fn chosen_items(job: &mut Job<'_>, count: usize, budget: &Budget) -> Vec<usize> {
    let few = if job.splits { spread(count, count.min(32)) } else { Vec::new() };
    if few.len() == count || few.is_empty() {
        return (0..count).collect();
    }
    once(job, &few);
    let each = once(job, &few).0 / few.len() as f64;
    let within = (budget.longest / 10.0 / each) as usize;
    let chosen = if each * count as f64 <= budget.longest { count } else { within.clamp(few.len(), count) };
    spread(count, chosen)
}

fn relative_error(found: &[f64], exact: &[f64]) -> f64 {
    let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let off = squares(&mut found.iter().zip(exact).map(|(a, b)| a - b));
    (off / squares(&mut exact.iter().copied())).sqrt()
}

/// Fills the row in.
pub fn measure(row: &mut Row<'_>, job: &mut Job<'_>, workload: &Workload, arrays: &Arrays, budget: &Budget) {
    let by_points = workload.batch > 1;
    let (count, unit, size) =
        if by_points { (workload.batch, "points", workload.n) } else { (workload.n, "coordinates", 1) };
    let items = chosen_items(job, count, budget);
    let (first, found) = once(job, &items);
    let exact: Vec<f64> =
        items.iter().flat_map(|&i| arrays.witness[i * size..(i + 1) * size].iter().copied()).collect();
    let (mut seconds, begin) = (Vec::new(), Instant::now());
    while seconds.is_empty()
        || (seconds.len() < budget.repetitions && begin.elapsed().as_secs_f64() < budget.seconds)
    {
        seconds.push(once(job, &items).0);
    }
    seconds.sort_by(f64::total_cmp);
    let scale = count as f64 / items.len() as f64;
    row.repetitions = seconds.len();
    row.first_seconds = Some(first);
    row.median_seconds = Some(scale * seconds[seconds.len() / 2]);
    row.least_seconds = seconds.first().map(|least| scale * least);
    row.most_seconds = seconds.last().map(|most| scale * most);
    row.relative_error = Some(relative_error(&found, &exact));
    if items.len() < count {
        row.scaled_from = Some(format!("{} of {count} {unit}", items.len()));
    }
}
