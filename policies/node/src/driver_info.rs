//! Driver info: what Ironic tells its commands, templates and BMCs.
//!
//! Most of it may be a secret, so that no finding says more of a value than its kind.

use crate::rules::{BMC, DRIVER_INFO};
use crate::text::{is_controlled, is_made_of, whole_number};
use portcullis_guest::{Finding, Pointer, Value};
use serde_json::{Number, Value as Json};

/// Longest key and longest value.
const LONGEST_KEY: usize = 255;
const LONGEST_VALUE: usize = 8192;

/// What a value that reaches a command line or a BMC has to be.
#[derive(Clone, Copy)]
enum Shape {
    /// A host name or an address.
    Host,
    /// A URL, or the beginning of one; the policy `url` judges where it leads.
    Url,
    /// A path on the BMC.
    BmcPath,
    /// A name without characters that mean something to a shell.
    Account,
    Port,
    /// A number, also as hexadecimal digits behind `0x`.
    Code,
    /// Exactly so many hexadecimal digits.
    Hexadecimal(usize),
    OneOf(&'static [&'static str]),
    UpTo(u64),
}

const SHAPES: [(&str, Shape); 22] = [
    ("ipmi_address", Shape::Host),
    ("ipmi_bridging", Shape::OneOf(&["no", "single", "dual"])),
    ("ipmi_cipher_suite", Shape::UpTo(17)),
    ("ipmi_hex_kg_key", Shape::Hexadecimal(40)),
    ("ipmi_local_address", Shape::Code),
    ("ipmi_port", Shape::Port),
    (
        "ipmi_priv_level",
        Shape::OneOf(&["ADMINISTRATOR", "CALLBACK", "OPERATOR", "USER"]),
    ),
    ("ipmi_protocol_version", Shape::OneOf(&["1.5", "2.0"])),
    ("ipmi_target_address", Shape::Code),
    ("ipmi_target_channel", Shape::Code),
    ("ipmi_terminal_port", Shape::Port),
    ("ipmi_transit_address", Shape::Code),
    ("ipmi_transit_channel", Shape::Code),
    ("ipmi_username", Shape::Account),
    ("redfish_address", Shape::Url),
    (
        "redfish_auth_type",
        Shape::OneOf(&["auto", "basic", "session"]),
    ),
    ("redfish_system_id", Shape::BmcPath),
    ("snmp_address", Shape::Host),
    ("snmp_outlet", Shape::UpTo(65_535)),
    ("snmp_port", Shape::Port),
    ("snmp_version", Shape::OneOf(&["1", "2c", "3"])),
    ("snmp_user", Shape::Account),
];

impl Shape {
    fn fits(self, text: &str) -> bool {
        // What begins with a hyphen is an option to a command.
        let is_option = text.starts_with('-');
        match self {
            Self::Host => !is_option && is_made_of(text, b".:-_%[]"),
            Self::Url => !is_option && is_made_of(text, b".:/-_~%[]@?=+,"),
            Self::BmcPath => {
                is_made_of(text, b"/._~:@%+=,-")
                    && text.starts_with('/')
                    && !text.split('/').any(|part| part == "..")
            }
            Self::Account => {
                !is_option && !text.chars().any(|it| "`$;|&<>(){}'\"\\*?!".contains(it))
            }
            Self::Port => whole_number(text).is_some_and(|port| (1..=65_535).contains(&port)),
            Self::Code => match text.strip_prefix("0x") {
                Some(digits) => is_hexadecimal(digits),
                None => whole_number(text).is_some(),
            },
            Self::Hexadecimal(length) => text.len() == length && is_hexadecimal(text),
            Self::OneOf(choices) => choices.contains(&text),
            Self::UpTo(largest) => whole_number(text).is_some_and(|number| number <= largest),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Host => "a host name or an address".to_owned(),
            Self::Url => "a URL or a host".to_owned(),
            Self::BmcPath => "a path that begins with a slash".to_owned(),
            Self::Account => "a name without characters of a shell".to_owned(),
            Self::Port => "1 to 65535".to_owned(),
            Self::Code => "a number, or hexadecimal digits behind 0x".to_owned(),
            Self::Hexadecimal(length) => format!("{length} hexadecimal digits"),
            Self::OneOf(choices) => format!("one of {}", choices.join(", ")),
            Self::UpTo(largest) => format!("0 to {largest}"),
        }
    }
}

fn is_hexadecimal(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A number as a command would get it. Of those with a fraction only versions of IPMI fit anywhere.
fn written(number: &Number) -> String {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => whole.to_string(),
        (None, Some(1.5)) => "1.5".to_owned(),
        (None, Some(2.0)) => "2.0".to_owned(),
        _ => "another".to_owned(),
    }
}

pub(crate) fn check(driver_info: &Value, before: &Value) -> Vec<Finding> {
    let place = Pointer::root().key("driver_info");
    if matches!(driver_info, Value::Absent | Value::Null) {
        return Vec::new();
    }
    let Some(driver_info) = driver_info.to_object() else {
        let finding = DRIVER_INFO.at(place, "driver info that is no object");
        return vec![finding.with_hint("an object")];
    };
    let before = before.to_object().unwrap_or_default();
    driver_info
        .iter()
        // Who sends all of it again need not put right what is there.
        .filter(|(key, value)| before.get(*key) != Some(value))
        .filter_map(|(key, value)| one(key, value, &place))
        .collect()
}

fn one(key: &str, value: &Json, place: &Pointer) -> Option<Finding> {
    if key.len() > LONGEST_KEY || !is_made_of(key, b"_.-") {
        let finding = DRIVER_INFO.at(place, "a key with other characters");
        return Some(finding.with_hint("keys of letters, digits and _ . -"));
    }
    let place = place.key(key);
    let fault = |found: &str| {
        let hint =
            format!("up to {LONGEST_VALUE} bytes of text in one line, a number or a boolean");
        Some(DRIVER_INFO.at(&place, found).with_hint(hint))
    };
    let text = match value {
        Json::Null => return None,
        Json::Array(_) => return fault("an array"),
        Json::Object(_) => return fault("an object"),
        Json::String(text) if text.len() > LONGEST_VALUE => {
            return fault("a value that is too long");
        }
        Json::String(text) if is_controlled(text) => return fault("control characters"),
        Json::String(text) => text.clone(),
        Json::Bool(boolean) => boolean.to_string(),
        Json::Number(number) => written(number),
    };
    let (_, shape) = SHAPES.iter().find(|(name, _)| *name == key)?;
    // Empty is what some clients send for "as usual".
    if text.is_empty() || shape.fits(&text) {
        return None;
    }
    let finding = BMC.at(place, "a value of another form");
    Some(finding.with_hint(shape.words()))
}
