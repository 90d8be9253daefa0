//! A model of Ironic: nodes with states, VIFs and volumes, behind the fake's sockets.
//!
//! It does what Ironic does with the calls of whole operations, as far as an orchestrator can see,
//! and a test compares what it holds before and after. Work that takes Ironic a while is done when
//! the node has been looked at a few times.

mod answers;
mod node;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::fake_ironic::{Arrived, Script};
pub use node::{Fate, Node};

/// What Ironic keeps.
#[derive(Debug, Default)]
pub struct World {
    /// By UUID.
    pub nodes: BTreeMap<String, Node>,
    /// Volume targets, by UUID.
    pub targets: BTreeMap<String, Value>,
    /// Volume connectors, by UUID.
    pub connectors: BTreeMap<String, Value>,
    /// A write that is carried out when so many more requests have come.
    late: Option<(usize, Arrived)>,
    time: u64,
}

/// A world that tests and the fake share.
#[derive(Clone, Debug, Default)]
pub struct Model(Arc<Mutex<World>>);

/// What Ironic answers.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Body; none for an empty one.
    pub body: Option<Value>,
}

impl Answer {
    fn of(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Some(body),
        }
    }

    fn empty(status: u16) -> Self {
        Self { status, body: None }
    }

    /// An error in Ironic's own form.
    pub fn fault(status: u16, text: &str) -> Self {
        let fault = json!({"faultcode": "Client", "faultstring": text, "debuginfo": null});
        Self::of(status, json!({"error_message": fault.to_string()}))
    }

    /// As the fake sends it.
    pub fn script(&self) -> Script {
        crate::fake_ironic::reply(self.status, self.body.as_ref())
    }
}

impl Model {
    /// With these nodes.
    pub fn of(nodes: impl IntoIterator<Item = Node>) -> Self {
        let model = Self::default();
        let nodes = nodes.into_iter().map(|node| (node.uuid.clone(), node));
        model.world().nodes = nodes.collect();
        model
    }

    /// The world, to look at or to change.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what a request asks for, and answers.
    pub fn answer(&self, request: &Arrived) -> Answer {
        let mut world = self.world();
        world.carry_out_late();
        world.answer(request)
    }

    /// Does what a request asks for when so many more requests have come.
    pub fn carry_out_later(&self, request: &Arrived, after: usize) {
        self.world().late = Some((after, request.clone()));
    }

    /// Everything that has a meaning, to compare: no time stamps, no counters of looks. What is
    /// under way is counted as done.
    pub fn snapshot(&self) -> Value {
        let mut world = self.world();
        if let Some((_, request)) = world.late.take() {
            world.answer(&request);
        }
        let nodes: Vec<_> = world
            .nodes
            .values_mut()
            .map(|node| {
                node.come_to_rest();
                node.snapshot()
            })
            .collect();
        let volumes = |all: &BTreeMap<String, Value>| {
            // Their UUIDs are made up anew each time.
            let mut all: Vec<_> = all.values().cloned().collect();
            for one in &mut all {
                if let Some(one) = one.as_object_mut() {
                    one.remove("uuid");
                }
            }
            all
        };
        json!({
            "nodes": nodes, "targets": volumes(&world.targets),
            "connectors": volumes(&world.connectors),
        })
    }
}

impl World {
    fn carry_out_late(&mut self) {
        match self.late.take() {
            Some((0, request)) => drop(self.answer(&request)),
            Some((more, request)) => self.late = Some((more - 1, request)),
            None => {}
        }
    }

    fn tick(&mut self) -> String {
        self.time += 1;
        format!("2026-01-01T00:00:00.{:09}", self.time)
    }
}
