//! What a change of the contract's version means for a guest that is already built (see
//! `wit/README.md`).

use std::fs;

use portcullis::json::Document;
use portcullis::operation::{Evidence, Facts, Operation};
use portcullis::request::Request;
use portcullis::sandbox::limits::Limits;
use portcullis::sandbox::{CONTRACT, LoadError, Sandbox, SandboxOptions, Validator};
use portcullis::verdict::{Severity, Verdict};
use portcullis_tests::guests::{self, patched};
use portcullis_tests::{requests, workspace_root};
use sha2::{Digest, Sha256};

/// The guest that is built against the first version of the contract.
const FIRST: &str = "contract-1-0";
/// SHA-256 of the first version: of the files in the guest's `wit/`, in the order of their names.
const FIRST_DIGEST: &str = "dd3cd3cff0509cb598dbca279cc7d834fca83794321b74f83baab2f9cfcc246c";

async fn load(wasm: &[u8]) -> Result<Validator, LoadError> {
    let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
    let limits = Limits {
        time: std::time::Duration::from_secs(20),
        ..Limits::default()
    };
    sandbox.load(wasm, None, &[], limits).await
}

async fn refusal(wasm: &[u8]) -> LoadError {
    load(wasm).await.err().expect("a refusal")
}

async fn judge(validator: &Validator, request: &Request, node: Option<&Document>) -> Verdict {
    let operation: Operation = requests::operation(request);
    let evidence = Evidence {
        request_id: &request.id,
        operation: &operation,
        headers: &request.headers,
        caller: &request.caller,
        taken_at: std::time::Duration::ZERO,
        facts: &Facts {
            node: node.cloned(),
            ..Facts::default()
        },
    };
    let evaluated = validator.evaluate("{}", &evidence, requests::ample()).await;
    evaluated.result.unwrap()
}

fn provision(verb: &str) -> Request {
    let body = format!(r#"{{"target":"{verb}"}}"#);
    requests::request(
        "PUT",
        "/v1/nodes/2a3b4c5d-0000-4000-8000-000000000001/states/provision",
        &body,
    )
}

#[test]
fn the_first_contract_is_never_touched() {
    let directory = workspace_root()
        .join("tests/guests")
        .join(FIRST)
        .join("wit");
    let entries = fs::read_dir(directory).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(fs::read(file).unwrap());
    }
    let found: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(found, FIRST_DIGEST);
}

#[tokio::test]
async fn a_guest_of_the_first_contract_goes_on_working() {
    assert_ne!(CONTRACT, "1.0.0", "this host speaks a later one");
    let validator = load(guests::get(FIRST).wasm).await.unwrap();
    assert_eq!(validator.description().name, FIRST);
    assert!(
        validator
            .imports()
            .iter()
            .all(|import| import.ends_with("@1.0.0"))
    );
    assert_eq!(validator.check_settings("{}").await.unwrap(), []);
    let problems = validator.check_settings(r#"{"a":1}"#).await.unwrap();
    assert_eq!(problems.len(), 1);

    let allowed = judge(&validator, &provision("active"), None).await;
    assert_eq!(allowed, Verdict::Allow(Vec::new()));
    let node = Document::read(r#"{"name":"rack1-u7"}"#.into()).unwrap();
    for (node, expected) in [
        (None, "deletion of a node"),
        (Some(&node), "deletion of a node with a name"),
    ] {
        let denied = judge(&validator, &provision("deleted"), node).await;
        let Verdict::Deny(findings) = denied else {
            panic!("{denied:?}");
        };
        let found: Vec<_> = findings
            .iter()
            .map(|found| (found.rule.as_str(), found.pointer.as_str(), found.severity))
            .collect();
        assert_eq!(found, [("no-deletion", "/target", Severity::Error)]);
        assert_eq!(findings[0].message, expected);
    }
}

/// Nothing in it is newer than what this host has, whatever it was built for.
#[tokio::test]
async fn a_guest_of_a_newer_minor_that_uses_nothing_new_is_loaded() {
    let wasm = patched(FIRST, "@1.0.0", "@1.9.0");
    let validator = load(&wasm).await.unwrap();
    let allowed = judge(&validator, &provision("active"), None).await;
    assert_eq!(allowed, Verdict::Allow(Vec::new()));
}

#[tokio::test]
async fn a_guest_that_needs_a_newer_minor_is_refused_by_its_own_word() {
    let LoadError::NeedsContract { needs } = refusal(guests::get("newer-minor").wasm).await else {
        panic!("another refusal");
    };
    assert_eq!(needs, "1.9.0");
}

#[tokio::test]
async fn a_guest_that_imports_a_newer_interface_is_refused_by_its_name() {
    let wasm = patched(
        "hostile",
        "portcullis:policy/log@",
        "portcullis:policy/new@",
    );
    let LoadError::UnknownImport { import } = refusal(&wasm).await else {
        panic!("another refusal");
    };
    assert!(import.starts_with("portcullis:policy/new@"), "{import}");
}

#[tokio::test]
async fn a_guest_of_another_major_is_refused_by_what_it_imports() {
    for version in ["@2.0.0", "@0.1.0"] {
        let error = refusal(&patched(FIRST, "@1.0.0", version)).await;
        let LoadError::UnknownImport { import } = error else {
            panic!("{version}: {error:?}");
        };
        assert_eq!(import, format!("portcullis:policy/types{version}"));
    }
}
