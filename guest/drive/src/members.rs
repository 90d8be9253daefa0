//! A gzip stream as the image it holds, and what is wrong with it.
//!
//! Readers differ in what they do behind the first member: some go on, some stop. So further
//! members are inflated, to be shown, and are a flaw.

use crate::flaw::{FlawKind, Flaws};
use crate::gzip::{self, GzipError};
use crate::source::{From, Source};

/// Gzip members that are read, one behind the other.
const MOST_MEMBERS: usize = 16;

/// What inflating a stream came to.
pub(crate) struct Inflated {
    /// The image, unless inflating had to stop.
    pub(crate) image: Option<Vec<u8>>,
    /// Bytes that were inflated.
    pub(crate) bytes: u64,
}

/// Inflates all members, as some readers do, to at most `limit` bytes together.
pub(crate) fn inflate<S: Source + ?Sized>(stream: &S, limit: usize, flaws: &mut Flaws) -> Inflated {
    let mut image = Vec::new();
    let mut at = 0;
    for index in 0..MOST_MEMBERS {
        let rest = From {
            source: stream,
            start: at,
        };
        if index > 0 {
            if rest.length() == 0 {
                return whole(image);
            }
            if *rest.read(0, gzip::MAGIC.len()) != gzip::MAGIC {
                let found = format!("{} bytes behind the gzip stream", rest.length());
                flaws.at(FlawKind::GzipTrailing, at, found);
                return whole(image);
            }
            if index == 1 {
                flaws.at(FlawKind::GzipMembers, at, "a second gzip member");
            }
        }
        match gzip::member(&rest, limit.saturating_sub(image.len())) {
            Ok(member) => {
                if index == 0 {
                    image = member.bytes;
                } else {
                    image.extend_from_slice(&member.bytes);
                }
                at = at.saturating_add(member.length);
            }
            Err(error) => return stopped(&error, image.len(), flaws),
        }
    }
    let found = format!("more than {MOST_MEMBERS} gzip members");
    flaws.push(FlawKind::GzipMembers, found);
    Inflated {
        bytes: image.len() as u64,
        image: None,
    }
}

fn whole(image: Vec<u8>) -> Inflated {
    Inflated {
        bytes: image.len() as u64,
        image: Some(image),
    }
}

fn stopped(error: &GzipError, before: usize, flaws: &mut Flaws) -> Inflated {
    let bytes = before.saturating_add(error.inflated());
    if matches!(error, GzipError::TooLarge { .. }) {
        let found = format!("a gzip stream that was stopped after {bytes} inflated bytes");
        flaws.push(FlawKind::Size, found);
    } else {
        flaws.push(FlawKind::Gzip, error.to_string());
    }
    Inflated {
        image: None,
        bytes: bytes as u64,
    }
}
