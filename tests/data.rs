//! Readers of data files: what they read, and how they refuse the rest.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::io::Write;
use std::path::PathBuf;

use ndarray::{Array2, arr1, arr2};
use ndarray_npy::WriteNpyExt;
use plusminus::Error;
use plusminus::data::{
    LabelColumn, NpzWriter, read_csv, read_idx, read_npy_points, read_npz_array, write_file,
};

fn file(contents: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, contents).unwrap();
    (folder, path)
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>, part: &str) {
    let error = result.unwrap_err();
    assert!(error.is_bad_input(), "{error}");
    assert!(error.to_string().contains(part), "`{error}` does not say `{part}`");
    assert!(error.to_string().contains("data"), "`{error}` does not name the file");
}

const IDX: [u8; 18] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255];

#[test]
fn idx_plain_and_gzipped() {
    let (_folder, path) = file(&IDX);
    let plain = read_idx(&path).unwrap();
    assert_eq!((plain.shape.as_slice(), plain.bytes.as_slice()), (&[2, 3][..], &[1, 2, 3, 4, 5, 255][..]));
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(&IDX).unwrap();
    let gz = gz.finish().unwrap();
    let (_folder, path) = file(&gz);
    assert_eq!(read_idx(&path).unwrap(), plain);
    let (_folder, path) = file(&gz[..gz.len() - 9]);
    refused(read_idx(&path), "gzip stream is damaged or truncated");
    let (_folder, path) = file(&[gz.as_slice(), b"garbage"].concat());
    refused(read_idx(&path), "gzip stream is damaged or truncated");
    let members = [&IDX[..7], &IDX[7..]].map(|part| {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gz.write_all(part).unwrap();
        gz.finish().unwrap()
    });
    let (_folder, path) = file(&members.concat());
    assert_eq!(read_idx(&path).unwrap(), plain);
}

#[test]
fn idx_refuses_what_it_is_not() {
    let cases: [(&[u8], &str); 7] = [
        (&[1, 2, 3], "truncated: 3 bytes"),
        (b"PK\x03\x04 something", "wrong magic number 0x504b0304"),
        (&[0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0], "elements of type 0x0d"),
        (&[0, 0, 8, 0], "no dimensions"),
        (&IDX[..10], "its header alone takes 12"),
        (&IDX[..17], "truncated: the shape [2, 3] takes 6 bytes of data, there are 5"),
        (&[0, 0, 8, 1, 0, 0, 0, 1, 7, 7], "too long"),
    ];
    for (contents, part) in cases {
        let (_folder, path) = file(contents);
        refused(read_idx(&path), part);
    }
    let huge = [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];
    let (_folder, path) = file(&huge);
    refused(read_idx(&path), "too large");
}

#[test]
fn csv_with_the_label_first_or_last() {
    let (_folder, path) = file(b"1.5,2,0\n-3e-1, 4 ,9\n");
    let (features, labels) = read_csv(&path, false, LabelColumn::Last).unwrap();
    assert_eq!((features, labels), (arr2(&[[1.5, 2.0], [-0.3, 4.0]]), vec![0, 9]));
    let (_folder, path) = file(b"y,a\n3,0.5\n");
    let (features, labels) = read_csv(&path, true, LabelColumn::First).unwrap();
    assert_eq!((features, labels), (arr2(&[[0.5]]), vec![3]));
}

#[test]
fn csv_refuses_with_line_and_column() {
    let cases: [(&[u8], &str); 8] = [
        (b"1,2,0\n1,x,0\n", "line 2, column 2: `x` is not a number"),
        (b"1,2,0\n1,NaN,0\n", "line 2, column 2: `NaN` is not a finite number"),
        (b"1,inf,0\n", "not a finite number"),
        (b"1,2,0\n1,2\n", "line 2 has 2 fields: every line needs 3"),
        (b"1,2,-1\n", "line 1, column 3: `-1` is not a label"),
        (b"1,2,0.5\n", "`0.5` is not a label"),
        (b"7\n", "at least 2"),
        (b"", "no rows"),
    ];
    for (contents, part) in cases {
        let (_folder, path) = file(contents);
        refused(read_csv(&path, false, LabelColumn::Last), part);
    }
}

