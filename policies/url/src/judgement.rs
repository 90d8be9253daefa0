//! Judging one URL or address: pure, linear in its length, and never wrong about what it admits.
//!
//! Programs read URLs in many ways, and what one refuses another repairs. So nothing is repaired
//! here: text that two readers could take for two places is refused, and what is admitted has one
//! scheme, one host, at most one port, and printable ASCII throughout.

pub mod address;
pub mod host;
pub mod pattern;
mod query;

use address::Purpose;
use host::{Host, NoHost};
use pattern::{Pattern, split_port};

/// Longest URL that is admitted.
pub const LONGEST: usize = 2048;

/// Where URLs may lead.
#[derive(Clone, Debug)]
pub struct Accepted<'a> {
    /// Schemes, in lower case.
    pub schemes: Vec<&'a str>,
    /// Hosts. When there are any, no other host is admitted, and these are whatever their
    /// addresses; otherwise public hosts are.
    pub hosts: Vec<Pattern>,
    /// Ranges of ports, for URLs that name one.
    pub ports: Vec<(u16, u16)>,
}

/// What is wrong with a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No URL at all: there is no scheme.
    NoUrl,
    /// Too long.
    Length(usize),
    /// Control characters, as they are or percent-encoded.
    Control,
    /// Blanks, backslashes or characters beyond ASCII.
    Characters,
    /// A scheme without `//` and a host behind it.
    NoAuthority,
    /// A local file.
    File,
    /// A scheme that is not admitted.
    Scheme,
    /// A user name or password in front of the host.
    UserInfo,
    /// A credential among the query's arguments.
    QueryCredential,
    /// No host, or something that is none.
    Host(NoHost),
    /// An address in a notation that hides it.
    Notation,
    /// An address that is not public.
    Address(Purpose),
    /// A name that is not public.
    InternalName,
    /// A host that is not on the list.
    Unlisted,
    /// No port number.
    NoPort,
    /// A port that is not admitted.
    Port(u16),
}

/// The scheme of a URL, if the text starts with one, as the most tolerant readers see it: blanks
/// and control characters in front, and line breaks and tabs anywhere, are not there for them.
pub fn scheme(text: &str) -> Option<String> {
    /// No scheme in use is longer.
    const LONGEST_SCHEME: usize = 32;
    let seen = text
        .trim_start_matches(|c: char| c.is_control() || c.is_whitespace())
        .chars()
        .filter(|c| !matches!(c, '\t' | '\r' | '\n'));
    let mut scheme = String::new();
    for character in seen {
        match character {
            ':' if !scheme.is_empty() => return Some(scheme),
            'a'..='z' | 'A'..='Z' => scheme.push(character.to_ascii_lowercase()),
            '0'..='9' | '+' | '-' | '.' if !scheme.is_empty() => scheme.push(character),
            _ => return None,
        }
        if scheme.len() > LONGEST_SCHEME {
            return None;
        }
    }
    None
}

/// Everything wrong with a URL.
pub fn judge_url(text: &str, admitted: &Accepted<'_>) -> Vec<Fault> {
    let mut faults = characters(text);
    let Some(scheme) = scheme(text) else {
        faults.push(Fault::NoUrl);
        return faults;
    };
    if scheme == "file" {
        // Nothing more to say: a file's host and port mean nothing.
        faults.push(Fault::File);
        return faults;
    }
    if !admitted.schemes.contains(&scheme.as_str()) {
        faults.push(Fault::Scheme);
    }
    let rest = text.split_once(':').map_or("", |(_, rest)| rest);
    let Some(rest) = rest.strip_prefix("//") else {
        faults.push(Fault::NoAuthority);
        return faults;
    };
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if query::holds_credential(tail) {
        faults.push(Fault::QueryCredential);
    }
    faults.extend(judge_authority(authority, admitted));
    faults
}

/// Everything wrong with a host and perhaps a port, as some fields hold without a scheme. A bare
/// IPv6 address may come without brackets.
pub fn judge_address(text: &str, admitted: &Accepted<'_>) -> Vec<Fault> {
    let mut faults = characters(text);
    let bracketed;
    let authority = if text.parse::<std::net::Ipv6Addr>().is_ok() {
        bracketed = format!("[{text}]");
        &bracketed
    } else {
        text
    };
    faults.extend(judge_authority(authority, admitted));
    faults
}

/// What is wrong with the text before it is taken apart.
fn characters(text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if text.len() > LONGEST {
        faults.push(Fault::Length(text.len()));
    }
    if text.chars().any(char::is_control) || query::encodes_control(text) {
        faults.push(Fault::Control);
    }
    let odd = |c: char| !c.is_control() && (!c.is_ascii_graphic() || c == '\\');
    if text.contains(odd) {
        faults.push(Fault::Characters);
    }
    faults
}

fn judge_authority(authority: &str, admitted: &Accepted<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    // Whichever of several `@` a reader takes for the last, the rest is judged as the host.
    let place = match authority.rsplit_once('@') {
        Some((_, place)) => {
            faults.push(Fault::UserInfo);
            place
        }
        None => authority,
    };
    let Some((host, port)) = split_port(place) else {
        faults.push(Fault::NoPort);
        return faults;
    };
    match Host::parse(host) {
        Ok(host) => faults.extend(judge_host(&host, port, admitted)),
        Err(reason) => faults.push(Fault::Host(reason)),
    }
    faults
}

fn judge_host(host: &Host, port: Option<u16>, admitted: &Accepted<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    if host.is_unusual() {
        faults.push(Fault::Notation);
    }
    let mut listed = admitted
        .hosts
        .iter()
        .filter(|entry| entry.matches(host, port))
        .peekable();
    if admitted.hosts.is_empty() {
        faults.extend(host.purpose().map(Fault::Address));
        faults.extend(host.is_internal_name().then_some(Fault::InternalName));
    } else if listed.peek().is_none() {
        faults.push(Fault::Unlisted);
    }
    if let Some(port) = port {
        let in_range = |&(first, last): &(u16, u16)| (first..=last).contains(&port);
        if !listed.any(Pattern::names_port) && !admitted.ports.iter().any(in_range) {
            faults.push(Fault::Port(port));
        }
    }
    faults
}

#[cfg(test)]
mod tests;
