//! Which samples are held out.

use super::{Label, Raw, RawTargets};
use crate::error::{Error, Result};
use crate::job::config::TestConfig;
use crate::numeric::SplitMix64;

/// The rows of the training and of the test samples, in the order of the file; `None` if none are held out.
pub(super) fn rows(whole: &Raw, test: &TestConfig) -> Result<Option<(Vec<usize>, Vec<usize>)>> {
    let count = whole.features.len();
    let (is_test, asked) = match *test {
        TestConfig::None | TestConfig::File(_) => return Ok(None),
        TestConfig::Every(every) => {
            ((0..count).map(|row| row % every == every - 1).collect(), format!("every = {every}"))
        }
        TestConfig::Share { share, seed, stratified } => {
            (by_lot(&groups(whole, stratified), count, share, seed), format!("share = {share}"))
        }
    };
    let is_test: Vec<bool> = is_test;
    let (held_out, train): (Vec<usize>, Vec<usize>) = (0..count).partition(|&row| is_test[row]);
    for (part, name) in [(&held_out, "held out"), (&train, "left to train with")] {
        if part.is_empty() {
            return Err(Error::data(
                &whole.path,
                format!(
                    "data.test: {asked}: of {count} samples none is {name}; give another, or test = \"none\""
                ),
            ));
        }
    }
    Ok(Some((train, held_out)))
}

/// The rows of each class, or all in one.
fn groups(whole: &Raw, stratified: bool) -> Vec<Vec<usize>> {
    match (&whole.targets, stratified) {
        (RawTargets::Labels(labels), true) => {
            let mut order: Vec<usize> = (0..labels.len()).collect();
            order.sort_by(|&a, &b| labels[a].order(&labels[b]));
            let same = |a: &usize, b: &usize| Label::order(&labels[*a], &labels[*b]).is_eq();
            order.chunk_by(same).map(<[usize]>::to_vec).collect()
        }
        _ => vec![(0..whole.features.len()).collect()],
    }
}

/// The share of each group, by lot. What rounding leaves goes to those that lose most by it, so that the whole is right; each group keeps
/// one of its rows at least.
fn by_lot(groups: &[Vec<usize>], count: usize, share: f64, seed: u64) -> Vec<bool> {
    let wanted = (share * count as f64).round() as usize;
    let exact: Vec<f64> = groups.iter().map(|group| share * group.len() as f64).collect();
    let mut taken: Vec<usize> = exact.iter().map(|exact| exact.floor() as usize).collect();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()));
    for group in order {
        if taken.iter().sum::<usize>() < wanted && taken[group] + 1 < groups[group].len() {
            taken[group] += 1;
        }
    }
    let mut random = SplitMix64::new(seed);
    let mut is_test = vec![false; count];
    for (group, taken) in groups.iter().zip(taken) {
        let mut rows = group.clone();
        random.shuffle(&mut rows);
        rows[..taken].iter().for_each(|&row| is_test[row] = true);
    }
    is_test
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_gives_its_share() {
        // 10, 20 and 7 rows.
        let groups = [(0..10).collect(), (10..30).collect(), (30..37).collect::<Vec<usize>>()];
        let held_out = by_lot(&groups, 37, 0.2, 3);
        let counts = groups.clone().map(|group| group.iter().filter(|&&row| held_out[row]).count());
        assert_eq!(counts, [2, 4, 1]);
        assert_ne!(held_out, by_lot(&groups, 37, 0.2, 4));
        assert_eq!(held_out, by_lot(&groups, 37, 0.2, 3));
        // A class of one stays, and so does one of two.
        let small = [vec![0], vec![1, 2], (3..20).collect()];
        let held_out = by_lot(&small, 20, 0.6, 1);
        assert!(!held_out[0]);
        assert_ne!((held_out[1], held_out[2]), (true, true));
        // Of four rows a quarter is one.
        let held_out = by_lot(&[vec![0, 1, 2, 3]], 4, 0.25, 1);
        assert_eq!(held_out.iter().filter(|held_out| **held_out).count(), 1);
    }
}
