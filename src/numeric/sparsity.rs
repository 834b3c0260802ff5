//! Sparsity patterns: which columns each row of a matrix has entries in, and which columns can be told apart when they are moved
//! together.

use crate::error::{Error, Result};

/// Which entries of a matrix can be other than 0: of a Jacobian, which coordinates each component may depend on.
///
/// ```
/// use plusminus::Sparsity;
/// // A band: component i depends on x[i] and its neighbours.
/// let band = Sparsity::new(6, (0..6usize).map(|i| i.saturating_sub(1)..(i + 2).min(6)))?;
/// assert_eq!((band.rows(), band.columns(), band.entries()), (6, 6, 16));
/// assert_eq!(band.of(2), [1, 2, 3]);
/// // Three sets of columns suffice.
/// assert_eq!(band.groups(), [0, 1, 2, 0, 1, 2]);
/// # Ok::<(), plusminus::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sparsity {
    columns: usize,
    /// Where the columns of each row start, and where the last end.
    starts: Vec<usize>,
    /// Of each row, in order, each once.
    each: Vec<u32>,
}

impl Sparsity {
    /// From the columns of each row, in any order.
    ///
    /// # Errors
    /// [`Error::Usage`] if a column is not below `columns`.
    pub fn new<R: IntoIterator<Item = usize>>(
        columns: usize,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Self> {
        let mut sparsity = Sparsity { columns, starts: vec![0], each: Vec::new() };
        for (row, of_row) in rows.into_iter().enumerate() {
            let begin = sparsity.each.len();
            for column in of_row {
                if column >= columns || column > u32::MAX as usize {
                    return Err(Error::usage(format!(
                        "row {row} of a sparsity pattern names column {column}, but there are {columns}"
                    )));
                }
                sparsity.each.push(column as u32);
            }
            sparsity.close_row(begin);
        }
        Ok(sparsity)
    }

    /// All entries.
    pub(crate) fn full(rows: usize, columns: usize) -> Self {
        Sparsity {
            columns,
            starts: (0..=rows).map(|row| row * columns).collect(),
            each: (0..rows).flat_map(|_| 0..columns as u32).collect(),
        }
    }

    /// From pairs of a row and a column, in order of the columns.
    pub(crate) fn from_pairs<I: Iterator<Item = (u32, u32)>>(
        rows: usize,
        columns: usize,
        pairs: impl Fn() -> I,
    ) -> Self {
        let mut starts = vec![0; rows + 1];
        pairs().for_each(|(row, _)| starts[row as usize + 1] += 1);
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let mut next = starts.clone();
        let mut each = vec![0; starts[rows]];
        for (row, column) in pairs() {
            each[next[row as usize]] = column;
            next[row as usize] += 1;
        }
        Sparsity { columns, starts, each }
    }

    /// Without a row.
    pub(crate) fn empty(columns: usize) -> Self {
        Sparsity { columns, starts: vec![0], each: Vec::new() }
    }

    /// The same without some columns.
    pub(crate) fn without(&self, columns: &[bool]) -> Sparsity {
        let mut rest = Sparsity::empty(self.columns);
        for row in 0..self.rows() {
            rest.push(self.of(row).iter().copied().filter(|&column| !columns[column as usize]));
        }
        rest
    }

    /// Adds a row behind the others.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = u32>) {
        let begin = self.each.len();
        self.each.extend(row);
        self.close_row(begin);
    }

    /// Sorts what was added since, and makes a row of it.
    fn close_row(&mut self, begin: usize) {
        self.each[begin..].sort_unstable();
        let mut kept = begin;
        for i in begin..self.each.len() {
            if i == begin || self.each[i] != self.each[i - 1] {
                self.each[kept] = self.each[i];
                kept += 1;
            }
        }
        self.each.truncate(kept);
        self.starts.push(kept);
    }

    /// Adds the rows of another behind these.
    pub(crate) fn extend(&mut self, more: &Sparsity) {
        let before = self.each.len();
        self.starts.extend(more.starts[1..].iter().map(|start| before + start));
        self.each.extend(&more.each);
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Entries.
    pub fn entries(&self) -> usize {
        self.each.len()
    }

    /// The columns of a row, in order.
    ///
    /// # Panics
    /// If there is no such row.
    #[inline(always)]
    pub fn of(&self, row: usize) -> &[u32] {
        &self.each[self.starts[row]..self.starts[row + 1]]
    }

    /// All rows one after the other: where each starts, and the columns.
    pub(crate) fn parts(&self) -> (&[usize], &[u32]) {
        (&self.starts, &self.each)
    }

    /// The longest row.
    pub(crate) fn widest(&self) -> usize {
        self.starts.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or(0)
    }

    /// Rows and columns exchanged.
    pub fn transposed(&self) -> Sparsity {
        let pairs = || {
            let of = |row: usize| self.of(row).iter().map(move |&column| (column, row as u32));
            (0..self.rows()).flat_map(of)
        };
        Sparsity::from_pairs(self.columns, self.rows(), pairs)
    }

    /// The group of each column, from 0 on: no row has two columns of one group, so that these can be moved together. Each column
    /// in order goes into the first group that takes it (Curtis, Powell and Reid, "On the estimation of sparse Jacobian matrices",
    /// 1974); the groups are those of `scipy.optimize` for columns in order.
    pub fn groups(&self) -> Vec<usize> {
        let rows_of = self.transposed();
        // Of each row, the groups that it has columns of, as bits.
        let mut taken: Vec<Vec<u64>> = vec![Vec::new(); self.rows()];
        let mut all = Vec::new();
        (0..self.columns)
            .map(|column| {
                let rows = rows_of.of(column);
                all.clear();
                for &row in rows {
                    let taken = &taken[row as usize];
                    all.resize(all.len().max(taken.len()), 0u64);
                    all.iter_mut().zip(taken).for_each(|(all, taken)| *all |= taken);
                }
                let word = all.iter().position(|&word| word != u64::MAX).unwrap_or(all.len());
                let bit = all.get(word).map_or(0, |word| word.trailing_ones() as usize);
                for &row in rows {
                    let taken = &mut taken[row as usize];
                    taken.resize(taken.len().max(word + 1), 0);
                    taken[word] |= 1 << bit;
                }
                64 * word + bit
            })
            .collect()
    }
}
