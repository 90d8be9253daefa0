//! A stand-in for Neutron: the few v2.0 calls that Ironic's `flat` network interface makes.
//!
//! A port or network exists as soon as somebody names it. The first four characters of an id choose
//! how a call fails: `dead` is not found (404), `beef` is an internal error (500), `f00d` cannot be
//! updated (409).

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::{Map, Value, json};

use crate::error::LabError;
use crate::http::{self, Open};

/// The network every port belongs to, and the one Ironic is told to clean and provision on.
pub(crate) const NETWORK: &str = "00000000-0000-4000-8000-000000000001";

/// A request Ironic made.
#[derive(Debug, Clone)]
pub struct NeutronRequest {
    /// Method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Body, `null` where there was none.
    pub body: Value,
}

/// A running stand-in. Ends on drop.
#[derive(Debug)]
pub struct FakeNeutron {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stopping: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct State {
    /// By kind (`ports`, `networks`, ...), then id.
    resources: BTreeMap<String, BTreeMap<String, Value>>,
    requests: Vec<NeutronRequest>,
    made: u32,
}

struct Answer {
    status: u16,
    body: Option<Value>,
}

impl FakeNeutron {
    /// Listens on a free loopback port.
    ///
    /// # Errors
    ///
    /// When no port can be had.
    pub fn start() -> Result<Self, LabError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(LabError::Listen)?;
        let address = listener.local_addr().map_err(LabError::Listen)?;
        let neutron = Self {
            address,
            state: Arc::default(),
            stopping: Arc::new(AtomicBool::new(false)),
        };
        let (state, stopping) = (Arc::clone(&neutron.state), Arc::clone(&neutron.stopping));
        thread::spawn(move || {
            for client in listener.incoming() {
                if stopping.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&state);
                thread::spawn(move || client.and_then(|client| serve(client, address, &state)));
            }
        });
        Ok(neutron)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A port as it is now, if anybody ever named it.
    #[must_use]
    pub fn port(&self, id: &str) -> Option<Value> {
        hold(&self.state).resources.get("ports")?.get(id).cloned()
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<NeutronRequest> {
        hold(&self.state).requests.clone()
    }
}

impl Drop for FakeNeutron {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(client: TcpStream, address: SocketAddr, state: &Mutex<State>) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    while let Some(head) = http::read_head(&mut reader)? {
        let body = http::read_body(&mut reader, &head.headers, Open::Empty)?;
        let mut words = head.start.split(' ').map(str::to_owned);
        let request = NeutronRequest {
            method: words.next().unwrap_or_default(),
            path: words.next().unwrap_or_default(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        };
        let answer = hold(state).answer(&request, address);
        hold(state).requests.push(request);
        reader.get_mut().write_all(&answer.encode())?;
    }
    Ok(())
}

impl Answer {
    fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Some(body),
        }
    }

    fn fault(status: u16, kind: &str, message: &str) -> Self {
        Self::new(
            status,
            json!({"NeutronError": {"type": kind, "message": message, "detail": ""}}),
        )
    }

    fn encode(&self) -> Vec<u8> {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let head = format!(
            "HTTP/1.1 {} Fake\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.status,
            body.len()
        );
        [head.into_bytes(), body.into_bytes()].concat()
    }
}

impl State {
    fn answer(&mut self, request: &NeutronRequest, address: SocketAddr) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        if parts.peek().is_none() {
            let link = json!([{"rel": "self", "href": format!("http://{address}/v2.0/")}]);
            return Answer::new(
                200,
                json!({"versions": [{"id": "v2.0", "status": "CURRENT", "links": link}]}),
            );
        }
        parts.next_if_eq(&"v2.0");
        match (request.method.as_str(), parts.next(), parts.next()) {
            ("GET", None, _) => Answer::new(200, json!({"resources": []})),
            ("GET", Some("extensions"), Some(_)) => {
                Answer::fault(404, "ExtensionNotFound", "no such extension")
            }
            (method, Some(kind), Some(id)) => {
                failure(method, id).unwrap_or_else(|| self.one(method, kind, id, &request.body))
            }
            ("GET", Some(kind), None) => self.list(kind, query),
            ("POST", Some(kind), None) => self.create(kind, &request.body),
            _ => unknown(),
        }
    }

    fn one(&mut self, method: &str, kind: &str, id: &str, body: &Value) -> Answer {
        let singular = kind.trim_end_matches('s');
        let all = self.resources.entry(kind.to_owned()).or_default();
        match method {
            "GET" => {
                let found = all
                    .entry(id.to_owned())
                    .or_insert_with(|| resource(kind, id));
                Answer::new(200, json!({ singular: found }))
            }
            "PUT" => {
                let found = all
                    .entry(id.to_owned())
                    .or_insert_with(|| resource(kind, id));
                update(found, body.get(singular));
                Answer::new(200, json!({ singular: found }))
            }
            "DELETE" => {
                all.remove(id);
                Answer {
                    status: 204,
                    body: None,
                }
            }
            _ => unknown(),
        }
    }

    fn list(&mut self, kind: &str, query: &str) -> Answer {
        let wanted: Vec<(&str, &str)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let matches = |found: &&Value| {
            wanted.iter().all(|(key, value)| {
                found
                    .get(key)
                    .and_then(Value::as_str)
                    .is_none_or(|has| has == *value)
            })
        };
        let all = self.resources.entry(kind.to_owned()).or_default();
        let found: Vec<&Value> = all.values().filter(matches).collect();
        Answer::new(200, json!({ kind: found }))
    }

    fn create(&mut self, kind: &str, body: &Value) -> Answer {
        self.made += 1;
        let id = format!("aaaaaaaa-0000-4000-8000-{:012}", self.made);
        let singular = kind.trim_end_matches('s');
        let mut made = resource(kind, &id);
        update(&mut made, body.get(singular));
        self.resources
            .entry(kind.to_owned())
            .or_default()
            .insert(id, made.clone());
        Answer::new(201, json!({ singular: made }))
    }
}

