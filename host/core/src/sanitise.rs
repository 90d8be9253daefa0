//! Known secrets, and how they are kept out of logs.
//!
//! The host has seen the request, so it knows its secrets exactly: it needs no pattern to find
//! them again in an error text, whatever the shape of that text. Only removes; what is not a
//! known secret stays as it is. Texts are masked before they are cut.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName};
use zeroize::Zeroizing;

use crate::json::{Typed, Value};
use crate::operation::Operation;

mod drive;
mod encodings;

pub use drive::mask_tree;
pub(crate) use drive::of_drive_file;

/// What stands where a secret stood.
pub const MARKER: &str = "[redacted]";

/// Shorter values are not looked for: they would be found everywhere.
const SHORTEST: usize = 6;
/// How much of a secret is looked for; from there on it is followed as far as it goes, so that
/// one cut short by somebody else is found as well.
const PREFIX: usize = 24;
/// Most bytes of secrets that are looked for. Each is looked for in many forms, and preparing those
/// takes a processor some 10 ms for so many; texts about a request with more are withheld.
const MOST_BYTES: usize = 64 << 10;

/// The secrets of one request, in every form they are looked for.
#[derive(Default)]
pub struct KnownSecrets {
    /// Sorted, unique, none shorter than [`SHORTEST`].
    forms: Vec<Zeroizing<String>>,
    finder: Option<AhoCorasick>,
    /// There are more than can be looked for.
    too_many: bool,
}

impl KnownSecrets {
    /// The secrets in a request: credentials in its headers, and, where it is a write, the fields
    /// of its body that Ironic's API gives secrets in.
    pub fn of_request(operation: Option<&Operation>, headers: &HeaderMap) -> Self {
        Self::of_request_with(operation, headers, &[])
    }

    /// The same, with what is secret on the drive of the request.
    pub(crate) fn of_request_with(
        operation: Option<&Operation>,
        headers: &HeaderMap,
        drive: &[Zeroizing<String>],
    ) -> Self {
        let mut secrets = Secrets::default();
        drive.iter().for_each(|secret| secrets.add(secret));
        secrets.add_headers(headers);
        if let Some(body) = operation.and_then(Operation::body) {
            secrets.add_body(body.root());
        }
        if secrets.bytes > MOST_BYTES {
            return Self {
                too_many: true,
                ..Self::default()
            };
        }
        Self::new(secrets.values)
    }

    /// Whether there are too many to look for, so that every text is withheld.
    pub fn withhold_everything(&self) -> bool {
        self.too_many
    }

    /// The credentials in headers.
    pub fn of_headers(headers: &HeaderMap) -> Self {
        Self::of_request(None, headers)
    }

    fn new(secrets: Vec<Zeroizing<String>>) -> Self {
        let long_enough = |secret: &Zeroizing<String>| secret.len() >= SHORTEST;
        let forms = secrets
            .iter()
            .filter(|secret| long_enough(secret))
            .flat_map(|secret| encodings::of(secret));
        let mut forms: Vec<_> = forms.map(Zeroizing::new).filter(long_enough).collect();
        forms.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
        forms.dedup();
        // Too many forms to build a finder from cannot come from a body within its limits; if it
        // happens nevertheless, `mask` withholds the whole text.
        let prefixes = forms.iter().map(|form| prefix(form));
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(prefixes)
            .ok();
        Self {
            forms,
            finder,
            too_many: false,
        }
    }

    /// The text without the secrets.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.too_many {
            return Cow::Borrowed(MARKER);
        }
        if self.forms.is_empty() {
            return Cow::Borrowed(text);
        }
        let Some(finder) = &self.finder else {
            return Cow::Borrowed(MARKER);
        };
        let mut masked = String::new();
        let mut done = 0;
        for found in finder.find_iter(text) {
            if found.start() < done {
                continue;
            }
            masked.push_str(text.get(done..found.start()).unwrap_or_default());
            masked.push_str(MARKER);
            done = found.start() + self.longest_at(text.get(found.start()..).unwrap_or_default());
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        masked.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(masked)
    }

    /// How far the longest secret goes that `text` begins with, whole or cut short.
    fn longest_at(&self, text: &str) -> usize {
        let shared = |form: &Zeroizing<String>| {
            let shared = form
                .bytes()
                .zip(text.bytes())
                .take_while(|(a, b)| a == b)
                .count();
            if shared >= prefix(form).len() {
                shared
            } else {
                0
            }
        };
        let longest = self.forms.iter().map(shared).max().unwrap_or(0);
        // Bytes may agree up to the middle of a character.
        text.ceil_char_boundary(longest)
    }
}

