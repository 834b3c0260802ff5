//! The most memory that the process held, where the system tells (Linux).

/// Begins anew.
pub fn reset() {
    // Of processes that may not, the most since their start is told.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// In bytes, since the last [`reset`].
pub fn most() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
