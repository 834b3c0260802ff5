//! A net below everything: what should never happen ends as an error with a code, and not as a panic.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use crate::exit;

/// What was said last.
static SAID: Mutex<String> = Mutex::new(String::new());

/// Runs all of it.
pub fn within(work: impl FnOnce() -> ExitCode) -> ExitCode {
    let default = std::panic::take_hook();
    let is_traced = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    std::panic::set_hook(Box::new(move |info| {
        *SAID.lock().unwrap_or_else(PoisonError::into_inner) = told(info);
        // Where a panic of another crate is caught, only who looks for it wants to read of it.
        if is_traced {
            default(info);
        }
    }));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| complain())
}

/// Says that a panic was caught, and which.
pub fn complain() -> ExitCode {
    use std::io::Write;
    let said = SAID.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let _ = writeln!(
        std::io::stderr(),
        "error: this should not happen: {said}; it is a mistake in plusminus {}: please report it with the command that led here",
        env!("CARGO_PKG_VERSION")
    );
    ExitCode::from(exit::FAILED)
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message");
    let place =
        info.location().map_or(String::new(), |place| format!(" at {}:{}", place.file(), place.line()));
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    message.chars().take(300).map(plain).collect::<String>() + &place
}
