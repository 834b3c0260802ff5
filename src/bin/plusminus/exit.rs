//! Exit codes: one for each kind of end.

use std::process::ExitCode;

/// The work failed; some points of a batch failed; a gradient is wrong.
pub const FAILED: u8 = 1;
/// A descent or a training diverged, or ended worse than it began.
pub const DIVERGED: u8 = 3;
/// Results could not be written where they should be.
pub const DISK: u8 = 4;

/// Memory has run out.
pub const OUT_OF_MEMORY: u8 = 5;
/// The time that `--timeout` allows is up.
pub const TIMEOUT: u8 = 124;

/// For `--help`.
pub const TABLE: &str = "\
Exit codes:
  0    done
  1    the work failed, some points of a batch failed, or a gradient is wrong
  2    bad usage or bad input
  3    a descent or a training diverged, or ended worse than it began
  4    results could not be written: the disk is full, or not to be written to
  5    out of memory, or of threads
  124  the time of --timeout was up; what there is was kept
  129, 130, 143   ended by SIGHUP, Ctrl-C or SIGTERM; what there is was kept";

/// 0, or this one.
pub fn code_if(is_so: bool, code: u8) -> ExitCode {
    ExitCode::from(if is_so { code } else { 0 })
}
