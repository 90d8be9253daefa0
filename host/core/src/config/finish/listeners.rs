//! `[[listen]]`: one place each, TLS complete, no place twice.

use super::super::draft::ListenDraft;
use super::super::error::Fault;
use super::super::found::quoted;
use super::super::read::{Entry, Reader};
use super::super::sections::{Bind, Listener, TlsPaths};
use super::{one_of, repeated, unexpected};

/// All listeners; the one that is there by default when none is given.
pub(super) fn finish_listeners(
    entries: Option<Vec<Entry<ListenDraft>>>,
    reader: &mut Reader<'_>,
) -> Vec<Listener> {
    let Some(entries) = entries else {
        return vec![Listener::default()];
    };
    let mut listeners: Vec<(String, Listener)> = Vec::new();
    for Entry { name, draft } in entries {
        let Some(listener) = finish_one(&name, draft, reader) else {
            continue;
        };
        let same = |(_, other): &&(String, Listener)| is_same_place(&other.bind, &listener.bind);
        if let Some((first, _)) = listeners.iter().find(same) {
            let (key, found) = match &listener.bind {
                Bind::Address(address) => ("address", quoted(&address.to_string())),
                Bind::Unix { path, .. } => ("unix", quoted(&path.display().to_string())),
            };
            repeated(
                reader,
                format!("{name}.{key}"),
                found,
                &format!("{first}.{key}"),
            );
        }
        listeners.push((name, listener));
    }
    listeners
        .into_iter()
        .map(|(_, listener)| listener)
        .collect()
}

/// Port 0 is another port every time.
fn is_same_place(one: &Bind, other: &Bind) -> bool {
    match (one, other) {
        (Bind::Address(one), Bind::Address(other)) => one == other && one.port() != 0,
        (Bind::Unix { path: one, .. }, Bind::Unix { path: other, .. }) => one == other,
        (Bind::Address(_), Bind::Unix { .. }) | (Bind::Unix { .. }, Bind::Address(_)) => false,
    }
}

fn finish_one(name: &str, draft: ListenDraft, reader: &mut Reader<'_>) -> Option<Listener> {
    let given = |reader: &Reader<'_>, key: &str| reader.line_of(&format!("{name}.{key}")).is_some();
    let (address_given, unix_given) = (given(reader, "address"), given(reader, "unix"));
    if address_given == unix_given {
        let found = if unix_given { "both" } else { "neither" };
        unexpected(reader, name, found.into(), one_of("`address` and `unix`"));
    }
    if given(reader, "unix_mode") && !unix_given {
        alone(reader, name, "unix_mode", "unix");
    }
    if given(reader, "tls") && unix_given {
        let accepted = String::from("TLS only with `address`");
        unexpected(
            reader,
            &format!("{name}.tls"),
            "it with `unix`".into(),
            accepted,
        );
    }
    let (certificate, key) = (
        given(reader, "tls.certificate_file"),
        given(reader, "tls.key_file"),
    );
    match (certificate, key) {
        (true, false) => alone(reader, name, "tls.certificate_file", "tls.key_file"),
        (false, true) => alone(reader, name, "tls.key_file", "tls.certificate_file"),
        (true, true) => {}
        (false, false) if given(reader, "tls.client_ca_file") => {
            alone(reader, name, "tls.client_ca_file", "tls.certificate_file");
        }
        (false, false) if given(reader, "tls") => {
            let accepted = String::from("`certificate_file` and `key_file`");
            unexpected(reader, &format!("{name}.tls"), "neither".into(), accepted);
        }
        (false, false) => {}
    }
    let bind = match (draft.address, draft.unix) {
        (Some(address), _) => Bind::Address(address),
        (None, Some(path)) => Bind::Unix {
            path,
            mode: draft.unix_mode.0,
        },
        (None, None) => return None,
    };
    let tls = draft
        .certificate_file
        .zip(draft.key_file)
        .map(|(certificate_file, key_file)| TlsPaths {
            certificate_file,
            key_file,
            client_ca_file: draft.client_ca_file,
        });
    Some(Listener {
        bind,
        tls,
        identity_headers: draft.identity_headers,
    })
}

fn alone(reader: &mut Reader<'_>, entry: &str, key: &str, needs: &'static str) {
    let key = format!("{entry}.{key}");
    reader.report(reader.line_of(&key), Fault::Alone { key, needs });
}
