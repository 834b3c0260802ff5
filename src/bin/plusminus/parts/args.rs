//! Which part of the work is done here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ndarray::Array2;
use plusminus::shard::{self, Head, Shard};
use plusminus::{Difference, Evaluator};

use super::Body;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Which part of the points is done here.
#[derive(clap::Args)]
pub struct ShardArgs {
    /// Only this part of the points, or of a sweep's settings, such as 2/5, from 1/5 to 5/5: each part is a process of its own, on any machine, and
    /// `plusminus merge DIR` puts them together, to the same bits as one process finds
    #[arg(long, value_name = "I/N", requires = "parts", conflicts_with = "output", help_heading = "Parts")]
    pub shard: Option<Shard>,

    /// The folder that the part is written into, all parts into the same
    #[arg(long, value_name = "DIR", requires = "shard", help_heading = "Parts")]
    parts: Option<PathBuf>,
}

/// What must be the same in all parts.
pub type Identity = BTreeMap<String, String>;

impl ShardArgs {
    /// The points of this part, of all; and where they begin.
    pub fn rows(&self, all: &Array2<f64>) -> Array2<f64> {
        match self.shard {
            Some(shard) => all.slice(ndarray::s![shard.of(all.nrows()), ..]).to_owned(),
            None => all.clone(),
        }
    }

    /// The index of the first point of this part.
    pub fn first(&self, all: usize) -> usize {
        self.shard.map_or(0, |shard| shard.of(all).start)
    }

    /// Writes what was found of this part; `blocks` are those of all.
    pub fn save(
        &self,
        of: Identity,
        device: &str,
        (blocks, of_what): (usize, &str),
        body: &Body,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let (Some(shard), Some(folder)) = (self.shard, &self.parts) else { return Ok(()) };
        let head =
            Head { plusminus: env!("CARGO_PKG_VERSION").into(), of, device: device.into(), shard, blocks };
        let path = shard::save(folder, &head, body)?;
        let own = shard.of(blocks).len();
        terminal.note(&format!("part {shard}, {own} of {blocks} {of_what}: wrote {}", path.display()));
        Ok(())
    }
}

/// What all parts of a command on an objective have in common: check sums stand for what is long.
pub fn identity(
    command: &str,
    evaluator: &Evaluator<'_>,
    points: &Array2<f64>,
    others: &[(&str, String)],
) -> Result<Identity, Failure> {
    let objective = evaluator.objective();
    let wgsl = objective.wgsl()?;
    let mut sum = crc32fast::Hasher::new();
    sum.update(wgsl.source.as_bytes());
    wgsl.data.iter().for_each(|number| sum.update(&number.to_le_bytes()));
    wgsl.indices.iter().for_each(|index| sum.update(&index.to_le_bytes()));
    let mut of = Identity::from([
        ("the command".to_string(), command.to_string()),
        ("the objective".into(), format!("{} (check sum {:08x})", objective.name(), sum.finalize())),
        ("the points".into(), told(points)),
        // First of all, since much follows from it.
        ("precision".into(), evaluator.precision().to_string()),
    ]);
    of.extend(others.iter().map(|(name, text)| ((*name).to_string(), text.clone())));
    Ok(of)
}

/// Numbers in short.
pub fn told(array: &Array2<f64>) -> String {
    let mut sum = crc32fast::Hasher::new();
    array.iter().for_each(|number| sum.update(&number.to_le_bytes()));
    format!("{} of {} numbers (check sum {:08x})", array.nrows(), array.ncols(), sum.finalize())
}

/// Differences in words; they are resolved.
pub fn in_words(difference: &Difference) -> String {
    let Difference { method, scheme, order, step, bars, .. } = difference;
    let order = order.map_or(String::new(), |order| format!(" of order {order}"));
    let step = step.map_or(String::new(), |step| format!(", step {step}"));
    format!("{method} {scheme}{order}{step}, bars {bars}")
}
