//! Files that claim more than they have, or have more than they should, and machines that have less: clear errors, in no time, with little memory.

#![cfg(all(unix, feature = "cli"))]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

fn npy(shape: &str, body: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    let pad = 64 - (10 + header.len() + 1) % 64;
    header += &" ".repeat(pad);
    header.push('\n');
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), body].concat()
}

/// A file of many zeros that takes no room on the disk.
fn sparse(path: &Path, start: &[u8], length: u64) {
    let mut file = std::fs::File::create(path).unwrap();
    file.write_all(start).unwrap();
    file.set_len(length).unwrap();
}

fn npz(path: &Path, start: &[u8], zeros: u64) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    zip.start_file("points.npy", options).unwrap();
    zip.write_all(start).unwrap();
    let part = vec![0; 1 << 20];
    for _ in 0..zeros >> 20 {
        zip.write_all(&part).unwrap();
    }
    zip.finish().unwrap();
}

fn gzip(path: &Path, line: &[u8], times: usize) {
    let file = std::fs::File::create(path).unwrap();
    let mut gz = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    for _ in 0..times {
        gz.write_all(line).unwrap();
    }
    gz.finish().unwrap();
}

/// A shell line in which `plusminus` is the program, within so much address space.
fn within(kilobytes: u64, line: &str, at: &Path) -> Output {
    let line = line.replace("plusminus", env!("CARGO_BIN_EXE_plusminus"));
    let line = format!("ulimit -v {kilobytes}; {line}");
    Command::new("bash").args(["-c", &line]).current_dir(at).output().unwrap()
}

#[test]
fn files_that_lie_about_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(at.join(name), bytes).unwrap();
    write("nested.npy", npy(&("(".repeat(20) + &")".repeat(20)), &[]));
    write("empty.npy", npy("(0, 18446744073709551615)", &[]));
    write("empty2.npy", npy("(9223372036854775807, 0, 9223372036854775807)", &[]));
    write("negative.npy", npy("(-1, 3)", &[0; 24]));
    write("overflow.npy", npy("(4294967296, 4294967296)", &[0; 24]));
    write("large.npy", npy("(100000000000,)", &[0; 24]));
    write("short.npy", npy("(3,)", &[0; 16]));
    sparse(&at.join("tail.npy"), &npy("(2,)", &[0; 16]), 3 << 30);
    npz(&at.join("tail.npz"), &npy("(2,)", &[0; 16]), 16 << 20);
    npz(&at.join("large.npz"), &npy("(1000000000,)", &[]), 1 << 20);
    gzip(&at.join("line.csv.gz"), &[b'1'; 1 << 20], 66);
    write("huge.safetensors", [&(1u64 << 62).to_le_bytes()[..], b"{}"].concat());
    let header = br#"{"points":{"dtype":"F64","shape":[18446744073709551615,2],"data_offsets":[0,16]}}"#;
    write("over.safetensors", [&(header.len() as u64).to_le_bytes()[..], header, &[0; 16]].concat());
    sparse(&at.join("zeros.wgsl"), b"", 3 << 30);
    for (points, part) in [
        ("nested.npy", "brackets 21 deep"),
        ("empty.npy", "too large for any machine"),
        ("empty2.npy", "too large for any machine"),
        ("negative.npy", "illegal value"),
        ("overflow.npy", "too large for any machine"),
        ("large.npy", "declares 800000000000 bytes, and 4294967296 is the limit"),
        ("short.npy", "missing 8 bytes"),
        ("tail.npy", "more than the 16 bytes that its header declares"),
        ("tail.npz", "more than the 16 bytes that its header declares"),
        ("large.npz", "declares 8000000000 bytes"),
        ("line.csv.gz", "a line takes more than 67108864 bytes"),
        ("huge.safetensors", "header too large"),
        ("over.safetensors", "overflow"),
    ] {
        let begin = Instant::now();
        let line = format!("plusminus gradient --device cpu --sum-of-squares --points {points}");
        let output = within(2_000_000, &line, at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{points}: {stderr}");
        assert!(stderr.contains(part), "{points}: `{stderr}` does not say `{part}`");
        assert!(stderr.len() < 500 && begin.elapsed().as_secs() < 30, "{points}: {stderr}");
    }
    for line in [
        "plusminus gradient --device cpu --wgsl zeros.wgsl --at 1",
        "plusminus gradient --device cpu --wgsl /dev/zero --at 1",
        "plusminus run /dev/zero",
        "plusminus validate zeros.wgsl",
    ] {
        let output = within(2_000_000, line, at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {stderr}");
        assert!(stderr.contains("more than 16777216 bytes"), "{line}: {stderr}");
    }
}

/// Of several members of one name the last counts, as in NumPy.
#[test]
fn the_last_of_equal_names_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twice.npz");
    let member = |x: f64| npy("(1, 1)", &x.to_le_bytes());
    // The writer refuses equal names: the archive is made with two that differ in a letter, which is then changed.
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, x) in [("pointz.npy", 1.0), ("points.npy", 2.0)] {
        let stored =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(name, stored).unwrap();
        zip.write_all(&member(x)).unwrap();
    }
    zip.finish().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let places: Vec<usize> = (0..bytes.len() - 6).filter(|&at| &bytes[at..at + 6] == b"pointz").collect();
    places.into_iter().for_each(|at| bytes[at + 5] = b's');
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(plusminus::data::read_points(&path).unwrap(), ndarray::array![[2.0]]);
}

