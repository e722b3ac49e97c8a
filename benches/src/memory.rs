//! Resident memory of a process.

use std::fs;

/// Resident memory of process `pid`, bytes; none on systems without `/proc`.
pub(crate) fn resident(pid: u32) -> Option<u64> {
    of_status(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn of_status(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_understood() {
        let text = "VmHWM:\t   11000 kB\nVmRSS:\t   10760 kB\n";
        assert_eq!(of_status(text), Some(10_760 * 1024));
        assert_eq!(of_status("Threads:\t5\n"), None);
    }
}
