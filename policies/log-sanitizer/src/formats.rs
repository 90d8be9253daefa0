//! Keys and tokens that are recognised by their form alone, whatever stands around them.
//!
//! Most vendors begin theirs with a fixed text so that they can be found. What follows has to be
//! long enough and varied enough: `ghp_xxxxxxxx` in a manual is none.

use crate::bytes::{ByteSet, at, between, is_base64, run, run_back};
use crate::mark::{Reason, Span};

mod table;

/// The characters a token consists of after its beginning.
#[derive(Clone, Copy, Debug)]
enum Alphabet {
    /// Letters, digits, `_` and `-`.
    Token,
    /// Letters and digits only.
    Plain,
    /// Those of tokens and `.`, `~`, `=`, `%`, `:`.
    Dotted,
    /// Either alphabet of base64.
    Base64,
    /// Hexadecimal digits.
    Hex,
    /// These, also in groups between underscores.
    HexGroups,
    /// Capital letters and digits, also in groups between hyphens.
    Upper,
    /// What a crypt hash consists of.
    Crypt,
    /// The rest of a URL.
    Url,
}

/// How many alphabets there are.
const ALPHABETS: usize = Alphabet::Url as usize + 1;

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        match self {
            Self::Token => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Plain => byte.is_ascii_alphanumeric(),
            Self::Dotted => {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'-' | b'.' | b'~' | b'=' | b'%' | b':')
            }
            Self::Base64 => is_base64(byte),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::HexGroups => byte.is_ascii_hexdigit() || byte == b'_',
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-',
            Self::Crypt => {
                is_base64(byte) || matches!(byte, b'.' | b'$' | b',' | b'*' | b'@' | b':')
            }
            Self::Url => {
                byte.is_ascii_graphic()
                    && !matches!(
                        byte,
                        b'"' | b'\'' | b'<' | b'>' | b'`' | b')' | b']' | b'\\'
                    )
            }
        }
    }
}

/// A form of tokens.
#[derive(Debug)]
pub(crate) struct Format {
    /// What they begin with. Case counts.
    pub(crate) prefix: &'static str,
    alphabet: Alphabet,
    /// How many characters have to follow, and how many may.
    least: usize,
    most: usize,
    reason: Reason,
}

/// All of them.
pub(crate) const FORMATS: &[Format] = table::FORMATS;

/// Parts in the middle of tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Infix {
    /// `.atlasv1.` of Terraform.
    Atlas,
    /// `8Q~` in the client secrets of Azure.
    AzureClient,
    /// The check word in Azure's newer keys.
    AzureKey,
    /// The check word near the end of tokens of Azure DevOps.
    AzureDevOps,
    /// `:AA` in tokens of Telegram's bots.
    Telegram,
    /// `-us12` at the end of keys of Mailchimp. Looked for with its first digit: `-us` alone is in half
    /// of all words.
    Mailchimp,
    /// The domain in which Google's clients are named.
    GoogleClient,
    /// The name of a resource at Amazon, with the number of an account in it.
    Arn,
    /// A private key of a blockchain wallet, as `0x` and 64 digits.
    Wallet,
}

/// What to look for to find each.
pub(crate) const INFIXES: &[(&str, Infix)] = &[
    (".atlasv1.", Infix::Atlas),
    ("8Q~", Infix::AzureClient),
    ("7Q~", Infix::AzureClient),
    ("AZDO", Infix::AzureDevOps),
    ("JQQJ9", Infix::AzureKey),
    ("+ASt", Infix::AzureKey),
    (":AA", Infix::Telegram),
    ("-us1", Infix::Mailchimp),
    ("-us2", Infix::Mailchimp),
    ("-us3", Infix::Mailchimp),
    ("-us4", Infix::Mailchimp),
    ("-us5", Infix::Mailchimp),
    ("-us6", Infix::Mailchimp),
    ("-us7", Infix::Mailchimp),
    ("-us8", Infix::Mailchimp),
    ("-us9", Infix::Mailchimp),
    ("arn:aws:", Infix::Arn),
    (" 0x", Infix::Wallet),
    ("=0x", Infix::Wallet),
    ("\"0x", Infix::Wallet),
    (".apps.googleusercontent.com", Infix::GoogleClient),
];

