//! MIME messages (RFC 2045 and 2046), as far as user data comes in them.
//!
//! Bounded: parts, levels and bytes. What a part is, is taken from its type as nodes do, and from
//! its contents where the type says nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portcullis_guest::config_drive::UserDataKind;
use thiserror::Error;

const MOST_PARTS: usize = 64;
const MOST_LEVELS: usize = 4;

/// One part, decoded.
#[derive(Debug)]
pub(super) struct Part {
    /// What its type says it is, if that says anything.
    pub(super) kind: Option<UserDataKind>,
    pub(super) bytes: Vec<u8>,
}

/// Why a message cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum MimeError {
    #[error("a MIME message in several parts without a boundary")]
    Boundary,
    #[error("a MIME message that does not end, or whose boundary does not stand in it")]
    End,
    #[error("a MIME part whose encoding cannot be read")]
    Encoding,
    #[error("more than 64 MIME parts, or more than 4 levels of them")]
    Parts,
    #[error("MIME parts of more bytes than are allowed")]
    TooLarge,
}

/// The kind that `content_type` says a part is of.
pub(super) fn kind(content_type: &str) -> Option<UserDataKind> {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    Some(match essence.to_ascii_lowercase().as_str() {
        "text/cloud-config" => UserDataKind::CloudConfig,
        "text/cloud-config-archive" => UserDataKind::CloudConfigArchive,
        "text/cloud-config-jsonp" => UserDataKind::CloudConfigJsonPatch,
        "text/cloud-boothook" => UserDataKind::BootHook,
        "text/part-handler" => UserDataKind::PartHandler,
        "text/x-include-url" | "text/x-include-once-url" => UserDataKind::Include,
        "text/x-shellscript"
        | "text/x-shellscript-per-boot"
        | "text/x-shellscript-per-instance"
        | "text/x-shellscript-per-once" => UserDataKind::Script,
        "text/jinja2" => UserDataKind::Jinja,
        _ => return None,
    })
}

/// The parts of `message` that are not made of parts themselves; `left` bounds their bytes.
pub(super) fn parts(message: &[u8], left: usize) -> Result<Vec<Part>, MimeError> {
    let mut found = Vec::new();
    let mut left = left;
    collect(message, 0, &mut left, &mut found)?;
    Ok(found)
}

fn collect(
    message: &[u8],
    level: usize,
    left: &mut usize,
    found: &mut Vec<Part>,
) -> Result<(), MimeError> {
    let (headers, body) = split_headers(message);
    let content_type = header(&headers, "content-type").unwrap_or_default();
    if content_type
        .trim()
        .to_ascii_lowercase()
        .starts_with("multipart/")
    {
        if level >= MOST_LEVELS {
            return Err(MimeError::Parts);
        }
        let boundary = parameter(&content_type, "boundary").ok_or(MimeError::Boundary)?;
        for part in split_parts(body, &boundary)? {
            collect(part, level + 1, left, found)?;
        }
        return Ok(());
    }
    if found.len() >= MOST_PARTS {
        return Err(MimeError::Parts);
    }
    let encoding = header(&headers, "content-transfer-encoding").unwrap_or_default();
    let bytes = decode(body, encoding.trim())?;
    *left = left.checked_sub(bytes.len()).ok_or(MimeError::TooLarge)?;
    found.push(Part {
        kind: kind(&content_type),
        bytes,
    });
    Ok(())
}

/// Lines of `bytes`, each without its end, with the offset behind it.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let mut at = 0;
    bytes
        .split_inclusive(|&byte| byte == b'\n')
        .map(move |line| {
            at += line.len();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            (line.strip_suffix(b"\r").unwrap_or(line), at)
        })
}

/// Headers with their folded lines joined, and what follows the empty line behind them.
fn split_headers(message: &[u8]) -> (Vec<String>, &[u8]) {
    let mut headers: Vec<String> = Vec::new();
    for (line, end) in lines(message) {
        if line.is_empty() {
            return (headers, message.get(end..).unwrap_or_default());
        }
        let text = String::from_utf8_lossy(line);
        match headers.last_mut() {
            Some(last) if text.starts_with([' ', '\t']) => last.push_str(&text),
            _ => headers.push(text.into_owned()),
        }
    }
    (headers, &[])
}

fn header(headers: &[String], name: &str) -> Option<String> {
    headers.iter().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (found.trim().eq_ignore_ascii_case(name) && !value.is_empty()).then(|| value.to_owned())
    })
}

