//! What the commands print to: results on standard output, everything else on standard error.

use std::borrow::Cow;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};
use std::time::Duration;

use clap::ColorChoice;
use clap::builder::styling::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use plusminus::Precision;
use serde::Serialize;

use crate::failure::Failure;

/// Standard output and standard error.
pub struct Terminal {
    out: BufWriter<StdoutLock<'static>>,
    /// The first thing that went wrong there: the work goes on, and what it comes to is told by the exit code.
    problem: Option<io::Error>,
    is_quiet: bool,
    is_coloured: bool,
}

impl Terminal {
    pub fn new(is_quiet: bool, color: ColorChoice) -> Self {
        let is_coloured = match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Terminal { out: BufWriter::new(io::stdout().lock()), problem: None, is_quiet, is_coloured }
    }

    /// Whether standard error has colours.
    pub fn is_coloured(&self) -> bool {
        self.is_coloured
    }

    /// A line on standard error, unless --quiet. Nobody may be listening: a closed pipe must not end the work.
    pub fn note(&self, line: &str) {
        if !self.is_quiet {
            let _ = writeln!(io::stderr(), "{}", harmless(line));
        }
    }

    /// What went wrong, on standard error, after what was printed before.
    pub fn error(&mut self, message: &str) {
        let _ = self.flush();
        let red = if self.is_coloured { AnsiColor::Red.on_default().bold() } else { Style::new() };
        let _ = writeln!(io::stderr(), "{red}error:{red:#} {}", harmless(message));
    }

    /// Prints the rest; what went wrong with standard output, if anything. A reader who has had enough is nothing wrong.
    pub fn finish(&mut self) -> io::Result<()> {
        self.flush()?;
        match self.problem.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    /// One JSON object on a line, with the digits of a precision.
    pub fn json(&mut self, value: &impl Serialize, precision: Precision) -> Result<(), Failure> {
        let text = plusminus::data::to_json(value, precision)?;
        Ok(writeln!(self, "{text}")?)
    }

    /// A progress bar on standard error, if that is a terminal, and unless --quiet.
    pub fn bar(&self, count: usize, of: &str) -> ProgressBar {
        if self.is_quiet {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(count as u64);
        let template = ["{bar:40} {pos}/{len} ", of, ", {elapsed} + {eta} left{msg}"].concat();
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        // Its thread may be one too many.
        if !bar.is_hidden() && std::thread::Builder::new().spawn(|| {}).is_ok() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        bar
    }

    /// A line above a progress bar: there on a terminal, plain elsewhere.
    pub fn above(&self, bar: Option<&ProgressBar>, line: &str) {
        match bar {
            Some(bar) if !bar.is_hidden() => bar.println(line),
            _ => self.note(line),
        }
    }
}

/// Without characters by which a file could command the terminal.
pub fn harmless(text: &str) -> Cow<'_, str> {
    let is_command = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(is_command) {
        return text.into();
    }
    let plain = |c: char| if is_command(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(plain).collect()
}

/// What an evaluator tells of its progress, on a bar.
pub fn shown_by(bar: ProgressBar) -> impl FnMut(u64, u64) + Send {
    move |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.problem.is_none()
            && let Err(error) = self.out.write_all(bytes)
        {
            self.problem = Some(error);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.problem.is_none()
            && let Err(error) = self.out.flush()
        {
            self.problem = Some(error);
        }
        Ok(())
    }
}
