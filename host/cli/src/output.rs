//! The only place of the command that writes to standard output and standard error.
//!
//! Colours appear only on a terminal, and never when `NO_COLOR` is set. A reader that went away
//! (`portcullis ... | head`) is no error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

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

/// Writes bytes to standard output as they are, and hands them over at once.
///
/// # Errors
/// When they could not be written, which a closed pipe is here: the caller decides what it means.
pub fn bytes(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Prints one line to standard error.
pub fn note(text: impl Display) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Whether a progress line would be seen, and would not stand among the lines that are printed.
pub fn shows_progress() -> bool {
    io::stderr().is_terminal() && !io::stdout().is_terminal()
}

/// Puts this text in the place of the last progress line; an empty one removes it.
pub fn progress(text: &str) {
    // As above.
    let _ = write!(io::stderr().lock(), "\r\x1b[K{text}").and_then(|()| io::stderr().flush());
}

/// Prints an error and what led to it, one line, to standard error.
pub fn error(error: &anyhow::Error) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(anstream::stderr().lock(), "{BAD}error:{BAD:#} {error:#}");
}

/// Takes back so many lines of standard error, which has to be a terminal.
pub fn take_back(lines: usize) {
    // Up, to the first column, and clear to the end of the screen (ECMA-48: CUU, CR, ED).
    let _ = write!(anstream::stderr().lock(), "\u{1b}[{lines}A\r\u{1b}[J");
}

/// Rows and columns of the terminal that standard error is; none where it does not say.
pub fn terminal_size() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stderr()).ok()?;
    let said = |number: u16| (number > 0).then_some(usize::from(number));
    Some((said(size.ws_row)?, said(size.ws_col)?))
}