/// The last run of characters of each alphabet in a line, for all the tokens that may begin in it.
#[derive(Default)]
pub(crate) struct Runs([Run; ALPHABETS]);

#[derive(Clone, Copy, Default)]
struct Run {
    start: usize,
    end: usize,
    /// The end without the marks of the sentence around it.
    trimmed: usize,
    /// How many different characters are in it, and therefore at most in each token.
    distinct: usize,
}

impl Runs {
    /// The run in this alphabet that goes on at `from`.
    fn at(&mut self, line: &[u8], from: usize, alphabet: Alphabet) -> Run {
        let Some(last) = self.0.get_mut(alphabet as usize) else {
            return Run::default();
        };
        if !(last.start..last.end).contains(&from) {
            let end = from + run(line, from, usize::MAX, |b| alphabet.has(b));
            let (start, trimmed) = (from, trimmed(line, from, end));
            let distinct = ByteSet::of(between(line, from, end)).len() as usize;
            *last = Run {
                start,
                end,
                trimmed,
                distinct,
            };
        }
        *last
    }
}

/// The token that begins with the format's prefix at `start`.
pub(crate) fn token_at(
    line: &[u8],
    start: usize,
    format: &Format,
    runs: &mut Runs,
) -> Option<Span> {
    let first = at(line, start);
    if first.is_ascii_alphanumeric() && is_joined(line, start) {
        return None;
    }
    let body = start + format.prefix.len();
    let run = runs.at(line, body, format.alphabet);
    let end = run.trimmed.max(body);
    let token = between(line, body, end);
    let is_long = || (format.least..=format.most).contains(&(end - body));
    let is_varied = || run.distinct >= least_distinct(token) && is_varied(token);
    let is_token = || is_varied() || is_one_letter(token, format);
    (is_long() && is_token() && is_hex_varied(token)).then_some(Span {
        start,
        end,
        reason: format.reason,
    })
}

/// The token around an infix.
pub(crate) fn token_around(line: &[u8], place: usize, len: usize, infix: Infix) -> Option<Span> {
    /// No token has more than this before its infix.
    const BEFORE: usize = 128;
    let after = place + len;
    let token = |b: u8| Alphabet::Token.has(b);
    let (before, behind) = match infix {
        Infix::Atlas => {
            let before = run_back(line, place, BEFORE, |b| b.is_ascii_alphanumeric());
            let behind = run(line, after, 256, is_base64);
            (before >= 10 && behind >= 40).then_some((before, behind))?
        }
        Infix::AzureClient => {
            let is_part = |b: u8| token(b) || matches!(b, b'.' | b'~');
            let before = run_back(line, place, BEFORE, is_part);
            let behind = run(line, after, 64, is_part);
            (before == 3 && (31..=34).contains(&behind)).then_some((before, behind))?
        }
        Infix::AzureKey => {
            let before = run_back(line, place, BEFORE, is_base64);
            let behind = run(line, after, 64, is_base64);
            ((32..=90).contains(&before) && behind >= 4).then_some((before, behind))?
        }
        Infix::AzureDevOps => {
            let before = run_back(line, place, BEFORE, |b| b.is_ascii_alphanumeric());
            let behind = run(line, after, 8, |b| b.is_ascii_alphanumeric());
            (before == 76 && behind == 4).then_some((before, behind))?
        }
        Infix::GoogleClient => {
            let before = run_back(line, place, BEFORE, |b| token(b) && b != b'_');
            (before >= 20).then_some((before, 0))?
        }
        Infix::Arn => {
            const ACCOUNT: usize = 12;
            let behind = run(line, after, 256, |b| Alphabet::Url.has(b));
            let name = between(line, after, after + behind);
            let mut parts = name.split(|b| *b == b':');
            let has_account =
                parts.any(|part| part.len() == ACCOUNT && part.iter().all(u8::is_ascii_digit));
            has_account.then_some((0, behind))?
        }
        Infix::Wallet => {
            let behind = run(line, after, 65, |b| b.is_ascii_hexdigit());
            (behind == 64).then_some((0, behind))?
        }
        Infix::Telegram => {
            let before = run_back(line, place, 20, |b| b.is_ascii_digit());
            let behind = run(line, after, 64, token);
            ((5..=16).contains(&before) && (32..=35).contains(&behind))
                .then_some((before, behind))?
        }
        Infix::Mailchimp => {
            let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            let before = run_back(line, place, BEFORE, is_digit);
            let behind = run(line, after, 8, |b| b.is_ascii_digit());
            (before == 32 && behind < 2).then_some((before, behind))?
        }
    };
    let skipped = if matches!(infix, Infix::Wallet) { 1 } else { 0 };
    let (start, end) = (place - before + skipped, after + behind);
    let is_apart = !is_joined(line, start) && !at(line, end).is_ascii_alphanumeric();
    let is_token = is_apart && is_varied(between(line, start, end));
    let reason = Reason::Format;
    is_token.then_some(Span { start, end, reason })
}

