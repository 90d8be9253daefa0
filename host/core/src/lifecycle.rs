//! Whole operations on nodes: deploy, rebuild, destroy, reboot, attach this network, and so on.
//!
//! What is ordered becomes a [`Plan`] first: the calls it takes, and for each the call
//! that takes it back. The gate judges all of it before the first call, each step with the node as
//! it will be by then, and the way back of each. Then the calls are made, one after the other, and every one goes through the
//! gate again and the driver, as any other request does: there is no second way to Ironic.
//!
//! When a call fails, a deadline passes or somebody asks to stop, what was done is taken back, in
//! reverse, and by looking at what Ironic shows. What cannot be taken back is reported, with the
//! calls that would finish it.
//!
//! An order runs in a task of its own. Dropping what [`Lifecycle::begin`] returns, at any point,
//! asks the order to stop and leaves the taking back to that task. Should the process end, the
//! journal knows what was under way, and [`Lifecycle::recover`] finishes it.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use portcullis::{admission::Gate, driver::Driver, operation::NodeIdent};
//! use portcullis::lifecycle::input::Deadline;
//! use portcullis::lifecycle::orders::{Deploy, Image, Order};
//! use portcullis::lifecycle::{Lifecycle, Settings, Terms};
//!
//! # async fn example(gate: Arc<Gate>, driver: Arc<Driver>, node: NodeIdent) -> Result<(), Box<dyn std::error::Error>> {
//! let lifecycle = Lifecycle::new(gate, driver, &Settings::default())?;
//! let image = Image::at("https://images.example.org/debian.qcow2");
//! let order = Order::Deploy(Box::new(Deploy::of(image)));
//! let terms = Terms::until(Deadline::after(Duration::from_secs(3600)));
//! let node = lifecycle.begin(node, order, terms).ended().await?;
//! println!("{} is {}", node.uuid, node.provision_state);
//! # Ok(())
//! # }
//! ```

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::admission::Gate;
use crate::driver::Driver;
use crate::operation::{Microversion, NodeIdent};

mod before;
pub mod call;
mod call_error;
pub mod conflict;
mod doubt;
mod effect;
pub mod error;
pub mod guarded;
pub mod input;
mod ironic;
mod journal;
mod judge;
mod lock;
pub mod orders;
mod pace;
pub mod plan;
pub mod progress;
mod recover;
mod run;
mod seen;
pub mod show;
pub mod state;
mod undo;
mod verbs;
pub mod version;
mod wait;

pub use call_error::CallError;
pub use error::{After, Cause, Failed, Leftover};
pub use journal::JournalError;
pub use judge::{Foreseen, Foresight};
pub use orders::Order;
pub use pace::Pace;
pub use plan::Plan;
pub use progress::{Phase, Progress};
pub use recover::{Recovered, Recovery};
pub use state::NodeView;
pub use wait::WaitError;

use input::{Deadline, NodeUuid};
use ironic::Ironic;
use journal::{Journal, Journals};
use lock::Turns;
use pace::Limit;
use progress::Reporter;
use run::{Errand, Times};

/// How orders are carried out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where journals are kept: a directory that only this user can use. Without it nothing is
    /// there to recover from when the process ends.
    pub journal: Option<PathBuf>,
    /// Nodes that are worked on at the same time.
    pub side_by_side: usize,
    /// How long taking back may take, from when it begins.
    pub undo_time: Duration,
    /// For how long Ironic has to show nothing of a write before that counts as not made, once its
    /// answer cannot come any more.
    pub settle_time: Duration,
    /// How often Ironic is looked at.
    pub pace: Pace,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            journal: None,
            side_by_side: 16,
            undo_time: Duration::from_secs(15 * 60),
            settle_time: Duration::from_secs(10),
            pace: Pace::default(),
        }
    }
}

/// On what terms an order is carried out.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Until when it has to have reached its goal.
    pub deadline: Deadline,
    /// Whether it ends at its goal, or when Ironic has accepted its last call. What goes wrong
    /// after that is then nobody's to undo.
    pub waits: bool,
    /// Whether it is begun even though a policy would refuse that something is taken back, which
    /// then stays behind when the order fails.
    pub one_way: bool,
}

