//! Lists: their links lead back to the gateway, and they are passed on as they come.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::net::TcpStream;

use portcullis_lab::{Ironic, Options};
use portcullis_tests::gateway::Setup;
use serde_json::{Value, json};

use super::dam::Dam;
use super::{Scene, VERSION, send};

#[test]
fn pages_and_links_lead_back_to_the_gateway() {
    let scene = Scene::set(Options::default());
    let door = scene.gateway.door().address();
    let here = format!("http://{door}");
    let names: BTreeSet<_> = (1..=5).map(|number| format!("page-{number}")).collect();
    for name in &names {
        let node = json!({"name": name, "driver": "fake-hardware"});
        let made = scene.ask("POST", "/v1/nodes", &node);
        let location = made.header("Location").expect("a location");
        let uuid = made.json()["uuid"].as_str().expect("an id").to_owned();
        assert_eq!(location, format!("{here}/v1/nodes/{uuid}"));
    }
    let mut found = BTreeSet::new();
    let mut next = Some("/v1/nodes?limit=2".to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        let page = send(door, "GET", &path, &[VERSION], &Value::Null).json();
        for node in page["nodes"].as_array().expect("nodes") {
            found.insert(node["name"].as_str().expect("a name").to_owned());
            for link in node["links"].as_array().expect("links") {
                let href = link["href"].as_str().expect("a link");
                assert!(href.starts_with(&format!("{here}/")), "{href}");
            }
        }
        next = page["next"].as_str().map(|url| {
            url.strip_prefix(&here)
                .unwrap_or_else(|| panic!("{url} leads elsewhere"))
                .to_owned()
        });
        pages += 1;
    }
    assert_eq!((found, pages), (names, 3));
    let reply = scene.provision("page-1", &json!({"target": "manage"}));
    let location = reply.header("Location").expect("a location");
    assert!(
        location.starts_with(&format!("{here}/v1/nodes/")),
        "{location}"
    );
}

#[test]
fn a_long_list_is_passed_on_before_it_is_complete() {
    let ironic = Ironic::start(Options::default()).expect("an Ironic");
    let description = "word ".repeat(800);
    for number in 0..20 {
        let node = json!({
            "name": format!("listed-{number}"), "driver": "fake-hardware",
            "description": description.trim(),
        });
        let made = send(ironic.address(), "POST", "/v1/nodes", &[VERSION], &node);
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let path = "/v1/nodes?detail=true";
    let direct = send(ironic.address(), "GET", path, &[VERSION], &Value::Null).body;
    assert!(direct.len() > 80_000, "a list of {} bytes", direct.len());

    // Half of the list comes through; the rest only once the client has that half.
    let dam = Dam::build(ironic.address(), direct.len() / 2);
    let gateway = Setup::new(&dam.url()).start();
    let mut client = TcpStream::connect(gateway.door().address()).expect("a listener");
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{}: {}\r\n\r\n",
        ironic.address(),
        VERSION.0,
        VERSION.1
    );
    std::io::Write::write_all(&mut client, request.as_bytes()).expect("a request is taken");
    client
        .set_read_timeout(Some(super::PATIENCE))
        .expect("a socket");
    let mut answer = vec![0; direct.len() / 2];
    client
        .read_exact(&mut answer)
        .expect("half of the list, though the rest is held back");
    dam.open();
    client.read_to_end(&mut answer).expect("the rest");
    let text = String::from_utf8(answer).expect("text");
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(
        text.ends_with(&*String::from_utf8_lossy(&direct)),
        "the list arrived changed"
    );
}
