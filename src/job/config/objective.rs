//! Which objective is asked for, on the command line or in a job file, and where a descent starts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayD, Ix1, Ix2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::{need_npz_array, points_of, read_data_sets, read_npz_array, read_points_of};
use crate::error::{Error, Result};
use crate::numeric::Precision;
use crate::objective::{ExpressionOptions, Matrix, Objective, Quadratic, ShaderOptions, WgslObjective};
use crate::optimize::Sampling;

/// An objective: exactly one of `sum_of_squares`, `quadratic`, `expr` and `wgsl`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveConfig {
    /// x₀² + x₁² + …
    #[serde(default)]
    pub sum_of_squares: bool,
    /// A npz file with the arrays `A` (`[n, n]`, or `[n]` for a diagonal), `b` (`[n]`; without it 0) and `c` (one number;
    /// without it 0): ½·xᵀAx + bᵀx + c.
    pub quadratic: Option<PathBuf>,
    /// An expression in x0, x1, …
    pub expr: Option<String>,
    /// A WGSL file that defines `objective`, `term` or `residual`.
    pub wgsl: Option<PathBuf>,
    /// Files of numbers for `data(i)`, one after the other; expressions know their columns and arrays by name.
    #[serde(default)]
    pub data: Vec<PathBuf>,
    /// Numbers that the expression knows by name.
    #[serde(default, rename = "let", skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f64>,
    /// The number of terms, if the WGSL file defines `term` or `residual`, and it is not the number of rows of the data.
    pub terms: Option<usize>,
    /// Whether f32 in the WGSL file is read as `real`.
    #[serde(default)]
    pub f32_as_real: bool,
}

impl ObjectiveConfig {
    pub(super) fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        self.quadratic.iter_mut().chain(&mut self.wgsl).chain(&mut self.data).collect()
    }

    /// Makes relative paths relative to `folder`.
    pub fn relative_to(&mut self, folder: &Path) {
        self.paths_mut().into_iter().for_each(|path| *path = folder.join(&*path));
    }

    /// Checks that one objective is asked for, and nothing that does not belong to it.
    ///
    /// # Errors
    /// [`Error::Usage`] otherwise.
    pub fn check(&self) -> Result<()> {
        let kinds = [self.sum_of_squares, self.quadratic.is_some(), self.expr.is_some(), self.wgsl.is_some()];
        if kinds.iter().filter(|&&given| given).count() != 1 {
            return Err(Error::usage(
                "objective: give exactly one of sum_of_squares, quadratic, expr and wgsl",
            ));
        }
        if self.wgsl.is_none() && self.terms.is_some() {
            return Err(Error::usage("objective: terms belong to wgsl; remove them"));
        }
        if self.wgsl.is_none() && self.f32_as_real {
            return Err(Error::usage("objective: f32_as_real belongs to wgsl; remove it"));
        }
        if self.wgsl.is_none() && self.expr.is_none() && !self.data.is_empty() {
            return Err(Error::usage("objective: data belongs to wgsl and expr; remove it"));
        }
        if self.expr.is_none() && !self.values.is_empty() {
            return Err(Error::usage("objective: let belongs to expr; remove it"));
        }
        Ok(())
    }

    /// The objective for points of `dimension` coordinates, with its files read. A text is checked in `precision` first, as
    /// [`ShaderOptions::precision`] says.
    ///
    /// # Errors
    /// As [`check`](Self::check); whatever is wrong with its files or its text; [`Error::Usage`] if it takes points of
    /// another number of coordinates.
    pub fn objective(&self, dimension: usize, precision: Option<Precision>) -> Result<Box<dyn Objective>> {
        self.check()?;
        if let Some(path) = &self.quadratic {
            let quadratic = quadratic(path)?;
            if quadratic.dimension() != dimension {
                return Err(Error::data(
                    path,
                    format!(
                        "b has {} elements, but the points have {dimension} coordinates",
                        quadratic.dimension()
                    ),
                ));
            }
            return Ok(Box::new(quadratic));
        }
        if let Some(text) = &self.expr {
            let options = self.expression_options()?;
            return Ok(Box::new(WgslObjective::from_expression_with(text, dimension, &options)?));
        }
        if let Some(path) = &self.wgsl {
            return Ok(Box::new(WgslObjective::read(path, dimension, self.shader_options(precision)?)?));
        }
        Ok(Box::new(Quadratic::sum_of_squares(dimension)?))
    }

    /// What belongs to an expression, its files read.
    ///
    /// # Errors
    /// As [`read_data_sets`].
    pub fn expression_options(&self) -> Result<ExpressionOptions> {
        let values = self.values.iter().map(|(name, &value)| (name.clone(), value)).collect();
        Ok(ExpressionOptions { data: read_data_sets(&self.data)?, values })
    }

    /// What belongs to a text in WGSL, its files read.
    ///
    /// # Errors
    /// As [`read_data_sets`].
    pub fn shader_options(&self, precision: Option<Precision>) -> Result<ShaderOptions> {
        let f32_as_real = self.f32_as_real;
        Ok(ShaderOptions { terms: self.terms, f32_as_real, precision, ..read_data_sets(&self.data)?.into() })
    }
}

