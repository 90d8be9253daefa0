//! An error and what led to it, in one line.

use std::error::Error;
use std::fmt;

/// Shows an error with its causes, each after a colon. Whether that may be shown is for whoever
/// shows it to know.
#[derive(Clone, Copy)]
pub struct Chain<'a>(pub &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn causes_follow() {
        let error = Outer("x".parse::<u8>().unwrap_err());
        assert_eq!(
            Chain(&error).to_string(),
            "outer: invalid digit found in string"
        );
    }
}
