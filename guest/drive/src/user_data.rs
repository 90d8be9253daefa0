//! What kind of thing user data is: told, as nodes tell it, by how it begins.

/// The kinds of user data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserDataKind {
    /// Nothing, or only white space.
    Empty,
    /// Cloud-config, YAML below a line that says so.
    CloudConfig,
    /// A YAML list of parts.
    CloudConfigArchive,
    /// A JSON patch of cloud-config.
    CloudConfigJsonPatch,
    /// A script that runs early, at each boot.
    BootHook,
    /// Python that handles parts of other kinds.
    PartHandler,
    /// URLs of more user data.
    Include,
    /// A script with an interpreter line.
    Script,
    /// A script for Windows.
    PowerShell,
    /// A template of any of the others.
    Jinja,
    /// A MIME message, in most cases of several parts.
    Mime,
    /// The JSON that Ignition reads.
    Ignition,
    /// A gzip stream of any of the others.
    Gzip,
    /// Instructions for an installer.
    Kickstart,
    /// Anything else.
    Unknown,
}

/// How much of a text is looked at.
const LOOK_BYTES: usize = 4096;

/// How much of it is looked at first, for first words.
const FIRST_BYTES: usize = 64;

/// First words, longest of a kind first. Nodes compare without case and skip blanks before.
const FIRST_WORDS: &[(&str, UserDataKind)] = &[
    ("## template: jinja", UserDataKind::Jinja),
    ("#cloud-config-archive", UserDataKind::CloudConfigArchive),
    ("#cloud-config-jsonp", UserDataKind::CloudConfigJsonPatch),
    ("#cloud-config", UserDataKind::CloudConfig),
    ("#cloud-boothook", UserDataKind::BootHook),
    ("#part-handler", UserDataKind::PartHandler),
    ("#include", UserDataKind::Include),
    ("#ps1_sysnative", UserDataKind::PowerShell),
    ("#ps1", UserDataKind::PowerShell),
    ("rem cmd", UserDataKind::PowerShell),
    ("<powershell>", UserDataKind::PowerShell),
    ("#!", UserDataKind::Script),
    ("#version=", UserDataKind::Kickstart),
];

impl UserDataKind {
    /// The kind of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(&crate::gzip::MAGIC) {
            return Self::Gzip;
        }
        if let Some(kind) = by_first_word(&lower(bytes.trim_ascii_start(), FIRST_BYTES)) {
            return kind;
        }
        let head = lower(bytes, LOOK_BYTES);
        let text = head.trim_start();
        if text.is_empty() && bytes.trim_ascii().is_empty() {
            return Self::Empty;
        }
        if let Some(kind) = by_first_word(text) {
            return kind;
        }
        if text.starts_with('{') && text.contains("\"ignition\"") {
            return Self::Ignition;
        }
        if is_mime(text) {
            return Self::Mime;
        }
        if text.lines().any(|line| line.trim_end() == "%packages") {
            return Self::Kickstart;
        }
        Self::Unknown
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "nothing",
            Self::CloudConfig => "cloud-config",
            Self::CloudConfigArchive => "a cloud-config archive",
            Self::CloudConfigJsonPatch => "a JSON patch of cloud-config",
            Self::BootHook => "a boothook",
            Self::PartHandler => "a part handler",
            Self::Include => "an include list",
            Self::Script => "a script",
            Self::PowerShell => "a script for Windows",
            Self::Jinja => "a jinja template",
            Self::Mime => "a MIME message",
            Self::Ignition => "an Ignition configuration",
            Self::Gzip => "a gzip stream",
            Self::Kickstart => "a kickstart file",
            Self::Unknown => "nothing known",
        }
    }
}

/// The first bytes of a text, in lower case.
fn lower(bytes: &[u8], length: usize) -> String {
    String::from_utf8_lossy(bytes.get(..length).unwrap_or(bytes)).to_lowercase()
}

fn by_first_word(text: &str) -> Option<UserDataKind> {
    let text = text.trim_start();
    let mut words = FIRST_WORDS.iter();
    words
        .find(|(word, _)| text.starts_with(word))
        .map(|(_, kind)| *kind)
}

/// Whether the lower-case `text` begins with headers, one of which is MIME's.
fn is_mime(text: &str) -> bool {
    let mut mime = false;
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        let is_header = line.starts_with([' ', '\t'])
            || line.starts_with("from ")
            || line.split_once(':').is_some_and(|(name, _)| {
                !name.is_empty()
                    && name
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
        if !is_header {
            return false;
        }
        mime |= line.starts_with("content-type:") || line.starts_with("mime-version:");
    }
    mime
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_the_beginning() {
        let check = |text: &str, expected| {
            assert_eq!(UserDataKind::of(text.as_bytes()), expected, "{text}")
        };
        check("", UserDataKind::Empty);
        check(" \n\t", UserDataKind::Empty);
        check("#cloud-config\na: 1", UserDataKind::CloudConfig);
        check("\n #Cloud-Config\na: 1", UserDataKind::CloudConfig);
        let far_off = "\u{2003}".repeat(100) + "#cloud-config";
        check(&far_off, UserDataKind::CloudConfig);
        check(
            "#cloud-config-archive\n- a",
            UserDataKind::CloudConfigArchive,
        );
        check(
            "#cloud-config-jsonp\n[]",
            UserDataKind::CloudConfigJsonPatch,
        );
        check("#!/bin/sh\n", UserDataKind::Script);
        check("#include\nhttp://x", UserDataKind::Include);
        check("#include-once\nhttp://x", UserDataKind::Include);
        check("#part-handler\n", UserDataKind::PartHandler);
        check("#cloud-boothook\n", UserDataKind::BootHook);
        check("## template: jinja\n#cloud-config\n", UserDataKind::Jinja);
        check(
            "{\"ignition\": {\"version\": \"3.4.0\"}}",
            UserDataKind::Ignition,
        );
        check("{\"other\": 1}", UserDataKind::Unknown);
        check(
            "Content-Type: multipart/mixed; boundary=\"x\"\nMIME-Version: 1.0\n\n--x",
            UserDataKind::Mime,
        );
        check("key: value\nother: value", UserDataKind::Unknown);
        check("#version=RHEL9\n", UserDataKind::Kickstart);
        check("lang en\n%packages\n%end\n", UserDataKind::Kickstart);
        check("hello", UserDataKind::Unknown);
        assert_eq!(UserDataKind::of(&[0x1f, 0x8b, 8]), UserDataKind::Gzip);
        assert_eq!(UserDataKind::of(&[0xff, 0xfe, 0x00]), UserDataKind::Unknown);
    }
}
