//! Policies: sources, names, selection, settings and their lines.

use serde_json::json;

use super::*;

#[test]
fn names_of_policies_are_unique() {
    let policy = "[[policy]]\nname = 'a'\nsource = 'bundled:config-drive'\n";
    check(
        &format!("{policy}{policy}"),
        "5: key `policy[1].name`: found `a`, which portcullis.toml:2 has already, expected another",
    );
}

#[test]
fn a_source_exists() {
    let policy = |source: &str| format!("[[policy]]\nname = 'a'\nsource = '{source}'");
    check(
        &policy("bundled:deploy-step"),
        "3: key `policy[0].source`: found `bundled:deploy-step`, expected the name of a bundled \
         policy, perhaps `bundled:deploy-steps`",
    );
    check(
        &policy("bundled:x"),
        "3: key `policy[0].source`: found `bundled:x`, expected one of \
         `bundled:provision-target`, `bundled:deploy-steps`, `bundled:config-drive`, or the path \
         of a component",
    );
    check(
        &policy("deploy-steps"),
        "3: key `policy[0].source`: found `deploy-steps`, expected `bundled:deploy-steps`, or the \
         path of a component",
    );
    check(
        &policy("nowhere.wasm"),
        "3: key `policy[0].source`: cannot use `nowhere.wasm`: No such file or directory (os \
         error 2), expected a component in a file that exists, or `bundled:` and a name",
    );
    check(
        &policy("tls"),
        "3: key `policy[0].source`: cannot use `tls`: not a regular file, expected a component in \
         a file that exists, or `bundled:` and a name",
    );
}

#[test]
fn lists_of_patterns_name_the_item() {
    let policy = "[[policy]]\nname = 'a'\nsource = 'bundled:config-drive'\n";
    let pattern = "expected 1 to 255 printable characters, with `*` only at the end";
    check(
        &format!("{policy}select.operations = [\n'node.*',\n'*.power',\n3]"),
        &format!(
            "6: key `policy[0].select.operations[1]`: found `*.power`, {pattern}\n\
             portcullis.toml:7: key `policy[0].select.operations[2]`: found `3`, {pattern}"
        ),
    );
    check(
        &format!("{policy}select.nodes = []"),
        "4: key `policy[0].select.nodes`: found an empty list, expected a list of patterns, each \
         1 to 255 printable characters, with `*` only at the end",
    );
    assert_eq!(
        config(&format!("{policy}capabilities = []")).policies[0].capabilities,
        [""; 0]
    );
    assert_eq!(config(policy).policies[0].capabilities, ["log"]);
}

#[test]
fn settings_replace_the_bundled_ones_key_by_key() {
    let config = config(
        "[[policy]]\nname = 'a'\nsource = 'bundled:deploy-steps'\n[policy.settings]\n\
         allow = [1, 2.5, true, 0xff, 18446744073709551615]\ndeep = { y = -9 }\n'a/b~' = 'c'",
    );
    assert_eq!(
        config.policies[0].settings,
        json!({
            "max": 3,
            "allow": [1, 2.5, true, 255, 18_446_744_073_709_551_615_u64],
            "deep": {"y": -9},
            "a/b~": "c",
        })
    );
}

#[test]
fn every_setting_has_its_line() {
    let config = config(
        "[[policy]]\nname = 'a'\nsource = 'bundled:deploy-steps'\ncapabilities = ['log']\n\
         [policy.settings]\nallow = [\n1,\n2,\n{ x = 5,\n y = 6 }]\n[policy.settings.'a/b~']\nz = 1",
    );
    let policy = &config.policies[0];
    let check = |pointer: &str, line: usize| {
        assert_eq!(
            policy.place_of(pointer).to_string(),
            format!("portcullis.toml:{line}"),
            "{pointer}"
        );
    };
    check("/allow", 6);
    check("/allow/0", 7);
    check("/allow/1", 8);
    check("/allow/2/x", 9);
    check("/allow/2/y", 10);
    check("/allow/2/y/none", 10);
    check("/a~1b~0/z", 12);
    check("/a~1b~0", 11);
    check("/max", 5);
    check("", 5);
    assert_eq!(policy.place.to_string(), "portcullis.toml:1");
    assert_eq!(policy.place_of_key("source").line, Some(3));
    assert_eq!(policy.place_of_key("capabilities").line, Some(4));
    assert_eq!(policy.place_of_key("mode").line, Some(1));
}

#[test]
fn settings_that_json_cannot_hold_are_refused_without_showing_them() {
    let policy = "[[policy]]\nname = 'a'\nsource = 'bundled:deploy-steps'\n";
    check(
        &format!(
            "{policy}settings = {{ a = [1, 1979-05-27T07:32:00Z], b.c = nan, d = 99999999999999999999 }}"
        ),
        "4: key `policy[0].settings/a/1`: found a date or time, expected a text\n\
         portcullis.toml:4: key `policy[0].settings/b/c`: found a number that is not finite, \
         expected a finite one\n\
         portcullis.toml:4: key `policy[0].settings/d`: found a number that is too large, expected \
         64 bits at most",
    );
}
