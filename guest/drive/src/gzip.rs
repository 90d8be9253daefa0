//! Gzip (RFC 1952) that every reader takes for the same bytes, inflated up to a limit.
//!
//! Readers differ in what they do behind the first member: some go on, some stop, some complain.
//! So a member is inflated by itself and its end is told; what follows is for the caller to judge.

use crate::source::Source;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};
use thiserror::Error;

/// What two bytes every member begins with.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// No deflate stream grows by more: 258 bytes from two bits.
const MOST_GROWTH: usize = 1032;

/// Smallest buffer to inflate into.
const BUFFER_BYTES: usize = 64 * 1024;

/// How much is asked of a source at a time. No header is longer.
const PIECE_BYTES: usize = 192 * 1024;

const FIXED_HEADER_BYTES: usize = 10;
const TRAILER_BYTES: usize = 8;

const FLAG_HEADER_CHECKSUM: u8 = 0x02;
const FLAG_EXTRA: u8 = 0x04;
const FLAG_NAME: u8 = 0x08;
const FLAG_COMMENT: u8 = 0x10;
const RESERVED_FLAGS: u8 = 0xe0;

/// One member, inflated.
#[derive(Debug, PartialEq, Eq)]
pub struct Member {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Its length in the stream, header and trailer included.
    pub length: u64,
}

/// Why bytes are not one sound gzip member.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum GzipError {
    /// They do not begin as a member does.
    #[error("no gzip stream")]
    Magic,
    /// The header has an unknown method, reserved flags, or does not end.
    #[error("a gzip header that cannot be read")]
    Header,
    /// The stream ends early.
    #[error("a gzip stream that ends early, after {inflated} inflated bytes")]
    Truncated {
        /// Bytes inflated until then.
        inflated: usize,
    },
    /// The deflate stream makes no sense.
    #[error("a deflate stream that cannot be read, after {inflated} inflated bytes")]
    Deflate {
        /// Bytes inflated until then.
        inflated: usize,
    },
    /// It holds more than the limit.
    #[error("a gzip stream that was stopped after {inflated} inflated bytes")]
    TooLarge {
        /// Bytes inflated until then.
        inflated: usize,
    },
    /// The checksum is of other bytes.
    #[error("a gzip stream with a wrong checksum, {inflated} bytes inflated")]
    Checksum {
        /// Bytes inflated.
        inflated: usize,
    },
    /// The length in the trailer is of other bytes.
    #[error("a gzip stream with a wrong length in its trailer, {inflated} bytes inflated")]
    Length {
        /// Bytes inflated.
        inflated: usize,
    },
}

impl GzipError {
    /// Bytes that were inflated before it was found.
    pub fn inflated(&self) -> usize {
        match *self {
            Self::Magic | Self::Header => 0,
            Self::Truncated { inflated }
            | Self::Deflate { inflated }
            | Self::TooLarge { inflated }
            | Self::Checksum { inflated }
            | Self::Length { inflated } => inflated,
        }
    }
}

/// Inflates the member that `stream` begins with, to at most `limit` bytes.
///
/// # Errors
///
/// It is not a sound member, or it holds more than `limit` bytes. Never inflates further than that.
pub fn member<S: Source + ?Sized>(stream: &S, limit: usize) -> Result<Member, GzipError> {
    let header = header_bytes(&stream.read(0, PIECE_BYTES))? as u64;
    let mut inflating = Inflating {
        stream,
        read: header,
        output: vec![0; expected_size(stream, limit).saturating_add(1)],
        written: 0,
        checksum: crc32fast::Hasher::new(),
    };
    inflating.run(limit)?;
    let Inflating {
        read,
        mut output,
        written: inflated,
        checksum,
        ..
    } = inflating;
    let trailer = stream.read(read, TRAILER_BYTES);
    let Some(&[a, b, c, d, e, f, g, h]) = trailer.first_chunk::<TRAILER_BYTES>() else {
        return Err(GzipError::Truncated { inflated });
    };
    if checksum.finalize() != u32::from_le_bytes([a, b, c, d]) {
        return Err(GzipError::Checksum { inflated });
    }
    // The length is counted modulo 2^32.
    if inflated as u32 != u32::from_le_bytes([e, f, g, h]) {
        return Err(GzipError::Length { inflated });
    }
    output.truncate(inflated);
    Ok(Member {
        bytes: output,
        length: read + TRAILER_BYTES as u64,
    })
}

