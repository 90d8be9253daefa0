//! The sanitizers of a configuration, one after the other, with the host's floor before and after
//! them.
//!
//! Before: secrets that are known are masked, so that no guest ever sees one, and control
//! characters are written visibly. After each: the answer is held against what it was given. After
//! all: the floor again, for a secret that only came together when something between its parts was
//! taken out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::control;
use super::known::KnownSecrets;
use super::reduction::{is_reduction, is_reduction_by_line};
use super::withheld::Withheld;
use crate::policy::PolicyId;
use crate::sandbox::{Answer, EvaluationError, Form, LogRecord, Sanitizer, Session};
use crate::units::ByteSize;

/// How often something was taken out, by reason.
pub type Counts = BTreeMap<String, u64>;

/// What may be written, and what was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned<T> {
    /// What may be written; where the text was withheld, the fixed text that says why.
    pub clean: T,
    /// How often something was taken out.
    pub counts: Counts,
    /// Why the text was withheld, if it was.
    pub withheld: Option<Withheld>,
}

/// The sanitizers of a configuration.
pub struct Sanitizers {
    links: Vec<Link>,
    /// Instances that wait for their next text.
    idle: Mutex<Vec<Chain>>,
}

/// One sanitizer with its settings.
pub(super) struct Link {
    pub(super) name: PolicyId,
    pub(super) settings: String,
    pub(super) sanitizer: Sanitizer,
}

/// An instance of each sanitizer, kept from text to text.
pub(super) struct Chain {
    sessions: Vec<Session>,
    bytes: usize,
    calls: usize,
}

/// Which function of a sanitizer is called.
#[derive(Clone, Copy)]
pub(super) enum Call {
    Next,
    Alone,
}

/// Longest text that is looked through at once.
const LONGEST: usize = 8 << 20;
/// An instance is renewed after so much text, or so many calls, so that nothing it may have kept
/// lasts.
const RENEW_BYTES: usize = 64 << 20;
const RENEW_CALLS: usize = 4096;
/// Idle instances that are kept; more than one for each processor are hardly ever used.
const MOST_IDLE: usize = 8;
/// What an answer may be longer than the text: markers can be longer than what they stand for.
const GROWTH: usize = 4;
const ROOM: usize = 4 << 10;

impl Sanitizers {
    pub(super) fn new(links: Vec<Link>) -> Self {
        let idle = Mutex::default();
        Self { links, idle }
    }

    /// No sanitizer at all: what is left is the floor, and control characters made visible.
    pub fn none() -> Self {
        Self::new(Vec::new())
    }

    /// The sanitizers, in their order: name in the configuration, and what was loaded.
    pub fn iter(&self) -> impl Iterator<Item = (&PolicyId, &Sanitizer)> {
        self.links.iter().map(|link| (&link.name, &link.sanitizer))
    }

    /// What may be written of a text of any kind. It has as many lines as before.
    pub async fn text(&self, text: &str, known: &KnownSecrets) -> Cleaned<String> {
        self.alone(Form::Plain, text, known).await
    }

    /// What may be written of a JSON document. It stays one, and what is no secret keeps its bytes.
    /// What is no JSON is taken as text.
    pub async fn json(&self, text: &str, known: &KnownSecrets) -> Cleaned<String> {
        self.alone(Form::JsonLines, text, known).await
    }

    /// What may be kept of a JSON value.
    pub async fn value(&self, value: &Value, known: &KnownSecrets) -> Cleaned<Value> {
        let text = self.json(&value.to_string(), known).await;
        Cleaned {
            // Masking a number leaves what is no JSON any more.
            clean: serde_json::from_str(&text.clean)
                .unwrap_or_else(|_| Value::String(super::MARKER.into())),
            counts: text.counts,
            withheld: text.withheld,
        }
    }

