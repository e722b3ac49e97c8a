//! Resident memory of a process.

use std::fs;

/// Resident memory of process `pid`, bytes; none on systems without `/proc`.
pub(crate) fn resident(pid: u32) -> Option<u64> {
    of_process(pid, "VmRSS:")
}

/// The most resident memory that process `pid` ever had, bytes; none where `resident` has none.
pub(crate) fn peak(pid: u32) -> Option<u64> {
    of_process(pid, "VmHWM:")
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
        assert_eq!(of_status("Threads:\t5\n", "VmRSS:"), None);
    }
}
