//! Deploys an image on a node, and says what has become of it.
//!
//! `cargo run --release -p portcullis-bundled --example deploy -- NODE IMAGE CHECKSUM [CONFIG]`

use std::sync::Arc;
use std::time::Duration;

use portcullis::admission::Gate;
use portcullis::config::Config;
use portcullis::driver::Driver;
use portcullis::lifecycle::input::Deadline;
use portcullis::lifecycle::orders::{Deploy, Image, Order};
use portcullis::lifecycle::{Lifecycle, Settings, Terms};
use portcullis::sandbox::Compiler;
use portcullis_bundled::BUNDLE;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("expected {what}"));
    let (node, image, checksum) = (next("a node")?, next("an image")?, next("a checksum")?);
    let config = match next("a configuration") {
        Ok(file) => Config::load(file.as_ref(), &BUNDLE)?,
        Err(_) => Config::without_file(&BUNDLE)?,
    };

    let gate = Gate::open(&config, &BUNDLE, Compiler::ThisProcess).await?;
    let driver = Driver::with_own_credentials(&config.ironic)?;
    let lifecycle = Lifecycle::new(Arc::new(gate), Arc::new(driver), &Settings::default())?;

    let image = Image::at(image).with_checksum(checksum.parse()?);
    let order = Order::Deploy(Box::new(Deploy::of(image)));
    let terms = Terms::until(Deadline::after(Duration::from_secs(3600)));
    match lifecycle.begin(node.parse()?, order, terms).ended().await {
        Ok(node) => show(&format!("{} is {}", node.uuid, node.provision_state)),
        Err(failed) => show(&failed.to_string()),
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "an example shows its outcome")]
fn show(outcome: &str) {
    println!("{outcome}");
}
