//! The commands that take passwords as arguments.

/// How a command takes a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// The next argument is the password.
    Password,
    /// The next argument is `user:password`.
    Pair,
    /// The next argument is `user%password`.
    Percent,
    /// The rest of this argument is the password.
    Rest,
}

/// A command and those of its options that take passwords.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(super) options: &'static [(&'static str, Takes)],
}

/// The commands.
pub(crate) const COMMANDS: &[Command] = &[
    Command {
        name: "ipmitool",
        options: &[
            ("-P", Takes::Password),
            ("-k", Takes::Password),
            ("-y", Takes::Password),
        ],
    },
    Command {
        name: "ipmi-",
        options: &[("-p", Takes::Password), ("-k", Takes::Password)],
    },
    Command {
        name: "ipmipower",
        options: &[("-p", Takes::Password), ("-k", Takes::Password)],
    },
    Command {
        name: "racadm",
        options: &[("-p", Takes::Password)],
    },
    Command {
        name: "sshpass",
        options: &[("-p", Takes::Password), ("-p", Takes::Rest)],
    },
    Command {
        name: "curl",
        options: &[
            ("-u", Takes::Pair),
            ("--user", Takes::Pair),
            ("-U", Takes::Pair),
            ("--proxy-user", Takes::Pair),
        ],
    },
    Command {
        name: "psexec",
        options: &[("-u", Takes::Password), ("-p", Takes::Password)],
    },
    Command {
        name: "connect-viserver",
        options: &[
            ("-User", Takes::Password),
            ("-user", Takes::Password),
            ("-Password", Takes::Password),
            ("-password", Takes::Password),
        ],
    },
    Command {
        name: "mysql",
        options: &[("-p", Takes::Rest)],
    },
    Command {
        name: "mariadb",
        options: &[("-p", Takes::Rest)],
    },
    Command {
        name: "docker",
        options: &[("-p", Takes::Password)],
    },
    Command {
        name: "podman",
        options: &[("--creds", Takes::Pair)],
    },
    Command {
        name: "skopeo",
        options: &[
            ("--creds", Takes::Pair),
            ("--src-creds", Takes::Pair),
            ("--dest-creds", Takes::Pair),
        ],
    },
    Command {
        name: "oras",
        options: &[("-p", Takes::Password)],
    },
    Command {
        name: "ldapsearch",
        options: &[("-w", Takes::Password)],
    },
    Command {
        name: "ldapmodify",
        options: &[("-w", Takes::Password)],
    },
    Command {
        name: "snmpset",
        options: SNMP,
    },
    Command {
        name: "snmpget",
        options: SNMP,
    },
    Command {
        name: "snmpwalk",
        options: SNMP,
    },
    Command {
        name: "smbclient",
        options: &[("-U", Takes::Percent)],
    },
    Command {
        name: "redis-cli",
        options: &[("-a", Takes::Password)],
    },
];

const SNMP: &[(&str, Takes)] = &[
    ("-c", Takes::Password),
    ("-A", Takes::Password),
    ("-X", Takes::Password),
];
