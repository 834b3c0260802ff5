//! The statements of a function, as far as taking it apart asks.

use super::{Range, Source};

/// What a statement does.
#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    /// `let`, `const` or `var` with this value, if any.
    Declare {
        name: &'a str,
        value: Option<Range>,
    },
    /// `name = value`, or with an operator `name += value`.
    Assign {
        name: &'a str,
        operator: Option<char>,
        value: Range,
    },
    /// `for (…) {…}`: what stands between the brackets, without them.
    For {
        head: Range,
        body: Range,
    },
    Return {
        value: Range,
    },
    /// Whatever else stores nothing but in variables, and does not return.
    Other,
}

#[derive(Clone, Debug)]
pub(super) struct Statement<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) tokens: Range,
    /// The names of variables that it may store in, and of what it declares for those that follow.
    pub(super) stores: Vec<&'a str>,
}

impl<'a> Statement<'a> {
    pub(super) fn uses(&self, source: Source<'a>) -> impl Iterator<Item = &'a str> {
        source.words(self.tokens.clone())
    }
}

/// A function, whose last statement is its only return.
pub(super) struct Body<'a> {
    pub(super) statements: Vec<Statement<'a>>,
    /// The token behind the type of the result.
    pub(super) returns_at: usize,
}

impl<'a> Body<'a> {
    /// `None` if it is not understood.
    pub(super) fn new(source: Source<'a>, function: Range) -> Option<Self> {
        let (mut at, end) = (function.start + 1, function.end - 1);
        let mut statements = Vec::new();
        while at < end {
            let statement = Statement::new(source, at, end)?;
            at = statement.tokens.end;
            let is_return = matches!(statement.kind, Kind::Return { .. });
            if is_return != (at == end) {
                return None;
            }
            statements.push(statement);
        }
        let mut names = std::collections::HashSet::new();
        let declared = statements.iter().filter_map(|statement| match statement.kind {
            Kind::Declare { name, .. } => Some(name),
            _ => None,
        });
        for name in declared {
            // Not WGSL; naga says so.
            names.insert(name).then_some(())?;
        }
        // A name is that of one variable only.
        let is_compound =
            |statement: &&Statement<'_>| matches!(statement.kind, Kind::For { .. } | Kind::Other);
        let mut within = statements
            .iter()
            .filter(is_compound)
            .flat_map(|compound| source.declared(compound.tokens.clone()));
        (!within.any(|name| names.contains(name))).then_some(())?;
        Some(Body { statements, returns_at: function.start })
    }

    /// The type and a zero for a variable in the place of the one that was declared: `: real = 0.0`.
    pub(super) fn zero(&self, source: Source<'a>, variable: &str) -> String {
        for statement in &self.statements {
            let Kind::Declare { name, value } = &statement.kind else { continue };
            if *name != variable {
                continue;
            }
            // var name : type = value ;
            let start = statement.tokens.start + 2;
            let end = value.as_ref().map_or(statement.tokens.end - 1, |value| value.start - 1);
            if source.at(start) == ":" {
                let ty = source.written(start + 1..end);
                return format!(": {ty} = {ty}(0)");
            }
        }
        ": real = real(0)".into()
    }
}

