//! Texts made at random, of all that directs what a program does: for tests.

/// Writes a text; the same for the same seed.
pub(super) struct Writer {
    state: u64,
    /// Names of counters in scope.
    counters: usize,
    /// Loops around the statement at hand.
    loops: usize,
    in_helper: bool,
}

impl Writer {
    /// A whole objective of 6 coordinates and 4 numbers of data.
    pub(super) fn text(seed: u64) -> String {
        let mut writer = Writer { state: seed, counters: 0, loops: 0, in_helper: true };
        let helper = writer.block(2);
        writer.in_helper = false;
        let body = writer.block(3);
        let variables =
            "var b = x(1); var c = 0.5; var k = 1u; var d = array<real, 4>(0.25, x(2), 1.0, x(3));";
        // Lines must not be too long.
        let text = format!(
            "fn helper(p: real) -> real {{ var a = p; {variables} {helper} return a - b; }}
            fn objective() -> real {{ var a = x(0); {variables} {body} return a + 2.0 * b - c + d[k % 4u]; }}"
        );
        text.replace(';', ";\n").replace('{', "{\n")
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % bound
    }

    fn pick(&mut self, all: &[&str]) -> String {
        all[self.below(all.len() as u64) as usize].to_string()
    }

    fn integer(&mut self) -> String {
        if self.counters > 0 && self.below(2) == 0 {
            return format!("q{}", self.below(self.counters as u64));
        }
        self.pick(&["k", "2u", "3u", "u32(abs(a))", "(k + 1u)"])
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.below(6) {
                0 => format!("x({} % 6u)", self.integer()),
                1 => format!("d[{} % 4u]", self.integer()),
                2 => format!("data({} % 4u)", self.integer()),
                3 => format!("real({})", self.integer()),
                _ => self.pick(&["a", "b", "c", "0.5", "1.25"]),
            };
        }
        let (left, right) = (self.expression(depth - 1), self.expression(depth - 1));
        match self.below(8) {
            0 => format!("min({left}, {right})"),
            1 => format!("select({left}, {right}, {})", self.condition()),
            2 => format!("sin({left})"),
            3 if !self.in_helper => format!("helper({left})"),
            4 => format!("({left} - {right})"),
            5 | 6 => format!("({left} + 0.5 * {right})"),
            _ => format!("({left} * {right})"),
        }
    }

    fn condition(&mut self) -> String {
        match self.below(3) {
            0 => format!("{} < 2u", self.integer()),
            1 => format!("{} % 2u == 0u", self.integer()),
            _ => format!("{} < {}", self.expression(0), self.expression(0)),
        }
    }

    fn block(&mut self, depth: usize) -> String {
        let count = 1 + self.below(3);
        (0..count).map(|_| self.statement(depth)).collect()
    }

    fn statement(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.below(5) {
                0 => format!("d[{} % 4u] = {};", self.integer(), self.expression(1)),
                1 => format!("k = {} % 5u;", self.integer()),
                _ => format!("{} = {};", self.pick(&["a", "b", "c"]), self.expression(2)),
            };
        }
        match self.below(9) {
            0 | 1 => {
                let (condition, first, second) =
                    (self.condition(), self.block(depth - 1), self.block(depth - 1));
                format!("if ({condition}) {{ {first} }} else {{ {second} }}")
            }
            2 => format!("if ({}) {{ {} }}", self.condition(), self.block(depth - 1)),
            3 | 4 => {
                let (name, turns) = (self.counters, 1 + self.below(4));
                (self.counters, self.loops) = (self.counters + 1, self.loops + 1);
                let body = self.block(depth - 1);
                (self.counters, self.loops) = (self.counters - 1, self.loops - 1);
                format!("for (var q{name} = 0u; q{name} < {turns}u; q{name}++) {{ {body} }}")
            }
            5 => {
                let name = self.counters;
                (self.counters, self.loops) = (self.counters + 1, self.loops + 1);
                let (body, condition) = (self.block(depth - 1), self.condition());
                (self.counters, self.loops) = (self.counters - 1, self.loops - 1);
                format!(
                    "{{ var q{name} = 0u; loop {{ {body} continuing {{ q{name}++; break if q{name} > 3u || {condition}; }} }} }}"
                )
            }
            6 => {
                let (selector, first) = (self.integer(), self.block(depth - 1));
                let (second, other) = (self.block(depth - 1), self.block(depth - 1));
                format!(
                    "switch {selector} {{ case 0u, 3u: {{ {first} }} case 1u: {{ {second} }} default: {{ {other} }} }}"
                )
            }
            7 if self.loops > 0 => {
                format!("if ({}) {{ {} }}", self.condition(), self.pick(&["break;", "continue;"]))
            }
            7 if self.in_helper => format!("if ({}) {{ return {}; }}", self.condition(), self.expression(1)),
            _ => self.statement(0),
        }
    }
}
