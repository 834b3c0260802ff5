//! Reads a text in one precision; every complaint comes with its line, column and a caret.

use naga::front::wgsl;
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{Expression, Literal, Module, Span};

use super::dialect::{self, Numbers, Translation};
use super::explain;
use super::module::{Text, own_declarations};
use super::prelude::prelude;
use crate::numeric::Precision;

/// A text in one precision, understood.
pub(super) struct Parsed {
    pub(super) translation: Translation,
    pub(super) module: Module,
    pub(super) info: ModuleInfo,
}

/// Reads a text: numbers without a type are reals, or where a text calculates in f32 on purpose, what WGSL makes of them.
pub(super) fn parse(text: Text<'_>, precision: Precision) -> Result<Parsed, String> {
    let as_reals = parse_as(text, precision, Numbers::Reals);
    if precision == Precision::F32 || as_reals.is_err() && !text.says_single() {
        return as_reals;
    }
    let as_written = |report| parse_as(text, precision, Numbers::AsWritten).map_err(|_| report);
    let parsed = as_reals.or_else(as_written)?;
    match rounded_number(text, &parsed) {
        Some(report) => Err(report),
        None => Ok(parsed),
    }
}

fn parse_as(text: Text<'_>, precision: Precision, numbers: Numbers) -> Result<Parsed, String> {
    let prepared = dialect::prepare(text.text, text.f32_as_real);
    let translation = dialect::translate(prepared, precision, numbers);
    let here = Here { text, translation: &translation };
    let whole = format!("{}{}", translation.text, prelude(&translation.text, precision));
    let module = wgsl::parse_str(&whole).map_err(|error| {
        let places: Option<Vec<(Span, String)>> = error
            .labels()
            .filter(|(span, _)| span.is_defined())
            .map(|(span, label)| Some((translation.place(span)?, explain::in_words(label, precision))))
            .collect();
        match places {
            Some(places) => {
                let mut notes = explain::notes(error.notes(), precision);
                notes.extend(explain::hint_of(error.message()).map(String::from));
                let message = explain::in_words(error.message(), precision);
                text.full_report(message, places, notes)
            }
            None => {
                let end = text.text.len() as u32;
                let message = "the text ends within a comment, a function or a list that is not closed";
                text.report(Span::new(end.saturating_sub(1), end), message.into())
            }
        }
    })?;
    own_declarations(&module, here).map_err(|refusal| here.report(refusal.span, refusal.message))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::FLOAT64);
    let info = validator.validate(&module).map_err(|error| {
        let length = |place: &Span| place.to_range().map_or(usize::MAX, |range| range.len());
        if let Some((message, hint)) = explain::explained(error.as_inner(), &module, precision) {
            let places = error.spans().filter_map(|(span, _)| translation.place(*span));
            let place = places.min_by_key(length);
            let places = place.into_iter().map(|place| (place, String::new())).collect();
            return text.full_report(message, places, hint.into_iter().collect());
        }
        // Their labels speak of naga's insides; the smallest is where it is, the others what is around it.
        let places = error.spans().filter_map(|(span, _)| translation.place(*span));
        let place = places.min_by_key(length).map(|place| (place, String::new()));
        let places = place.into_iter().collect();
        let mut notes = Vec::new();
        let mut source: &dyn std::error::Error = error.as_inner();
        let mut message = source.to_string();
        while let Some(next) = source.source() {
            // "Function [3] 'f' is invalid", and then why: the former says nothing that a reader knows.
            if message.ends_with("is invalid") {
                message = explain::in_words(&next.to_string(), precision);
            } else {
                notes.push(explain::in_words(&next.to_string(), precision));
            }
            source = next;
        }
        text.full_report(message, places, notes)
    })?;
    Ok(Parsed { translation, module, info })
}

/// A number that f32 does not have and that does not say that it is one.
fn rounded_number(text: Text<'_>, parsed: &Parsed) -> Option<String> {
    let end = parsed.translation.text.len();
    for (handle, function) in parsed.module.functions.iter() {
        let start = parsed.module.functions.get_span(handle).to_range().map_or(0, |range| range.start);
        for (expression, literal) in function.expressions.iter().filter(|_| start < end) {
            let Expression::Literal(Literal::F32(single)) = *literal else { continue };
            let Some(place) = parsed.translation.place(function.expressions.get_span(expression)) else {
                continue;
            };
            let range = place.to_range()?;
            let written = &text.text[range.clone()];
            if dialect::is_rounded(text.text, range, single) {
                let message = format!(
                    "`{written}` is rounded to f32 here; write real({written}), or f32({written}) if that is meant"
                );
                return Some(text.report(place, message));
            }
        }
    }
    None
}

/// A text, and what became of it.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) text: Text<'a>,
    pub(super) translation: &'a Translation,
}

impl Here<'_> {
    /// A report on a place of the translation.
    pub(super) fn report(&self, span: Span, message: String) -> String {
        self.text.report(self.translation.place(span).unwrap_or(Span::UNDEFINED), message)
    }

    /// Where the engine's functions begin.
    pub(super) fn end(&self) -> usize {
        self.translation.text.len()
    }
}
