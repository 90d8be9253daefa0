//! Samples, their median and 99th percentile, and how they are printed.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::json;

/// Samples of one measurement, after a warm-up of a tenth as many.
pub struct Series {
    wanted: usize,
    warm_up: usize,
    samples: Vec<f64>,
}

impl Series {
    /// A series of so many samples.
    pub fn new(wanted: usize) -> Self {
        Self {
            wanted,
            warm_up: wanted / 10,
            samples: Vec::with_capacity(wanted),
        }
    }

    /// Times a function so many times.
    pub fn collect<T>(wanted: usize, mut run: impl FnMut() -> T) -> Self {
        let mut series = Self::new(wanted);
        while series.wants_more() {
            let begin = Instant::now();
            black_box(run());
            series.add(begin.elapsed());
        }
        series
    }

    /// Whether there are samples missing.
    pub fn wants_more(&self) -> bool {
        self.samples.len() < self.wanted
    }

    /// Adds one sample.
    pub fn add(&mut self, took: Duration) {
        if self.warm_up > 0 {
            self.warm_up -= 1;
        } else {
            self.samples.push(took.as_secs_f64() * 1e6);
        }
    }
}

/// Prints a series in microseconds.
pub fn report(name: &str, series: Series, limit: Option<f64>) {
    print(
        name,
        "us",
        series.samples,
        limit.map(|limit| ("limit", limit)),
    );
}

/// Prints ratios that should not be smaller than `least`.
pub fn report_at_least(name: &str, ratios: Vec<f64>, least: f64) {
    print(name, "ratio", ratios, Some(("at_least", least)));
}

/// Prints ratios that should not be larger than `most`.
pub fn report_at_most(name: &str, ratios: Vec<f64>, most: f64) {
    print(name, "ratio", ratios, Some(("limit", most)));
}

/// Prints one value.
pub fn report_value(name: &str, unit: &str, value: f64, n: usize, bound: Option<(&str, f64)>) {
    line(name, unit, value, value, n, bound);
}

fn print(name: &str, unit: &str, mut samples: Vec<f64>, bound: Option<(&str, f64)>) {
    samples.sort_by(f64::total_cmp);
    let at = |part: f64| samples[((samples.len() - 1) as f64 * part).round() as usize];
    line(name, unit, at(0.5), at(0.99), samples.len(), bound);
}

fn line(name: &str, unit: &str, median: f64, p99: f64, n: usize, bound: Option<(&str, f64)>) {
    let round = |value: f64| (value * 100.0).round() / 100.0;
    let mut line =
        json!({ "name": name, "unit": unit, "median": round(median), "p99": round(p99), "n": n });
    if let Some((kind, bound)) = bound {
        line[kind] = json!(bound);
    }
    println!("{line}");
}

/// Memory of this process.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// What nobody else has and the system cannot take back.
    pub own_kib: f64,
    /// Pages of files, which are shared and can be read again.
    pub of_files_kib: f64,
}

impl Memory {
    /// Forgets the most memory this process ever had.
    pub fn reset_peak() {
        // What proc(5) has for the high-water mark of a process.
        std::fs::write("/proc/self/clear_refs", "5").expect("this process's own memory");
    }

    /// The most memory since then.
    pub fn peak_kib() -> f64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("this process's status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
        let of_files = Self::now().of_files_kib;
        number.map_or(0.0, |peak: f64| peak - of_files)
    }

    /// As it is now.
    pub fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").expect("this process's status");
        let kib = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
            number.unwrap_or_else(|| panic!("no number of KiB for `{name}`"))
        };
        Self {
            own_kib: kib("RssAnon:") + kib("RssShmem:"),
            of_files_kib: kib("RssFile:"),
        }
    }
}
