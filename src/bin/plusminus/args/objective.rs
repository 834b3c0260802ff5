//! The objective.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use plusminus::job::ObjectiveConfig;
use plusminus::{Error, ExpressionOptions, Objective, Precision, ShaderOptions, WgslObjective};

use crate::failure::Failure;

/// The objective: one of four kinds.
#[derive(Args)]
#[command(next_help_heading = "Objective")]
pub struct ObjectiveArgs {
    #[command(flatten)]
    kind: Kind,

    /// Numbers that the WGSL file reads by data(i), and an expression by the names of columns and arrays too: a npy, npz or CSV
    /// file, taken row by row; repeat it to append others
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,

    /// A number that the expression knows by this name; repeat it for others
    #[arg(long = "let", value_name = "NAME=NUMBER", value_parser = named_number)]
    values: Vec<(String, f64)>,

    /// The number of terms or residuals, if the WGSL file defines `term` or `residual` and it is not the number of rows of the
    /// data
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    terms: Option<usize>,

    /// Reads f32 in the WGSL file as `real`, so that a text written in f32 can be evaluated in f64
    #[arg(long)]
    f32_as_real: bool,
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

    /// An expression such as '0.01*x0^2 + 0.1*x0', 'sum(x^2)' or 'sum(((x0*exp(-t/x1) - y)/s)^2)' with columns t, y and s of
    /// --data: + - * / ^, numbers, pi, e, n, coordinates x0 or x[0], slices, functions (sin, exp, log, sqrt, abs, …), where(x0 >
    /// 0, a, b), and sum, mean, prod, dot, norm, min, max of vectors; parts may have names: 'a = x0^2; a + 1/a'
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    expr: Option<String>,

    /// A WGSL file that defines `fn objective() -> real`, or `fn term(s: u32) -> real`, a sum, or `fn residual(k: u32) -> real`, a
    /// sum of squares, of as many as the data have rows or --terms says; it reads x(i), dimension(), data(i) and data_len()
    #[arg(long, value_name = "FILE")]
    wgsl: Option<PathBuf>,
}

impl ObjectiveArgs {
    /// The WGSL file, if the objective is one.
    pub fn wgsl(&self) -> Option<&Path> {
        self.kind.wgsl.as_deref()
    }

    /// What the numbers are, and which objective is asked for.
    fn config(&self) -> Result<ObjectiveConfig, Failure> {
        Ok(ObjectiveConfig {
            sum_of_squares: self.kind.sum_of_squares,
            quadratic: self.kind.quadratic.clone(),
            expr: self.kind.expr.clone(),
            wgsl: self.kind.wgsl.clone(),
            data: self.data.clone(),
            values: named_numbers(&self.values)?,
            terms: self.terms,
            f32_as_real: self.f32_as_real,
        })
    }

    /// What belongs to a text in WGSL; it is checked in this precision first.
    pub fn shader_options(&self, precision: Option<Precision>) -> Result<ShaderOptions, Failure> {
        Ok(self.config()?.shader_options(precision)?)
    }

    /// What other expressions may speak of than the objective's.
    pub fn expression_options(&self) -> Result<ExpressionOptions, Failure> {
        Ok(self.config()?.expression_options()?)
    }

    /// The objective for points of `dimension` coordinates.
    pub fn objective(
        &self,
        dimension: usize,
        precision: Option<Precision>,
    ) -> Result<Box<dyn Objective>, Failure> {
        Ok(self.config()?.objective(dimension, precision)?)
    }

    /// A function of several components: expressions separated by `;`, or the residuals of a WGSL file.
    pub fn components(
        &self,
        dimension: usize,
        precision: Option<Precision>,
    ) -> Result<WgslObjective, Failure> {
        let config = self.config()?;
        match (&self.kind.expr, &self.kind.wgsl) {
            (Some(text), _) => {
                let options = config.expression_options()?;
                Ok(WgslObjective::from_expressions_with(&[text], dimension, &options)?)
            }
            (None, Some(path)) => {
                Ok(WgslObjective::read_residuals(path, dimension, config.shader_options(precision)?)?)
            }
            (None, None) => Err(Failure::Work(Error::Usage {
                message: "a Jacobian is one of several components: give them by --expr, separated by `;`, or as residuals in \
                          WGSL"
                    .into(),
            })),
        }
    }
}

/// Numbers by name, each name once.
pub fn named_numbers(given: &[(String, f64)]) -> Result<BTreeMap<String, f64>, Failure> {
    let mut values = BTreeMap::new();
    for (name, value) in given {
        if values.insert(name.clone(), *value).is_some() {
            let message = format!("--let gives `{name}` two values: give one");
            return Err(Failure::Work(Error::Usage { message }));
        }
    }
    Ok(values)
}

/// `a=2`
pub fn named_number(text: &str) -> Result<(String, f64), String> {
    let (name, number) = text.split_once('=').ok_or("write a name and a number, as in a=2")?;
    let parsed = number.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let parsed = parsed.ok_or_else(|| format!("`{}` is not a finite number", number.trim()))?;
    Ok((name.trim().into(), parsed))
}
