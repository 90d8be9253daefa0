//! Everything that stock clients send, as one table: whatever is not made up is admitted by the
//! default configuration, and that is by the laboratory's.
//!
//! Methods, paths and the shapes of bodies are those of python-ironicclient 6.3, openstacksdk 4.22
//! and Nova 34; names and values are our own.

use std::ffi::OsStr;
use std::path::Path;

use portcullis_tests::gateway;
use serde_json::{Value, json};

mod table;

use table::{SENT, Sent};

/// Headers in which each client says what it speaks.
const CLIENTS: [&str; 2] = [
    // The `baremetal` command.
    r#"{"X-OpenStack-Ironic-API-Version": "1.115", "User-Agent": "python-ironicclient"}"#,
    // openstacksdk, and with it Nova.
    r#"{"X-OpenStack-Ironic-API-Version": "1.109", "OpenStack-API-Version": "baremetal 1.109"}"#,
];

#[test]
fn what_clients_send_is_admitted_by_default_but_for_made_up_data() {
    let by_default = judge(None);
    let in_the_laboratory = judge(Some(&gateway::laboratory_file()));
    let all = requests();
    assert_eq!(
        (by_default.len(), in_the_laboratory.len()),
        (all.len(), all.len())
    );
    for (((sent, request), default), laboratory) in
        all.iter().zip(&by_default).zip(&in_the_laboratory)
    {
        let decision = if sent.refused.is_empty() {
            "admit"
        } else {
            "reject"
        };
        assert_eq!(default["decision"], decision, "{request}\n{default}");
        assert_eq!(errors(default), sent.refused, "{request}\n{default}");
        assert_eq!(default["operation"], sent.request.0, "{request}\n{default}");
        assert_eq!(laboratory["decision"], "admit", "{request}\n{laboratory}");
    }
}

#[test]
fn the_laboratorys_configuration_is_complete_as_it_is() {
    let file = gateway::laboratory_file();
    let arguments = [OsStr::new("config"), OsStr::new("check"), file.as_os_str()];
    let done = gateway::run(&arguments, "");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Every request of the table, as each client would send it.
fn requests() -> Vec<(&'static Sent, Value)> {
    let with = |headers: &str| {
        let headers: Value = serde_json::from_str(headers).expect("headers");
        move |sent: &'static Sent| (sent, sent.as_sent(&headers))
    };
    CLIENTS
        .iter()
        .flat_map(|headers| SENT.iter().map(with(headers)))
        // Traits of runbooks came in 1.112, later than the version the library speaks.
        .filter(|(sent, request)| {
            let is_old = request["headers"]["OpenStack-API-Version"].is_string();
            !(is_old && sent.request.0.starts_with("runbook.traits"))
        })
        .collect()
}

impl Sent {
    fn as_sent(&self, headers: &Value) -> Value {
        let (_, method, path) = self.request;
        let mut request = json!({"method": method, "path": path, "headers": headers});
        if !self.body.is_empty() {
            request["body"] = serde_json::from_str(self.body).expect("a body");
        }
        if !self.state.is_empty() {
            request["node"] = json!({
                "uuid": "7a1f3c52-9b0e-4d67-8e21-5c4d3b2a1f00", "name": "rack7-u3",
                "provision_state": self.state, "maintenance": false, "protected": false,
                "retired": false, "reservation": null,
            });
        }
        request
    }
}

/// Has `portcullis check` judge the whole table.
fn judge(configuration: Option<&Path>) -> Vec<Value> {
    let mut arguments = vec![OsStr::new("check"), OsStr::new("--json")];
    if let Some(path) = configuration {
        arguments.extend([OsStr::new("--config"), path.as_os_str()]);
    }
    let lines: Vec<_> = requests()
        .iter()
        .map(|(_, request)| request.to_string())
        .collect();
    let done = gateway::run(&arguments, &lines.join("\n"));
    let (said, errors) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    assert!(errors.is_empty(), "{errors}");
    said.lines()
        .map(|line| serde_json::from_str(line).expect("an object on each line"))
        .collect()
}

fn errors(judged: &Value) -> Vec<&str> {
    let findings = judged["findings"].as_array().expect("findings").iter();
    let errors = findings.filter(|finding| finding["severity"] == "error");
    errors
        .filter_map(|finding| finding["rule"].as_str())
        .collect()
}
