//! What ranks tell each other of one call.

use std::ops::Range;

use super::{Team, Tree, nodes_of, share};
use crate::error::{Error, Result};
use crate::numeric::Precision;

/// A call that all ranks make: they must agree on it.
pub(crate) struct Call {
    /// A check sum of what is asked: points, terms, differences, and how many calls there were before.
    pub(crate) check: u64,
    /// Blocks of all ranks.
    pub(crate) blocks: usize,
    /// Numbers of a block.
    pub(crate) width: usize,
}

/// Failures of points that terms are to blame for: the index of the block, that of the point, why.
pub(crate) type Failures = Vec<(usize, usize, Error)>;

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

impl Exchange<'_> {
    /// Adds up the blocks of all ranks; `mine` are those of this one, in order, with what failed in them.
    ///
    /// # Errors
    /// This rank's own; [`Error::Rank`] for that of another, or if ranks are not at the same call.
    pub(crate) fn run(&self, mine: Result<(Tree, Failures)>) -> Result<Found> {
        let (own, own_error) = match mine {
            Ok((tree, failures)) => (Ok((tree.into_parts().collect::<Vec<_>>(), failures)), None),
            Err(error) => (Err(error.to_string()), Some(error)),
        };
        let mut message = self.call.check.to_le_bytes().to_vec();
        let is_large = self.is_large();
        let mut sums = Vec::new();
        match own {
            Ok((parts, failures)) => {
                message.push(u8::from(!failures.is_empty()));
                if is_large {
                    sums = parts;
                } else {
                    parts.iter().for_each(|sum| put(&mut message, sum));
                }
                message
                    .extend(failures.iter().filter_map(written).collect::<Vec<_>>().join("\0").into_bytes());
            }
            Err(error) => {
                message.push(FAILED);
                message.extend(error.into_bytes());
            }
        }
        let all = self.team.all_gather(message)?;
        if let Some(error) = own_error {
            return Err(error);
        }
        let (bodies, failures) = self.read(&all, is_large)?;
        let sum = if is_large { self.by_slices(&sums)? } else { self.fold(&bodies, self.call.width)? };
        Ok(Found { sum, failures })
    }

    /// Whether all sums of all ranks would take longer to send to all than slices of them three times.
    fn is_large(&self) -> bool {
        let size = self.team.size();
        size > 2 && size.saturating_mul(self.call.width).saturating_mul(8) > LARGE
    }

    /// Of each rank its sums, where they are there, and the failures of all.
    fn read<'m>(&self, all: &'m [Vec<u8>], is_large: bool) -> Result<(Vec<&'m [u8]>, Failures)> {
        let (mut bodies, mut failures) = (Vec::new(), Vec::new());
        for (rank, message) in all.iter().enumerate() {
            let wrong = |message: String| Error::Rank { rank, message };
            let (head, body) = message.split_at_checked(9).ok_or_else(|| wrong("sent nothing".into()))?;
            if head[8] == FAILED {
                return Err(wrong(String::from_utf8_lossy(body).into_owned()));
            }
            if head[..8] != self.call.check.to_le_bytes() {
                return Err(wrong(
                    "is not at the same point as this one, or has another objective, precision or other terms: start all of them by one command"
                        .into(),
                ));
            }
            let bytes = if is_large { 0 } else { self.nodes(rank).len() * self.call.width * 8 };
            let (sums, rest) =
                body.split_at_checked(bytes).ok_or_else(|| wrong("sent too few numbers".into()))?;
            bodies.push(sums);
            if head[8] != 0 {
                let text = String::from_utf8_lossy(rest);
                // Ranks have their blocks in order.
                failures.extend(text.split('\0').filter_map(read));
            }
        }
        Ok((bodies, failures))
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

    /// The same where sums are long: each rank adds up a slice of all of them, and sends it to all. The order of additions is the same.
    /// After all have said that nothing is wrong nothing fails here but the connection.
    fn by_slices(&self, sums: &[Vec<f64>]) -> Result<Vec<f64>> {
        let (size, width) = (self.team.size(), self.call.width);
        let slices = (0..size).map(|rank| {
            let mut message = Vec::new();
            sums.iter().for_each(|sum| put(&mut message, &sum[share(rank, size, width)]));
            message
        });
        let bodies = self.team.all_to_all(slices.collect())?;
        let own = self.fold(&bodies, share(self.team.rank(), size, width).len())?;
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

/// What terms are to blame for, as text.
fn written((block, point, error): &(usize, usize, Error)) -> Option<String> {
    let (kind, axis, name, precision, detail) = match error {
        Error::NonFiniteValue { objective, axis, precision, detail, .. } => {
            ("value", *axis, objective, precision.to_string(), detail)
        }
        Error::NoDerivative { objective, axis, detail, .. } => {
            ("derivative", Some(*axis), objective, String::new(), detail)
        }
        _ => return None,
    };
    let axis = axis.map_or(String::new(), |axis| axis.to_string());
    let fields = [&block.to_string(), &point.to_string(), kind, &axis, &precision, name, detail];
    Some(fields.map(|field| field.replace(['\0', '\u{1}'], " ")).join("\u{1}"))
}

fn read(text: &str) -> Option<(usize, usize, Error)> {
    let fields: Vec<&str> = text.split('\u{1}').collect();
    let &[block, point, kind, axis, precision, name, detail] = &fields[..] else { return None };
    let (block, point) = (block.parse().ok()?, point.parse().ok()?);
    let (objective, detail, axis) = (name.to_string(), detail.to_string(), axis.parse().ok());
    let error = if kind == "value" {
        let precision = if precision == Precision::F32.to_string() { Precision::F32 } else { Precision::F64 };
        Error::NonFiniteValue { objective, point, axis, precision, detail }
    } else {
        Error::NoDerivative { objective, point, axis: axis?, detail }
    };
    Some((block, point, error))
}

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
                    let mut tree = Tree::default();
                    for block in share(team.rank(), size, blocks) {
                        tree.push(
                            block..block + 1,
                            (0..width).map(|i| 1.0 / (1 + i + 7 * block) as f64).collect(),
                        );
                    }
                    let call = Call { check: 5, blocks, width };
                    Exchange { team: &team, call }.run(Ok((tree, Vec::new()))).unwrap().sum
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
}
