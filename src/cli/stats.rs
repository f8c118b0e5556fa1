//! The line of `--stats`: what was read, how long each step took, and how much memory the run had.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{BinaryBytes, DecimalBytes};

use crate::directory::Counters;
use crate::report::human::text::counted;

/// What a run cost.
#[derive(Debug)]
pub struct Stats {
    bytes: u64,
    objects: u64,
    reading: Duration,
    judging: Duration,
    writing: Duration,
    /// In bytes; `None` where the system does not tell.
    peak_memory: Option<u64>,
}

impl Stats {
    /// What was counted, how long its steps took, and the memory up to now.
    pub fn of(counters: &Counters, reading: Duration, judging: Duration, writing: Duration) -> Stats {
        let bytes = counters.bytes.load(Ordering::Relaxed);
        let objects = counters.objects.load(Ordering::Relaxed);
        Stats { bytes, objects, reading, judging, writing, peak_memory: peak_memory() }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = [self.reading, self.judging, self.writing].map(|time| time.as_secs_f64());
        let objects = counted(self.objects, "object", "objects");
        write!(f, "{}, {objects}; ", DecimalBytes(self.bytes))?;
        write!(f, "{:.2} s reading, {:.2} s judging, {:.2} s writing", seconds[0], seconds[1], seconds[2])?;
        match self.peak_memory {
            Some(bytes) => write!(f, "; {} memory at the peak", BinaryBytes(bytes)),
            None => Ok(()),
        }
    }
}

/// The most memory that the process had in RAM at once, the program's own code included.
#[cfg(unix)]
fn peak_memory() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};

    // On Linux, getrusage may tell the memory of the program that started this one.
    if let Some(own) = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| high_water_mark(&status)) {
        return Some(own);
    }
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    // Systems agree on the field and not on its unit.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    u64::try_from(usage.max_rss()).ok()?.checked_mul(unit)
}

/// `VmHWM` of a process's status.
#[cfg(unix)]
fn high_water_mark(status: &str) -> Option<u64> {
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?;
    kib.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(not(unix))]
fn peak_memory() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_that_tells_no_memory_gets_a_line_without_it() {
        let ms = Duration::from_millis;
        let mut stats =
            Stats { bytes: 727_600_000, objects: 200_000, reading: ms(280), judging: ms(50), writing: ms(20), peak_memory: Some(41 << 20) };
        let start = "727.60 MB, 200,000 objects; 0.28 s reading, 0.05 s judging, 0.02 s writing";
        assert_eq!(stats.to_string(), format!("{start}; 41.00 MiB memory at the peak"));
        stats.peak_memory = None;
        assert_eq!(stats.to_string(), start);
    }

    #[cfg(unix)]
    #[test]
    fn the_peak_is_read_from_the_status_of_the_process() {
        assert_eq!(high_water_mark("Name:\tpresync\nVmPeak:\t  90000 kB\nVmHWM:\t   14540 kB\nVmRSS:\t  9000 kB\n"), Some(14_540 << 10));
        assert_eq!(high_water_mark("Name:\tpresync\nVmHWM:\tmuch\n"), None);
        assert_eq!(high_water_mark(""), None);
    }
}