    /// What may be written of log records, each of which stands alone. Each of their texts is one
    /// line afterwards: line breaks are written as `\n`.
    pub async fn records(
        &self,
        records: &[LogRecord],
        known: &KnownSecrets,
    ) -> Cleaned<Vec<LogRecord>> {
        let mut counts = Counts::new();
        let floored: Vec<_> = records
            .iter()
            .map(|record| {
                each(record, |text| {
                    control::one_line(&known.mask(text)).into_owned()
                })
            })
            .collect();
        let clean = match floor_fits(known, floored.iter().map(record_len).sum()) {
            Ok(()) => self.run_records(floored, &mut counts).await,
            Err(withheld) => Err(withheld),
        };
        match clean {
            Ok(clean) => Cleaned {
                clean: clean
                    .iter()
                    .map(|record| each(record, |text| known.mask(text).into_owned()))
                    .collect(),
                counts,
                withheld: None,
            },
            Err(withheld) => Cleaned {
                clean: records
                    .iter()
                    .map(|record| withheld_record(record, &withheld))
                    .collect(),
                counts,
                withheld: Some(withheld),
            },
        }
    }

    async fn alone(&self, form: Form, text: &str, known: &KnownSecrets) -> Cleaned<String> {
        let mut counts = Counts::new();
        let outcome = async {
            floor_fits(known, text.len())?;
            let mut chain = self.borrow().await?;
            let clean = self
                .run(&mut chain, Call::Alone, form, text, known, &mut counts)
                .await?;
            self.give_back(chain);
            Ok::<_, Withheld>(clean)
        };
        match outcome.await {
            Ok(clean) => Cleaned {
                clean,
                counts,
                withheld: None,
            },
            Err(withheld) => Cleaned {
                clean: withheld.text(form, &known.mask(text)),
                counts,
                withheld: Some(withheld),
            },
        }
    }

    /// Floor, sanitizers, floor. After an error the chain is of no use.
    pub(super) async fn run(
        &self,
        chain: &mut Chain,
        call: Call,
        form: Form,
        text: &str,
        known: &KnownSecrets,
        counts: &mut Counts,
    ) -> Result<String, Withheld> {
        floor_fits(known, text.len())?;
        chain.bytes += text.len();
        chain.calls += 1;
        let masked = known.mask(text);
        let mut clean = control::visible(&masked, form);
        for (link, session) in self.links.iter().zip(&mut chain.sessions) {
            let answer = match call {
                Call::Next => session.next(form, &clean).await,
                Call::Alone => session.alone(form, &clean).await,
            };
            let is_fit = match call {
                Call::Next => is_reduction_by_line,
                Call::Alone => is_reduction,
            };
            let reasons = &link.sanitizer.description().reasons;
            let answer = answer.and_then(|answer| {
                check_length(answer.clean.len(), clean.len())?;
                let is_fit = is_fit(&clean, &answer.clean, reasons);
                is_fit
                    .then_some(answer)
                    .ok_or_else(EvaluationError::not_a_reduction)
            });
            let answer = answer.map_err(|cause| link.failed(cause))?;
            clean = link.accept(answer, counts).into();
        }
        match known.mask(&clean) {
            Cow::Borrowed(_) => Ok(clean.into_owned()),
            Cow::Owned(masked) => Ok(masked),
        }
    }

    async fn run_records(
        &self,
        mut records: Vec<LogRecord>,
        counts: &mut Counts,
    ) -> Result<Vec<LogRecord>, Withheld> {
        let mut chain = self.borrow().await?;
        chain.bytes += records.iter().map(record_len).sum::<usize>();
        chain.calls += 1;
        for (link, session) in self.links.iter().zip(&mut chain.sessions) {
            let reasons = &link.sanitizer.description().reasons;
            let answer = session.records(&records).await.and_then(|answer| {
                let after = answer.clean.iter().map(record_len).sum();
                check_length(after, records.iter().map(record_len).sum())?;
                let is_fit = are_reductions(&records, &answer.clean, reasons);
                is_fit
                    .then_some(answer)
                    .ok_or_else(EvaluationError::not_a_reduction)
            });
            records = link.accept(answer.map_err(|cause| link.failed(cause))?, counts);
        }
        self.give_back(chain);
        Ok(records)
    }

