//! The path of a request, resolved as Ironic resolves it.
//!
//! Ironic decodes percent-encoding, once, and takes `/v1` in front as optional. To empty and dot
//! segments it answers 400, 404 or 500, or passes over them; since a proxy in between might resolve
//! those, they are refused.

use std::fmt::Write as _;

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("percent-encoding cannot be decoded, expected UTF-8 text")]
    Encoding,
    /// A `%` that is still there after decoding. Who decodes twice would see another path.
    #[error("path is percent-encoded twice, expected once")]
    EncodedTwice,
    /// `*`, which names the server and no path.
    #[error("path does not begin with `/`, expected one that does")]
    Start,
    /// `//`, `/./` or `/../`.
    #[error("path has an empty or a dot segment, expected a plain path")]
    Segment,
    /// `%2F`, a backslash or a control character.
    #[error(
        "path has an encoded slash, a backslash or a control character, expected plain segments"
    )]
    Character,
    /// A word of the API, or what can be no name, where an object is named.
    #[error(
        "path does not name an object where it has to, expected a UUID or a name that is no word of the API"
    )]
    Name,
    /// The name of an object ends in `.json`. Versions below 1.91 cut that off, and look for the
    /// object under both names.
    #[error("path ends in a name with `.json`, expected the UUID of the object")]
    Suffix,
}

/// Splits a path into its decoded segments, without a leading `v1`.
pub(super) fn resolve(path: &str) -> Result<Vec<String>, PathError> {
    let inner = path.strip_prefix('/').ok_or(PathError::Start)?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    if inner.is_empty() {
        return if path.len() > 1 {
            Err(PathError::Segment)
        } else {
            Ok(Vec::new())
        };
    }
    let mut segments = inner
        .split('/')
        .map(segment)
        .collect::<Result<Vec<_>, _>>()?;
    if segments.first().is_some_and(|first| first == "v1") {
        segments.remove(0);
    }
    Ok(segments)
}

fn segment(raw: &str) -> Result<String, PathError> {
    let decoded = percent_decode(raw)?;
    if matches!(&*decoded, "" | "." | "..") {
        return Err(PathError::Segment);
    }
    if decoded.contains(['/', '\\']) || decoded.chars().any(char::is_control) {
        return Err(PathError::Character);
    }
    if decoded.contains('%') {
        return Err(PathError::EncodedTwice);
    }
    Ok(decoded)
}

/// Decodes percent-encoding strictly.
pub(crate) fn percent_decode(text: &str) -> Result<String, PathError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || {
            bytes
                .next()
                .and_then(|b| char::from(b).to_digit(16))
                .ok_or(PathError::Encoding)
        };
        let code = digit()? << 4 | digit()?;
        decoded.push(u8::try_from(code).map_err(|_| PathError::Encoding)?);
    }
    String::from_utf8(decoded).map_err(|_| PathError::Encoding)
}

/// One segment of a path, everything but unreserved characters encoded (RFC 3986, section 2.3).
pub(crate) fn percent_encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_itself_is_no_path() {
        assert_eq!(resolve("*"), Err(PathError::Start));
        assert_eq!(resolve("/"), Ok(Vec::new()));
    }

    #[test]
    fn a_segment_cannot_become_another_path() {
        assert_eq!(percent_encode("rack1-u7"), "rack1-u7");
        assert_eq!(percent_encode("../a?b#c/é"), "..%2Fa%3Fb%23c%2F%C3%A9");
    }
}

#[cfg(test)]
mod any_path {
    //! Whatever a path is, it is refused, or stands for one list of plain segments.

    use super::*;

    const PIECES: &[&str] = &[
        "/", "/", "/", "v1", "nodes", "n1", ".", "..", "%2e", "%2E%2e", "%2f", "%5c", "\\", "%00",
        "%25", "%2531", "%", "%zz", "%c3%a9", "%ff", "é", ".json", "+", ";", "~", "states", " ",
    ];

    #[test]
    fn any_path_is_refused_or_plain() {
        let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut below = |limit: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state % limit as u64).unwrap()
        };
        let (mut plain, mut refused) = (0, 0);
        for _ in 0..50_000 {
            let length = below(9);
            let pieces = (0..length).map(|_| PIECES[below(PIECES.len())]);
            let path: String = std::iter::once("/").chain(pieces).collect();
            let Ok(segments) = resolve(&path) else {
                refused += 1;
                continue;
            };
            plain += 1;
            for segment in &segments {
                assert!(!matches!(segment.as_str(), "" | "." | ".."), "{path}");
                assert!(!segment.contains(['/', '\\', '%']), "{path}");
                assert!(!segment.chars().any(char::is_control), "{path}");
            }
            // Resolving what came of it changes nothing: it can be handed on as it is.
            let again = format!("/v1/{}", segments.join("/"));
            assert_eq!(resolve(&again).as_ref(), Ok(&segments), "{path}");
        }
        assert!(
            plain > 1_000 && refused > 1_000,
            "{plain} plain, {refused} refused"
        );
    }
}
