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

/// Numbers to be added up, each in the order of its own tree: not all have as many summands.
pub(crate) struct Sums {
    /// How many there were of each.
    counts: Vec<u32>,
    /// Sums of 1, 2, 4, … of them, where the count has that bit.
    levels: Vec<Vec<Bounded>>,
}

impl Sums {
    /// Of so many numbers.
    pub(crate) fn new(count: usize) -> Self {
        Sums { counts: vec![0; count], levels: Vec::new() }
    }

    /// Adds the next summand of the `i`-th.
    pub(crate) fn add(&mut self, i: usize, next: Bounded) {
        let full = self.counts[i].trailing_ones() as usize;
        let sum = self.levels[..full].iter().fold(next, |sum, level| add_one(level[i], sum));
        if full == self.levels.len() {
            self.levels.push(vec![Bounded::default(); self.counts.len()]);
        }
        self.levels[full][i] = sum;
        self.counts[i] += 1;
    }

    /// Adds the next summand of each.
    pub(crate) fn add_all(&mut self, next: &[Bounded]) {
        next.iter().enumerate().for_each(|(i, &next)| self.add(i, next));
    }

    /// The sums; 0 of what had no summands.
    pub(crate) fn finish(self) -> Vec<Bounded> {
        let Sums { counts, levels } = self;
        let sum = |(i, count): (usize, u32)| {
            let Some(largest) = count.checked_ilog2() else { return Bounded::default() };
            let (mut sum, mut rest) = (levels[largest as usize][i], count ^ 1 << largest);
            while let Some(level) = rest.checked_ilog2() {
                sum = add_one(sum, levels[level as usize][i]);
                rest ^= 1 << level;
            }
            sum
        };
        counts.into_iter().enumerate().map(sum).collect()
    }
}

fn add(mut left: Vec<Bounded>, right: &[Bounded]) -> Vec<Bounded> {
    left.iter_mut().zip(right).for_each(|(left, &right)| *left = add_one(*left, right));
    left
}

fn add_one(left: Bounded, right: Bounded) -> Bounded {
    let value = left.value + right.value;
    // Adding nothing rounds nothing.
    let rounding =
        if left.value == 0.0 || right.value == 0.0 { 0.0 } else { value.abs() * 0.5 * f64::EPSILON };
    Bounded { value, bound: left.bound + right.bound + rounding, flags: left.flags | right.flags }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All alike, numbers are added up as arrays are; and each has its own summands.
    #[test]
    fn one_by_one_or_all_at_once() {
        for count in [0, 1, 2, 5, 64, 77] {
            let arrays: Vec<Vec<Bounded>> = (0..count)
                .map(|k| {
                    let number = |i: u32| 1.0 / f64::from(3 * k + i + 1);
                    (0..3)
                        .map(|i| Bounded { value: number(i), bound: 1e-9 * number(i), flags: 1 << i })
                        .collect()
                })
                .collect();
            let (mut sums, mut some) = (Sums::new(3), Sums::new(3));
            for (k, array) in arrays.iter().enumerate() {
                sums.add_all(array);
                some.add(k % 2, array[k % 2]);
            }
            let want = sum_of(arrays.iter().map(Vec::as_slice));
            assert_eq!(sums.finish(), if count == 0 { vec![Bounded::default(); 3] } else { want });
            let some = some.finish();
            for i in 0..3 {
                let want: f64 =
                    arrays.iter().enumerate().filter(|(k, _)| k % 2 == i).map(|(_, a)| a[i].value).sum();
                assert!((some[i].value - want).abs() <= 1e-14 * want);
            }
        }
    }
}
