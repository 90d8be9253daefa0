//! Every rule of the policy. They warn, unless the settings say otherwise.

use portcullis_guest::Rule;

pub(crate) const MICROVERSION: Rule = Rule::warning(
    "LEG-MICROVERSION",
    "Requests are made at a version of the API not below the setting `min_microversion`. A client \
     that names none gets 1.1.",
);
pub(crate) const CHECKSUM: Rule = Rule::warning(
    "LEG-CHECKSUM",
    "Images are not checked by MD5 or SHA-1: others can be made to match.",
);
pub(crate) const PLAIN_HTTP: Rule = Rule::warning(
    "LEG-PLAIN-HTTP",
    "Controllers are not asked by plain http, which shows their passwords to the network.",
);
pub(crate) const VERIFY_CA: Rule = Rule::warning(
    "LEG-VERIFY-CA",
    "Certificates are verified: without that, anybody may answer for the controller.",
);
pub(crate) const TLS: Rule = Rule::warning(
    "LEG-TLS",
    "TLS before 1.2 is no longer to be used (RFC 8996).",
);
pub(crate) const IPMI: Rule = Rule::warning(
    "LEG-IPMI",
    "IPMI is spoken in version 2.0 with a cipher suite from the setting `ipmi_cipher_suites`; \
     older ones do not encrypt, or show a hash of the password.",
);
pub(crate) const SNMP: Rule =
    Rule::warning("LEG-SNMP", "SNMP v1 and v2c send their community in clear.");
pub(crate) const DRIVER: Rule = Rule::warning(
    "LEG-DRIVER",
    "Hardware types that Ironic has removed are not enrolled any more.",
);
pub(crate) const INTERFACE: Rule = Rule::warning(
    "LEG-INTERFACE",
    "Interfaces that Ironic has removed, or replaced by those of redfish, are not set any more.",
);
pub(crate) const FIELD: Rule = Rule::warning(
    "LEG-FIELD",
    "Parameters that Ironic has replaced or ignores are not set any more.",
);
