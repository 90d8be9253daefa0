//! What an error says, and what it never says.

use super::*;

#[test]
fn an_error_says_what_was_found_and_what_is_accepted() {
    check(
        "[[policy]]\nname = 'a'\nsource = 'bundled:config-drive'\nmode = 'enfoce'",
        "4: key `policy[0].mode`: found `enfoce`, expected `enforce` or `audit`",
    );
    check(
        "[ironic]\nconnect_timeout = '5 sec'",
        "2: key `ironic.connect_timeout`: found `5 sec`, expected a duration from `100ms` to \
         `1m`, written with ms, s, m or h",
    );
    check(
        "server.header_timeout = '0s'",
        "1: key `server.header_timeout`: found `0s`, expected a duration from `100ms` to `1h`, \
         written with ms, s, m or h",
    );
    check(
        "[server]\nbody_memory = 5",
        "2: key `server.body_memory`: found `5`, expected a size from `1MiB` to `1024GiB`, \
         written with B, KiB, MiB or GiB",
    );
    check(
        "[server]\nmax_connections = 0",
        "2: key `server.max_connections`: found `0`, expected a whole number from 1 to 1000000",
    );
    check(
        "[server]\nworkers = -1",
        "2: key `server.workers`: found `-1`, expected a whole number from 0 to 1024",
    );
    check(
        "[log]\nlevel = 1979-05-27",
        "2: key `log.level`: found a date or time, expected `error`, `warn`, `info`, `debug` or \
         `trace`",
    );
    check(
        "[[listen]]\naddress = 'localhost:6390'",
        "2: key `listen[0].address`: found `localhost:6390`, expected an IP address and a port, \
         such as `127.0.0.1:6390` or `[::1]:6390`",
    );
    check(
        "[[listen]]\naddress = '127.0.0.1:1'\nidentity_headers = 'yes'",
        "3: key `listen[0].identity_headers`: found `yes`, expected `true` or `false`",
    );
    check(
        "log = 'info'",
        "1: key `log`: found `info`, expected a table with `level`, `format`",
    );
    check(
        "[listen]\naddress = '127.0.0.1:6390'",
        "1: key `listen`: found a table, expected `[[listen]]` tables, at least one",
    );
    check(
        "policy = ['a']",
        "1: key `policy[0]`: found a text, expected a table",
    );
}

#[test]
fn a_long_or_broken_text_stays_on_its_line() {
    let shown = errors(&format!("log.level = \"{}\\n\\u001b\"", "x".repeat(10_000)));
    assert!(shown.len() < 300 && shown.contains("xxx...`"), "{shown}");
    assert!(errors("log.level = \"a\\nb\\u001b\"").contains("found `a\\nb\\u{1b}`"));
}

#[test]
fn an_unknown_key_comes_with_what_may_have_been_meant() {
    let policy = "[[policy]]\nname = 'a'\nsource = 'bundled:config-drive'\n";
    check(
        &format!("{policy}mdoe = 'audit'"),
        "4: key `policy[0].mdoe`: unknown, did you mean `mode`",
    );
    check(
        &format!("{policy}limits.tmie = '1s'"),
        "4: key `policy[0].limits.tmie`: unknown, did you mean `time`",
    );
    check(
        "[ironik]",
        "1: key `ironik`: unknown, did you mean `ironic`",
    );
    check(
        "[log]\ncolour = true",
        "2: key `log.colour`: unknown, expected one of `level`, `format`",
    );
    check(
        "'log.level' = 'info'",
        "1: key `log.level`: unknown, expected one of `ironic`, `listen`, `admin`, `server`, \
         `api`, `sandbox`, `config_drive`, `log`, `decisions`, `policy`, `sanitizer`",
    );
}

#[test]
fn all_errors_of_a_file_are_reported_in_its_order() {
    let text =
        "[server]\nworkers = 'x'\n[[policy]]\nmode = 'x'\n[log]\nlevel = 1\n[ironic]\nurI = ''";
    let lines: Vec<String> = errors(text).lines().map(|line| line[..26].into()).collect();
    assert_eq!(
        lines,
        [
            "portcullis.toml:2: key `se",
            "portcullis.toml:3: key `po",
            "portcullis.toml:3: key `po",
            "portcullis.toml:4: key `po",
            "portcullis.toml:6: key `lo",
            "portcullis.toml:8: key `ir",
        ]
    );
}