/// The parts between the delimiters. What stands before the first and behind the last is nobody's.
fn split_parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<&'a [u8]>, MimeError> {
    let mut parts = Vec::new();
    let mut start = None;
    let mut line_start = 0;
    for (line, end) in lines(body) {
        let rest = line
            .strip_prefix(b"--")
            .and_then(|line| line.strip_prefix(boundary.as_bytes()));
        let delimiter = rest.map(|rest| rest.trim_ascii_end());
        if let Some(rest @ (b"" | b"--")) = delimiter {
            if let Some(start) = start {
                parts.push(body.get(start..line_start).unwrap_or_default());
            }
            if parts.len() > MOST_PARTS {
                return Err(MimeError::Parts);
            }
            if rest == b"--" {
                return Ok(parts);
            }
            start = Some(end);
        }
        line_start = end;
    }
    Err(MimeError::End)
}

fn decode(body: &[u8], encoding: &str) -> Result<Vec<u8>, MimeError> {
    match encoding.to_ascii_lowercase().as_str() {
        "" | "7bit" | "8bit" | "binary" => Ok(body.to_vec()),
        "base64" => {
            let body = body.trim_ascii();
            if body.is_empty() {
                return Ok(Vec::new());
            }
            let joined: Vec<u8> = lines(body).flat_map(|(line, _)| line).copied().collect();
            STANDARD.decode(joined).map_err(|_| MimeError::Encoding)
        }
        "quoted-printable" => quoted_printable(body),
        _ => Err(MimeError::Encoding),
    }
}

fn quoted_printable(body: &[u8]) -> Result<Vec<u8>, MimeError> {
    let mut bytes = Vec::with_capacity(body.len());
    for (line, _) in lines(body) {
        let line = line.trim_ascii_end();
        let (line, is_soft) = match line.strip_suffix(b"=") {
            Some(line) => (line, true),
            None => (line, false),
        };
        let mut rest = line;
        while let Some((&byte, behind)) = rest.split_first() {
            rest = behind;
            if byte != b'=' {
                bytes.push(byte);
                continue;
            }
            let digits = rest
                .get(..2)
                .and_then(|digits| std::str::from_utf8(digits).ok());
            let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(value.ok_or(MimeError::Encoding)?);
            rest = rest.get(2..).unwrap_or_default();
        }
        if !is_soft {
            bytes.push(b'\n');
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(message: &str) -> Result<Vec<(Option<UserDataKind>, String)>, MimeError> {
        let text = |part: Part| (part.kind, String::from_utf8_lossy(&part.bytes).into_owned());
        Ok(parts(message.as_bytes(), 1000)?
            .into_iter()
            .map(text)
            .collect())
    }

    #[test]
    fn parts_are_decoded() {
        let message = "Content-Type: multipart/mixed;\n boundary=\"=x=\"\nMIME-Version: 1.0\n\npreamble\n\
            --=x=\nContent-Type: text/cloud-config; charset=utf-8\n\na: 1\n\
            --=x=\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nIyEvYmlu\r\nL3No\r\n\
            --=x=\nContent-Transfer-Encoding: quoted-printable\n\n#!/bin/sh=\n -x=20\n--=x=--\nepilogue";
        assert_eq!(
            found(message),
            Ok(vec![
                (Some(UserDataKind::CloudConfig), "a: 1\n".to_owned()),
                (None, "#!/bin/sh".to_owned()),
                (None, "#!/bin/sh -x \n".to_owned()),
            ])
        );
        assert_eq!(
            found("Content-Type: text/x-shellscript\n\nls\n"),
            Ok(vec![(Some(UserDataKind::Script), "ls\n".to_owned())])
        );
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert_eq!(
            found("Content-Type: multipart/mixed\n\n"),
            Err(MimeError::Boundary)
        );
        assert_eq!(
            found("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx"),
            Err(MimeError::End)
        );
        assert_eq!(
            found("MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n!!"),
            Err(MimeError::Encoding)
        );
        assert_eq!(
            found(&format!("MIME-Version: 1.0\n\n{}", "x".repeat(1001))).err(),
            Some(MimeError::TooLarge)
        );
        let many = "--b\n\nx\n".repeat(70);
        let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{many}--b--\n");
        assert_eq!(found(&many), Err(MimeError::Parts));
    }
}
