//! Passwords in URLs: `mysql://user:password@host/`. The user goes with the password.

use crate::bytes::{at, between, run};
use crate::mark::{Reason, Span};
use crate::shapes::is_placeholder;

/// No user name and password together are longer than this.
const LONGEST_USERINFO: usize = 512;

/// User and password of the URL whose `://` ends at `start`.
pub(crate) fn password(line: &[u8], start: usize) -> Option<Span> {
    let ends =
        |b: u8| b <= b' ' || matches!(b, b'/' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\' | b'?');
    let len = run(line, start, LONGEST_USERINFO, |b| !ends(b));
    let authority = between(line, start, start + len);
    // Of several the last one counts: browsers and `urllib` read it so.
    let userinfo_end = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', authority.get(..userinfo_end)?)?;
    let end = start + userinfo_end;
    let password = between(line, start + colon + 1, end);
    if crate::mark::marker_end(line, start).is_some() {
        return None;
    }
    let is_next_url = matches!(at(line, end + 1), 0 | b' ');
    (!is_placeholder(password) && !is_next_url).then_some(Span {
        start,
        end,
        reason: Reason::Url,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_end_at_the_last_at() {
        let check = |line: &str, expected: Option<&str>| {
            let start = line.find("://").unwrap() + 3;
            let found = password(line.as_bytes(), start).map(|s| &line[s.start..s.end]);
            assert_eq!(found, expected, "{line}");
        };
        check(
            "mysql+pymysql://ironic:hunter2@db/ironic",
            Some("ironic:hunter2"),
        );
        check("amqp://u:p@ss:w@rabbit:5672/", Some("u:p@ss:w"));
        check("redis://:hunter2@cache", Some(":hunter2"));
        check("https://bmc.example.com:8000/redfish", None);
        check("https://host:8000/ @something", None);
        check("https://user@host/", None);
        check("https://user:***@host/", None);
        check("https://host/a:b@c", None);
    }
}
