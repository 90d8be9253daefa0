//! What a request is about, as Ironic shows it.
//!
//! Read only as far as somebody needs it, no earlier than the request, with the caller's
//! credentials, and everything at the same time.

use std::borrow::Cow;
use std::time::Instant;

use super::DecideError;
use super::load::Policy;
use crate::driver::{DriverError, Reader, Reading};
use crate::json::Document;
use crate::operation::{Collection, Facts, Field, Operation, Resource, Rules};
use crate::request::Request;

/// What is to be read.
pub(super) struct Sought<'a> {
    /// What the path names.
    subject: Option<Question<'a>>,
    /// What nothing but the body names.
    node: Option<Question<'a>>,
    port: Option<Question<'a>>,
    portgroup: Option<Question<'a>>,
    /// Of the node that the path names.
    ports: Option<Question<'a>>,
}

struct Question<'a> {
    collection: Collection,
    ident: Cow<'a, str>,
    /// Attributes; all of them when there are none.
    fields: Vec<&'a str>,
}

/// What was read.
pub(super) struct Found {
    collection: Option<Collection>,
    subject: Option<Document>,
    node: Option<Document>,
    port: Option<Document>,
    portgroup: Option<Document>,
    ports: Option<Document>,
}

impl<'a> Sought<'a> {
    /// What these policies need to see of this operation, and what has to be known to send it.
    pub(super) fn by(policies: &[&'a Policy], operation: &'a Operation) -> Self {
        let subject = operation.subject();
        let mentioned = |collection| {
            let ident = operation.names(collection)?;
            let is_subject = subject.is_some_and(|subject| subject.collection == collection);
            let fields = fields(policies, collection);
            (!is_subject && !fields.is_empty()).then_some(Question {
                collection,
                ident,
                fields,
            })
        };
        Self {
            subject: subject.and_then(|subject| Question::about(subject, policies, operation)),
            node: mentioned(Collection::Nodes),
            port: mentioned(Collection::Ports),
            portgroup: mentioned(Collection::Portgroups),
            ports: Question::about_ports(policies, operation),
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.subject.is_none()
            && self.node.is_none()
            && self.port.is_none()
            && self.portgroup.is_none()
            && self.ports.is_none()
    }
}

/// What policies have to see of a thing: the attributes they declare, and of a node what they are
/// selected by.
fn fields<'a>(policies: &[&'a Policy], collection: Collection) -> Vec<&'a str> {
    let mut fields = attributes(policies, collection);
    let is_selected_by = policies.iter().any(|policy| policy.asks_which_node());
    if collection == Collection::Nodes && (is_selected_by || !fields.is_empty()) {
        name_itself(&mut fields);
    }
    fields
}

/// Adds what tells nodes apart.
fn name_itself(fields: &mut Vec<&str>) {
    fields.extend(["uuid", "name"]);
    fields.sort_unstable();
    fields.dedup();
}

/// The attributes that policies declare of what is in a collection.
fn attributes<'a>(policies: &[&'a Policy], collection: Collection) -> Vec<&'a str> {
    let declared = policies.iter().flat_map(|policy| policy.fields());
    let attributes = declared.filter_map(Field::attribute);
    let of_these = attributes.filter(|(of, _)| *of == collection);
    unique(of_these.map(|(_, name)| name))
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl<'a> Question<'a> {
    /// What has to be known of the thing that the path names.
    fn about(
        subject: Resource<'a>,
        policies: &[&'a Policy],
        operation: &Operation,
    ) -> Option<Self> {
        let of = |fields| Self {
            collection: subject.collection,
            ident: subject.ident.into(),
            fields,
        };
        if operation.patch().is_some() {
            return Some(of(Vec::new()));
        }
        let mut fields = fields(policies, subject.collection);
        if operation.node_name().is_some() {
            name_itself(&mut fields);
        }
        (!fields.is_empty()).then(|| of(fields))
    }

    /// What has to be known of the ports of the node.
    fn about_ports(policies: &[&'a Policy], operation: &'a Operation) -> Option<Self> {
        let declared = policies.iter().flat_map(|policy| policy.fields());
        let declared = declared.filter(|field| field.has_to_be_read(operation));
        let fields = unique(declared.filter_map(Field::of_all_ports));
        let ident = operation.names(Collection::Nodes)?;
        (!fields.is_empty()).then_some(Self {
            collection: Collection::Nodes,
            ident,
            fields,
        })
    }

    fn resource(&self) -> Resource<'_> {
        Resource {
            collection: self.collection,
            ident: &self.ident,
        }
    }
}

/// Reads what is sought.
pub(super) async fn read(
    reader: &impl Reader,
    sought: &Sought<'_>,
    request: &Request,
    deadline: Instant,
) -> Result<Found, DecideError> {
    let ask = async |question: &Option<Question<'_>>| match question {
        None => Ok(Reading::Unknown),
        Some(question) => {
            let reading = reader.read(question.resource(), &request.headers, &question.fields);
            reading.await.map_err(DecideError::Facts)
        }
    };
    let ask_for_ports = async || match &sought.ports {
        None => Ok(Reading::Unknown),
        Some(Question { ident, fields, .. }) => {
            let reading = reader.read_ports(ident, &request.headers, fields).await;
            reading.map_err(DecideError::Facts)
        }
    };
    let reading = async {
        tokio::try_join!(
            ask(&sought.subject),
            ask(&sought.node),
            ask(&sought.port),
            ask(&sought.portgroup),
            ask_for_ports()
        )
    };
    let read = tokio::time::timeout_at(deadline.into(), reading).await;
    let (subject, node, port, portgroup, ports) = read.map_err(|_| DecideError::FactsTime)??;
    let subject = match subject {
        Reading::Found(subject) => Some(subject),
        Reading::Unknown => None,
        Reading::Answered(reply) => return Err(DecideError::Answered(reply)),
    };
    // What only the body names may well not be there; Ironic says so when it gets the request.
    let mentioned = |reading| match reading {
        Reading::Found(document) => Some(document),
        Reading::Unknown | Reading::Answered(_) => None,
    };
    Ok(Found {
        collection: sought.subject.as_ref().map(|question| question.collection),
        subject,
        node: mentioned(node),
        port: mentioned(port),
        portgroup: mentioned(portgroup),
        ports: match (mentioned(ports), &sought.ports) {
            (Some(ports), Some(question)) => {
                let columns = Facts::of_ports(&ports, &question.fields);
                Some(columns.ok_or(DecideError::Facts(DriverError::Description))?)
            }
            _ => None,
        },
    })
}

impl Found {
    /// The facts, with what becomes of the subject if the operation is a patch.
    pub(super) fn into_facts(
        self,
        rules: &Rules,
        operation: &Operation,
    ) -> Result<Facts, DecideError> {
        let patched = match &self.subject {
            Some(subject) => rules.patched(operation, subject)?,
            None => None,
        };
        let mut facts = Facts {
            node: self.node,
            patched,
            port: self.port,
            portgroup: self.portgroup,
            ports: self.ports,
        };
        match self.collection {
            Some(Collection::Nodes) => facts.node = self.subject,
            Some(Collection::Ports) => facts.port = self.subject,
            Some(Collection::Portgroups) => facts.portgroup = self.subject,
            Some(
                Collection::Chassis
                | Collection::VolumeConnectors
                | Collection::VolumeTargets
                | Collection::Allocations
                | Collection::DeployTemplates
                | Collection::Runbooks
                | Collection::InspectionRules,
            )
            | None => {}
        }
        Ok(facts)
    }
}
