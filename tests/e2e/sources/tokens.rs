//! Which code may name what. Looks at the identifiers of the sources, so comments and texts may
//! say what they like.

use super::*;

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Every identifier, with `use` groups and macros included.
fn identifiers(source: &Source) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit(stream(source), &mut |tree| {
        if let TokenTree::Ident(ident) = tree {
            found.insert(ident.to_string());
        }
    });
    found
}

fn stream(source: &Source) -> TokenStream {
    let parsed = source.text.parse();
    parsed.unwrap_or_else(|error| panic!("{}: {error}", source.path))
}

fn visit(stream: TokenStream, look: &mut impl FnMut(&TokenTree)) {
    for tree in stream {
        look(&tree);
        if let TokenTree::Group(group) = tree {
            visit(group.stream(), look);
        }
    }
}

/// Sources in one of `places`: a directory, or a file and the directory of its modules.
fn is_in(source: &Source, places: &[&str]) -> bool {
    places.iter().any(|place| {
        let rest = source.path.strip_prefix(place);
        rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    })
}

/// Asserts that nobody outside `places` names any of these.
fn only(places: &[&str], names: &[&str], rule: &str) {
    let (inside, outside): (Vec<_>, Vec<_>) = sources(&["rs"])
        .into_iter()
        .partition(|source| is_in(source, places));
    for place in places {
        let is_there = inside.iter().any(|source| is_in(source, &[place]));
        assert!(is_there, "{place} is not there any more");
    }
    assert_none(&naming(&outside, names), rule);
}

fn naming<'a>(sources: impl IntoIterator<Item = &'a Source>, names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let identifiers = identifiers(source);
        let named = names.iter().filter(|name| identifiers.contains(**name));
        found.extend(named.map(|name| format!("{}: `{name}`", source.path)));
    }
    found
}

#[test]
fn only_the_sandbox_names_wasmtime() {
    only(
        &["host/core/src/sandbox"],
        &["wasmtime"],
        "only the sandbox may name wasmtime:",
    );
}

#[test]
fn only_the_sandbox_and_what_keeps_memory_are_unsafe() {
    only(
        &[
            "guest/src",
            "host/cli/src/wiping",
            "host/core/src/memory",
            "host/core/src/sandbox",
            "tests/guests",
        ],
        &["unsafe"],
        "code that must not be unsafe:",
    );
}

#[test]
fn only_driver_and_gateway_use_the_network() {
    let names = [
        "TcpListener",
        "TcpStream",
        "ToSocketAddrs",
        "UdpSocket",
        "UnixDatagram",
        "UnixListener",
        "UnixStream",
        "hyper",
        "hyper_util",
        "tokio_rustls",
    ];
    let places = [
        "host/cli/src/serve",
        "host/core/src/driver",
        "tests",
        "xtask",
    ];
    only(
        &places,
        &names,
        "only the driver and `serve` may use the network:",
    );
}

#[test]
fn what_is_pure_stays_pure() {
    let pure = [
        "host/core/src/json",
        "host/core/src/operation",
        "host/core/src/policy",
        "host/core/src/units",
        "host/core/src/verdict",
    ];
    let names = [
        "Instant",
        "SystemTime",
        "async",
        "await",
        "env",
        "fs",
        "net",
        "process",
        "rand",
        "thread",
        "tokio",
        "tracing",
    ];
    // Addresses are data; what connects to them is elsewhere.
    let with_addresses = ["host/core/src/config_drive"];
    let all = sources(&["rs"]);
    let check = |pure: &[&str], names: &[&str]| {
        let inside = all.iter().filter(|source| is_in(source, pure));
        let inside: Vec<_> = inside.collect();
        for place in pure {
            let is_there = inside.iter().any(|source| is_in(source, &[place]));
            assert!(is_there, "{place} is not there any more");
        }
        assert_none(
            &naming(inside, names),
            "no clock, file, network, task or log in what is pure:",
        );
    };
    check(&pure, &names);
    let names: Vec<_> = names.into_iter().filter(|name| *name != "net").collect();
    check(&with_addresses, &names);
}

/// `Admitted` is what the driver sends. Its field is private, so the compiler lets only
/// `admission` make one; this keeps `admission` from offering another way.
#[test]
fn only_a_gate_makes_what_the_driver_sends() {
    let mut makers = Vec::new();
    for source in sources(&["rs"]) {
        let mut before: Option<String> = None;
        let mut inner = Vec::new();
        flatten(stream(&source), &mut inner);
        for token in inner {
            if before.as_deref() == Some("Admitted") && (token == "(" || token == "{") {
                makers.push(source.path.clone());
            }
            before = Some(token);
        }
    }
    makers.sort();
    makers.dedup();
    assert_eq!(makers, [MAKER]);

    let maker = fs::read_to_string(workspace_root().join(MAKER)).unwrap();
    let (before, declared) = maker.split_once("pub struct Admitted").unwrap();
    let (fields, _) = declared.split_once("\n}").unwrap();
    assert!(!fields.contains("pub"), "its fields are private: {fields}");
    let attributes = before.rsplit("\n\n").next().unwrap();
    assert!(
        !attributes.contains("#["),
        "it derives nothing, neither Clone nor Default"
    );
}

/// The only file that makes it.
const MAKER: &str = "host/core/src/admission/decided.rs";

/// Tokens in order, with the brackets that `TokenStream` keeps as groups.
fn flatten(stream: TokenStream, into: &mut Vec<String>) {
    for tree in stream {
        let TokenTree::Group(group) = tree else {
            into.push(tree.to_string());
            continue;
        };
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        into.push(open.to_owned());
        flatten(group.stream(), into);
        into.push(close.to_owned());
    }
}

#[test]
fn no_test_is_left_out() {
    let mut found = Vec::new();
    for source in sources(&["rs"]) {
        let mut tokens = Vec::new();
        flatten(stream(&source), &mut tokens);
        let ignored = tokens
            .windows(3)
            .any(|window| window[0] == "#" && window[1] == "[" && window[2] == "ignore");
        if ignored || source.text.contains(concat!("```", "ignore")) {
            found.push(source.path);
        }
    }
    assert_none(&found, "tests that are left out:");
}