impl std::fmt::Debug for KnownSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KnownSecrets({} forms)", self.forms.len())
    }
}

fn prefix(form: &str) -> &str {
    form.get(..form.floor_char_boundary(PREFIX)).unwrap_or(form)
}

/// The headers that carry secrets.
pub(crate) fn carriers(headers: &HeaderMap) -> HeaderMap {
    let mut carriers = HeaderMap::new();
    for name in SECRET_HEADERS.map(HeaderName::from_static) {
        for value in headers.get_all(&name) {
            carriers.append(name.clone(), value.clone());
        }
    }
    carriers
}

/// Headers whose whole value is a secret.
const SECRET_HEADERS: [&str; 5] = [
    "x-auth-token",
    "x-service-token",
    "x-subject-token",
    "authorization",
    "cookie",
];
/// Members of a body in which every text is secret.
const SECRET_TREES: [&str; 3] = ["configdrive", "rescue_password", "image_pull_secret"];
/// Parts of a name that make it the name of a secret.
const SECRET_NAMES: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "community",
    "private_key",
    "auth_key",
];

#[derive(Default)]
struct Secrets {
    values: Vec<Zeroizing<String>>,
    bytes: usize,
}

impl Secrets {
    fn add(&mut self, value: &str) {
        self.bytes = self.bytes.saturating_add(value.len());
        if self.bytes <= MOST_BYTES {
            self.values.push(Zeroizing::new(value.to_owned()));
        }
    }

    fn add_headers(&mut self, headers: &HeaderMap) {
        for value in SECRET_HEADERS
            .iter()
            .flat_map(|name| headers.get_all(*name))
        {
            let Ok(text) = value.to_str() else { continue };
            self.add(text);
            if let Some(encoded) = text.strip_prefix("Basic ") {
                self.add(encoded);
                self.add_basic(encoded);
            }
        }
    }

    fn add_basic(&mut self, encoded: &str) {
        let decoded = STANDARD.decode(encoded.trim()).map(Zeroizing::new);
        let Some(pair) = decoded
            .ok()
            .and_then(|pair| String::from_utf8(pair.to_vec()).ok())
            .map(Zeroizing::new)
        else {
            return;
        };
        if let Some((_, password)) = pair.split_once(':') {
            self.add(password);
        }
        self.add(&pair);
    }

    /// Walks a body. It is at most 25 levels deep: the reader has seen to that.
    fn add_body(&mut self, value: Value<'_>) {
        self.add_patched(value);
        for (name, member) in value.members() {
            if is_secret_name(&name) {
                self.add_all(member)
            } else {
                self.add_body(member)
            }
        }
        value.items().for_each(|item| self.add_body(item));
    }

