//! What the model does with each call, as Ironic 39.0 does.

use serde_json::{Value, json};

use super::node::{Fate, LOOKS, Node};
use super::{Answer, World};
use crate::fake_ironic::Arrived;

impl World {
    /// Does what a request asks for, and answers.
    pub(super) fn answer(&mut self, request: &Arrived) -> Answer {
        let (path, query) = request
            .target
            .split_once('?')
            .unwrap_or((&request.target, ""));
        let segments: Vec<_> = path.trim_matches('/').split('/').skip(1).collect();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match (&*request.method, &segments[..]) {
            ("GET", []) => Answer::of(200, json!({"id": "v1"})),
            ("GET", ["nodes"]) => self.list(query),
            ("GET", ["volume", "targets"]) => {
                let of = |one: &&Value| query.contains(one["node_uuid"].as_str().unwrap_or("-"));
                let found: Vec<_> = self.targets.values().filter(of).collect();
                Answer::of(200, json!({"targets": found}))
            }
            ("POST", ["volume", kind]) => self.create(kind, &body),
            ("GET", ["volume", kind, uuid]) => match self.volumes(kind).get(*uuid) {
                Some(found) => Answer::of(200, found.clone()),
                None => Answer::fault(404, "no such volume resource"),
            },
            ("DELETE", ["volume", kind, uuid]) => match self.volumes(kind).remove(*uuid) {
                Some(_) => Answer::empty(204),
                None => Answer::fault(404, "no such volume resource"),
            },
            (method, ["nodes", ident, rest @ ..]) => self.of_node(method, ident, rest, &body),
            _ => Answer::fault(404, "no such path"),
        }
    }

    fn list(&mut self, query: &str) -> Answer {
        const PAGE: usize = 50;
        let marker = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("marker="));
        let after = |uuid: &String| marker.is_none_or(|marker| uuid.as_str() > marker);
        let mut found: Vec<_> = self.nodes.iter().filter(|(uuid, _)| after(uuid)).collect();
        let more = found.len() > PAGE;
        found.truncate(PAGE);
        let shown = found
            .iter()
            .map(|(_, node)| (*node).clone().look(String::new));
        let mut answer = json!({"nodes": shown.collect::<Vec<_>>()});
        if more {
            put(
                &mut answer,
                "next",
                "http://ironic/v1/nodes?marker=next".into(),
            );
        }
        Answer::of(200, answer)
    }

    fn volumes(&mut self, kind: &str) -> &mut std::collections::BTreeMap<String, Value> {
        if kind == "targets" {
            &mut self.targets
        } else {
            &mut self.connectors
        }
    }

    fn create(&mut self, kind: &str, body: &Value) -> Answer {
        let uuid = body["uuid"].as_str().unwrap_or_default().to_owned();
        let all = self.volumes(kind);
        if all.contains_key(&uuid) {
            return Answer::fault(409, "A volume resource with this UUID already exists.");
        }
        all.insert(uuid, body.clone());
        Answer::of(201, body.clone())
    }

    fn of_node(&mut self, method: &str, ident: &str, rest: &[&str], body: &Value) -> Answer {
        let now = self.tick();
        let mut nodes = self.nodes.values();
        let found = nodes.find(|node| node.uuid == ident || node.name == ident);
        let Some(uuid) = found.map(|node| node.uuid.clone()) else {
            return Answer::fault(404, &format!("Node {ident} could not be found."));
        };
        if let ("POST", ["vifs"]) = (method, rest) {
            let vif = body["id"].as_str().unwrap_or_default();
            if let Some(other) = self
                .nodes
                .values()
                .find(|node| node.vifs.iter().any(|v| v == vif))
            {
                let text = format!(
                    "Unable to attach VIF because VIF {vif} is already attached to Ironic Port {}",
                    other.uuid
                );
                return Answer::fault(409, &text);
            }
        }
        let Some(node) = self.nodes.get_mut(&uuid) else {
            return Answer::fault(404, "gone");
        };
        let answer = node.answer(method, rest, body, &now);
        if method != "GET" && answer.status < 300 {
            node.updated_at = Some(now);
        }
        answer
    }
}

impl Node {
    fn answer(&mut self, method: &str, rest: &[&str], body: &Value, now: &str) -> Answer {
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        match (method, rest) {
            ("GET", [] | ["states"]) => {
                let mut shown = self.look(|| now.to_owned());
                put(&mut shown, "boot_mode", self.boot_mode.as_str().into());
                Answer::of(200, shown)
            }
            ("GET", ["validate"]) => {
                let good = json!({"result": true});
                Answer::of(200, json!({"deploy": good, "power": good, "storage": good}))
            }
            ("GET", ["vifs"]) => {
                let vifs: Vec<_> = self.vifs.iter().map(|id| json!({"id": id})).collect();
                Answer::of(200, json!({"vifs": vifs}))
            }
            ("POST", ["vifs"]) => {
                self.vifs.push(text("id"));
                Answer::empty(204)
            }
            ("DELETE", ["vifs", vif]) => match self.vifs.iter().position(|id| id == vif) {
                Some(at) => {
                    self.vifs.remove(at);
                    Answer::empty(204)
                }
                None => Answer::fault(400, "it is not attached to it"),
            },
            ("PATCH", []) => self.patch(body, now),
            ("PUT", ["states", "provision"]) => self.provision(&text("target"), now),
            ("PUT", ["states", "power"]) => self.change_power(&text("target")),
            ("PUT", ["states", "boot_mode"]) => {
                self.boot_mode = text("target");
                Answer::empty(202)
            }
            ("GET", ["states", "console"]) => Answer::of(
                200,
                json!({"console_enabled": self.console, "console_info": null}),
            ),
            ("PUT", ["states", "console"]) => {
                let enabled = body["enabled"].as_bool().unwrap_or_default();
                // What is so already needs no lock, even if somebody is about to change it.
                if enabled != self.console {
                    if self.next_console.is_some() {
                        let text =
                            format!("Node {} is locked by host lab, please retry", self.uuid);
                        return Answer::fault(409, &text);
                    }
                    self.next_console = Some((LOOKS, enabled));
                }
                Answer::empty(202)
            }
            ("GET", ["management", "boot_device"]) => {
                let (device, persistent) = &self.boot_device;
                Answer::of(
                    200,
                    json!({"boot_device": device, "persistent": persistent}),
                )
            }
            ("PUT", ["management", "boot_device"]) => {
                let persistent = body["persistent"].as_bool().unwrap_or_default();
                self.boot_device = (text("boot_device"), persistent);
                Answer::empty(204)
            }
            ("PUT", ["management", "inject_nmi"]) => {
                self.interrupts += 1;
                Answer::empty(204)
            }
            ("POST", ["vmedia"]) => {
                self.media.retain(|device| *device != text("device_type"));
                self.media.push(text("device_type"));
                Answer::empty(204)
            }
            ("DELETE", ["vmedia"]) => {
                self.media.clear();
                Answer::empty(204)
            }
            ("PUT", ["maintenance"]) => {
                self.maintenance = true;
                Answer::empty(202)
            }
            ("DELETE", ["maintenance"]) => {
                self.maintenance = false;
                Answer::empty(202)
            }
            _ => Answer::fault(404, "no such path"),
        }
    }

