//! Rows of an array in a npy file, of which the others stay where they are.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};

use super::bounded::MOST_ARRAY;
use super::file::open;
use super::npy::{Aligned, declared, descriptor_at, header, header_at, reals};
use crate::error::{Error, FileAction, Result};

/// An array of several rows in a npy file; what more dimensions there are is taken as one.
#[derive(Clone, Debug)]
pub(crate) struct NpyRows {
    path: PathBuf,
    /// As the header says it, such as `<f4`.
    kind: String,
    /// Where the numbers begin.
    start: u64,
    rows: usize,
    width: usize,
    /// Bytes of a row.
    bytes: usize,
}

const NAME: &str = "the array";

/// What a npy file begins with.
const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes that are read at once, where a row is not longer.
const PIECE: usize = 1 << 24;

impl NpyRows {
    /// Looks at the header; `None` if rows do not stand one after another (Fortran order).
    ///
    /// # Errors
    /// [`Error::File`] if there is nothing to be read; [`Error::Data`] if it is no npy file, or not of the length that its header declares.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>> {
        let wrong = |why: &str| Error::data(path, format!("{NAME} cannot be read: {why}"));
        let mut file = open(path)?;
        let unlike = || wrong("it is no npy file");
        let mut magic = Vec::new();
        let read = file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic);
        read.and_then(|_| file.rewind()).map_err(|source| Error::file(path, FileAction::Read, source))?;
        if magic != MAGIC {
            return Err(unlike());
        }
        let head = header(&mut file, path, NAME)?;
        let (at, length) = header_at(&head).ok_or_else(unlike)?;
        let text = head.get(at..at + length).ok_or_else(unlike)?;
        let text = std::str::from_utf8(text).map_err(|_| unlike())?;
        let value = |key: &str| {
            let (_, rest) = text.split_once(&format!("'{key}'")).or(text.split_once(&format!("\"{key}\"")))?;
            Some(rest.trim_start().strip_prefix(':')?.trim_start())
        };
        let shape = value("shape").and_then(|text| text.strip_prefix('(')?.split_once(')'));
        let (shape, _) = shape.ok_or_else(|| wrong("its header has no shape"))?;
        let sizes =
            shape.split(',').map(|size| size.trim().trim_end_matches('L')).filter(|size| !size.is_empty());
        let sizes: Vec<usize> = sizes
            .map(|size| size.parse().map_err(|_| wrong(&format!("its shape is ({shape})"))))
            .collect::<Result<_>>()?;
        let declared = declared(&head).map_err(|why| wrong(&why))?;
        let Some(&rows) = sizes.first() else {
            return Err(Error::data(
                path,
                format!("{NAME} is a single number: it needs the shape [samples, features]"),
            ));
        };
        let width: usize = sizes[1..].iter().product();
        if rows == 0 || width == 0 {
            return Err(Error::data(path, format!("{NAME} has the shape {sizes:?}: it is empty")));
        }
        if value("fortran_order").is_some_and(|value| value.starts_with("True")) && sizes.len() > 1 {
            return Ok(None);
        }
        let kind = descriptor_at(&head).map(|at| String::from_utf8_lossy(&head[at]).into_owned());
        let kind = kind.ok_or_else(|| wrong("its header has no type"))?;
        let start = (at + length) as u64;
        let there = file.metadata().map_err(|source| Error::file(path, FileAction::Read, source))?.len();
        // Of text and objects nothing is declared: their rows are refused once they are read.
        if declared > 0 && there != start + declared {
            return Err(wrong(&format!(
                "its header declares {declared} bytes, and there are {}",
                there.saturating_sub(start)
            )));
        }
        let bytes = (declared / rows as u64) as usize;
        if bytes as u64 > MOST_ARRAY {
            return Err(wrong(&format!("a row has {bytes} bytes, and {MOST_ARRAY} is the limit")));
        }
        let array = NpyRows { path: path.into(), kind, start, rows, width, bytes };
        // What is no number is refused here.
        array.piece(&vec![0; bytes], 1)?;
        if bytes == 0 {
            return Err(wrong("its header declares no bytes"));
        }
        Ok(Some(array))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Whether each number is a byte, from 0 to 255.
    pub(crate) fn are_bytes(&self) -> bool {
        self.kind.trim_start_matches(['<', '>', '|', '=']) == "u1"
    }

    /// These rows, in ascending order.
    ///
    /// # Errors
    /// [`Error::File`] if they cannot be read; [`Error::Data`] for what is not finite, and for more than one array may have.
    pub(crate) fn reals(&self, rows: &[usize]) -> Result<Array2<f64>> {
        self.check_size(rows.len(), 8)?;
        let mut all = Vec::with_capacity(rows.len() * self.width);
        self.each_piece(rows, |piece| all.extend(piece.iter()))?;
        self.shaped(rows.len(), all)
    }

    /// The same where numbers are bytes.
    pub(crate) fn bytes(&self, rows: &[usize]) -> Result<Array2<u8>> {
        self.check_size(rows.len(), 1)?;
        let mut all = Vec::with_capacity(rows.len() * self.width);
        self.each_raw(rows, |raw, _| {
            all.extend_from_slice(raw);
            Ok(())
        })?;
        self.shaped(rows.len(), all)
    }

    /// Has `take` see these rows, in ascending order, some at a time.
    ///
    /// # Errors
    /// As [`reals`](Self::reals), but for the size.
    pub(crate) fn each_piece(&self, rows: &[usize], mut take: impl FnMut(ArrayView2<'_, f64>)) -> Result<()> {
        self.each_raw(rows, |raw, own| {
            let piece = self.piece(raw, own.len())?;
            if let Some(((row, column), value)) = piece.indexed_iter().find(|(_, value)| !value.is_finite()) {
                let at = [own[row], column];
                return Err(Error::data(
                    &self.path,
                    format!("{NAME} has {value} at {at:?}: every number must be finite"),
                ));
            }
            take(piece.view());
            Ok(())
        })
    }

    fn each_raw(&self, rows: &[usize], mut take: impl FnMut(&[u8], &[usize]) -> Result<()>) -> Result<()> {
        let unreadable = |source| Error::file(&self.path, FileAction::Read, source);
        let mut file: BufReader<File> = BufReader::with_capacity(PIECE.min(1 << 20), open(&self.path)?);
        file.seek(SeekFrom::Start(self.start)).map_err(unreadable)?;
        let mut at = 0;
        let mut raw = Vec::new();
        for own in rows.chunks((PIECE / self.bytes).max(1)) {
            raw.clear();
            for run in own.chunk_by(|a, b| a + 1 == *b) {
                // Within what was read ahead, nothing is read again.
                file.seek_relative((run[0] as i64 - at as i64) * self.bytes as i64).map_err(unreadable)?;
                let end = raw.len() + run.len() * self.bytes;
                raw.resize(end, 0);
                file.read_exact(&mut raw[end - run.len() * self.bytes..]).map_err(unreadable)?;
                at = run[0] + run.len();
            }
            take(&raw, own)?;
        }
        Ok(())
    }

    /// Numbers of rows from their bytes, read as a file that has these rows alone.
    fn piece(&self, raw: &[u8], rows: usize) -> Result<Array2<f64>> {
        let text = format!(
            "{{'descr': '{}', 'fortran_order': False, 'shape': ({rows}, {}), }}",
            self.kind.escape_default(),
            self.width
        );
        let mut file = [MAGIC, &[1, 0]].concat();
        let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
        file.extend((length as u16).to_le_bytes());
        file.extend(format!("{text:<width$}\n", width = length - 1).bytes());
        file.extend(raw);
        let numbers = reals(&self.path, NAME, Aligned::read(&file[..], &self.path, NAME)?)?;
        self.shaped(rows, numbers.into_raw_vec_and_offset().0)
    }

    fn shaped<T>(&self, rows: usize, numbers: Vec<T>) -> Result<Array2<T>> {
        Array2::from_shape_vec((rows, self.width), numbers)
            .map_err(|error| Error::data(&self.path, format!("{NAME}: {error}")))
    }

    fn check_size(&self, rows: usize, each: u64) -> Result<()> {
        let bytes = (rows as u64).saturating_mul(self.width as u64).saturating_mul(each);
        if bytes > MOST_ARRAY {
            return Err(Error::data(
                &self.path,
                format!(
                    "{rows} rows of {NAME} take {bytes} bytes, and {MOST_ARRAY} is the limit: share them among ranks (descent.shuffle = \
                     \"blocks\")"
                ),
            ));
        }
        Ok(())
    }
}
