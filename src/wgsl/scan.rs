//! What is looked for in a text before any parser sees it: its size, its depth, and names that are taken.

use wgpu::naga::Span;

use super::compile::{BINARY, UNARY};
use super::module::Text;

/// Bytes of a text, and its longest run of words and signs without one of `;{}`, after which it is refused: the
/// parser's recursion would take too much stack.
const MOST_BYTES: usize = 1 << 20;
const MOST_RUN: usize = 20_000;

/// Brackets within brackets; naga stops somewhat later, without saying where.
const MOST_DEPTH: usize = 64;

impl Text<'_> {
    /// Refuses what should not reach the parser, and names that are the engine's.
    pub(super) fn scan(&self) -> Result<(), String> {
        let bytes = self.text.len();
        if bytes > MOST_BYTES {
            return Err(format!(
                "{}: it has {bytes} bytes, above the limit of {MOST_BYTES}; put numbers into a data file",
                self.path
            ));
        }
        let refuse = |at: usize, c: char, message: String| {
            Err(self.report(Span::new(at as u32, (at + c.len_utf8()) as u32), message))
        };
        let code = code(self.text);
        let (mut run, mut in_word, mut depth) = (0, false, 0usize);
        for &(at, c) in &code {
            match c {
                '\0' => return refuse(at, c, "a NUL character; this is no text".into()),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            let is_word = c.is_alphanumeric() || c == '_' || c == '.';
            if matches!(c, ';' | '{' | '}') {
                run = 0;
            } else if !(c.is_whitespace() || is_word && in_word) {
                run += 1;
            }
            in_word = is_word;
            if depth > MOST_DEPTH {
                let message = format!(
                    "more than {MOST_DEPTH} brackets within brackets; give parts names of their own (let)"
                );
                return refuse(at, c, message);
            }
            if run > MOST_RUN {
                let message = format!(
                    "more than {MOST_RUN} words and signs in one statement; break it up, or use data(i)"
                );
                return refuse(at, c, message);
            }
        }
        match taken_name(&code) {
            Some((at, name)) => {
                let span = Span::new(at as u32, (at + name.len()) as u32);
                Err(self.report(span, taken(&name)))
            }
            None => Ok(()),
        }
    }
}

/// The characters of a text with their places, and a blank for each comment (block comments nest).
fn code(text: &str) -> Vec<(usize, char)> {
    let mut code = Vec::with_capacity(text.len());
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let next = rest.peek().map(|&(_, next)| next);
        match (c, next) {
            ('/', Some('/')) => {
                while rest.next_if(|&(_, c)| c != '\n').is_some() {}
                code.push((at, ' '));
            }
            ('/', Some('*')) => {
                let mut open = 1;
                rest.next();
                while open > 0 {
                    let Some((_, c)) = rest.next() else { break };
                    match (c, rest.peek()) {
                        ('/', Some((_, '*'))) => open += 1,
                        ('*', Some((_, '/'))) => open -= 1,
                        _ => continue,
                    }
                    rest.next();
                }
                code.push((at, ' '));
            }
            _ => code.push((at, c)),
        }
    }
    code
}

/// Names of functions and types that a text may not define again.
fn is_ours(name: &str) -> bool {
    const OTHERS: &[&str] =
        &["real", "powi", "smoothstep", "x", "data", "dimension", "data_len", "index", "increment"];
    UNARY.contains(&name) || BINARY.contains(&name) || OTHERS.contains(&name) || name.starts_with("pm_")
}

fn taken(name: &str) -> String {
    if name.starts_with("pm_") {
        return format!("`{name}`: names that begin with pm_ belong to the engine; choose another");
    }
    format!("`{name}` is the engine's own: an objective may call it, but not define it; choose another name")
}

/// A name that is the engine's, and that a text declares at its top level or uses though it begins with pm_.
fn taken_name(code: &[(usize, char)]) -> Option<(usize, String)> {
    let mut depth = 0usize;
    let mut expects = false;
    let mut rest = code;
    while let Some(&(at, c)) = rest.first() {
        let length = rest.iter().take_while(|(_, c)| c.is_alphanumeric() || *c == '_').count();
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let word: String = rest[..length].iter().map(|(_, c)| c).collect();
        rest = &rest[length.max(1)..];
        match word.as_str() {
            "" => {}
            "fn" | "const" | "alias" | "struct" | "override" if depth == 0 => expects = true,
            name if expects && is_ours(name) || name.starts_with("pm_") => return Some((at, word)),
            _ => expects = false,
        }
    }
    None
}
