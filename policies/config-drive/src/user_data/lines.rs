//! Secrets in user data that cannot be parsed, such as templates and broken YAML.
//!
//! Looks at it line by line, the way a careful reader would: keys that hold passwords, wherever
//! they stand, block texts under them, and the `user:password` lists of `chpasswd`. It finds what
//! people write, and can be led astray by who wants to; what can be parsed, is.

use crate::secrets::{Kind, kind, known_forms, may_name_password, password};
use memchr::memmem;
use portcullis_guest::{Finding, Pointer, Rule};

/// First line of cloud-config.
const HEADER: &str = "#cloud-config";

pub(super) const HINT: &str = "public keys to log in with";

/// Every secret in the user data `text`, which stands at `place`.
pub(crate) fn search(text: &str, place: &Pointer) -> Vec<Finding> {
    let mut findings = known_forms(text, "user data with", place);
    // Part of a MIME message or of an archive, it does not begin the text.
    let is_cloud_config = memmem::find(text.as_bytes(), HEADER.as_bytes()).is_some()
        && text.lines().any(|line| line.trim_end() == HEADER);
    if !is_cloud_config || !may_name_password(text) {
        return findings;
    }
    let mut scan = Scan::default();
    for (index, line) in text.lines().enumerate() {
        findings.extend(scan.line(line).map(|(rule, message)| {
            rule.at(place, format!("line {}: {message}", index + 1))
                .with_hint(HINT)
        }));
    }
    findings
}

pub(super) type Found = Option<(Rule, String)>;

/// What lines above mean for the next one.
#[derive(Debug, Default)]
struct Scan {
    /// Lines indented by more than this belong to a `chpasswd`.
    chpasswd: Option<usize>,
    /// Lines indented by more than this are what a key above stands for.
    text: Option<(usize, Text)>,
}

/// What the lines under a key hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    /// A password, which a block marker announced.
    Password,
    /// A password, unless they turn out to be keys of their own.
    MaybePassword,
    /// Lines of `user:password`.
    List,
    /// Nothing of interest any more.
    Other,
}

impl Scan {
    fn line(&mut self, line: &str) -> Found {
        let content = line.trim();
        if content.is_empty() {
            return None;
        }
        let indent = line.len() - line.trim_start().len();
        if let Some((above, text)) = self.text {
            // The items of a list may stand as far left as their key.
            if indent > above
                || (text == Text::List && indent == above && content.starts_with("- "))
            {
                match text {
                    Text::Password => return self.block(above, content),
                    Text::MaybePassword
                        if pairs(content).next().is_none() && !content.starts_with('-') =>
                    {
                        return self.block(above, content);
                    }
                    Text::List => return entry(content),
                    Text::Other => return None,
                    Text::MaybePassword => {}
                }
            }
            self.text = None;
        }
        if content.starts_with('#') {
            return None;
        }
        if self.chpasswd.is_some_and(|above| indent <= above) {
            self.chpasswd = None;
        }
        self.keys(indent, content)
    }

    /// The first line of a block text stands for all of them.
    fn block(&mut self, above: usize, content: &str) -> Found {
        self.text = Some((above, Text::Other));
        password(Kind::Password, unquote(content))
    }

    fn keys(&mut self, indent: usize, content: &str) -> Found {
        // In `- name: x` the keys of the item are indented as far as `name`.
        let indent = indent + content.len() - content.trim_start_matches(['-', ' ']).len();
        let mut found = None;
        for (key, value) in pairs(content) {
            let is_list = key == "list" && self.chpasswd.is_some();
            if key == "chpasswd" {
                self.chpasswd = Some(indent);
            }
            match (Scalar::of(value), kind(key)) {
                (Scalar::Block, Kind::Password) => self.text = Some((indent, Text::Password)),
                (Scalar::Nothing, Kind::Password) => {
                    self.text = Some((indent, Text::MaybePassword))
                }
                (Scalar::Block | Scalar::Nothing, _) if is_list => {
                    self.text = Some((indent, Text::List));
                }
                (Scalar::Block, _) => self.text = Some((indent, Text::Other)),
                (Scalar::Text(text), _) if is_list => found = found.or_else(|| entry(text)),
                (Scalar::Text(text), kind) => found = found.or_else(|| password(kind, text)),
                (Scalar::Nothing | Scalar::Other, _) => {}
            }
        }
        found
    }
}

