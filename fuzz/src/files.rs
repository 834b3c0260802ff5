//! Files of numbers.

use std::path::Path;

use plusminus::DataSet;
use plusminus::data::{
    ColumnName, Decimal, Separator, Table, TableOptions, read_data_set, read_idx, read_npz_array,
    read_points, read_points_of,
};

use super::with_file;

/// What is not finite is refused by whoever reads points.
fn read_as_points(path: &Path) {
    if let Ok(points) = read_points(path) {
        assert!(points.iter().all(|x| x.is_finite()));
    }
}

/// Arrays of numpy.
pub fn npy(bytes: &[u8]) {
    with_file("file.npy", bytes, |path| {
        read_as_points(path);
        let _ = read_data_set(path).map(DataSet::into_numbers);
    });
}

/// Several of them.
pub fn npz(bytes: &[u8]) {
    with_file("file.npz", bytes, |path| {
        read_as_points(path);
        let _ = read_data_set(path).map(DataSet::into_numbers);
        for name in ["a", "points", "W1"] {
            let _ = read_npz_array(path, name);
        }
    });
}

/// Tensors.
pub fn safetensors(bytes: &[u8]) {
    with_file("file.safetensors", bytes, |path| {
        read_as_points(path);
        let _ = read_points_of(path, Some("W1"));
    });
}

/// Images and labels of MNIST.
pub fn idx(bytes: &[u8]) {
    for name in ["file.idx", "file.gz"] {
        with_file(name, bytes, |path| {
            if let Ok(array) = read_idx(path) {
                assert_eq!(array.bytes.len(), array.shape.iter().product::<usize>());
            }
        });
    }
}

/// Tables. The first byte says how they are read.
pub fn csv(bytes: &[u8]) {
    let Some((&how, bytes)) = bytes.split_first() else { return };
    let options = TableOptions {
        header: [None, Some(true), Some(false), None][usize::from(how & 3)],
        separator: [
            None,
            Some(Separator::Character(b',')),
            Some(Separator::Character(b';')),
            Some(Separator::Whitespace),
        ][usize::from(how >> 2 & 3)],
        decimal: [None, Some(Decimal::Comma)][usize::from(how >> 4 & 1)],
        skip: usize::from(how >> 5 & 1),
        missing_values: None,
    };
    let name = if how >> 6 & 1 == 1 { "file.csv.gz" } else { "file.csv" };
    with_file(name, bytes, |path| {
        read_as_points(path);
        let _ = read_data_set(path).map(DataSet::into_numbers);
        let Ok(table) = Table::read(path, &options) else { return };
        for row in 0..table.rows() {
            for column in 0..table.width() {
                let _ = table.number(row, column);
            }
        }
        for text in table.names().unwrap_or_default() {
            let _ = table.find(&ColumnName::Name(text.clone()));
        }
    });
}
