//! Keys of a `[[sanitizer]]`.

use std::time::Duration;

use super::MINUTE;
use crate::config::draft::SanitizerDraft;
use crate::config::key::{Key, Kind};
use crate::units::ByteSize;

const fn sanitizer(
    path: &'static str,
    kind: Kind<SanitizerDraft>,
    doc: &'static str,
) -> Key<SanitizerDraft> {
    Key::new(path, kind, doc)
}

/// Keys of a `[[sanitizer]]`.
pub(in crate::config) const SANITIZER: &[Key<SanitizerDraft>] = &[
    sanitizer(
        "name",
        Kind::Text(|d| &mut d.id),
        "Its name in what stands in the place of a text that it did not answer for; no two \
         sanitizers share one.",
    )
    .needed(),
    sanitizer(
        "source",
        Kind::Text(|d| &mut d.source),
        "A bundled one, or a WebAssembly component in a file.",
    )
    .needed(),
    sanitizer(
        "limits.time",
        Kind::Duration(|d| &mut d.limits.time, Duration::from_millis(1), MINUTE),
        "Time of one call. What it did not get through by then is withheld.",
    ),
    sanitizer(
        "limits.memory",
        Kind::Bytes(
            |d| &mut d.limits.memory,
            ByteSize::from_mib(1),
            ByteSize::from_mib(1024),
        ),
        "Memory of one instance.",
    ),
    sanitizer(
        "settings",
        Kind::Settings(|d| &mut d.settings),
        "The sanitizer's own settings, checked by its schema and then by itself. \
         `portcullis policy inspect` shows the schema.",
    )
    .secret()
    .otherwise("a bundled sanitizer's own; else empty"),
];
