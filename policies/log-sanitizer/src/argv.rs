//! Passwords in the arguments of commands, as shells and as Python print them.
//!
//! `ipmitool -P secret`, `['ipmitool', '-P', 'secret']`, `curl -u user:secret`: the option means a
//! password only after this command. Options that name themselves (`--password secret`) are read by
//! [`crate::assignment`].

mod commands;

pub(crate) use commands::{COMMANDS, Command};

use commands::Takes;

use crate::bytes::{at, between, is_in_argument, is_name, is_space, run, run_back};
use crate::mark::{Reason, Span};
use crate::quotes::Quote;
use crate::shapes::is_placeholder;

/// An argument as it stands in the line, without its quotation marks.
#[derive(Clone, Copy)]
struct Argument {
    start: usize,
    end: usize,
}

/// How far the arguments of one command are followed.
const LONGEST_COMMAND: usize = 4096;

/// The passwords in the arguments that follow the command at `place`, and where they end.
pub(crate) fn passwords(line: &[u8], place: usize, command: &Command) -> (Vec<Span>, usize) {
    // A path may stand before the command; another word may not.
    let before = run_back(line, place, 1, is_name);
    if before > 0 {
        return (Vec::new(), place);
    }
    let from = place + command.name.len();
    let from = from + run(line, from, 32, is_name);
    // Where the command's own name is in marks, all its arguments are.
    let is_list = Quote::read(line, from).is_some();
    arguments(line, from, command, is_list)
}

/// Whether the command goes on in the next line.
pub(crate) fn goes_on(line: &[u8]) -> bool {
    line.trim_ascii_end().ends_with(b"\\")
}

/// The passwords in the arguments of a command, from `from` on, and where they end.
pub(crate) fn in_arguments(line: &[u8], from: usize, command: &Command) -> (Vec<Span>, usize) {
    arguments(line, from, command, false)
}

fn arguments(line: &[u8], mut from: usize, command: &Command, is_list: bool) -> (Vec<Span>, usize) {
    let mut found = Vec::new();
    let end = line.len().min(from + LONGEST_COMMAND);
    let (mut expected, mut last, mut is_after_option) = (None, from, false);
    while let Some((argument, next)) = next_argument(line, from) {
        // What an option takes belongs to it, wherever that ends.
        if next > end && expected.is_none() {
            // The last argument may be the next command, of which nothing was read. A long one is
            // not read again and again for each command that is in it.
            return (found, last.max(next.saturating_sub(LONGEST_COMMAND)));
        }
        if !is_list && ends_command(line, from) {
            break;
        }
        (from, last) = (next, argument.start);
        let text = between(line, argument.start, argument.end);
        if let Some(takes) = expected.take() {
            found.extend(taken(line, argument, takes));
            is_after_option = false;
            continue;
        }
        let is_option = text.first() == Some(&b'-');
        let is_value = std::mem::replace(&mut is_after_option, is_option);
        if !is_option {
            if !is_value && is_command(text) {
                return (found, argument.start);
            }
            continue;
        }
        for (option, takes) in command.options {
            // As nearly all others differ.
            if at(text, 1) != at(option.as_bytes(), 1) {
                continue;
            }
            let Some(rest) = text.strip_prefix(option.as_bytes()) else {
                continue;
            };
            match (rest, takes) {
                (b"", Takes::Rest) => {}
                (b"", _) => expected = Some(*takes),
                (_, Takes::Rest) => found.extend(rest_of(line, argument, option.len())),
                ([b'=', ..], _) => {
                    let start = argument.start + option.len() + 1;
                    found.extend(taken(line, Argument { start, ..argument }, *takes));
                }
                _ => {}
            }
        }
    }
    (found, from)
}

/// Whether an argument is the name of a command, which has the arguments after it: `sshpass -p x curl`.
fn is_command(text: &[u8]) -> bool {
    let name = match (text.first(), memchr::memrchr(b'/', text)) {
        (Some(b'/'), Some(last)) => text.get(last + 1..).unwrap_or_default(),
        _ => text,
    };
    let alike = COMMAND_LENGTHS.get(usize::from(at(name, 0) & 31));
    let may_be = name.len() < 32 && alike.is_some_and(|lengths| lengths >> name.len() & 1 != 0);
    may_be
        && COMMANDS
            .iter()
            .any(|command| command.name.as_bytes() == name)
}

