//! Work in parts that know nothing of one another: each is made by a process of its own, wherever that runs, and leaves one file; together
//! they are what one process would have found, to the last bit.
//!
//! The work is a row of *blocks*, such as points, which do not depend on how many take part. Part i of n has the blocks
//! ⌊(i − 1)·b/n⌋ to ⌊i·b/n⌋ of b.

mod part;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

pub use self::part::{Head, Parts, save};
pub use crate::numeric::Packed;
use serde::{Deserialize, Serialize};

/// One part of so many, such as 2/5: they are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    index: usize,
    count: usize,
}

/// More parts are refused.
const MOST: usize = 1 << 20;

impl Shard {
    /// Which one, from 1 on.
    pub fn index(&self) -> usize {
        self.index
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Its blocks, of so many.
    pub fn of(&self, blocks: usize) -> Range<usize> {
        crate::team::share(self.index - 1, self.count, blocks)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Some(Shard { index: index.trim().parse().ok()?, count: count.trim().parse().ok()? })
        });
        match parsed {
            Some(shard) if (1..=MOST).contains(&shard.count) && (1..=shard.count).contains(&shard.index) => {
                Ok(shard)
            }
            Some(Shard { index, count }) => Err(format!(
                "there is no part {index} of {count}: parts are counted from 1/{count} to {count}/{count}, of at most {MOST}"
            )),
            None => Err("give a part and how many there are, such as 2/5".into()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_in_one_part() {
        for blocks in [0, 1, 5, 64, 1000] {
            for count in [1, 2, 3, 7, 100] {
                let mut next = 0;
                for index in 1..=count {
                    let part = Shard { index, count }.of(blocks);
                    assert_eq!(part.start, next);
                    assert!(part.len() <= blocks.div_ceil(count));
                    next = part.end;
                }
                assert_eq!(next, blocks);
            }
        }
    }

    #[test]
    fn parts_that_are_none() {
        assert_eq!("3/7".parse(), Ok(Shard { index: 3, count: 7 }));
        for text in ["", "3", "0/7", "8/7", "1/0", "-1/3", "a/b", "1/99999999"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
