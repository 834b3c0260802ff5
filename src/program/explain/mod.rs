//! What naga complains of, in the words of the language: it speaks of types by their insides, and of expressions by their numbers.

mod names;
mod validator;

pub(super) use self::validator::explained;
use crate::numeric::Precision;

/// Of `bitcast` in f64.
pub(super) const NO_BITS: &str = "`bitcast` takes the bits of an f32, and this is f64: choose precision f32, or write bitcast<u32>(f32(...))";

/// What naga's parser says, with the names that the text has: in f64 `real` is what naga calls f64, and functions with names that are
/// taken have others.
pub(super) fn in_words(said: &str, precision: Precision) -> String {
    if let Some(meant) = meant(said) {
        return meant.into();
    }
    const INSIDES: [(&str, &str); 6] = [
        ("pm_own_", ""),
        ("pm_", ""),
        ("lf`", "`"),
        ("see msg", ""),
        ("{AbstractFloat}", "number"),
        ("{AbstractInt}", "whole number"),
    ];
    let said = INSIDES.iter().fold(said.to_string(), |said, (inside, word)| said.replace(inside, word));
    match precision {
        Precision::F64 => said.replace("f64", "real"),
        Precision::F32 => said,
    }
}

/// What naga's parser means where it speaks of its insides.
fn meant(said: &str) -> Option<&'static str> {
    let begins = |start: &str| said.starts_with(start);
    Some(match () {
        () if begins("Incompatible operands: Logical") => "`&&` and `||` take bools: compare numbers first",
        () if begins("Index ") && said.contains("out of bounds for expression") => {
            "an element of a vector or array that it does not have: the first is 0"
        }
        () if begins("Cannot apply the unary op") => {
            "this sign does not apply to what follows: a u32 has no minus"
        }
        () if begins("Cannot apply the binary op") => {
            "this operator does not apply to these constants: are they of one type?"
        }
        () if begins("Cannot cast scalar components") && said.contains("64(") => {
            "whole numbers of 64 bits are not supported; use i32, u32 or real"
        }
        () if begins("the `f16` enable extension") => "there is no f16 here: use real",
        () if said.contains("FLOAT16") => "there is no f16 here, which this rounds to",
        () if begins("Abstract types may only appear") => {
            "this number has no place here: is it one too many?"
        }
        () if said.contains("`quantizeToF16`") || said.contains("pack2x16float`") => {
            "there is no f16 here, which this rounds to"
        }
        () if said.contains("operation overflowed") => {
            "this constant is more than its type holds, or divides by 0"
        }
        () => return None,
    })
}

/// What naga's parser says beside its message: the types that a function takes in one line, without those that there are not here.
pub(super) fn notes<'a>(said: impl Iterator<Item = &'a str>, precision: Precision) -> Vec<String> {
    const OTHERS: [&str; 7] = ["{Abstract", "f16", "i16", "u16", "i64", "u64", "enable extension"];
    let (mut notes, mut types, mut which) = (Vec::new(), Vec::new(), None);
    for note in said {
        if let Some(ty) = note.strip_prefix("allowed type: ") {
            let is_other = OTHERS.iter().any(|other| ty.contains(other));
            let other = if precision == Precision::F32 { "f64" } else { "f32" };
            if !is_other && !ty.contains(other) {
                types.push(in_words(ty, precision));
            }
        } else if let Some((_, argument)) = note.split_once("accepts the following types for ") {
            which = Some(argument.trim_end_matches(':'));
        } else if !note.contains("enable this extension") {
            notes.push(format!("note: {}", in_words(note, precision)));
        }
    }
    if let (Some(which), Some(last)) = (which, types.pop()) {
        let or = if types.is_empty() { "" } else { " or " };
        notes.push(format!("{which} may be {}{or}{last}", types.join(", ")));
    }
    notes
}

/// What helps where naga's parser cannot convert a type to another: a hint for what it says of both.
pub(super) fn hint_of(said: &str) -> Option<&'static str> {
    let (_, types) = said.split_once("cannot convert")?;
    let mut quoted = types.split('`').skip(1).step_by(2);
    let (from, to) = (quoted.next()?, quoted.next()?);
    let is_whole = |ty: &str| ty.ends_with("i32") || ty.ends_with("u32") || ty.contains("AbstractInt");
    let is_real = |ty: &str| ty.contains("f32") || ty.contains("f64") || ty.contains("AbstractFloat");
    match () {
        () if is_whole(from) && is_whole(to) => Some("write i32(…) or u32(…) around one of them"),
        () if is_whole(from) && is_real(to) => Some("write real(…) around the whole number"),
        () if is_real(from) && is_whole(to) => {
            Some("write i32(…) or u32(…) around the real: it is cut to a whole number")
        }
        () if is_real(from) && is_real(to) => Some(
            "f32 and real are two types in f64: write real for f32, or have f32 read as real (--f32-as-real)",
        ),
        () => None,
    }
}
