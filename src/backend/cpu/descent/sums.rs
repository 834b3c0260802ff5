//! Sums over terms, lane by lane, in the order in which slopes of terms are added up everywhere: within parts of so many terms each
//! number by its own binary tree, then over the parts (`backend/sums.rs`).

/// Rows to be added up.
pub(super) struct LaneSums {
    part: Trees,
    whole: Trees,
    /// Rows that have summands in this part.
    touched: Vec<usize>,
    next: Vec<f64>,
}

impl LaneSums {
    pub(super) fn new(rows: usize, lanes: usize) -> Self {
        let trees = || Trees { lanes, counts: vec![0; rows], levels: Vec::new() };
        LaneSums { part: trees(), whole: trees(), touched: Vec::new(), next: vec![0.0; lanes] }
    }

    /// Adds the next summand of a row, in each lane.
    #[inline(always)]
    pub(super) fn add<T: crate::numeric::Real>(&mut self, row: usize, summand: &[T]) {
        if self.part.counts[row] == 0 {
            self.touched.push(row);
        }
        self.next.iter_mut().zip(summand).for_each(|(next, summand)| *next = summand.to_f64());
        self.part.add(row, &mut self.next);
    }

    /// Ends a part.
    pub(super) fn end_part(&mut self) {
        for row in self.touched.drain(..) {
            self.part.take(row, &mut self.next);
            self.whole.add(row, &mut self.next);
        }
    }

    /// The sum of a row, which begins anew; 0 if it had no summands.
    pub(super) fn take(&mut self, row: usize) -> &[f64] {
        self.whole.take(row, &mut self.next);
        &self.next
    }
}

/// Binary trees, one a row.
struct Trees {
    lanes: usize,
    /// How many summands there were.
    counts: Vec<u32>,
    /// `[row][lane]`, sums of 1, 2, 4, … of them, where the count has that bit.
    levels: Vec<Vec<f64>>,
}

impl Trees {
    fn add(&mut self, row: usize, next: &mut [f64]) {
        let own = row * self.lanes..(row + 1) * self.lanes;
        let full = self.counts[row].trailing_ones() as usize;
        for level in &self.levels[..full] {
            next.iter_mut().zip(&level[own.clone()]).for_each(|(next, before)| *next += before);
        }
        if full == self.levels.len() {
            self.levels.push(vec![0.0; self.counts.len() * self.lanes]);
        }
        self.levels[full][own].copy_from_slice(next);
        self.counts[row] += 1;
    }

    fn take(&mut self, row: usize, sum: &mut [f64]) {
        let own = row * self.lanes..(row + 1) * self.lanes;
        let mut rest = std::mem::take(&mut self.counts[row]);
        sum.fill(0.0);
        let mut is_first = true;
        while let Some(level) = rest.checked_ilog2() {
            let level_of = &self.levels[level as usize][own.clone()];
            match std::mem::take(&mut is_first) {
                true => sum.copy_from_slice(level_of),
                false => sum.iter_mut().zip(level_of).for_each(|(sum, next)| *sum += next),
            }
            rest ^= 1 << level;
        }
    }
}
