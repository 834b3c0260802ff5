//! Reports that point into the text.

use std::ops::Range;

use pest::Span;
use pest::error::{Error, ErrorVariant};

use super::grammar::Rule;

/// Longer lines are shown in part.
const LONGEST_LINE: usize = 160;
/// So much of a long line before the place in question, and twice as much after.
const BEFORE: usize = 40;

/// Why a text is not an objective.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Something in the text, shown with its line, column and a caret.
    #[error("{report}")]
    Located {
        /// The report, of several lines.
        report: String,
    },
    /// More text than is read.
    #[error("the expression has {length} bytes; at most {most} are read")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        most: usize,
    },
    /// A point whose coordinates u32 cannot count.
    #[error("the point has {dimension} coordinates; an expression can have at most {most}")]
    TooManyCoordinates {
        /// Coordinates given.
        dimension: usize,
        /// Coordinates allowed.
        most: usize,
    },
}

pub(super) type Result<T> = std::result::Result<T, ExpressionError>;

impl ExpressionError {
    /// A report about the bytes `place` of `text`, or about the first of their lines.
    pub(super) fn at(text: &str, place: Range<usize>, message: impl Into<String>) -> Self {
        // A text cannot end within a character, and a place that did would be a mistake here, not the user's: round.
        let start = text.floor_char_boundary(place.start.min(text.len()));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        // Blanks at its end, a \r among them, are not shown; a place among them stays.
        let line_end = text[..line_end].trim_end().len().max(start);
        let end = text.ceil_char_boundary(place.end.clamp(start, line_end));

        let mut message = message.into();
        if line_end - line_start <= LONGEST_LINE {
            return Self::in_lines(&text[..line_end], start..end, message);
        }
        let from = text.floor_char_boundary(start.saturating_sub(BEFORE).max(line_start));
        let to = text.floor_char_boundary((start + 2 * BEFORE).min(line_end));
        // Empty lines before it keep the line's number; the column needs words.
        let lines = text[..line_start].matches('\n').count();
        let excerpt = "\n".repeat(lines) + &text[from..to];
        let column = |at: usize| text[line_start..at].chars().count() + 1;
        message += &format!(
            "\n    (a long line: shown from its column {}; the place is column {})",
            column(from),
            column(start)
        );
        let moved = |at: usize| at.min(to) - from + lines;
        Self::in_lines(&excerpt, moved(start)..moved(end), message)
    }

    fn in_lines(text: &str, place: Range<usize>, message: String) -> Self {
        // Nothing at the end of a line would be shown without that line: a space there is shown with it.
        let padded = text.to_owned() + " ";
        let end = if place.is_empty() { place.start + 1 } else { place.end };
        let report = match Span::new(&padded, place.start, end) {
            Some(span) => {
                Error::<Rule>::new_from_span(ErrorVariant::CustomError { message }, span).to_string()
            }
            None => message,
        };
        let lines: Vec<_> = report.lines().map(str::trim_end).collect();
        let report = lines.join("\n");
        ExpressionError::Located { report }
    }
}

/// `1 number`, `2 numbers`.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