impl Terms {
    /// Until it has reached its goal.
    pub fn until(deadline: Deadline) -> Self {
        Self {
            deadline,
            waits: true,
            one_way: false,
        }
    }
}

/// Carries out orders.
#[derive(Clone)]
pub struct Lifecycle {
    inner: Arc<Inner>,
}

struct Inner {
    ironic: Ironic,
    journals: Option<Journals>,
    turns: Arc<Turns>,
    times: Times,
}

impl Lifecycle {
    /// Through this gate and this driver, which should be one
    /// [with credentials of its own](Driver::with_own_credentials).
    ///
    /// # Errors
    /// When the directory of the journal cannot be used, or others can use it as well.
    pub fn new(
        gate: Arc<Gate>,
        driver: Arc<Driver>,
        settings: &Settings,
    ) -> Result<Self, JournalError> {
        let journals = settings
            .journal
            .as_deref()
            .map(Journals::open)
            .transpose()?;
        Ok(Self {
            inner: Arc::new(Inner {
                ironic: Ironic::new(gate, driver, settings.pace),
                journals,
                turns: Turns::new(settings.side_by_side),
                times: Times {
                    undo: settings.undo_time,
                    settle: settings.settle_time,
                },
            }),
        })
    }

    /// Begins to carry out an order, in a task of its own on the runtime of the caller.
    ///
    /// # Panics
    /// Outside of a runtime, as [`tokio::spawn`] does.
    pub fn begin(&self, node: NodeIdent, order: Order, terms: Terms) -> Running {
        let (stop, stopped) = watch::channel(false);
        let (report, progress) = Reporter::new();
        let inner = Arc::clone(&self.inner);
        let limit = Limit::new(terms.deadline, stopped);
        let task = tokio::spawn(async move {
            let outcome = inner.carry_out(&node, &order, terms, &limit, &report).await;
            report.phase(Phase::Ended);
            outcome
        });
        Running {
            task,
            stop,
            progress,
        }
    }

    /// The plan of an order, and what the gate makes of it. Nothing is sent but reads, and nothing
    /// that is admitted is recorded.
    ///
    /// # Errors
    /// When there is no plan: the node is in no state for it, or cannot be read.
    pub async fn foresee(
        &self,
        node: &NodeIdent,
        order: &Order,
        terms: Terms,
    ) -> Result<Foreseen, Cause> {
        let limit = Limit::until(terms.deadline);
        let inner = &self.inner;
        let (_, _, foreseen) = inner.foresee(node.as_str(), order, terms, &limit).await?;
        Ok(foreseen)
    }

    /// Nodes whose orders nobody carries out any more, because their process has ended or left
    /// something over.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn unfinished(&self) -> Result<Vec<NodeUuid>, JournalError> {
        let journals = self.inner.journals.as_ref();
        journals.map_or(Ok(Vec::new()), Journals::unfinished)
    }

    /// Finishes what was left behind for a node, or takes it back; none when there is nothing.
    ///
    /// # Errors
    /// When the journal cannot be read, or Ironic cannot be asked.
    pub async fn recover(
        &self,
        node: &NodeUuid,
        deadline: Deadline,
    ) -> Result<Option<Recovered>, Cause> {
        self.begin_recovery(node.clone(), deadline).ended().await
    }

    /// The same, begun at once and behind the scenes: whoever stops waiting for it stops only the
    /// waiting. Has to be called within a runtime.
    pub fn begin_recovery(&self, node: NodeUuid, deadline: Deadline) -> Recovery {
        Recovery::begin(Arc::clone(&self.inner), node, deadline)
    }
}

/// An order that is being carried out. Dropping it asks the order to stop, and what it did is then
/// taken back behind the scenes.
pub struct Running {
    task: JoinHandle<Result<NodeView, Failed>>,
    stop: watch::Sender<bool>,
    progress: watch::Receiver<Progress>,
}

