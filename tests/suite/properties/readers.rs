//! What is written is read back, to the last bit; what is damaged is an error or other numbers, but never a panic.

use std::path::Path;

use ndarray::Array2;
use ndarray_npy::{NpzWriter, WriteNpyExt};
use plusminus::data::{
    Table, TableOptions, read_data_set, read_idx, read_npz_array, read_points, save_arrays,
};
use plusminus::{Precision, Result};
use proptest::collection::vec;
use proptest::prelude::*;

use super::cases;

/// All of a file in one row.
fn read_numbers(path: &std::path::Path) -> plusminus::Result<Vec<f64>> {
    read_data_set(path).map(plusminus::DataSet::into_numbers)
}

/// Some numbers as a npy file with elements of some type, and as they are then.
type Writer = fn(&Array2<f64>) -> (Vec<u8>, Array2<f64>);

macro_rules! writers {
    ($($element:ty),*) => {
        [$(|array| {
            let (array, mut bytes) = (array.mapv(|value| value as $element), Vec::new());
            array.write_npy(&mut bytes).unwrap();
            (bytes, array.mapv(|value| value as f64))
        }),*]
    };
}

const WRITERS: [Writer; 10] = writers!(f64, f32, u8, i8, u16, i16, u32, i32, u64, i64);

/// By rows or by columns.
fn arrays() -> impl Strategy<Value = Array2<f64>> {
    let of_shape = |(rows, columns)| {
        let numbers = vec(0.0..127.0f64, rows * columns);
        (numbers, any::<bool>()).prop_map(move |(numbers, by_columns)| {
            if by_columns {
                Array2::from_shape_vec((columns, rows), numbers).unwrap().reversed_axes()
            } else {
                Array2::from_shape_vec((rows, columns), numbers).unwrap()
            }
        })
    };
    (1..7usize, 1..7usize).prop_flat_map(of_shape)
}

/// A file of such bytes, for as long as it is read.
fn with_file<T>(name: &str, bytes: &[u8], read: impl FnOnce(&Path) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read(&path)
}

/// Every reader of a file with this extension; what is read, if anything.
fn read(extension: &str, bytes: &[u8]) -> Vec<Result<Vec<f64>>> {
    with_file(&format!("file.{extension}"), bytes, |path| {
        let flat = |array: Array2<f64>| array.iter().copied().collect();
        match extension {
            "npy" => vec![read_points(path).map(flat), read_numbers(path)],
            "npz" => vec![
                read_numbers(path),
                read_npz_array(path, "a")
                    .map(|array| array.map_or(Vec::new(), |array| array.iter().copied().collect())),
            ],
            "idx" => {
                vec![read_idx(path).map(|array| array.bytes.iter().map(|&byte| f64::from(byte)).collect())]
            }
            _ => vec![
                read_points(path).map(flat),
                read_numbers(path),
                Table::read(path, &TableOptions { header: Some(false), ..TableOptions::default() }).and_then(
                    |table| {
                        let places = (0..table.rows())
                            .flat_map(|row| (0..table.width()).map(move |column| (row, column)));
                        places.map(|(row, column)| table.number(row, column)).collect()
                    },
                ),
            ],
        }
    })
}

fn idx(shape: &[u8], gzip: bool) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    shape.iter().for_each(|&size| bytes.extend(u32::from(size).to_be_bytes()));
    bytes.extend((0..shape.iter().map(|&size| usize::from(size)).product()).map(|i| i as u8));
    if !gzip {
        return bytes;
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &bytes).unwrap();
    packed.finish().unwrap()
}

fn npz(arrays: &[(&str, &Array2<f64>)]) -> Vec<u8> {
    let mut npz = NpzWriter::new_compressed(std::io::Cursor::new(Vec::new()));
    arrays.iter().for_each(|(name, array)| npz.add_array(*name, *array).unwrap());
    npz.finish().unwrap().into_inner()
}

