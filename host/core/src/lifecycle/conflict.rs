//! What a 409 means.
//!
//! Ironic answers 409 to a lock, to a VIF that is attached, to a node that is taken and to a wrong
//! state, and only the text tells which. The text therefore only chooses what is looked at next;
//! nothing counts as done because a text says so.

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// A lock, which passes.
    Locked,
    /// The VIF is attached to some port already, of this node or of another one.
    Attached,
    /// The node has an instance, or the instance has a node.
    Associated,
    /// Something else that is already there, or a state that does not allow it.
    State,
}

/// Reads the text of a 409 (Ironic 39.0, `ironic/common/exception.py`).
pub(super) fn of(text: &str) -> Conflict {
    let says = |words: &str| text.contains(words);
    if says("is locked by host") || says("presently locked") || says("is currently locked") {
        Conflict::Locked
    } else if says("is already attached to") {
        Conflict::Attached
    } else if says("is associated with instance") || says("is already associated with a node") {
        Conflict::Associated
    } else {
        Conflict::State
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_are_told_apart() {
        let check = |text: &str, expected| assert_eq!(of(text), expected, "{text}");
        check(
            "Node 1f is locked by host lab, please retry after the current operation is completed.",
            Conflict::Locked,
        );
        check(
            "Node 1f parent_node 2f is presently locked and we are unable to perform any action",
            Conflict::Locked,
        );
        check(
            "Unable to attach VIF because VIF 3f is already attached to Ironic Port 4f",
            Conflict::Attached,
        );
        check(
            "Node 1f is associated with instance 5f.",
            Conflict::Associated,
        );
        check(
            "Instance 5f is already associated with a node, it cannot be associated with this other node 1f",
            Conflict::Associated,
        );
        check(
            "Node 1f can not be updated while a state transition is in progress.",
            Conflict::State,
        );
        check("", Conflict::State);
    }
}
