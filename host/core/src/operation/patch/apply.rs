//! One operation, on a document.

use serde_json::{Map, Value as Tree};

use super::{Action, PatchFault, Step};

/// Applies one operation.
pub(super) fn step(document: &mut Tree, step: &Step) -> Result<(), PatchFault> {
    let fields = document.as_object_mut().ok_or(PatchFault::NoParent)?;
    let (root, below) = (&*step.path.root, &*step.path.below);
    let Some((last, through)) = below.split_last() else {
        change_field(fields, root, &step.action);
        return Ok(());
    };
    let field = fields.get_mut(root).ok_or(PatchFault::NoParent)?;
    let parent = through
        .iter()
        .try_fold(field, |value, part| child(value, part))
        .ok_or(PatchFault::NoParent)?;
    match parent {
        Tree::Object(members) => change_member(members, last, &step.action),
        Tree::Array(items) => change_item(items, last, &step.action),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::String(_) => Err(PatchFault::NoParent),
    }
}

fn child<'t>(value: &'t mut Tree, part: &str) -> Option<&'t mut Tree> {
    match value {
        Tree::Object(members) => members.get_mut(part),
        Tree::Array(items) => items.get_mut(index(part)?),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) | Tree::String(_) => None,
    }
}

/// A field that is removed goes back to its default, which is for Ironic to know.
fn change_field(fields: &mut Map<String, Tree>, name: &str, action: &Action) {
    match action {
        Action::Add(value) | Action::Replace(value) => {
            fields.insert(name.to_owned(), value.clone());
        }
        Action::Remove => {
            fields.remove(name);
        }
    }
}

fn change_member(
    members: &mut Map<String, Tree>,
    name: &str,
    action: &Action,
) -> Result<(), PatchFault> {
    match action {
        Action::Add(value) => {
            members.insert(name.to_owned(), value.clone());
        }
        Action::Replace(value) => {
            *members.get_mut(name).ok_or(PatchFault::NoValue)? = value.clone();
        }
        Action::Remove => {
            members.remove(name).ok_or(PatchFault::NoValue)?;
        }
    }
    Ok(())
}

fn change_item(items: &mut Vec<Tree>, part: &str, action: &Action) -> Result<(), PatchFault> {
    if let (Action::Add(value), "-") = (action, part) {
        items.push(value.clone());
        return Ok(());
    }
    let at = index(part).ok_or(PatchFault::Index)?;
    match action {
        Action::Add(_) if at > items.len() => return Err(PatchFault::Index),
        Action::Add(value) => items.insert(at, value.clone()),
        Action::Replace(value) => *items.get_mut(at).ok_or(PatchFault::NoValue)? = value.clone(),
        Action::Remove if at >= items.len() => return Err(PatchFault::NoValue),
        Action::Remove => drop(items.remove(at)),
    }
    Ok(())
}

/// Decimal, without sign or leading zero (RFC 6901).
fn index(part: &str) -> Option<usize> {
    let is_plain = part.bytes().all(|byte| byte.is_ascii_digit());
    let leads_with_zero = part.len() > 1 && part.starts_with('0');
    if is_plain && !leads_with_zero {
        part.parse().ok()
    } else {
        None
    }
}
