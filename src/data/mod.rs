//! Readers and writers of data files, with errors that name the file and the place in it.
//!
//! A reader believes no size that a file claims: npy headers are looked at before they are parsed, compressed data are read as far
//! as their declared size and no further.

mod bounded;
mod digits;
mod file;
mod idx;
mod npy;
#[cfg(feature = "cli")]
mod npy_rows;
mod numbers;
mod points;
mod save;
mod sealed;
mod sparse;
mod table;
mod tensors;
mod time;

pub use digits::{number, to_json};
pub use file::save_text;
pub use idx::{IdxArray, read_idx};
pub use npy::read_npz_array;
#[cfg(feature = "cli")]
pub(crate) use npy_rows::NpyRows;
pub use numbers::{read_data_set, read_data_sets};
pub use points::{points_of, read_points, read_points_of};
pub use save::{check_output, csv_text, save_arrays};
pub use sparse::{check_sparse_output, save_sparse};
pub use table::{Cell, ColumnName, Decimal, Heading, MISSING, Separator, Table, TableOptions, Written};
pub use time::time_stamp;
pub(crate) use {
    digits::to_pretty_json,
    file::{check_writable, sync_folder, write_file, write_synced},
    idx::looks_like_idx,
    npy::{need_npz_array, read_npy},
    save::{npz_bytes, table},
    sealed::Sealed,
    table::shown,
    tensors::{read_tensor, safetensors_bytes},
};
