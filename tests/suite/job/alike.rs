//! Which columns are meant, and other tables that are read as the training's was.

use std::path::Path;

use plusminus::Targets;
use plusminus::job::{Model, TrainingSummary};
use serde_json::Value;

use super::trained::{command, printed, train};

/// A small table trained once, with other data beside it.
fn small(folder: &Path, data: &str, settings: &[&str]) -> TrainingSummary {
    std::fs::write(folder.join("data.csv"), data).unwrap();
    let path = format!("data.path={}", folder.join("data.csv").display());
    let two = "network.layers=[{ units = 2, activation = 'identity' }]";
    let common = [path.as_str(), "data.test=none", two, "descent.epochs=30", "descent.batch=2"];
    train("iris", &[&common[..], settings].concat(), &folder.join("run"))
}

/// What is the label, and what is no feature.
#[test]
fn labels_and_features_are_those_that_are_meant() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let features = |summary: &TrainingSummary| summary.network.split('-').next().unwrap().to_string();
    // The last column by its place, also where another is called so.
    let summary = small(at, "open,last,up\n1,2,n\n3,3,y\n5,2,y\n", &[]);
    assert_eq!(
        (features(&summary), Model::read(&at.join("run")).unwrap().classes().unwrap()),
        ("2".into(), &["n", "y"].map(String::from)[..])
    );
    // The last of those that are not left out.
    let summary = small(at, "a,b,y,junk\n1,2,n,q\n3,5,p,r\n5,2,p,q\n", &["data.ignore=['junk']"]);
    assert_eq!(features(&summary), "2");
    assert_eq!(Model::read(&at.join("run")).unwrap().classes().unwrap(), ["n", "p"]);
    // Words that begin alike for long are others all the same.
    let long = "x".repeat(60);
    small(at, &format!("a,y\n1,{long}1\n2,{long}2\n3,{long}1\n"), &[]);
    let model = Model::read(&at.join("run")).unwrap();
    assert_eq!(model.classes().unwrap(), [format!("{long}1"), format!("{long}2")]);
    let samples = model.load(&at.join("data.csv"), None, true).unwrap();
    assert_eq!(samples.targets().unwrap(), &Targets::Classes(vec![0, 1, 0]));
    // An index that was shuffled; a column that counts the rows under a name of its own.
    let summary = small(at, ",a,y\n2,1.5,x\n0,2.5,z\n1,3.5,x\n", &[]);
    assert_eq!(features(&summary), "1");
    assert!(
        summary.notes[0].contains("column 1 numbers or names the rows: it is left out"),
        "{:?}",
        summary.notes
    );
    let summary = small(at, "nr,a,y\n1,1.5,x\n2,2.5,z\n3,3.5,x\n4,2,z\n", &[]);
    assert_eq!(features(&summary), "2");
    assert!(
        summary.notes[0].contains("column 1 (`nr`) counts the rows, and is a feature"),
        "{:?}",
        summary.notes
    );
}