    /// An operation of a PATCH names in its path what its value is.
    fn add_patched(&mut self, value: Value<'_>) {
        let member = |name: &str| {
            value
                .members()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        let (Some(path), Some(patched)) =
            (member("path").and_then(Value::as_text), member("value"))
        else {
            return;
        };
        if path.split('/').any(is_secret_name) {
            self.add_all(patched);
        }
    }

    /// Every text in `value`, whole and line by line.
    fn add_all(&mut self, value: Value<'_>) {
        if let Typed::Text(text) = value.typed() {
            self.add(&text);
            text.lines()
                .map(str::trim)
                .filter(|line| *line != text)
                .for_each(|line| self.add(line));
        }
        value.members().for_each(|(_, member)| self.add_all(member));
        value.items().for_each(|item| self.add_all(item));
    }
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET_TREES.contains(&&*name) || SECRET_NAMES.iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::operation::{Route, route};
    use crate::request::{Caller, Request, RequestId};

    fn secrets(
        method: &str,
        target: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> KnownSecrets {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<http::HeaderName>().unwrap(),
                    value.parse().unwrap(),
                )
            })
            .collect();
        let request = Request {
            id: RequestId::generate(),
            method: method.parse().unwrap(),
            target: target.parse().unwrap(),
            headers: headers.clone(),
            caller: Caller::default(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        let Route::Write(route) = route(&request.method, &request.target).unwrap() else {
            panic!("a write")
        };
        KnownSecrets::of_request(Some(&Operation::read(route, &request).unwrap()), &headers)
    }

    #[test]
    fn secrets_of_a_body_are_masked_in_every_form() {
        let body = r##"{"target":"active","configdrive":{"user_data":"#cloud-config\npassword: hunt\"er2!","meta_data":{"admin_pass":"pa ss/w\u00f6rd"}}}"##;
        let known = secrets("PUT", "/v1/nodes/n/states/provision", &[], body);
        let check = |text: &str, expected: &str| assert_eq!(known.mask(text), expected);
        check("pa ss/wörd", "[redacted]");
        check("x=pa%20ss%2Fw%C3%B6rd;", "x=[redacted];");
        check(
            r##"{'user_data': '#cloud-config\npassword: hunt"er2!'} is not"##,
            "{'user_data': '[redacted]'} is not",
        );
        check(r#""password: hunt\"er2!""#, r#""[redacted]""#);
        check(
            "user_data is \"password: hunt\"er2!\"",
            "user_data is \"[redacted]\"",
        );
        check("cGEgc3Mvd8O2cmQ=", "[redacted]");
        check("nothing of that", "nothing of that");
    }

    #[test]
    fn a_secret_cut_short_is_masked() {
        let token = "gAAAAABnQ0abcdefghijklmnopqrstuvwxyz0123456789";
        let known = secrets("POST", "/v1/nodes", &[("x-auth-token", token)], "{}");
        assert_eq!(
            known.mask(&format!("token {} was", &token[..30])),
            "token [redacted] was"
        );
        assert_eq!(
            known.mask(&format!("token {} was", &token[..10])),
            format!("token {} was", &token[..10])
        );
    }

    #[test]
    fn credentials_and_patched_values_are_known() {
        let patch = r#"[{"op":"add","path":"/driver_info/ipmi_password","value":"calvin-99"},{"op":"add","path":"/extra/rack","value":"rack-number-7"}]"#;
        let known = secrets(
            "PATCH",
            "/v1/nodes/n",
            &[("authorization", "Basic bGFiOmxhYnBhc3M=")],
            patch,
        );
        assert_eq!(
            known.mask("calvin-99 labpass bGFiOmxhYnBhc3M= rack-number-7"),
            "[redacted] [redacted] [redacted] rack-number-7"
        );
    }

    #[test]
    fn what_holds_too_many_secrets_is_withheld() {
        let drive = "user: someone-else\n".repeat(10_000);
        let body = serde_json::json!({"target": "active", "configdrive": {"user_data": drive}});
        let known = secrets(
            "PUT",
            "/v1/nodes/n/states/provision",
            &[],
            &body.to_string(),
        );
        assert!(known.withhold_everything());
        assert_eq!(known.mask("nothing of that"), MARKER);
    }

    #[test]
    fn masking_twice_changes_nothing() {
        let known = secrets(
            "PUT",
            "/v1/nodes/n/states/provision",
            &[],
            r#"{"target":"rescue","rescue_password":"redact"}"#,
        );
        let once = known.mask("a redact b").into_owned();
        assert_eq!(once, "a [redacted] b");
    }

    #[test]
    fn debug_shows_no_secret() {
        let known = secrets(
            "PUT",
            "/v1/nodes/n/states/provision",
            &[],
            r#"{"target":"rescue","rescue_password":"s3cr3t-word"}"#,
        );
        assert!(!format!("{known:?}").contains("s3cr3t"));
    }
}
