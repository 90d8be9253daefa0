//! Orders that are one provision verb, until it has done its work.

use serde_json::Value;

use super::{Before, Order, must_be_in};
use crate::lifecycle::call::{Arguments, Verb};
use crate::lifecycle::error::Cause;
use crate::lifecycle::guarded::Guarded;
use crate::lifecycle::input::RunbookIdent;
use crate::lifecycle::plan::{Plan, Step, Wait};
use crate::lifecycle::state::ProvisionState as S;
use crate::lifecycle::verbs::{self, accepted_in};
use crate::secret::Secret;

/// What is run on a node.
#[derive(Clone, Debug)]
pub enum Steps {
    /// These: an array as the API has it. Their arguments are never shown.
    List(Value),
    /// What a runbook holds.
    Runbook(RunbookIdent),
}

fn one(order: &Order, verb: Verb, arguments: Arguments, before: &Before) -> Result<Plan, Cause> {
    must_be_in(before, accepted_in(verb))?;
    Ok(order.of(before, vec![Step::provision(verb, arguments)]))
}

pub(super) fn plain(order: &Order, verb: Verb, before: &Before) -> Result<Plan, Cause> {
    one(order, verb, Arguments::new(), before)
}

pub(super) fn rescue(
    order: &Order,
    password: &Secret<String>,
    before: &Before,
) -> Result<Plan, Cause> {
    let password = Guarded::sealed("rescue password", &Value::from(password.expose().as_str()));
    let arguments = vec![("rescue_password".to_owned(), password)];
    one(order, Verb::Rescue, arguments, before)
}

pub(super) fn stepwise(
    order: &Order,
    verb: Verb,
    steps: &Steps,
    before: &Before,
) -> Result<Plan, Cause> {
    let list = match verb {
        Verb::Service => "service_steps",
        _ => "clean_steps",
    };
    let argument = match steps {
        Steps::List(steps) => (list.to_owned(), Guarded::sealed("steps", steps)),
        Steps::Runbook(runbook) => ("runbook".to_owned(), Guarded::plain(runbook.as_str())),
    };
    one(order, verb, vec![argument], before)
}

pub(super) fn manage(order: &Order, before: &Before) -> Result<Plan, Cause> {
    if before.node.provision_state == S::MANAGEABLE {
        return Ok(order.of(before, Vec::new()));
    }
    plain(order, Verb::Manage, before)
}

pub(super) fn provide(order: &Order, before: &Before) -> Result<Plan, Cause> {
    if before.node.provision_state == S::AVAILABLE {
        return Ok(order.of(before, Vec::new()));
    }
    plain(order, Verb::Provide, before)
}

pub(super) fn abort(order: &Order, before: &Before) -> Result<Plan, Cause> {
    must_be_in(before, verbs::ABORTABLE)?;
    let state = &before.node.provision_state;
    let mut step = Step::provision(Verb::Abort, Arguments::new());
    step.expects = vec![state.clone()];
    step.wait = verbs::after_abort(state).map(|goal| Wait::Provision {
        goal: vec![goal],
        by_way_of: vec![state.clone()],
    });
    Ok(order.of(before, vec![step]))
}
