//! What is wrong with a job file, in the user's words and at its place.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::numeric::nearest;

/// Characters of a line that are shown.
const SHOWN: usize = 100;

/// `line 12, column 1: unknown key …`, and the line with a mark under the place.
pub(super) fn told(text: &str, error: &toml::de::Error) -> String {
    let message = in_words(error.message());
    match error.span() {
        Some(span) => at(text, span, &message),
        None => message,
    }
}

/// The same of what is wrong with a value: messages begin with its key, such as `descent.rate = -1: …`.
pub(super) fn told_of_value(text: &str, message: &str) -> String {
    match key_of(text, message) {
        Some(span) => at(text, span, message),
        None => message.into(),
    }
}

/// Where the key stands with which a message begins, or the section, where the key is not there.
fn key_of(text: &str, message: &str) -> Option<Range<usize>> {
    let is_of_a_key = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let path = message.split(|c| !is_of_a_key(c)).next()?;
    let whole = DeTable::parse(text).ok()?;
    let (mut table, mut found) = (whole.get_ref(), None);
    for name in path.split('.') {
        let Some((key, value)) = table.iter().find(|(key, _)| key.get_ref() == name) else { break };
        found = Some(key.span());
        match value.get_ref() {
            DeValue::Table(within) => table = within,
            _ => break,
        }
    }
    found
}

/// A message with the place that it is about.
fn at(text: &str, span: Range<usize>, message: &str) -> String {
    let start = span.start.min(text.len());
    let before = &text[..floor(text, start)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let number = before.matches('\n').count() + 1;
    let column = before[line_start..].chars().count();
    let line: Vec<char> = text[line_start..].lines().next().unwrap_or_default().chars().collect();
    // A window of a long line.
    let first = if line.len() > SHOWN { column.saturating_sub(SHOWN / 2) } else { 0 };
    let shown: String =
        line.iter().skip(first).take(SHOWN).map(|&c| if c.is_control() { ' ' } else { c }).collect();
    let length = text.get(start..span.end.min(text.len())).map_or(1, |part| {
        part.lines()
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            .clamp(1, SHOWN.saturating_sub(column - first).max(1))
    });
    let gutter = " ".repeat(number.to_string().len());
    let (mark, indent) = ("^".repeat(length), " ".repeat(column - first));
    format!(
        "line {number}, column {}: {message}\n  {number} | {shown}\n  {gutter} | {indent}{mark}",
        column + 1
    )
}

/// The last boundary of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Messages of the parser, without its words for Rust's types, and with a name that may be meant.
pub(super) fn in_words(message: &str) -> String {
    let message = message.trim();
    if let Some(rest) = message.strip_prefix("unknown field `")
        && let Some((name, known)) = rest.split_once('`')
    {
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let short: String = name.chars().take(SHOWN).collect();
        let unknown = format!("unknown key `{}`", short.escape_debug());
        let list = || known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return match nearest(name, &known) {
            Some(meant) => format!("{unknown}; did you mean `{meant}`? There are {}", list()),
            None if known.is_empty() => unknown,
            None => format!("{unknown}; there are {}", list()),
        };
    }
    if message == "recursion limit" {
        return "tables, lists or the parts of a key are nested too deeply: 80 levels are the most".into();
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("the key {name} is missing");
    }
    if let Some(rest) = message.strip_prefix("unknown variant `")
        && let Some((name, known)) = rest.split_once('`')
    {
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        let short: String = name.chars().take(SHOWN).collect();
        let meant = nearest(name, &known).map_or(String::new(), |meant| format!("did you mean `{meant}`? "));
        let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return format!("unknown variant `{}`; {meant}there are {list}", short.escape_debug());
    }
    if let Some((found, wanted)) =
        message.strip_prefix("invalid length ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!(
            "a list of {found}: expected {}",
            wanted_in_words(wanted).replace("an array of length", "a list of")
        );
    }
    if let Some((found, wanted)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("expected {}, found {}", wanted_in_words(wanted), found_in_words(found));
    }
    if let Some((found, wanted)) =
        message.strip_prefix("invalid value: ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!(
            "{} is not allowed here: expected {}",
            found_in_words(found),
            wanted_in_words(wanted)
        );
    }
    message.into()
}

fn wanted_in_words(wanted: &str) -> &str {
    match wanted {
        "f64" => "a number",
        "usize" | "u64" | "u32" => "a whole number, 0 or more",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a sequence" => "a list",
        _ if wanted.starts_with("struct ") => "a section, or a table such as { key = value }",
        other => other,
    }
}

fn found_in_words(found: &str) -> String {
    for (type_of, word) in [
        ("string ", "the text "),
        ("integer ", "the number "),
        ("floating point ", "the number "),
        ("boolean ", ""),
    ] {
        if let Some(value) = found.strip_prefix(type_of) {
            let value = value.trim_end_matches(" as i128").trim_end_matches(" as u128");
            let short: String = value.chars().take(SHOWN).collect();
            return format!("{word}{short}");
        }
    }
    match found {
        "sequence" => "a list".into(),
        "map" => "a table".into(),
        other => other.into(),
    }
}
