//! The path of a request, resolved as Ironic resolves it.
//!
//! Ironic decodes percent-encoding and takes `/v1` in front as optional. It answers 400 or 404
//! to empty and dot segments; since a proxy in between might resolve those, they are refused.

/// Why a path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("percent-encoding cannot be decoded, expected UTF-8 text")]
    Encoding,
    /// `//`, `/./` or `/../`.
    #[error("path has an empty or a dot segment, expected a plain path")]
    Segment,
    /// `%2F`, a backslash or a control character.
    #[error(
        "path has an encoded slash, a backslash or a control character, expected plain segments"
    )]
    Character,
}

/// Splits a path into its decoded segments, without a leading `v1`.
pub(super) fn resolve(path: &str) -> Result<Vec<String>, PathError> {
    let inner = path.strip_prefix('/').unwrap_or(path);
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
    Ok(decoded)
}

/// Decodes percent-encoding strictly.
pub(super) fn percent_decode(text: &str) -> Result<String, PathError> {
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
