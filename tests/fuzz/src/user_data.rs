//! User data: whatever it is, the policy `config-drive` has a verdict on a drive with it, in JSON
//! form and as an image.

use portcullis::config_drive::{Parts, build_iso, to_base64};
use serde_json::{Value, json};

use crate::request;

/// As long as the policy takes, so that all of it is looked at.
const MOST_BYTES: usize = 65_535;

/// User data, text or not.
///
/// # Panics
/// When there is no verdict.
pub fn check(data: &[u8]) {
    if data.len() > MOST_BYTES {
        return;
    }
    if let Ok(text) = std::str::from_utf8(data) {
        deploy(&json!({"meta_data": {}, "user_data": text}));
    }
    let parts = Parts {
        meta_data: b"{}".to_vec().into(),
        user_data: Some(data.to_vec().into()),
        ..Parts::default()
    };
    let image = build_iso(&parts).expect("an image");
    deploy(&json!(&*to_base64(&image).expect("base64")));
}

/// Has a deployment with this drive judged.
fn deploy(drive: &Value) {
    const HEAD: &str = "PUT /v1/nodes/1be26c0b-03f2-4d2e-ae87-c02d7f33c781/states/provision\n\
                        x-openstack-ironic-api-version: 1.109\n\n";
    let body = json!({"target": "active", "configdrive": drive});
    request::check(format!("{HEAD}{body}").as_bytes());
}
