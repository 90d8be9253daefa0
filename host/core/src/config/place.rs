//! Where in which file something stands, so that an error can say so.

use std::fmt;
use std::sync::Arc;

/// A line of a file, shown as `portcullis.toml:12`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file as the operator named it, or a name for what is not a file.
    pub file: Arc<str>,
    /// The line, counted from 1; none for the file as a whole.
    pub line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}