fn csv(array: &Array2<f64>) -> Vec<u8> {
    let row =
        |row: ndarray::ArrayView1<'_, f64>| row.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    array.rows().into_iter().map(|each| row(each) + "\n").collect::<String>().into_bytes()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn npy_files_are_read_back(array in arrays(), writer in prop::sample::select(&WRITERS[..]), cut in 0.0..1.0f64) {
        let (bytes, want) = writer(&array);
        with_file("a.npy", &bytes, |path| {
            prop_assert_eq!(&read_points(path).unwrap(), &want);
            prop_assert_eq!(read_numbers(path).unwrap(), want.iter().copied().collect::<Vec<_>>());
            Ok(())
        })?;
        for result in read("npy", &bytes[..(cut * bytes.len() as f64) as usize]) {
            prop_assert!(result.as_ref().is_err_and(|error| error.is_bad_input()), "{result:?}");
        }
    }

    #[test]
    fn npz_files_are_read_back(a in arrays(), b in arrays(), cut in 0.0..1.0f64) {
        let bytes = npz(&[("b", &b), ("a", &a)]);
        with_file("a.npz", &bytes, |path| {
            prop_assert_eq!(read_npz_array(path, "a").unwrap(), Some(a.clone().into_dyn()));
            prop_assert_eq!(read_npz_array(path, "c").unwrap(), None);
            let both: Vec<f64> = b.iter().chain(&a).copied().collect();
            prop_assert_eq!(read_numbers(path).unwrap(), both);
            Ok(())
        })?;
        for result in read("npz", &bytes[..(cut * bytes.len() as f64) as usize]) {
            prop_assert!(result.as_ref().is_err_and(|error| error.is_bad_input()), "{result:?}");
        }
    }

    #[test]
    fn csv_files_are_read_back(array in arrays()) {
        with_file("a.csv", &csv(&array), |path| {
            prop_assert_eq!(&read_points(path).unwrap(), &array);
            prop_assert_eq!(read_numbers(path).unwrap(), array.iter().copied().collect::<Vec<_>>());
            Ok(())
        })?;
    }

    #[test]
    fn idx_files_are_read_back(shape in vec(1..6u8, 1..4), gzip: bool, cut in 0.0..1.0f64) {
        let bytes = idx(&shape, gzip);
        let array = with_file("a.idx", &bytes, read_idx).unwrap();
        prop_assert_eq!(array.shape, shape.iter().map(|&size| usize::from(size)).collect::<Vec<_>>());
        prop_assert!(array.bytes.iter().zip(0..).all(|(&byte, i)| byte == i as u8));
        for result in read("idx", &bytes[..(cut * bytes.len() as f64) as usize]) {
            prop_assert!(result.as_ref().is_err_and(|error| error.is_bad_input()), "{result:?}");
        }
    }

    /// What is saved is read back, in every format.
    #[test]
    fn saved_arrays_are_read_back(array in arrays(), extension in prop::sample::select(vec!["npy", "npz"])) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("a.{extension}"));
        save_arrays(&path, "a", &[("a", array.clone().into_dyn())], Precision::F64).unwrap();
        prop_assert_eq!(read_numbers(&path).unwrap(), array.iter().copied().collect::<Vec<_>>());
    }

    /// Some bytes of a good file changed, or no good file at all: numbers or an error, and then the input is to blame.
    #[test]
    fn damaged_files_do_no_harm(
        array in arrays(),
        extension in prop::sample::select(vec!["npy", "npz", "csv", "idx"]),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        other in vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = match extension {
            "npy" => WRITERS[0](&array).0,
            "npz" => npz(&[("a", &array)]),
            "csv" => csv(&array),
            _ => idx(&[array.nrows() as u8, array.ncols() as u8], array.nrows() % 2 == 0),
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        for result in read(extension, &bytes).into_iter().chain(read(extension, &other)) {
            match result {
                Ok(numbers) => prop_assert!(numbers.iter().all(|number| number.is_finite()), "{numbers:?}"),
                Err(error) => prop_assert!(error.is_bad_input(), "{error}"),
            }
        }
    }
}
