//! Drives by URL. Whether its host may be asked is for a policy about URLs to say.

use crate::{Settings, rules};
use portcullis_guest::{Finding, Pointer};

const MAX_CHARACTERS: usize = 2048;

/// Ironic takes every string with `://` in it for a URL.
pub(crate) fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// Every finding about a drive that is a URL.
pub(crate) fn check(settings: &Settings, text: &str, place: &Pointer) -> Vec<Finding> {
    if !settings.allow_url {
        let finding = rules::URL.at(place, "a URL in place of a drive");
        return vec![finding.with_hint("the drive itself, as an object or as base64 text")];
    }
    let mut findings = Vec::new();
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        findings.push(
            rules::URL_SCHEME
                .at(place, "another scheme")
                .with_hint("http or https"),
        );
    }
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        let finding = rules::URL_USERINFO.at(place, "a URL with a user or password");
        findings.push(finding.with_hint("a URL without anything before the host"));
    }
    let found = if authority.is_empty() {
        "a URL without a host".to_owned()
    } else if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        "a URL with blanks or control characters".to_owned()
    } else if text.chars().count() > MAX_CHARACTERS {
        format!("a URL of {} characters", text.chars().count())
    } else {
        return findings;
    };
    let hint = format!("a URL of at most {MAX_CHARACTERS} characters, none a blank");
    findings.push(rules::URL_SYNTAX.at(place, found).with_hint(hint));
    findings
}
