//! What a validator can do wrong, and what becomes of it: one typed failure, and nobody else is
//! harmed.

mod chain;
mod loading;
mod misdeeds;
mod pool;
mod raw_body;

use std::time::{Duration, Instant};

use portcullis::operation::{Evidence, Facts, Operation};
use portcullis::request::Request;
use portcullis::sandbox::limits::Limits;
use portcullis::sandbox::{Capability, Evaluated, LoadError, Sandbox, SandboxOptions, Validator};
use portcullis::verdict::Verdict;
use portcullis_tests::{guests, requests};

/// Settings that make the hostile guest behave.
const BEHAVE: &str = "{}";
/// Settings that make it run until it is stopped.
const SPIN: &str = r#"{"validate":"spin"}"#;

/// Limits with so much time that a busy machine does not make a test meet that one instead of
/// the limit it is about.
fn patient() -> Limits {
    Limits {
        time: Duration::from_secs(20),
        ..Limits::default()
    }
}

/// A sandbox with two validators: one that misbehaves and one that must not notice.
struct Bench {
    hostile: Validator,
    bystander: Validator,
    request: Request,
    operation: Operation,
}

impl Bench {
    async fn new(limits: Limits) -> Self {
        let options = SandboxOptions {
            instances: 8,
            ..SandboxOptions::default()
        };
        Self::with(&options, limits).await
    }

    async fn with(options: &SandboxOptions, limits: Limits) -> Self {
        let sandbox = Sandbox::new(options).unwrap();
        let hostile = load(&sandbox, "hostile", &[Capability::Log], limits).await;
        let bystander = load(&sandbox, "trivial", &[], patient()).await;
        let request = requests::enrolment();
        Self {
            hostile: hostile.unwrap(),
            bystander: bystander.unwrap(),
            operation: requests::operation(&request),
            request,
        }
    }

    async fn judge(&self, validator: &Validator, settings: &str) -> Evaluated {
        self.judge_until(validator, settings, requests::ample())
            .await
    }

    async fn judge_until(
        &self,
        validator: &Validator,
        settings: &str,
        deadline: Instant,
    ) -> Evaluated {
        let evidence = Evidence {
            request_id: &self.request.id,
            operation: &self.operation,
            headers: &self.request.headers,
            caller: &self.request.caller,
            taken_at: Duration::ZERO,
            facts: &Facts::default(),
        };
        validator.evaluate(settings, &evidence, deadline).await
    }

    /// What comes after a failure is as if there had been none.
    async fn assert_unharmed(&self, after: &str) {
        let allowed = Ok(Verdict::Allow(Vec::new()));
        let other = self.judge(&self.bystander, "{}").await;
        assert_eq!(other.result, allowed, "another validator, after {after}");
        let same = self.judge(&self.hostile, BEHAVE).await;
        assert_eq!(same.result, allowed, "the same validator, after {after}");
        assert_eq!(same.lines, [], "after {after}");
    }
}

async fn load(
    sandbox: &Sandbox,
    name: &str,
    granted: &[Capability],
    limits: Limits,
) -> Result<Validator, LoadError> {
    let guest = guests::get(name);
    sandbox
        .load(guest.wasm, Some(guest.compiled), granted, limits)
        .await
}