/// Whether what begins here is the rest of a longer word. The letter of an escape such as `\n` is
/// not part of the word after it.
fn is_joined(line: &[u8], start: usize) -> bool {
    let Some(before) = start.checked_sub(1) else {
        return false;
    };
    let is_escape = matches!(at(line, before), b'n' | b'r' | b't')
        && before
            .checked_sub(1)
            .is_some_and(|slash| at(line, slash) == b'\\');
    at(line, before).is_ascii_alphanumeric() && !is_escape && !is_percent_escape(line, start)
}

/// Whether `%2F` or the like ends here.
fn is_percent_escape(line: &[u8], end: usize) -> bool {
    let Some(start) = end.checked_sub(3) else {
        return false;
    };
    at(line, start) == b'%'
        && at(line, start + 1).is_ascii_digit()
        && at(line, start + 2).is_ascii_hexdigit()
}

/// Without the full stop or colon of the sentence around it.
fn trimmed(line: &[u8], start: usize, end: usize) -> usize {
    end - run_back(line, end, end - start, |b| {
        matches!(b, b'.' | b':' | b',' | b'%' | b'-')
    })
}

/// What comes after so many characters of a token says nothing new about it.
const TELLING: usize = 128;

/// Whether it is more than filling or words: at least five different characters, and a digit or
/// several capital letters inside.
fn is_varied(token: &[u8]) -> bool {
    let distinct = ByteSet::of(between(token, 0, 64)).len() as usize;
    let is_stand_in = || {
        let ends = [b"here", b"Here", b"HERE"];
        ends.iter().any(|end| token.ends_with(*end))
    };
    distinct >= least_distinct(token) && !is_word(token) && !is_stand_in()
}

/// How many different characters a token of this length has at least.
fn least_distinct(token: &[u8]) -> usize {
    5.min(token.len() / 2 + 1)
}

fn is_word(token: &[u8]) -> bool {
    let start = between(token, 0, TELLING);
    let is_mix =
        |two: &&[u8]| matches!(two, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase());
    let mixes = || start.windows(2).filter(is_mix).take(2).count();
    // No word is written in so many capital letters.
    let is_shout = || {
        let mut runs = start.chunk_by(|a, b| a.is_ascii_uppercase() == b.is_ascii_uppercase());
        runs.any(|run| run.len() >= 8 && run.iter().all(u8::is_ascii_uppercase))
    };
    token.len() >= 12 && !start.iter().any(u8::is_ascii_digit) && mixes() < 2 && !is_shout()
}