#[test]
fn what_must_be_given_is_asked_for() {
    check(
        "[[policy]]\nname = 'a'",
        "1: key `policy[0].source`: not given, expected `bundled:` and the name of a bundled \
         policy, or the path of a component",
    );
    check(
        "\n[[policy]]\nsource = 'bundled:config-drive'",
        "2: key `policy[0].name`: not given, expected 1 to 64 characters of `a-z`, `0-9` and `-`",
    );
}

#[test]
fn files_that_are_named_exist() {
    check(
        "[ironic]\nurl = 'https://ironic'\nca_file = 'nowhere.pem'",
        "3: key `ironic.ca_file`: cannot use `nowhere.pem`: No such file or directory (os error \
         2), expected a file that exists",
    );
    check(
        "[ironic]\nca_file = 'tls/ironic-ca.pem'",
        "2: key `ironic.ca_file`: found an `http` address in `ironic.url`, expected it with an \
         `https` one only",
    );
    check(
        "[decisions]\nfile = 'tls'",
        "2: key `decisions.file`: cannot use `tls`: is a directory, expected a file in a \
         directory that exists",
    );
    check(
        "[decisions]\nfile = ''",
        "2: key `decisions.file`: found ``, expected the path of a file in a directory that exists",
    );
}

#[test]
fn the_name_of_a_file_cannot_add_a_line_to_the_errors() {
    check(
        "[ironic]\nurl = 'https://ironic'\nca_file = \"a\\n9: key\\t`b`\"",
        "3: key `ironic.ca_file`: cannot use `a\\n9: key\\t`b``: No such file or directory (os \
         error 2), expected a file that exists",
    );
}

#[test]
fn no_error_shows_a_value_that_may_be_secret() {
    let policy = "[[policy]]\nname = 'a'\nsource = 'bundled:deploy-steps'\n";
    for text in [
        "[ironic]\ncredentials = 'admin:hunter2'",
        "[ironic]\ncredentials = ['hunter2']",
        "[ironic]\ncredentials = { env = 'admin:hunter2' }",
        "[ironic]\ncredentials = { env = 'hunter2' }",
        "[ironic]\ncredentials = { file = 'hunter2' }",
        "[ironic]\ncredentials = { cloud = 'hunter2' }",
        "[ironic]\ncredentials = { password = 'hunter2' }",
        "[ironic]\ncredentials = { env = 'A', cloud = 'hunter2' }",
        "[ironic]\nurl = 'http://admin:hunter2@ironic'",
        "[ironic]\npassword = 'hunter2'",
        "[ironic]\npassword = hunter2",
        "[ironic]\npassword = 'hunter2",
        "[ironic]\npassword = 'hunter2'x",
        "password = \"hunter2\\q\"",
        "password = 1979-hunter2",
        "hunter2 hunter2",
        &format!("{policy}settings = 'hunter2'"),
        &format!("{policy}settings = ['hunter2']"),
    ] {
        let shown = errors(text);
        assert!(!shown.contains("hunter2"), "{text}\n{shown}");
    }
}

#[test]
fn credentials_come_from_exactly_one_place() {
    check(
        "[ironic]\ncredentials = {}",
        "2: key `ironic.credentials`: found none of them, expected exactly one of `file`, `env`, \
         `cloud` and `openstack`",
    );
    check(
        "[ironic]\ncredentials = { env = 'A', cloud = 'b' }",
        "2: key `ironic.credentials`: found `env` and `cloud`, expected exactly one of `file`, \
         `env`, `cloud` and `openstack`",
    );
    check(
        "[ironic]\n\ncredentials.file = 'tls/server.key'",
        "3: key `ironic.credentials.file`: the file it names holds a secret and its mode is 0644, \
         expected one that allows nothing to group and others, such as 0400 or 0600",
    );
}