/// By the first letter of these commands, a bit for each of their lengths.
const COMMAND_LENGTHS: [u32; 32] = {
    let mut lengths = [0; 32];
    let mut commands = COMMANDS;
    while let [command, rest @ ..] = commands {
        if let [first, ..] = command.name.as_bytes() {
            #[expect(clippy::indexing_slicing, reason = "five bits are less than 32")]
            let alike = &mut lengths[(*first & 31) as usize];
            *alike |= 1 << command.name.len();
        }
        commands = rest;
    }
    lengths
};

fn taken(line: &[u8], argument: Argument, takes: Takes) -> Option<Span> {
    let start = argument.start + Quote::read(line, argument.start).map_or(0, |quote| quote.len);
    let argument = Argument { start, ..argument };
    let after = |mark: u8| {
        let text = between(line, argument.start, argument.end);
        let place = memchr::memchr(mark, text)?;
        Some(argument.start + place + 1)
    };
    let start = match takes {
        Takes::Password | Takes::Rest => argument.start,
        Takes::Pair => after(b':')?,
        Takes::Percent => after(b'%')?,
    };
    let start = Quote::read(line, start).map_or(start, |quote| start + quote.len);
    let secret = between(line, start, argument.end);
    let is_template = secret.iter().any(|b| b"{}".contains(b)) && secret.first() == Some(&b'$');
    let pair = between(line, argument.start, argument.end);
    let is_placeholder = is_placeholder(secret) || pair != secret && is_placeholder(pair);
    // The user goes with the password.
    (!is_placeholder && !is_template).then_some(Span {
        start: argument.start,
        end: argument.end,
        reason: Reason::Argument,
    })
}

/// Whether a mark stands here that ends the text the whole command is in: `"ipmitool -P x", "..."`.
fn ends_command(line: &[u8], from: usize) -> bool {
    let Some(quote) = Quote::read(line, from) else {
        return false;
    };
    let after = from + quote.len;
    matches!(at(line, after), b',' | b'}' | b']' | b')' | b':' | 0)
}

/// `-psecret`, but not `-port`: the option is only read so where nothing else begins like it.
fn rest_of(line: &[u8], argument: Argument, option: usize) -> Option<Span> {
    let start = argument.start + option;
    let is_long_option = at(line, argument.start + 1) == b'-';
    if is_long_option {
        return None;
    }
    taken(line, Argument { start, ..argument }, Takes::Password)
}

