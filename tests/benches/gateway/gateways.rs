//! The gateways that are measured, and the writes that are sent to them.

use std::fmt::Write as _;
use std::net::SocketAddr;

use portcullis_tests::client;
use portcullis_tests::gateway::Setup;
use serde_json::{Value, json};

use crate::load::Exchange;

/// What all writes are sent to, at the one node that the upstream shows.
const TARGET: &str = "/v1/nodes/1be26c0b-03f2-4d2e-ae87-c02d7f33c781/states/provision";
/// Bytes of a write's body, about.
const BODY_BYTES: usize = 2 << 10;

/// A bundled policy that judges a request without knowing the node.
pub const WITHOUT_NODE: &str = "steps";

/// The three that are measured together.
pub const ALL: [&str; 3] = ["provision-target", "steps", "config-drive"];

/// A gateway with three bundled policies and two workers, logging what is worth a warning and
/// recording every decision.
pub fn setup(upstream: SocketAddr) -> Setup {
    Setup::new(&format!("http://{upstream}")).log_level("warn")
}

/// Policies made of the bundled ones, no two with the same settings.
pub fn with_policies(setup: Setup, count: usize) -> Setup {
    let kinds = [
        ("provision-target", "rescue_password_max", 32),
        ("steps", "max_steps", 8),
        ("config-drive", "max_user_data_bytes", 60_000),
    ];
    (0..count).fold(setup, |setup, at| {
        let (name, setting, least) = kinds[at % kinds.len()];
        setup.policy(
            &format!("{name}-{at}"),
            &format!("bundled:{name}"),
            &format!("settings = {{ {setting} = {} }}\n", least + at),
        )
    })
}

/// A step that is part of any deployment.
const WRITE_IMAGE: (&str, &str) = ("deploy", "write_image");

/// A deployment of 2 KiB, with a config drive and deploy steps, that all bundled policies judge
/// and admit.
pub fn admitted() -> Exchange {
    write(&deployment(WRITE_IMAGE).to_string(), 202)
}

/// The same with a step that `steps` refuses.
pub fn refused() -> Exchange {
    write(&deployment(("vendor", "send_raw")).to_string(), 403)
}

/// The same with a key that is there twice, which nobody can judge.
pub fn unreadable() -> Exchange {
    let body = deployment(WRITE_IMAGE).to_string();
    write(&body.replacen('{', r#"{"target":"rebuild","#, 1), 400)
}

fn write(body: &str, expected: u16) -> Exchange {
    let headers = [
        ("X-OpenStack-Ironic-API-Version", "1.109"),
        ("Content-Type", "application/json"),
        ("Accept", "application/json"),
        ("User-Agent", "bench"),
    ];
    Exchange {
        request: client::request("PUT", TARGET, &headers, body.as_bytes()),
        status: expected,
    }
}

fn deployment((interface, step): (&str, &str)) -> Value {
    let steps = json!([
        { "interface": "bios", "step": "apply_configuration", "args": { "settings": [{ "name": "LogicalProc", "value": "Enabled" }] }, "priority": 50 },
        { "interface": "raid", "step": "apply_configuration", "args": { "raid_config": { "logical_disks": [] } }, "priority": 51 },
        { "interface": "deploy", "step": "inject_files", "args": { "files": [] }, "priority": 52 },
        { "interface": interface, "step": step, "args": {}, "priority": 80 },
    ]);
    let link = |n: usize| json!({ "id": format!("link{n}"), "type": "phy", "ethernet_mac_address": format!("52:54:00:12:34:{n:02x}"), "mtu": 1500 });
    let network = |n: usize| json!({ "id": format!("net{n}"), "type": "ipv4_dhcp", "link": format!("link{n}"), "network_id": "0b5cbf5a-7d6b-4ef6-a3c7-2c51f9b3ab1c" });
    let mut whole = json!({
        "target": "active",
        "deploy_steps": steps,
        "configdrive": {
            "meta_data": {
                "uuid": "1be26c0b-03f2-4d2e-ae87-c02d7f33c781",
                "hostname": "compute-17.rack3.example.org",
                "public_keys": { "ops": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM" },
            },
            "network_data": { "links": (0..2).map(link).collect::<Vec<_>>(), "networks": (0..2).map(network).collect::<Vec<_>>(), "services": [] },
            "user_data": "",
        },
    });
    let missing = BODY_BYTES.saturating_sub(whole.to_string().len());
    let mut user_data = "#cloud-config\nruncmd:\n".to_owned();
    for n in 0.. {
        let before = user_data.len();
        // Writing to a string does not fail.
        let _ = writeln!(user_data, "- [ systemctl, enable, --now, exporter-{n} ]");
        if user_data.len() > missing {
            user_data.truncate(before);
            break;
        }
    }
    whole["configdrive"]["user_data"] = json!(user_data);
    whole
}
