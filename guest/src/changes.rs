//! What a write changes of a resource, and where in the request it says so.
//!
//! A new resource is written whole, and its attributes stand in the body as they are. A JSON
//! patch is judged by what it makes of the resource, while findings belong to the operations that
//! made it so. [`Changes`] brings the two together. What an update leaves alone is not held
//! against it: a client has to be able to repair a resource, or to go on with one, that nobody
//! would admit today.

mod values;

pub use values::Changed;

use crate::{Finding, Pointer, Value, pointer};
use std::borrow::Cow;

/// Where the values of `/resource/...` come from: the body of a create is the resource, that of an
/// update is a JSON patch (RFC 6902), and then also the field `/patch`.
///
/// A policy can ask for the [`values`](Self::values) of an attribute that change and judge each.
/// Or it judges the resource as if it had been sent whole, with places in the resource, and lets
/// [`relocate`](Self::relocate) turn its findings into findings on the request.
///
/// ```
/// use portcullis_guest::{Changes, Rule, Value};
///
/// const LONG: Rule = Rule::error("name-length", "Names are short.");
///
/// let patch = r#"[{"op": "replace", "path": "/extra", "value": {"rack": "1"}}]"#;
/// let changes = Changes::of(&Value::Json(patch.to_owned()));
/// let found = vec![LONG.at("/extra/rack", "a long one"), LONG.at("/name", "a long one")];
/// let told = changes.relocate(found);
/// assert_eq!(told.len(), 1);
/// assert_eq!(told[0].pointer, "/0/value/rack");
/// ```
#[derive(Debug)]
pub struct Changes(Kind);

#[derive(Debug)]
enum Kind {
    /// The body is the resource.
    Whole,
    /// The places the patch writes to, in its order.
    Patch(Vec<Write>),
    /// A patch nobody can read: any value may come from it.
    Unreadable,
}

/// One place an operation writes to.
#[derive(Debug)]
struct Write {
    path: Vec<String>,
    /// Number of the operation.
    index: usize,
    /// Whether it brings a value; taking one away does not.
    brings: bool,
}

impl Changes {
    /// Of a request whose field `/patch` is `patch`; it is absent unless the request is an update.
    pub fn of(patch: &Value) -> Self {
        match patch {
            Value::Absent => Self::whole(),
            patch => Self(read(patch).map_or(Kind::Unreadable, Kind::Patch)),
        }
    }

    /// Of a request whose body is what is to be judged.
    pub fn whole() -> Self {
        Self(Kind::Whole)
    }

    /// Where in the body the value comes from that stands at `place` in the resource: `None` if
    /// the request leaves it as it was, an empty pointer if it is touched but no one place is to
    /// blame.
    pub fn origin(&self, place: &str) -> Option<Pointer> {
        // What is no pointer stands for the whole, so that no finding gets lost.
        let place = steps(place).unwrap_or_default();
        let writes = match &self.0 {
            Kind::Whole => return Some(grow(Pointer::root(), &place)),
            Kind::Patch(writes) => writes,
            Kind::Unreadable => return Some(Pointer::root()),
        };
        let mut origin = None;
        for write in writes {
            let operation = Pointer::root().index(write.index);
            match relation(&write.path, &place) {
                Relation::None => {}
                Relation::Above(rest) if write.brings => {
                    origin = Some(grow(operation.key("value"), rest));
                }
                Relation::Above(_) | Relation::Below => origin = Some(operation),
                Relation::Beside => origin = Some(Pointer::root()),
            }
        }
        origin
    }

    /// Findings on the resource as findings on the request: those about values the request does
    /// not touch are dropped, the others point into the body. Where no place there is to blame,
    /// the message names the place in the resource.
    pub fn relocate(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        if matches!(self.0, Kind::Whole) {
            return findings;
        }
        findings.retain_mut(|finding| {
            let Some(origin) = self.origin(&finding.pointer) else {
                return false;
            };
            if origin.as_str().is_empty() && !finding.pointer.is_empty() {
                let message = std::mem::take(&mut finding.message);
                finding.message = ["at `", &finding.pointer, "`: ", &message].concat();
            }
            finding.pointer = origin.into();
            true
        });
        findings
    }
}

fn read(patch: &Value) -> Option<Vec<Write>> {
    let operations = patch.to_array()?;
    let mut writes = Vec::with_capacity(operations.len());
    for (index, operation) in operations.iter().enumerate() {
        // Moving a value away writes to its old place as well.
        let from = operation.get("from");
        if let Some(from) = from {
            writes.push(Write {
                path: steps(from.as_str()?)?,
                index,
                brings: false,
            });
        }
        let removes = operation.get("op").is_some_and(|op| op == "remove");
        writes.push(Write {
            path: steps(operation.get("path")?.as_str()?)?,
            index,
            brings: from.is_none() && !removes,
        });
    }
    Some(writes)
}

fn steps(pointer: &str) -> Option<Vec<String>> {
    Some(pointer::steps(pointer)?.map(Cow::into_owned).collect())
}

fn grow(pointer: Pointer, steps: &[String]) -> Pointer {
    steps.iter().fold(pointer, |place, step| place.key(step))
}

/// How the path of an operation stands to a place in the resource.
enum Relation<'a> {
    None,
    /// The operation wrote the value, or one that holds it: what is left of the way to it.
    Above(&'a [String]),
    /// It wrote something within the value.
    Below,
    /// It wrote into the same array, which moves what stands in it.
    Beside,
}

fn relation<'a>(path: &[String], place: &'a [String]) -> Relation<'a> {
    let common = path
        .iter()
        .zip(place)
        .take_while(|(one, other)| one == other)
        .count();
    match (path.get(common), place.get(common)) {
        (None, _) => Relation::Above(place.get(common..).unwrap_or_default()),
        (Some(_), None) => Relation::Below,
        (Some(one), Some(other)) if is_index(one) && is_index(other) => Relation::Beside,
        (Some(_), Some(_)) => Relation::None,
    }
}

fn is_index(step: &str) -> bool {
    step == "-" || !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
