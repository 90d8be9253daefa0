//! A sanitizer that has been loaded, and the instances of it that are kept over a stream.
//!
//! What a sanitizer answers is only held against its limits here; that it took away and did
//! nothing else is checked where its answers are used, in [`sanitise`](crate::sanitise).

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use super::bindings::log_sanitizer::exports::portcullis::policy::sanitizer as raw;
use super::bindings::log_sanitizer::{LogSanitizer, LogSanitizerPre};
use super::description::{self, expect, expect_identity, is_plain_name, is_word};
use super::error::{AnswerFault, EvaluationError, LoadError, classify};
use super::instance::{Given, Instance, State};
use super::limits::Limits;
use super::load::LOAD_TIME;
use super::validator::SettingsProblem;
use super::{CONTRACT, Sandbox, Shared, cache};

/// A sanitizer that has been loaded.
pub struct Sanitizer {
    shared: Arc<Shared>,
    pre: LogSanitizerPre<State>,
    description: SanitizerDescription,
    limits: Limits,
    digest: String,
    size_bytes: usize,
}

/// What a sanitizer says about itself, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct SanitizerDescription {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// A paragraph for an operator.
    pub doc: String,
    /// Why it takes something out: the words its markers may hold.
    pub reasons: Vec<String>,
    /// JSON Schema of its settings.
    pub settings_schema: Value,
}

/// What the lines of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any text.
    Plain,
    /// Each line is a JSON document, and is one afterwards.
    JsonLines,
}

/// One log record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRecord {
    /// For example `INFO`.
    pub level: String,
    /// Where it comes from, for example `ironic.conductor.manager`.
    pub target: String,
    /// What it says.
    pub message: String,
    /// Named values, in their order.
    pub fields: Vec<(String, String)>,
}

/// What a sanitizer answers, as it said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What may be written.
    pub clean: T,
    /// How often something was taken out, by reason.
    pub counts: Vec<(String, u64)>,
}

/// An instance of a sanitizer that is kept. It stands for one stream.
pub struct Session {
    shared: Arc<Shared>,
    instance: Instance,
    guest: LogSanitizer,
    limits: Limits,
}

const MOST_REASONS: usize = 64;
const LONGEST_REASON: usize = 24;

impl Sandbox {
    /// Loads a sanitizer, as [`Sandbox::load`] loads a validator. It may import nothing.
    ///
    /// # Errors
    /// When it is no sanitizer, imports anything, or describes itself wrongly.
    pub async fn load_sanitizer(
        &self,
        wasm: &[u8],
        compiled: Option<&'static [u8]>,
        limits: Limits,
    ) -> Result<Sanitizer, LoadError> {
        let digest = cache::digest(wasm);
        let component = self.shared_component(wasm, compiled, &digest)?;
        if let Some(import) = self.imported(&component)?.first() {
            return Err(LoadError::UnknownImport {
                import: format!("portcullis:policy/{}", import.name()),
            });
        }
        let linker = self.linker(&[]);
        let pre = linker
            .and_then(|linker| linker.instantiate_pre(&component))
            .and_then(LogSanitizerPre::new)
            .map_err(|error| LoadError::Contract {
                reason: format!("{error:#}"),
            })?;
        let shared = Arc::clone(&self.shared);
        let mut visitor = open(&shared, &pre, limits)
            .await
            .map_err(LoadError::Describe)?;
        let description = visitor.describe().await?;
        Ok(Sanitizer {
            shared,
            pre,
            description,
            limits,
            digest,
            size_bytes: wasm.len(),
        })
    }
}

impl Sanitizer {
    /// What it says about itself.
    pub fn description(&self) -> &SanitizerDescription {
        &self.description
    }

