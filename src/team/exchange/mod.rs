//! What ranks tell each other of one call.

mod failures;

use std::ops::Range;

pub(crate) use self::failures::Failures;
use super::{Team, Tree, nodes_of, share};
use crate::error::{Error, Result};

/// A call that all ranks make: they must agree on it.
pub(crate) struct Call {
    /// A check sum of what is asked: points, terms, differences, and how many calls there were before.
    pub(crate) check: u64,
    /// Blocks of all ranks.
    pub(crate) blocks: usize,
    /// Numbers of a block.
    pub(crate) width: usize,
}

/// What a rank has found.
pub(crate) struct Found {
    /// The sum of all blocks.
    pub(crate) sum: Vec<f64>,
    pub(crate) failures: Failures,
}

/// One call.
pub(crate) struct Exchange<'a> {
    pub(crate) team: &'a dyn Team,
    pub(crate) call: Call,
}

/// What a block comes to: its sum, and what failed in it.
pub(crate) type Block<'b> = dyn FnMut(usize) -> Result<(Vec<f64>, Failures)> + 'b;

/// The sums of the parts that a rank has complete, in order.
struct Own {
    sums: Vec<Vec<f64>>,
    failures: Failures,
}

impl Exchange<'_> {
    /// Adds up the blocks of all ranks; `block` finds one of this rank's. What went wrong `before` ends all, too.
    ///
    /// # Errors
    /// This rank's own; [`Error::Rank`] for that of another, or if ranks are not at the same call.
    pub(crate) fn run(&self, before: Result<()>, block: &mut Block<'_>) -> Result<Found> {
        let is_large = self.is_large();
        let (own, early) = if is_large && self.are_early() {
            // Whoever is elsewhere would be sent what it does not wait for.
            self.agree()?;
            let (own, early) = self.find_while_sending(before, block);
            (own, Some(early?))
        } else {
            (before.and_then(|()| self.find(self.nodes(self.team.rank()), block)), None)
        };
        let mut message = self.call.check.to_le_bytes().to_vec();
        let mut sums = Vec::new();
        let own_error = match own {
            Ok(own) => {
                message.push(u8::from(!own.failures.is_empty()));
                if is_large {
                    sums = own.sums;
                } else {
                    own.sums.iter().for_each(|sum| put(&mut message, sum));
                }
                message.extend(failures::to_text(&own.failures).into_bytes());
                None
            }
            Err(error) => {
                message.push(FAILED);
                message.extend(error.to_string().into_bytes());
                Some(error)
            }
        };
        let all = self.team.all_gather(message)?;
        if let Some(error) = own_error {
            return Err(error);
        }
        let (bodies, failures) = self.read(&all, is_large)?;
        let sum = if is_large { self.by_slices(&sums, early)? } else { self.fold(&bodies, self.call.width)? };
        Ok(Found { sum, failures })
    }

    /// All ranks are at this call.
    fn agree(&self) -> Result<()> {
        let all = self.team.all_gather(self.call.check.to_le_bytes().to_vec())?;
        all.iter().enumerate().try_for_each(|(rank, message)| self.check(rank, message))
    }

    /// Whether another rank is at this call.
    fn check(&self, rank: usize, said: &[u8]) -> Result<()> {
        if said == self.call.check.to_le_bytes() {
            return Ok(());
        }
        Err(Error::Rank {
            rank,
            message: "is not at the same point as this one, or has another objective, precision or other terms: start all of them by one command"
                .into(),
        })
    }

    /// The sums of these parts.
    fn find(&self, nodes: Vec<Range<usize>>, block: &mut Block<'_>) -> Result<Own> {
        let mut own = Own { sums: Vec::new(), failures: Vec::new() };
        for node in nodes {
            let mut tree = Tree::default();
            for index in node {
                let (sum, failed) = block(index)?;
                tree.push(index..index + 1, sum);
                own.failures.extend(failed);
            }
            own.sums.push(tree.finish());
        }
        Ok(own)
    }

    /// Whether a rank has sums that it can send before all of its blocks are done. All ranks find the same.
    fn are_early(&self) -> bool {
        (0..self.team.size()).any(|rank| self.nodes(rank).len() > 1)
    }

    /// Which part of a rank comes last: the largest, so that the others are sent while it is computed.
    fn last(&self, rank: usize) -> usize {
        let nodes = self.nodes(rank);
        (0..nodes.len()).max_by_key(|&at| nodes[at].len()).unwrap_or(0)
    }

    /// The sum of the last part, and what all have sent of the others meanwhile. A rank that fails sends what nobody will read: the others know
    /// how long messages are, and need not wait for it to say so.
    fn find_while_sending(
        &self,
        before: Result<()>,
        block: &mut Block<'_>,
    ) -> (Result<Own>, Result<Vec<Vec<u8>>>) {
        let (rank, last) = (self.team.rank(), self.last(self.team.rank()));
        let mut nodes = self.nodes(rank);
        let largest = if nodes.is_empty() { 0..0 } else { nodes.remove(last) };
        let (size, width, count) = (self.team.size(), self.call.width, nodes.len());
        let mut own = before.and_then(|()| self.find(nodes, block));
        let slices = match &own {
            Ok(own) => self.slices(&own.sums),
            Err(_) => self.slices(&vec![vec![0.0; width]; count]),
        };
        let slice = share(rank, size, width).len() * 8;
        let lengths: Vec<usize> =
            (0..size).map(|rank| self.nodes(rank).len().saturating_sub(1) * slice).collect();
        let mut tree = Tree::default();
        let mut rest = largest.clone();
        let mut next = || {
            let (Ok(all), Some(index)) = (&mut own, rest.next()) else { return false };
            match block(index) {
                Ok((sum, failed)) => {
                    tree.push(index..index + 1, sum);
                    all.failures.extend(failed);
                }
                Err(error) => own = Err(error),
            }
            true
        };
        let early = self.team.all_to_all_beside(slices, &lengths, &mut next);
        if let Ok(own) = &mut own {
            own.sums = if largest.is_empty() { Vec::new() } else { vec![tree.finish()] };
            // As the ranks have them: in the order of the blocks.
            own.failures.sort_by_key(|(block, ..)| *block);
        }
        (own, early)
    }

    /// For each rank its slice of these sums.
    fn slices(&self, sums: &[Vec<f64>]) -> Vec<Vec<u8>> {
        let (size, width) = (self.team.size(), self.call.width);
        let slices = (0..size).map(|rank| {
            let mut message = Vec::new();
            sums.iter().for_each(|sum| put(&mut message, &sum[share(rank, size, width)]));
            message
        });
        slices.collect()
    }

    /// Whether all sums of all ranks would take longer to send to all than slices of them three times.
    fn is_large(&self) -> bool {
        let size = self.team.size();
        size > 2 && size.saturating_mul(self.call.width).saturating_mul(8) > LARGE
    }

    /// Of each rank its sums, where they are there, and the failures of all.
    fn read<'m>(&self, all: &'m [Vec<u8>], is_large: bool) -> Result<(Vec<&'m [u8]>, Failures)> {
        let (mut bodies, mut all_failures) = (Vec::new(), Vec::new());
        for (rank, message) in all.iter().enumerate() {
            let wrong = |message: String| Error::Rank { rank, message };
            let (head, body) = message.split_at_checked(9).ok_or_else(|| wrong("sent nothing".into()))?;
            if head[8] == FAILED {
                return Err(wrong(String::from_utf8_lossy(body).into_owned()));
            }
            self.check(rank, &head[..8])?;
            let bytes = if is_large { 0 } else { self.nodes(rank).len() * self.call.width * 8 };
            let (sums, rest) =
                body.split_at_checked(bytes).ok_or_else(|| wrong("sent too few numbers".into()))?;
            bodies.push(sums);
            if head[8] != 0 {
                // Ranks have their blocks in order.
                all_failures.extend(failures::from_text(&String::from_utf8_lossy(rest)));
            }
        }
        Ok((bodies, all_failures))
    }

    /// The parts of the tree that a rank has complete.
    fn nodes(&self, rank: usize) -> Vec<Range<usize>> {
        nodes_of(share(rank, self.team.size(), self.call.blocks))
    }

    /// The sum of what ranks have sent: of each the sums of its nodes, of so many numbers each.
    fn fold(&self, bodies: &[impl AsRef<[u8]>], width: usize) -> Result<Vec<f64>> {
        let mut tree = Tree::default();
        for (rank, body) in bodies.iter().enumerate() {
            let (nodes, numbers) = (self.nodes(rank), taken(body.as_ref()));
            if numbers.len() != nodes.len() * width {
                return Err(Error::Rank {
                    rank,
                    message: "sent another number of numbers than it should".into(),
                });
            }
            for (at, node) in nodes.into_iter().enumerate() {
                tree.push(node, numbers[at * width..(at + 1) * width].to_vec());
            }
        }
        Ok(tree.finish())
    }

    /// The same where sums are long: each rank adds up a slice of all of them, and sends it to all. The order of additions is the same. `early` is
    /// what was sent before of all parts but the last.
    /// After all have said that nothing is wrong nothing fails here but the connection.
    fn by_slices(&self, sums: &[Vec<f64>], early: Option<Vec<Vec<u8>>>) -> Result<Vec<f64>> {
        let (size, width) = (self.team.size(), self.call.width);
        let own = share(self.team.rank(), size, width).len();
        let mut bodies = self.team.all_to_all(self.slices(sums))?;
        if let Some(early) = early {
            for (rank, (body, mut before)) in bodies.iter_mut().zip(early).enumerate() {
                let at = (self.last(rank) * own * 8).min(before.len());
                before.splice(at..at, std::mem::take(body));
                *body = before;
            }
        }
        let own = self.fold(&bodies, own)?;
        let mut message = Vec::new();
        put(&mut message, &own);
        let sum = taken(&self.team.all_gather(message)?.concat());
        if sum.len() != width {
            return Err(Error::usage(format!("the ranks have {} numbers of {width}", sum.len())));
        }
        Ok(sum)
    }
}

