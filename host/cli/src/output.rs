//! The only place of the command that writes to standard output and standard error.
//!
//! Colours appear only on a terminal, and never when `NO_COLOR` is set. A reader that went away
//! (`portcullis ... | head`) is no error.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

/// For what was let through.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// For what was refused, and errors.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// For what wants attention.
pub const NOTE: Style = AnsiColor::Yellow.on_default().bold();
/// For what helps the eye only.
pub const DIM: Style = Style::new().dimmed();

/// Prints one line to standard output and hands it over at once.
///
/// # Errors
/// When the line could not be written; a closed pipe is not an error.
pub fn line(text: impl Display) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    let written = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints an error and what led to it, one line, to standard error.
pub fn error(error: &anyhow::Error) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(anstream::stderr().lock(), "{BAD}error:{BAD:#} {error:#}");
}

/// Says something on standard error that is no error.
pub fn note(text: &str) {
    // As with an error.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Takes back so many lines of standard error, which has to be a terminal.
pub fn take_back(lines: usize) {
    // Up, to the first column, and clear to the end of the screen (ECMA-48: CUU, CR, ED).
    let _ = write!(anstream::stderr().lock(), "\u{1b}[{lines}A\r\u{1b}[J");
}
