//! Sparse matrices in files: as `scipy.sparse.load_npz` reads them, or as a table.

use std::io::{Cursor, Write};
use std::path::Path;

use ndarray::Array1;
use ndarray_npy::{WritableElement, WriteNpyExt};
use sprs::CsMat;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::digits::number;
use super::file::{check_writable, extension, folder, write_file};
use super::save::table;
use crate::error::{Error, Result};
use crate::numeric::Precision;

/// Why something cannot be written.
type Fault<T> = std::result::Result<T, String>;

/// Whether sparse matrices can be saved at `path`: to be asked before a long work.
///
/// # Errors
/// [`Error::Usage`] for an extension that is neither npz nor csv; [`Error::File`] if nothing can be written there.
pub fn check_sparse_output(path: &Path) -> Result<()> {
    match extension(path).as_str() {
        "npz" | "csv" => check_writable(folder(path)),
        _ => Err(Error::usage(format!(
            "{}: sparse matrices are saved as .npz, which scipy.sparse.load_npz reads, or .csv: end the name in one of these",
            path.display()
        ))),
    }
}

/// Saves sparse matrices that belong together, of which all have the entries of the first, in the format that the extension says; the
/// file is written whole or not at all.
///
/// - `.npz`: the arrays of `scipy.sparse.save_npz` for the first matrix by compressed rows (`indptr`, `indices`, `data`, `shape`,
///   `format`); the numbers of the others beside `data`, entry by entry, by their names.
/// - `.csv`: a row for each entry: its row, its column, and the numbers of each matrix. What is not finite is left empty.
///
/// ```
/// use plusminus::data::{read_npz_array, save_sparse};
/// use plusminus::{Precision, sprs::CsMat};
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("jacobian.npz");
/// let matrix = CsMat::new((2, 3), vec![0, 1, 2], vec![0, 2], vec![5.0, 7.0]);
/// save_sparse(&path, &[("jacobian", &matrix)], Precision::F64)?;
/// assert_eq!(read_npz_array(&path, "data")?.unwrap().as_slice(), Some(&[5.0, 7.0][..]));
/// # Ok::<(), plusminus::Error>(())
/// ```
///
/// # Errors
/// [`Error::Usage`] for another extension, or if entries differ; [`Error::File`] if it cannot be written.
pub fn save_sparse(path: &Path, matrices: &[(&str, &CsMat<f64>)], precision: Precision) -> Result<()> {
    check_sparse_output(path)?;
    let Some(&(_, first)) = matrices.first() else { return Err(Error::usage("there is no matrix to save")) };
    for (name, matrix) in matrices {
        let is_alike = matrix.is_csr()
            && matrix.shape() == first.shape()
            && matrix.indptr() == first.indptr()
            && matrix.indices() == first.indices();
        if !is_alike {
            return Err(Error::usage(format!(
                "`{name}` is not by rows, or has other entries than the first matrix"
            )));
        }
    }
    let bytes = if extension(path) == "csv" { csv(first, matrices, precision) } else { npz(first, matrices) };
    let bytes = bytes.map_err(|error| Error::data(path, format!("the matrix cannot be written: {error}")))?;
    write_file(path, &bytes)
}

fn csv(first: &CsMat<f64>, matrices: &[(&str, &CsMat<f64>)], precision: Precision) -> Fault<Vec<u8>> {
    let text = |value: f64| if value.is_finite() { number(value, precision) } else { String::new() };
    let header = ["row", "column"].into_iter().chain(matrices.iter().map(|(name, _)| *name));
    let mut rows = vec![header.map(String::from).collect::<Vec<_>>()];
    for (entry, (_, (row, column))) in first.iter().enumerate() {
        let numbers = matrices.iter().map(|(_, matrix)| text(matrix.data()[entry]));
        rows.push([row.to_string(), column.to_string()].into_iter().chain(numbers).collect());
    }
    table(&rows)
}

fn npz(first: &CsMat<f64>, matrices: &[(&str, &CsMat<f64>)]) -> Fault<Vec<u8>> {
    let mut npz = Npz(ZipWriter::new(Cursor::new(Vec::new())));
    let starts = first.indptr();
    let starts = starts.raw_storage();
    // In 32 bits where they fit, which scipy prefers.
    if i32::try_from(first.nnz().max(first.cols())).is_ok() {
        npz.array("indices", first.indices().iter().map(|&column| column as i32))?;
        npz.array("indptr", starts.iter().map(|&start| start as i32))?;
    } else {
        npz.array("indices", first.indices().iter().map(|&column| column as i64))?;
        npz.array("indptr", starts.iter().map(|&start| start as i64))?;
    }
    npz.member("format", &text_array("csr"))?;
    npz.array("shape", [first.rows() as i64, first.cols() as i64].into_iter())?;
    npz.array("data", first.data().iter().copied())?;
    for (name, matrix) in &matrices[1..] {
        npz.array(name, matrix.data().iter().copied())?;
    }
    npz.0.finish().map(Cursor::into_inner).map_err(|error| error.to_string())
}

struct Npz(ZipWriter<Cursor<Vec<u8>>>);

impl Npz {
    fn array<V: WritableElement>(&mut self, name: &str, values: impl Iterator<Item = V>) -> Fault<()> {
        let mut bytes = Vec::new();
        let values: Array1<V> = values.collect();
        values.write_npy(&mut bytes).map_err(|error| format!("array `{name}`: {error}"))?;
        self.member(name, &bytes)
    }

    fn member(&mut self, name: &str, bytes: &[u8]) -> Fault<()> {
        let wrong = |error: &dyn std::fmt::Display| format!("array `{name}`: {error}");
        self.0
            .start_file(format!("{name}.npy"), SimpleFileOptions::default())
            .map_err(|error| wrong(&error))?;
        self.0.write_all(bytes).map_err(|error| wrong(&error))
    }
}

/// A text as an array of no dimensions, in the npy format, of which the library writes numbers only: the header is padded so that what
/// follows begins at a multiple of 64.
fn text_array(text: &str) -> Vec<u8> {
    const BEFORE: usize = 10;
    let mut header = format!("{{'descr': '|S{}', 'fortran_order': False, 'shape': (), }}", text.len());
    let padded = (BEFORE + header.len() + 1).next_multiple_of(64) - BEFORE;
    header += &" ".repeat(padded - 1 - header.len());
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes().chain(text.bytes()));
    bytes
}
