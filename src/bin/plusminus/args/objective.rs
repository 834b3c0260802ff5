//! The objective.

use std::path::{Path, PathBuf};

use clap::Args;
use plusminus::job::ObjectiveConfig;
use plusminus::{Error, Objective, ShaderOptions, WgslObjective};

use crate::failure::Failure;

/// The objective: one of four kinds.
#[derive(Args)]
#[command(next_help_heading = "Objective")]
pub struct ObjectiveArgs {
    #[command(flatten)]
    kind: Kind,

    /// Numbers that the WGSL file reads by data(i): a npy, npz or CSV file, taken row by row; repeat it to append others
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,

    /// The number of terms or residuals, if the WGSL file defines `term` or `residual`
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    terms: Option<usize>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Kind {
    /// f(x) = x0² + x1² + …, in as many coordinates as the points have
    #[arg(long)]
    sum_of_squares: bool,

    /// f(x) = ½·xᵀAx + bᵀx + c, from the arrays A ([n, n], or [n] for a diagonal), b and c of a npz file; without b or c they are 0
    #[arg(long, value_name = "FILE.npz")]
    quadratic: Option<PathBuf>,

    /// An expression such as '0.01*x0^2 + 0.1*x0', 'sum(x^2)' or 'sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)': + - * / ^,
    /// numbers, pi, e, n, coordinates x0 or x[0], slices, functions (sin, exp, log, sqrt, abs, …), and sum, mean, prod, dot,
    /// norm, min, max of vectors
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    expr: Option<String>,

    /// A WGSL file that defines `fn objective() -> real`, or with --terms `fn term(s: u32) -> real`, a sum, or `fn residual(k:
    /// u32) -> real`, a sum of squares; it reads x(i), dimension(), data(i) and data_len()
    #[arg(long, value_name = "FILE")]
    wgsl: Option<PathBuf>,
}

impl ObjectiveArgs {
    /// The WGSL file, if the objective is one.
    pub fn wgsl(&self) -> Option<&Path> {
        self.kind.wgsl.as_deref()
    }

    /// The numbers for data(i).
    pub fn data(&self) -> Result<Vec<f64>, Failure> {
        Ok(plusminus::data::read_all_numbers(&self.data)?)
    }

    /// The objective for points of `dimension` coordinates.
    pub fn objective(&self, dimension: usize) -> Result<Box<dyn Objective>, Failure> {
        let config = ObjectiveConfig {
            sum_of_squares: self.kind.sum_of_squares,
            quadratic: self.kind.quadratic.clone(),
            expr: self.kind.expr.clone(),
            wgsl: self.kind.wgsl.clone(),
            data: self.data.clone(),
            terms: self.terms,
        };
        Ok(config.objective(dimension)?)
    }
}

impl ObjectiveArgs {
    /// A function of several components: expressions separated by `;`, or the residuals of a WGSL file.
    pub fn components(&self, dimension: usize) -> Result<WgslObjective, Failure> {
        match (&self.kind.expr, &self.kind.wgsl) {
            (Some(text), _) => {
                let texts: Vec<&str> = text.split(';').map(str::trim).collect();
                Ok(WgslObjective::from_expressions(&texts, dimension)?)
            }
            (None, Some(path)) => {
                let options = ShaderOptions { data: self.data()?, terms: self.terms };
                Ok(WgslObjective::read_residuals(path, dimension, options)?)
            }
            (None, None) => Err(Failure::Work(Error::Usage {
                message: "a Jacobian is one of several components: give them by --expr, separated by `;`, or as residuals in \
                          WGSL"
                    .into(),
            })),
        }
    }
}

/// Expressions, of which an argument may hold several.
pub fn expressions(given: &[String]) -> Vec<&str> {
    given.iter().flat_map(|text| text.split(';')).map(str::trim).collect()
}
