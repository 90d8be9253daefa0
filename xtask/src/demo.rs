//! `cargo xtask demo`: a real Ironic behind the gateway, told step by step.
//!
//! Every line it prints is about something that has just happened, and every claim is checked: a
//! step that ends otherwise than told stops the demonstration with an error.

mod client;
mod lifecycle;
mod masking;
mod refusals;
mod stage;

use std::time::Instant;

use anyhow::Result;

use crate::say::{self, paint};
use crate::workspace::Workspace;
use crate::{build, lab, test};

use stage::Stage;

/// Sets up what is missing, plays all scenes, and with `keep` leaves everything running until
/// Ctrl-C.
///
/// # Errors
///
/// When something is missing on the machine, does not start, or a scene ends otherwise than told.
pub fn run(workspace: &Workspace, keep: bool) -> Result<()> {
    let began = Instant::now();
    test::prepare_lab()?;
    let binary = build::command(workspace)?;
    let stage = Stage::set(workspace, &binary)?;

    scene("A node's life through the gateway");
    let node = lifecycle::play(&stage)?;
    scene("Requests that are refused");
    refusals::play(&stage, &node)?;
    scene("A secret on its way to the log");
    masking::play(&stage)?;
    scene("The end of the node's life");
    lifecycle::end(&stage, &node)?;

    say::text(&format!(
        "\nDone in {}. Configuration, log and decision records: {}\n",
        say::elapsed(began.elapsed()),
        workspace.shown(stage.directory())
    ));
    if keep {
        say::text(&format!(
            "\nIronic and the gateway keep running; Ctrl-C stops both. Ironic's own client, through the gateway:\n\n  {}\n\n",
            lab::command_line(stage.ironic(), &stage.url())
        ));
        lab::wait_for_interrupt();
    }
    Ok(())
}

fn scene(title: &str) {
    say::text(&format!("\n{}\n", paint("1", title)));
}

/// Something that was done.
fn did(what: &str) {
    say::text(&format!("  {what}\n"));
}

/// What came of it.
fn result(what: &str) {
    say::text(&format!("    {} {what}\n", paint("32", "=>")));
}
