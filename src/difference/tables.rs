//! Fits are made once for each sequence of steps, and kept.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::fits::{Fits, View};

/// Steps, by exponents from the first on and which of the next 127 are there.
type Key = (i32, u128, View);

/// Fits, made once for each sequence of steps that occurs.
#[derive(Default)]
pub(crate) struct FitTables(RwLock<HashMap<Key, Arc<Fits>>>);

/// Those that a thread has had, which it need not ask for again.
#[derive(Debug, Default)]
pub(super) struct Held(Vec<(Key, Arc<Fits>)>);

impl Held {
    pub(super) fn at(&self, index: usize) -> &Fits {
        &self.0[index].1
    }

    /// Where the fits for steps by their exponents, largest first, are.
    pub(super) fn find(&mut self, tables: &FitTables, view: View, exponents: &[i32], steps: &[f64]) -> usize {
        let key = key(view, exponents);
        self.0.iter().rposition(|(held, _)| *held == key).unwrap_or_else(|| {
            self.0.push((key, tables.get(key, steps)));
            self.0.len() - 1
        })
    }

    /// The same of fits that are used once: they are let go with the next.
    pub(super) fn put(&mut self, fits: Fits) -> usize {
        let once = (i32::MAX, 0, fits.view);
        let at = self.0.iter().position(|(key, _)| *key == once).unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push((once, Arc::new(fits)));
        } else {
            self.0[at].1 = Arc::new(fits);
        }
        at
    }
}

fn key(view: View, exponents: &[i32]) -> Key {
    let largest = exponents.first().copied().unwrap_or(0);
    (largest, exponents.iter().fold(0u128, |there, e| there | 1 << (largest - e).min(127)), view)
}

impl FitTables {
    fn get(&self, key: Key, steps: &[f64]) -> Arc<Fits> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let made = Arc::new(Fits::new(key.2, steps));
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&made));
            made
        })
    }
}