    /// A chain of fresh instances.
    pub(super) async fn begin(&self) -> Result<Chain, Withheld> {
        let mut sessions = Vec::with_capacity(self.links.len());
        for link in &self.links {
            let session = link.sanitizer.begin(&link.settings).await;
            sessions.push(session.map_err(|cause| link.failed(cause))?);
        }
        Ok(Chain {
            sessions,
            bytes: 0,
            calls: 0,
        })
    }

    async fn borrow(&self) -> Result<Chain, Withheld> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(chain) => Ok(chain),
            None => self.begin().await,
        }
    }

    fn give_back(&self, chain: Chain) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if !chain.is_due() && idle.len() < MOST_IDLE {
            idle.push(chain);
        }
    }
}

impl std::fmt::Debug for Sanitizers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Link {
    fn failed(&self, cause: EvaluationError) -> Withheld {
        let sanitizer = self.name.clone();
        Withheld::Failed { sanitizer, cause }
    }

    /// Counts under words that were not declared are dropped: a word could tell something.
    fn accept<T>(&self, answer: Answer<T>, counts: &mut Counts) -> T {
        let reasons = &self.sanitizer.description().reasons;
        for (reason, times) in answer.counts {
            if reasons.contains(&reason) {
                let count = counts.entry(reason).or_default();
                *count = count.saturating_add(times);
            }
        }
        answer.clean
    }
}

impl Chain {
    /// Whether it has served long enough.
    pub(super) fn is_due(&self) -> bool {
        self.bytes >= RENEW_BYTES || self.calls >= RENEW_CALLS
    }

    /// Whether it has served so long that it is renewed wherever the stream stands.
    pub(super) fn is_overdue(&self) -> bool {
        self.bytes / 2 >= RENEW_BYTES || self.calls / 2 >= RENEW_CALLS
    }
}

fn floor_fits(known: &KnownSecrets, len: usize) -> Result<(), Withheld> {
    if known.withhold_everything() {
        Err(Withheld::TooManySecrets)
    } else if len > LONGEST {
        Err(Withheld::TooLong)
    } else {
        Ok(())
    }
}

fn check_length(after: usize, before: usize) -> Result<(), EvaluationError> {
    let limit = before.saturating_mul(GROWTH).saturating_add(ROOM);
    if after <= limit {
        return Ok(());
    }
    Err(EvaluationError::Output {
        limit: ByteSize::from_bytes(limit as u64),
    })
}

fn record_len(record: &LogRecord) -> usize {
    let fields = record.fields.iter();
    let fields: usize = fields.map(|(name, value)| name.len() + value.len()).sum();
    record.level.len() + record.target.len() + record.message.len() + fields
}

fn each(record: &LogRecord, change: impl Fn(&str) -> String) -> LogRecord {
    let fields = record.fields.iter();
    LogRecord {
        level: change(&record.level),
        target: change(&record.target),
        message: change(&record.message),
        fields: fields
            .map(|(name, value)| (change(name), change(value)))
            .collect(),
    }
}

fn are_reductions(before: &[LogRecord], after: &[LogRecord], reasons: &[String]) -> bool {
    let is_fit = |before: &str, after: &str| is_reduction_by_line(before, after, reasons);
    let is_record = |(before, after): (&LogRecord, &LogRecord)| {
        let mut fields = before.fields.iter().zip(&after.fields);
        is_fit(&before.level, &after.level)
            && is_fit(&before.target, &after.target)
            && is_fit(&before.message, &after.message)
            && before.fields.len() == after.fields.len()
            && fields
                .all(|(before, after)| is_fit(&before.0, &after.0) && is_fit(&before.1, &after.1))
    };
    before.len() == after.len() && before.iter().zip(after).all(is_record)
}

fn withheld_record(record: &LogRecord, withheld: &Withheld) -> LogRecord {
    LogRecord {
        message: withheld.text(Form::Plain, &record.message),
        ..LogRecord::default()
    }
}
