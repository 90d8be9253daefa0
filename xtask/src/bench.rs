//! `cargo xtask bench`: runs the benchmarks and prints one table.
//!
//! A benchmark prints one JSON object a line: `name`, `unit`, `median`, `p99`, `n`, and where a
//! promise was made `limit` or `at_least`, which the median must not pass or has to reach.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::build;
use crate::say;
use crate::workspace::{Workspace, cargo};

/// Benchmark targets of the workspace.
const BENCHMARKS: [&str; 4] = ["deploy", "evaluate", "gateway", "sanitize"];

/// Columns of the table: title, and whether numbers stand in it.
const COLUMNS: [(&str, bool); 6] = [
    ("name", false),
    ("unit", false),
    ("median", true),
    ("p99", true),
    ("n", true),
    ("promised", true),
];

/// Builds everything, runs the benchmarks, prints a table or, with `json`, their lines.
///
/// # Errors
///
/// When something does not build, a benchmark fails, or a median breaks a promise.
pub fn run(workspace: &Workspace, json: bool) -> Result<()> {
    build::all(workspace)?;
    crate::test::prepare_lab()?;
    let rows = measure(workspace, json)?;
    if !json {
        say::text(&table(&rows));
    }
    let broken: Vec<&str> = rows
        .iter()
        .filter(|row| breaks_promise(row))
        .filter_map(|row| row["name"].as_str())
        .collect();
    if !broken.is_empty() {
        bail!(
            "not as promised, on this machine and now: {}",
            broken.join(", ")
        );
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

fn breaks_promise(row: &Value) -> bool {
    let number = |key: &str| row.get(key).and_then(Value::as_f64);
    let Some(median) = number("median") else {
        return false;
    };
    number("limit").is_some_and(|limit| median > limit)
        || number("at_least").is_some_and(|least| median < least)
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

fn cell(row: &Value, title: &str) -> String {
    if title != "promised" {
        return row.get(title).map(shown).unwrap_or_default();
    }
    let promise =
        |key: &str, sign: &str| row.get(key).map(|bound| format!("{sign} {}", shown(bound)));
    promise("limit", "<=")
        .or_else(|| promise("at_least", ">="))
        .unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            format!("{:.2}", number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{breaks_promise, table};

    #[test]
    fn columns_are_aligned_and_missing_values_empty() {
        let rows = [
            json!({"name": "fresh sandbox", "unit": "us", "median": 4.125, "p99": 9.0, "n": 1000, "limit": 6}),
            json!({"name": "two threads", "unit": "ratio", "median": 1.95, "p99": 2.0, "n": 5, "at_least": 1.8}),
            json!({"name": "x", "unit": "ms", "median": 120, "n": 7}),
        ];
        let expected = "\
name           unit   median   p99     n  promised
fresh sandbox  us       4.12  9.00  1000      <= 6
two threads    ratio    1.95  2.00     5   >= 1.80
x              ms        120           7
";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn a_promise_is_broken_from_one_side() {
        let check = |row, expected| assert_eq!(breaks_promise(&row), expected, "{row}");
        check(json!({"median": 6.1, "limit": 6}), true);
        check(json!({"median": 6, "limit": 6}), false);
        check(json!({"median": 1.7, "at_least": 1.8}), true);
        check(json!({"median": 1.8, "at_least": 1.8}), false);
        check(json!({"median": 9}), false);
    }
}
