//! Sums of terms in blocks, shared among ranks.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use ndarray::{Array2, ArrayView2};

use super::pipeline::Rows;
use super::{Evaluator, with_core};
use crate::error::{Error, Result};
use crate::team::{Call, Exchange, Found, Held, Team, cut, share};

/// How terms are shared.
pub(super) struct Together<'a> {
    /// Terms of a block, at most.
    block: usize,
    team: Arc<dyn Team + 'a>,
    calls: u64,
    /// If the objective has not all terms.
    held: Option<Part>,
}

/// The terms that an objective has, and those that are selected of all.
pub(super) struct Part {
    held: Held,
    selection: Option<Vec<u32>>,
}

impl Part {
    /// Counts terms from the first that is here.
    ///
    /// # Errors
    /// [`Error::Usage`] for a term that is elsewhere.
    fn counted_here(&self, terms: &mut [u32]) -> Result<()> {
        let here = self.held.here();
        for term in terms {
            let at = *term as usize;
            if !here.contains(&at) {
                return Err(Error::usage(format!(
                    "term {at} is asked of a rank that has the terms {} to {} alone: minibatches must be drawn by parts",
                    here.start,
                    here.end - 1
                )));
            }
            *term = (at - here.start) as u32;
        }
        Ok(())
    }
}

impl<'a> Evaluator<'a> {
    /// From now on [descents](crate::Descent) have the sums of their selected terms added up from blocks of at most `block` terms, in the
    /// order of a binary tree. The ranks of `team` share the blocks: each has an evaluator of the same objective, and makes the same calls. All of
    /// them find the same, which does not depend on how many they are, to the last bit: by one rank alone ([`Alone`](crate::team::Alone)), too.
    ///
    /// Whatever ends a descent must be the same for all ranks: a rank that goes on alone waits for the others. That they have the same data
    /// is not checked.
    ///
    /// # Errors
    /// [`Error::Usage`] for blocks of no term.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use plusminus::ndarray::array;
    /// use plusminus::team::Alone;
    /// use plusminus::{Descent, Engine, ExpressionOptions, GradientDescent, Precision, WgslObjective};
    ///
    /// let options = ExpressionOptions { data: vec![1.0, 2.0, 3.0, 4.0].into(), ..Default::default() };
    /// let f = WgslObjective::from_expression_with("sum((x0*data - 2*data)^2)", 1, &options)?;
    /// let mut evaluator = Engine::cpu(Precision::F64).evaluator(&f)?;
    /// evaluator.in_blocks(2, Arc::new(Alone))?;
    /// let done = Descent::new(GradientDescent::new(0.01)).steps(100).run(&mut evaluator, array![[0.0]].view())?;
    /// assert!((done.points[[0, 0]] - 2.0).abs() < 1e-9);
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn in_blocks(&mut self, block: usize, team: Arc<dyn Team + 'a>) -> Result<()> {
        if block == 0 {
            return Err(Error::usage("blocks of 0 terms: give at least 1"));
        }
        self.together = Some(Together { block, team, calls: 0, held: None });
        Ok(())
    }

    /// The same for an objective that has some of the terms alone: all that blocks of this rank ask for. Terms are selected as if all were
    /// there; where none are selected, each part of them is one block. Only descents, and what they call, know of terms elsewhere.
    ///
    /// # Errors
    /// As [`in_blocks`](Self::in_blocks), and [`Error::Usage`] if the objective has another number of terms.
    #[cfg(feature = "cli")]
    pub(crate) fn in_blocks_of(&mut self, block: usize, team: Arc<dyn Team + 'a>, held: &Held) -> Result<()> {
        let (count, here) = (self.objective.terms(), held.here());
        if here.len() != count {
            return Err(Error::usage(format!("an objective of {count} terms cannot be the terms {here:?}")));
        }
        self.in_blocks(block, team)?;
        if let Some(together) = &mut self.together {
            together.held = Some(Part { held: held.clone(), selection: None });
        }
        Ok(())
    }

    /// How many terms there are, here and elsewhere.
    pub(super) fn all_terms(&self) -> usize {
        self.together
            .as_ref()
            .and_then(|together| together.held.as_ref())
            .map_or(self.objective.terms(), |part| part.held.terms())
    }

    /// Takes a selection of all terms, if some of them are elsewhere.
    pub(super) fn select_of_all(&mut self, indices: Option<&[u32]>) -> bool {
        match self.together.as_mut().and_then(|together| together.held.as_mut()) {
            Some(held) => {
                held.selection = indices.map(<[u32]>::to_vec);
                true
            }
            None => false,
        }
    }

    /// What is selected of all terms, if some of them are elsewhere.
    pub(super) fn selection_of_all(&self) -> Option<Option<&[u32]>> {
        let held = self.together.as_ref()?.held.as_ref()?;
        Some(held.selection.as_deref())
    }

    /// Terms of a block, if sums are added up from blocks.
    #[cfg(feature = "cli")]
    pub(crate) fn block(&self) -> Option<usize> {
        self.together.as_ref().map(|together| together.block)
    }

