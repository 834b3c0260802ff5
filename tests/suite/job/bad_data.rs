//! What is said of data files that cannot be used: each message, word for word, is in `tests/hostile/bad_data.snap`.
//! `INSTA_UPDATE=always cargo test --test suite bad_data` writes them anew, to be read in the diff.

use std::process::Command;

use ndarray::{arr1, arr2};
use ndarray_npy::NpzWriter;

use super::JOB;

/// What is wrong, the file, its contents, and `[data]` without the format.
type Case = (&'static str, &'static str, Vec<u8>, &'static str);

fn npz() -> Vec<u8> {
    let mut npz = NpzWriter::new(std::io::Cursor::new(Vec::new()));
    npz.add_array("X", &arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).unwrap();
    npz.add_array("y", &arr1(&[0, 1, 0])).unwrap();
    npz.add_array("short", &arr1(&[0, 1])).unwrap();
    npz.add_array("halves", &arr1(&[0.0, 0.5, 1.0])).unwrap();
    npz.finish().unwrap().into_inner()
}

/// Three texts, as numpy writes them.
fn text_npy() -> Vec<u8> {
    let header = format!("{:<117}\n", "{'descr': '<U1', 'fortran_order': False, 'shape': (3,), }");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &[0; 12]].concat()
}

fn cases() -> Vec<Case> {
    let csv = |what, contents: &[u8], data| (what, "data.csv", contents.to_vec(), data);
    let good = b"a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n";
    let mut gz = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    gz.extend([1, 2, 3, 4]);
    vec![
        csv("a separator that is not there", good, "separator = ';'"),
        csv("thousands or decimals", b"1,234;0\n2,345;1\n", ""),
        csv("two decimal marks", b"1.5;0\n2,5;1\n3.5;0\n", ""),
        csv("a missing value", b"a,b,kind\n1,2,x\n3,,y\n5,NA,x\n", ""),
        csv("a missing value in every row", b"a,b,kind\n1,,x\n3,,y\n", "missing = 'drop'"),
        csv("a text", b"a,b,kind\n1,2,x\n3,red,y\n", ""),
        csv("a text with control characters", b"a,b,kind\n1,2,x\n3,\x1b[31mred\x07,y\n", ""),
        csv("a ragged line", b"a,b,kind\n1,2,x\n3,4\n", ""),
        csv("a short header", b"a,b\n1,2,x\n3,4,y\n", ""),
        csv("no header", b"1,2,0\n3,4,1\n", "header = true"),
        csv("no header, names asked for", b"1,2,0\n3,4,1\n", "label = 'kind'"),
        csv("a wrong name", good, "label = 'kinds'"),
        csv("a wrong number", good, "label = 4"),
        csv("a feature that is the label", good, "features = ['a', 'kind']"),
        csv("an open quote", b"a,b,kind\n1,\"2,x\n3,4,y\n", ""),
        csv("UTF-16", b"\xff\xfea\x00,\x00b\x00", ""),
        csv("Latin-1", b"a,b,kind\n1,2,m\xe4nnlich\n", ""),
        csv("a spreadsheet", b"PK\x03\x04......", ""),
        csv("a damaged gzip", &gz, ""),
        csv("nothing", b"", ""),
        csv("a header alone", b"a,b,kind\n", ""),
        csv("one column", b"kind\nx\ny\n", ""),
        csv("too many labels", b"1,x\n2,y\n3,z\n", ""),
        csv("labels that are values", b"1,0.5\n2,1.5\n3,2.5\n", ""),
        csv("a class that is not named", good, "classes = ['x', 'z']"),
        csv("weights for other classes", good, "class_weights = [1, 2, 3]"),
        csv("a share of nothing", b"1,2,0\n3,4,1\n", "test = { share = 0.1 }"),
        ("a wrong key", "data.npz", npz(), "inputs = 'x'\nlabels = 'y'"),
        ("no key", "data.npz", npz(), "inputs = 'X'"),
        ("labels of another length", "data.npz", npz(), "inputs = 'X'\nlabels = 'short'"),
        ("labels that are no classes", "data.npz", npz(), "inputs = 'X'\nlabels = 'halves'"),
        ("a text array", "data.npz", text_npz(), "inputs = 'X'\nlabels = 'y'"),
    ]
}

fn text_npz() -> Vec<u8> {
    let mut npz = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    npz.start_file("X.npy", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut npz, &text_npy()).unwrap();
    npz.finish().unwrap().into_inner()
}

#[test]
fn bad_data_has_one_clear_line() {
    let mut report = String::new();
    for (what, name, contents, data) in cases() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), contents).unwrap();
        let format = if name == "data.csv" { "csv" } else { "npz" };
        let test = if data.contains("test") { "" } else { "test.every = 2" };
        let (start, end) = (JOB.find("[data]").unwrap(), JOB.find("[network]").unwrap());
        let section = format!("[data]\nformat = '{format}'\npath = '{name}'\n{data}\n{test}\n");
        let job = format!("{}{section}{}", &JOB[..start], &JOB[end..]).replace("batch = 8", "batch = 1");
        std::fs::write(folder.path().join("job.toml"), job).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_plusminus"))
            .args(["run", "job.toml", "--device", "cpu"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{what}: {stderr}");
        let lines: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error")).collect();
        assert_eq!(
            (lines.len(), stderr.chars().any(|c| c.is_control() && c != '\n')),
            (1, false),
            "{what}: {stderr}"
        );
        assert!(!folder.path().join("out").exists(), "{what}: something was written");
        report += &format!("{what}\n  {stderr}");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../hostile");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("bad_data", report));
}
