//! Jobs in parts, each run by a process that knows nothing of the others: what each leaves, and how they become one run. The parts of a sweep are
//! its settings, those of trainings are the networks, those of a descent its points.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Table;

use super::checkpoint::{self, Input, other_inputs};
use super::config::Job;
use super::descent::DescentFound;
use super::folder::{self, RunOptions};
use super::how::How;
use super::progress::Progress;
use super::run::{Run, joined, results};
use super::stage::{Role, Stage};
use super::sweep::SweepRecord;
use super::training::Trained;
use crate::error::{Error, Result};
use crate::shard::{self, Head, Shard};

/// What a part of a job has found.
#[derive(Serialize, Deserialize)]
pub struct JobPart {
    /// The job as it was resolved.
    job: Table,
    inputs: Vec<Input>,
    how: How,
    seconds: f64,
    state: PartState,
}

/// The work of a part.
#[derive(Serialize, Deserialize)]
#[allow(clippy::large_enum_variant, reason = "there is one of them at a time")]
pub(super) enum PartState {
    /// Networks, those of each group that belong to this part, with the index of the group.
    Training(Vec<(usize, Trained)>),
    /// Descents by some settings.
    Sweep(SweepRecord),
    /// Descents of some points.
    Descent(DescentFound),
}

/// What a part leaves when its work is done.
pub(super) struct Left {
    /// Of all parts.
    pub(super) blocks: usize,
    pub(super) how: How,
    pub(super) state: PartState,
}

/// What parts have found together.
pub(super) struct Joined {
    pub(super) how: How,
    pub(super) seconds: f64,
    pub(super) state: JoinedState,
}

#[allow(clippy::large_enum_variant, reason = "there is one of them at a time")]
pub(super) enum JoinedState {
    /// All groups, whole.
    Training(Vec<Trained>),
    Sweep(SweepRecord),
    Descent(DescentFound),
}

/// Runs one part of a job, and writes what it has found into `parts`, as [`shard::save`] does; `wrap` makes the body of the file. None if it was
/// stopped before: then nothing is written.
///
/// # Errors
/// As [`run`](super::run); [`Error::Usage`] for a job that has no parts.
pub fn run_part<B: Serialize>(
    job: &Job,
    (shard, parts): (Shard, &Path),
    wrap: impl FnOnce(JobPart) -> B,
    progress: &mut dyn FnMut(Progress<'_>),
    stop: &dyn Fn() -> bool,
) -> Result<Option<PathBuf>> {
    job.check()?;
    let inputs = checkpoint::inputs(&job.inputs(), None)?;
    let stage = Stage::new(job, inputs.clone(), (Role::Part(shard), None), None, progress, stop);
    results(job, &stage)?;
    if stage.is_interrupted() {
        return Ok(None);
    }
    let Left { blocks, how, state } = stage.left().ok_or_else(|| Error::usage("the job has no parts"))?;
    let mut table = job.resolved()?;
    table.insert("precision".into(), how.precision.to_string().into());
    let mut of = BTreeMap::new();
    flatten("", &table, &mut of);
    for input in &inputs {
        let (path, sum) = input.told();
        of.insert(path, sum);
    }
    let head =
        Head { plusminus: env!("CARGO_PKG_VERSION").into(), of, device: how.device.clone(), shard, blocks };
    let part = JobPart { job: table, inputs, how, seconds: stage.seconds(), state };
    shard::save(parts, &head, &wrap(part)).map(Some)
}

/// Makes one run of all parts of a job, in their order, and puts it into `target`, or `out/NAME`: what one process would have made, to the last bit.
///
/// # Errors
/// As [`run_with`](super::run_with); [`Error::Usage`] if parts do not fit together, or files of the job have other contents now.
pub fn merge(
    parts: Vec<(Range<usize>, JobPart)>,
    target: Option<&Path>,
    options: RunOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Run> {
    let unfit = || Error::usage("the parts do not fit together: run them again");
    let first = parts.first().map(|(_, part)| part).ok_or_else(unfit)?;
    let job = Job::from_table(first.job.clone())?;
    let (how, before) = (first.how.clone(), first.inputs.clone());
    let inputs = checkpoint::inputs(&job.inputs(), None)?;
    let changed = other_inputs(&before, &inputs);
    if !changed.is_empty() {
        return Err(Error::usage(format!(
            "since the parts were made, files have changed: {}",
            changed.join("; ")
        )));
    }
    let seconds = parts.iter().map(|(_, part)| part.seconds).sum();
    let mut groups: Vec<Vec<Trained>> = Vec::new();
    let (mut sweep, mut descent): (Option<SweepRecord>, Option<DescentFound>) = (None, None);
    for (_, part) in parts {
        match part.state {
            PartState::Training(found) => {
                for (group, trained) in found {
                    if group >= groups.len() {
                        groups.resize_with(group + 1, Vec::new);
                    }
                    groups[group].push(trained);
                }
            }
            PartState::Sweep(record) => sweep = Some(sweep.unwrap_or_default().join(record)),
            PartState::Descent(found) => {
                descent = Some(match descent {
                    Some(before) => before.join(found).ok_or_else(unfit)?,
                    None => found,
                });
            }
        }
    }
    let state = match (sweep, descent) {
        (Some(record), _) => JoinedState::Sweep(record),
        (_, Some(found)) => JoinedState::Descent(found),
        _ => {
            let whole = groups.into_iter().map(|group| Trained::join(group).ok_or_else(unfit));
            JoinedState::Training(whole.collect::<Result<Vec<_>>>()?)
        }
    };
    let target = target.map_or_else(|| Path::new("out").join(&job.name), Path::to_path_buf);
    folder::check_target(&folder::real(&target)?, &job.inputs())?;
    joined(&job, &target, options, Joined { how, seconds, state }, progress)
}

/// Values of some points before some steps, in two parts.
type Values = Vec<(usize, Vec<f64>)>;

/// Values of both parts, which have so many points each; NaN where all points of a part had stopped before. None if the second has more.
pub(super) fn side_by_side((one, own): (Values, usize), (other, others): (Values, usize)) -> Option<Values> {
    let mut all: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for (step, values) in one {
        all.insert(step, [values, vec![f64::NAN; others]].concat());
    }
    for (step, values) in other {
        let row = all.entry(step).or_insert_with(|| vec![f64::NAN; own + others]);
        row.get_mut(own..).filter(|rest| rest.len() == values.len())?.copy_from_slice(&values);
    }
    Some(all.into_iter().collect())
}

/// Every key with its value, but those that change no result.
fn flatten(at: &str, table: &Table, all: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let place = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match value {
            _ if ["name", "device", "checkpoint"].contains(&place.as_str()) => {}
            toml::Value::Table(inner) => flatten(&place, inner, all),
            value => drop(all.insert(place, value.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_stopped_has_no_values() {
        let one = vec![(0, vec![1.0, 2.0]), (10, vec![3.0, 4.0])];
        let both = side_by_side((one.clone(), 2), (vec![(0, vec![5.0]), (20, vec![6.0])], 1)).unwrap();
        let nan = f64::NAN;
        let expected = [(0, [1.0, 2.0, 5.0]), (10, [3.0, 4.0, nan]), (20, [nan, nan, 6.0])];
        assert_eq!(both.len(), expected.len());
        for ((step, values), (at, wanted)) in both.iter().zip(expected) {
            assert_eq!(*step, at);
            assert!(values.iter().zip(wanted).all(|(a, b)| a.to_bits() == b.to_bits()), "{values:?}");
        }
        assert!(side_by_side((one, 2), (vec![(0, vec![5.0, 6.0])], 1)).is_none());
    }
}
