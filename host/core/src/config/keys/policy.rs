//! Keys of a policy.

use std::time::Duration;

use super::MINUTE;
use crate::config::draft::PolicyDraft;
use crate::config::key::{Key, Kind};
use crate::units::ByteSize;

const fn policy(
    path: &'static str,
    kind: Kind<PolicyDraft>,
    doc: &'static str,
) -> Key<PolicyDraft> {
    Key::new(path, kind, doc)
}

/// Keys of a `[[policy]]`.
pub(in crate::config) const POLICY: &[Key<PolicyDraft>] = &[
    policy(
        "name",
        Kind::Text(|d| &mut d.id),
        "Its name in findings, records, logs and metrics; no two policies share one.",
    )
    .needed(),
    policy(
        "source",
        Kind::Text(|d| &mut d.source),
        "Its validator: a bundled one, or a WebAssembly component in a file.",
    )
    .needed(),
    policy(
        "mode",
        Kind::Text(|d| &mut d.mode),
        "`enforce`: a denial rejects the request. `audit`: a denial is only recorded.",
    ),
    policy(
        "on_failure",
        Kind::Text(|d| &mut d.on_failure),
        "What becomes of a request when the validator fails to answer, for example because it \
         ran into a limit. `refuse`: it is stopped. `admit`: the other policies decide.",
    ),
    policy(
        "capabilities",
        Kind::Capabilities(|d| &mut d.capabilities),
        "What the validator may do beyond reading the fields it declares. Without one that it \
         asks for it is not loaded.",
    )
    .otherwise("what a bundled policy asks for; none for a file"),
    policy(
        "select.operations",
        Kind::Patterns(|d| &mut d.select.operations),
        "Names of the operations it judges, such as `node.provision.*`.",
    )
    .otherwise("all that the validator declares"),
    policy(
        "select.nodes",
        Kind::Patterns(|d| &mut d.select.nodes),
        "UUIDs or names of the nodes it judges requests about. With it, requests that are about \
         no node are not judged.",
    )
    .otherwise("all requests, about a node or not"),
    policy(
        "select.projects",
        Kind::Patterns(|d| &mut d.select.projects),
        "Ids of the callers' projects whose requests it judges. A request whose project is not \
         known is always judged.",
    )
    .otherwise("all"),
    policy(
        "limits.time",
        Kind::Duration(|d| &mut d.limits.time, Duration::from_millis(1), MINUTE),
        "Time of one evaluation, from taking the request to having the answer.",
    ),
    policy(
        "limits.memory",
        Kind::Bytes(
            |d| &mut d.limits.memory,
            ByteSize::from_kib(64),
            ByteSize::from_mib(1024),
        ),
        "Memory of one evaluation.",
    ),
    policy(
        "limits.table_elements",
        Kind::Integer(|d| &mut d.limits.table_elements, 0, 1_000_000),
        "Elements of each WebAssembly table of the validator.",
    ),
    policy(
        "limits.output",
        Kind::Bytes(
            |d| &mut d.limits.output,
            ByteSize::from_kib(1),
            ByteSize::from_mib(16),
        ),
        "All text of one answer together.",
    ),
    policy(
        "limits.log",
        Kind::Bytes(
            |d| &mut d.limits.log,
            ByteSize::from_bytes(0),
            ByteSize::from_mib(16),
        ),
        "All log lines of one evaluation together.",
    ),
    policy(
        "limits.host_call_bytes",
        Kind::Bytes(
            |d| &mut d.limits.host_call_bytes,
            ByteSize::from_kib(1),
            ByteSize::from_mib(16 << 10),
        ),
        "Bytes that one evaluation may move in calls to the host, in both directions.",
    ),
    policy(
        "settings",
        Kind::Settings(|d| &mut d.settings),
        "The policy's own settings, checked by its schema and then by itself. See \
         [Settings of a policy](#settings-of-a-policy).",
    )
    .secret()
    .otherwise("a bundled policy's own; else empty"),
];
