//! Which terms are in which block, and which blocks are whose.

use std::ops::Range;

/// `terms` terms in blocks of at most `block`, of sizes that differ by one at most.
pub(crate) fn cut(terms: usize, block: usize) -> Vec<Range<usize>> {
    let count = terms.div_ceil(block.max(1));
    let end = |i: usize| (terms as u128 * i as u128 / count.max(1) as u128) as usize;
    (0..count).map(|i| end(i)..end(i + 1)).collect()
}

/// The blocks of one rank out of `size`.
pub(crate) fn share(rank: usize, size: usize, blocks: usize) -> Range<usize> {
    let end = |rank: usize| (blocks as u128 * rank as u128 / size.max(1) as u128) as usize;
    end(rank)..end(rank + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_terms_are_in_one_block_each() {
        for (terms, block) in [(1, 1), (7, 3), (100, 16), (100, 1000), (1 << 20, 7)] {
            let blocks = cut(terms, block);
            assert_eq!((blocks[0].start, blocks[blocks.len() - 1].end), (0, terms));
            assert!(blocks.windows(2).all(|pair| pair[0].end == pair[1].start));
            let (least, most) = blocks.iter().fold((usize::MAX, 0), |(least, most), range| {
                (least.min(range.len()), most.max(range.len()))
            });
            assert!(most <= block && least > 0 && most - least <= 1);
            for size in [1, 2, 3, 7, 50] {
                let shares: Vec<_> = (0..size).map(|rank| share(rank, size, blocks.len())).collect();
                assert_eq!((shares[0].start, shares[size - 1].end), (0, blocks.len()));
                assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start));
            }
        }
    }
}
