//! A fresh instance with its place in the pool.

use std::time::Instant;

use super::Shared;
use super::error::EvaluationError;
use super::instance::{Given, Instance};
use super::limits::Limits;
use super::places::Place;
use super::program::Program;

/// A fresh instance, and its place in the pool for as long as it lives.
pub(super) struct Visit<'a> {
    // Dropped in this order: the instance gives its memory back before its place is free.
    pub(super) instance: Instance,
    _place: Place<'a>,
}

impl Shared {
    pub(super) async fn visit(
        &self,
        program: &Program,
        limits: Limits,
        given: Given,
        deadline: Instant,
    ) -> Result<Visit<'_>, EvaluationError> {
        let place = self.places.take(deadline).await?;
        self.ticker.wake();
        let instance = Instance::open(
            &self.engine,
            program.instance_pre(),
            limits,
            given,
            deadline,
        )
        .await?;
        Ok(Visit {
            instance,
            _place: place,
        })
    }
}
