//! Sizes of disks and partitions. Nova sends them as text, others as numbers.

use crate::{Description, Settings, rules};
use portcullis_guest::Finding;
use serde_json::Value as Json;

/// Judges the sizes that change.
pub(crate) fn judge(settings: &Settings, info: &Description) -> Vec<Finding> {
    let limits = [
        ("root_gb", settings.max_disk_gb),
        ("ephemeral_gb", settings.max_disk_gb),
        ("swap_mb", settings.max_swap_mb),
    ];
    let mut findings = Vec::new();
    for (name, most) in limits {
        for value in info.values(name) {
            let found = match &value.value {
                Json::Null => continue,
                value => match whole_number(value) {
                    Some(size) if size <= most => continue,
                    Some(_) => "a size beyond the limit",
                    None => "no whole number",
                },
            };
            let finding = info.finding(rules::SIZE, value, found);
            findings.push(finding.with_hint(format!("0 to {most}")));
        }
    }
    findings
}

/// A size as a number or in digits.
fn whole_number(value: &Json) -> Option<u64> {
    match value {
        Json::Number(number) => number.as_u64(),
        Json::String(digits)
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            // More digits than fit are a number all the same, above every limit.
            Some(digits.parse().unwrap_or(u64::MAX))
        }
        _ => None,
    }
}
