//! A text's words, numbers and signs, as far as a translation needs them.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::program) enum Kind {
    Word,
    Number,
    /// One sign.
    Sign,
}

/// A token and where it begins.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct Token<'a> {
    pub(in crate::program) kind: Kind,
    pub(in crate::program) text: &'a str,
    pub(in crate::program) at: usize,
}

impl Token<'_> {
    pub(in crate::program) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// Whether it is a floating-point number that says nothing of its width.
    pub(super) fn is_plain_float(&self) -> bool {
        let is_hex = self.text.starts_with("0x") || self.text.starts_with("0X");
        let has_suffix = self.text.ends_with(['i', 'u', 'h']) || !is_hex && self.text.ends_with('f');
        let signs: &[char] = if is_hex { &['.', 'p', 'P'] } else { &['.', 'e', 'E'] };
        self.kind == Kind::Number && !has_suffix && !self.text.ends_with("lf") && self.text.contains(signs)
    }

    /// Whether it is an f32 by its suffix.
    pub(super) fn is_single(&self) -> bool {
        let is_hex = self.text.starts_with("0x") || self.text.starts_with("0X");
        let is_number = self.kind == Kind::Number && self.text.ends_with('f') && !self.text.ends_with("lf");
        is_number && (!is_hex || self.text.contains(['p', 'P']))
    }
}

/// The tokens of a text, without its comments (block comments nest).
pub(in crate::program) fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let (kind, length) = if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with("/*") {
            at += comment(rest);
            continue;
        } else if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if c.is_ascii_digit() || c == '.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
            (Kind::Number, number(rest))
        } else if c.is_alphabetic() || c == '_' {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            (Kind::Word, rest.find(|c| !is_part(c)).unwrap_or(rest.len()))
        } else {
            (Kind::Sign, c.len_utf8())
        };
        tokens.push(Token { kind, text: &rest[..length], at });
        at += length;
    }
    tokens
}

/// The bracket that closes the one at a token.
pub(in crate::program) fn closing(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (here, token) in tokens.iter().enumerate().skip(at) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(here);
                }
            }
            _ => {}
        }
    }
    None
}

/// The length of the block comment that a text begins with.
fn comment(text: &str) -> usize {
    let mut open = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let step = if rest.starts_with("/*") {
            open += 1;
            2
        } else if rest.starts_with("*/") {
            open -= 1;
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        at += step;
        if open == 0 {
            break;
        }
    }
    at
}

/// The length of the number that a text begins with.
fn number(text: &str) -> usize {
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    let exponents: &[u8] = if is_hex { b"pP" } else { b"eE" };
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let follows_exponent = at > 0 && exponents.contains(&bytes[at - 1]);
        let belongs =
            byte.is_ascii_alphanumeric() || byte == b'.' || b"+-".contains(&byte) && follows_exponent;
        if !belongs {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{Kind, tokens};

    #[test]
    fn numbers_words_and_signs() {
        let text =
            "a.x+1.5e-3*.5 // 2.0\n/* 1.0 /* 2.0 */ 3.0 */ 0x1.8p-1 3.f 7u 2.0lf vec2<f32>(1.0f,2)-1e3";
        let all: Vec<&str> = tokens(text).iter().map(|token| token.text).collect();
        let want = "a . x + 1.5e-3 * .5 0x1.8p-1 3.f 7u 2.0lf vec2 < f32 > ( 1.0f , 2 ) - 1e3";
        assert_eq!(all.join(" "), want);
        let plain: Vec<&str> =
            tokens(text).iter().filter(|token| token.is_plain_float()).map(|token| token.text).collect();
        assert_eq!(plain, ["1.5e-3", ".5", "0x1.8p-1", "1e3"]);
        let single: Vec<&str> =
            tokens(text).iter().filter(|token| token.is_single()).map(|token| token.text).collect();
        assert_eq!(single, ["3.f", "1.0f"]);
        assert!(tokens("é9").iter().all(|token| token.kind == Kind::Word));
    }
}
