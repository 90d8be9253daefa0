//! What an orchestrator does with Portcullis inside: judge a request, then send it, or say why
//! not.
//!
//! `cargo run --release -p portcullis-bundled --example orchestrator -- NODE [CONFIG]` asks to
//! deploy a node.

use std::time::{Duration, Instant};

use http::{HeaderMap, Method};
use portcullis::admission::Gate;
use portcullis::config::Config;
use portcullis::driver::Driver;
use portcullis::request::{Caller, Request, RequestId};
use portcullis::sandbox::Compiler;
use portcullis_bundled::BUNDLE;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let node = arguments
        .next()
        .ok_or("expected a node: orchestrator NODE [CONFIG]")?;
    let config = match arguments.next() {
        Some(file) => Config::load(file.as_ref(), &BUNDLE)?,
        None => Config::without_file(&BUNDLE)?,
    };

    // Once: load the policies, and get ready to talk to Ironic.
    let gate = Gate::open(&config, &BUNDLE, Compiler::ThisProcess).await?;
    let driver = Driver::with_own_credentials(&config.ironic)?;

    // For each request: a decision, and only then something the driver takes.
    let deadline = Instant::now() + Duration::from_secs(10);
    let decided = gate.decide(deploy(&node)?, &driver, deadline).await?;
    let outcome = match decided.into_admitted() {
        Ok(admitted) => format!(
            "Ironic answers {}",
            driver.forward(admitted).await?.status()
        ),
        Err(refused) => format!("refused: {:#?}", refused.findings()),
    };
    show(&outcome);
    Ok(())
}

fn deploy(node: &str) -> Result<Request, Box<dyn std::error::Error>> {
    Ok(Request {
        id: RequestId::generate(),
        method: Method::PUT,
        target: format!("/v1/nodes/{node}/states/provision").parse()?,
        headers: HeaderMap::from_iter([(
            "x-openstack-ironic-api-version".parse()?,
            "1.109".parse()?,
        )]),
        caller: Caller {
            project_id: Some("demo".into()),
            ..Caller::default()
        },
        body: r#"{"target": "active", "configdrive": {"meta_data": {"hostname": "web-1"}}}"#.into(),
    })
}

#[expect(clippy::print_stdout, reason = "an example shows its outcome")]
fn show(outcome: &str) {
    println!("{outcome}");
}
