//! Ironic's own routes and validators, against what we have written down of them. A newer Ironic in
//! the lab makes these tests say what it has changed.

use std::process::Command;

use portcullis::json::Document;
use portcullis::operation::schema::Schemas;
use portcullis::operation::{self, MAX_PATCH_OPERATIONS, Operation, OperationError, Route, Rules};
use portcullis::request::{Caller, Request, RequestId};
use portcullis_lab::Python;
use portcullis_tests::workspace_root;
use serde::Deserialize;

/// A write that Ironic has, and nobody has described, would be closed for everybody.
#[test]
fn every_write_of_ironic_has_a_schema() {
    let text = printed("ironic_routes.py", 70);
    let schemas = Schemas::bundled().unwrap();
    let missing: Vec<_> = text
        .lines()
        .filter(|line| !is_described(&schemas, line))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// Whether a line of `METHOD /v1/path`, where `{}` stands for a name, is one of our operations.
fn is_described(schemas: &Schemas, line: &str) -> bool {
    let (method, path) = line.split_once(' ').unwrap();
    let target = path.replace("{}", "0c6b1d8e-4f2a-4d93-b7a5-9e8c7d6f5a41");
    let route = operation::route(&method.parse().unwrap(), &target.parse().unwrap());
    match route.unwrap() {
        Route::Write(write) => schemas.find(write.name()).is_some(),
        Route::Read => false,
    }
}

/// A request, and what Ironic's own validators make of it.
#[derive(Deserialize)]
struct Judged {
    method: String,
    path: String,
    version: String,
    body: String,
    accepted: bool,
}

/// What patches are for, as far as the bodies need it.
const CURRENT: &str = r#"{"extra": {}, "properties": {}, "driver_info": {}, "instance_info": {},
    "internal_info": {}, "local_link_connection": {}, "steps": [], "conditions": [], "actions": []}"#;

#[test]
fn what_ironic_refuses_we_refuse() {
    let rules = Rules::new(&["*".parse().unwrap()], MAX_PATCH_OPERATIONS).unwrap();
    let current = Document::read(CURRENT.into()).unwrap();
    let text = printed("ironic_schemas.py", 5_000);
    let mut judged_alike = 0;
    let mut looser = Vec::new();
    for line in text.lines() {
        let judged: Judged = serde_json::from_str(line).unwrap();
        let ours = check(&rules, &current, &judged);
        if ours.is_ok() == judged.accepted {
            judged_alike += 1;
        } else if ours.is_ok() {
            looser.push(line);
        }
    }
    assert_eq!(looser, Vec::<&str>::new());
    // The rest is where we are stricter; were it more, we would refuse what clients send.
    assert!(judged_alike > 5_500, "{judged_alike} judged alike");
}

fn check(rules: &Rules, current: &Document, judged: &Judged) -> Result<(), OperationError> {
    let version = judged.version.parse().unwrap();
    let request = Request {
        id: RequestId::generate(),
        method: judged.method.parse().unwrap(),
        target: judged.path.parse().unwrap(),
        headers: [("x-openstack-ironic-api-version".parse().unwrap(), version)]
            .into_iter()
            .collect(),
        caller: Caller::default(),
        body: judged.body.clone().into(),
    };
    let Route::Write(route) = operation::route(&request.method, &request.target)? else {
        panic!("{} {} is a read", judged.method, judged.path);
    };
    let mut operation = Operation::read(route, &request)?;
    rules.check(&mut operation)?;
    rules.patched(&operation, current).map(drop)
}

/// What a script prints that looks into the Ironic of the lab, in at least so many lines.
fn printed(script: &str, lines: usize) -> String {
    let python = Python::prepare().unwrap();
    let done = Command::new(python.interpreter())
        .args(["-W", "ignore"])
        .arg(workspace_root().join("tests/clients").join(script))
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&done.stderr);
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.lines().count() >= lines, "{text}{complaint}");
    text
}