    /// SHA-256 of the component, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Size of the component.
    pub fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Lets the sanitizer check settings (a JSON object) that satisfy its schema.
    ///
    /// # Errors
    /// When it does not answer. Problems with the settings are its answer.
    pub async fn check_settings(&self, settings: &str) -> Result<Vec<SettingsProblem>, LoadError> {
        let opened = open(&self.shared, &self.pre, self.limits).await;
        let mut session = opened.map_err(LoadError::CheckSettings)?;
        let answer = session.check_settings(settings).await;
        match answer.map_err(LoadError::CheckSettings)? {
            Ok(()) => Ok(Vec::new()),
            Err(raw::SettingsError::Invalid(problems)) => {
                Ok(problems.into_iter().map(settings_problem).collect())
            }
        }
    }

    /// A fresh instance, with settings that were checked.
    ///
    /// # Errors
    /// When it cannot be had, or refuses the settings after all.
    pub async fn begin(&self, settings: &str) -> Result<Session, EvaluationError> {
        let mut session = open(&self.shared, &self.pre, self.limits).await?;
        session.start(settings).await?;
        Ok(session)
    }
}

async fn open(
    shared: &Arc<Shared>,
    pre: &LogSanitizerPre<State>,
    limits: Limits,
) -> Result<Session, EvaluationError> {
    let deadline = Instant::now() + LOAD_TIME;
    let place = shared.places.take(deadline).await?;
    shared.ticker.wake();
    let pre = pre.instance_pre();
    let mut instance =
        Instance::open(&shared.engine, pre, limits, Given::default(), deadline).await?;
    let guest = LogSanitizer::new(&mut instance.store, &instance.guest);
    drop(place);
    Ok(Session {
        shared: Arc::clone(shared),
        guest: guest.map_err(|error| classify(&error))?,
        instance,
        limits,
    })
}

/// Runs a call of the guest within its limits: an expression of the guest's interface and the store.
macro_rules! call {
    ($session:ident, $function:ident $(, $argument:expr)*) => {{
        let Session { shared, instance, guest, limits } = $session;
        let deadline = Instant::now() + limits.time;
        let place = shared.places.take(deadline).await?;
        shared.ticker.wake();
        instance.renew(deadline);
        let answer = guest
            .portcullis_policy_sanitizer()
            .$function(&mut instance.store $(, $argument)*)
            .await;
        drop(place);
        answer.map_err(|error| classify(&error))
    }};
}

impl Session {
    async fn describe(&mut self) -> Result<SanitizerDescription, LoadError> {
        let answer = async { call!(self, call_describe, CONTRACT) }.await;
        match answer.map_err(LoadError::Describe)? {
            Ok(description) => check(description),
            Err(raw::DescribeError::NeedsContract(needs)) => Err(LoadError::NeedsContract {
                needs: description::plain_text(&needs),
            }),
        }
    }

    async fn check_settings(
        &mut self,
        settings: &str,
    ) -> Result<Result<(), raw::SettingsError>, EvaluationError> {
        call!(self, call_check_settings, settings)
    }

    async fn start(&mut self, settings: &str) -> Result<(), EvaluationError> {
        let answer: Result<_, EvaluationError> = call!(self, call_start, settings);
        answer?.map_err(|_| EvaluationError::Declined {
            reason: "it refuses its settings".into(),
        })
    }

    /// The next lines of the stream.
    ///
    /// # Errors
    /// When there is no answer within the limits. The instance is of no use afterwards.
    pub async fn next(
        &mut self,
        form: Form,
        text: &str,
    ) -> Result<Answer<String>, EvaluationError> {
        let answer: Result<_, EvaluationError> = call!(self, call_sanitize_next, form.into(), text);
        clean_text(answer?)
    }

    /// A text that stands alone.
    ///
    /// # Errors
    /// As [`Session::next`].
    pub async fn alone(
        &mut self,
        form: Form,
        text: &str,
    ) -> Result<Answer<String>, EvaluationError> {
        let answer: Result<_, EvaluationError> =
            call!(self, call_sanitize_alone, form.into(), text);
        clean_text(answer?)
    }

