//! Where differences were taken, and which.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::difference::{Difference, Method, Scheme};
use crate::evaluator::Evaluator;
use crate::numeric::Precision;

/// Where differences were taken, and which. Its `Display` is a phrase.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct How {
    /// The device's name.
    pub device: String,
    /// The working precision.
    pub precision: Precision,
    /// Where differences came from: `direct` or `incremental`.
    pub difference: Method,
    /// The quotient.
    pub scheme: Scheme,
    /// Its order.
    pub order: usize,
    /// The step, as it is asked for.
    pub step_rule: String,
    /// Terms of a block, at most, if steps are made in blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<usize>,
    /// The ranks that share the blocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranks: Option<usize>,
}

impl How {
    /// Of an evaluator and what it has made of the difference asked for ([`Evaluator::resolve`]).
    pub fn new(evaluator: &Evaluator<'_>, resolved: &Difference) -> Self {
        How {
            device: evaluator.device(),
            precision: evaluator.precision(),
            difference: resolved.method,
            scheme: resolved.scheme,
            order: resolved.effective_order(),
            step_rule: resolved.step.map_or_else(String::new, |step| step.to_string()),
            block: evaluator.block(),
            ranks: evaluator.ranks(),
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let How { device, precision, difference, scheme, order, step_rule, block, ranks } = self;
        write!(f, "on {device} in {precision}: {difference} {scheme} differences")?;
        if *order != scheme.order() {
            write!(f, " of order {order}")?;
        }
        write!(f, ", step {step_rule}")?;
        if let Some(block) = block {
            write!(f, ", in blocks of {block}")?;
        }
        match ranks {
            Some(ranks) if *ranks > 1 => write!(f, " by {ranks} ranks"),
            _ => Ok(()),
        }
    }
}
