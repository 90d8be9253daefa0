//! What keeps secrets out of logs, errors and answers.
//!
//! Two things follow each other wherever text leaves Portcullis. [`Sanitizers`] are guests that
//! know what secrets look like; they can take away and nothing else, which the host checks. The
//! floor ([`KnownSecrets`]) knows the secrets of a request themselves: it needs no pattern to find
//! them again, whatever the shape of the text, and no guest can put one back past it.
//!
//! Both fail closed: what cannot be looked through is withheld, and a fixed text that names the
//! reason and the request stands in its place. Texts are looked through before they are cut, and
//! doing it twice changes nothing.
//!
//! | for | there is |
//! | --- | --- |
//! | one text | [`Sanitizers::text`] |
//! | one JSON document, as text or as a value | [`Sanitizers::json`], [`Sanitizers::value`] |
//! | a batch of log records | [`Sanitizers::records`] |
//! | a stream of lines | [`Lines`] |
//! | the log of a program | [`LogSink`] |

mod chain;
mod control;
mod drive;
mod encodings;
mod known;
mod lines;
mod load;
mod reduction;
mod request;
mod sink;
mod stream;
mod withheld;

pub use chain::{Cleaned, Counts, Sanitizers};
pub use drive::mask_tree;
pub(crate) use drive::of_drive_file;
pub use known::{KnownSecrets, MARKER};
pub use lines::Lines;
pub use load::{SanitizerProblem, SanitizersError};
pub(crate) use request::carriers;
pub use sink::{LogSink, LogWriter};
pub use stream::MaskStream;
pub use withheld::Withheld;
