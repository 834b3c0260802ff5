//! An objective that its user wrote in WGSL.

mod apart;
mod curve;
mod expressions;
mod file;
mod programs;
mod slopes;
mod sums;
mod terms;
mod unread;

use std::sync::Arc;

pub use self::curve::CurveModel;
pub use self::expressions::ExpressionOptions;
use self::programs::Programs;
use self::slopes::Carried;
use self::sums::{InPrecision, Sums};
use self::terms::Selected;
use super::slopes::Slopes;
use super::{Entry, Incremental, Objective, Reduction, Selection, Terms, Wgsl};
#[cfg(feature = "gpu")]
use super::{SlopeShape, SlopeText};
use crate::dataset::DataSet;
use crate::error::{Error, Result};
use crate::numeric::Precision;
use crate::program::{Form, LANES, Program, Role, Text, Traps, data_errors, take_apart};

/// Instructions of a program that drivers take long to compile.
const LONG: u64 = 5000;

/// What belongs to an objective in WGSL beside its text.
#[derive(Clone, Debug, Default)]
pub struct ShaderOptions {
    /// The numbers that `data(i)` reads, all finite.
    pub data: Vec<f64>,
    /// The number of rows that the data come in, if they do: where the text defines `term` or `residual` and `terms` is not
    /// given, there is one for each.
    pub rows: Option<usize>,
    /// The number of terms or residuals, if the text defines `term` or `residual` rather than `objective`.
    pub terms: Option<usize>,
    /// Whether f32 in the text is read as `real`: a text that is written in f32 can then be evaluated in f64.
    pub f32_as_real: bool,
    /// The precision in which the text is checked first, and whose report is given if it is refused: the one that it is to be
    /// evaluated in. Without it that is f64, or f32 for a text that f64 refuses and that says f32.
    pub precision: Option<Precision>,
}

impl From<DataSet> for ShaderOptions {
    fn from(data: DataSet) -> Self {
        ShaderOptions { rows: data.rows(), data: data.into_numbers(), ..Default::default() }
    }
}

/// An objective, or a vector-valued function, written in WGSL: the same text runs on a GPU in f32 and f64, and on the CPU engine in both, with or
/// without any GPU at hand.
///
/// The text defines `fn objective() -> real`, or `fn term(s: u32) -> real`, whose sum over s is the objective; terms are
/// differenced one by one before they are summed; or `fn residual(k: u32) -> real`, the sum of whose squares is the
/// objective. It reads coordinate `i` of its point by `x(i)`, their number by
/// `dimension()`, the numbers that came with it by `data(i)` and `data_len()`. `real` is f32 or f64. Functions, structs,
/// constants, arrays and loops are WGSL's. `exp`, `log`, `sin`, `pow` and the like, of numbers or of vectors, are the
/// engine's own, accurate to some ulp in both precisions (the table is in `shaders/README.md`), as are `expm1`, `log1p`,
/// `sigmoid`, `relu`, `softplus` and `powi(x, n)`, and special functions (`erf`, `lgamma`, `j0`, …; docs/objectives.md lists them).
///
/// ```
/// use plusminus::{Difference, Engine, Precision, ShaderOptions, WgslObjective};
///
/// // Rosenbrock's function in any dimension, as a sum.
/// let text = "
///     fn term(s: u32) -> real {
///         let a = 1.0 - x(s);
///         let b = x(s + 1u) - x(s) * x(s);
///         return a * a + 100.0 * b * b;
///     }";
/// let f = WgslObjective::new("rosenbrock.wgsl", text, 3, ShaderOptions { terms: Some(2), ..Default::default() })?;
/// let points = ndarray::array![[1.0, 1.0, 2.0]];
/// let gradient = Engine::cpu(Precision::F64).evaluator(&f)?.gradient(points.view(), &Difference::default())?;
/// assert!((gradient.value[[0, 1]] + 400.0).abs() < 1e-5);
/// # Ok::<(), plusminus::Error>(())
/// ```
pub struct WgslObjective {
    path: String,
    text: String,
    /// The text that is evaluated, if it is another: an objective taken apart into terms.
    apart: Option<String>,
    dimension: usize,
    terms: usize,
    data: Vec<f64>,
    f32_as_real: bool,
    of_expression: bool,
    role: Role,
    form: Form,
    programs: Programs,
    sums: Sums,
}

/// A text, what messages call it, and whether the engine wrote it for an expression.
struct Given<'a> {
    name: &'a str,
    text: &'a str,
    of_expression: bool,
}

impl WgslObjective {
    /// Parses and checks `text`; `name` is what messages call it, as a rule its file.
    ///
    /// # Errors
    /// [`Error::Source`] with line, column and a caret for a text that is no objective; [`Error::Usage`] for 0
    /// coordinates, numbers that are not finite, and a number of terms that does not belong to the text.
    pub fn new(name: &str, text: &str, dimension: usize, options: ShaderOptions) -> Result<Self> {
        Self::in_role(Given { name, text, of_expression: false }, dimension, options, Role::Scalar)
    }

