//! Labels made classes.

use std::cmp::Ordering;
use std::fmt;

use super::{Raw, RawTargets};
use crate::data::shown;
use crate::error::{Error, Result};

/// A label as it stands in a file.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::job) enum Label {
    Number(f64),
    Word(Box<str>),
}

impl Label {
    /// Numbers by size, before words by their letters.
    pub(super) fn order(&self, other: &Label) -> Ordering {
        match (self, other) {
            (Label::Number(a), Label::Number(b)) => a.total_cmp(b),
            (Label::Word(a), Label::Word(b)) => a.cmp(b),
            (Label::Number(_), Label::Word(_)) => Ordering::Less,
            (Label::Word(_), Label::Number(_)) => Ordering::Greater,
        }
    }

    /// A whole number from 0 on.
    fn index(&self) -> Option<usize> {
        match self {
            Label::Number(number) if *number >= 0.0 && number.fract() == 0.0 && *number < 1e9 => {
                Some(*number as usize)
            }
            _ => None,
        }
    }
}

impl Label {
    /// As it stands in the file.
    fn text(&self) -> String {
        match self {
            Label::Number(number) => number.to_string(),
            Label::Word(word) => word.to_string(),
        }
    }
}

/// For messages.
impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.text()))
    }
}

/// The classes of a network, in the order of its outputs.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::job) struct Classes {
    names: Vec<String>,
    /// Whether a label that is a number counts the classes from 0.
    by_number: bool,
}

/// Labels that a message lists.
const LISTED: usize = 12;

impl Classes {
    pub(in crate::job) fn new(names: Vec<String>, by_number: bool) -> Self {
        Classes { names, by_number }
    }

    /// Of all samples: labels 0, 1, … are the outputs themselves; others are put in order, numbers by size and words by letters,
    /// unless `names` gives an order. `None` if the targets are values.
    pub(super) fn of<'a>(
        parts: impl Iterator<Item = &'a Raw> + Clone,
        names: Option<&[String]>,
        outputs: usize,
    ) -> Result<Option<Self>> {
        let labels = parts.clone().flat_map(|raw| match &raw.targets {
            RawTargets::Labels(labels) => labels.as_slice(),
            _ => &[],
        });
        let mut different: Vec<&Label> = Vec::new();
        let mut sorted: Vec<&Label> = labels.collect();
        sorted.sort_by(|a, b| a.order(b));
        for label in sorted {
            if different.last().is_none_or(|last| *last != label) {
                different.push(label);
            }
        }
        let Some(first) = parts.clone().next() else { return Ok(None) };
        if different.is_empty() {
            return Ok(None);
        }
        let names = names.map(<[String]>::to_vec).or_else(|| first.layout.classes.clone());
        let too_many = |count: usize, what: &str| {
            let listed: Vec<String> =
                different.iter().take(LISTED).map(|label| format!("`{label}`")).collect();
            let more = if different.len() > LISTED { ", …" } else { "" };
            let is_part = |label: &&Label| matches!(label, Label::Number(_)) && label.index().is_none();
            let values = if (different.len() > 30 || different.iter().any(is_part))
                && different.iter().all(|label| matches!(label, Label::Number(_)))
            {
                "; for numbers that are no classes give data.target (in npz and npy files data.targets) instead of a label"
            } else {
                ""
            };
            Error::data(
                &first.label_path,
                format!(
                    "{count} {what} ({}{more}), but the network has {outputs} outputs: give the last layer a unit for each \
                     class{values}",
                    listed.join(", ")
                ),
            )
        };
        if let Some(names) = names {
            let mut sorted = names.clone();
            sorted.sort();
            if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(Error::usage(format!("data.classes has `{}` twice", twice[0])));
            }
            if names.len() != outputs {
                return Err(Error::usage(format!(
                    "{} classes ({}), but the network has {outputs} outputs: give the last layer a unit for each class",
                    names.len(),
                    names.join(", ")
                )));
            }
            // Numbers that are no names count the classes.
            let mut numbers = different.iter().filter(|label| matches!(label, Label::Number(_)));
            let by_number = numbers.any(|label| !names.contains(&label.text()));
            return Ok(Some(Classes { names, by_number }));
        }
        let numbers: Option<Vec<usize>> = different.iter().map(|label| label.index()).collect();
        if let Some(largest) = numbers.and_then(|numbers| numbers.last().copied())
            && largest < outputs
        {
            return Ok(Some(Classes {
                names: (0..outputs).map(|k| k.to_string()).collect(),
                by_number: true,
            }));
        }
        if different.len() > outputs {
            return Err(too_many(different.len(), "different labels"));
        }
        let mut names: Vec<String> = different.iter().map(|label| label.text()).collect();
        names.extend((names.len()..outputs).map(|k| format!("(unused output {k})")));
        Ok(Some(Classes { names, by_number: false }))
    }

    pub(in crate::job) fn len(&self) -> usize {
        self.names.len()
    }

    pub(in crate::job) fn name(&self, class: usize) -> &str {
        &self.names[class]
    }

    pub(in crate::job) fn names(&self) -> &[String] {
        &self.names
    }

    pub(in crate::job) fn by_number(&self) -> bool {
        self.by_number
    }

    /// The class of a label, or why it has none.
    pub(in crate::job) fn index(&self, label: &Label) -> std::result::Result<u32, String> {
        let text = label.text();
        let of_name = || self.names.iter().position(|name| *name == text);
        let found = match label.index().filter(|_| self.by_number) {
            Some(index) => (index < self.names.len()).then_some(index),
            None => of_name(),
        };
        let found = found.map(|index| index as u32);
        found.ok_or_else(|| {
            let listed: Vec<String> = self.names.iter().take(LISTED).map(|name| shown(name)).collect();
            let more = if self.names.len() > LISTED { ", …" } else { "" };
            let range = if self.by_number {
                format!("a number from 0 to {}", self.names.len() - 1)
            } else {
                format!("one of {}{more}", listed.join(", "))
            };
            format!("the label `{label}` is not {range}")
        })
    }

    /// What is to be said of classes that are not there.
    pub(super) fn never_seen(&self, training: &[u32], held_out: &[u32]) -> Option<String> {
        let count =
            |labels: &[u32], class: usize| labels.iter().filter(|&&label| label as usize == class).count();
        let missing: Vec<usize> = (0..self.len()).filter(|&class| count(training, class) == 0).collect();
        if missing.is_empty() {
            return None;
        }
        let text = |&class: &usize| match count(held_out, class) {
            0 => format!("`{}`", shown(self.name(class))),
            count => format!("`{}` ({count} held out)", shown(self.name(class))),
        };
        let listed: Vec<String> = missing.iter().take(LISTED).map(text).collect();
        let more = if missing.len() > LISTED { ", …" } else { "" };
        let (classes, occur, it) =
            if missing.len() == 1 { ("class", "occurs", "it") } else { ("classes", "occur", "they") };
        Some(format!(
            "{classes} {}{more} never {occur} in the training samples: {it} cannot be learnt",
            listed.join(", ")
        ))
    }
}
