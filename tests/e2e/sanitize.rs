//! What keeps secrets out of what is written: the chain of sanitizers, what a hostile one can do,
//! and the command that filters logs.

mod bundled;
mod command;
mod hostile;

use portcullis::bundle::Bundle;
use portcullis::config::{Config, SanitizerConfig, Source};
use portcullis::sandbox::Compiler;
use portcullis::sanitise::{KnownSecrets, Sanitizers};
use portcullis_tests::guests;
use serde_json::Value;

/// A chain of one sanitizer of the bundle, with these settings.
async fn chain(bundle: &Bundle, settings: Value) -> Sanitizers {
    let name = bundle.sanitizers[0].name;
    let mut sanitizer = SanitizerConfig::new(name.parse().unwrap(), Source::Bundled(name));
    sanitizer.settings = settings;
    open(bundle, vec![sanitizer]).await
}

async fn open(bundle: &Bundle, sanitizers: Vec<SanitizerConfig>) -> Sanitizers {
    let policy = guests::path("trivial", "wasm");
    let text = format!(
        "[[policy]]\nname = 'any'\nsource = '{}'\n",
        policy.display()
    );
    let parsed = Config::parse(&text, "a test", "/".as_ref(), bundle);
    let mut config = parsed.unwrap_or_else(|error| panic!("{error}"));
    config.sanitizers = sanitizers;
    Sanitizers::open(&config, bundle, Compiler::ThisProcess)
        .await
        .unwrap()
}

fn known(secret: &str) -> KnownSecrets {
    KnownSecrets::new([secret.to_owned().into()])
}