/// Tables for a model have the columns of its training's, by their names, or none of them has any.
#[test]
fn tables_of_a_model_are_read_as_the_trainings() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let answers = |data: &str| {
        std::fs::write(at.join("new.csv"), data).unwrap();
        let output = command(&["predict", "run", "--data", "new.csv"], at);
        let text = String::from_utf8(output.stdout).unwrap();
        let classes: Vec<String> =
            text.lines().skip(1).map(|line| line.split(',').next().unwrap().to_string()).collect();
        (classes.join(" "), String::from_utf8(output.stderr).unwrap())
    };
    // Low a is n. Another order, other columns, fewer lines above.
    small(at, "junk\na,b,y\n1,20,n\n2,10,n\n8,20,p\n9,10,p\n", &["data.skip=1"]);
    assert_eq!(answers("b,a\n20,1\n10,9\n").0, "n p");
    assert_eq!(answers("junk\nc,b,a\n7,20,1\n7,10,9\n").0, "n p");
    assert_eq!(answers("1,20\n9,10\n").0, "n p");
    assert_eq!(answers("another title\nb,a\n20,1\n10,9\n").0, "n p");
    // Two lines of names, of which the first was skipped.
    small(at, "x,y,kind\na,b,y\n1,20,n\n2,10,n\n8,20,p\n9,10,p\n", &["data.skip=1"]);
    assert_eq!(answers("x,y,kind\nb,a,y\n20,1,n\n10,9,p\n").0, "n p");
    // Without names: the lines above are left out if they are the training's.
    small(at, "100,200,7\n1,20,n\n2,10,n\n8,20,p\n9,10,p\n", &["data.skip=1"]);
    assert_eq!(answers("100,200,7\n1,20,n\n9,10,p\n").0, "n p");
    assert_eq!(answers("1,20,n\n9,10,p\n").0, "n p");
    assert!(answers("a title\n1,20,n\n9,10,p\n").0.is_empty());
    // Names that are numbers.
    small(at, "0,1,2,3\n1,20,5,0\n2,10,5,0\n8,20,5,1\n9,10,5,1\n", &["data.features=['0', '1']"]);
    assert_eq!(answers("0,1\n1,20\n9,10\n").0, "0 1");
    assert_eq!(answers("9,0,1\n5,1,20\n5,9,10\n").0, "0 1");
    assert!(answers("1,0\n20,1\n10,9\n").1.contains("in another order, or a row"));
    // Names that stand twice: where they stood.
    small(at, "a,a,b,y\n1,2,20,n\n2,1,10,n\n8,9,20,p\n9,8,10,p\n", &[]);
    assert_eq!(answers("a,a,b,y\n1,2,20,n\n9,8,10,p\n").0, "n p");
    assert_eq!(answers("a,a,b\n1,2,20\n9,8,10\n").0, "n p");
    assert!(answers("b,a,a\n20,1,2\n10,9,8\n").1.contains("column 1 is not `a`"));
    // Decimal commas of a single feature are the training's.
    small(at, "0,5;n\n1,0;n\n7,5;p\n8,0;p\n", &[]);
    assert_eq!(answers("0,5\n8,5\n7,5\n").0, "n p p");
    // Without a header each line is a row: a word in it is one that is wrong.
    small(at, "1,20,n\n2,10,n\n8,20,p\n9,10,p\n", &[]);
    assert_eq!(answers("1,20\n9,10\n").0, "n p");
    let (none, message) = answers("oops,20\n9,10\n");
    assert!(
        none.is_empty() && message.contains("line 1, column 1: `oops` is not a finite number"),
        "{message}"
    );
    let (_, message) = answers("2,2,n,p\n1,20,0\n9,10,1\n");
    assert!(message.contains("line 2 has 3 fields"), "{message}");
    // With the first line of scikit-learn's files; other classes are not the training's.
    small(at, "4,2,low,high\n1,20,0\n2,10,0\n8,20,1\n9,10,1\n", &[]);
    assert_eq!(answers("2,2,low,high\n1,20,0\n9,10,1\n").0, "low high");
    assert!(answers("2,2,high,low\n1,20,0\n9,10,1\n").1.contains("calls the classes high, low"));
    // Rows with a missing value keep their place.
    small(at, "a,b,y\n1,20,n\n2,10,n\n8,20,p\n9,10,p\n7,,p\n", &["data.missing=drop"]);
    let (classes, message) = answers("a,b\n1,20\n,3\n9,10\n");
    assert_eq!(classes, "n  p");
    assert!(message.contains("1 row is left out"), "{message}");
    printed(&["predict", "run", "--data", "new.csv", "--output", "out.csv"], at);
    assert_eq!(std::fs::read_to_string(at.join("out.csv")).unwrap().lines().nth(2), Some(",,"));
}

/// Labels in a file of their own, of which the training knew nothing.
#[test]
fn targets_of_other_files_are_those_that_are_meant() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    small(at, "a,b,y\n1,20,0\n2,10,0\n8,20,1\n9,10,1\n", &[]);
    std::fs::write(at.join("new.csv"), "a,b\n1,20\n9,10\n8,20\n").unwrap();
    let evaluated = |targets: &str| {
        std::fs::write(at.join("t.csv"), targets).unwrap();
        command(&["evaluate", "run", "--data", "new.csv", "--target-file", "t.csv", "--json"], at)
    };
    for targets in ["0\n1\n1\n", "truth\n0\n1\n1\n", "y,flag\n0,1\n1,0\n1,0\n", "flag,y\n1,0\n0,1\n0,1\n"] {
        let output = evaluated(targets);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(figures["classes"]["accuracy"], 1.0, "{targets}");
    }
    for (targets, part) in [
        ("0,1\n1,0\n1,0\n", "it needs 1 alone"),
        ("truth,flag\n0,1\n1,0\n1,0\n", "there is no column `y`"),
        ("0\n1\n5\n", "t.csv: line 3: the label `5`"),
    ] {
        let output = evaluated(targets);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(part), "`{stderr}` does not say `{part}`");
    }
}
