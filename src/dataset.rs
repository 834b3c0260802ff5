//! Numbers that an objective reads, and the names that expressions know them by.

use ndarray::{ArrayView, ArrayView2, Dimension};

use crate::error::{Error, Result};

/// Numbers that an objective reads: by their index in WGSL (`data(i)`), and by names in expressions.
///
/// ```
/// use plusminus::{DataSet, ExpressionOptions, Objective, WgslObjective, ndarray::array};
///
/// // Three measurements y at times t, and a decay that is to fit them.
/// let data = DataSet::new().with_columns(&["t", "y"], array![[0.0, 2.0], [1.0, 0.7], [2.0, 0.3]].view())?;
/// let options = ExpressionOptions { data, ..Default::default() };
/// let f = WgslObjective::from_expression_with("sum((x0*exp(-t/x1) - y)^2)", 2, &options)?;
/// assert_eq!(f.terms(), 3);
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataSet {
    numbers: Vec<f64>,
    arrays: Vec<NamedArray>,
    /// The shapes of what was put together.
    parts: Vec<Vec<usize>>,
}

/// Where a named array lies among the numbers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedArray {
    pub(crate) name: String,
    pub(crate) start: usize,
    pub(crate) shape: Vec<usize>,
    /// How far apart neighbours along an axis lie.
    pub(crate) steps: Vec<usize>,
}

impl DataSet {
    /// No numbers.
    pub fn new() -> Self {
        DataSet::default()
    }

    /// Appends an array of any shape, row by row. In expressions it has this name.
    #[must_use]
    pub fn with_array<D: Dimension>(mut self, name: &str, array: ArrayView<'_, f64, D>) -> Self {
        let (start, shape) = (self.numbers.len(), array.shape().to_vec());
        let steps = (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect();
        self.numbers.extend(array.iter());
        self.parts.push(shape.clone());
        self.arrays.push(NamedArray { name: name.into(), start, shape, steps });
        self
    }

    /// Appends a table `[rows, columns]`, row by row. In expressions each column is a vector with its name.
    ///
    /// # Errors
    /// [`Error::Usage`] for another number of names than there are columns.
    pub fn with_columns(mut self, names: &[&str], table: ArrayView2<'_, f64>) -> Result<Self> {
        let (rows, columns) = table.dim();
        if names.len() != columns {
            return Err(Error::usage(format!(
                "a table of {columns} columns with {} names: each column needs one",
                names.len()
            )));
        }
        let start = self.numbers.len();
        self.numbers.extend(table.iter());
        self.parts.push(vec![rows, columns]);
        let column = |(i, name): (usize, &&str)| NamedArray {
            name: (*name).into(),
            start: start + i,
            shape: vec![rows],
            steps: vec![columns],
        };
        self.arrays.extend(names.iter().enumerate().map(column));
        Ok(self)
    }

    /// Appends all of another.
    #[must_use]
    pub fn with(mut self, other: DataSet) -> Self {
        let before = self.numbers.len();
        self.numbers.extend(other.numbers);
        self.parts.extend(other.parts);
        let moved = |array: NamedArray| NamedArray { start: array.start + before, ..array };
        self.arrays.extend(other.arrays.into_iter().map(moved));
        self
    }

    /// All of them, as `data(i)` counts them.
    pub fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// The same, without the names.
    pub fn into_numbers(self) -> Vec<f64> {
        self.numbers
    }

    /// The number of rows, if all that was put together has as many.
    pub fn rows(&self) -> Option<usize> {
        let mut rows = self.parts.iter().map(|shape| shape.first().copied().unwrap_or(1));
        let first = rows.next()?;
        rows.all(|other| other == first).then_some(first)
    }

    /// Those of a name.
    pub(crate) fn named(&self, name: &str) -> Vec<&NamedArray> {
        self.arrays.iter().filter(|array| array.name == name).collect()
    }

    /// All names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.iter().map(|array| array.name.as_str())
    }

    /// Rows and columns, if it is one table.
    pub(crate) fn table(&self) -> Option<[usize; 2]> {
        match self.parts.as_slice() {
            [shape] => <[usize; 2]>::try_from(shape.as_slice()).ok(),
            _ => None,
        }
    }
}

/// Numbers without names.
impl From<Vec<f64>> for DataSet {
    fn from(numbers: Vec<f64>) -> Self {
        let parts = if numbers.is_empty() { Vec::new() } else { vec![vec![numbers.len()]] };
        DataSet { numbers, arrays: Vec::new(), parts }
    }
}
