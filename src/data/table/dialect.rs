//! How a table is written: what separates fields, and what marks decimals. Given, or found in its first lines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What separates the fields of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Separator {
    /// A character of ASCII.
    Character(u8),
    /// Any number of spaces and tabs.
    Whitespace,
}

impl FromStr for Separator {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.as_bytes()) {
            (" " | "space" | "whitespace", _) => Ok(Separator::Whitespace),
            ("tab", _) => Ok(Separator::Character(b'\t')),
            (_, &[one]) if one != b'"' && one != b'\n' && one != b'\r' && !one.is_ascii_alphanumeric() => {
                Ok(Separator::Character(one))
            }
            _ => Err(format!(
                "{text:?} separates no fields: give one character such as \",\" or \";\", or \"tab\", or \"whitespace\""
            )),
        }
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Separator::Character(b'\t') => f.write_str("tab"),
            Separator::Character(byte) => write!(f, "{}", char::from(*byte)),
            Separator::Whitespace => f.write_str("whitespace"),
        }
    }
}

/// What stands before the decimals of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Decimal {
    /// 3.14
    Point,
    /// 3,14
    Comma,
}

impl FromStr for Decimal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "." | "point" => Ok(Decimal::Point),
            "," | "comma" => Ok(Decimal::Comma),
            _ => Err(format!("{text:?} is no decimal mark: give \".\" or \",\"")),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Decimal::Point => ".",
            Decimal::Comma => ",",
        })
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(mark: $name) -> String {
                mark.to_string()
            }
        }
    )*};
}

as_text!(Separator, Decimal);

impl Decimal {
    /// A finite number, written with this mark.
    pub(super) fn number(self, field: &str) -> Option<f64> {
        let parsed = match self {
            Decimal::Point => field.parse::<f64>(),
            Decimal::Comma if field.contains('.') => return None,
            Decimal::Comma => field.replace(',', ".").parse::<f64>(),
        };
        parsed.ok().filter(|number| number.is_finite())
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: Separator,
    pub(super) decimal: Decimal,
}

/// Of two that fit equally well, the first is taken.
const SEPARATORS: [Separator; 5] = [
    Separator::Character(b'\t'),
    Separator::Character(b';'),
    Separator::Character(b'|'),
    Separator::Character(b','),
    Separator::Whitespace,
];

/// Lines that are looked at.
const LINES: usize = 200;

impl Dialect {
    /// Finds what is not given, from the first lines of a table.
    ///
    /// The separator is the one that cuts all lines (but perhaps the first) into as many fields, two or more, most of which are
    /// numbers. Where none does, it is the one that cuts most lines so; where there is no separator at all, a comma. Decimal commas
    /// are found where no number has a point.
    ///
    /// # Errors
    /// Numbers such as `1,234` alone, which may have a decimal comma or be thousands.
    pub(super) fn find(
        sample: &str,
        is_cut: bool,
        separator: Option<Separator>,
        decimal: Option<Decimal>,
    ) -> Result<Self, String> {
        let among = separator.map_or(SEPARATORS.to_vec(), |given| vec![given]);
        let mut best: Option<(Score, Separator, Result<Decimal, String>)> = None;
        for separator in among {
            let mut lines: Vec<Vec<String>> = fields(sample, separator, LINES + 1);
            if is_cut || lines.len() > LINES {
                lines.pop();
            }
            let found = decimal.map_or_else(|| find_decimal(&lines, separator), Ok);
            let score = score(&lines, *found.as_ref().unwrap_or(&Decimal::Comma));
            if best.as_ref().is_none_or(|(most, ..)| score > *most) {
                best = Some((score, separator, found));
            }
        }
        match best {
            Some((score, separator, found)) if score.is_table => Ok(Dialect { separator, decimal: found? }),
            _ => {
                let separator = separator.unwrap_or(Separator::Character(b','));
                Ok(Dialect { separator, decimal: decimal.unwrap_or(Decimal::Point) })
            }
        }
    }
}

/// How well a separator fits, the most telling first.
#[derive(PartialEq, PartialOrd)]
struct Score {
    is_table: bool,
    is_even: bool,
    /// Whether the first line has as many fields, too.
    has_first: bool,
    /// Share of the fields that are numbers.
    numbers: f64,
    /// Share of the lines that have as many fields as the second.
    alike: f64,
}

fn score(lines: &[Vec<String>], decimal: Decimal) -> Score {
    // The first may be a title.
    let width = lines.get(1).or(lines.first()).map_or(0, Vec::len);
    let below = if lines.len() > 1 { &lines[1..] } else { lines };
    let alike = below.iter().filter(|line| line.len() == width).count();
    let all: usize = lines.iter().map(Vec::len).sum();
    let numbers = lines.iter().flatten().filter(|field| decimal.number(field).is_some()).count();
    Score {
        is_table: width > 1,
        is_even: alike == below.len(),
        has_first: lines.first().is_some_and(|line| line.len() == width),
        numbers: numbers as f64 / all.max(1) as f64,
        alike: alike as f64 / below.len().max(1) as f64,
    }
}

fn find_decimal(lines: &[Vec<String>], separator: Separator) -> Result<Decimal, String> {
    let is_with = |field: &&String, mark: char, decimal: Decimal| {
        field.contains(mark) && decimal.number(field).is_some()
    };
    let fields = || lines.iter().flatten();
    if separator == Separator::Character(b',') && !fields().any(|field| field.contains(',')) {
        return Ok(Decimal::Point);
    }
    let commas: Vec<&String> = fields().filter(|field| is_with(field, ',', Decimal::Comma)).collect();
    if commas.is_empty() || fields().any(|field| is_with(&field, '.', Decimal::Point)) {
        return Ok(Decimal::Point);
    }
    // Thousands have three digits after the comma, and do not begin with 0.
    let is_thousands = |field: &str| {
        let (before, after) = field.trim_start_matches(['+', '-']).split_once(',').unwrap_or((field, ""));
        let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        after.len() == 3
            && is_plain(after)
            && before.len() < 4
            && is_plain(before)
            && !before.starts_with('0')
    };
    if commas.iter().all(|field| is_thousands(field)) {
        let example = commas[0];
        return Err(format!(
            "`{example}` may be a number with a decimal comma or with thousands apart: give decimal = \",\" for the first; \
             thousands cannot be read"
        ));
    }
    Ok(Decimal::Comma)
}

/// A reader of lines whose fields are separated by a character.
pub(super) fn builder(separator: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(separator).has_headers(false).flexible(true).trim(csv::Trim::All);
    builder
}

/// The words of a line: between whitespace, or between quotes.
pub(super) fn words_of(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let quoted = rest.strip_prefix('"').and_then(|inner| {
            let (word, after) = inner.split_once('"')?;
            (after.is_empty() || after.starts_with(char::is_whitespace)).then_some((word, after))
        });
        let (word, after) = quoted.unwrap_or_else(|| match rest.find(char::is_whitespace) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        });
        rest = after.trim_start();
        Some(word)
    })
}

