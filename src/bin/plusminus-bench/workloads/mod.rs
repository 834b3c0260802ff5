//! What is measured: seeded objectives and points that another program can rebuild.
//!
//! All numbers come from splitmix64 (`src/numeric/random.rs`): uniform ones are its upper 53 bits over 2^53, normal ones are made of
//! two of these by Box and Muller. They are rounded to f32, so that every precision works on the same ones.

mod formulas;
mod networks;
mod quadratics;
mod texts;

use ndarray::Array2;
use plusminus::Objective;

#[path = "../../../numeric/random.rs"]
#[allow(dead_code, reason = "the library uses the rest")]
mod random;

use random::SplitMix64;

/// One objective and what is done with it.
pub struct Workload {
    /// W1 to W7.
    pub group: &'static str,
    pub name: String,
    pub objective: Box<dyn Objective>,
    /// `[batch, n]`
    pub points: Array2<f64>,
    /// Floating-point operations of one evaluation: two a multiplication with addition, functions counted as one.
    pub flops: f64,
    pub task: Task,
    /// `[batch, n]`, in f64: the gradients, or where the descent ends; nothing if there is no other formula for it.
    pub witness: Option<Array2<f64>>,
    /// Whether `--quick` leaves it out.
    pub is_large: bool,
}

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    /// Gradients at all points.
    Gradient,
    /// Values at all points.
    Values,
    /// Gradient descent from all points.
    Descent { rate: f64, steps: usize },
}

impl Workload {
    /// Gradients that the task takes.
    pub fn gradients(&self) -> u64 {
        let points = self.points.nrows() as u64;
        match self.task {
            Task::Gradient => points,
            Task::Values => 0,
            Task::Descent { steps, .. } => points * steps as u64,
        }
    }
}

/// All workloads, by group. `quick` leaves out the large ones and makes descents shorter.
pub fn all(quick: bool) -> plusminus::Result<Vec<Workload>> {
    let mut all = quadratics::all()?;
    all.extend(networks::all()?);
    all.extend(texts::all(if quick { 50 } else { 1000 })?);
    all.retain(|workload| !(quick && workload.is_large));
    all.sort_by_key(|workload| workload.group);
    Ok(all)
}

/// Normal numbers, rounded to f32.
fn normals(random: &mut SplitMix64, count: usize) -> Vec<f64> {
    (0..count).map(|_| f64::from(random.normal() as f32)).collect()
}

/// Uniform numbers between two, rounded to f32.
fn uniforms(random: &mut SplitMix64, count: usize, [low, high]: [f64; 2]) -> Vec<f64> {
    (0..count).map(|_| f64::from((low + (high - low) * random.uniform()) as f32)).collect()
}

fn matrix(values: Vec<f64>, rows: usize, columns: usize) -> plusminus::Result<Array2<f64>> {
    Array2::from_shape_vec((rows, columns), values)
        .map_err(|error| plusminus::Error::Usage { message: error.to_string() })
}
