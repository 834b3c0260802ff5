//! A model with named parameters, and data that it is to fit.

use std::fmt;

use super::{ExpressionOptions, WgslObjective};
use crate::dataset::DataSet;
use crate::error::{Error, Result};
use crate::expression;

/// A model such as `b1*(1 - exp(-b2*x))` of columns of data, with names for its parameters.
///
/// ```
/// use plusminus::{CurveModel, DataSet, Engine, LevenbergMarquardt, Precision, ndarray::array};
/// let table = array![[0.0, 2.1], [1.0, 1.2], [2.0, 0.75], [3.0, 0.42], [4.0, 0.27]];
/// let data = DataSet::new().with_columns(&["x", "y"], table.view())?;
/// let model = CurveModel::new("a*exp(-k*x)", &["a", "k"], "y");
/// let mut evaluator = Engine::cpu(Precision::F64).evaluator(model.residuals(&data)?)?;
/// let fit = LevenbergMarquardt::new().run(&mut evaluator, array![[1.0, 1.0]].view())?;
/// assert!((fit.points[[0, 1]] - 0.53).abs() < 0.01);
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CurveModel {
    model: String,
    parameters: Vec<String>,
    y: String,
    sigma: Option<String>,
    values: Vec<(String, f64)>,
}

impl CurveModel {
    /// A model of these parameters, in this order, that is to be what `y` is: a column, or an expression of columns. In the model, a column that is
    /// called as something else in expressions (`x`, `n`, `e`, …) is the column.
    pub fn new(model: &str, parameters: &[&str], y: &str) -> Self {
        let parameters = parameters.iter().map(|name| (*name).into()).collect();
        CurveModel { model: model.into(), parameters, y: y.into(), sigma: None, values: Vec::new() }
    }

    /// Divides residuals by their standard deviations: a column, or an expression of columns.
    #[must_use]
    pub fn sigma(self, sigma: &str) -> Self {
        CurveModel { sigma: Some(sigma.into()), ..self }
    }

    /// Names for numbers in the model.
    #[must_use]
    pub fn values(self, values: Vec<(String, f64)>) -> Self {
        CurveModel { values, ..self }
    }

    /// The names of the parameters.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// (model - y) / sigma, one for each row of the data.
    ///
    /// # Errors
    /// [`Error::Usage`] for names of parameters that are none, are given twice, or are those of columns; [`Error::Source`] for what is
    /// wrong with an expression.
    pub fn residuals(&self, data: &DataSet) -> Result<WgslObjective> {
        let (model, y) = (of_columns(&self.model, data), of_columns(&self.y, data));
        let residual = match &self.sigma {
            Some(sigma) => format!("(({model}) - ({y})) / ({})", of_columns(sigma, data)),
            None => format!("({model}) - ({y})"),
        };
        self.objective(&residual, data)
    }

    /// The model alone, one value for each row of the data.
    ///
    /// # Errors
    /// As [`residuals`](Self::residuals).
    pub fn curve(&self, data: &DataSet) -> Result<WgslObjective> {
        self.objective(&of_columns(&self.model, data), data)
    }

    /// What the model is to be, for each row of the data.
    ///
    /// # Errors
    /// As [`residuals`](Self::residuals).
    pub fn target(&self, data: &DataSet) -> Result<WgslObjective> {
        self.objective(&of_columns(&self.y, data), data)
    }

    /// The standard deviation of each row, if there is one.
    ///
    /// # Errors
    /// As [`residuals`](Self::residuals).
    pub fn standard_deviation(&self, data: &DataSet) -> Result<Option<WgslObjective>> {
        // One for each row, also where it is one number for all.
        let of_row = |sigma: &String| {
            let (sigma, y) = (of_columns(sigma, data), of_columns(&self.y, data));
            self.objective(&format!("({sigma}) + 0 * ({y})"), data)
        };
        self.sigma.as_ref().map(of_row).transpose()
    }