    /// The vector-valued function `fn residual(k: u32) -> real` of a text: each residual is a term by itself, which
    /// [`Evaluator::jacobian`](crate::Evaluator::jacobian) and [`Evaluator::terms`](crate::Evaluator::terms) give.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    ///
    /// ```
    /// use plusminus::{Difference, Engine, Precision, ShaderOptions, WgslObjective};
    /// let text = "fn residual(k: u32) -> real { return x(k) * x(0); }";
    /// let f = WgslObjective::residuals("r.wgsl", text, 2, ShaderOptions { terms: Some(2), ..Default::default() })?;
    /// let jacobian = Engine::cpu(Precision::F64).evaluator(&f)?.jacobian(ndarray::array![[3.0, 5.0]].view(), &Difference::default())?;
    /// assert!((jacobian.value[[0, 0, 0]] - 6.0).abs() < 1e-12);
    /// assert!((jacobian.value[[0, 1, 0]] - 5.0).abs() < 1e-12);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn residuals(name: &str, text: &str, dimension: usize, options: ShaderOptions) -> Result<Self> {
        Self::in_role(Given { name, text, of_expression: false }, dimension, options, Role::Residuals)
    }

    /// The gradient that a text claims to have, `fn gradient(i: u32) -> real`, as a vector-valued function: each component
    /// is a term by itself, whatever the options say of terms.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn claimed_gradient(
        name: &str,
        text: &str,
        dimension: usize,
        options: ShaderOptions,
    ) -> Result<Self> {
        let options = ShaderOptions { terms: Some(dimension), ..options };
        Self::in_role(Given { name, text, of_expression: false }, dimension, options, Role::Gradient)
    }

    fn in_role(given: Given<'_>, dimension: usize, options: ShaderOptions, role: Role) -> Result<Self> {
        let Given { name, text, of_expression } = given;
        let ShaderOptions { data, rows, terms, f32_as_real, precision } = options;
        crate::stack::check()?;
        if dimension == 0 || dimension > u32::MAX as usize {
            return Err(Error::usage(format!(
                "`{name}` with points of {dimension} coordinates: it needs at least 1, and at most 2^32 - 1"
            )));
        }
        if data.len() > u32::MAX as usize {
            return Err(Error::usage(format!(
                "`{name}` with {} numbers of data: data(i) counts to 2^32 - 1",
                data.len()
            )));
        }
        if let Some(at) = data.iter().position(|value| !value.is_finite()) {
            return Err(Error::usage(format!(
                "number {at} of the data of `{name}` is {}: every number must be finite",
                data[at]
            )));
        }
        let source = Text { path: name, text, f32_as_real, of_expression };
        let (mut programs, mut form) = Programs::new(source, role, dimension, &data, precision)?;
        let mut terms = number_of_terms(name, form, terms, rows)?;
        let mut apart = None;
        if (role, form) == (Role::Scalar, Form::Objective)
            && let Some(found) = take_apart(text, dimension, data.len())
        {
            match Programs::new(Text { text: &found.text, ..source }, role, dimension, &data, precision) {
                Ok((of_terms, Form::Term))
                    if of_terms.double.is_ok() == programs.double.is_ok()
                        && apart::agree(&programs, &of_terms, found.terms, dimension) =>
                {
                    (programs, form, terms, apart) = (of_terms, Form::Term, found.terms, Some(found.text));
                }
                // It stays whole, which is right, too.
                refused => tracing::debug!("`{name}` cannot be taken apart: {:?}", refused.err()),
            }
        }
        let (path, text) = (name.into(), text.into());
        let made = WgslObjective {
            path,
            text,
            apart,
            dimension,
            terms,
            data,
            f32_as_real,
            of_expression,
            role,
            form,
            programs,
            sums: Sums::default(),
        };
        made.warn_of_unread(rows);
        Ok(made)
    }

    /// Whether a term is the square of what the text's function gives.
    fn squares(&self) -> bool {
        (self.role, self.form) == (Role::Scalar, Form::Residual)
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// How many terms a text has that has this form: as many as are asked for, or as many as there are rows of data.
fn number_of_terms(name: &str, form: Form, terms: Option<usize>, rows: Option<usize>) -> Result<usize> {
    let is_sum = matches!(form, Form::Term | Form::Residual);
    match (form, terms.or(rows.filter(|_| is_sum))) {
        (Form::Objective, None) => Ok(1),
        (Form::Term | Form::Residual | Form::Gradient, Some(terms))
            if (1..=u32::MAX as usize).contains(&terms) =>
        {
            Ok(terms)
        }
        (Form::Term | Form::Residual | Form::Gradient, Some(terms)) => Err(Error::usage(format!(
            "`{name}` with {terms} terms: it needs at least 1, and at most 2^32 - 1"
        ))),
        (Form::Term | Form::Gradient, None) => Err(Error::usage(format!(
            "`{name}` defines `term`, a sum: say how many terms there are (on the command line --terms N), or \
                 give data whose rows say it: all files and arrays have as many"
        ))),
        (Form::Residual, None) => Err(Error::usage(format!(
            "`{name}` defines `residual`: say how many residuals there are (on the command line --terms N), \
                 or give data whose rows say it: all files and arrays have as many"
        ))),
        (Form::Objective, Some(_)) => Err(Error::usage(format!(
            "`{name}` defines `objective`, which has no terms: leave their number out, or define \
                 `fn term(s: u32) -> real`"
        ))),
    }
}

impl Objective for WgslObjective {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, x: &[f64]) -> f64 {
        let (all, traps): (Vec<u32>, _) = ((0..self.terms as u32).collect(), Traps::default());
        let squares = self.squares();
        let values = |terms: &[u32]| {
            let values = self.programs.of_terms(x, terms, &traps).into_iter().take(terms.len());
            values.map(move |value| if squares { value * value } else { value })
        };
        all.chunks(LANES).map(|terms| values(terms).sum::<f64>()).sum()
    }

    fn name(&self) -> String {
        self.path.clone()
    }

    fn terms(&self) -> usize {
        self.terms
    }

    fn reduction(&self) -> Reduction {
        Reduction::Sum
    }

    fn check_precision(&self, precision: Precision) -> Result<()> {
        match (precision, &self.programs.double) {
            (Precision::F64, Err(report)) => Err(refused(for_single_alone(self.source(), report))),
            _ => Ok(()),
        }
    }

    fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
        let double = self.programs.double.as_ref().ok()?;
        Some(Box::new(Selected::new(&self.path, double, self.squares(), (selection, self.terms))))
    }

    fn host_f32(&self, selection: Selection<'_>) -> Result<Box<dyn Terms<f32>>> {
        Ok(Box::new(Selected::new(&self.path, self.single()?, self.squares(), (selection, self.terms))))
    }

    fn incremental(&self) -> Option<&dyn Incremental> {
        Some(self)
    }

    fn wgsl(&self) -> Result<Wgsl> {
        if self.operations() > LONG {
            tracing::warn!(
                "`{}` comes to {} instructions: a device's compiler may take minutes for it; the device `cpu` begins at \
                 once",
                self.path,
                self.operations()
            );
        }
        Ok(Wgsl {
            source: self.source().prepared(),
            entry: match self.form {
                Form::Objective => Entry::Objective,
                Form::Term => Entry::Term,
                Form::Residual if self.squares() => Entry::SquaredResidual,
                Form::Residual => Entry::Residual,
                Form::Gradient => Entry::Gradient,
            },
            data: self.data.clone(),
            iterations: self.turns(),
            guarded: true,
            ..Default::default()
        })
    }
}

