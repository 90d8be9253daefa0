//! Masking a text that arrives in pieces.

use super::KnownSecrets;

/// Masks a stream. The same text gives the same output, however it is cut into pieces: what may be
/// the beginning of a secret is held back until it is known not to be one.
#[derive(Debug)]
pub struct MaskStream<'a> {
    known: &'a KnownSecrets,
    held: String,
}

impl<'a> MaskStream<'a> {
    /// Begins a stream.
    pub fn new(known: &'a KnownSecrets) -> Self {
        let held = String::new();
        Self { known, held }
    }

    /// Appends to `out` what is certain so far.
    pub fn push(&mut self, piece: &str, out: &mut String) {
        self.held.push_str(piece);
        let certain = self.known.certain(&self.held);
        let rest = self.held.split_off(certain);
        self.known.mask_inside(&self.held, out);
        self.held = rest;
    }

    /// Ends the stream.
    pub fn finish(self, out: &mut String) {
        out.push_str(&self.known.mask(&self.held));
    }
}