#[test]
fn job_files_that_are_no_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let long = format!("name = 'x'\nrate = '{}'\n", "y".repeat(1 << 20));
    let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (text, part) in [
        (deep.as_bytes(), "recurs"),
        (&b"a.b.c = "[..], "line 1"),
        (long.as_bytes(), "unknown key `rate`"),
        (b"name = '\x1b[31m'\n\xff\xfe", "no text in UTF-8"),
        (b"\0\0\0\0", "line 1"),
        (b"", "`name` is missing"),
        (b"name = 3", "expected a text in quotes, found the number `3`"),
        (
            b"name = 'x'\n[descent]\nrate = 'fast'",
            "line 3, column 8: expected a number, or a list of such, found the text \"fast\"",
        ),
        (
            b"name = 'x'\n[descent]\nrate = 1\nbatch = -1",
            "line 4, column 9: the number `-1` is not allowed here",
        ),
    ] {
        std::fs::write(at.join("job.toml"), text).unwrap();
        let output = within(2_000_000, "plusminus run job.toml", at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(part), "`{stderr}` does not say `{part}`");
        assert!(stderr.len() < 800 && !stderr.chars().any(|c| c.is_control() && c != '\n'), "{stderr}");
    }
    assert_eq!(std::fs::read_dir(at).unwrap().count(), 1);
}

/// Little memory, odd numbers of threads: named errors, no panic, no abort.
#[test]
fn machines_that_have_little() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("long.csv"), vec!["1"; 30_000].join(",")).unwrap();
    let gradient = "plusminus gradient --device cpu --expr 'sum(x^2)' --at 1,2";
    for (kilobytes, line, code, part) in [
        (
            6_000_000,
            "plusminus hessian --device cpu --sum-of-squares --points long.csv".into(),
            5,
            "out of memory",
        ),
        (6_000_000, format!("RAYON_NUM_THREADS=100000 {gradient}"), 2, "from 1 to 1024"),
        (6_000_000, format!("RAYON_NUM_THREADS=many {gradient}"), 2, "from 1 to 1024"),
        (
            6_000_000,
            "plusminus descend --sum-of-squares --device cpu --rate 0.1 --steps 1 --starts 2000000000 --region=0:1 --sampling latin-hypercube".into(),
            5,
            "points to start from",
        ),
        (6_000_000, format!("{gradient} --threads 0"), 2, "from 1 to 1024"),
        (6_000_000, format!("{gradient} --threads 3"), 0, ""),
        (6_000_000, format!("RAYON_NUM_THREADS= {gradient}"), 0, ""),
        (400_000, gradient.to_string(), 0, ""),
    ] {
        let output = within(kilobytes, &line, at);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{line}: {stderr}");
        assert!(stderr.contains(part) && !stderr.contains("panicked"), "{line}: {stderr}");
        if line.contains("--threads 3") {
            assert!(String::from_utf8_lossy(&output.stdout).contains("cpu (3 threads)"));
        }
    }
}
