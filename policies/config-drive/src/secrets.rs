//! Secrets in JSON documents: keys that hold passwords, and private keys anywhere.
//!
//! Walks the text without building a tree. The host has bounded its depth.

use crate::rules;
use memchr::{memchr2, memchr2_iter, memmem};
use portcullis_guest::{Finding, Pointer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

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
    const BEGIN: &str = "-----BEGIN ";
    const SHORTEST: usize = BEGIN.len() + "PRIVATE KEY".len();
    if text.len() < SHORTEST {
        return false;
    }
    memmem::find_iter(text.as_bytes(), BEGIN).any(|at| {
        let rest = text.get(at + BEGIN.len()..).unwrap_or_default();
        let label = rest.split("-----").next().unwrap_or_default();
        label.len() <= 64 && label.contains("PRIVATE KEY")
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

/// The first characters of tokens, a bit for each.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which would not go beyond the end"
)]
const TOKENS_BEGIN: u128 = {
    let mut bits = 0;
    let mut at = 0;
    while at < TOKENS.len() {
        bits |= 1 << TOKENS[at].0.as_bytes()[0];
        at += 1;
    }
    bits
};

/// Whose access token `text` holds, if it holds one. One pass, whatever the number of tokens: a
/// document has many short texts.
fn token(text: &str) -> Option<&'static str> {
    let mut rest = text.as_bytes();
    let mut is_within_word = false;
    while let [first, behind @ ..] = rest
        && rest.len() >= SHORTEST_TOKEN
    {
        let may_begin = first.is_ascii() && TOKENS_BEGIN & (1 << first) != 0;
        if may_begin && !is_within_word {
            let known = TOKENS.iter().find(|token| begins_with(rest, token));
            if let Some((_, _, owner)) = known {
                return Some(owner);
            }
        }
        is_within_word = first.is_ascii_alphanumeric();
        rest = behind;
    }
    None
}

fn begins_with(bytes: &[u8], (prefix, length, _): &(&str, usize, &str)) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    bytes
        .strip_prefix(prefix.as_bytes())
        .and_then(|behind| behind.get(..*length))
        .is_some_and(|behind| behind.iter().all(is_token))
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

/// Every secret in the JSON document `text`, which stands at `place`.
pub(crate) fn search(text: &str, place: &Pointer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let walk = Walk {
        place: Place {
            above: None,
            step: Step::Root(place),
        },
        kind: Kind::Ordinary,
        findings: &mut findings,
    };
    // Anything that is not JSON has been found by who asked for the search.
    let _ = walk.deserialize(&mut serde_json::Deserializer::from_str(text));
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

struct Walk<'a> {
    place: Place<'a>,
    kind: Kind,
    findings: &'a mut Vec<Finding>,
}

impl Walk<'_> {
    fn text(self, text: &str) {
        if has_private_key(text) {
            let finding = rules::PRIVATE_KEY.at(self.place.pointer(), "a private key");
            self.findings
                .push(finding.with_hint("keys made on the node itself"));
        }
        if let Some(owner) = token(text) {
            let found = format!("an access token of {owner}");
            let finding = rules::TOKEN.at(self.place.pointer(), found);
            self.findings
                .push(finding.with_hint("a token that the node fetches for itself"));
        }
        self.findings
            .extend(password(self.kind, text).map(|(rule, message)| {
                rule.at(self.place.pointer(), message)
                    .with_hint(PASSWORD_HINT)
            }));
    }
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

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.text(&number.to_string());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.text(&number.to_string());
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.text(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for index in 0.. {
            let walk = Walk {
                place: Place {
                    above: Some(&self.place),
                    step: Step::Index(index),
                },
                kind: self.kind,
                findings: &mut *self.findings,
            };
            if items.next_element_seed(walk)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(key) = members.next_key::<String>()? {
            members.next_value_seed(Walk {
                place: Place {
                    above: Some(&self.place),
                    step: Step::Key(&key),
                },
                kind: kind(&key),
                findings: &mut *self.findings,
            })?;
        }
        Ok(())
    }
}