    /// How many share the blocks.
    #[cfg(feature = "cli")]
    pub(crate) fn ranks(&self) -> Option<usize> {
        self.together.as_ref().map(|together| together.team.size())
    }

    /// What `rows` finds of all selected terms at these points: it is asked of the blocks of this rank. `what` tells calls apart.
    pub(super) fn shared(
        &mut self,
        points: ArrayView2<'_, f64>,
        what: impl Hash,
        width: usize,
        mut rows: impl FnMut(&mut Self) -> Result<Rows>,
    ) -> Result<Rows> {
        let selection = self.selection().map(<[u32]>::to_vec);
        let Some(mut together) = self.together.take() else { return rows(self) };
        let found = self.blocks((points, width), what, selection.as_deref(), &mut together, &mut rows);
        self.together = Some(together);
        found
    }

    fn blocks(
        &mut self,
        (points, width): (ArrayView2<'_, f64>, usize),
        what: impl Hash,
        selection: Option<&[u32]>,
        together: &mut Together<'_>,
        rows: &mut impl FnMut(&mut Self) -> Result<Rows>,
    ) -> Result<Rows> {
        let Together { block, team, calls, held } = together;
        *calls += 1;
        let (count, constant) = (points.nrows(), self.objective.constant());
        let there = held.as_ref().map_or(self.objective.terms(), |part| part.held.terms());
        let terms = selection.map_or(there, <[u32]>::len);
        let blocks = match (&held, selection) {
            (Some(part), None) => (0..part.held.parts()).map(|at| part.held.part(at)).collect(),
            _ => cut(terms, *block),
        };
        // One block is what is selected already.
        let is_whole = blocks.len() == 1 && held.is_none();
        let own = share(team.rank(), team.size(), blocks.len());
        // Of a block: what was found, values at the points, evaluations.
        let numbers = count * (width + 1) + 1;
        let mut shape: Option<Rows> = None;
        let mut hash = DefaultHasher::new();
        (*calls, terms, selection, *block, what).hash(&mut hash);
        (self.objective.name(), self.precision().to_string()).hash(&mut hash);
        // Each round can be undone: points that differ in one number differ in this.
        let mix = |sum: u64, x: &f64| (sum.rotate_left(29) ^ x.to_bits()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        points.iter().fold(0, mix).hash(&mut hash);
        let mut block = |index: usize| {
            let range = blocks[index].clone();
            if !is_whole {
                let mut only: Vec<u32> = match selection {
                    Some(selection) => selection[range.clone()].to_vec(),
                    None => (range.start as u32..range.end as u32).collect(),
                };
                if let Some(held) = &held {
                    held.counted_here(&mut only)?;
                }
                with_core!(self, pipeline => pipeline.select(Some(&only)))?;
            }
            let mut found = rows(self)?;
            let weight = self.objective.reduction().divisor(range.len());
            let mut sums = Vec::with_capacity(numbers);
            let values = found.values.as_standard_layout();
            sums.extend(values.as_slice().unwrap_or_default().iter().map(|value| value * weight));
            match &found.base {
                Some(base) => sums.extend(base.iter().map(|value| (value - constant) * weight)),
                None => sums.resize(numbers - 1, 0.0),
            }
            sums.push(found.evaluations as f64);
            let mut failures = Vec::new();
            for (point, fault) in found.failures.iter_mut().enumerate() {
                if let Some(error) = fault.take_if(|error| error.is_of_terms()) {
                    failures.push((index, point, *error));
                }
            }
            shape.get_or_insert(found);
            Ok((sums, failures))
        };
        // A rank without blocks needs to know how those of others look, and what is wrong with points.
        let looked = if own.is_empty() { block(0).map(drop) } else { Ok(()) };
        let call = Call { check: hash.finish(), blocks: blocks.len(), width: numbers };
        let found = Exchange { team: &**team, call }.run(looked, &mut block);
        if !is_whole && held.is_none() {
            // As it was.
            with_core!(self, pipeline => pipeline.select(selection))?;
        }
        let Found { sum, failures } = found?;
        let Some(mut rows) = shape else { return Err(Error::usage("no terms are selected")) };
        let divisor = self.objective.reduction().divisor(terms);
        let (values, rest) = sum.split_at(count * width);
        rows.values =
            Array2::from_shape_vec((count, width), values.iter().map(|sum| sum / divisor).collect())
                .map_err(|error| Error::usage(error.to_string()))?;
        if let Some(base) = &mut rows.base {
            let value = |sum: &f64| sum / divisor + constant;
            *base =
                rest[..count].iter().map(value).map(|f| if f.is_finite() { f } else { f64::NAN }).collect();
        }
        // Each is of the terms of one block.
        rows.evaluations = (rest[count] / blocks.len() as f64).ceil() as u64;
        (rows.error, rows.step, rows.remarks) = (None, None, Vec::new());
        rows.failures.resize_with(count, || None);
        for (_, point, error) in failures {
            rows.failures[point].get_or_insert_with(|| Box::new(error));
        }
        Ok(rows)
    }
}
