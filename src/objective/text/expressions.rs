//! Objectives that are written as expressions.

use super::{ShaderOptions, WgslObjective};
use crate::dataset::DataSet;
use crate::error::{Error, Result};
use crate::expression::{self, Given};
use crate::program::Role;

/// What belongs to an expression beside its text.
#[derive(Clone, Debug, Default)]
pub struct ExpressionOptions {
    /// Numbers that it reads, by index (`data[3]`) and by the names of columns and arrays.
    pub data: DataSet,
    /// Names for numbers, all finite: beginning with a letter, of letters, digits and `_`.
    pub values: Vec<(String, f64)>,
}

impl WgslObjective {
    /// The objective that an expression stands for, such as `0.01*x0^2 + 0.1*x0` or
    /// `sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)`: turned into WGSL, which [`text`](Self::text) gives.
    ///
    /// Numbers, `pi`, `e`, `tau` and `n` (the number of coordinates); coordinates `x0` or `x[0]`, the vector `x` and slices
    /// `x[a:b:step]` as in Python; `i`, the vector of indices; vectors `[1, 2, 3]`; `+ - * / ^`; functions of numbers and, element
    /// by element, of vectors; `where(c, a, b)` with comparisons, `and`, `or` and `not`; `sum`, `mean`, `prod`, `norm`, `min`,
    /// `max` of a vector and `dot` of two. Parts may have names: `a = 2*x0; a^2`.
    ///
    /// # Errors
    /// [`Error::Source`] with line, column and a caret.
    ///
    /// ```
    /// use plusminus::{Objective, WgslObjective};
    /// let f = WgslObjective::from_expression("sum(x^2) / 2", 3)?;
    /// assert_eq!(f.value(&[1.0, 2.0, 3.0]), 7.0);
    /// let error = WgslObjective::from_expression("2 * sine(x0)", 1).err().map(|error| error.to_string());
    /// assert!(error.is_some_and(|error| error.contains("1:5") && error.contains("sin")));
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn from_expression(text: &str, dimension: usize) -> Result<Self> {
        Self::from_expression_with(text, dimension, &ExpressionOptions::default())
    }

    /// The same with data and named numbers: `data[3]`, the columns and arrays of the [`DataSet`] by their names (`t`, or
    /// `data.t`), and products with its matrices, `A @ x`. A sum over data, or of 64 elements and more, has their elements as
    /// its terms.
    ///
    /// # Errors
    /// As [`from_expression`](Self::from_expression); [`Error::Usage`] for a name that is none, or a number that is not finite.
    pub fn from_expression_with(text: &str, dimension: usize, options: &ExpressionOptions) -> Result<Self> {
        crate::stack::check()?;
        let written = expression::to_wgsl(text, options.given(dimension)?)
            .map_err(|error| Error::Source { report: format!("in the expression\n{error}") })?;
        let data = options.data_for(text, written.reads_data);
        let of = ShaderOptions { data, terms: written.terms, ..Default::default() };
        let given = super::Given { name: &shortened(text), text: &written.text, of_expression: true };
        Self::in_role(given, dimension, of, Role::Scalar)
    }

    /// The vector-valued function whose components are the values of expressions, one after the other: of a number one,
    /// of a vector (`2*x`) as many as it has elements. A text may hold several, separated by `;`.
    ///
    /// # Errors
    /// As [`from_expression`](Self::from_expression); [`Error::Usage`] if there are none.
    pub fn from_expressions(texts: &[&str], dimension: usize) -> Result<Self> {
        Self::from_expressions_with(texts, dimension, &ExpressionOptions::default())
    }

    /// The same with data and named numbers, as [`from_expression_with`](Self::from_expression_with) has them.
    ///
    /// # Errors
    /// As [`from_expressions`](Self::from_expressions).
    pub fn from_expressions_with(
        texts: &[&str],
        dimension: usize,
        options: &ExpressionOptions,
    ) -> Result<Self> {
        if texts.is_empty() {
            return Err(Error::usage("no expression: give at least one"));
        }
        crate::stack::check()?;
        let written = expression::list_to_wgsl(texts, options.given(dimension)?).map_err(|(i, error)| {
            let which = if texts.len() == 1 { "the expression".into() } else { format!("expression {i}") };
            Error::Source { report: format!("in {which}\n{error}") }
        })?;
        let name = texts.join("; ");
        let data = options.data_for(&name, written.reads_data);
        let of = ShaderOptions { data, terms: written.terms, ..Default::default() };
        let given = super::Given { name: &shortened(&name), text: &written.text, of_expression: true };
        Self::in_role(given, dimension, of, Role::Residuals)
    }
}

impl ExpressionOptions {
    fn given(&self, dimension: usize) -> Result<Given<'_>> {
        for (name, value) in &self.values {
            let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_word {
                return Err(Error::usage(format!(
                    "`{name}` cannot be a name: it begins with a letter and has letters, digits and _"
                )));
            }
            if !value.is_finite() {
                return Err(Error::usage(format!("`{name}` = {value}: a number must be finite")));
            }
            if expression::is_taken(name) {
                return Err(Error::usage(format!(
                    "`{name}` has a meaning in expressions: take another name"
                )));
            }
            if self.values.iter().filter(|(other, _)| other == name).count() > 1 {
                return Err(Error::usage(format!("`{name}` is given two values: give one")));
            }
        }
        Ok(Given { dimension, data: &self.data, values: &self.values })
    }

    /// The data, if the text reads any.
    fn data_for(&self, text: &str, reads: bool) -> Vec<f64> {
        let numbers = self.data.numbers();
        if reads {
            return numbers.to_vec();
        }
        if !numbers.is_empty() {
            tracing::warn!("`{}` reads none of the {} numbers of data", shortened(text), numbers.len());
        }
        Vec::new()
    }
}

/// A long text is cut short in messages.
fn shortened(text: &str) -> String {
    let mut name: String = text.chars().take(80).collect();
    if name.len() < text.len() {
        name.push('…');
    }
    name
}
