//! The bundled policies: whatever passes the rules, each of them has a verdict on it.
//!
//! They run as they are, without the sandbox: there a panic would be a failure, and the client
//! would be told that it is not his.

use std::time::Duration;

use portcullis::config_drive::{Form, Submitted};
use portcullis::json::{Document, Pointer, Typed};
use portcullis::operation::{Evidence, Facts, Field, Operation};
use portcullis::request::{Caller, Request};
use portcullis_guest::bindings::portcullis::policy::types;
use portcullis_guest::testing::put_config_drive;
use portcullis_guest::{Context, Input, Microversion, Node, Validator, Value, Verdict, policy};

use crate::request::CURRENT;

/// Has every policy judge a write that satisfies the rules, with what its patch leads to.
pub(crate) fn check(request: &Request, operation: &Operation, patched: Option<Document>) {
    let current = || Document::read(CURRENT.into()).expect("JSON");
    let facts = Facts {
        node: Some(current()),
        patched,
        port: Some(current()),
        portgroup: Some(current()),
        ports: None,
    };
    let evidence = Evidence {
        request_id: &request.id,
        operation,
        headers: &request.headers,
        caller: &Caller::default(),
        taken_at: Duration::from_secs(1_800_000_000),
        facts: &facts,
    };
    let submitted = Submitted::find(operation, &facts);
    let drive = submitted.as_ref().map(|it| (it.pointer(), as_json(it)));
    put_config_drive(drive.as_ref().map(|(pointer, value)| (*pointer, value)));
    judge::<portcullis_policy_config_drive::Policy>(&evidence, request);
    judge::<portcullis_policy_image::Policy>(&evidence, request);
    judge::<portcullis_policy_kernel_params::Policy>(&evidence, request);
    judge::<portcullis_policy_legacy::Policy>(&evidence, request);
    judge::<portcullis_policy_network::Policy>(&evidence, request);
    judge::<portcullis_policy_node::Policy>(&evidence, request);
    judge::<portcullis_policy_provision_target::Policy>(&evidence, request);
    judge::<portcullis_policy_steps::Policy>(&evidence, request);
    judge::<portcullis_policy_url::Policy>(&evidence, request);
}

/// The drive as it stands in the request.
fn as_json(submitted: &Submitted) -> serde_json::Value {
    match submitted.form() {
        Form::Parts | Form::Other => serde_json::from_slice(submitted.text()).expect("JSON"),
        Form::Empty | Form::Image | Form::Url => String::from_utf8_lossy(submitted.text()).into(),
    }
}

fn judge<P: Validator>(evidence: &Evidence<'_>, request: &Request) {
    let operation = evidence.operation;
    let judges = |pattern: &&str| portcullis_guest::operation_matches(pattern, operation.name());
    if !P::OPERATIONS.iter().any(judges) {
        return;
    }
    let fields = P::Input::FIELDS.iter().map(|pointer| {
        let field: Field = pointer.parse().expect("a field of the contract");
        value(field.look_up(evidence))
    });
    let question = types::Request {
        context: context(operation, request),
        fields: fields.collect(),
    };
    let verdict = policy::validate::<P>("{}", question)
        .unwrap_or_else(|error| panic!("`{}` has no verdict: {error:?}", P::NAME));
    let findings = match verdict {
        Verdict::Allow(findings) | Verdict::Deny(findings) => findings,
    };
    for finding in findings {
        let place: Pointer = finding.pointer.parse().expect("a pointer");
        if let Some(body) = operation.body() {
            assert!(is_near(body, &place), "`{}` at `{place}`", finding.rule);
        }
    }
}

/// Whether a place is there, or could be: what is missing stands in something that is there, or is
/// the argument of a step that has none at all.
fn is_near(body: &Document, place: &Pointer) -> bool {
    let tokens = place.to_string();
    let mut shorter = Some(tokens.as_str());
    for _ in 0..=2 {
        let Some(text) = shorter else { return true };
        let there = text.parse().is_ok_and(|place| body.get(&place).is_some());
        if there {
            return true;
        }
        shorter = text.rsplit_once('/').map(|(around, _)| around);
    }
    false
}

fn context(operation: &Operation, request: &Request) -> Context {
    let version = operation.microversion();
    Context {
        request_id: request.id.to_string(),
        operation: operation.name().to_owned(),
        node: operation.node().map(|ident| Node {
            ident: ident.to_owned(),
            uuid: None,
        }),
        caller: portcullis_guest::Caller {
            project_id: None,
            user_id: None,
            roles: Vec::new(),
        },
        microversion: Microversion {
            major: version.major,
            minor: version.minor,
        },
    }
}

fn value(typed: Option<Typed<'_>>) -> Value {
    match typed {
        None => Value::Absent,
        Some(Typed::Null) => Value::Null,
        Some(Typed::Boolean(value)) => Value::Boolean(value),
        Some(Typed::Number(text)) => Value::Number(text.to_owned()),
        Some(Typed::Text(text)) => Value::Text(text.into_owned()),
        Some(Typed::Array(text) | Typed::Object(text)) => Value::Json(text.to_owned()),
    }
}
