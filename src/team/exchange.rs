//! What ranks tell each other of one call.

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
        let Call { check, blocks, width } = self.call;
        let mut message = check.to_le_bytes().to_vec();
        let mut own_error = None;
        match mine {
            Ok((tree, failures)) => {
                message.push(u8::from(!failures.is_empty()));
                for sum in tree.into_parts() {
                    message.extend(sum.iter().flat_map(|number| number.to_le_bytes()));
                }
                message
                    .extend(failures.iter().filter_map(written).collect::<Vec<_>>().join("\0").into_bytes());
            }
            Err(error) => {
                message.push(FAILED);
                message.extend(error.to_string().into_bytes());
                own_error = Some(error);
            }
        }
        let all = self.team.all_gather(message)?;
        if let Some(error) = own_error {
            return Err(error);
        }
        let mut tree = Tree::default();
        let mut failures = Vec::new();
        for (rank, message) in all.iter().enumerate() {
            let wrong = |message: String| Error::Rank { rank, message };
            let (head, body) = message.split_at_checked(9).ok_or_else(|| wrong("sent nothing".into()))?;
            if head[8] == FAILED {
                return Err(wrong(format!("failed: {}", String::from_utf8_lossy(body))));
            }
            if head[..8] != check.to_le_bytes() {
                return Err(wrong(
                    "is not at the same point as this one, or has another objective, precision or other terms: start all of them by one command"
                        .into(),
                ));
            }
            let nodes = nodes_of(share(rank, self.team.size(), blocks));
            let bytes = nodes.len() * width * 8;
            let (sums, rest) =
                body.split_at_checked(bytes).ok_or_else(|| wrong("sent too few numbers".into()))?;
            let numbers: Vec<f64> = sums
                .chunks_exact(8)
                .map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap_or_default()))
                .collect();
            for (node, sum) in nodes.into_iter().zip(numbers.chunks(width)) {
                tree.push(node, sum.to_vec());
            }
            if head[8] != 0 {
                let text = String::from_utf8_lossy(rest);
                failures.extend(text.split('\0').filter_map(read));
            }
        }
        // Ranks have their blocks in order.
        Ok(Found { sum: tree.finish(), failures })
    }
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
