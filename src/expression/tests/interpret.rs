//! An interpreter of the little WGSL that is written here: lets of one operation, sums, and loops that do not nest.

use std::collections::HashMap;

use super::evaluate::{arithmetic, call};

/// The value of the written `objective` at a point. It panics at whatever it does not know.
pub(super) fn interpret(wgsl: &str, x: &[f64]) -> f64 {
    let start = wgsl.find("fn objective() -> real {\n").expect("the function");
    let lines: Vec<&str> = wgsl[start..].lines().skip(1).map(str::trim).collect();
    let mut values = Values { x, named: HashMap::new() };
    let mut at = 0;
    while at < lines.len() {
        if let Some(value) = lines[at].strip_prefix("return ") {
            assert_eq!(lines[at + 1..], ["}"]);
            return values.operand(value.strip_suffix(';').expect("a semicolon"));
        }
        let Some(head) = lines[at].strip_prefix("for (var ") else {
            values.statement(lines[at]);
            at += 1;
            continue;
        };
        let (j, head) = head.split_once(" = 0u; ").expect("a start");
        let head = head.strip_prefix(&format!("{j} < ")).expect("a condition");
        let count =
            head.strip_suffix(&format!("u; {j}++) {{")).expect("a step").parse::<u32>().expect("a count");
        let end = at + lines[at..].iter().position(|line| *line == "}").expect("an end");
        for k in 0..count {
            values.named.insert(j.to_owned(), f64::from(k));
            lines[at + 1..end].iter().for_each(|line| values.statement(line));
        }
        values.named.remove(j);
        at = end + 1;
    }
    panic!("no return in {wgsl}");
}

struct Values<'a> {
    x: &'a [f64],
    named: HashMap<String, f64>,
}

impl Values<'_> {
    fn statement(&mut self, line: &str) {
        let line = line.strip_suffix(';').expect("a semicolon");
        if let Some((name, value)) = line.strip_prefix("let ").and_then(|line| line.split_once(" = ")) {
            let value = self.operation(value);
            // Outside loops a name is given once; in a loop it is given again with each turn.
            self.named.insert(name.to_owned(), value);
        } else if let Some((name, value)) =
            line.strip_prefix("var ").and_then(|line| line.split_once(": real = "))
        {
            assert!(self.named.insert(name.to_owned(), value.parse().expect("a number")).is_none(), "{line}");
        } else if let Some((name, value)) = line.split_once(" += ") {
            let value = self.operand(name) + self.operand(value);
            self.named.insert(name.to_owned(), value);
        } else if let Some((name, value)) = line.split_once(" *= ") {
            let value = self.operand(name) * self.operand(value);
            self.named.insert(name.to_owned(), value);
        } else {
            let (name, value) = line.split_once(" = select(").expect("a statement");
            let value = value.strip_suffix(" == 0u)").expect("a condition");
            let (extreme, value) = value.split_once("), ").expect("an extreme");
            let (element, j) = value.split_once(", ").expect("an element");
            let first = self.operand(j) == 0.0;
            let value = if first { self.operand(element) } else { self.operation(&format!("{extreme})")) };
            self.named.insert(name.to_owned(), value);
        }
    }

    /// One operation, of at most one sign between calls and operands.
    fn operation(&self, text: &str) -> f64 {
        if let Some((left, right)) = text.strip_prefix("log(").and_then(|rest| rest.split_once(") * ")) {
            return self.operand(left).ln() * self.operand(right);
        }
        if let Some(index) = text.strip_prefix("x(").and_then(|rest| rest.strip_suffix(')')) {
            return self.x[self.index(index)];
        }
        if let Some(index) = text.strip_prefix("real(").and_then(|rest| rest.strip_suffix(')')) {
            return self.index(index) as f64;
        }
        for sign in ['+', '-', '*', '/'] {
            if let Some((left, right)) = text.split_once(&format!(" {sign} ")) {
                return arithmetic(sign, self.operand(left), self.operand(right));
            }
        }
        match text.strip_suffix(')').filter(|_| !text.starts_with('(')).and_then(|text| text.split_once('('))
        {
            Some(("powi", arguments)) => {
                let (base, exponent) = arguments.split_once(", ").expect("two arguments");
                let exponent = exponent.strip_suffix('i').expect("an i32").parse().expect("a number");
                self.operand(base).powi(exponent)
            }
            Some((name, arguments)) => {
                let arguments: Vec<_> = arguments.split(", ").map(|a| self.operand(a)).collect();
                call(name.strip_prefix("expr_").unwrap_or(name), &arguments)
            }
            None => -self.operand(text.strip_prefix('-').expect("a minus sign")),
        }
    }

    fn index(&self, text: &str) -> usize {
        let term = |text: &str| match text.strip_suffix('u') {
            Some(digits) => digits.parse().expect("an index"),
            None => self.operand(text) as usize,
        };
        let (scaled, start) = text.split_once(" + ").unwrap_or((text, "0u"));
        let (j, step) = scaled.split_once(" * ").unwrap_or((scaled, "1u"));
        term(j) * term(step) + term(start)
    }

    fn operand(&self, text: &str) -> f64 {
        let bare = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
        if let Some(&value) = self.named.get(bare) {
            return value;
        }
        assert!(bare.contains(['.', 'e']), "{bare} is neither a name nor a literal of a real");
        bare.parse().unwrap_or_else(|_| panic!("{bare} is neither a name nor a number"))
    }
}
