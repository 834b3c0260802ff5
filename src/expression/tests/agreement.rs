//! Random expressions: the WGSL computes what the tree means, and random characters break nothing.

use super::super::to_wgsl;
use super::evaluate::evaluate;
use super::interpret::interpret;

/// Knuth's MMIX generator: the same texts in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn number(&mut self, depth: usize) -> String {
        let leaf = depth == 0 || self.below(6) == 0;
        match if leaf { self.below(2) } else { 2 + self.below(6) } {
            0 => self.of(&["x0", "x4", "x[-1]", "x[2]", "x[-3]", "x1"]).to_owned(),
            1 => self.of(&["1.5", "2", "n", "pi", "0.25", "1e-1", "i[3]", "3"]).to_owned(),
            2 => self.common(depth, Random::number),
            3 => format!(
                "{}({})",
                self.of(&["sum", "mean", "norm", "min", "max", "prod"]),
                self.vector(depth - 1)
            ),
            4 => format!("dot({}, {})", self.vector(depth - 1), self.vector(depth - 1)),
            5 => format!("sum(x[1::2] * {})", self.number(depth - 1)),
            _ => self.common(depth, Random::number),
        }
    }

    fn vector(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.of(&["x[1:]", "x[:-1]", "i[1:]", "x[0:4]", "i[:4]", "x[-4:99]"]).to_owned();
        }
        match self.below(3) {
            0 => format!("({} * {})", self.number(depth - 1), self.vector(depth - 1)),
            1 => format!("({} - {})", self.vector(depth - 1), self.number(depth - 1)),
            _ => self.common(depth, Random::vector),
        }
    }

    fn common(&mut self, depth: usize, part: fn(&mut Self, usize) -> String) -> String {
        let (a, b) = (part(self, depth - 1), part(self, depth - 1));
        match self.below(6) {
            0 => format!("({a} {} {b})", self.of(&["+", "-", "*"])),
            1 => format!(
                "{}({a})",
                self.of(&["sin", "tanh", "atan", "sigmoid", "abs", "relu", "softplus", "cos"])
            ),
            2 => format!("{}({a}, {b})", self.of(&["min", "max", "hypot", "atan2"])),
            3 => format!("({a})^{}", self.of(&["2", "3", "4", "1", "0", "5"])),
            4 => format!("(-{a})"),
            _ => format!("({a} / (1 + {b}^2))"),
        }
    }
}

#[test]
fn the_wgsl_computes_what_the_tree_means() {
    let mut random = Random(1);
    let x = [0.5, -1.25, 2.0, 0.75, -0.3];
    let mut ordinary = 0;
    for _ in 0..3000 {
        let text = random.number(4);
        // Constants may overflow: refused, and no matter here.
        let Ok(wgsl) = to_wgsl(&text, x.len()) else { continue };
        let (expected, value) = (evaluate(&text, &x), interpret(&wgsl, &x));
        let same = (value - expected).abs() <= 1e-9 * expected.abs() || value.to_bits() == expected.to_bits();
        assert!(same || value.is_nan() && expected.is_nan(), "{text}: {value}, not {expected}\n{wgsl}");
        ordinary += usize::from(expected.is_finite());
    }
    assert!(ordinary > 2000, "{ordinary}");
}

#[test]
fn random_texts_break_nothing() {
    let words = [
        "x", "i", "x0", "x9", "1", "2.5", ".", "e", "pi", "n", "(", ")", "[", "]", ":", "-", "+", "*", "/",
        "^", "**", ",", " ", "\n", "\r\n", "\t", "sin", "sum", "min", "dot", "hypot", "é", "²", "0", "1e999",
        "-1", "y", "_", "\u{301}",
    ];
    let mut random = Random(2);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..40_000 {
        let text: String = (0..1 + random.below(9)).map(|_| random.of(&words)).collect();
        let dimension = random.below(4);
        match to_wgsl(&text, dimension) {
            Ok(wgsl) => {
                good += 1;
                let value = interpret(&wgsl, &[0.5, 1.5, -2.5][..dimension]);
                assert_eq!(
                    value.to_bits(),
                    evaluate(&text, &[0.5, 1.5, -2.5][..dimension]).to_bits(),
                    "{text}"
                );
            }
            Err(error) => {
                bad += 1;
                assert!(error.to_string().contains('^'), "{text}: {error}");
            }
        }
    }
    assert!(good > 500 && bad > 500, "{good} {bad}");
}
