//! What a process takes: memory and processor time.

use std::fs;
use std::time::Duration;

/// Resident memory of process `pid`, bytes; none on systems without `/proc`.
pub(crate) fn resident(pid: u32) -> Option<u64> {
    of_process(pid, "VmRSS:")
}

/// The most resident memory that process `pid` ever had, bytes; none where `resident` has none.
pub(crate) fn peak(pid: u32) -> Option<u64> {
    of_process(pid, "VmHWM:")
}

/// The processor time of process `pid` so far; none on systems without `/proc`.
pub(crate) fn processor_time(pid: u32) -> Option<Duration> {
    of_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// User and system time, in hundredths of a second on every Linux. The name before them can have
/// blanks and parentheses.
fn of_stat(text: &str) -> Option<Duration> {
    let (_, after_name) = text.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_millis(user.checked_add(system)?.checked_mul(10)?))
}

fn of_process(pid: u32, name: &str) -> Option<u64> {
    of_status(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, name)
}

fn of_status(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_understood() {
        let text = "VmHWM:\t   11000 kB\nVmRSS:\t   10760 kB\n";
        assert_eq!(of_status(text, "VmRSS:"), Some(10_760 * 1024));
        assert_eq!(of_status(text, "VmHWM:"), Some(11_000 * 1024));
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 4 0 100 1 1";
        assert_eq!(of_stat(stat), Some(Duration::from_millis(1_750)));
        assert_eq!(of_status("Threads:\t5\n", "VmRSS:"), None);
    }
}
