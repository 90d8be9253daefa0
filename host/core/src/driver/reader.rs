//! Reading what a request is about, for the policies and for the reading of the request itself.

use std::future::Future;

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::reply::cleaned;
use super::{Driver, DriverError, IronicReply, auth};
use crate::json::Document;
use crate::operation::{Collection, Resource, percent_encode};
use crate::sanitise::KnownSecrets;

/// Largest thing that is read.
const BYTES: usize = 4 << 20;

/// Where the things can be read that a request is about.
pub trait Reader {
    /// Reads one of them, with the credentials in `caller`, as far as `fields` (names of its
    /// attributes) go; none stands for all.
    ///
    /// # Errors
    /// When there is no answer.
    fn read(
        &self,
        resource: Resource<'_>,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> impl Future<Output = Result<Reading, DriverError>> + Send;

    /// Reads the ports of a node, as an array.
    ///
    /// # Errors
    /// When there is no answer.
    fn read_ports(
        &self,
        node: &str,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> impl Future<Output = Result<Reading, DriverError>> + Send;
}

/// What came of reading.
pub enum Reading {
    /// It.
    Found(Document),
    /// Ironic's own answer that is something else, such as 404 or 401.
    Answered(Box<IronicReply>),
    /// There is nobody to ask.
    Unknown,
}

/// For judging without any Ironic: what is known, whatever it is called. By default, nothing.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The node.
    pub node: Option<Document>,
    /// The port.
    pub port: Option<Document>,
    /// The port group.
    pub portgroup: Option<Document>,
    /// The ports of the node, an array.
    pub ports: Option<Document>,
    /// Anything else that the path names.
    pub other: Option<Document>,
}

impl Reader for Known {
    async fn read(
        &self,
        resource: Resource<'_>,
        _caller: &HeaderMap,
        _fields: &[&str],
    ) -> Result<Reading, DriverError> {
        let known = match resource.collection {
            Collection::Nodes => &self.node,
            Collection::Ports => &self.port,
            Collection::Portgroups => &self.portgroup,
            Collection::Chassis
            | Collection::VolumeConnectors
            | Collection::VolumeTargets
            | Collection::Allocations
            | Collection::DeployTemplates
            | Collection::Runbooks
            | Collection::InspectionRules => &self.other,
        };
        Ok(known.clone().map_or(Reading::Unknown, Reading::Found))
    }

    async fn read_ports(
        &self,
        _node: &str,
        _caller: &HeaderMap,
        _fields: &[&str],
    ) -> Result<Reading, DriverError> {
        let known = self.ports.clone();
        Ok(known.map_or(Reading::Unknown, Reading::Found))
    }
}

impl Reader for Driver {
    async fn read(
        &self,
        resource: Resource<'_>,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> Result<Reading, DriverError> {
        let Resource { collection, ident } = resource;
        let path = format!("/v1/{}/{}", collection.path(), percent_encode(ident));
        match self.describe(&path, caller, fields).await? {
            Described::Text(text) => document(text),
            Described::Answered(reply) => Ok(Reading::Answered(reply)),
        }
    }

    async fn read_ports(
        &self,
        node: &str,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> Result<Reading, DriverError> {
        // Below the node itself, Ironic finds no ports when it is called by its name.
        let path = format!("/v1/ports?node={}", percent_encode(node));
        let text = match self.describe(&path, caller, fields).await? {
            Described::Text(text) => text,
            Described::Answered(reply) => return Ok(Reading::Answered(reply)),
        };
        let page: Page = serde_json::from_slice(&text).map_err(|_| DriverError::Description)?;
        // A part of them says nothing about all of them.
        if page.next.is_some() {
            return Ok(Reading::Unknown);
        }
        document(Bytes::copy_from_slice(page.ports.get().as_bytes()))
    }
}

/// Ironic's list of ports.
#[derive(Deserialize)]
struct Page {
    ports: Box<RawValue>,
    /// Where there are more.
    next: Option<String>,
}

/// What comes of asking.
enum Described {
    Text(Bytes),
    Answered(Box<IronicReply>),
}

fn document(text: Bytes) -> Result<Reading, DriverError> {
    let document = Document::read(text).map_err(|_| DriverError::Description)?;
    Ok(Reading::Found(document))
}

impl Driver {
    /// Asks for what stands at a path, as far as `fields` go, with the credentials in `caller`.
    async fn describe(
        &self,
        whole: &str,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> Result<Described, DriverError> {
        let mut headers = auth::credentials_of(caller);
        let proof = if self.speaks.for_itself(&headers) {
            Some(self.session.proof().await?)
        } else {
            None
        };
        headers.extend(proof.iter().flat_map(|proof| proof.headers().clone()));
        // The newest version shows all that anybody may ask for, whatever the request speaks.
        headers.insert(
            HeaderName::from_static("x-openstack-ironic-api-version"),
            HeaderValue::from_static("latest"),
        );
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let mut path = whole.to_owned();
        if !fields.is_empty() {
            let separator = if whole.contains('?') { "&" } else { "?" };
            path.push_str(separator);
            path.push_str("fields=");
            path.push_str(&fields.join(","));
        }
        let mut reply = self.get_described(&path, whole, &headers).await?;
        if let Some(refused) = &proof
            && let Some(other) = self.after(&reply, refused).await
        {
            for (name, value) in other.headers() {
                headers.insert(name, value.clone());
            }
            reply = self.get_described(&path, whole, &headers).await?;
        }
        if reply.status() != StatusCode::OK {
            let secrets = || KnownSecrets::of_headers(&headers);
            let reply = cleaned(reply, self.reply_timeout, &self.sanitizers, secrets).await;
            return Ok(Described::Answered(Box::new(reply)));
        }
        let body = Limited::new(reply.into_response().into_body(), BYTES)
            .collect()
            .await
            .map_err(|_| DriverError::Description)?;
        Ok(Described::Text(body.to_bytes()))
    }

    /// Reads `path`, or `whole` when an older Ironic does not know one of the fields: the whole
    /// tells as well.
    async fn get_described(
        &self,
        path: &str,
        whole: &str,
        headers: &HeaderMap,
    ) -> Result<IronicReply, DriverError> {
        let get = async |path: &str| {
            let target = path.parse().map_err(|_| DriverError::Target)?;
            self.get(&target, headers.clone()).await
        };
        let reply = get(path).await?;
        if reply.status() == StatusCode::BAD_REQUEST && path != whole {
            return get(whole).await;
        }
        Ok(reply)
    }
}
