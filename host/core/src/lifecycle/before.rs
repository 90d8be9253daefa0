//! What is read before a plan can be made.

use serde_json::Value;

use super::call_error::CallError;
use super::effect;
use super::error::Cause;
use super::input::NodeUuid;
use super::ironic::Ironic;
use super::orders::{Before, Needs};
use super::pace::Limit;
use super::plan::{Plan, Undo};
use super::run::over;
use super::state::NodeView;
use crate::operation::{Microversion, NodeIdent};

fn unreadable(limit: &Limit) -> impl Fn(CallError) -> Cause {
    |error| over(limit).unwrap_or(Cause::Unreadable(error))
}

/// UUID of a node.
pub(super) async fn uuid(
    ironic: &Ironic,
    node: &NodeIdent,
    limit: &Limit,
) -> Result<NodeUuid, Cause> {
    let path = format!("/v1/nodes/{node}?fields=uuid");
    let found = ironic.read(&path, limit).await.map_err(unreadable(limit))?;
    let found = found.ok_or_else(|| Cause::NoNode(node.clone()))?;
    let uuid = found.get("uuid").and_then(Value::as_str);
    uuid.and_then(|uuid| uuid.parse().ok())
        .ok_or(Cause::Unreadable(CallError::Unreadable))
}

/// The node and what else an order needs to know, and the version that is spoken.
pub(super) async fn read(
    ironic: &Ironic,
    node: &str,
    needs: Needs,
    limit: &Limit,
) -> Result<(Microversion, Before), Cause> {
    let unreadable = unreadable(limit);
    let version = ironic.version(limit).await.map_err(&unreadable)?;
    let found = ironic.read(&format!("/v1/nodes/{node}"), limit).await;
    let found = found.map_err(&unreadable)?;
    let no_node = || match node.parse() {
        Ok(node) => Cause::NoNode(node),
        Err(_) => Cause::Unreadable(CallError::Unreadable),
    };
    let Value::Object(document) = found.ok_or_else(no_node)? else {
        return Err(Cause::Unreadable(CallError::Unreadable));
    };
    let whole = Value::Object(document.clone());
    let view = NodeView::read(&whole).ok_or(Cause::Unreadable(CallError::Unreadable))?;
    let uuid = &view.uuid;
    let vifs = if needs.vifs {
        effect::vifs(ironic, uuid, limit)
            .await
            .map_err(&unreadable)?
    } else {
        Vec::new()
    };
    let targets = if needs.targets {
        let path = format!("/v1/volume/targets?node={uuid}");
        let found = ironic.read(&path, limit).await.map_err(&unreadable)?;
        uuids(found.unwrap_or_default().get("targets"))
    } else {
        Vec::new()
    };
    let boot_device = if needs.boot_device {
        // Not every hardware can tell.
        let path = format!("/v1/nodes/{uuid}/management/boot_device");
        ironic
            .read_if_it_answers(&path, limit)
            .await
            .and_then(|found| {
                let device = found.get("boot_device")?.as_str()?.parse().ok()?;
                let persistent = found.get("persistent").and_then(Value::as_bool);
                Some((device, persistent.unwrap_or_default()))
            })
    } else {
        None
    };
    let before = Before {
        node: view,
        document,
        vifs,
        targets,
        boot_device,
    };
    Ok((version, before))
}

fn uuids<T: std::str::FromStr>(list: Option<&Value>) -> Vec<T> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|one| one.get("uuid")?.as_str()?.parse().ok())
        .collect()
}

/// Fails where Ironic is too old for one of the calls, on the way there or back.
pub(super) fn must_be_able(plan: &Plan, version: Microversion) -> Result<(), Cause> {
    let calls = plan.steps.iter().flat_map(|step| {
        let back = match &step.undo {
            Undo::Call(call) => Some(&**call),
            Undo::WayBack | Undo::Nothing | Undo::Impossible => None,
        };
        std::iter::once(&step.call).chain(back)
    });
    match calls
        .map(super::call::Call::feature)
        .find(|feature| feature.since > version)
    {
        Some(needs) => Err(Cause::Version {
            needs,
            has: version,
        }),
        None => Ok(()),
    }
}
