//! How much is to be done, and whether a GPU is worth its opening for it.

use crate::difference::{Difference, Method, Step};
use crate::error::Result;
use crate::objective::Objective;

/// Operations that a core of the CPU engine does in a second, about: of a text, and of a network or quadratic.
const OF_A_TEXT: f64 = 1e9;
const OF_A_PROGRAM: f64 = 4e9;

/// Bytes of a text for an operation, about.
const BYTES: usize = 8;

/// Evaluations for a derivative along a line: at a step that is given, or by increments; at steps that are chosen.
const AT_ONE_STEP: f64 = 2.0;
const AT_MANY_STEPS: f64 = 24.0;

/// What an engine is wanted for, by which [`DeviceChoice::Auto`](crate::DeviceChoice::Auto) decides.
///
/// ```
/// use plusminus::{DeviceChoice, Engine, Precision, WgslObjective, Workload};
///
/// let f = WgslObjective::from_expression("x0^2 + sin(x1)", 2)?;
/// // One gradient of two components never looks for a GPU.
/// let engine = Engine::open_for(&DeviceChoice::Auto, Some(Precision::F32), &f, &Workload::gradients(1))?;
/// assert!(engine.device().starts_with("cpu"));
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    count: f64,
    lines: Lines,
    terms: Option<usize>,
    at_many_steps: bool,
    is_direct: bool,
}

/// Lines along which a point is moved.
#[derive(Clone, Copy, Debug)]
enum Lines {
    Gradient,
    One,
    Hessian,
}

impl Workload {
    /// Seconds of the CPU engine from which on [`Engine::open_for`](crate::Engine::open_for) looks for a GPU: four times what it
    /// takes on software Vulkan to open a device, to probe it for the first time and to compile (0.5 s; 0.1 s later). On a hardware GPU
    /// that has not been measured.
    pub const WORTH_A_GPU: f64 = 2.0;

    fn new(count: usize, lines: Lines) -> Self {
        Workload { count: count as f64, lines, terms: None, at_many_steps: false, is_direct: false }
    }

    /// Gradients, or Jacobians, at so many points (of a descent: points times steps).
    pub fn gradients(count: usize) -> Self {
        Self::new(count, Lines::Gradient)
    }

    /// Derivatives along one direction, at so many points.
    pub fn directional(count: usize) -> Self {
        Self::new(count, Lines::One)
    }

    /// Hessians at so many points.
    pub fn hessians(count: usize) -> Self {
        Self::new(count, Lines::Hessian)
    }

    /// Products of Hessians with a vector, at so many points: about as much as gradients twice.
    pub fn hessian_products(count: usize) -> Self {
        Self::gradients(count.saturating_mul(2))
    }

    /// With so many terms each: minibatches.
    pub fn with_terms(mut self, terms: usize) -> Self {
        self.terms = Some(terms);
        self
    }

    /// By these differences.
    pub fn with_difference(mut self, difference: &Difference) -> Self {
        self.is_direct = difference.method == Method::Direct;
        self.at_many_steps = self.is_direct && matches!(difference.step, None | Some(Step::Auto));
        self
    }

    /// Seconds that all cores of the CPU engine take, to within a factor of ten.
    ///
    /// # Errors
    /// Those of [`Objective::wgsl`]: there may be no form for a GPU.
    pub(crate) fn seconds(&self, objective: &dyn Objective) -> Result<f64> {
        let cores = rayon::current_num_threads() as f64;
        let terms = self.terms.unwrap_or(objective.terms());
        let by_program = objective.device_program().filter(|_| !self.is_direct);
        if let (Some(program), Lines::Gradient) = (by_program, self.lines) {
            return Ok(self.count * program.operations(terms) as f64 / (OF_A_PROGRAM * cores));
        }
        let n = objective.dimension() as f64;
        let lines = match self.lines {
            Lines::Gradient => n,
            Lines::One => 1.0,
            Lines::Hessian => n * n,
        };
        let (each, rate) = match objective.device_program() {
            // Of a gradient, which is about three evaluations.
            Some(program) => (program.operations(terms) as f64 / 3.0, OF_A_PROGRAM),
            None => {
                let text = objective.wgsl()?;
                let turns = text.iterations.saturating_add(1) as f64;
                (terms as f64 * turns * (text.source.len() / BYTES).max(1) as f64, OF_A_TEXT)
            }
        };
        let evaluations = if self.at_many_steps { AT_MANY_STEPS } else { AT_ONE_STEP };
        Ok(self.count * lines * evaluations * each / (rate * cores))
    }
}