impl<'a> Statement<'a> {
    pub(super) fn new(source: Source<'a>, at: usize, end: usize) -> Option<Self> {
        let simple_end = || source.find(at..end, ";").map(|end| end + 1);
        let of =
            |kind: Kind<'a>, end: usize, stores: Vec<&'a str>| Statement { kind, tokens: at..end, stores };
        match source.at(at) {
            "let" | "const" | "var" => {
                let end = simple_end()?;
                let name = source.is_name(at + 1).then(|| source.at(at + 1))?;
                let value = (at + 2..end).find(|&at| source.at(at) == "=").map(|equals| equals + 1..end - 1);
                // An address that is taken there may be stored in later.
                let is_plain = value.clone().is_none_or(|value| source.stores(value).is_empty());
                is_plain.then(|| of(Kind::Declare { name, value }, end, vec![name]))
            }
            "for" => {
                let close = source.closing(at + 1)?;
                let closed = (source.at(close + 1) == "{").then(|| source.closing(close + 1)).flatten()?;
                let (head, body) = (at + 2..close, close + 2..closed);
                (!source.leaves(body.clone())).then_some(())?;
                let stores = source.stores(at..closed + 1);
                Some(of(Kind::For { head, body }, closed + 1, stores))
            }
            "return" => {
                let end = simple_end()?;
                Some(of(Kind::Return { value: at + 1..end - 1 }, end, Vec::new()))
            }
            "if" | "switch" | "while" | "loop" | "{" => {
                let mut open = source.find(at..end, "{")?;
                let mut closed = source.closing(open)?;
                while source.at(closed + 1) == "else" {
                    open = source.find(closed + 2..end, "{")?;
                    closed = source.closing(open)?;
                }
                (!source.leaves(at..closed)).then_some(())?;
                Some(of(Kind::Other, closed + 1, source.stores(at..closed + 1)))
            }
            _ => {
                let end = simple_end()?;
                let stores = source.stores(at..end);
                let sign = at + 1;
                let is_operator = ["+", "-", "*", "/"].contains(&source.at(sign));
                let kind = match source.is_name(at) {
                    true if source.at(sign) == "=" => {
                        Kind::Assign { name: source.at(at), operator: None, value: at + 2..end - 1 }
                    }
                    true if is_operator && source.at(sign + 1) == "=" => Kind::Assign {
                        name: source.at(at),
                        operator: source.at(sign).chars().next(),
                        value: at + 3..end - 1,
                    },
                    _ => Kind::Other,
                };
                Some(of(kind, end, stores))
            }
        }
    }
}

impl<'a> Source<'a> {
    /// Whether a function is left within.
    fn leaves(self, range: Range) -> bool {
        self.words(range).any(|word| ["return", "discard"].contains(&word))
    }

    /// The names that are stored in or whose address is taken, but for those of variables that begin and end within.
    pub(super) fn stores(self, range: Range) -> Vec<&'a str> {
        let (mut stored, mut declared) = (Vec::new(), Vec::new());
        let mut at = range.start;
        while at < range.end {
            let is_declared = at > range.start && ["let", "var", "const"].contains(&self.at(at - 1));
            if self.is_name(at) && is_declared {
                declared.push(self.at(at));
            } else if self.is_name(at) && (self.is_stored(at, range.end) || self.is_pointed(at)) {
                stored.push(self.at(at));
            }
            at += 1;
        }
        stored.retain(|name| !declared.contains(name));
        stored
    }

    /// What is declared within.
    pub(super) fn declared(self, range: Range) -> impl Iterator<Item = &'a str> {
        let is_declared = move |&at: &usize| at > 0 && ["let", "var", "const"].contains(&self.at(at - 1));
        range.filter(is_declared).map(move |at| self.at(at))
    }

    /// `&name`, which may also be a logical or bitwise `a & name`: those count, too.
    fn is_pointed(self, at: usize) -> bool {
        at > 0 && self.at(at - 1) == "&" && !(at > 1 && self.joined(at - 2, "&&"))
    }

    /// Whether a store follows the name at `at`: `a = …`, `a[i].x += …`, `a++`.
    fn is_stored(self, at: usize, end: usize) -> bool {
        // A type.
        if at > 0 && self.at(at - 1) == ":" {
            return false;
        }
        let mut next = at + 1;
        while next < end {
            match self.at(next) {
                "[" => next = self.closing(next).map_or(end, |close| close + 1),
                "." => next += 2,
                _ => break,
            }
        }
        let is_equals = |at: usize| self.at(at) == "=" && !self.joined(at, "==");
        if self.joined(next, "++") || self.joined(next, "--") {
            // `a--b` is no WGSL.
            return true;
        }
        match self.at(next) {
            "=" => is_equals(next),
            "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" => is_equals(next + 1) && self.joined_next(next),
            "<" => self.joined(next, "<<="),
            ">" => self.joined(next, ">>="),
            _ => false,
        }
    }

    /// Whether the next token follows at once.
    fn joined_next(self, at: usize) -> bool {
        self.tokens.get(at).zip(self.tokens.get(at + 1)).is_some_and(|(a, b)| a.end() == b.at)
    }
}
