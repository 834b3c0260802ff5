//! Samples in npy files, and ranks that have those of their own blocks alone.

use std::path::Path;

use ndarray::{Array1, Array2, ShapeBuilder, s};
use ndarray_npy::{NpzWriter, WritableElement, write_npy};
use plusminus::job::{self, Job, Run, RunOptions};

use super::resumed::{contents, job};

/// The pixels and labels of the digits.
pub(super) fn digits() -> (Array2<f64>, Array1<f64>) {
    let text = std::fs::read_to_string("examples/data/digits.csv").unwrap();
    let numbers: Vec<f64> =
        text.lines().flat_map(|line| line.split(',')).map(|text| text.parse().unwrap()).collect();
    let all = Array2::from_shape_vec((numbers.len() / 65, 65), numbers).unwrap();
    (all.slice(s![.., ..64]).to_owned(), all.column(64).to_owned())
}

/// The digits as npy files: bytes `x.npy` and `y.npy`, and values `t.npy` that a network may answer.
pub(super) fn write_digits(folder: &Path) {
    let (pixels, labels) = digits();
    write_npy(folder.join("x.npy"), &pixels.mapv(|x| x as u8)).unwrap();
    write_npy(folder.join("y.npy"), &labels.mapv(|y| y as u8)).unwrap();
    let targets = Array2::from_shape_fn((labels.len(), 2), |(i, j)| (labels[i] - 4.5) / (1 + j) as f64);
    write_npy(folder.join("t.npy"), &targets).unwrap();
}

/// What a training of the digits leaves behind, trained with these samples.
fn parameters(data: &str, more: &[&str], out: &Path) -> Vec<(String, String)> {
    let data = format!("data={{ {data} }}");
    let settings: Vec<&str> = ["descent.epochs=2", &data].iter().chain(more).copied().collect();
    let done = job::run_with(&job("digits", &settings), out, RunOptions::default(), &mut |_| {}, &|| false);
    assert!(matches!(done.unwrap(), Run::Done(_)));
    let kept = ["parameters.npz", "epochs.csv", "loss.csv"];
    contents(out).into_iter().filter(|(name, _)| kept.contains(&&**name)).collect()
}

/// Whatever numbers a file has, and in whichever order: the network is that of a table with the same samples.
#[test]
fn npy_files_are_read_as_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_digits(folder.path());
    let (pixels, labels) = digits();
    fn write<T: WritableElement>(path: &Path, pixels: &Array2<f64>, of: impl Fn(f64) -> T) {
        write_npy(path, &pixels.mapv(of)).unwrap();
    }
    write(&at("f32.npy"), &pixels, |x| x as f32);
    write(&at("f64.npy"), &pixels, |x| x);
    write(&at("i16.npy"), &pixels, |x| x as i16);
    write_npy(at("images.npy"), &pixels.mapv(|x| x as f32).into_shape_with_order((1797, 8, 8)).unwrap())
        .unwrap();
    let mut columns = Array2::zeros(pixels.dim().f());
    columns.assign(&pixels);
    write_npy(at("columns.npy"), &columns).unwrap();
    // Big-endian, as other machines write.
    let mut bytes = std::fs::read(at("f32.npy")).unwrap();
    let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[start..].chunks_exact_mut(4).for_each(<[u8]>::reverse);
    let order = bytes.windows(3).position(|part| part == b"<f4").unwrap();
    bytes[order] = b'>';
    std::fs::write(at("big.npy"), bytes).unwrap();
    let mut npz = NpzWriter::new(std::fs::File::create(at("all.npz")).unwrap());
    npz.add_array("inputs", &pixels).unwrap();
    npz.add_array("labels", &labels).unwrap();
    npz.finish().unwrap();

    let rest = [
        "divide_by = 16.0, test = { every = 5 }",
        "scale = 'standard', test = { share = 0.3, seed = 2 }",
        "scale = 'min-max', test = 'none'",
    ];
    for (i, rest) in rest.iter().enumerate() {
        let of =
            |name: &str, data: &str| parameters(&format!("{data}, {rest}"), &[], &at(&format!("{name}-{i}")));
        let table = of("npz", &format!("path = '{}'", at("all.npz").display()));
        assert!(table.len() == 3);
        for name in ["x", "f32", "f64", "i16", "images", "columns", "big"] {
            let [path, labels] = [at(&format!("{name}.npy")), at("y.npy")];
            let data = format!("path = '{}', labels = '{}'", path.display(), labels.display());
            assert!(of(name, &data) == table, "{name}, {rest}");
        }
    }
}

