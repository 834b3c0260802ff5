//! Texts that are meant to break something: an error or WGSL in good time, from a thread's ordinary stack.

use std::fmt::Write as _;

use super::{report, to_wgsl, value};
use crate::common::random::SplitMix64;

/// The longest text that is read.
const MOST_BYTES: usize = 1 << 16;
/// Brackets within brackets.
const MOST_NESTED: usize = 200;

/// As much of `part` as a text may have, between a beginning and an end.
fn long(before: &str, part: &str, after: &str) -> String {
    format!("{before}{}{after}", part.repeat((MOST_BYTES - before.len() - after.len()) / part.len()))
}

/// An objective of a bounded size, or the report that it is too large.
fn bounded(text: &str, dimension: usize) {
    match to_wgsl(text, dimension) {
        Ok(wgsl) => assert!(wgsl.len() <= 64 * text.len(), "{} for {}", wgsl.len(), &text[..20]),
        Err(error) => assert!(error.to_string().contains("above the limit of 1048576"), "{error}"),
    }
}

#[test]
fn long_chains_are_no_depth() {
    for text in [
        long("1", "+1", ""),
        long("x0", "+x0", ""),
        long("x0", "-x1", ""),
        long("", "-", "x0"),
        long("", "+-", "x0"),
        long("x0", "^x0", ""),
        long("x0", "*-x0", ""),
        long("x0", "^-x0", ""),
        long("sum(x", "+x", ")"),
        long("sum(x", "^x", ")"),
        long("sin(x0)", "+sin(x0)", ""),
        long("sum(x)", "*sum(x)", ""),
        long("sum(x)", "/sum(x-1)", ""),
        long("x0", " ", "+ 1"),
        long("x0", "\n", "+ 1"),
        long("", "\n", "1"),
        long("0.", "0", ""),
        long("", "0", "1"),
        long("x", "0", "1"),
    ] {
        bounded(&text, 2);
    }
    assert_eq!(value(&long("x0", "+x0", ""), &[0.5]), 0.5 * ((MOST_BYTES - 2) / 3 + 1) as f64);
}

