//! Readers of data files: what they read, and how they refuse the rest.

#![cfg(feature = "cli")]

use std::io::Write;
use std::path::PathBuf;

use ndarray::{Array2, ArrayD, arr1, arr2, arr3};
use ndarray_npy::WriteNpyExt;
use plusminus::data::{
    Table, TableOptions, check_output, number, read_data_set, read_idx, read_npz_array, read_points,
    save_arrays, to_json,
};
use plusminus::{Error, Precision};
use proptest::prelude::*;

/// All of a file in one row.
fn read_numbers(path: &std::path::Path) -> plusminus::Result<Vec<f64>> {
    read_data_set(path).map(plusminus::DataSet::into_numbers)
}

fn file(contents: &[u8]) -> (tempfile::TempDir, PathBuf) {
    named("data", contents)
}

fn named(name: &str, contents: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
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

fn npy<T: ndarray_npy::WritableElement, D: ndarray::Dimension>(array: &ndarray::Array<T, D>) -> Vec<u8> {
    let mut bytes = Vec::new();
    array.write_npy(&mut bytes).unwrap();
    bytes
}

/// Two elements of some type in a file, as numpy writes it.
fn npy_of(kind: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': (2,), }}");
    let header = format!("{header:<117}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn npy_points() {
    let (_folder, path) = named("data.npy", &npy(&arr2(&[[1.0, 2.0], [3.0, 4.0]])));
    assert_eq!(read_points(&path).unwrap(), arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    let (_folder, path) = named("data.npy", &npy(&arr1(&[1.5f32, -2.0])));
    assert_eq!(read_points(&path).unwrap(), arr2(&[[1.5, -2.0]]));

    let whole = npy(&arr1(&[1.0, f64::NAN]));
    let (_folder, path) = named("data.npy", &whole);
    refused(read_points(&path), "NaN at [1]");
    let (_folder, path) = named("data.npy", &whole[..whole.len() - 3]);
    refused(read_points(&path), "the array cannot be read");
    let (_folder, path) = named("data.npy", &npy(&arr1(&[7i64])));
    assert_eq!(read_points(&path).unwrap(), arr2(&[[7.0]]));
    let (_folder, path) = named("data.npy", &npy(&arr1(&[true, false])));
    assert_eq!(read_points(&path).unwrap(), arr2(&[[1.0, 0.0]]));
    // 1.5, -2 and 1e5 in half precision, by numpy: '3e00', 'c000', and an infinity, which is refused.
    let halves = npy_of("<f2", &[0x00, 0x3e, 0x00, 0xc0]);
    let (_folder, path) = named("data.npy", &halves);
    assert_eq!(read_points(&path).unwrap(), arr2(&[[1.5, -2.0]]));
    let (_folder, path) = named("data.npy", &npy_of(">f2", &[0x3e, 0x00, 0xc0, 0x00]));
    assert_eq!(read_points(&path).unwrap(), arr2(&[[1.5, -2.0]]));
    let (_folder, path) = named("data.npy", &npy_of("<f2", &[0x00, 0x7c, 0x00, 0xc0]));
    refused(read_points(&path), "inf at [0]");
    // The other byte order.
    let (_folder, path) = named("data.npy", &npy_of(">i4", &[0, 0, 1, 2, 255, 255, 255, 255]));
    assert_eq!(read_points(&path).unwrap(), arr2(&[[258.0, -1.0]]));
    let turned: Vec<u8> = [1.5f64, -1e300].iter().flat_map(|number| number.to_be_bytes()).collect();
    let (_folder, path) = named("data.npy", &npy_of(">f8", &turned));
    assert_eq!(read_points(&path).unwrap(), arr2(&[[1.5, -1e300]]));
    for (kind, part) in [("<U2", "holds text"), ("|O8", "objects of Python"), ("<c8", "complex numbers")] {
        let (_folder, path) = named("data.npy", &npy_of(kind, &[0; 16]));
        refused(read_points(&path), part);
    }
    // A header that claims 16 TiB.
    let mut huge = npy(&arr2(&[[1.0, 2.0]]));
    let at = huge.windows(6).position(|window| window == b"(1, 2)").unwrap();
    huge.splice(at..at + 6, *b"(1099511627776, 2)");
    let blanks = huge.windows(12).position(|window| window == [b' '; 12]).unwrap();
    huge.drain(blanks..blanks + 12);
    let (_folder, path) = named("data.npy", &huge);
    refused(read_points(&path), "the array cannot be read");
    let (_folder, path) = named("data.npy", &npy(&Array2::<f64>::zeros((0, 3))));
    refused(read_points(&path), "shape is [0, 3]");
    let (_folder, path) = named("data.npy", &npy(&ndarray::Array3::<f64>::zeros((1, 1, 1))));
    refused(read_points(&path), "shape is [1, 1, 1]");
    let (_folder, path) = named("data.npy", b"text");
    refused(read_points(&path), "the array cannot be read");
}

/// NumPy ends headers where any number may begin; other writers need not, in either version of the format.
#[test]
fn npy_headers_of_any_length() {
    for spaces in 0..40 {
        for version in [1u8, 2] {
            let header = format!(
                "{{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }}{}\n",
                " ".repeat(spaces)
            );
            let length = (header.len() as u32).to_le_bytes();
            let mut bytes =
                [b"\x93NUMPY", &[version, 0][..], &length[..if version == 1 { 2 } else { 4 }]].concat();
            bytes.extend(header.bytes());
            bytes.extend([1.5f64, -2.0].iter().flat_map(|x| x.to_le_bytes()));
            let (_folder, path) = named("points.npy", &bytes);
            assert_eq!(
                read_points(&path).unwrap(),
                arr2(&[[1.5], [-2.0]]),
                "{spaces} spaces, version {version}"
            );
        }
    }
}

/// A header that would keep the parser busy, or end it, never reaches it.
#[test]
fn npy_headers_are_looked_at_first() {
    let with_header = |header: &str| {
        let mut bytes = b"\x93NUMPY\x02\x00".to_vec();
        bytes.extend((header.len() as u32 + 1).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.push(b'\n');
        bytes
    };
    let cases = [
        (with_header(&"(".repeat(9_000)), "its header has brackets 9000 deep"),
        (with_header(&"{".repeat(30)), "its header has brackets 30 deep"),
        (with_header(&" ".repeat(20_000)), "its header claims 20001 bytes"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "its header claims 4294967295 bytes"),
        (
            with_header(&format!(
                "{{'descr': '<f8', 'fortran_order': False, 'shape': ({})}}",
                "1, ".repeat(100)
            )),
            "at most 64 dimensions",
        ),
        (with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}"), "the array cannot be read"),
    ];
    for (bytes, part) in cases {
        let (_folder, path) = named("data.npy", &bytes);
        refused(read_points(&path), part);
    }
}

/// A member that unpacks to more than it declares is not unpacked further.
#[test]
fn npz_members_stay_within_their_declared_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.npz");
    let zeros = ("A", Array2::<f64>::zeros((1000, 1000)).into_dyn());
    save_arrays(&path, "A", &[zeros], Precision::F64).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    // The size is in the local header and in the directory.
    let size = (8_000_000u32 + 128).to_le_bytes();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].copy_from_slice(&1000u32.to_le_bytes());
    }
    std::fs::write(&path, bytes).unwrap();
    refused(read_npz_array(&path, "A"), "array `A` cannot be read");
}

#[test]
fn points_in_tables() {
    let (_folder, path) = named("data.csv", b"x, y\n1, 2.5\n-3e2, 4\n");
    assert_eq!(read_points(&path).unwrap(), arr2(&[[1.0, 2.5], [-300.0, 4.0]]));
    let (_folder, path) = named("data.txt", b"7\n8\n");
    assert_eq!(read_points(&path).unwrap(), arr2(&[[7.0], [8.0]]));
    let long = "z".repeat(1000);
    let cases: [(&[u8], &str); 6] = [
        (b"1,2\n3\n", "line 2 has 1 field: every line needs 2, as the first has"),
        (b"1,2\n3,four\n", "line 2, column 2: `four` is not a finite number"),
        (b"1,nan\n", "line 1, column 2: `nan` is not a finite number"),
        (b"x,y\n", "it holds no points"),
        (b"", "it holds no points"),
        (long.as_bytes(), "it holds no points"),
    ];
    for (contents, part) in cases {
        let (_folder, path) = named("data.csv", contents);
        refused(read_points(&path), part);
    }
    // A message shows the beginning of a long field.
    let (_folder, path) = named("data.csv", format!("1\n{long}\n").as_bytes());
    let error = read_points(&path).unwrap_err().to_string();
    assert!(error.contains("zzz…` is not a finite number") && error.len() < 200, "{error}");
    let (_folder, path) = named("data.xlsx", b"1,2\n");
    refused(
        read_points(&path),
        "the extension is `xlsx`: it must be npy, npz, safetensors, csv, tsv, txt or dat",
    );
    refused(read_numbers(&path), "it must be npy, npz, csv, tsv, txt or dat");
}

#[test]
fn npz_arrays_back_and_forth() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data.npz");
    let arrays = [("A", arr2(&[[1.0, 2.0]]).into_dyn()), ("b", arr1(&[3.0]).into_dyn())];
    save_arrays(&path, "A", &arrays, Precision::F64).unwrap();
    assert_eq!(read_npz_array(&path, "A").unwrap(), Some(arr2(&[[1.0, 2.0]]).into_dyn()));
    assert_eq!(read_npz_array(&path, "b").unwrap(), Some(arr1(&[3.0]).into_dyn()));
    assert_eq!(read_npz_array(&path, "c").unwrap(), None);
    let bytes = std::fs::read(&path).unwrap();
    let (_folder, path) = file(&bytes[..40]);
    refused(read_npz_array(&path, "A"), "not a npz file");
}

