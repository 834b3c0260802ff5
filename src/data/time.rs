//! Points in time, as people and programs read them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second of the year 9999, from 1970 on.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// A point in time to the second, by RFC 3339: `2026-11-29T01:30:00Z`. Clocks that are set before 1970 or beyond 9999, which have no such
/// text, are taken to be at the ends.
pub fn time_stamp(time: SystemTime) -> String {
    let within = time.clamp(UNIX_EPOCH, UNIX_EPOCH + LAST);
    humantime::format_rfc3339_seconds(within).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_be_set_to_anything() {
        let at = |seconds: u64| time_stamp(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(1_000_000_000), "2001-09-09T01:46:40Z");
        assert_eq!(at(1 << 40), "9999-12-31T23:59:59Z");
        assert_eq!(time_stamp(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00Z");
    }
}
