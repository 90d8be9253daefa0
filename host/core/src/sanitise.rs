//! What keeps secrets out of logs, errors and answers.
//!
//! Two things follow each other wherever text leaves Portcullis. [`Sanitizers`] are guests that
//! know what secrets look like; they can take away and nothing else, which the host checks. The
//! floor ([`KnownSecrets`]) knows the secrets of a request themselves: it needs no pattern to find
//! them again, whatever the shape of the text, and no guest can put one back past it.
//!
//! Whatever cannot be looked through is withheld, and texts are looked through before they are cut.

mod encodings;
mod known;
mod request;
mod stream;

pub use known::{KnownSecrets, MARKER};
pub(crate) use request::carriers;
pub use stream::MaskStream;