    /// A batch of records, each of which stands alone.
    ///
    /// # Errors
    /// As [`Session::next`].
    pub async fn records(
        &mut self,
        batch: &[LogRecord],
    ) -> Result<Answer<Vec<LogRecord>>, EvaluationError> {
        let fields: Vec<Vec<_>> = batch.iter().map(raw_fields).collect();
        let raw_record = |(record, fields)| raw_record(record, fields);
        let records: Vec<_> = batch.iter().zip(&fields).map(raw_record).collect();
        let answer: Result<_, EvaluationError> = call!(self, call_sanitize_records, &records);
        let raw::CleanRecords { records, counts } = answer?.map_err(declined)?;
        Ok(Answer {
            clean: records.into_iter().map(LogRecord::from).collect(),
            counts: counted(counts),
        })
    }
}

fn check(raw: raw::Description) -> Result<SanitizerDescription, LoadError> {
    expect_identity(&raw.name, &raw.version)?;
    let is_reason = |word: &String| word.len() <= LONGEST_REASON && is_word(word, is_plain_name);
    let are_words = raw.reasons.len() <= MOST_REASONS && raw.reasons.iter().all(is_reason);
    expect(are_words, || {
        format!(
            "reasons: expected at most {MOST_REASONS} words of 1 to {LONGEST_REASON} characters of `a-z 0-9 -`"
        )
    })?;
    Ok(SanitizerDescription {
        settings_schema: description::settings_schema(&raw.settings_schema)?,
        doc: description::plain_text(&raw.doc),
        name: raw.name,
        version: raw.version,
        reasons: raw.reasons,
    })
}

fn settings_problem(raw: raw::SettingsProblem) -> SettingsProblem {
    SettingsProblem {
        pointer: description::plain_text(&raw.pointer),
        message: description::plain_text(&raw.message),
    }
}

/// What a guest says here it could have taken from the text, so it is not kept.
fn declined(error: raw::SanitizeError) -> EvaluationError {
    let reason = match error {
        raw::SanitizeError::NotStarted => "it was not started",
        raw::SanitizeError::Failed(_) => "it did not say anything that could be shown",
    };
    EvaluationError::Declined {
        reason: reason.into(),
    }
}

fn clean_text(
    answer: Result<raw::CleanText, raw::SanitizeError>,
) -> Result<Answer<String>, EvaluationError> {
    let raw::CleanText { text, counts } = answer.map_err(declined)?;
    Ok(Answer {
        clean: text,
        counts: counted(counts),
    })
}

fn counted(counts: Vec<raw::Count>) -> Vec<(String, u64)> {
    let pair = |count: raw::Count| (count.reason, count.times);
    counts.into_iter().map(pair).collect()
}

fn raw_fields(record: &LogRecord) -> Vec<raw::LogFieldParam<'_>> {
    let field = |(name, value)| raw::LogFieldParam { name, value };
    let pairs = record
        .fields
        .iter()
        .map(|(name, value)| (&**name, &**value));
    pairs.map(field).collect()
}

fn raw_record<'a>(
    record: &'a LogRecord,
    fields: &'a Vec<raw::LogFieldParam<'a>>,
) -> raw::LogRecordParam<'a> {
    raw::LogRecordParam {
        level: &record.level,
        target: &record.target,
        message: &record.message,
        fields,
    }
}

impl From<raw::LogRecordResult> for LogRecord {
    fn from(raw: raw::LogRecordResult) -> Self {
        let fields = raw.fields.into_iter();
        Self {
            level: raw.level,
            target: raw.target,
            message: raw.message,
            fields: fields.map(|field| (field.name, field.value)).collect(),
        }
    }
}

impl From<Form> for raw::Form {
    fn from(form: Form) -> Self {
        match form {
            Form::Plain => Self::Plain,
            Form::JsonLines => Self::JsonLines,
        }
    }
}

impl EvaluationError {
    /// An answer that is not what was given with parts taken out.
    pub(crate) fn not_a_reduction() -> Self {
        Self::Answer(AnswerFault::Added)
    }
}
