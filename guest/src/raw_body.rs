//! The request's body as it was received. Needs the capability `raw-body`.
//!
//! For what no declared field shows: the order of keys, or how a number is written. In native
//! tests it is the body of the case.

/// The whole body; empty when the request has none.
///
/// It takes as much of the validator's memory as it is long: a policy that asks for it needs a
/// memory limit to match.
pub fn read() -> Vec<u8> {
    source::read()
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use source::put;

#[cfg(target_arch = "wasm32")]
mod source {
    use crate::bindings::portcullis::policy::raw_body;

    /// Bytes asked for at a time.
    const PIECE_BYTES: u32 = 64 * 1024;

    pub(super) fn read() -> Vec<u8> {
        let length = usize::try_from(raw_body::length()).unwrap_or_default();
        let mut body = Vec::with_capacity(length);
        while let Ok(piece) = raw_body::read(body.len() as u64, PIECE_BYTES) {
            if piece.is_empty() {
                break;
            }
            body.extend_from_slice(&piece);
        }
        body
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod source {
    use std::cell::RefCell;

    thread_local! {
        static BODY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn read() -> Vec<u8> {
        BODY.with_borrow(Clone::clone)
    }

    /// Says what the body is from now on, in this thread.
    pub(crate) fn put(body: &[u8]) {
        BODY.set(body.to_vec());
    }
}
