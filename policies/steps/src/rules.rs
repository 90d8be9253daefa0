//! Every rule of the policy.

use portcullis_guest::Rule;

pub(crate) const STEPS_FORM: Rule = Rule::error("steps-form", "Steps come as an array.");
pub(crate) const STEPS_SIZE: Rule = Rule::error(
    "steps-size",
    "The number of steps, and their size as JSON, are limited.",
);
pub(crate) const STEP_FORM: Rule = Rule::error("step-form", "A step is an object.");
pub(crate) const STEP_KEY: Rule = Rule::error(
    "step-key",
    "A step has the keys Ironic knows for its kind, and no others.",
);
pub(crate) const STEP_NAME: Rule = Rule::error(
    "step-name",
    "Steps are named like methods: letters, digits and underscores. Ironic looks them up only \
     when the node is being worked on.",
);
pub(crate) const STEP_INTERFACE: Rule = Rule::error(
    "step-interface",
    "Steps of the interfaces in the setting `interfaces` may be used. By default those of \
     `firmware`, which write to the node for good, are off for every kind of steps; `power` and \
     `vendor` are off where nobody needs them.",
);
pub(crate) const STEP_UNKNOWN: Rule = Rule::error(
    "step-unknown",
    "A step that neither Ironic nor its agent has fails only when the node is being worked on. \
     The settings `allow` and `arguments` make the steps of other hardware managers known.",
);
pub(crate) const STEP_DENIED: Rule = Rule::error(
    "step-denied",
    "The settings `allow` and `deny` say which steps may be used. By default those are denied \
     that write firmware or exchange a BMC's configuration with an address in their arguments.",
);
pub(crate) const STEP_RAW: Rule = Rule::error(
    "step-raw",
    "Raw commands to a BMC reach past everything that is judged here, its accounts and firmware \
     included. They are off unless the setting `raw_commands` is on.",
);
pub(crate) const STEP_PRIORITY: Rule = Rule::error(
    "step-priority",
    "A priority or order is a whole number, or a string of digits, between the settings \
     `priority_min` and `priority_max`.",
);
pub(crate) const STEP_ARGUMENTS: Rule =
    Rule::error("step-arguments", "The args of a step are an object.");
pub(crate) const STEP_ARGUMENT: Rule = Rule::error(
    "step-argument",
    "A step gets the arguments it takes, each of its type: those of Ironic's own steps are known, \
     the setting `arguments` adds others. No argument holds control characters.",
);
pub(crate) const STEP_DUPLICATE: Rule = Rule::error(
    "step-duplicate",
    "Each step of an interface is given once: of two, it is not plain which one holds. Steps of \
     `power` may repeat where an order is kept.",
);
pub(crate) const STEP_CHILD_NODES: Rule = Rule::error(
    "step-child-nodes",
    "Steps run on other nodes than the one the request names only if the setting `child_nodes` \
     is on.",
);
pub(crate) const RUNBOOK_NAME: Rule = Rule::error(
    "runbook-name",
    "A runbook has a name of letters, digits and - . _ ~ that cannot be taken for a UUID, and is \
     called by its name or UUID.",
);
pub(crate) const RUNBOOK_DENIED: Rule = Rule::error(
    "runbook-denied",
    "The setting `runbooks` lists the runbooks that may be used.",
);
