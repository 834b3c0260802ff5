//! Tables as people have them: what is found in them, and what is read.

#![cfg(feature = "cli")]

use std::io::Write;
use std::path::PathBuf;

use plusminus::data::{Cell, ColumnName, Table, TableOptions, read_data_set, read_points};

fn file(name: &str, contents: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, contents).unwrap();
    (folder, path)
}

fn read_with(contents: &[u8], options: &TableOptions) -> plusminus::Result<Table> {
    let (_folder, path) = file("data.csv", contents);
    Table::read(&path, options)
}

fn read(contents: &[u8]) -> Table {
    read_with(contents, &TableOptions::default()).unwrap()
}

fn numbers(table: &Table) -> Vec<Vec<f64>> {
    (0..table.rows())
        .map(|row| (0..table.width()).map(|column| table.number(row, column).unwrap()).collect())
        .collect()
}

fn packed(contents: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(contents).unwrap();
    packed.finish().unwrap()
}

/// The same table, written in many ways.
#[test]
fn one_table_in_many_hands() {
    let plain = b"a,b,c\n1.5,-2,3e2\n0.25,4,5\n";
    let written: [(&str, Vec<u8>); 12] = [
        ("comma", plain.to_vec()),
        ("semicolon", b"a;b;c\n1.5;-2;3e2\n0.25;4;5\n".to_vec()),
        ("decimal comma", b"a;b;c\n1,5;-2;3e2\n0,25;4;5\n".to_vec()),
        ("tab", b"a\tb\tc\n1.5\t-2\t3e2\n0.25\t4\t5\n".to_vec()),
        ("tab and decimal comma", b"a\tb\tc\n1,5\t-2\t3e2\n0,25\t4\t5\n".to_vec()),
        ("bar", b"a|b|c\n1.5|-2|3e2\n0.25|4|5\n".to_vec()),
        ("spaces", b"  a b  c\n1.5   -2 3e2\n 0.25 4    5\n".to_vec()),
        ("byte order mark", [b"\xef\xbb\xbf", &plain[..]].concat()),
        ("quotes", b"\"a\",\"b\",\"c\"\n\"1.5\",\"-2\",\"3e2\"\n\"0.25\",\"4\",\"5\"\n".to_vec()),
        ("line ends", b"a,b,c\r\n1.5,-2,3e2\r\n0.25,4,5\r\n".to_vec()),
        ("a comma at the end of each line", b"a,b,c,\n1.5,-2,3e2,\n0.25,4,5,\n".to_vec()),
        ("comments and blank lines", b"# made by hand\n\na,b,c\n1.5,-2,3e2\n\n0.25,4,5\n\n".to_vec()),
    ];
    for (how, contents) in written {
        for contents in [contents.clone(), packed(&contents)] {
            let table = read(&contents);
            assert_eq!(table.names().unwrap(), ["a", "b", "c"], "{how}");
            assert_eq!(numbers(&table), [[1.5, -2.0, 300.0], [0.25, 4.0, 5.0]], "{how}");
        }
    }
    // A file of numbers for an objective or of points is read alike.
    let (_folder, path) = file("points.csv.gz", &packed(b"1,5;2\n3,25;4\n"));
    assert_eq!(read_points(&path).unwrap(), ndarray::arr2(&[[1.5, 2.0], [3.25, 4.0]]));
    let (_folder, path) = file("t.tsv", b"t\ty\n1\t2,5\n2\t3,5\n");
    assert_eq!(read_data_set(&path).unwrap().numbers(), [1.0, 2.5, 2.0, 3.5]);
}

