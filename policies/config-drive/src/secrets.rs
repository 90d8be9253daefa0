//! Secrets in JSON documents: keys that hold passwords, and private keys anywhere.

use crate::rules;
use memchr::{memchr_iter, memchr2, memchr2_iter, memmem};
use portcullis_guest::{Finding, Pointer};
use serde_json::Value;

/// What a key promises about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ordinary,
    Password,
    Hash,
}

/// What the key `name` promises, whatever its case and separators.
pub(crate) fn kind(name: &str) -> Kind {
    const LONGEST: usize = 64;
    // Whatever promises a password has a `p` in it, and most names have none.
    if name.len() > LONGEST || memchr2(b'p', b'P', name.as_bytes()).is_none() {
        return Kind::Ordinary;
    }
    let name: String = name
        .chars()
        .filter(|character| !matches!(character, '-' | '_' | ' ' | '.'))
        .map(|character| character.to_ascii_lowercase())
        .collect();
    if name.starts_with("lock") {
        return Kind::Ordinary;
    }
    if name.contains("hash") && (name.contains("passw") || name.contains("pass")) {
        return Kind::Hash;
    }
    let ends = [
        "password",
        "passwd",
        "adminpass",
        "rootpass",
        "rootpw",
        "passphrase",
    ];
    if name == "pass" || name == "pwd" || ends.iter().any(|end| name.ends_with(end)) {
        return Kind::Password;
    }
    Kind::Ordinary
}

/// Whether any key in `text` could promise a password: all of their names have `pass` or `pw` in
/// them. Most texts have neither, and need not be looked at line by line.
pub(crate) fn may_name_password(text: &str) -> bool {
    let bytes = text.as_bytes();
    let follows = |at: usize, rest: &[u8]| {
        let next = bytes.get(at + 1..at + 1 + rest.len());
        next.is_some_and(|next| next.eq_ignore_ascii_case(rest))
    };
    memchr2_iter(b'p', b'P', bytes).any(|at| follows(at, b"w") || follows(at, b"ass"))
}

/// Whether `text` is in the form `crypt` gives passwords, which tells nobody the password itself.
pub(crate) fn is_hash(text: &str) -> bool {
    text.starts_with('$') && text.bytes().filter(|&byte| byte == b'$').count() >= 3
}

/// Whether `text` holds a private key in PEM or OpenSSH form.
pub(crate) fn has_private_key(text: &str) -> bool {
    const DASHES: &[u8] = b"-----";
    const BEGIN: &[u8] = b"BEGIN ";
    const LONGEST_LABEL: usize = 64;
    // Most texts have few capital Bs, and so many dashes before none of them.
    memchr_iter(b'B', text.as_bytes()).any(|at| {
        let (before, rest) = text.as_bytes().split_at_checked(at).unwrap_or_default();
        let Some(rest) = rest
            .strip_prefix(BEGIN)
            .filter(|_| before.ends_with(DASHES))
        else {
            return false;
        };
        let near = rest.get(..LONGEST_LABEL + DASHES.len()).unwrap_or(rest);
        let end = memmem::find(near, DASHES).unwrap_or(rest.len());
        let label = near.get(..end).filter(|label| label.len() <= LONGEST_LABEL);
        label.is_some_and(|label| memmem::find(label, b"PRIVATE KEY").is_some())
    })
}

/// Beginnings of access tokens, how many characters follow at least, and whose they are.
const TOKENS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "AWS"),
    ("ASIA", 16, "AWS"),
    ("AIza", 35, "Google"),
    ("ghp_", 36, "GitHub"),
    ("gho_", 36, "GitHub"),
    ("ghs_", 36, "GitHub"),
    ("ghu_", 36, "GitHub"),
    ("github_pat_", 22, "GitHub"),
    ("glpat-", 20, "GitLab"),
    ("glrt-", 20, "GitLab"),
    ("hvs.", 24, "Vault"),
    ("npm_", 36, "npm"),
    ("pypi-AgEI", 50, "PyPI"),
    ("sk_live_", 24, "Stripe"),
    ("tskey-", 20, "Tailscale"),
    ("xoxa-", 20, "Slack"),
    ("xoxb-", 20, "Slack"),
    ("xoxp-", 20, "Slack"),
    ("dop_v1_", 64, "DigitalOcean"),
    ("K10", 64, "a Kubernetes cluster"),
    ("gAAAAA", 100, "Keystone"),
];

/// Bytes of the shortest token.
const SHORTEST_TOKEN: usize = 20;

/// Whose access token `text` holds, if it holds one.
///
/// A token is a run of at least [`SHORTEST_TOKEN`] characters of [`is_of_token`]. Most texts have
/// few such runs, so the search for one looks at every twentieth byte as long as there is none: a
/// run cannot begin before a byte that is not of any.
fn token(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(window) = bytes.get(from..from + SHORTEST_TOKEN) {
        if let Some(last) = window.iter().rposition(|byte| !is_of_token(*byte)) {
            from += last + 1;
            continue;
        }
        let rest = bytes.get(from..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_of_token(*byte));
        let length = length.unwrap_or(rest.len());
        let run = rest.get(..length).unwrap_or(rest);
        if let Some(owner) = token_in_run(run) {
            return Some(owner);
        }
        from += length + 1;
    }
    None
}