#[test]
fn the_written_text_is_bounded() {
    // Different parts all through, so that nothing is shared.
    for (part, values) in
        [("+sum(x*K)", 6500), ("+hypot(x0,K)", 5000), ("+max(x-K)", 6500), ("+x[K]*i[K]", 5000)]
    {
        let mut text = "0".to_owned();
        for k in 1..values {
            write!(text, "{}", part.replace('K', &k.to_string())).unwrap();
        }
        text.truncate(MOST_BYTES);
        text.truncate(text.rfind('+').unwrap());
        bounded(&text, 10_000);
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |open: &str, levels: usize| open.repeat(levels) + "x0" + &")".repeat(levels);
    for open in ["(", "sin(", "-(", "2^(", "x0-(", "relu(1+", "min(1,", "sum(x*"] {
        to_wgsl(&nested(open, MOST_NESTED), 2).unwrap();
        let text = nested(open, MOST_NESTED + 1);
        assert!(report(&text, 2).contains("brackets nest deeper than 200 levels here"), "{open}");
        assert!(report(&long("", open, ""), 2).contains("brackets nest deeper"), "{open}");
    }
    assert!(report(&long("", "[", ""), 2).contains("brackets nest deeper"));
    // As deep as allowed, and wrong in the middle: no branch of the grammar is tried again and again.
    for open in ["(", "sin(-", "min(1,", "x[0]+(", "(((((-"] {
        let levels = MOST_NESTED / open.matches('(').count();
        let text = format!("{}{}", open.repeat(levels), ")".repeat(MOST_NESTED));
        assert!(report(&text, 2).contains("expected a number, a name or ("), "{open}");
    }
}

#[test]
fn a_small_stack_is_enough() {
    // Of one size after another, the smallest first: a thread may be given the stack of one that has ended.
    for kib in [128, 192, 256, 384, 512, 768, 1024, 1536] {
        for open in ["(", "x0-(", "sin(", "-(", "min(1,", "sum(x*", "2^-("] {
            let text = open.repeat(MOST_NESTED) + "x0" + &")".repeat(MOST_NESTED);
            let small = std::thread::Builder::new().stack_size(kib << 10).spawn(move || to_wgsl(&text, 1));
            match small.unwrap().join().unwrap() {
                Ok(wgsl) => assert!(wgsl.contains("x(0u)")),
                Err(error) => panic!("{kib} KiB, {open}\n{error}"),
            }
        }
    }
}

#[test]
fn long_texts_are_refused_whatever_they_are() {
    for text in ["x".repeat(MOST_BYTES + 1), "(".repeat(1 << 20), " ".repeat(1 << 20), "π".repeat(MOST_BYTES)]
    {
        assert!(report(&text, 1).contains("bytes; at most 65536 are read"));
    }
    assert_eq!(report(&"1".repeat(70_000), 1), "the expression has 70000 bytes; at most 65536 are read");
}

#[test]
fn long_wrong_texts_get_short_reports() {
    for text in [
        long("", "x", ""),
        long("", "1", ""),
        long("", "1 ", ""),
        long("", "x0 ", ""),
        long("", ")", ""),
        long("1", "+1", "+"),
        long("1", "+1", "+π"),
        long("", "é", ""),
        long("1\n", "\n", "+\n*"),
        long("x", "9", ""),
        long("x[", "9", "]"),
        long("x[", "9", ":9"),
        long("sum(x[", "1:", "])"),
        long("x", "[0]", ""),
        long("sin(", "1,", "1)"),
        long("min(", "x0,", "1)"),
        long("", "sin ", ""),
        long("", "\u{0}", ""),
        long("", "\u{1b}[31m", ""),
        long("1", "*9", ""),
        long("1", "/0", ""),
        long("x+x[1:]", "+x", ""),
        long("x[1:]", "+x[1:]", "+x"),
        long("1e", "9", ""),
        long("0.", "0", "1e3"),
        long("x[:1]", "\n+x", ""),
    ] {
        let report = report(&text, 3);
        assert!(report.len() < 1500 || text.contains('\n'), "{report}");
        assert!(report.lines().all(|line| line.chars().count() < 300), "{report}");
        assert!(!report.contains(['\u{0}', '\u{1b}']), "{report}");
    }
}

#[test]
fn points_of_any_size() {
    let most = u32::MAX as usize;
    assert!(to_wgsl("sum(x[::2]) + x[-1]", most).unwrap().contains("j0 < 2147483648u;"));
    assert!(to_wgsl("x4294967294", most).is_ok());
    assert!(to_wgsl("x4294967295", most).is_err());
    assert!(to_wgsl("1 + sum(x[4000000000::3])", most).unwrap().contains("j0 * 3u + 4000000000u"));
    assert!(to_wgsl("x0", usize::MAX).is_err());
    assert!(to_wgsl("sum(x^2)", 0).is_err());
    assert!(report("x0", 0).ends_with("= the point has no coordinates"));
    assert!(report("min(x)", 0).contains("`min` of a vector of 0 numbers is undefined"));
}

#[test]
fn random_texts_break_nothing() {
    let words = [
        "x", "i", "x0", "x9", "1", "2.5", ".", "e", "pi", "n", "(", ")", "[", "]", ":", "-", "+", "*", "/",
        "^", "**", ",", " ", "\n", "\r\n", "\t", "sin", "sum", "min", "dot", "hypot", "é", "²", "0", "1e999",
        "-1", "y", "_", "\u{301}",
    ];
    let mut random = SplitMix64::new(2);
    let (mut good, mut bad) = (0, 0);
    for _ in 0..20_000 {
        let text: String = (0..1 + random.below(9)).map(|_| words[random.below(words.len())]).collect();
        match to_wgsl(&text, 1 + random.below(3)) {
            Ok(_) => good += 1,
            Err(error) => {
                bad += 1;
                assert!(error.to_string().contains('^'), "{text}: {error}");
            }
        }
    }
    assert!(good > 250 && bad > 250, "{good} {bad}");
}
