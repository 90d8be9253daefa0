//! The grammar of kernel parameters, narrower than the kernel's own.
//!
//! A command line passes through a boot loader's script, where line breaks, `$`, `;` and the like
//! mean something else, and is read by a kernel that takes quotes anywhere and tells nobody what
//! it made of them. Here is what they all read alike:
//!
//! ```text
//! line      = [ parameter *( " " parameter ) ]
//! parameter = name [ "=" value ] / "%default%"
//! name      = ( letter / digit / "_" ) *( letter / digit / "_" / "-" / "." )
//! value     = *plain / DQUOTE *( plain / " " ) DQUOTE
//! ```

/// What a value is made of, in words.
pub(crate) const CHARACTERS: &str =
    "letters, digits and _ . , : / @ + - = % ~ [ ] * ! in ASCII, blanks within double quotes";

/// What Ironic replaces by the parameters of its own configuration.
const DEFAULT: &str = "%default%";

/// What breaks the grammar. Parameters count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A character that no parameter has; its code as `U+000A`.
    Character { parameter: usize, code: String },
    /// A blank at the start or end, or two in a row.
    Blank { parameter: usize },
    /// Something else than a name in front of `=`.
    Name { parameter: usize },
    /// Quotes that do not enclose a whole value.
    Quotes { parameter: usize },
}

/// A parameter; the value is empty where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
}

/// All parameters that can be read, and what cannot.
pub(crate) fn read(line: &str) -> (Vec<Parameter<'_>>, Vec<Fault>) {
    let mut parameters = Vec::new();
    let mut faults = Vec::new();
    if line.is_empty() {
        return (parameters, faults);
    }
    for (index, text) in split(line).into_iter().enumerate() {
        let parameter = index + 1;
        if text == DEFAULT {
            continue;
        }
        if text.is_empty() {
            faults.push(Fault::Blank { parameter });
            continue;
        }
        if let Some(odd) = text.chars().find(|&c| !is_known(c)) {
            let code = format!("U+{:04X}", u32::from(odd));
            faults.push(Fault::Character { parameter, code });
        }
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let inner = value
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let value = inner.unwrap_or(value);
        if is_name(name) {
            parameters.push(Parameter { name, value });
        } else if name.contains('"') {
            faults.push(Fault::Quotes { parameter });
            continue;
        } else {
            faults.push(Fault::Name { parameter });
        }
        if value.contains('"') {
            faults.push(Fault::Quotes { parameter });
        }
    }
    (parameters, faults)
}

/// True for names as the kernel's own are made.
pub(crate) fn is_name(text: &str) -> bool {
    let start = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().next().is_some_and(start)
        && text
            .bytes()
            .all(|byte| start(byte) || b"-.".contains(&byte))
}

/// Blanks and quotes belong to the grammar, whatever is wrong with their places.
fn is_known(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_.,:/@+-=%~[]*! \"".contains(character)
}

/// Splits at blanks outside of quotes, as the kernel does: a quote starts and ends anywhere.
fn split(line: &str) -> Vec<&str> {
    let mut quoted = false;
    line.split(|character: char| {
        quoted ^= character == '"';
        character == ' ' && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, names: &[&str], faults: &[Fault]) {
        let (parameters, found) = read(line);
        let read: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
        assert_eq!(
            (read.as_slice(), found.as_slice()),
            (names, faults),
            "{line:?}"
        );
    }

    fn character(parameter: usize, code: &str) -> Fault {
        let code = code.to_owned();
        Fault::Character { parameter, code }
    }

    #[test]
    fn parameters_are_read() {
        check("", &[], &[]);
        check(
            "nofb nomodeset vga=normal",
            &["nofb", "nomodeset", "vga"],
            &[],
        );
        check("console=ttyS0,115200n8 %default%", &["console"], &[]);
        check(r#"a="b c" d="e""#, &["a", "d"], &[]);
        check("ip=[fd00::1]:a=b", &["ip"], &[]);
        check("a=", &["a"], &[]);
    }

    #[test]
    fn quotes_are_no_part_of_a_value() {
        let (parameters, _) = read(r#"a="b c" d=e f"#);
        let values: Vec<_> = parameters.iter().map(|parameter| parameter.value).collect();
        assert_eq!(values, ["b c", "e", ""]);
    }

    #[test]
    fn everything_else_is_a_fault() {
        check(
            "a\nb",
            &[],
            &[character(1, "U+000A"), Fault::Name { parameter: 1 }],
        );
        check("a=b\0", &["a"], &[character(1, "U+0000")]);
        check("a=$(id)", &["a"], &[character(1, "U+0024")]);
        check("a b=ü", &["a", "b"], &[character(2, "U+00FC")]);
        check(" a", &["a"], &[Fault::Blank { parameter: 1 }]);
        check("a  b", &["a", "b"], &[Fault::Blank { parameter: 2 }]);
        check("a ", &["a"], &[Fault::Blank { parameter: 2 }]);
        check("=a", &[], &[Fault::Name { parameter: 1 }]);
        check("a -- b", &["a", "b"], &[Fault::Name { parameter: 2 }]);
        check("-b", &[], &[Fault::Name { parameter: 1 }]);
        check(r#""init=/bin/sh""#, &[], &[Fault::Quotes { parameter: 1 }]);
        check(r#"in"it=/bin/sh""#, &[], &[Fault::Quotes { parameter: 1 }]);
        check(r#"a="b"#, &["a"], &[Fault::Quotes { parameter: 1 }]);
        check(r#"a="b"c"#, &["a"], &[Fault::Quotes { parameter: 1 }]);
        check(r#"a=""b""#, &["a"], &[Fault::Quotes { parameter: 1 }]);
        check(r#"a="b" "c"#, &["a"], &[Fault::Quotes { parameter: 2 }]);
    }

    /// The names a kernel finds, by its `next_arg`: quotes anywhere keep blanks together, and one
    /// in front of an argument is dropped.
    fn by_the_kernel(line: &str) -> Vec<String> {
        let mut names = Vec::new();
        let mut rest = line.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
        while !rest.is_empty() {
            let (mut quoted, mut end) = (false, rest.len());
            for (index, character) in rest.char_indices() {
                if character.is_ascii_whitespace() && !quoted {
                    end = index;
                    break;
                }
                quoted ^= character == '"';
            }
            let (argument, behind) = rest.split_at(end);
            let argument = argument.strip_prefix('"').unwrap_or(argument);
            names.push(argument.split('=').next().unwrap_or_default().to_owned());
            rest = behind.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
        }
        names
    }

    proptest! {
        #[test]
        fn a_line_without_faults_is_what_the_kernel_sees(
            line in "([a-c=\" .-]|%default%|init|\\PC|[\n\t\0]){0,24}",
        ) {
            let (parameters, faults) = read(&line);
            if faults.is_empty() {
                let names: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
                let mut seen = by_the_kernel(&line);
                seen.retain(|name| name != DEFAULT);
                prop_assert_eq!(names, seen);
                let allowed = |c: char| c == ' ' || c.is_ascii_graphic() && !"$;&|<>()`'\\{}#?^".contains(c);
                prop_assert!(line.chars().all(allowed));
            }
        }
    }
}
