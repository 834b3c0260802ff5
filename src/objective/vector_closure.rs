//! Any Rust function from a point to a vector, on the host.

use std::ops::Range;
use std::sync::Arc;

use super::{Objective, Selection, Terms};
use crate::error::{Error, Result};

/// A vector-valued Rust function, evaluated on the CPU in f64: for [`Evaluator::jacobian`](crate::Evaluator::jacobian). Its
/// components are its terms, so as an objective it is their sum.
pub struct VectorClosure<F> {
    dimension: usize,
    components: usize,
    name: String,
    function: Arc<F>,
}

impl<F: Fn(&[f64], &mut [f64]) + Send + Sync + 'static> VectorClosure<F> {
    /// A function of `dimension` coordinates that writes `components` numbers.
    ///
    /// # Errors
    /// [`Error::Usage`] if either is 0.
    pub fn new(dimension: usize, components: usize, function: F) -> Result<Self> {
        if dimension == 0 || components == 0 {
            return Err(Error::usage(format!(
                "a vector-valued closure of {dimension} coordinates and {components} components: both must be at least 1"
            )));
        }
        Ok(VectorClosure { dimension, components, name: "closure".into(), function: Arc::new(function) })
    }

    /// Sets the name used in messages.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

/// All components at a point.
fn all_components<F: Fn(&[f64], &mut [f64])>(function: &F, count: usize, x: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; count];
    function(x, &mut out);
    out
}

impl<F: Fn(&[f64], &mut [f64]) + Send + Sync + 'static> Objective for VectorClosure<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn value(&self, x: &[f64]) -> f64 {
        all_components(&*self.function, self.components, x).iter().sum()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn terms(&self) -> usize {
        self.components
    }

    fn host_f64(&self, selection: Selection<'_>) -> Option<Box<dyn Terms<f64>>> {
        let (function, count) = (Arc::clone(&self.function), self.components);
        let indices = selection.to_indices();
        Some(Box::new(Components { function, count, dimension: self.dimension, indices }))
    }
}

/// Some components. The function gives all at once, so a chunk of terms is as many as there are.
struct Components<F> {
    function: Arc<F>,
    count: usize,
    dimension: usize,
    /// `None`: all.
    indices: Option<Vec<u32>>,
}

impl<F: Fn(&[f64], &mut [f64]) + Send + Sync + 'static> Terms<f64> for Components<F> {
    fn evaluate(&self, x: &[f64], range: Range<usize>, out: &mut [f64]) {
        let all = all_components(&*self.function, self.count, x);
        for (s, out) in range.zip(out) {
            *out = all[self.indices.as_ref().map_or(s, |indices| indices[s] as usize)];
        }
    }

    fn operations(&self) -> u64 {
        4 * self.dimension as u64
    }
}
