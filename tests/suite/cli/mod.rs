//! The command line as a user runs it: output, JSON, files, exit codes, messages.

#![cfg(feature = "cli")]

mod about;
mod batches;
mod check;
mod derivatives;
mod descend;
mod files;
mod fit;
mod parts;
mod usage;

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Words between blanks; blanks within '…' belong to their word.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    for (i, part) in line.split('\'').enumerate() {
        if i % 2 == 1 {
            words.push(part.to_string());
        } else {
            words.extend(part.split_whitespace().map(str::to_string));
        }
    }
    words
}

fn plusminus(line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plusminus")).args(words(line)).output().unwrap()
}

/// The same with text on standard input.
fn plusminus_with(input: &str, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plusminus"));
    command.args(words(line)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn ok(line: &str) -> String {
    let output = plusminus(line);
    assert_eq!(output.status.code(), Some(0), "{line}: {}", stderr(&output));
    stdout(&output)
}

/// The object that a line with --json prints.
fn json(line: &str) -> Value {
    let text = ok(&format!("{line} --json"));
    assert_eq!(text.trim().lines().count(), 1, "one object on one line: {text}");
    serde_json::from_str(&text).unwrap()
}

fn fails(code: i32, line: &str, part: &str) {
    let output = plusminus(line);
    let stderr = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{line}: {stderr}");
    assert!(stderr.contains(part), "{line}: `{stderr}` does not say `{part}`");
    assert!(output.stdout.is_empty(), "{line} printed a result");
}
