//! What is looked for in a text before any parser sees it: its size, its depth, and names that are taken.

use naga::Span;

use super::builtins;
use super::module::Text;

/// Bytes of a text, and its longest run of words and signs without one of `;{},`, after which it is refused: the
/// parser's recursion would take too much stack.
const MOST_BYTES: usize = 1 << 20;
const MOST_RUN: usize = 10_000;

/// Characters of a line, all of which a report would print.
const MOST_LINE: usize = 10_000;

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
        if let Some(line) = self.text.lines().position(|line| line.len() > MOST_LINE) {
            return Err(format!(
                "{}: line {} has more than {MOST_LINE} characters; break it up, or put numbers into a data file",
                self.path,
                line + 1
            ));
        }
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
            if matches!(c, ';' | '{' | '}' | ',') {
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
        match taken_name(&code, self.of_expression) {
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
    const OTHERS: &[&str] = &["real", "powi", "x", "data", "dimension", "data_len", "index", "increment"];
    let is_builtin = || builtins::of_the_prelude().any(|builtin| builtin.name == name);
    OTHERS.contains(&name) || is_reserved(name) || is_builtin()
}

/// Whether a text's own function may have this name, though WGSL or the engine has one of it: calls then mean its own.
pub(super) fn may_be_own(name: &str) -> bool {
    is_of_wgsl(name) && !is_type(name) || builtins::has_own(name)
}

/// The engine's names are in all of these.
fn is_reserved(name: &str) -> bool {
    ["pm_", "PM_", "Pm"].iter().any(|prefix| name.starts_with(prefix)) || name == builtins::HELD
}

/// Whether a name is WGSL's own: the engine's functions, which follow the text, call and use these.
fn is_of_wgsl(name: &str) -> bool {
    const FUNCTIONS: &[&str] = &[
        "abs",
        "all",
        "any",
        "arrayLength",
        "bitcast",
        "ceil",
        "clamp",
        "cross",
        "determinant",
        "distance",
        "dot",
        "faceForward",
        "floor",
        "fma",
        "fract",
        "frexp",
        "inverseSqrt",
        "ldexp",
        "length",
        "max",
        "min",
        "mix",
        "modf",
        "normalize",
        "reflect",
        "refract",
        "round",
        "select",
        "sign",
        "sqrt",
        "step",
        "transpose",
        "trunc",
    ];
    let is_function = |name: &str| {
        ["atomic", "count", "pack", "unpack", "firstLeading", "firstTrailing", "reverseBits", "workgroup"]
            .iter()
            .any(|prefix| name.starts_with(prefix) && name.chars().any(char::is_uppercase))
    };
    FUNCTIONS.contains(&name) || is_type(name) || is_function(name)
}

fn is_type(name: &str) -> bool {
    const TYPES: &[&str] =
        &["bool", "f16", "f32", "f64", "i32", "u32", "i64", "u64", "array", "atomic", "ptr", "sampler"];
    let is_shape = |name: &str| {
        let rest = name.strip_prefix("vec").or_else(|| name.strip_prefix("mat"));
        rest.is_some_and(|rest| rest.starts_with(['2', '3', '4']) && rest.len() <= 4)
    };
    TYPES.contains(&name) || is_shape(name)
}

fn taken(name: &str) -> String {
    if name == builtins::HELD {
        return format!("`{name}` belongs to the engine; choose another name");
    }
    if is_reserved(name) {
        return format!(
            "`{name}`: names that begin with pm_, PM_ or Pm belong to the engine; choose another"
        );
    }
    if is_of_wgsl(name) {
        return format!("`{name}` is WGSL's own, which the engine uses, too; choose another name");
    }
    format!("`{name}` is the engine's own: an objective may call it, but not define it; choose another name")
}

/// A name that is the engine's or WGSL's, and that a text declares at its top level; or that the engine alone may use, which
/// wrote the texts of expressions.
fn taken_name(code: &[(usize, char)], of_expression: bool) -> Option<(usize, String)> {
    let mut depth = 0usize;
    let (mut expects, mut of_function) = (false, false);
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
            builtins::HELD if of_expression => {}
            "fn" | "const" | "alias" | "struct" | "override" if depth == 0 => {
                (expects, of_function) = (true, word == "fn");
            }
            name if of_function && expects && may_be_own(name) => expects = false,
            name if expects && (is_ours(name) || is_of_wgsl(name)) || is_reserved(name) => {
                return Some((at, word));
            }
            _ => expects = false,
        }
    }
    None
}
