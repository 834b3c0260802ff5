//! Readers of data files, with errors that name the file and the place in it.

mod csv;
mod idx;
mod npy;
mod numbers;
mod write;

pub use self::csv::{LabelColumn, read_csv};
pub use idx::{IdxArray, read_idx};
pub use npy::{NpzWriter, read_npy_points, read_npz_array};
pub use numbers::{read_all_numbers, read_numbers};
pub use write::{check_writable, write_file};

use std::fs::File;
use std::path::Path;

use crate::error::{Error, Result};

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| Error::file(path, "read", source))
}