#[test]
fn the_first_line_is_what_it_is() {
    // Names of columns, with numbers below.
    assert_eq!(read(b"sepal,species\n5.1,setosa\n").names().unwrap(), ["sepal", "species"]);
    // All words, none of which occurs below; and a row like others.
    assert_eq!(read(b"from,to\na,b\nb,c\n").names().unwrap(), ["from", "to"]);
    assert!(read(b"a,b\nb,a\n").names().is_none());
    assert_eq!(read(b"5.1,setosa\n4.9,setosa\n").rows(), 2);
    // What programs write where columns have no names.
    assert_eq!(read(b"0,1,2,3\n5,6,7,8\n").rows(), 1);
    assert_eq!(read(b"5,6,7,8\n0,1,2,3\n").rows(), 2);
    // The same with few columns, where rows of whole numbers may count by chance; and after an index.
    assert_eq!(read(b"0,1\n0.5,2.5\n1.5,0.25\n").names().unwrap(), ["0", "1"]);
    assert_eq!(read(b"0,1\n1,0\n1,1\n").rows(), 3);
    assert_eq!(read(b",0,1,2,3\n0,0.5,1,2,3\n1,0.5,1,2,3\n").names().unwrap(), ["", "0", "1", "2", "3"]);
    assert_eq!(read(b"0,1,species\n0.5,0.5,a\n1,1,b\n").names().unwrap(), ["0", "1", "species"]);
    assert_eq!(read(b",0,1,species\n0,0.5,0.5,a\n1,1,1,b\n").rows(), 2);
    assert_eq!(read(b"0,1,a\n1,0,b\n1,1,a\n").rows(), 3);
    // R's row names have no name.
    let table = read(b"\"a\" \"b\"\n\"r 1\" 1 2\n\"r 2\" 3 4\n");
    assert_eq!((table.names().unwrap(), table.is_row_name(0)), (&["", "a", "b"].map(String::from)[..], true));
    // What is infinite or too large is a number that cannot be used, not a name.
    assert_eq!(read(b"1,-inf,0\n1,3,1\n").rows(), 2);
    assert_eq!(read(b"1,1e999,0\n1,3,1\n").rows(), 2);
    // A name among numbers is told.
    let table = read(b"age,1990,1991\n7,1.5,2\n8,2,3\n");
    assert!(
        table.names().is_some() && table.notes()[0].contains("taken as the header: `age`, `1990`, `1991`")
    );
    // What Excel writes for itself.
    assert_eq!(numbers(&read(b"sep=;\na;b\n1,5;2\n")), [[1.5, 2.0]]);
    // A value that is missing in the first row makes no header.
    assert_eq!(read(b"NA,1\n2,3\n").rows(), 2);
    // scikit-learn's.
    let table = read(b"3,2,low,high\n1,2,0\n3,4,1\n5,6,1\n");
    assert_eq!((table.rows(), table.classes().unwrap()), (3, &["low".to_string(), "high".to_string()][..]));
    assert_eq!(numbers(&table)[2], [5.0, 6.0, 1.0]);
    // One class, or labels that are none: a row.
    assert_eq!(read(b"3,2,x\n1,2,z\n3,4,x\n5,6,x\n").rows(), 4);
    // The same fields, but not above so many rows.
    assert!(
        read_with(b"4,2,low,high\n1,2,0,7\n3,4,1,7\n5,6,1,7\n", &TableOptions::default())
            .unwrap()
            .classes()
            .is_none()
    );
    let skip = TableOptions { skip: 1, ..TableOptions::default() };
    assert_eq!(read_with(b"anything\n1,2\n3,4\n", &skip).unwrap().rows(), 2);
    let row = TableOptions { header: Some(false), ..TableOptions::default() };
    assert_eq!(read_with(b"a,b\nc,d\n", &row).unwrap().rows(), 2);
}

#[test]
fn cells_are_numbers_words_or_missing() {
    let table = read(b"x,y\n1,a\n?,b\n,NA\n-inf,c\n");
    let column = |column| (0..4).map(|row| table.cell(row, column)).collect::<Vec<_>>();
    assert_eq!(column(0), [Cell::Number(1.0), Cell::Missing, Cell::Missing, Cell::Word("-inf")]);
    assert_eq!(column(1), [Cell::Word("a"), Cell::Word("b"), Cell::Missing, Cell::Word("c")]);
    assert_eq!(table.place(3, 0), "line 5, column 1 (`x`)");
    let own = TableOptions { missing_values: Some(vec!["-999".into()]), ..TableOptions::default() };
    let table = read_with(b"x\n-999.0\n7\n?\n", &own).unwrap();
    assert_eq!([0, 1, 2].map(|row| table.cell(row, 0)), [Cell::Missing, Cell::Number(7.0), Cell::Word("?")]);
}

