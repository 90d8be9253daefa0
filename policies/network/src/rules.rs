//! Every rule of the policy.

use portcullis_guest::Rule;

pub(crate) const VIF_ID: Rule = Rule::error(
    "NET-VIF-ID",
    "A VIF is named by its UUID, as Neutron does; Ironic takes any text.",
);
pub(crate) const VIF_KEY: Rule = Rule::error(
    "NET-VIF-KEY",
    "An attachment has an id and perhaps a port or port group. Ironic hands anything else on to \
     the network interface and logs it; the setting `vif_keys` lists what else may come.",
);
pub(crate) const VIF_TARGET: Rule = Rule::error(
    "NET-VIF-TARGET",
    "The port or port group of an attachment is one of the node's, and there is at most one.",
);
pub(crate) const MAC: Rule = Rule::error(
    "NET-MAC",
    "The address of a port or port group is one interface's: not zero, not a group's, and of the \
     setting `mac_prefixes`, if there is one.",
);
pub(crate) const PHYSNET: Rule = Rule::error(
    "NET-PHYSNET",
    "Physical networks have plain names, and are those of the setting `physical_networks`, if \
     there is one: they decide which networks a node can reach.",
);
pub(crate) const MODE: Rule = Rule::error(
    "NET-MODE",
    "The mode of a port group is one of the setting `modes`. Ironic takes any text, and writes it \
     into the network data of instances.",
);
pub(crate) const EXTRA: Rule = Rule::error(
    "NET-EXTRA",
    "The keys of `extra` in the setting `reserved_extra` are Ironic's: they say which VIF a port \
     carries.",
);
pub(crate) const LINK: Rule = Rule::error(
    "NET-LINK",
    "A local link connection has the keys Ironic knows, and text without control characters.",
);
pub(crate) const TEXT: Rule = Rule::error(
    "NET-TEXT",
    "Names and descriptions hold no control characters.",
);
pub(crate) const MOVE: Rule = Rule::warning(
    "NET-MOVE",
    "A port or port group that is given to another node takes its networks along.",
);
