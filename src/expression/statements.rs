//! From a text to the tree of its values: statements one after the other, names and values.

use std::collections::HashMap;

use super::build::{Builder, Operand, describe, range};
use super::error::{ExpressionError, Result};
use super::grammar::Rule;
use super::tree::{Id, Shape, Tree};
use super::{Given, parse};

/// The tree of an expression, and the node that is its value, one number.
pub(super) fn build<'t>(text: &'t str, given: Given<'t>) -> Result<(Tree, Id)> {
    let mut builder = Builder::new(given)?;
    let values = builder.statements(text)?;
    let [result] = values.as_slice() else {
        let [_, second, ..] = values.as_slice() else {
            return Err(builder.error(0..0, "the expression is empty"));
        };
        let message = format!(
            "there are {} values, and an objective is one: give parts a name, as in a = 2*x0; a^2",
            values.len()
        );
        return Err(builder.error(second.place.clone(), message));
    };
    match builder.tree.shape(result.id) {
        Shape::Number => Ok((builder.tree, result.id)),
        shape => {
            let message = format!("the value is {}; reduce it, e.g. sum(...)", describe(shape));
            Err(builder.error(result.place.clone(), message))
        }
    }
}

/// The same of texts with any number of values, each a number or a vector. Names that a text gives hold in the next ones.
pub(super) fn build_list<'t>(
    texts: &[&'t str],
    given: Given<'t>,
) -> std::result::Result<(Tree, Vec<Id>), (usize, ExpressionError)> {
    let mut builder = Builder::new(given).map_err(|error| (0, error))?;
    let mut all = Vec::new();
    for (i, text) in texts.iter().enumerate() {
        let values = builder.statements(text).map_err(|error| (i, error))?;
        for value in &values {
            if let shape @ Shape::Matrix(..) = builder.tree.shape(value.id) {
                let message = format!("the value is {}; give its rows, such as A[0]", describe(shape));
                return Err((i, builder.error(value.place.clone(), message)));
            }
        }
        all.extend(values.into_iter().map(|value| value.id));
    }
    Ok((builder.tree, all))
}

impl<'t> Builder<'t> {
    fn new(given: Given<'t>) -> Result<Self> {
        let dimension = given.dimension;
        let too_many = ExpressionError::TooManyCoordinates { dimension, most: u32::MAX as usize };
        let dimension = u32::try_from(dimension).map_err(|_| too_many)?;
        Ok(Builder { text: "", dimension, given, tree: Tree::default(), defined: HashMap::new() })
    }

    /// The values of a text, after its names have been given. There is at least one.
    fn statements(&mut self, text: &'t str) -> Result<Vec<Operand>> {
        self.text = text;
        let mut values = Vec::new();
        let mut last = 0..0;
        for statement in parse::parse(text)?.filter(|pair| pair.as_rule() == Rule::statement) {
            last = range(&statement);
            let mut name = None;
            for part in statement.into_inner() {
                match part.as_rule() {
                    Rule::define => name = part.into_inner().next(),
                    _ => {
                        let value = self.expression(part)?;
                        match name.take() {
                            Some(name) => self.define(&name, value)?,
                            None if self.tree.is_truth(value.id) => {
                                return Err(self.error(value.place, super::shape::NO_NUMBER));
                            }
                            None => values.push(value),
                        }
                    }
                }
            }
        }
        match values.len() {
            0 => Err(self.error(
                last,
                "a name is given here, and no value follows: end with one, as in a = 2*x0; a^2",
            )),
            _ => Ok(values),
        }
    }
}