#[test]
fn arrays_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let arrays = [
        ("points", arr2(&[[0.1f32, 2.0], [3.0, 1e-9]]).mapv(f64::from).into_dyn()),
        ("values", arr1(&[1.0, f64::NAN]).into_dyn()),
        ("hessian", arr3(&[[[1.0, 2.0], [3.0, f64::INFINITY]], [[5.0, 6.0], [7.0, 8.0]]]).into_dyn()),
    ];
    let table = |result: &str| {
        save_arrays(&at("a.csv"), result, &arrays, Precision::F32).unwrap();
        std::fs::read_to_string(at("a.csv")).unwrap()
    };
    assert_eq!(table("points"), "x0,x1,f\n0.1,2,1\n3,1e-9,\n");
    assert!(
        table("hessian")
            .starts_with("point,row,column,hessian\n0,0,0,1\n0,0,1,2\n0,1,0,3\n0,1,1,\n1,0,0,5\n")
    );
    save_arrays(&at("a.npy"), "points", &arrays, Precision::F32).unwrap();
    // Exactly, whatever the digits of a table.
    assert_eq!(read_points(&at("a.npy")).unwrap().into_dyn(), arrays[0].1);

    let error = save_arrays(&at("a.json"), "points", &arrays, Precision::F32).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains(".npy, .npz or .csv"), "{error}");
    let error = save_arrays(&at("a.npy"), "gradient", &arrays, Precision::F32).unwrap_err();
    assert!(error.to_string().contains("no array `gradient`"), "{error}");
    let error = check_output(&at("a.npy").join("b.npy")).unwrap_err();
    assert!(matches!(error, Error::File { .. }) && !error.is_bad_input(), "{error}");
    check_output(&at("new/a.NPZ")).unwrap();
    assert_eq!(std::fs::read_dir(at("new")).unwrap().count(), 0, "a temporary file was left");
    for _ in 0..2 {
        save_arrays(&at("new/a.npy"), "points", &arrays, Precision::F32).unwrap();
    }
    assert_eq!(std::fs::read_dir(at("new")).unwrap().count(), 1, "a temporary file was left");
}