impl Incremental for WgslObjective {
    fn slopes_f64(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<f64>>>> {
        Ok(self.programs.double.as_ref().ok().and_then(|double| self.carried(double, selection)))
    }

    fn slopes_f32(&self, selection: Selection<'_>) -> Result<Option<Box<dyn Slopes<f32>>>> {
        Ok(self.carried(self.single()?, selection))
    }

    #[cfg(feature = "gpu")]
    fn slope_text(&self, shape: &SlopeShape) -> Result<Option<SlopeText>> {
        Ok(match shape.precision {
            Precision::F32 => slopes::text(&self.path, self.single()?, self.squares(), &self.data, shape),
            Precision::F64 => match &self.programs.double {
                Ok(double) => slopes::text(&self.path, double, self.squares(), &self.data, shape),
                Err(_) => None,
            },
        })
    }
}

impl WgslObjective {
    /// The terms with slopes, and as a function of sums where that is faster.
    fn carried<T: InPrecision>(
        &self,
        program: &Arc<Program<T>>,
        selection: Selection<'_>,
    ) -> Option<Box<dyn Slopes<T>>> {
        let errors = Arc::new(data_errors(&self.data));
        let carried = Carried::new(&self.path, program, self.squares(), errors, (selection, self.terms))?;
        let of_sums = (self.form == Form::Objective).then(|| self.of_sums(program)).flatten();
        Some(Box::new(carried.with_sums(of_sums)))
    }
}

/// The report in f64 on a text that passes in f32.
fn for_single_alone(text: Text<'_>, report: &str) -> String {
    let hint = if text.says_single() { "; --f32-as-real reads f32 as real" } else { "" };
    format!("{}\n(in precision f64; in f32 it passes{hint})", report.trim_end())
}

/// naga's reports begin with a word that whoever prints an error says, too.
fn refused(report: String) -> Error {
    let report = report.strip_prefix("error: ").unwrap_or(&report).trim_end().to_string();
    Error::Source { report }
}
