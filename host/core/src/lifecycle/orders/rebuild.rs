//! Deploying an instance once more.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::deploy::{ConfigDrive, Image};
use super::{Before, Order, must_be_in};
use crate::lifecycle::call::{Arguments, Call, Verb};
use crate::lifecycle::error::Cause;
use crate::lifecycle::guarded::Guarded;
use crate::lifecycle::plan::{Plan, Step};
use crate::lifecycle::verbs;

/// How an instance is deployed once more.
#[derive(Clone, Debug, Default)]
pub struct Rebuild {
    /// Another image.
    pub image: Option<Image>,
    /// Whether the ephemeral partition keeps what is on it.
    pub preserve_ephemeral: bool,
    /// More attributes of `instance_info`.
    pub info: BTreeMap<String, Value>,
    /// Another config drive.
    pub config_drive: Option<ConfigDrive>,
    /// Steps besides those of the deploy interface: an array as the API has it.
    pub deploy_steps: Option<Value>,
}

pub(super) fn rebuild(order: &Order, rebuild: &Rebuild, before: &Before) -> Result<Plan, Cause> {
    must_be_in(before, verbs::accepted_in(Verb::Rebuild))?;
    let mut steps = Vec::new();
    let mut wanted = rebuild.info.clone();
    wanted.extend(rebuild.image.iter().flat_map(Image::info));
    if rebuild.preserve_ephemeral {
        wanted.insert("preserve_ephemeral".into(), json!(true));
    }
    if !wanted.is_empty() {
        steps.push(set_info(wanted, before));
    }
    let mut arguments = Arguments::new();
    if let Some(drive) = &rebuild.config_drive {
        arguments.push(("configdrive".into(), drive.guarded()));
    }
    if let Some(deploy_steps) = &rebuild.deploy_steps {
        let guarded = Guarded::sealed("deploy steps", deploy_steps);
        arguments.push(("deploy_steps".into(), guarded));
    }
    steps.push(Step::provision(Verb::Rebuild, arguments));
    Ok(order.of(before, steps))
}

/// Changes attributes, and knows what they were.
fn set_info(wanted: BTreeMap<String, Value>, before: &Before) -> Step {
    let info = before.document.get("instance_info");
    let mut set = Arguments::new();
    let (mut back, mut remove) = (Arguments::new(), Vec::new());
    for (key, value) in wanted {
        match info.and_then(|info| info.get(&key)) {
            Some(found) => back.push((key.clone(), Guarded::instance_info(&key, found))),
            None => remove.push(key.clone()),
        }
        let value = Guarded::instance_info(&key, &value);
        set.push((key, value));
    }
    let call = Call::SetInfo {
        set,
        remove: Vec::new(),
    };
    Step::new(call).undone_by(Call::SetInfo { set: back, remove })
}
