//! From text to pest's pairs: what can be refused before the grammar, then the grammar.

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};
use pest::iterators::Pairs;

use super::error::{ExpressionError, Result};
use super::grammar::{Grammar, Rule};

/// The longest text that is read, in bytes: no formula, but a program's output may come close.
pub(super) const MOST_BYTES: usize = 64 * 1024;
/// Brackets within brackets; the parser recurses once per level.
pub(super) const MOST_NESTED: usize = 200;

/// The pairs of an expression.
pub(super) fn parse(text: &str) -> Result<Pairs<'_, Rule>> {
    if text.len() > MOST_BYTES {
        return Err(ExpressionError::TooLong { length: text.len(), most: MOST_BYTES });
    }
    check_characters(text)?;
    if text.trim().is_empty() {
        return Err(ExpressionError::at(
            text,
            0..0,
            "the expression is empty: write one such as x0^2 + 3*x1",
        ));
    }
    check_brackets(text)?;
    Grammar::parse(Rule::whole, text).map_err(|error| explain(text, error))
}

/// Letters beyond ASCII have no use here, so the first of them gets a report of its own.
fn check_characters(text: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_graphic() || matches!(c, ' ' | '\t' | '\r' | '\n');
    let Some((at, found)) = text.char_indices().find(|&(_, c)| !allowed(c)) else { return Ok(()) };
    let instead = match found {
        '×' | '·' | '∙' | '⋅' | '∗' => "; multiply with *",
        '÷' | '∕' => "; divide with /",
        '−' | '–' | '—' => "; subtract with -",
        '²' => "; write ^2",
        '³' => "; write ^3",
        '⁴'..='⁹' | '⁰' | '¹' | '⁻' => "; write a power with ^",
        '₀'..='₉' => "; write coordinates as x0, x1, ...",
        'π' => "; write pi",
        'τ' => "; write tau",
        '√' => "; write sqrt(...)",
        '∑' | 'Σ' => "; write sum(...)",
        '∏' | 'Π' => "; write prod(...)",
        '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{feff}' => "; it looks like a space",
        _ => "",
    };
    let what = match found {
        c if c.is_control() => "this control character".to_owned(),
        // By number alone: it may be invisible, or change how the rest of the report is shown.
        c if !c.is_alphanumeric() && instead.is_empty() => format!("this character (U+{:04X})", u32::from(c)),
        c => format!("'{c}' (U+{:04X})", u32::from(c)),
    };
    // What a terminal would obey, or what would move the caret's line, is shown as one plain character.
    let plain = |c: char| {
        if allowed(c) || c.is_alphanumeric() || c == found && !instead.is_empty() { c } else { '?' }
    };
    let shown: String = text.chars().map(plain).collect();
    let before: usize = text[..at].chars().map(|c| plain(c).len_utf8()).sum();
    let message = format!("{what} has no meaning in an expression{instead}");
    Err(ExpressionError::at(&shown, before..before + plain(found).len_utf8(), message))
}

/// Every bracket has its partner, and they nest no deeper than the parser may recurse.
fn check_brackets(text: &str) -> Result<()> {
    let mut open = Vec::new();
    for (at, c) in text.char_indices() {
        let report = |message: &str| Err(ExpressionError::at(text, at..at + 1, message));
        match c {
            '(' | '[' if open.len() == MOST_NESTED => {
                return report(&format!("brackets nest deeper than {MOST_NESTED} levels here"));
            }
            '(' | '[' => open.push((at, c)),
            ')' | ']' => match (open.pop(), c) {
                (Some((_, '(')), ')') | (Some((_, '[')), ']') => {}
                (Some((_, '(')), _) => return report("this ] comes where ) is needed first"),
                (Some(_), _) => return report("this ) comes where ] is needed first"),
                (None, _) => return report(&format!("this {c} closes nothing: no bracket is open here")),
            },
            _ => {}
        }
    }
    match open.pop() {
        Some((at, c)) => Err(ExpressionError::at(text, at..at + 1, format!("this {c} is never closed"))),
        None => Ok(()),
    }
}

/// Pest's error in words for people.
fn explain(text: &str, mut error: Error<Rule>) -> ExpressionError {
    let mut at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let next = text[at..].chars().next();
    if text[at..].trim().is_empty() {
        // Behind what is written, not behind the blank lines that follow.
        at = text.trim_end().len();
    }
    if matches!(error.variant, ErrorVariant::CustomError { .. }) {
        // The parser's own limit: it looks at its stack as it goes.
        let message = "brackets nest deeper here than the stack of this thread allows";
        return ExpressionError::at(text, at..at, message);
    }
    if let ErrorVariant::ParsingError { positives, negatives } = &mut error.variant {
        negatives.clear();
        // Whatever can begin a value is one thing to expect, and so is what can begin an index; a call or a subscript
        // only makes the list longer.
        for rule in positives.iter_mut() {
            if matches!(
                rule,
                Rule::prefix
                    | Rule::number
                    | Rule::group
                    | Rule::list
                    | Rule::named
                    | Rule::path
                    | Rule::name
                    | Rule::negation
                    | Rule::define
                    | Rule::statement
            ) {
                *rule = Rule::expression;
            } else if *rule == Rule::slice {
                *rule = Rule::bound;
            } else if *rule == Rule::connective {
                *rule = Rule::infix;
            }
        }
        let operator = positives.contains(&Rule::infix);
        positives.retain(|rule| !(operator && matches!(rule, Rule::arguments | Rule::subscript)));
        positives.sort();
        positives.dedup();
        let hint = match next {
            Some(c) if operator && (c.is_ascii_alphanumeric() || matches!(c, '.' | '(' | '_')) => {
                Some("an operator is missing here; multiplication is written *, as in 2*x0")
            }
            Some('=') if operator => {
                Some("a comparison is written ==; a = 2; gives a name at the beginning of a statement")
            }
            Some('&' | '|') if operator => Some("write and, or and not between comparisons"),
            Some('!') => Some("write not before a comparison"),
            Some('%') if operator => Some("a remainder is written mod(a, b)"),
            Some(',') if operator => {
                Some("a comma stands between the arguments of a function, and a point is a decimal one")
            }
            _ => None,
        };
        if let Some(hint) = hint {
            return ExpressionError::at(text, at..at + 1, hint);
        }
    }
    let error = error.renamed_rules(|rule| {
        match rule {
            Rule::expression => "a number, a name or (",
            Rule::infix => "an operator (+ - * / ^ @ < > …)",
            Rule::EOI => "the end of the expression",
            Rule::arguments => "arguments in ( )",
            Rule::subscript => "an index in [ ]",
            Rule::slice | Rule::bound => "a whole number or a slice such as 1:",
            Rule::close => "] (what is indexed is a whole number or a slice such as 1:)",
            _ => "something else",
        }
        .to_owned()
    });
    ExpressionError::at(text, at..at, error.variant.message().into_owned())
}