impl Running {
    /// Asks it to stop. What it did is taken back, and [`Running::ended`] says so.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// What asks it to stop when it is not at hand itself.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// How far it has come, now and from now on.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Waits for its end; the node as it is then.
    ///
    /// # Errors
    /// When it does not reach its goal.
    pub async fn ended(mut self) -> Result<NodeView, Failed> {
        (&mut self.task).await.unwrap_or_else(|_| {
            Err(Failed {
                cause: Cause::Ended,
                after: After::Left(Vec::new()),
            })
        })
    }
}

/// Asks an order to stop.
#[derive(Clone, Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stopper {
    /// Asks it to stop, as [`Running::stop`] does.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Inner {
    async fn carry_out(
        &self,
        node: &NodeIdent,
        order: &Order,
        terms: Terms,
        limit: &Limit,
        report: &Reporter,
    ) -> Result<NodeView, Failed> {
        let untouched = |cause| Failed {
            cause,
            after: After::Untouched,
        };
        // By its name, a node could be worked on twice at the same time.
        let uuid = before::uuid(&self.ironic, node, limit)
            .await
            .map_err(untouched)?;
        let turn = limit
            .unless_over(Arc::clone(&self.turns).of(uuid.clone()))
            .await;
        let Some(_turn) = turn else {
            return Err(untouched(run::over(limit).unwrap_or(Cause::Deadline)));
        };
        report.phase(Phase::Planning);
        let mut errand = self
            .plan(&uuid, order, terms, limit, report)
            .await
            .map_err(untouched)?;
        report.phase(Phase::Running);
        match errand.carry_out(0, limit).await {
            Ok(()) => {
                if let Err(error) = errand.journal.end().await {
                    tracing::warn!(node = %uuid, %error, "journal cannot be removed");
                }
                // The order has reached its goal, whether or not Ironic shows it once more.
                let now = self
                    .ironic
                    .node(&uuid, &Limit::firm(self.times.settle))
                    .await;
                let node = now.ok().flatten().or(errand.last);
                node.ok_or_else(|| untouched(Cause::NoNode(run::ident(&uuid))))
            }
            Err(cause) => {
                let after = errand.take_back(&cause).await;
                Err(Failed { cause, after })
            }
        }
    }

    /// The plan of an order, and what the gate makes of it.
    async fn foresee(
        &self,
        node: &str,
        order: &Order,
        terms: Terms,
        limit: &Limit,
    ) -> Result<(Microversion, NodeView, Foreseen), Cause> {
        let ironic = &self.ironic;
        let (version, before) = before::read(ironic, node, order.needs(), limit).await?;
        let plan = order.plan(&before)?;
        let plan = if terms.waits {
            plan
        } else {
            plan.without_waiting()
        };
        before::must_be_able(&plan, version)?;
        let foreseen = judge::foresee(ironic, plan, before.document, version).await;
        Ok((version, before.node, foreseen))
    }

    /// A plan that has been judged, and stands in the journal.
    async fn plan<'a>(
        &'a self,
        uuid: &NodeUuid,
        order: &Order,
        terms: Terms,
        limit: &Limit,
        report: &'a Reporter,
    ) -> Result<Errand<'a>, Cause> {
        let (version, node, foreseen) = self.foresee(uuid.as_str(), order, terms, limit).await?;
        let plan = foreseen.into_plan(terms.one_way)?;
        let journal = match &self.journals {
            Some(journals) => match journals.begin(&plan) {
                // Whatever else is unfinished may wait for just this.
                Err(JournalError::Unfinished(_)) if plan.is_about_maintenance() => {
                    Journal::default()
                }
                begun => begun?,
            },
            None => Journal::default(),
        };
        Ok(Errand {
            ironic: &self.ironic,
            plan,
            version,
            journal,
            report,
            times: self.times,
            begun: Vec::new(),
            undone: Vec::new(),
            doubt: None,
            is_recovery: false,
            last: Some(node),
        })
    }
}

/// Ironic's own description of something.
pub type Description = Map<String, Value>;
