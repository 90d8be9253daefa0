//! A real Ironic, with the `flat` network interface, deploys with the drives that are let through.

use portcullis::config_drive::{Parts, build_iso};
use portcullis_lab::{Network, Options};
use serde_json::{Value, json};

use super::Scene;
use crate::config_drive::{base64, encoded, parts};

#[test]
fn ironic_deploys_with_what_is_let_through_and_never_sees_the_rest() {
    let options = Options {
        network: Network::Flat,
        ..Options::default()
    };
    let scene = Scene::set_with(options, |setup| {
        let setup = setup.policy("config-drive", "bundled:config-drive", "");
        setup.more("[config_drive]\nrebuild = true")
    });
    let node = scene.enrol("driven");
    let uuid = node["uuid"].as_str().unwrap();
    let (ours, foreign) = ("52:54:00:aa:00:01", "52:54:00:bb:00:09");
    let port = json!({"node_uuid": uuid, "address": ours});
    assert_eq!(scene.ask("POST", "/v1/ports", &port).status, 201);
    scene.bring("driven", "manage", "manageable");
    scene.bring("driven", "provide", "available");
    let writes = scene.writes().len();
    let refused = scene.provision("driven", &with(&json!(encoded(b"hostile"))));
    assert_eq!(refused.status, 403, "{}", refused.text());
    let meta_data = json!({"uuid": uuid, "hostname": "driven"});
    let image = build_iso(&Parts {
        meta_data: meta_data.to_string().into_bytes().into(),
        ..parts()
    });
    let link =
        |id: &str, address: &str| json!({"id": id, "type": "phy", "ethernet_mac_address": address});
    let links = [link("a", ours), link("b", foreign)];
    let in_parts = json!({
        "meta_data": meta_data,
        "network_data": {"links": links, "networks": [], "services": []},
        "user_data": "#cloud-config\npackages: [git]\n",
    });
    for drive in [json!(base64(&image.unwrap())), in_parts] {
        let reply = scene.provision("driven", &with(&drive));
        assert_eq!(reply.status, 202, "{}", reply.text());
        scene.wait_until("the node is active", || {
            let shown = scene.node("driven");
            assert_ne!(
                shown["provision_state"], "deploy failed",
                "{}",
                shown["last_error"]
            );
            shown["provision_state"] == "active" && shown["reservation"].is_null()
        });
        scene.bring("driven", "deleted", "available");
    }
    // Ironic knows the node by its name as well, and its ports by that.
    let decisions = scene.gateway.decisions();
    let mut findings = decisions
        .iter()
        .flat_map(|it| it["findings"].as_array().unwrap());
    let noted = findings
        .find(|finding| finding["rule"] == "CD-NET-MAC")
        .expect("a finding");
    assert_eq!(
        noted["pointer"],
        "/configdrive/network_data/links/1/ethernet_mac_address"
    );
    // Twice a deployment and its end, and nothing of what was refused.
    assert_eq!(scene.writes().len(), writes + 4);
}

fn with(drive: &Value) -> Value {
    json!({"target": "active", "configdrive": drive})
}