/// Whose access token begins at a word of `run`, which is all of characters of tokens.
fn token_in_run(run: &[u8]) -> Option<&'static str> {
    let mut is_within_word = false;
    for (at, byte) in run.iter().enumerate() {
        if !is_within_word {
            let rest = run.get(at..).unwrap_or_default();
            let is_one = |(prefix, length, _): &&(&str, usize, &str)| {
                // Few words begin with the same byte.
                prefix.as_bytes().first() == Some(byte)
                    && rest.starts_with(prefix.as_bytes())
                    && rest.len() >= prefix.len() + length
            };
            if let Some((_, _, owner)) = TOKENS.iter().find(is_one) {
                return Some(owner);
            }
        }
        is_within_word = byte.is_ascii_alphanumeric();
    }
    None
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Secrets in `text` that are known by their form, whatever they are called. `what` begins the
/// messages.
pub(crate) fn known_forms(text: &str, what: &str, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    if has_private_key(text) {
        let finding = rules::PRIVATE_KEY.at(place, format!("{what} a private key"));
        findings.push(finding.with_hint("keys made on the node itself"));
    }
    if let Some(owner) = token(text) {
        let finding = rules::TOKEN.at(place, format!("{what} an access token of {owner}"));
        findings.push(finding.with_hint("a token that the node fetches for itself"));
    }
    findings
}

/// Secrets in a file that are known by their form.
pub(crate) fn search_bytes(bytes: &[u8], place: &Pointer) -> Vec<Finding> {
    known_forms(&String::from_utf8_lossy(bytes), "a file with", place)
}

/// Every secret in the JSON document `json`, which stands at `place`.
pub(crate) fn search(json: &Value, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = Place {
        above: None,
        step: Step::Root(place),
    };
    walk(json, &place, Kind::Ordinary, &mut findings);
    findings
}

/// Where the walk is, as a chain back to where it began.
#[derive(Clone, Copy)]
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root(&'a Pointer),
    Key(&'a str),
    Index(usize),
}

impl Place<'_> {
    fn pointer(&self) -> Pointer {
        let above = || self.above.map(Place::pointer).unwrap_or_default();
        match self.step {
            Step::Root(pointer) => pointer.clone(),
            Step::Key(key) => above().key(key),
            Step::Index(index) => above().index(index),
        }
    }
}

/// `kind_above` is what the key above promises. Depth is bounded by who has read the document.
fn walk(json: &Value, place: &Place<'_>, kind_above: Kind, findings: &mut Vec<Finding>) {
    let below = |step| Place {
        above: Some(place),
        step,
    };
    match json {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) if number.is_f64() => {}
        Value::Number(number) => text(&number.to_string(), place, kind_above, findings),
        Value::String(string) => text(string, place, kind_above, findings),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &below(Step::Index(index)), kind_above, findings);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                walk(value, &below(Step::Key(key)), kind(key), findings);
            }
        }
    }
}

fn text(text: &str, place: &Place<'_>, kind: Kind, findings: &mut Vec<Finding>) {
    if has_private_key(text) {
        let finding = rules::PRIVATE_KEY.at(place.pointer(), "a private key");
        findings.push(finding.with_hint("keys made on the node itself"));
    }
    if let Some(owner) = token(text) {
        let found = format!("an access token of {owner}");
        let finding = rules::TOKEN.at(place.pointer(), found);
        findings.push(finding.with_hint("a token that the node fetches for itself"));
    }
    findings.extend(
        password(kind, text)
            .map(|(rule, message)| rule.at(place.pointer(), message).with_hint(PASSWORD_HINT)),
    );
}

const PASSWORD_HINT: &str = "public keys to log in with";

/// What rule a value of the given kind breaks, and in which words.
pub(crate) fn password(kind: Kind, value: &str) -> Option<(portcullis_guest::Rule, String)> {
    if kind == Kind::Ordinary || value.is_empty() {
        return None;
    }
    if kind == Kind::Hash || is_hash(value) {
        return Some((rules::PASSWORD_HASH, "a hashed password".to_owned()));
    }
    let length = value.chars().count();
    Some((
        rules::PLAIN_PASSWORD,
        format!("a password of {length} characters in clear"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty bytes are looked at at a time: where a token begins among them makes no difference.
    #[test]
    fn a_token_is_found_wherever_it_stands() {
        for (prefix, length, owner) in TOKENS {
            let whole = [*prefix, &"a1".repeat(*length)[..*length]].concat();
            let short = &whole[..whole.len() - 1];
            for before in ["", " ", "=", "-", "a ", "a_", "a-b.", "\u{e9}"] {
                for padding in ["", ".", " "] {
                    for count in 0..45 {
                        let place = [&padding.repeat(count), before].concat();
                        let after = if count % 2 == 0 { "" } else { " b" };
                        let text = [&*place, &whole, after].concat();
                        assert_eq!(token(&text), Some(*owner), "{text}");
                        let text = [&*place, short, " b"].concat();
                        assert_eq!(token(&text), None, "{text}");
                    }
                }
            }
            assert_eq!(token(&format!("word{whole}")), None, "{whole}");
        }
    }

    #[test]
    fn a_private_key_is_told_by_its_label() {
        let check = |text: &str, expected| assert_eq!(has_private_key(text), expected, "{text}");
        check("-----BEGIN PRIVATE KEY-----", true);
        check("B-----BEGIN RSA PRIVATE KEY-----\nMIIE", true);
        check("-----BEGIN OPENSSH PRIVATE KEY", true);
        check(
            "-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----",
            true,
        );
        check("-----BEGIN CERTIFICATE-----PRIVATE KEY", false);
        check("----BEGIN PRIVATE KEY-----", false);
        check(
            &format!("-----BEGIN {} PRIVATE KEY-----", "x".repeat(60)),
            false,
        );
        check("BEGIN PRIVATE KEY", false);
        check("-----B", false);
    }
}