/// Starting points: one of these.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartConfig {
    /// Points, each a list of coordinates.
    #[schemars(length(min = 1))]
    pub points: Option<Vec<Vec<f64>>>,
    /// A npy or CSV file, an earlier run's folder, or `-`: as [`read_points_of`] reads it.
    pub file: Option<PathBuf>,
    /// Of a file or a folder with several arrays: which; without it `points`.
    pub array: Option<String>,
    /// Points spread over a box.
    pub spread: Option<SpreadConfig>,
}

/// Points spread over a box.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpreadConfig {
    /// How many.
    #[schemars(range(min = 1))]
    pub count: usize,
    /// The least coordinates.
    pub lower: Vec<f64>,
    /// The greatest coordinates.
    pub upper: Vec<f64>,
    /// How they are spread.
    #[serde(default)]
    pub sampling: Sampling,
    /// The seed.
    #[serde(default = "one")]
    pub seed: u64,
}

fn one() -> u64 {
    1
}

impl StartConfig {
    pub(super) fn relative_to(&mut self, folder: &Path) {
        if let Some(file) = &mut self.file
            && *file != Path::new("-")
        {
            *file = folder.join(&*file);
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let given = [self.points.is_some(), self.file.is_some(), self.spread.is_some()];
        if given.iter().filter(|is_given| **is_given).count() != 1 {
            return Err(Error::usage("start: give either points, file or spread"));
        }
        if self.array.is_some() && self.file.is_none() {
            return Err(Error::usage("start.array is the name of an array in start.file: give that, too"));
        }
        Ok(())
    }

    /// The points, `[batch, n]`.
    pub(crate) fn read(&self) -> Result<Array2<f64>> {
        if let Some(SpreadConfig { count, lower, upper, sampling, seed }) = &self.spread {
            return sampling
                .points(*count, lower, upper, *seed)
                .map_err(|error| Error::usage(format!("start.spread: {error}")));
        }
        let points = match (&self.file, &self.points) {
            (Some(file), _) => return read_points_of(file, self.array.as_deref()),
            (None, points) => points.as_deref().unwrap_or(&[]),
        };
        if points.first().is_none_or(Vec::is_empty) {
            return Err(Error::usage("start.points is empty: give at least one point, such as [[1.0, 2.0]]"));
        }
        points_of(points).map_err(|error| Error::usage(format!("start.points: {error}")))
    }
}

fn quadratic(path: &Path) -> Result<Quadratic> {
    let shape = |name: &str, array: &ArrayD<f64>, wanted: &str| {
        Error::data(path, format!("array `{name}` has the shape {:?}: it must have {wanted}", array.shape()))
    };
    let a = need_npz_array(path, "A")?;
    let n = a.shape().first().copied().unwrap_or(0);
    let a = match a.ndim() {
        1 => Matrix::Diagonal(
            a.into_dimensionality::<Ix1>().map_err(|error| Error::data(path, error.to_string()))?,
        ),
        2 => Matrix::Dense(
            a.into_dimensionality::<Ix2>().map_err(|error| Error::data(path, error.to_string()))?,
        ),
        _ => return Err(shape("A", &a, "[n, n], or [n] for a diagonal")),
    };
    let b = match read_npz_array(path, "b")? {
        None => Array1::zeros(n),
        Some(b) if b.ndim() == 1 => {
            b.into_dimensionality::<Ix1>().map_err(|error| Error::data(path, error.to_string()))?
        }
        Some(b) => return Err(shape("b", &b, "[n]")),
    };
    let c = match read_npz_array(path, "c")? {
        None => 0.0,
        Some(c) if c.len() == 1 => c.iter().copied().sum(),
        Some(c) => return Err(shape("c", &c, "one element")),
    };
    Quadratic::new(a, b, c).map_err(|error| Error::data(path, error.to_string()))
}