#[test]
fn columns_by_name_or_number() {
    let table = read(b"id,age,last,size,age\n1,2,3,4,5\n2,3,4,5,6\n");
    let name = |name: &str| ColumnName::Name(name.into());
    assert_eq!(table.find(&name("id")).unwrap(), 0);
    assert_eq!(table.find(&ColumnName::Number(4)).unwrap(), 3);
    // A name of the file comes before what it means elsewhere.
    assert_eq!(table.find(&name("last")).unwrap(), 2);
    assert_eq!(table.find(&name("first")).unwrap(), 0);
    assert_eq!(table.find_all(&[name("2-4"), ColumnName::Number(1)]).unwrap(), [1, 2, 3, 0]);
    assert!(table.is_row_name(0) && !table.is_row_name(2) && !table.counts_rows(0));
    for (column, part) in [
        (name("siz"), "did you mean `size`?"),
        (name("age"), "columns 2 and 5 are both called `age`"),
        (ColumnName::Number(6), "numbered from 1 to 5"),
        (ColumnName::Number(0), "numbered from 1 to 5"),
    ] {
        let message = table.find(&column).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }
    let message = table.find_all(&[name("1-2"), name("id")]).unwrap_err().to_string();
    assert!(message.contains("column 1 (`id`) is given twice"), "{message}");
}

/// Longer than what separator and marks are found in, with a character that its end cuts.
#[test]
fn a_long_table_is_read_to_its_end() {
    let mut text = String::from("näme;wert\n");
    for row in 0..20_000 {
        text += &format!("größe{row};{row},5\n");
    }
    let table = read(text.as_bytes());
    assert_eq!((table.rows(), table.number(19_999, 1).unwrap()), (20_000, 19_999.5));
    assert_eq!(table.cell(19_999, 0), Cell::Word("größe19999"));
}

/// Quotes that are not closed would swallow rows, silently.
#[test]
fn quotes_that_span_lines_are_refused() {
    for text in [
        "a,b,note\n1,2,x\n3,4,\"5 inch\n5,6,y\n7,8,\"9 inch\n",
        "a,b\n1,\"2\n3,4\n",
        "a,b,c\n1,\"x,3\n4,5\",6\n",
    ] {
        let message = read_with(text.as_bytes(), &TableOptions::default()).unwrap_err().to_string();
        assert!(message.contains("a quote (\") that is opened"), "{message}");
    }
    for text in ["1 2 \"x\n3 4 \"y\n", "a;b\n1; \"x\n2;y\n"] {
        let message = read_with(text.as_bytes(), &TableOptions::default()).unwrap_err().to_string();
        assert!(message.contains("begins with a quote"), "{message}");
    }
    assert_eq!(read(b"1, \"x\"\n2,\"y\"\n").cell(0, 1), Cell::Word("x"));
    let table = read(b"a,note\n1,\"x, \"\"y\"\"\"\n2,z\n");
    assert_eq!(table.cell(0, 1), Cell::Word("x, \"y\""));
}

/// Ids have more digits than a number keeps.
#[test]
fn long_numbers_are_told_apart() {
    let table = read(b"id,a\n1234567890123456789,1\n1234567890123456790,2\n1234567890123456791,3\n");
    assert!(table.is_row_name(0));
    assert_eq!(table.cell(1, 0), Cell::Word("1234567890123456790"));
    assert_eq!(table.number(0, 0).unwrap(), 1234567890123456789.0);
    assert_eq!(read(b"a,b\n1000000000000000000,1\n2,3\n").cell(0, 0), Cell::Number(1e18));
}