#[test]
fn a_client_certificate_has_its_key_and_tls_to_be_shown_in() {
    check(
        "[ironic]\nurl = 'https://ironic'\ncertificate_file = 'tls/server.pem'",
        "3: key `ironic.certificate_file`: found without `ironic.key_file`, expected both or \
         neither",
    );
    check(
        "[ironic]\nurl = 'https://ironic'\nkey_file = 'ironic.cred'",
        "3: key `ironic.key_file`: found without `ironic.certificate_file`, expected both or \
         neither",
    );
    check(
        "[ironic]\nurl = 'https://ironic'\ncertificate_file = 'tls/server.pem'\n\
         key_file = 'tls/server.key'",
        "4: key `ironic.key_file`: the file it names holds a secret and its mode is 0644, \
         expected one that allows nothing to group and others, such as 0400 or 0600",
    );
    check(
        "[ironic]\ncertificate_file = 'tls/server.pem'\nkey_file = 'ironic.cred'",
        "2: key `ironic.certificate_file`: found an `http` address in `ironic.url`, expected it \
         with an `https` one only",
    );
}

#[test]
fn what_is_not_toml_is_told_by_line_and_column() {
    check(
        "a = 1\nb = [1,",
        "2: column 8: unclosed array, expected `]`",
    );
    check("[log]\n[log]", "2: column 2: duplicate key");
    check(
        "a = 1\n'é' = 1 x\nb = y",
        "2: column 7: string values must be quoted, expected literal string\n\
         portcullis.toml:3: column 5: string values must be quoted, expected literal string",
    );
}

#[test]
fn a_listener_is_an_address_or_a_socket_and_tls_is_complete() {
    let listen = |keys: &str| format!("[[listen]]\n{keys}");
    let certificate = "certificate_file = 'tls/server.pem'";
    check(
        "listen = []",
        "1: key `listen`: found an empty list, expected `[[listen]]` tables, at least one",
    );
    check(
        &listen(""),
        "1: key `listen[0]`: found neither, expected exactly one of `address` and `unix`",
    );
    check(
        &listen("address = '127.0.0.1:1'\nunix = 's'"),
        "1: key `listen[0]`: found both, expected exactly one of `address` and `unix`",
    );
    check(
        &listen("address = '127.0.0.1:1'\nunix_mode = '0600'"),
        "3: key `listen[0].unix_mode`: found without `unix`, expected both or neither",
    );
    check(
        &listen("address = '127.0.0.1:1'\ntls.client_ca_file = 'tls/clients-ca.pem'"),
        "3: key `listen[0].tls.client_ca_file`: found without `tls.certificate_file`, expected \
         both or neither",
    );
    check(
        &listen(&format!(
            "address = '127.0.0.1:1'\ntls = {{ {certificate} }}"
        )),
        "3: key `listen[0].tls.certificate_file`: found without `tls.key_file`, expected both or \
         neither",
    );
    check(
        &listen("address = '127.0.0.1:1'\ntls.key_file = 'tls/server.key'"),
        "3: key `listen[0].tls.key_file`: found without `tls.certificate_file`, expected both or \
         neither",
    );
    check(
        &listen("address = '127.0.0.1:1'\ntls = {}"),
        "3: key `listen[0].tls`: found neither, expected `certificate_file` and `key_file`",
    );
    check(
        &listen(&format!(
            "unix = 's'\ntls = {{ {certificate}, key_file = 'tls/server.key' }}"
        )),
        "3: key `listen[0].tls`: found it with `unix`, expected TLS only with `address`",
    );
    check(
        &listen("unix = 'nowhere/s'"),
        "2: key `listen[0].unix`: cannot use `nowhere/s`: No such file or directory (os error 2), \
         expected a file in a directory that exists",
    );
    check(
        &listen("address = '127.0.0.1:1'\n[[listen]]\naddress = '127.0.0.1:1'"),
        "4: key `listen[1].address`: found `127.0.0.1:1`, which portcullis.toml:2 has already, \
         expected another",
    );
    config(&listen(
        "address = '127.0.0.1:0'\n[[listen]]\naddress = '127.0.0.1:0'",
    ));
}
