//! What to say about a name that does not exist.

use super::error::count;
use super::names;

/// Names above this length are no misspelt ones, and are not repeated in a report.
const LONGEST_NAME: usize = 24;
/// Some sixty columns of a report.
const NAMES_IN_LINE: usize = 11;

/// So many names of data are listed.
const MOST_LISTED: usize = 20;

/// The message for an unknown name, in a point of so many coordinates, where the text and the data have names of their own.
pub(super) fn unknown(name: &str, dimension: u32, own: &[&str]) -> String {
    if name.len() > LONGEST_NAME {
        return format!("there is no such name\n{}", all(dimension, own));
    }
    let near = near(name, own).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    format!("there is no `{name}`{near}\n{}", all(dimension, own))
}

/// The name that differs least, if it differs little.
fn near(name: &str, own: &[&str]) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    if lower != name && matches!(names::value(&lower), Some(names::Value::Coordinate(_))) {
        return Some(lower);
    }
    // One letter is like any other; a short name has few letters to differ in.
    let most = (name.len() / 2).min(2);
    let known = own.iter().map(|known| known.to_string());
    let known = known.chain(names::functions().chain(names::values()).map(String::from));
    let distances = known.map(|known| (strsim::levenshtein(&lower, &known), known));
    distances
        .min_by_key(|&(distance, _)| distance)
        .filter(|&(distance, _)| distance <= most)
        .map(|(_, known)| known)
}

/// The names there are, as the further lines of a report.
fn all(dimension: u32, own: &[&str]) -> String {
    let coordinates = match dimension {
        0 => String::new(),
        1 => "x0, ".to_owned(),
        2 => "x0, x1, ".to_owned(),
        _ => format!("x0 to x{}, ", dimension - 1),
    };
    let values = names::values().collect::<Vec<_>>().join(", ");
    let more = if own.len() > MOST_LISTED { ", …" } else { "" };
    let own = match own {
        [] => String::new(),
        own => format!("    named: {}{more}\n", own[..own.len().min(MOST_LISTED)].join(", ")),
    };
    let functions: Vec<_> = names::functions().collect();
    let lines: Vec<_> = functions.chunks(NAMES_IN_LINE).map(|names| names.join(", ")).collect();
    format!("{own}    values: {coordinates}{values}\n    functions: {}", lines.join(",\n      "))
}

/// What to say about a coordinate that the point does not have.
pub(super) fn out_of_range(dimension: u32) -> String {
    let range = match dimension {
        0 => return "the point has no coordinates".to_owned(),
        1 => "x0".to_owned(),
        _ => format!("x0 to x{}", dimension - 1),
    };
    format!("the point has {}, {range}", count(dimension as usize, "coordinate"))
}
