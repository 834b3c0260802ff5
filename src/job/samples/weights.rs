//! Class weights, as copies of samples.

use super::Classes;
use crate::error::{Error, Result};
use crate::job::config::ClassWeights;
use crate::numeric::SplitMix64;
use crate::objective::Samples;

/// Copies of all samples that a class weight may come to.
const MOST_COPIES: f64 = 100.0;

/// Samples with each as many times as its class weighs more than the lightest: whole copies, and of the rest a share by lot.
pub(super) fn weighted(
    once: &Samples,
    labels: &[u32],
    weights: &ClassWeights,
    classes: &Classes,
) -> Result<(Samples, String)> {
    let mut counts = vec![0usize; classes.len()];
    labels.iter().for_each(|&label| counts[label as usize] += 1);
    let weights = match weights {
        ClassWeights::Each(weights) if weights.len() == counts.len() => weights.clone(),
        ClassWeights::Each(weights) => {
            return Err(Error::usage(format!(
                "data.class_weights has {} numbers for {} classes: give one for each",
                weights.len(),
                counts.len()
            )));
        }
        ClassWeights::Named(_) => counts.iter().map(|&count| 1.0 / (count.max(1)) as f64).collect(),
    };
    let there = || (0..counts.len()).filter(|&class| counts[class] > 0);
    let lightest = there().map(|class| weights[class]).fold(f64::INFINITY, f64::min);
    let copies: Vec<f64> = weights.iter().map(|weight| weight / lightest).collect();
    let all: f64 = there().map(|class| copies[class] * counts[class] as f64).sum();
    if all > MOST_COPIES * once.len() as f64 {
        return Err(Error::usage(format!(
            "data.class_weights would make {all:.0} samples of {}, and {MOST_COPIES} times as many is the limit: give weights that are \
             nearer to one another",
            once.len()
        )));
    }
    let mut random = SplitMix64::new(0);
    let mut rows = Vec::new();
    for class in there() {
        let own: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] as usize == class).collect();
        let count = (copies[class] * own.len() as f64).round() as usize;
        for _ in 0..count / own.len() {
            rows.extend(&own);
        }
        let mut rest = own.clone();
        random.shuffle(&mut rest);
        rows.extend(&rest[..count % own.len()]);
    }
    rows.sort_unstable();
    let texts = there().map(|class| format!("{} {:.4}", classes.name(class), copies[class]));
    let note = format!(
        "class weights: {} training samples count as {}, by class {}",
        once.len(),
        rows.len(),
        texts.collect::<Vec<_>>().join(", ")
    );
    Ok((once.select(&rows)?, note))
}