/// `AKIAZZZZZZZZZZZZZZZZ`, as documentation has it: whole, but for one letter over and over. What
/// stands for any letter, `x`, is filling.
fn is_one_letter(token: &[u8], format: &Format) -> bool {
    let first = at(token, 0);
    let is_letter = first.is_ascii_uppercase() && first != b'X';
    format.prefix.len() >= 4 && is_letter && token.iter().all(|b| *b == first)
}

/// Of so many hexadecimal digits, chance leaves out only few.
fn is_hex_varied(token: &[u8]) -> bool {
    const LONG: usize = 32;
    const LEAST: u32 = 8;
    let bit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| 1_u16 << digit);
    let Some(seen) = between(token, 0, TELLING)
        .iter()
        .filter(|b| **b != b'_')
        .map(bit)
        .try_fold(0, |all, one| Some(all | one?))
    else {
        return true;
    };
    token.len() < LONG || seen.count_ones() >= LEAST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<&str> {
        let bytes = line.as_bytes();
        (0..line.len())
            .find_map(|place| {
                let prefixed = FORMATS
                    .iter()
                    .filter(|f| line[place..].starts_with(f.prefix))
                    .find_map(|format| token_at(bytes, place, format, &mut Runs::default()));
                let around = INFIXES
                    .iter()
                    .filter(|(text, _)| line[place..].starts_with(text))
                    .find_map(|(text, infix)| token_around(bytes, place, text.len(), *infix));
                prefixed.or(around)
            })
            .map(|span| &line[span.start..span.end])
    }

    #[test]
    fn tokens_are_found_by_their_form() {
        let check = |token: &str| {
            assert_eq!(found(&format!("a ({token}), b")), Some(token));
            assert_eq!(found(&format!(r"x\n{token}")), Some(token));
        };
        check("ghp_Zk3Qm81LpXv7Tt5Rw2Yc9Nb4Jd6Hs0Ga1Fe3");
        check("AKIAZ5Q2M7XWPLT4RVNB");
        check("gAAAAABnQ0abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh");
        check(
            "$6$rounds=5000$Zk3Qm81L$pXv7Tt5Rw2Yc9Nb4Jd6Hs0Ga1Fe3Zk3Qm81LpXv7Tt5Rw2Yc9Nb4Jd6Hs0Ga1Fe3abcdefghijkl",
        );
        check(
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV",
        );
        check("sk_live_AAAAAAAAAAAAAAAAAAAAAAAA");
        check("110201543:AAHdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw");
        check("0f9e8d7c6b5a4938271605f4e3d2c1b0-us12");
    }

    #[test]
    fn a_run_is_read_once() {
        let line = "eyJ.".repeat(1000) + " eyJ.";
        let format = FORMATS.iter().find(|f| f.prefix == "eyJ").unwrap();
        let mut runs = Runs::default();
        let run = |runs: &Runs| runs.0.map(|run| (run.start, run.end, run.trimmed));
        assert_eq!(token_at(line.as_bytes(), 0, format, &mut runs), None);
        let read = run(&runs);
        for start in (0..4000).step_by(4) {
            assert_eq!(token_at(line.as_bytes(), start, format, &mut runs), None);
        }
        assert_eq!(run(&runs), read);
    }

    #[test]
    fn what_only_looks_similar_stays() {
        for line in [
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "AKIAZZZ",
            "sgp_5555555ddddd7777777cccccfaaaaaaaaaaaaaaa",
            "sk-learn",
            "wordghp_Zk3Qm81LpXv7Tt5Rw2Yc9Nb4Jd6Hs0Ga1Fe3",
            "fa:16:3e:AA:BB:CC",
            "hello-us3",
        ] {
            assert_eq!(found(line), None, "{line}");
        }
    }
}
