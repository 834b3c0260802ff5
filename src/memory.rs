//! Sizes are checked before memory is asked for: where it cannot be had, the program would be ended.

use crate::error::{Error, Result};

/// Bytes that are had or not whatever is asked before.
const SMALL: usize = 64 << 20;

/// Asks whether so many elements of so many bytes each can be had for `what`.
///
/// # Errors
/// [`Error::OutOfMemory`] with the size, and what there is if the system tells.
pub(crate) fn check(elements: &[usize], each: usize, what: &str) -> Result<()> {
    let bytes = elements.iter().try_fold(each, |all, &count| all.checked_mul(count));
    if bytes.is_some_and(|bytes| bytes < SMALL) {
        return Ok(());
    }
    let there = available();
    if bytes.is_some_and(|bytes| there.is_none_or(|there| bytes as u64 <= there)) {
        return Ok(());
    }
    let there = there.map_or("not that much can be had".into(), |there| format!("{there} bytes are there"));
    Err(Error::OutOfMemory {
        device: "this machine".into(),
        bytes: bytes.map_or(u64::MAX, |bytes| bytes as u64),
        what: what.into(),
        detail: format!(
            "{there}; take fewer points or coordinates, or products with vectors instead of whole matrices"
        ),
    })
}

/// Memory that can be had without paging and within the limit of address space, where the system tells.
fn available() -> Option<u64> {
    let there = number("/proc/meminfo", "MemAvailable:")?.checked_mul(1024)?;
    let limit = number("/proc/self/limits", "Max address space");
    let taken = number("/proc/self/status", "VmSize:").unwrap_or(0) * 1024;
    Some(limit.map_or(there, |limit| limit.saturating_sub(taken).min(there)))
}

/// The number after a name in such a file.
fn number(path: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_an_error() {
        assert!(check(&[10, 10], 8, "a small matrix").is_ok());
        for elements in [&[usize::MAX, 2][..], &[1 << 20, 1 << 20, 1 << 10]] {
            let error = check(elements, 8, "a large matrix").unwrap_err();
            assert_eq!(error.exit_code(), 5);
            assert!(error.to_string().contains("for a large matrix"), "{error}");
        }
    }
}