/// The next argument: after blanks, or after the comma of a printed list.
fn next_argument(line: &[u8], mut from: usize) -> Option<(Argument, usize)> {
    while is_space(at(line, from)) || at(line, from) == b',' {
        from += 1;
    }
    // The end of the list, of the quoted command, or of the line.
    match at(line, from) {
        0 | b']' | b')' | b'|' | b';' | b'}' => return None,
        _ => {}
    }
    if let Some(quote) = Quote::read(line, from) {
        let start = from + quote.len;
        let Some((end, next)) = quote.close(line, start) else {
            return Some((
                Argument {
                    start,
                    end: line.len(),
                },
                line.len(),
            ));
        };
        // The mark after the command's own name: `'ipmitool', '-P'`.
        if end == start || at(line, start) == b',' {
            return Some((Argument { start, end: start }, start));
        }
        // Two quoted parts of one argument: `"admin":"hunter2"`.
        if at(line, next) == b':'
            && let Some(second) = Quote::read(line, next + 1)
            && let Some((end, next)) = second.close(line, next + 1 + second.len)
        {
            return Some((Argument { start, end }, next));
        }
        return Some((Argument { start, end }, next));
    }
    let len = run(line, from, usize::MAX, is_in_argument);
    let end = from + len.max(1);
    // A quoted part in the middle: `admin:'hunter2'`.
    if matches!(at(line, end - 1), b':' | b'=')
        && let Some(quote) = Quote::read(line, end)
        && let Some((close, next)) = quote.close(line, end + quote.len)
    {
        return Some((
            Argument {
                start: from,
                end: close,
            },
            next,
        ));
    }
    let argument = Argument {
        start: from,
        end: end.min(line.len()),
    };
    Some((argument, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_with_the_text_it_is_in() {
        let line = br#"{"A":"ipmitool -P one power","B":"ipmitool -P two"}"#;
        let ipmitool = COMMANDS.iter().find(|c| c.name == "ipmitool").unwrap();
        let (_, end) = passwords(line, 6, ipmitool);
        assert_eq!(at(line, end), b'"');
        assert!(end < 40);
    }

    #[test]
    fn what_was_read_is_not_read_again() {
        let curl = COMMANDS.iter().find(|c| c.name == "curl").unwrap();
        let check = |line: &str, least: usize| {
            let (_, end) = passwords(line.as_bytes(), 0, curl);
            assert!((least..=line.len()).contains(&end), "{end}");
        };
        // One argument, whatever names are in it.
        let line = "curl/".repeat(10_000);
        check(&line, line.len() - LONGEST_COMMAND);
        let line = format!("curl {}", "-u a:b ".repeat(10_000));
        check(&line, LONGEST_COMMAND - 16);
    }

    #[test]
    fn arguments_end_where_another_command_begins() {
        let sshpass = COMMANDS.iter().find(|c| c.name == "sshpass").unwrap();
        let check = |line: &str, next: &str| {
            let (found, end) = passwords(line.as_bytes(), 0, sshpass);
            assert_eq!((found.len(), &line[end..]), (1, next));
        };
        check("sshpass -p one curl -u a:b", "curl -u a:b");
        check("sshpass -p one /usr/bin/mysql -p b", "/usr/bin/mysql -p b");
        // A host of that name.
        check("sshpass -h mysql -p one", "");
        check("sshpass mysql.example.com a/curl -p one", "");
    }

    #[test]
    fn a_command_that_comes_last_is_left_to_its_own_reading() {
        let curl = COMMANDS.iter().find(|c| c.name == "curl").unwrap();
        let line = format!("curl {}curl -u a:b", "x ".repeat(2045));
        let own = line.rfind("curl").unwrap();
        let (found, end) = passwords(line.as_bytes(), 0, curl);
        assert!(found.is_empty() && end <= own, "{end} {own}");
    }

    #[test]
    fn passwords_after_their_options_are_found() {
        let check = |line: &str, expected: &[&str]| {
            let command = COMMANDS.iter().find(|c| line.contains(c.name)).unwrap();
            let place = line.find(command.name).unwrap();
            let (found, _) = passwords(line.as_bytes(), place, command);
            let found: Vec<_> = found
                .iter()
                .map(|span| &line[span.start..span.end])
                .collect();
            assert_eq!(found, expected, "{line}");
        };
        check(
            "ipmitool -H 10.0.0.4 -U admin -P calvin power status",
            &["calvin"],
        );
        check("Command: /usr/bin/ipmitool -P 'cal vin' -E", &["cal vin"]);
        check(
            "['ipmitool', '-I', 'lanplus', '-P', 'calvin', 'power']",
            &["calvin"],
        );
        check("curl -sS -u admin:hunter2 https://bmc/", &["admin:hunter2"]);
        check(
            "curl --user=\"admin:hunter2\" https://bmc/",
            &["admin:hunter2"],
        );
        check(
            "curl --user \"admin\":\"hunter2\" https://bmc/",
            &["admin\":\"hunter2"],
        );
        check("curl -u admin https://bmc/", &[]);
        check("curl -u \"${USER}:${PASSWORD}\" https://bmc/", &[]);
        check("mysql -uroot -phunter2 ironic", &["hunter2"]);
        check("mysql --port 3306 -p ironic", &[]);
        check("sshpass -p hunter2 ssh host", &["hunter2"]);
        check("snmpset -v2c -c private 10.0.0.4", &["private"]);
        check("the ipmitool command timed out", &[]);
    }
}
