//! Portcullis' own credentials: how they are read, what they become, and what happens when they
//! are not accepted.

mod clouds;
mod faults;
mod gateway;
mod keystone;
mod tls;

use std::ffi::OsString;

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use portcullis::admission::Gate;
use portcullis::bundle::Bundle;
use portcullis::config::{Config, IronicConfig};
use portcullis::credentials::{Access, CredentialsError, CredentialsSource};
use portcullis::driver::{Driver, IronicReply};
use portcullis::sandbox::Compiler;
use portcullis_tests::{guests, requests};

/// What the cloud that these variables describe says.
fn described(variables: &[(&str, String)]) -> Result<Access, CredentialsError> {
    let pairs = variables.iter();
    let pairs = pairs.map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Access::load_from(&CredentialsSource::Cloud(String::from("envvars")), pairs)
}

/// The default configuration, with what the cloud says.
fn ironic(variables: &[(&str, String)]) -> IronicConfig {
    let mut ironic = IronicConfig::default();
    ironic.enter(described(variables).unwrap());
    ironic
}

/// A gate without any policy.
async fn gate() -> Gate {
    let bundle: Bundle = guests::bundle(&["hostile"]);
    let config = Config {
        policies: Vec::new(),
        ..Config::without_file(&bundle).unwrap()
    };
    let opened = Gate::open(&config, &bundle, Compiler::ThisProcess).await;
    opened.unwrap()
}

/// Sends a write through the gate, in the driver's own name.
async fn write(gate: &Gate, driver: &Driver, target: &str, body: &str) -> IronicReply {
    let mut request = requests::request("POST", target, body);
    let json = HeaderValue::from_static("application/json");
    request.headers.insert(CONTENT_TYPE, json);
    let decided = gate.decide(request, driver, requests::ample()).await;
    let admitted = decided.unwrap().into_admitted().unwrap();
    driver.forward(admitted).await.unwrap()
}
