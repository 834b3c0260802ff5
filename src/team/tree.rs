//! Sums of arrays in the order of one binary tree, of which each rank may have a part.
//!
//! The tree of b blocks is that of a binary counter: block 2k and 2k + 1 are added, then pairs of pairs, and so on; what is left over at the
//! end is added from the largest part down. A rank with blocks in a row adds up those parts that have all their blocks there, and sends
//! them: at most 2·log₂ b arrays.

use std::ops::Range;

/// Sums of complete parts of the tree, in order.
#[derive(Default)]
pub(crate) struct Tree {
    parts: Vec<(Range<usize>, Vec<f64>)>,
}

impl Tree {
    /// Adds the next part: a block, or all blocks of a node of the tree.
    pub(crate) fn push(&mut self, blocks: Range<usize>, sum: Vec<f64>) {
        let (mut blocks, mut sum) = (blocks, sum);
        while let Some((before, left)) = self.parts.pop_if(|(before, _)| are_siblings(before, &blocks)) {
            sum = add(left, &sum);
            blocks = before.start..blocks.end;
        }
        self.parts.push((blocks, sum));
    }

    /// The parts as they are.
    pub(crate) fn into_parts(self) -> impl Iterator<Item = Vec<f64>> {
        self.parts.into_iter().map(|(_, sum)| sum)
    }

    /// The sum of all.
    pub(crate) fn finish(self) -> Vec<f64> {
        let mut parts = self.into_parts();
        let first = parts.next().unwrap_or_default();
        parts.fold(first, |sum, next| add(sum, &next))
    }
}

/// The nodes that a rank with these blocks has complete.
pub(crate) fn nodes_of(blocks: Range<usize>) -> Vec<Range<usize>> {
    let mut tree = Tree::default();
    blocks.for_each(|block| tree.push(block..block + 1, Vec::new()));
    tree.parts.into_iter().map(|(blocks, _)| blocks).collect()
}

fn are_siblings(left: &Range<usize>, right: &Range<usize>) -> bool {
    left.len() == right.len() && left.end == right.start && left.start.is_multiple_of(2 * left.len())
}

fn add(mut left: Vec<f64>, right: &[f64]) -> Vec<f64> {
    left.iter_mut().zip(right).for_each(|(left, &right)| *left += right);
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::team::share;

    /// However the blocks are shared out, the sum has the same bits.
    #[test]
    fn any_number_of_ranks_adds_up_alike() {
        for count in [1, 2, 3, 7, 16, 61, 100] {
            let block = |i: usize| vec![1.0 / (3 * i + 1) as f64, (i as f64).sin() * 1e9];
            let mut whole = Tree::default();
            (0..count).for_each(|i| whole.push(i..i + 1, block(i)));
            let whole = whole.finish();
            for size in [1, 2, 3, 4, 7, 150] {
                let mut all = Tree::default();
                for rank in 0..size {
                    let own = share(rank, size, count);
                    let mut mine = Tree::default();
                    own.clone().for_each(|i| mine.push(i..i + 1, block(i)));
                    nodes_of(own)
                        .into_iter()
                        .zip(mine.into_parts())
                        .for_each(|(node, sum)| all.push(node, sum));
                }
                assert_eq!(all.finish(), whole, "{count} blocks, {size} ranks");
            }
            let exact: f64 = (0..count).map(|i| block(i)[0]).sum();
            assert!((whole[0] - exact).abs() <= 1e-14 * exact);
        }
    }
}
