//! Sending with our own credentials, and once more when they have to be renewed.

use std::borrow::Cow;

use http::uri::PathAndQuery;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::Either;

use super::auth::{self, Proof};
use super::place::Place;
use super::{Driver, DriverError, IronicReply, RequestBody};

/// In whose name requests are sent that bring no credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaks {
    /// In nobody's: they go out as they came.
    ForCallers,
    /// In our own.
    ForItself,
}

impl Speaks {
    /// Whether our own credentials belong to a request with these headers.
    pub(super) fn for_itself(self, headers: &HeaderMap) -> bool {
        self == Self::ForItself && !auth::carries_credentials(headers)
    }
}

impl Driver {
    /// Where Ironic is. Asks Keystone when the configuration does not say it.
    pub(super) async fn place(&self) -> Result<Cow<'_, Place>, DriverError> {
        if let Some(place) = &self.place {
            return Ok(Cow::Borrowed(place));
        }
        let url = self.session.ironic().await?;
        let url = url.ok_or(DriverError::Nowhere)?;
        Ok(Cow::Owned(Place::at(url)))
    }

    /// Sends a request with our credentials. `carriers` receives what they are, so that Ironic's
    /// answer can be searched for them.
    ///
    /// A request that Ironic answers with 401 is sent once more with another token. That holds
    /// for writes too, and is the only case in which one is repeated: a 401 says that the request
    /// was not accepted, so it has changed nothing.
    pub(super) async fn send_as_ourselves(
        &self,
        mut request: Request<RequestBody>,
        target: Option<PathAndQuery>,
        carriers: &mut HeaderMap,
    ) -> Result<IronicReply, DriverError> {
        let proof = self.session.proof().await?;
        let spare = self.session.is_renewable().then(|| copy_of(&request));
        *request.uri_mut() = self.place().await?.uri(target.as_ref())?;
        add(&mut request, &proof, carriers);
        let reply = self.send(request).await?;
        let Some(mut again) = spare.flatten() else {
            return Ok(reply);
        };
        let Some(proof) = self.after(&reply, &proof).await else {
            return Ok(reply);
        };
        *again.uri_mut() = self.place().await?.uri(target.as_ref())?;
        add(&mut again, &proof, carriers);
        self.send(again).await
    }

    /// The proof to try once more with, when Ironic has refused this one.
    pub(super) async fn after(&self, reply: &IronicReply, refused: &Proof) -> Option<Proof> {
        if reply.status() != StatusCode::UNAUTHORIZED {
            return None;
        }
        // Why there is none has been logged; what Ironic has said is the answer then.
        self.session.other_than(refused).await.ok().flatten()
    }
}

/// The same request once more, unless its body comes as a stream, which passes only once.
fn copy_of(request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
    let Either::Left(body) = request.body() else {
        return None;
    };
    let mut copy = Request::new(Either::Left(body.clone()));
    *copy.method_mut() = request.method().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

fn add(request: &mut Request<RequestBody>, proof: &Proof, carriers: &mut HeaderMap) {
    request.headers_mut().extend(proof.headers().clone());
    for (name, value) in proof.headers() {
        carriers.append(name, value.clone());
    }
}