/// A line `user:password` of a `chpasswd` list.
pub(super) fn entry(line: &str) -> Found {
    let line = unquote(line.trim_start_matches("- ").trim());
    let (_, secret) = line.split_once(':')?;
    let secret = secret.split("\\n").next().unwrap_or_default().trim();
    match secret {
        "R" | "RANDOM" => None,
        _ => password(Kind::Password, secret),
    }
}

/// What stands behind a key.
#[derive(Debug, PartialEq, Eq)]
enum Scalar<'a> {
    Nothing,
    Block,
    Text(&'a str),
    /// No text: a boolean, null, a collection whose keys are looked at on their own, a template.
    Other,
}

impl<'a> Scalar<'a> {
    fn of(value: &'a str) -> Self {
        match value.bytes().next() {
            None | Some(b'#') => Self::Nothing,
            Some(b'|' | b'>') => Self::Block,
            Some(b'{' | b'[') => Self::Other,
            _ => match unquote(value) {
                "~" | "null" | "Null" | "NULL" | "true" | "True" | "false" | "False" => Self::Other,
                text if text.starts_with("{{") => Self::Other,
                text => Self::Text(text),
            },
        }
    }
}

fn unquote(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.strip_suffix(quote).unwrap_or(inner);
        }
    }
    text
}

/// The pairs of key and value in a line, in block or in flow style.
fn pairs(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let line = without_comment(line);
    let mut rest = line;
    let in_flow = line.contains(['{', '[']);
    std::iter::from_fn(move || {
        loop {
            let (before, after) = rest.split_once(':')?;
            rest = after;
            let is_quoted = before.ends_with(['"', '\'']);
            if !is_quoted && !after.is_empty() && !after.starts_with([' ', '\t']) {
                continue;
            }
            let before = before.trim_end_matches(['"', '\'', ' ']);
            let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            let key = before.rsplit(|c| !is_part(c)).next().unwrap_or_default();
            let key = key.trim_start_matches('-');
            if key.is_empty() {
                continue;
            }
            let value = value(after.trim_start(), in_flow);
            // A quoted text is not searched for further keys.
            if value.starts_with(['"', '\'']) {
                rest = after.trim_start().get(value.len()..).unwrap_or_default();
            }
            return Some((key, value));
        }
    })
}

/// Cuts off a comment, which begins with ` #` outside of quotes.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (offset, character) in line.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            // Inside a word it is an apostrophe.
            (None, '"' | '\'') if " \t[{,:-".contains(before) => quote = Some(character),
            (None, '#') if before.is_whitespace() => return line.get(..offset).unwrap_or(line),
            (None, _) => {}
        }
        before = character;
    }
    line
}

/// The value `text` begins with. Of one without quotes no more is told than the first part, so
/// that a line full of colons takes no longer than any other.
fn value(text: &str, in_flow: bool) -> &str {
    const LONGEST: usize = 512;
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = text.get(1..).unwrap_or_default();
        let end = inner.find(quote).map_or(text.len(), |at| at + 2);
        return text.get(..end).unwrap_or(text);
    }
    let text = text
        .get(..text.floor_char_boundary(LONGEST))
        .unwrap_or(text);
    let end = if in_flow {
        text.find([',', '}', ']'])
    } else {
        None
    };
    text.get(..end.unwrap_or(text.len()))
        .unwrap_or(text)
        .trim_end()
}
