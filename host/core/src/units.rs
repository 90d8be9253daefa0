//! Quantities with a unit, so that a plain number never has to say what it counts.
//!
//! Pure.

use std::fmt;
use std::str::FromStr;

/// A number of bytes, written `64KiB`, `16MiB`, `1GiB` or `512B`.
///
/// ```
/// use portcullis::units::ByteSize;
/// let size: ByteSize = "16MiB".parse()?;
/// assert_eq!(size.bytes(), 16 * 1024 * 1024);
/// assert_eq!(size.to_string(), "16MiB");
/// # Ok::<(), portcullis::units::ByteSizeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

/// A text that is not a [`ByteSize`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number with a unit: B, KiB, MiB or GiB")]
pub struct ByteSizeError;

const UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

impl ByteSize {
    /// A size of so many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// A size of so many KiB (1,024 bytes).
    pub const fn from_kib(kib: u64) -> Self {
        Self(kib << 10)
    }

    /// A size of so many MiB (1,048,576 bytes).
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// The size in bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The size in bytes as a length in memory; larger than memory saturates.
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl FromStr for ByteSize {
    type Err = ByteSizeError;

    fn from_str(text: &str) -> Result<Self, ByteSizeError> {
        for (unit, factor) in UNITS {
            if let Some(number) = text.strip_suffix(unit) {
                let number: u64 = number.trim_end().parse().map_err(|_| ByteSizeError)?;
                return number.checked_mul(factor).map(Self).ok_or(ByteSizeError);
            }
        }
        Err(ByteSizeError)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, factor) in UNITS {
            if self.0 >= factor && self.0.is_multiple_of(factor) {
                return write!(f, "{}{unit}", self.0 / factor);
            }
        }
        write!(f, "{}B", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        let check = |text: &str, expected: Result<u64, ByteSizeError>| {
            assert_eq!(
                text.parse::<ByteSize>().map(ByteSize::bytes),
                expected,
                "{text}"
            );
        };
        check("0B", Ok(0));
        check("64KiB", Ok(65_536));
        check("16 MiB", Ok(16 << 20));
        check("2GiB", Ok(2 << 30));
        check("64", Err(ByteSizeError));
        check("64KB", Err(ByteSizeError));
        check("-1KiB", Err(ByteSizeError));
        check("1.5MiB", Err(ByteSizeError));
        check("99999999999999999999B", Err(ByteSizeError));
        check("18446744073709551615GiB", Err(ByteSizeError));
    }

    #[test]
    fn a_size_is_written_in_its_largest_whole_unit() {
        for text in ["64KiB", "1GiB", "1025B", "0B"] {
            assert_eq!(text.parse::<ByteSize>().unwrap().to_string(), text);
        }
    }
}
