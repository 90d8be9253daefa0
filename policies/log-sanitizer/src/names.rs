//! What the name of a value says about the value.
//!
//! Names are read word by word (`ipmi_password`, `ipmiPassword`, `IPMI-PASSWORD`): which word makes
//! it a secret, what stands before that word, and what follows it. `token_count` and `secret_name`
//! are about secrets, but are none.

mod services;
mod split;
mod words;

pub(crate) use services::{NOTED_SERVICES, SERVICES, begins_with_one};

use split::Words;
use words::{
    ABOUT_WORDS, LOOK_ALIKES, NEUTRAL_WORDS, OPEN_KEY_WORDS, SECRET_KEY_WORDS, SECRET_NAMES,
    SECRET_STEMS, SUSPECT_IDS, SUSPECT_WORDS,
};

use crate::mark::Reason;

/// What a name says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// The value is secret, whatever it looks like.
    Secret(Reason),
    /// The value is secret if it looks as if it came from a random generator.
    Suspect(Reason),
    /// Nothing.
    Harmless,
}

/// Whether a name is short enough to be one.
pub(crate) const LONGEST_NAME: usize = 128;

/// Reads a name. `extra` are the operator's own, folded, sorted.
pub(crate) fn read(name: &[u8], extra: &[String]) -> Name {
    let Some(words) = Words::of(name) else {
        return Name::Harmless;
    };
    let folded = words.folded();
    let is_extra = extra.binary_search_by(|key| key.as_bytes().cmp(folded));
    if is_extra.is_ok() {
        return Name::Secret(Reason::Key);
    }
    if let Some(reason) = whole(folded) {
        return Name::Secret(reason);
    }
    if let Some((reason, end)) = last_stem(folded) {
        if words.from(0).any(|word| word == b"public") {
            return Name::Harmless;
        }
        return after_stem(reason, words.from(end), folded);
    }
    by_words(&words)
}

/// All names and stems that are known, for the test that each of them is looked for.
#[cfg(test)]
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    SECRET_STEMS
        .iter()
        .chain(SECRET_NAMES)
        .map(|(name, _)| *name)
}

/// Names that are known as a whole, with any prefix that is set off: `X-Authorization`, `db.pass`.
fn whole(folded: &[u8]) -> Option<Reason> {
    let plain = without_number(folded);
    let x = plain.strip_prefix(b"x").unwrap_or(plain);
    if !may_be_whole(plain) && !may_be_whole(x) {
        return None;
    }
    let is_it = |(name, _): &&(&str, Reason)| name.as_bytes() == plain || name.as_bytes() == x;
    SECRET_NAMES.iter().find(is_it).map(|(_, reason)| *reason)
}

/// Whether a known name is as long as this and begins with the same letter.
fn may_be_whole(name: &[u8]) -> bool {
    let first = name.first().map_or(0, |first| usize::from(first & 31));
    let lengths = NAME_LENGTHS.get(first).copied().unwrap_or(0);
    name.len() < 32 && lengths >> name.len() & 1 != 0
}

/// By the first letter of these names, a bit for each of their lengths.
const NAME_LENGTHS: [u32; 32] = {
    let mut lengths = [0; 32];
    let mut names = SECRET_NAMES;
    while let [(name, _), rest @ ..] = names {
        if let [first, ..] = name.as_bytes() {
            #[expect(clippy::indexing_slicing, reason = "five bits are less than 32")]
            let alike = &mut lengths[(*first & 31) as usize];
            *alike |= 1 << name.len();
        }
        names = rest;
    }
    lengths
};

fn without_number(word: &[u8]) -> &[u8] {
    let digits = word.iter().rev().take_while(|b| b.is_ascii_digit());
    word.get(..word.len() - digits.count()).unwrap_or(word)
}

/// The stem that ends last, and where it ends.
fn last_stem(folded: &[u8]) -> Option<(Reason, usize)> {
    (0..=folded.len()).rev().find_map(|end| {
        let before = folded.get(..end)?;
        if !may_end_a_stem(before) {
            return None;
        }
        let is_it = |(stem, _): &&(&str, Reason)| before.ends_with(stem.as_bytes());
        let (_, reason) = SECRET_STEMS.iter().find(is_it)?;
        Some((*reason, end))
    })
}

/// Whether a stem ends with the last two letters of this.
fn may_end_a_stem(text: &[u8]) -> bool {
    let [.., before, last] = text else {
        return false;
    };
    let lasts = STEM_ENDS.get(usize::from(before & 31)).copied();
    lasts.unwrap_or(0) >> (last & 31) & 1 != 0
}

/// By the last letter but one, a bit for each last letter of a stem.
const STEM_ENDS: [u32; 32] = {
    let mut ends = [0; 32];
    let mut stems = SECRET_STEMS;
    while let [(stem, _), rest @ ..] = stems {
        if let [.., before, last] = stem.as_bytes() {
            #[expect(clippy::indexing_slicing, reason = "five bits are less than 32")]
            let lasts = &mut ends[(*before & 31) as usize];
            *lasts |= 1 << (*last & 31);
        }
        stems = rest;
    }
    ends
};

