//! `cargo xtask bench`: runs the benchmarks and prints one table.
//!
//! A benchmark prints one JSON object a line: `name`, `unit`, `median`, `p99`, `n`, and where a
//! promise was made `limit`, the value the median has to stay under.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::build;
use crate::say;
use crate::workspace::{Workspace, cargo};

/// Benchmark targets of the workspace.
const BENCHMARKS: [&str; 2] = ["evaluate", "gateway"];

/// Columns of the table: key, and whether it is a number.
const COLUMNS: [(&str, bool); 6] = [
    ("name", false),
    ("unit", false),
    ("median", true),
    ("p99", true),
    ("n", true),
    ("limit", true),
];

/// Builds everything, runs the benchmarks, prints a table or, with `json`, their lines.
///
/// # Errors
///
/// When something does not build, a benchmark fails, or a median misses its limit.
pub fn run(workspace: &Workspace, json: bool) -> Result<()> {
    build::all(workspace)?;
    crate::test::prepare_lab()?;
    let rows = measure(workspace, json)?;
    if !json {
        say::text(&table(&rows));
    }
    let missed: Vec<&str> = rows
        .iter()
        .filter(|row| misses_limit(row))
        .filter_map(|row| row["name"].as_str())
        .collect();
    if !missed.is_empty() {
        bail!("slower than promised: {}", missed.join(", "));
    }
    Ok(())
}

fn measure(workspace: &Workspace, json: bool) -> Result<Vec<Value>> {
    let mut command = cargo();
    command
        .current_dir(workspace.root())
        .args(["bench", "--quiet", "--workspace"]);
    for name in BENCHMARKS {
        command.args(["--bench", name]);
    }
    let mut running = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run `cargo bench`")?;
    let mut rows = Vec::new();
    for line in running
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufReader::lines)
    {
        let line = line.context("cannot read what the benchmarks print")?;
        match serde_json::from_str::<Value>(&line) {
            Ok(row @ Value::Object(_)) => {
                if json {
                    say::text(&format!("{line}\n"));
                } else {
                    say::note(&format!("   {}", summary(&row)));
                }
                rows.push(row);
            }
            _ => say::note(&line),
        }
    }
    if !running
        .wait()
        .context("cannot wait for `cargo bench`")?
        .success()
    {
        bail!("a benchmark failed, the reason is above");
    }
    Ok(rows)
}

fn summary(row: &Value) -> String {
    format!(
        "{}: {} {}",
        cell(row, "name"),
        cell(row, "median"),
        cell(row, "unit")
    )
}

fn misses_limit(row: &Value) -> bool {
    let number = |key: &str| row.get(key).and_then(Value::as_f64);
    matches!((number("median"), number("limit")), (Some(median), Some(limit)) if median > limit)
}

fn table(rows: &[Value]) -> String {
    let titles = COLUMNS.map(|(key, _)| key.to_owned());
    let mut lines = vec![titles];
    lines.extend(
        rows.iter()
            .map(|row| COLUMNS.map(|(key, _)| cell(row, key))),
    );
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(String::len)
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..COLUMNS.len()).map(width).collect();
    let mut table = String::new();
    for line in &lines {
        let cells = line
            .iter()
            .zip(&widths)
            .zip(COLUMNS)
            .map(|((cell, &width), (_, number))| {
                if number {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:width$}")
                }
            });
        table.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        table.push('\n');
    }
    table
}

fn cell(row: &Value, key: &str) -> String {
    match row.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if number.is_f64() => {
            format!("{:.2}", number.as_f64().unwrap_or_default())
        }
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{misses_limit, table};

    #[test]
    fn columns_are_aligned_and_missing_values_empty() {
        let rows = [
            json!({"name": "fresh sandbox", "unit": "us", "median": 4.125, "p99": 9.0, "n": 1000, "limit": 6}),
            json!({"name": "x", "unit": "ms", "median": 120, "n": 7}),
        ];
        let expected = "\
name           unit  median   p99     n  limit
fresh sandbox  us      4.12  9.00  1000      6
x              ms       120           7
";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn a_limit_is_missed_only_from_above() {
        let check = |row, expected| assert_eq!(misses_limit(&row), expected, "{row}");
        check(json!({"median": 6.1, "limit": 6}), true);
        check(json!({"median": 6, "limit": 6}), false);
        check(json!({"median": 9}), false);
    }
}
