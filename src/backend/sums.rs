//! Sums of numbers with bounds, in the order of a fixed binary tree, so that bounds grow with the depth of the tree.

use crate::backend::Bounded;

/// Arrays to be added up, element by element: those of 1, 2, 4, … of them.
#[derive(Default)]
pub(crate) struct Tree {
    levels: Vec<Option<Vec<Bounded>>>,
}

impl Tree {
    /// Adds the next array.
    pub(crate) fn push(&mut self, next: Vec<Bounded>) {
        let mut sum = next;
        for level in &mut self.levels {
            match level.take() {
                Some(before) => sum = add(before, &sum),
                None => {
                    *level = Some(sum);
                    return;
                }
            }
        }
        self.levels.push(Some(sum));
    }

    /// The sum of all; empty if there were none.
    pub(crate) fn finish(self) -> Vec<Bounded> {
        let mut levels = self.levels.into_iter().rev().flatten();
        let first = levels.next().unwrap_or_default();
        levels.fold(first, |sum, next| add(sum, &next))
    }
}

/// The sum of arrays.
pub(crate) fn sum_of<'a>(arrays: impl Iterator<Item = &'a [Bounded]>) -> Vec<Bounded> {
    let mut tree = Tree::default();
    arrays.for_each(|array| tree.push(array.to_vec()));
    tree.finish()
}

fn add(mut left: Vec<Bounded>, right: &[Bounded]) -> Vec<Bounded> {
    for (left, right) in left.iter_mut().zip(right) {
        let value = left.value + right.value;
        // Adding nothing rounds nothing.
        let rounding =
            if left.value == 0.0 || right.value == 0.0 { 0.0 } else { value.abs() * 0.5 * f64::EPSILON };
        *left =
            Bounded { value, bound: left.bound + right.bound + rounding, flags: left.flags | right.flags };
    }
    left
}
