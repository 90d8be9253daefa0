//! Reading what a request is about, for the policies and for the reading of the request itself.

use std::future::Future;

use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http_body_util::{BodyExt, Limited};

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
}

impl Reader for Driver {
    async fn read(
        &self,
        resource: Resource<'_>,
        caller: &HeaderMap,
        fields: &[&str],
    ) -> Result<Reading, DriverError> {
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
        let Resource { collection, ident } = resource;
        let whole = format!("/v1/{}/{}", collection.path(), percent_encode(ident));
        let mut path = whole.clone();
        if !fields.is_empty() {
            path.push_str("?fields=");
            path.push_str(&fields.join(","));
        }
        let mut reply = self.get_described(&path, &whole, &headers).await?;
        if let Some(refused) = &proof
            && let Some(other) = self.after(&reply, refused).await
        {
            for (name, value) in other.headers() {
                headers.insert(name, value.clone());
            }
            reply = self.get_described(&path, &whole, &headers).await?;
        }
        if reply.status() != StatusCode::OK {
            let secrets = || KnownSecrets::of_headers(&headers);
            let reply = cleaned(reply, self.reply_timeout, &self.sanitizers, secrets).await;
            return Ok(Reading::Answered(Box::new(reply)));
        }
        let body = Limited::new(reply.into_response().into_body(), BYTES)
            .collect()
            .await
            .map_err(|_| DriverError::Description)?;
        Document::read(body.to_bytes())
            .map(Reading::Found)
            .map_err(|_| DriverError::Description)
    }
}

impl Driver {
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
