//! Limits of what is read: a file, or a bomb that unpacks to one, must not take all memory.

use std::io::{BufRead, Error, ErrorKind, Read, Result};

/// Numbers, or words, of a text table: 1 GiB of numbers.
pub(super) const MOST_FIELDS: u64 = 1 << 27;

/// Bytes of a line of a table.
const LONGEST_LINE: u64 = 1 << 26;

/// Bytes of a table once it is unpacked: empty lines and comments make no numbers.
const MOST_TEXT: u64 = 1 << 32;

/// Bytes of the elements of an array in npy, npz or safetensors, and of such a file.
pub(super) const MOST_ARRAY: u64 = 1 << 32;

/// A reader of lines that fails where a line, or all of them, is too long.
pub(super) struct Bounded<R> {
    inner: R,
    all: u64,
    line: u64,
}

impl<R> Bounded<R> {
    pub(super) fn new(inner: R) -> Self {
        Bounded { inner, all: 0, line: 0 }
    }

    fn check(&self) -> Result<()> {
        let (what, limit) = if self.line > LONGEST_LINE {
            ("a line", LONGEST_LINE)
        } else if self.all > MOST_TEXT {
            ("all of it", MOST_TEXT)
        } else {
            return Ok(());
        };
        let message = format!(
            "{what} takes more than {limit} bytes, the most of a table: give large data as npy or npz"
        );
        Err(Error::new(ErrorKind::FileTooLarge, message))
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        self.check()?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(bytes) = self.inner.fill_buf() {
            let taken = &bytes[..amount.min(bytes.len())];
            match taken.iter().rposition(|&byte| byte == b'\n') {
                Some(at) => self.line = (taken.len() - at - 1) as u64,
                None => self.line += taken.len() as u64,
            }
            self.all += taken.len() as u64;
        }
        self.inner.consume(amount);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}