    fn patch(&mut self, patch: &Value, now: &str) -> Answer {
        let may_be_changed = ["deploy failed", "inspecting", "clean failed", "verifying"];
        if (self.next.is_some() || self.next_power.is_some())
            && !may_be_changed.contains(&&*self.provision_state)
        {
            let text = "can not be updated while a state transition is in progress.";
            return Answer::fault(409, &format!("Node {} {text}", self.uuid));
        }
        let mut changed = self.clone();
        for operation in patch.as_array().into_iter().flatten() {
            let path = operation["path"].as_str().unwrap_or_default();
            let removes = operation["op"] == "remove";
            let value = operation["value"].clone();
            match path.split('/').skip(1).collect::<Vec<_>>()[..] {
                ["instance_uuid"] if removes => changed.instance = None,
                ["instance_uuid"] => {
                    if let Some(instance) = &self.instance {
                        let text =
                            format!("Node {} is associated with instance {instance}.", self.uuid);
                        return Answer::fault(409, &text);
                    }
                    changed.instance = value.as_str().map(str::to_owned);
                }
                ["instance_info"] => changed.instance_info = value,
                ["instance_info", key] if removes => {
                    let info = changed.instance_info.as_object_mut();
                    if info.and_then(|info| info.remove(key)).is_none() {
                        return Answer::fault(
                            400,
                            &format!("can't remove a non-existent object '{key}'"),
                        );
                    }
                }
                ["instance_info", key] => put(&mut changed.instance_info, key, value),
                _ => return Answer::fault(400, "no such attribute"),
            }
        }
        *self = changed;
        Answer::of(200, self.clone().look(|| now.to_owned()))
    }

    fn provision(&mut self, verb: &str, now: &str) -> Answer {
        let state = self.provision_state.clone();
        let way = match (&*state, verb) {
            ("available", "active") | ("active" | "deploy failed" | "error", "rebuild") => {
                let end = if self.fate == Fate::DeployFails {
                    "deploy failed"
                } else {
                    "active"
                };
                ("deploying", end.to_owned())
            }
            (
                "active" | "deploy failed" | "wait call-back" | "error" | "rescue"
                | "rescue failed" | "service failed",
                "deleted",
            ) => ("deleting", "cleaning".to_owned()),
            ("active", "rescue") => ("rescuing", "rescue".to_owned()),
            ("rescue" | "rescue failed", "unrescue") => ("unrescuing", "active".to_owned()),
            ("manageable", "clean") => ("cleaning", self.cleaned("manageable")),
            ("manageable", "provide") => ("cleaning", self.cleaned("available")),
            ("manageable" | "inspect failed", "inspect") => ("inspecting", "manageable".to_owned()),
            ("manageable", "adopt") => ("adopting", "active".to_owned()),
            ("enroll", "manage") => ("verifying", "manageable".to_owned()),
            ("available" | "clean failed" | "inspect failed" | "adopt failed", "manage") => {
                ("manageable", String::new())
            }
            ("active", "service") => ("servicing", "active".to_owned()),
            ("clean wait", "abort") => ("clean failed", String::new()),
            _ => {
                let text = format!(
                    "The requested action \"{verb}\" can not be performed on node \"{}\" while it is in state \"{state}\".",
                    self.uuid
                );
                return Answer::fault(400, &text);
            }
        };
        self.provision_state = way.0.into();
        self.provision_updated_at = Some(now.to_owned());
        self.last_error = None;
        self.next = (!way.1.is_empty()).then_some((LOOKS, way.1));
        Answer::empty(202)
    }

    fn change_power(&mut self, target: &str) -> Answer {
        let is_soft = target.starts_with("soft");
        let end = match target {
            "power on" => "power on",
            "power off" | "soft power off" => "power off",
            _ => {
                self.restarts += 1;
                "power on"
            }
        };
        self.last_error = None;
        match self.fate {
            Fate::PowerFails => self.last_error = Some("no answer from the BMC".into()),
            Fate::SoftPowerFails if is_soft => {
                self.last_error = Some("the operating system does not listen".into());
            }
            _ => self.next_power = Some((LOOKS, end.to_owned())),
        }
        Answer::empty(202)
    }
}

/// Sets a member of an object.
fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}