fn header_bytes(stream: &[u8]) -> Result<usize, GzipError> {
    if !stream.starts_with(&MAGIC) {
        return Err(GzipError::Magic);
    }
    let Some([_, _, 8, flags, ..]) = stream.first_chunk::<FIXED_HEADER_BYTES>() else {
        return Err(GzipError::Header);
    };
    if flags & RESERVED_FLAGS != 0 {
        return Err(GzipError::Header);
    }
    let mut length = FIXED_HEADER_BYTES;
    let rest = |from: usize| stream.get(from..).ok_or(GzipError::Header);
    if flags & FLAG_EXTRA != 0 {
        let size = rest(length)?.first_chunk().ok_or(GzipError::Header)?;
        length += 2 + usize::from(u16::from_le_bytes(*size));
    }
    for flag in [FLAG_NAME, FLAG_COMMENT] {
        if flags & flag != 0 {
            let end = rest(length)?.iter().position(|&byte| byte == 0);
            length += end.ok_or(GzipError::Header)? + 1;
        }
    }
    if flags & FLAG_HEADER_CHECKSUM != 0 {
        let found = rest(length)?.first_chunk().ok_or(GzipError::Header)?;
        let header = stream.get(..length).ok_or(GzipError::Header)?;
        if crc32fast::hash(header) as u16 != u16::from_le_bytes(*found) {
            return Err(GzipError::Header);
        }
        length += 2;
    }
    rest(length).map(|_| length)
}

/// What the last four bytes say the size is, as far as that can be true: saves growing the buffer.
fn expected_size<S: Source + ?Sized>(stream: &S, limit: usize) -> usize {
    const SIZE_BYTES: u64 = 4;
    let length = stream.length();
    let last = stream.read(length.saturating_sub(SIZE_BYTES), SIZE_BYTES as usize);
    let size = last
        .first_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    let possible = usize::try_from(length).unwrap_or(usize::MAX);
    if size > limit || size > possible.saturating_mul(MOST_GROWTH) {
        BUFFER_BYTES
    } else {
        size
    }
}

/// A deflate stream on its way.
struct Inflating<'a, S: ?Sized> {
    stream: &'a S,
    /// Bytes of the stream that were used.
    read: u64,
    /// One byte longer than what is expected, so that the end is seen without growing.
    output: Vec<u8>,
    written: usize,
    checksum: crc32fast::Hasher,
}