fn after_stem<'a>(reason: Reason, mut rest: impl Iterator<Item = &'a [u8]>, folded: &[u8]) -> Name {
    let Some(first) = rest.next() else {
        return Name::Secret(reason);
    };
    // What is left of the stem's own word: a plural, a number.
    let is_ending = |word: &[u8]| matches!(without_number(word), b"" | b"s" | b"e" | b"es");
    let is_neutral = |word: &[u8]| is_ending(word) || is_among(word, NEUTRAL_WORDS);
    if folded.ends_with(b"secretuuid") {
        return Name::Secret(reason);
    }
    if !is_neutral(first) || first == b"uuid" {
        return about(first, reason);
    }
    match rest.find(|word| !is_neutral(word)) {
        Some(word) => about(word, reason),
        None => Name::Secret(reason),
    }
}

fn is_among(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|known| known.as_bytes() == word)
}

fn about(word: &[u8], reason: Reason) -> Name {
    if is_among(word, ABOUT_WORDS) {
        Name::Harmless
    } else {
        Name::Suspect(reason)
    }
}

fn by_words(words: &Words) -> Name {
    let mut backwards = words.backwards().map(without_number);
    let Some(last) = backwards.next() else {
        return Name::Harmless;
    };
    if matches!(last, b"pass" | b"psk") {
        return Name::Secret(Reason::Password);
    }
    let before = || words.backwards().skip(1).map(without_number);
    if matches!(last, b"key" | b"keys") {
        if before().any(|word| is_among(word, OPEN_KEY_WORDS)) {
            return Name::Harmless;
        }
        if before().any(|word| is_among(word, SECRET_KEY_WORDS)) {
            return Name::Secret(Reason::Key);
        }
    }
    let is_suspect_id = |id: &&str| words.folded().ends_with(id.as_bytes());
    if SUSPECT_IDS.iter().any(is_suspect_id) {
        return Name::Suspect(Reason::Token);
    }
    if is_among(last, ABOUT_WORDS) {
        return Name::Harmless;
    }
    match suspect(last).or_else(|| before().find_map(suspect)) {
        Some(reason) => Name::Suspect(reason),
        None if has_service(words) => Name::Suspect(Reason::Token),
        None => Name::Harmless,
    }
}

fn suspect(word: &[u8]) -> Option<Reason> {
    if is_among(word, LOOK_ALIKES) {
        return None;
    }
    let is_it = |(known, _): &&(&str, Reason)| {
        let known = known.as_bytes();
        let may_end_a_word = known.len() >= 3 && known != b"pat";
        known == word || (may_end_a_word && word.len() > 4 && word.ends_with(known))
    };
    SUSPECT_WORDS.iter().find(is_it).map(|(_, reason)| *reason)
}

/// Whether the name of a service begins with one of these words; it may be longer than that word.
fn has_service(words: &Words) -> bool {
    words.starts().any(|start| {
        let rest = words.folded().get(start..).unwrap_or_default();
        begins_with_one(SERVICES, rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_their_values_are() {
        let is_secret = |name: &str| matches!(read(name.as_bytes(), &[]), Name::Secret(_));
        let is_suspect = |name: &str| matches!(read(name.as_bytes(), &[]), Name::Suspect(_));
        for name in [
            "password",
            "ipmi_password",
            "ipmiPassword",
            "IPMI-PASSWORD",
            "adminPass",
            "db.pass",
            "passwords",
            "password2",
            "X-Auth-Token",
            "X-Subject-Token",
            "Authorization",
            "token",
            "agent_token",
            "secret_access_key",
            "AWS_SECRET_ACCESS_KEY",
            "apiKey",
            "snmp_auth_key",
            "private-key",
            "sslKey",
            "configdrive",
            "user_data",
            "secret_uuid",
            "temp_url_sig",
            "KeystoneFernetKey1",
            "keystonecredential0",
            "node.session.auth.password",
            "sys_pswd",
            "passwordHash",
            "client_secret",
            "OctaviaCaKeyPassphrase",
            "SONAR_TOKEN",
        ] {
            assert!(is_secret(name), "{name} is secret");
        }
        for name in [
            "key",
            "license_key",
            "sig",
            "oauth",
            "passwordThing",
            "JSESSIONID",
        ] {
            assert!(is_suspect(name), "{name} is suspect");
        }
        for name in [
            "token_count",
            "secret_name",
            "secretName",
            "key_id",
            "keypair_name",
            "node",
            "bypass",
            "password_expires_at",
            "passwordVariable",
            "secret_ref",
            "token_endpoint",
            "public_key",
            "credentialsId",
            "publicKey",
            "compass",
            "monkeys-audio",
            "max_token_age",
            "",
            "primary_key",
            "keystone",
        ] {
            assert_eq!(read(name.as_bytes(), &[]), Name::Harmless, "{name}");
        }
    }

    #[test]
    fn the_operator_adds_names() {
        let extra = ["rackdoorcode".to_owned()];
        assert_eq!(read(b"Rack-Door_Code", &extra), Name::Secret(Reason::Key));
    }
}