fn failure(method: &str, id: &str) -> Option<Answer> {
    match (method, id.get(..4)?) {
        (_, "dead") => Some(Answer::fault(
            404,
            "PortNotFound",
            &format!("Port {id} could not be found."),
        )),
        (_, "beef") => Some(Answer::fault(
            500,
            "HTTPInternalServerError",
            "the database is not available",
        )),
        ("PUT", "f00d") => Some(Answer::fault(
            409,
            "MacAddressInUse",
            "Unable to complete operation",
        )),
        _ => None,
    }
}

fn unknown() -> Answer {
    Answer::new(404, Value::Object(Map::new()))
}

fn resource(kind: &str, id: &str) -> Value {
    if kind == "ports" {
        json!({
            "id": id, "name": "", "network_id": NETWORK, "tenant_id": "lab", "status": "DOWN",
            "admin_state_up": true, "mac_address": "fa:16:3e:00:00:01", "fixed_ips": [],
            "device_id": "", "device_owner": "", "security_groups": [],
            "binding:host_id": "", "binding:vnic_type": "baremetal", "binding:vif_type": "unbound",
            "binding:profile": {},
        })
    } else {
        json!({
            "id": id, "name": id, "status": "ACTIVE", "admin_state_up": true, "subnets": [], "mtu": 1500,
            "router:external": false, "provider:network_type": "flat",
            "provider:physical_network": "physnet1",
        })
    }
}

fn update(resource: &mut Value, changes: Option<&Value>) {
    if let (Some(resource), Some(changes)) =
        (resource.as_object_mut(), changes.and_then(Value::as_object))
    {
        let id = resource.get("id").cloned();
        resource.extend(changes.clone());
        resource.extend(id.map(|id| ("id".to_owned(), id)));
    }
}

/// A panic elsewhere leaves nothing half done: every change is one call.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::FakeNeutron;
    use crate::http;

    fn ask(neutron: &FakeNeutron, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = (!body.is_null()).then(|| body.to_string());
        let reply = http::send(
            neutron.address,
            method,
            path,
            &[],
            body.as_ref().map(String::as_bytes),
        )
        .unwrap();
        (reply.status, reply.json())
    }

    #[test]
    fn a_port_exists_once_it_is_named_and_keeps_what_is_set() {
        let neutron = FakeNeutron::start().unwrap();
        assert_eq!(neutron.port("abc"), None);
        let (status, port) = ask(&neutron, "GET", "/v2.0/ports/abc", Value::Null);
        assert_eq!(
            (status, &port["port"]["binding:host_id"]),
            (200, &json!(""))
        );
        ask(
            &neutron,
            "PUT",
            "/v2.0/ports/abc",
            json!({"port": {"binding:host_id": "node-1"}}),
        );
        assert_eq!(neutron.port("abc").unwrap()["binding:host_id"], "node-1");
        let (_, list) = ask(
            &neutron,
            "GET",
            "/v2.0/ports?binding:host_id=node-2",
            Value::Null,
        );
        assert_eq!(list, json!({"ports": []}));
        assert_eq!(neutron.requests().len(), 3);
    }

    #[test]
    fn ids_choose_how_a_call_fails() {
        let neutron = FakeNeutron::start().unwrap();
        let check = |method, id: &str, expected: u16| {
            let (status, _) = ask(
                &neutron,
                method,
                &format!("/v2.0/ports/{id}"),
                json!({"port": {}}),
            );
            assert_eq!(status, expected, "{method} {id}");
        };
        check("GET", "dead0000", 404);
        check("PUT", "beef0000", 500);
        check("PUT", "f00d0000", 409);
        check("GET", "f00d0000", 200);
        check("DELETE", "abc", 204);
    }
}
