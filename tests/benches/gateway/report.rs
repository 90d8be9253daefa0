//! Figures, and how they are printed.

use serde_json::json;

/// The middle one.
pub fn median(samples: &[f64]) -> f64 {
    part_of(samples, 0.5)
}

/// Prints a measurement that was made several times.
pub fn print(name: &str, unit: &str, samples: &[f64], limit: Option<f64>) {
    line(name, unit, samples, limit.map(|limit| ("limit", limit)));
}

/// Prints one that should not be smaller than `least`.
#[allow(
    dead_code,
    reason = "two benchmarks share this file, and only one promises that much"
)]
pub fn print_at_least(name: &str, unit: &str, samples: &[f64], least: f64) {
    line(name, unit, samples, Some(("at_least", least)));
}

fn line(name: &str, unit: &str, samples: &[f64], bound: Option<(&str, f64)>) {
    let round = |value: f64| (value * 100.0).round() / 100.0;
    let mut line = json!({
        "name": name,
        "unit": unit,
        "median": round(median(samples)),
        "p99": round(part_of(samples, 0.99)),
        "n": samples.len(),
    });
    if let Some((bound, value)) = bound {
        line[bound] = json!(value);
    }
    println!("{line}");
}

fn part_of(samples: &[f64], part: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * part).round() as usize]
}
