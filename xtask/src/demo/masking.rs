//! Third scene: Ironic's own error text repeats a secret, and neither the gateway's log nor the
//! client gets to see it.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::demo::stage::Stage;
use crate::demo::{did, result};
use crate::say;

/// Made up for this purpose.
const PASSWORD: &str = "tok-7Qm2xVb9LrT4kWz8";
/// What stands in its place.
const MARKER: &str = "[redacted]";

/// Sends the request, shows what Ironic answered, and what the log has of it.
pub fn play(stage: &Stage) -> Result<()> {
    did("enrol a node whose BMC password has slipped into the field of its boot interface as well");
    let from = stage.log().len();
    let node = json!({
        "name": "demo-slip",
        "driver": "fake-hardware",
        "driver_info": {"fake_password": PASSWORD},
        "boot_interface": PASSWORD,
    });
    let reply = stage.client().send("POST", "/v1/nodes", &node)?;
    let told = reply.text();
    if reply.status != 400 || !told.contains(MARKER) {
        bail!(
            "Ironic should have answered 400 and named the interface, and answered {}: {told}",
            reply.status
        );
    }
    if told.contains(PASSWORD) {
        bail!("the password is in the answer");
    }
    result("Ironic refuses with 400 and names the interface there is not, which is the password");

    did("look at the line the gateway logged about it");
    let line = stage.wait_for_log(from, |line| line.contains(MARKER))?;
    if stage.log().contains(PASSWORD) {
        bail!("the password is in the gateway's log");
    }
    for line in ironics_words(&line).lines() {
        say::text(&format!("       {line}\n"));
    }
    result("Ironic's text is there to help, and what the request kept secret is masked in it");
    Ok(())
}

/// The text of Ironic's error in a line of the log; the line itself when it is of another form.
fn ironics_words(line: &str) -> String {
    let within = |text: &str, key: &str| -> Option<String> {
        let object: Value = serde_json::from_str(text).ok()?;
        Some(object.get(key)?.as_str()?.to_owned())
    };
    let words = within(line, "text")
        .and_then(|reply| within(&reply, "error_message"))
        .and_then(|fault| within(&fault, "faultstring"));
    words.unwrap_or_else(|| line.to_owned())
}