fn fields(sample: &str, separator: Separator, most: usize) -> Vec<Vec<String>> {
    match separator {
        Separator::Character(byte) => {
            let reader = builder(byte).from_reader(sample.as_bytes());
            let records = reader.into_records().take(most).filter_map(Result::ok);
            records.map(|record| record.iter().map(String::from).collect()).collect()
        }
        Separator::Whitespace => {
            let lines = sample.lines().filter(|line| !line.trim().is_empty()).take(most);
            lines.map(|line| words_of(line).map(String::from).collect()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_decimal_marks_are_found() {
        let cases = [
            ("1,2,3\n4,5,6\n", ",", "."),
            ("1;2,5;3\n4;5,25;6\n", ";", ","),
            ("a\tb\n1,5\t2,5\n", "tab", ","),
            ("59 2 32.1\n48  1 21.6\n", "whitespace", "."),
            ("1,5 2,5\n3,5 4,25\n", "whitespace", ","),
            ("150,4,setosa,virginica\n5.1,3.5,0\n4.9,3.0,0\n", ",", "."),
            ("\"1,5\",\"2,25\"\n\"0,5\",\"1,75\"\n", ",", ","),
            ("name|note\na, b|c\nd|e, f\n", "|", "."),
            ("1\n2\n3\n", ",", "."),
            ("1, 2, 3\n4, 5, 6\n", ",", "."),
            ("0,125;1\n0,250;2\n", ";", ","),
            ("1 2.5 \"a b\"\n3 4.5 \"c  d\"\n", "whitespace", "."),
        ];
        for (text, separator, decimal) in cases {
            let found = Dialect::find(text, false, None, None).unwrap();
            assert_eq!(
                (found.separator.to_string(), found.decimal.to_string()),
                (separator.into(), decimal.into()),
                "{text}"
            );
        }
        let message = Dialect::find("1,234;5\n2,500;6\n", false, None, None).unwrap_err();
        assert!(message.contains("`1,234` may be"), "{message}");
        assert!(Dialect::find("1,234;5\n", false, None, Some(Decimal::Comma)).is_ok());
    }

    #[test]
    fn words_may_be_quoted() {
        let words: Vec<&str> = words_of(" 1  \"a b\"\t2 \"\" \"x\"y z\n").collect();
        assert_eq!(words, ["1", "a b", "2", "", "\"x\"y", "z"]);
    }

    #[test]
    fn marks_read_back_as_they_are_written() {
        for text in [",", ";", "tab", "|", "whitespace"] {
            assert_eq!(text.parse::<Separator>().unwrap().to_string(), text);
        }
        assert!("ab".parse::<Separator>().is_err() && "x".parse::<Separator>().is_err());
        assert!("'".parse::<Decimal>().is_err());
    }
}
