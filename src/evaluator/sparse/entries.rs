//! A sparse Jacobian as it is found, entry by entry.

use crate::difference::{Remark, SparseJacobian};
use crate::numeric::Sparsity;

/// What is found, entry by entry.
pub(super) struct Entries<'a> {
    pub(super) pattern: &'a Sparsity,
    value: Vec<f64>,
    error: Option<Vec<f64>>,
    step: Vec<f64>,
    pub(super) directions: usize,
    pub(super) remarks: Vec<Remark>,
    pub(super) evaluations: u64,
}

impl<'a> Entries<'a> {
    pub(super) fn new(pattern: &'a Sparsity) -> Self {
        let none = vec![f64::NAN; pattern.entries()];
        Entries {
            pattern,
            value: none.clone(),
            error: None,
            step: none,
            directions: 0,
            remarks: Vec::new(),
            evaluations: 0,
        }
    }

    pub(super) fn put(&mut self, (row, axis): (usize, usize), value: f64, (error, step): (Option<f64>, f64)) {
        let start = self.pattern.parts().0[row];
        let Ok(place) = self.pattern.of(row).binary_search(&(axis as u32)) else { return };
        self.value[start + place] = value;
        self.step[start + place] = step;
        if let Some(error) = error {
            let count = self.value.len();
            self.error.get_or_insert_with(|| vec![f64::INFINITY; count])[start + place] = error;
        }
    }

    pub(super) fn jacobian(mut self) -> SparseJacobian {
        self.remarks.sort_by_key(|remark| (remark.term, remark.axis));
        SparseJacobian {
            value: self.pattern.filled(self.value),
            error: self.error.map(|error| self.pattern.filled(error)),
            step: self.pattern.filled(self.step),
            directions: self.directions,
            remarks: self.remarks,
            evaluations: self.evaluations,
            seconds: 0.0,
        }
    }
}
