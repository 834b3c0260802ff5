//! Reports on a text, in the manner of naga's own.

use std::error::Error;
use std::fmt;

use naga::{Span, WithSpan};

use super::module::Text;

/// What is wrong, and notes on it.
#[derive(Debug)]
struct Complaint {
    message: String,
    note: Option<Box<Complaint>>,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Complaint {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.note.as_deref().map(|note| note as _)
    }
}

impl Text<'_> {
    /// A report on one place, or on the text as a whole.
    pub(super) fn report(&self, span: Span, message: String) -> String {
        let within = span.to_range().is_some_and(|range| range.end <= self.text.len());
        let places = if within { vec![(span, String::new())] } else { Vec::new() };
        self.full_report(message, places, Vec::new())
    }

    /// A report on places with something to say on each, and notes.
    pub(super) fn full_report(
        &self,
        message: String,
        places: Vec<(Span, String)>,
        notes: Vec<String>,
    ) -> String {
        let complain = |message, note| Complaint { message, note };
        let note =
            notes.into_iter().rev().fold(None, |note, message| Some(Box::new(complain(message, note))));
        let error = WithSpan::new(complain(message, note));
        if places.is_empty() {
            return format!("{}: {}", self.path, error.as_inner());
        }
        let error = places.into_iter().fold(error, |error, (span, label)| error.with_span(span, label));
        error.emit_to_string_with_path(self.text, self.path)
    }
}
