//! The body as it was received: for those who are granted it, and byte by byte.

use super::*;

use portcullis::sandbox::EvaluationError;
use portcullis::units::ByteSize;

/// What the guest says that repeats the body.
async fn repeat(body: &str, limits: Limits) -> Result<String, EvaluationError> {
    let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
    let validator = load(&sandbox, "raw-body", &[Capability::RawBody], limits).await;
    let request = requests::request("POST", "/v1/nodes", body);
    let operation = requests::operation(&request);
    let evidence = Evidence {
        request_id: &request.id,
        operation: &operation,
        caller: &request.caller,
        headers: &request.headers,
        taken_at: Duration::ZERO,
        facts: &Facts::default(),
    };
    let evaluated = validator
        .unwrap()
        .evaluate("{}", &evidence, requests::ample())
        .await;
    let verdict = evaluated.result?;
    Ok(verdict.findings()[0].message.clone())
}

#[tokio::test]
async fn it_is_handed_over_as_it_was_received() {
    for body in ["", "{}", r#" { "b" : 1.50, "a" : "\u0061" } "#] {
        let repeated = repeat(body, patient()).await.unwrap();
        assert_eq!(repeated, format!("{}: {body}", body.len()));
    }
}

#[tokio::test]
async fn a_long_one_arrives_whole() {
    // Longer than the pieces in which the SDK reads it.
    let body = format!(r#"{{"name":"{}"}}"#, "n".repeat(300_000));
    let repeated = repeat(&body, patient()).await.unwrap();
    let length = format!("{}: ", body.len());
    assert!(repeated.starts_with(&length), "{repeated:.20}");
}

#[tokio::test]
async fn its_bytes_count_as_host_calls() {
    let limit = ByteSize::from_kib(64);
    let limits = Limits {
        host_call_bytes: limit,
        ..patient()
    };
    let body = format!(r#"{{"name":"{}"}}"#, "n".repeat(100_000));
    let stopped = repeat(&body, limits).await;
    assert_eq!(stopped, Err(EvaluationError::HostCalls { limit }));
}

#[tokio::test]
async fn nobody_gets_it_without_a_grant() {
    let sandbox = Sandbox::new(&SandboxOptions::default()).unwrap();
    let loaded = load(&sandbox, "raw-body", &[Capability::Log], patient()).await;
    let Err(LoadError::NotGranted { capability }) = loaded.map(drop) else {
        panic!("loaded");
    };
    assert_eq!(capability, "raw-body");
}
