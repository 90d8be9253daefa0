//! A request that has been judged, and one that may be sent.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::full;
use crate::driver::RequestBody;
use crate::operation::Operation;
use crate::request::{Request, RequestId};
use crate::verdict::{Decision, Outcome};

/// A request that has been judged.
pub struct Decided {
    pub(super) request: Request,
    pub(super) operation: Option<Operation>,
    pub(super) decision: Decision,
    pub(super) outcomes: Vec<(Outcome, Duration)>,
    /// What the drive of the request has to hide.
    pub(super) drive_secrets: Vec<Zeroizing<String>>,
}

impl Decided {
    pub(super) fn read(request: Request) -> Self {
        Self {
            request,
            operation: None,
            decision: Decision::Admit { notes: Vec::new() },
            outcomes: Vec::new(),
            drive_secrets: Vec::new(),
        }
    }

    /// What was decided.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Id of the request.
    pub fn request_id(&self) -> &RequestId {
        &self.request.id
    }

    /// The operation; none for a read.
    pub fn operation(&self) -> Option<&Operation> {
        self.operation.as_ref()
    }

    /// What each policy made of it, in the order of the configuration, and how long that took.
    pub fn outcomes(&self) -> &[(Outcome, Duration)] {
        &self.outcomes
    }

    /// What the driver accepts, if that is what was decided.
    ///
    /// # Errors
    /// With the decision, when it is another.
    pub fn into_admitted(self) -> Result<Admitted, Decision> {
        match self.decision {
            Decision::Admit { .. } => Ok(Admitted::whole(
                self.request,
                self.operation,
                self.drive_secrets,
            )),
            refused @ (Decision::Reject { .. } | Decision::Undecided { .. }) => Err(refused),
        }
    }
}

impl fmt::Debug for Decided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decided")
            .field("request", &self.request)
            .field("decision", &self.decision)
            .finish_non_exhaustive()
    }
}

/// A request that may be sent to Ironic. Only a [`Gate`](super::Gate) makes one, and the driver takes nothing
/// else.
pub struct Admitted {
    request: http::Request<RequestBody>,
    /// What it asks, where that is known: it says which parts of the request are secret.
    operation: Option<Operation>,
    /// What its drive has to hide.
    drive_secrets: Vec<Zeroizing<String>>,
}

impl Admitted {
    /// A read, as it came in.
    pub(super) fn read(head: http::request::Parts, body: RequestBody) -> Self {
        Self {
            request: http::Request::from_parts(head, body),
            operation: None,
            drive_secrets: Vec::new(),
        }
    }

    fn whole(
        request: Request,
        operation: Option<Operation>,
        drive_secrets: Vec<Zeroizing<String>>,
    ) -> Self {
        let mut whole = http::Request::new(full(request.body));
        *whole.method_mut() = request.method;
        *whole.headers_mut() = request.headers;
        *whole.uri_mut() = request.target.into();
        Self {
            request: whole,
            operation,
            drive_secrets,
        }
    }

    pub(crate) fn into_parts(
        self,
    ) -> (
        http::Request<RequestBody>,
        Option<Operation>,
        Vec<Zeroizing<String>>,
    ) {
        (self.request, self.operation, self.drive_secrets)
    }
}

impl fmt::Debug for Admitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Admitted")
            .field(self.request.method())
            .field(&self.request.uri().path())
            .finish()
    }
}
