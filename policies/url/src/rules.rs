//! Every rule of the policy, and the finding each fault of a URL leads to.

use crate::judgement::{Accepted, Fault, LONGEST};
use portcullis_guest::{Finding, Rule};

pub(crate) const FORM: Rule = Rule::error(
    "URL-FORM",
    "A field that names an image, a server or a controller holds a URL, an id of the image \
     service or an address, as the field asks for; never a path or anything but text.",
);
pub(crate) const SYNTAX: Rule = Rule::error(
    "URL-SYNTAX",
    "A URL has at most 2048 characters, all of them printable ASCII but the backslash, and hides \
     no control characters by percent-encoding: programs read anything else in different ways.",
);
pub(crate) const FILE: Rule = Rule::error(
    "URL-FILE",
    "Never a file of the machine Ironic runs on. No setting changes that.",
);
pub(crate) const SCHEME: Rule =
    Rule::error("URL-SCHEME", "The schemes in the settings, and no other.");
pub(crate) const USERINFO: Rule = Rule::error(
    "URL-USERINFO",
    "No user or password in a URL: Ironic stores it and shows it to everybody who may see the node.",
);
pub(crate) const CREDENTIAL: Rule = Rule::error(
    "URL-CREDENTIAL",
    "No signature, token or password in the query of a URL, for the same reason.",
);
pub(crate) const HOST: Rule = Rule::error(
    "URL-HOST",
    "A URL has a host: a name of ASCII letters, digits, hyphens and dots, or an address.",
);
pub(crate) const NOTATION: Rule = Rule::error(
    "URL-NOTATION",
    "Addresses are written in their usual notation: octal, hexadecimal, shortened and embedded \
     ones serve to get past a check.",
);
pub(crate) const ADDRESS: Rule = Rule::error(
    "URL-ADDRESS",
    "Without a list of hosts, only public addresses: Ironic fetches URLs from within its own \
     network, where loopback, private and metadata addresses lead to its neighbours.",
);
pub(crate) const NAME: Rule = Rule::error(
    "URL-NAME",
    "Without a list of hosts, only public names: no single labels, no domains that are resolved \
     within a network, and none that answer with an address of the asker's choice.",
);
pub(crate) const UNLISTED: Rule = Rule::error(
    "URL-UNLISTED",
    "With a list of hosts in the settings, no other host.",
);
pub(crate) const PORT: Rule = Rule::error(
    "URL-PORT",
    "A port in a URL is one of those in the settings, or stands beside its host in the list.",
);

/// The finding for a fault of the value at `place`, which messages call `label`.
pub(crate) fn finding(fault: Fault, place: &str, label: &str, admitted: &Accepted<'_>) -> Finding {
    let (rule, found, hint) = match fault {
        Fault::NoUrl => (FORM, "no URL".to_owned(), schemes(admitted)),
        Fault::NoAuthority => (FORM, "a URL without `//`".to_owned(), schemes(admitted)),
        Fault::Length(length) => {
            let hint = format!("at most {LONGEST}");
            (SYNTAX, format!("a URL of {length} bytes"), hint)
        }
        Fault::Control => {
            let hint = "a URL without control characters, also as percent-encoding";
            (SYNTAX, "control characters".to_owned(), hint.to_owned())
        }
        Fault::Characters => {
            let hint = "printable ASCII, and percent-encoding for the rest";
            let found = "blanks, backslashes or characters beyond ASCII";
            (SYNTAX, found.to_owned(), hint.to_owned())
        }
        Fault::File => (FILE, "a local file".to_owned(), schemes(admitted)),
        Fault::Scheme => (SCHEME, "another scheme".to_owned(), schemes(admitted)),
        Fault::UserInfo => {
            let hint = "a URL without anything before the host";
            (USERINFO, "a user or password".to_owned(), hint.to_owned())
        }
        Fault::QueryCredential => {
            let hint = "a query without signatures, tokens and passwords";
            let found = "a credential in the query";
            (CREDENTIAL, found.to_owned(), hint.to_owned())
        }
        Fault::Host(_) => {
            let hint = "a host name of ASCII letters, or an address; IPv6 in brackets";
            (HOST, "no host that can be read".to_owned(), hint.to_owned())
        }
        Fault::NoPort => {
            let hint = "a number up to 65535 behind the host, or nothing";
            (HOST, "no port number".to_owned(), hint.to_owned())
        }
        Fault::Notation => {
            let hint = "IPv4 as four decimal numbers";
            let found = "an address in an unusual notation";
            (NOTATION, found.to_owned(), hint.to_owned())
        }
        Fault::Address(purpose) => {
            let hint = "a public host, or one that an operator lists in the settings";
            (ADDRESS, purpose.name().to_owned(), hint.to_owned())
        }
        Fault::InternalName => {
            let hint = "a public host, or one that an operator lists in the settings";
            (
                NAME,
                "a name that is not public".to_owned(),
                hint.to_owned(),
            )
        }
        Fault::Unlisted => {
            let hint = "a host that an operator lists in the settings";
            (
                UNLISTED,
                "a host that is not listed".to_owned(),
                hint.to_owned(),
            )
        }
        Fault::Port(port) => (PORT, format!("port {port}"), ports(admitted)),
    };
    rule.at(place, format!("`{label}` holds {found}"))
        .with_hint(hint)
}

fn schemes(admitted: &Accepted<'_>) -> String {
    let schemes: Vec<_> = admitted
        .schemes
        .iter()
        .map(|scheme| format!("{scheme}://"))
        .collect();
    format!("a URL with {}", schemes.join(" or "))
}

fn ports(admitted: &Accepted<'_>) -> String {
    let range = |&(first, last): &(u16, u16)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    let ranges: Vec<_> = admitted.ports.iter().map(range).collect();
    if ranges.is_empty() {
        "no port".to_owned()
    } else {
        ranges.join(", ")
    }
}
