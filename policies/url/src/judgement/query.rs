//! What stands behind the host of a URL: control characters in disguise, and credentials.

/// True if the query or fragment of `tail`, which starts behind the host, has an argument that is
/// named like a credential and is not empty.
pub(super) fn holds_credential(tail: &str) -> bool {
    tail.split(['?', '#', '&', ';'])
        .skip(1)
        .filter_map(|argument| argument.split_once('='))
        .any(|(name, value)| !value.is_empty() && is_credential(name))
}

/// True for names of credentials, whatever their case, separators and encoding.
fn is_credential(name: &str) -> bool {
    /// Names that say it all.
    const WHOLE: &[&str] = &[
        "auth",
        "authorization",
        "key",
        "pass",
        "pwd",
        "sas",
        "sig",
        "sign",
    ];
    /// What is in no other name.
    const PART: &[&str] = &[
        "accesskey",
        "apikey",
        "credential",
        "hmac",
        "jwt",
        "passphrase",
        "passwd",
        "password",
        "secret",
        "securitytoken",
        "sessionid",
        "signature",
        "tempurlsig",
        "token",
    ];
    let plain: String = decoded(name)
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    WHOLE.contains(&plain.as_str()) || PART.iter().any(|part| plain.contains(part))
}

/// True if percent-encoding hides a control character.
pub(super) fn encodes_control(text: &str) -> bool {
    // Some readers decode twice.
    let once: Vec<u8> = decoded(text).collect();
    let control = |byte: u8| byte < 0x20 || byte == 0x7f;
    let new = |from: &[u8], to: &[u8]| {
        to.iter().filter(|&&byte| control(byte)).count()
            > from.iter().filter(|&&byte| control(byte)).count()
    };
    if new(text.as_bytes(), &once) {
        return true;
    }
    let again = String::from_utf8_lossy(&once);
    let twice: Vec<u8> = decoded(&again).collect();
    new(&once, &twice)
}

/// The bytes of `text` with percent-encoding resolved, once.
fn decoded(text: &str) -> impl Iterator<Item = u8> {
    let mut bytes = text.bytes();
    std::iter::from_fn(move || {
        let byte = bytes.next()?;
        if byte != b'%' {
            return Some(byte);
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let mut ahead = bytes.clone();
        match (digit(ahead.next()), digit(ahead.next())) {
            (Some(high), Some(low)) => {
                bytes = ahead;
                u8::try_from(high * 16 + low).ok()
            }
            _ => Some(byte),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_by_many_names() {
        for tail in [
            "/i?temp_url_sig=ab&temp_url_expires=1",
            "/i?a=b&X-Amz-Signature=ab",
            "/i?sv=1;sig=ab",
            "?access_token=x",
            "/#password=x",
            "?%74oken=x",
            "?API-KEY=x",
            "?x=?token=y",
        ] {
            assert!(holds_credential(tail), "{tail}");
        }
        for tail in [
            "",
            "/token=x",
            "/i?a=1&design=2",
            "?token",
            "?token=",
            "?monkey=1",
            "?x=token",
        ] {
            assert!(!holds_credential(tail), "{tail}");
        }
    }

    #[test]
    fn control_characters_do_not_hide() {
        for text in ["a%0d%0ab", "a%00", "%7F", "%250a"] {
            assert!(encodes_control(text), "{text}");
        }
        for text in ["a%20b", "100%", "%zz", "%4", "%2525", "\n"] {
            assert!(!encodes_control(text), "{text}");
        }
    }
}