/// Bytes that all ranks together may send to all at once: with more, 4 ranks of one machine are faster by slices
/// (`cargo run --release --example scaling`).
const LARGE: usize = 1 << 18;

fn put(message: &mut Vec<u8>, numbers: &[f64]) {
    message.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

fn taken(bytes: &[u8]) -> Vec<f64> {
    bytes.chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap_or_default())).collect()
}

/// In the place of a flag: the rank itself has failed.
const FAILED: u8 = 2;

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::team::threads;

    /// What ranks find of `blocks` blocks of so many numbers.
    fn found(size: usize, blocks: usize, width: usize) -> Vec<Vec<f64>> {
        thread::scope(|scope| {
            let all = threads(size).into_iter().map(|team| {
                scope.spawn(move || {
                    let own = share(team.rank(), size, blocks);
                    let mut left: Vec<usize> = own.collect();
                    let mut block = |block: usize| {
                        // Each once.
                        left.remove(left.iter().position(|index| *index == block).unwrap());
                        let sum = (0..width).map(|i| 1.0 / (1 + i + 7 * block) as f64).collect();
                        Ok((sum, Vec::new()))
                    };
                    let call = Call { check: 5, blocks, width };
                    let sum = Exchange { team: &team, call }.run(Ok(()), &mut block).unwrap().sum;
                    assert!(left.is_empty());
                    sum
                })
            });
            all.collect::<Vec<_>>().into_iter().map(|rank| rank.join().unwrap()).collect()
        })
    }

    /// Short sums are sent to all, long ones in slices: both are added up in the order of one tree.
    #[test]
    fn slices_add_up_alike() {
        for (blocks, width) in [(5, 3), (13, 20_001)] {
            let alone = found(1, blocks, width).remove(0);
            let exact: f64 = (0..blocks).map(|block| 1.0 / (1 + 7 * block) as f64).sum();
            assert!((alone[0] - exact).abs() < 1e-14);
            for size in [2, 3, 4, 7, 16] {
                let is_large = size * width * 8 > LARGE && size > 2;
                assert_eq!(is_large, width > 3 && size > 2);
                assert!(
                    found(size, blocks, width).iter().all(|sum| *sum == alone),
                    "{size} ranks, {blocks} blocks"
                );
            }
        }
    }

    /// A rank that fails, early or late, ends all, and so does one at another call; what terms are to blame for is known to all in the order of the
    /// blocks.
    #[test]
    fn what_is_wrong_is_known_to_all() {
        // 13 blocks of 3 ranks: 0 to 3; 4 to 7; 8 to 11 and 12.
        let ends = |block: &(dyn Fn(usize) -> Result<Failures> + Sync),
                    check: &(dyn Fn(usize) -> u64 + Sync)| {
            thread::scope(|scope| {
                let all = threads(3).into_iter().map(|team| {
                    scope.spawn(move || {
                        let call = Call { check: check(team.rank()), blocks: 13, width: 20_000 };
                        let mut block = |index: usize| Ok((vec![1.0; 20_000], block(index)?));
                        let found = Exchange { team: &team, call }.run(Ok(()), &mut block);
                        found.map(|found| found.failures.iter().map(|(block, ..)| *block).collect::<Vec<_>>())
                    })
                });
                let all = all.collect::<Vec<_>>().into_iter().map(|rank| rank.join().unwrap());
                all.map(|end| end.map_err(|error| error.to_string())).collect::<Vec<_>>()
            })
        };
        for fails in [2, 8, 11, 12] {
            let block = |index| if index == fails { Err(Error::usage("no")) } else { Ok(Vec::new()) };
            let rank = if fails < 4 { 0 } else { 2 };
            for (i, end) in ends(&block, &|_| 5).into_iter().enumerate() {
                let said = if i == rank { "no".into() } else { format!("rank {rank}: no") };
                assert_eq!(end, Err(said), "block {fails}");
            }
        }
        let at = |index| {
            let (objective, detail) = ("f".to_string(), String::new());
            Ok(vec![(index, 0, Error::NoDerivative { objective, point: 0, axis: 0, detail })])
        };
        assert!(ends(&at, &|_| 5).into_iter().all(|end| end == Ok((0..13).collect())));
        let elsewhere = ends(&|_| Ok(Vec::new()), &|rank| if rank == 1 { 6 } else { 5 });
        assert!(elsewhere[0].as_ref().unwrap_err().starts_with("rank 1: is not at the same point"));
        assert!(elsewhere.iter().all(|end| end.is_err()));
    }
}