#[test]
fn digits_of_a_precision() {
    assert_eq!(to_json(&[f64::from(0.1f32), 1e300], Precision::F32).unwrap(), "[0.1,1e+300]");
    assert_eq!(to_json(&[f64::from(0.1f32)], Precision::F64).unwrap(), "[0.10000000149011612]");
    // Beyond f32 nothing is lost.
    for value in [1e300, 1e-300, -1e39, 0.0, -0.0] {
        assert_eq!(number(value, Precision::F32).parse::<f64>().unwrap().to_bits(), value.to_bits());
    }
}

proptest! {
    #[test]
    fn numbers_read_back_as_they_were(value in any::<f64>(), short in any::<f32>()) {
        prop_assume!(value.is_finite() && short.is_finite());
        prop_assert_eq!(number(value, Precision::F64).parse::<f64>().unwrap().to_bits(), value.to_bits());
        let text = number(f64::from(short), Precision::F32);
        prop_assert_eq!(text.parse::<f32>().unwrap().to_bits(), short.to_bits());
        prop_assert!(text.len() <= short.to_string().len());
    }

    #[test]
    fn arrays_come_back_from_every_format(
        flat in prop::collection::vec(-1e6..1e6f64, 1..20),
        columns in 1..4usize,
    ) {
        let rows = flat.len().div_ceil(columns);
        let mut flat = flat;
        flat.resize(rows * columns, 0.5);
        let points = Array2::from_shape_vec((rows, columns), flat).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let all: [(&str, ArrayD<f64>); 1] = [("points", points.clone().into_dyn())];
        for name in ["a.npy", "a.csv"] {
            let path = folder.path().join(name);
            save_arrays(&path, "points", &all, Precision::F64).unwrap();
            prop_assert_eq!(&read_points(&path).unwrap(), &points);
        }
        let path = folder.path().join("a.npz");
        save_arrays(&path, "points", &all, Precision::F64).unwrap();
        prop_assert_eq!(read_numbers(&path).unwrap(), points.iter().copied().collect::<Vec<_>>());
    }

    /// Whatever bytes a file has: an answer or an error, never a panic.
    #[test]
    fn readers_take_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), start in 0..4usize) {
        let magic: [&[u8]; 4] = [b"", b"\x93NUMPY\x01\x00", b"PK\x03\x04", &[0, 0, 8, 2]];
        let folder = tempfile::tempdir().unwrap();
        for name in ["data.npy", "data.npz", "data.csv"] {
            let path = folder.path().join(name);
            std::fs::write(&path, [magic[start], &bytes].concat()).unwrap();
            let _ = (read_points(&path), read_numbers(&path), read_idx(&path));
            let _ = (read_npz_array(&path, "A"), Table::read(&path, &TableOptions::default()));
        }
    }

    /// A good file with some bytes changed, or cut off.
    #[test]
    fn readers_take_damaged_files(changes in prop::collection::vec((0..200usize, any::<u8>()), 0..6), cut in 0..200usize) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["data.npy", "data.npz"] {
            let path = folder.path().join(name);
            save_arrays(&path, "A", &[("A", arr2(&[[1.0, 2.0], [3.0, 4.0]]).into_dyn())], Precision::F64).unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            for &(at, byte) in &changes {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - cut.min(bytes.len()) / 4);
            std::fs::write(&path, bytes).unwrap();
            let _ = (read_points(&path), read_numbers(&path), read_npz_array(&path, "A"));
        }
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = read_idx(std::path::Path::new("no/such/data")).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("no/such/data"), "{error}");
}
