//! The progress bar of long reads, on a terminal only.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::directory::Counters;

/// Shorter reads than this many bytes get no bar.
const WORTH_SHOWING: u64 = 64 << 20;

/// A bar that follows the counters until it is dropped.
pub struct Progress {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts a bar on standard error, where that is a terminal.
    pub fn start(counters: &Arc<Counters>, bytes: u64, quiet: bool) -> Progress {
        let stop = Arc::new(AtomicBool::new(false));
        let bar = ProgressBar::new(bytes);
        let thread = (!quiet && bytes >= WORTH_SHOWING && !bar.is_hidden()).then(|| {
            let (counters, stop) = (Arc::clone(counters), Arc::clone(&stop));
            std::thread::spawn(move || follow(&bar, &counters, &stop, bytes))
        });
        Progress { stop, thread }
    }

    /// Starts a line about a live directory, of which nobody knows beforehand how large it is.
    pub fn of_live(counters: &Arc<Counters>, quiet: bool) -> Progress {
        let stop = Arc::new(AtomicBool::new(false));
        let line = ProgressBar::new_spinner();
        let thread = (!quiet && !line.is_hidden()).then(|| {
            let (counters, stop) = (Arc::clone(counters), Arc::clone(&stop));
            std::thread::spawn(move || follow_live(&line, &counters, &stop))
        });
        Progress { stop, thread }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A bar that fell over is not worth a word.
            let _ = thread.join();
        }
    }
}

fn follow(bar: &ProgressBar, counters: &Counters, stop: &AtomicBool, bytes: u64) {
    let template = "{msg:8} [{bar:30}] {bytes:>10} of {total_bytes}  {bytes_per_sec}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    while !stop.load(Ordering::Relaxed) {
        let read = counters.bytes.load(Ordering::Relaxed);
        bar.set_message(if read < bytes { "reading" } else { "judging" });
        bar.set_position(read);
        std::thread::sleep(Duration::from_millis(100));
    }
    bar.finish_and_clear();
}

fn follow_live(line: &ProgressBar, counters: &Counters, stop: &AtomicBool) {
    if let Ok(style) = ProgressStyle::with_template("reading: {human_pos} entries{msg}, {elapsed}") {
        line.set_style(style);
    }
    let start = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        let entries = counters.objects.load(Ordering::Relaxed);
        line.set_position(entries);
        let seconds = start.elapsed().as_secs_f64();
        if entries > 0 && seconds >= 1.0 {
            line.set_message(format!(" ({:.0} a second)", entries as f64 / seconds));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    line.finish_and_clear();
}