fn npy<T: ndarray_npy::WritableElement, D: ndarray::Dimension>(array: &ndarray::Array<T, D>) -> Vec<u8> {
    let mut bytes = Vec::new();
    array.write_npy(&mut bytes).unwrap();
    bytes
}

#[test]
fn npy_points() {
    let (_folder, path) = file(&npy(&arr2(&[[1.0, 2.0], [3.0, 4.0]])));
    assert_eq!(read_npy_points(&path).unwrap(), arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    let (_folder, path) = file(&npy(&arr1(&[1.5f32, -2.0])));
    assert_eq!(read_npy_points(&path).unwrap(), arr2(&[[1.5, -2.0]]));

    let whole = npy(&arr1(&[1.0, f64::NAN]));
    let (_folder, path) = file(&whole);
    refused(read_npy_points(&path), "NaN at [1]");
    let (_folder, path) = file(&whole[..whole.len() - 3]);
    refused(read_npy_points(&path), "the array cannot be read");
    let (_folder, path) = file(&npy(&arr1(&[7i64])));
    assert_eq!(read_npy_points(&path).unwrap(), arr2(&[[7.0]]));
    let (_folder, path) = file(&npy(&arr1(&[true])));
    refused(read_npy_points(&path), "neither f32, f64 nor whole numbers");
    // A header that claims 16 TiB.
    let mut huge = npy(&arr2(&[[1.0, 2.0]]));
    let at = huge.windows(6).position(|window| window == b"(1, 2)").unwrap();
    huge.splice(at..at + 6, *b"(1099511627776, 2)");
    let blanks = huge.windows(12).position(|window| window == [b' '; 12]).unwrap();
    huge.drain(blanks..blanks + 12);
    let (_folder, path) = file(&huge);
    refused(read_npy_points(&path), "the array cannot be read");
    let (_folder, path) = file(&npy(&Array2::<f64>::zeros((0, 3))));
    refused(read_npy_points(&path), "shape is [0, 3]");
    let (_folder, path) = file(&npy(&ndarray::Array3::<f64>::zeros((1, 1, 1))));
    refused(read_npy_points(&path), "shape is [1, 1, 1]");
    let (_folder, path) = file(b"text");
    refused(read_npy_points(&path), "the array cannot be read");
}

#[test]
fn npz_arrays_back_and_forth() {
    let mut npz = NpzWriter::new();
    npz.add("A", &arr2(&[[1.0, 2.0]]).into_dyn()).unwrap();
    npz.add("b", &arr1(&[3.0]).into_dyn()).unwrap();
    let bytes = npz.finish().unwrap();
    let (_folder, path) = file(&bytes);
    assert_eq!(read_npz_array(&path, "A").unwrap(), Some(arr2(&[[1.0, 2.0]]).into_dyn()));
    assert_eq!(read_npz_array(&path, "b").unwrap(), Some(arr1(&[3.0]).into_dyn()));
    assert_eq!(read_npz_array(&path, "c").unwrap(), None);
    let (_folder, path) = file(&bytes[..40]);
    refused(read_npz_array(&path, "A"), "not a npz file");
}

#[test]
fn files_appear_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/deep/file");
    write_file(&path, b"one").unwrap();
    write_file(&path, b"two").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"two");
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "a temporary file was left");
    // A file where a folder is needed.
    let error = write_file(&path.join("below"), b"").unwrap_err();
    assert!(matches!(error, Error::File { .. }) && !error.is_bad_input(), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    let error = read_idx(std::path::Path::new("no/such/data")).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("no/such/data"), "{error}");
}
