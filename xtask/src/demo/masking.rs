//! Third scene: Ironic's own error text repeats a secret, and the gateway's log does not.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::demo::client::provision_path;
use crate::demo::lifecycle;
use crate::demo::stage::{Stage, WATCHED};
use crate::demo::{did, result};
use crate::say;

/// Made up for this purpose.
const TOKEN: &str = "tok-7Qm2xVb9LrT4kWz8";

/// A key config drives do not have: Ironic refuses it, and says so by repeating the whole drive.
const STRANGE_KEY: &str = "extra_key";

/// Sends the request, shows what Ironic answered, and what the log has of it.
pub fn play(stage: &Stage) -> Result<()> {
    let client = stage.client();
    let node = format!("{WATCHED}1");
    lifecycle::enrol(&client, &node)?;
    lifecycle::transition(
        &client,
        &node,
        "manage",
        "manageable",
        "checks that its credentials work",
    )?;
    lifecycle::transition(
        &client,
        &node,
        "provide",
        "available",
        "cleans it for its first instance",
    )?;

    did(
        "deploy with a token in user data and a key Ironic does not know; this node is only watched, so it passes",
    );
    let from = stage.log().len();
    let drive = json!({
        "meta_data": {"hostname": node},
        "user_data": format!("#cloud-config\nwrite_files:\n- path: /etc/agent\n  content: token={TOKEN}\n"),
        STRANGE_KEY: true,
    });
    let reply = client.send(
        "PUT",
        &provision_path(&node),
        &json!({"target": "active", "configdrive": drive}),
    )?;
    let echo = reply.text();
    if reply.status != 400 || !echo.contains(TOKEN) {
        bail!(
            "Ironic should have answered 400 and repeated the drive, and answered {}: {echo}",
            reply.status
        );
    }
    result(&format!(
        "Ironic itself refuses with 400; its answer of {} characters repeats the whole drive, token included, \
         and the client that sent it gets it unchanged",
        echo.chars().count()
    ));

    did("look at the line the gateway logged about it");
    let line = stage.wait_for_log(from, |line| line.contains(STRANGE_KEY))?;
    if stage.log().contains(TOKEN) {
        bail!("the token is in the gateway's log");
    }
    for line in ironics_words(&line).lines() {
        say::text(&format!("       {line}\n"));
    }
    result("Ironic's text is there to help, and what the request kept secret is masked");
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