/// Bytes are divided also where targets are values, and where the test samples are no bytes.
#[test]
fn bytes_are_divided_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    write_digits(folder.path());
    let (pixels, _) = digits();
    write_npy(folder.path().join("f32.npy"), &pixels.mapv(|x| x as f32)).unwrap();
    let values =
        ["network.layers=[{ units = 2, activation = 'identity' }]", "network.loss='mean-squared-error'"];
    let mut all = Vec::new();
    for x in ["x.npy", "f32.npy"] {
        let data = format!("path = '{}', targets = '{}', divide_by = 16, test = 'none'", at(x), at("t.npy"));
        all.push(parameters(&data, &values, &folder.path().join(format!("values-{x}"))));
    }
    assert!(all[0] == all[1]);
    let mut all = Vec::new();
    for (x, test) in [("x.npy", "x.npy"), ("x.npy", "f32.npy"), ("f32.npy", "x.npy")] {
        let labels = at("y.npy");
        let data = format!(
            "path = '{}', labels = '{labels}', divide_by = 16, test = {{ path = '{}', labels = '{labels}' }}",
            at(x),
            at(test)
        );
        all.push(parameters(&data, &[], &folder.path().join(format!("labels-{x}-{test}"))));
    }
    assert!(all[0] == all[1] && all[0] == all[2]);
}

fn error(settings: &[&str], folder: &Path) -> String {
    let out = folder.join("wrong");
    let paths: Vec<String> =
        settings.iter().map(|text| text.replace("DIR", folder.to_str().unwrap())).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let examples = Path::new("examples/digits.toml");
    let settings: Vec<String> = paths.iter().map(ToString::to_string).collect();
    let run = |job: Job| job::run(&job, &out, &mut |_| {});
    let error = Job::read_with(examples, &settings).and_then(run).unwrap_err().to_string();
    assert!(!out.exists(), "{error}");
    error
}

/// What is wrong with npy files and with samples in parts is said, and nothing is left behind.
#[test]
fn wrong_rows_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_digits(folder.path());
    let (mut pixels, _) = digits();
    pixels[[1100, 7]] = f64::NAN;
    write_npy(at("nan.npy"), &pixels).unwrap();
    let bytes = std::fs::read(at("x.npy")).unwrap();
    std::fs::write(at("short.npy"), &bytes[..bytes.len() - 1]).unwrap();
    std::fs::write(at("long.npy"), [&bytes[..], &[0]].concat()).unwrap();
    std::fs::write(at("none.npy"), b"1,2\n3,4\n").unwrap();
    std::fs::write(at("header.npy"), &bytes[..50]).unwrap();
    write_npy(at("few.npy"), &pixels.slice(s![..9, ..]).to_owned()).unwrap();
    write_npy(at("one.npy"), &ndarray::arr0(1.0)).unwrap();
    let of = |name: &str| format!("data={{ path = 'DIR/{name}', labels = 'DIR/y.npy', test = 'none' }}");
    let blocks = "descent.shuffle='blocks'";
    for (data, more, parts) in [
        (of("nan.npy"), "", vec!["nan.npy", "NaN", "[1100, 7]"]),
        (of("short.npy"), "", vec!["short.npy", "115008", "115007"]),
        (of("long.npy"), "", vec!["long.npy", "115009"]),
        (of("none.npy"), "", vec!["none.npy", "no npy file"]),
        (of("header.npy"), "", vec!["header.npy"]),
        (of("few.npy"), "", vec!["9 rows of features, but 1797 labels"]),
        (of("one.npy"), "", vec!["single number"]),
        (of("nowhere.npy"), "", vec!["nowhere.npy"]),
        ("data={ path = 'DIR/x.npy', test = 'none' }".into(), "", vec!["labels = \"labels.npy\"", "targets"]),
        (
            "data={ path = 'DIR/x.npy', labels = 'DIR/y.npy', test = { path = 'DIR/x.npy' } }".into(),
            "",
            vec!["path and labels"],
        ),
        (
            "data={ path = 'DIR/x.npy', inputs = 'x', labels = 'DIR/y.npy', test = 'none' }".into(),
            "",
            vec!["data.inputs belongs to the format npz"],
        ),
        (of("x.npy"), "descent.block=3", vec!["6 blocks cannot share a batch of 16"]),
        (
            "data={ path = 'DIR/x.npy', labels = 'DIR/y.npy', test = 'none', class_weights = 'balanced' }"
                .into(),
            "descent.block=4",
            vec!["class_weights", "one place"],
        ),
        (of("x.npy"), "descent.shuffle='rows'", vec!["`all`, `blocks`"]),
    ] {
        let settings = if more.is_empty() { vec![&*data] } else { vec![blocks, &*data, more] };
        let error = error(&settings, folder.path());
        assert!(parts.iter().all(|part| error.contains(part)), "{data} {more}: {error}");
    }
}