impl<S: Source + ?Sized> Inflating<'_, S> {
    fn run(&mut self, limit: usize) -> Result<(), GzipError> {
        let mut state = Box::<DecompressorOxide>::default();
        loop {
            let piece = self.stream.read(self.read, PIECE_BYTES);
            let is_last = self.read + piece.len() as u64 >= self.stream.length();
            let mut input = &*piece;
            loop {
                let status = self.step(&mut state, &mut input, is_last);
                let inflated = self.written;
                if inflated > limit {
                    return Err(GzipError::TooLarge { inflated });
                }
                match status {
                    TINFLStatus::Done => return Ok(()),
                    TINFLStatus::HasMoreOutput => self.grow(limit),
                    TINFLStatus::NeedsMoreInput if !is_last => break,
                    TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => {
                        return Err(GzipError::Truncated { inflated });
                    }
                    _ => return Err(GzipError::Deflate { inflated }),
                }
            }
        }
    }

    fn step(
        &mut self,
        state: &mut DecompressorOxide,
        input: &mut &[u8],
        is_last: bool,
    ) -> TINFLStatus {
        let mut flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        if !is_last {
            flags |= TINFL_FLAG_HAS_MORE_INPUT;
        }
        let (status, took, gave) = decompress(state, input, &mut self.output, self.written, flags);
        *input = input.get(took..).unwrap_or_default();
        self.read += took as u64;
        let end = self.written + gave;
        // While it is still in the processor's cache.
        self.checksum
            .update(self.output.get(self.written..end).unwrap_or_default());
        self.written = end;
        status
    }

    fn grow(&mut self, limit: usize) {
        let doubled = self.output.len().max(BUFFER_BYTES).saturating_mul(2);
        let size = doubled.min(limit.saturating_add(1));
        self.output.resize(size.max(self.output.len() + 1), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `bytes` as one member.
    fn compress(bytes: &[u8]) -> Vec<u8> {
        let mut stream = Vec::from(MAGIC);
        stream.extend_from_slice(&[8, 0, 0, 0, 0, 0, 0, 255]);
        stream.extend_from_slice(&miniz_oxide::deflate::compress_to_vec(bytes, 6));
        stream.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
        stream.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        stream
    }

    #[test]
    fn what_is_compressed_is_inflated_whatever_the_size() {
        for size in [0, 1, 1000, BUFFER_BYTES, BUFFER_BYTES + 1, 3 << 20] {
            let bytes: Vec<u8> = (0..size).map(|byte| (byte % 251) as u8).collect();
            let stream = compress(&bytes);
            let length = stream.len() as u64;
            assert_eq!(
                member(&*stream, 4 << 20),
                Ok(Member { bytes, length }),
                "{size}"
            );
        }
    }

    #[test]
    fn a_limit_is_exact() {
        let stream = compress(&vec![7; 100_000]);
        assert!(member(&*stream, 100_000).is_ok());
        assert_eq!(
            member(&*stream, 99_999),
            Err(GzipError::TooLarge { inflated: 100_000 })
        );
    }

    #[test]
    fn a_bomb_is_stopped_at_the_limit_and_one_byte() {
        let stream = compress(&vec![0; 20 << 20]);
        assert_eq!(
            member(&*stream, 1 << 20),
            Err(GzipError::TooLarge {
                inflated: (1 << 20) + 1
            })
        );
    }

    #[test]
    fn a_trailer_that_lies_costs_no_memory_and_is_found() {
        let mut stream = compress(b"abc");
        let at = stream.len() - 4;
        stream[at..].copy_from_slice(&(60_u32 << 20).to_le_bytes());
        assert_eq!(expected_size(&*stream, 64 << 20), BUFFER_BYTES);
        assert_eq!(
            member(&*stream, 64 << 20),
            Err(GzipError::Length { inflated: 3 })
        );
        let mut stream = compress(&vec![1; 300_000]);
        let at = stream.len() - 4;
        stream[at..].copy_from_slice(&5_u32.to_le_bytes());
        assert_eq!(
            member(&*stream, 64 << 20),
            Err(GzipError::Length { inflated: 300_000 })
        );
    }

    #[test]
    fn damage_is_told_apart() {
        let stream = compress(b"some bytes, some bytes");
        let mut checksum = stream.clone();
        let at = stream.len() - 8;
        checksum[at] ^= 1;
        assert_eq!(
            member(&*checksum, 100),
            Err(GzipError::Checksum { inflated: 22 })
        );
        assert_eq!(member(&b"PK"[..], 100), Err(GzipError::Magic));
        assert_eq!(member(&stream[..8], 100), Err(GzipError::Header));
        let mut flags = stream.clone();
        flags[3] = 0x80;
        assert_eq!(member(&*flags, 100), Err(GzipError::Header));
        for end in FIXED_HEADER_BYTES..stream.len() {
            let error = member(&stream[..end], 100);
            assert!(
                matches!(error, Err(GzipError::Truncated { .. })),
                "{end}: {error:?}"
            );
        }
    }

    #[test]
    fn a_member_ends_where_it_ends() {
        let mut stream = compress(b"first");
        let length = stream.len() as u64;
        stream.extend_from_slice(b"second");
        assert_eq!(
            member(&*stream, 100).map(|member| member.length),
            Ok(length)
        );
    }
}