    /// A column of the data.
    ///
    /// # Errors
    /// As [`residuals`](Self::residuals).
    pub fn column(&self, name: &str, data: &DataSet) -> Result<WgslObjective> {
        self.objective(&format!("data.{name}"), data)
    }

    /// What the model is to be, as it was given.
    pub fn y(&self) -> &str {
        &self.y
    }

    /// The columns that the model reads.
    pub fn columns<'d>(&self, data: &'d DataSet) -> Vec<&'d str> {
        let words: Vec<&str> = words(&self.model).map(|(word, _)| word).collect();
        data.names().filter(|name| words.contains(name)).collect()
    }

    fn objective(&self, text: &str, data: &DataSet) -> Result<WgslObjective> {
        let mut whole = String::new();
        for (i, name) in self.parameters.iter().enumerate() {
            let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !is_word {
                return Err(Error::usage(format!(
                    "`{name}` cannot be the name of a parameter: it begins with a letter and has letters, digits and _"
                )));
            }
            if self.parameters[..i].contains(name) {
                return Err(Error::usage(format!("two parameters are called `{name}`: give them two names")));
            }
            if data.names().any(|column| column == name) {
                return Err(Error::usage(format!(
                    "`{name}` is a parameter and a column of the data: give the parameter another name"
                )));
            }
            // A coordinate by its own name needs none.
            if *name == format!("x{i}") {
                continue;
            }
            if expression::is_taken(name) {
                return Err(Error::usage(format!(
                    "`{name}` has a meaning in expressions: give the parameter another name"
                )));
            }
            whole += &format!("{name} = x{i}; ");
        }
        whole += text;
        let options = ExpressionOptions { data: data.clone(), values: self.values.clone() };
        WgslObjective::from_expressions_with(&[&whole], self.parameters.len(), &options)
    }
}

/// `y = model`, with the standard deviations if there are any.
impl fmt::Display for CurveModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.y, self.model)?;
        self.sigma.as_ref().map_or(Ok(()), |sigma| write!(f, " within {sigma}"))
    }
}

/// A text in which columns whose names have a meaning of their own are named as columns.
fn of_columns(text: &str, data: &DataSet) -> String {
    let mut new = String::new();
    let mut done = 0;
    for (word, at) in words(text) {
        let is_call = text[at + word.len()..].trim_start().starts_with('(');
        if !is_call && expression::is_taken(word) && data.names().any(|name| name == word) {
            new += &text[done..at];
            new += "data.";
            done = at;
        }
    }
    new + &text[done..]
}

/// The names in a text, with their places: not those after a point, and not digits' exponents.
fn words(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].find(is_part)?;
        let start = at;
        at += text[start..].find(|c| !is_part(c)).unwrap_or(text.len() - start);
        Some((&text[start..at], start))
    })
    .filter(|(word, _)| word.starts_with(|c: char| c.is_ascii_alphabetic()) && !word.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn columns_win_over_meanings_and_nothing_else_does() {
        let data = DataSet::new().with_columns(&["x", "e", "t"], array![[1.0, 2.0, 3.0]].view()).unwrap();
        for (text, want) in [
            ("b*exp(-x/t) + 2e5*e", "b*exp(-data.x/t) + 2e5*data.e"),
            ("data.x + x0 + x", "data.x + x0 + data.x"),
            ("xx + x_1 + 1.5e-3", "xx + x_1 + 1.5e-3"),
            ("x", "data.x"),
        ] {
            assert_eq!(of_columns(text, &data), want);
        }
        let model = CurveModel::new("a*x + exp(t)", &["a"], "e");
        assert_eq!(model.columns(&data), ["x", "t"]);
        let refused = |parameters: &[&str], part: &str| {
            let error = CurveModel::new("t", parameters, "t").residuals(&data).err().unwrap().to_string();
            assert!(error.contains(part), "{error}");
        };
        refused(&["a", "a"], "two parameters");
        refused(&["t"], "a parameter and a column");
        refused(&["exp"], "has a meaning");
        refused(&["1a"], "cannot be the name");
    }
}
