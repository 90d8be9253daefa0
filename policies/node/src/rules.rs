//! Every rule of the policy.

use portcullis_guest::Rule;

pub(crate) const POWER_TIMEOUT: Rule = Rule::error(
    "NODE-POWER-TIMEOUT",
    "A power change is waited for up to `power_timeout_max` seconds: Ironic knows no bound, and \
     holds the node's lock for as long.",
);
pub(crate) const REASON: Rule = Rule::error(
    "NODE-REASON",
    "Reasons are up to `reason_max` characters without control characters, which would write \
     lines of their own into logs. Descriptions may have line breaks and tabs.",
);
pub(crate) const NAME: Rule = Rule::error(
    "NODE-NAME",
    "A name is up to `name_max` letters, digits and - . _ ~, that cannot be taken for a UUID, a \
     step in a path, or a name with the suffix `.json`.",
);
pub(crate) const TRAIT: Rule = Rule::error(
    "NODE-TRAIT",
    "Traits are upper case, at most `max_traits` of them, and among those the setting `traits` \
     lists: they decide what is scheduled to a node.",
);
pub(crate) const PROPERTIES: Rule = Rule::error(
    "NODE-PROPERTIES",
    "Properties are an object: whole numbers within reason for sizes, a list of `key:value` for \
     capabilities, known hints for the root device, no control characters.",
);
pub(crate) const DRIVER_INFO: Rule = Rule::error(
    "NODE-DRIVER-INFO",
    "Driver info is an object of plain values: no objects, no control characters. Ironic hands \
     them to commands, templates and BMCs.",
);
pub(crate) const BMC: Rule = Rule::error(
    "NODE-BMC",
    "Driver info that ends up in a command line or a request to the BMC has the characters, the \
     range or the choices its driver expects.",
);
pub(crate) const VOLUME_CONNECTOR: Rule = Rule::error(
    "NODE-VOLUME-CONNECTOR",
    "A volume connector has a type Ironic uses, and an id of that type.",
);
pub(crate) const VOLUME_TARGET: Rule = Rule::error(
    "NODE-VOLUME-TARGET",
    "A volume target has a type of the setting `volume_types`, a plain volume id and a boot index \
     from -1 to 255.",
);
pub(crate) const INSTANCE: Rule = Rule::error(
    "NODE-INSTANCE",
    "A node with a running instance keeps what it knows of it: without, nobody would undeploy it.",
);
pub(crate) const PROTECTED: Rule = Rule::error(
    "NODE-PROTECTED",
    "On a protected node nothing is destroyed: what counts is in the setting `protected`.",
);
pub(crate) const RETIRED: Rule = Rule::error(
    "NODE-RETIRED",
    "On a retired node nothing is set up anew: what counts is in the setting `retired`.",
);
pub(crate) const RETIRED_END: Rule = Rule::warning(
    "NODE-RETIRED-END",
    "Something is destroyed on a retired node in a way the setting `retired` does not list: by \
     default the ways a retirement goes.",
);
pub(crate) const WINDOW: Rule = Rule::error(
    "NODE-WINDOW",
    "The setting `window` says when something may be destroyed.",
);
pub(crate) const CONFIRM: Rule = Rule::error(
    "NODE-CONFIRM",
    "What the setting `confirmation` lists has to be confirmed by the header \
     X-Portcullis-Confirm, which names the node.",
);
pub(crate) const ALLOCATION: Rule = Rule::error(
    "NODE-ALLOCATION",
    "An allocation that names its node records what is already so: the node is active, of the \
     resource class and with the traits that are asked for, and one of the candidates.",
);
