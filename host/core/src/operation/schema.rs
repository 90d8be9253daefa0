//! What each operation's request may hold: Ironic's own rules, written down as JSON Schema, and
//! the limits that Ironic leaves to its database.
//!
//! The files under `schemas/` are the source, one for each resource; in them `$defs` with a dot in
//! the name are operations. Beside JSON Schema (draft 2020-12) they say
//!
//! | keyword | meaning |
//! | --- | --- |
//! | `x-since`, `x-until` | first and last version of the API that knows the field or the operation |
//! | `x-body: "optional"` | the request may come without a body |
//! | `x-query` | arguments that may stand in the query; `true` for any |
//! | `x-patched: true` | a `PATCH`: the schema is of the patched document |
//! | `x-removable: false` | a patch may not remove the field |
//! | `x-max-stored-bytes` | longest form as JSON text that Ironic's database keeps |
//! | `x-unique-by` | members in which no two items of an array may agree |
//! | `x-accepts` | what would be accepted, in words |
//!
//! Pure. A finding tells the kind of what was found, and never a value.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::json::SerdeJson;
use serde_json::{Map, Value};

use super::microversion::Microversion;
use super::patch::{Action, Patch, Step};
use crate::json::{Document, Read};

mod finding;
mod keywords;
mod source;
mod versions;
mod words;

pub use finding::SchemaFinding;
pub use source::SchemaError;

use finding::Findings;
use versions::Views;

/// The schemas of all operations, ready to use.
pub struct Schemas(BTreeMap<String, OperationSchema>);

impl Schemas {
    /// The schemas that come with the library. Each is compiled when a request first needs it.
    ///
    /// # Errors
    /// When a file cannot be read: never, with the files as they are, which a test sees to.
    pub fn bundled() -> Result<Self, SchemaError> {
        let operations = source::operations()?.into_iter();
        let named = operations.map(|(name, schema)| (name, OperationSchema::new(&schema)));
        Ok(Self(named.collect()))
    }

    /// The schema of an operation; `None` for one that nobody has described.
    ///
    /// A provision request with a verb that Ironic does not have gets one that nothing satisfies.
    pub fn find(&self, operation: &str) -> Option<&OperationSchema> {
        let verb_of = operation.split_once(VERB).map(|_| PROVISION);
        let found = self.0.get(operation);
        found.or_else(|| self.0.get(verb_of?))
    }

    /// Names of the operations that are described.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

const PROVISION: &str = "node.provision";
const VERB: &str = "node.provision.";

/// The schema of one operation, in all versions of the API.
pub struct OperationSchema {
    since: u16,
    body: Body,
    query: Query,
    /// With all fields of all versions, for what to say about the ones that are missing.
    whole: Value,
}

enum Body {
    /// A document of its own.
    Document {
        views: Views<Read>,
        is_required: bool,
    },
    /// A patch, and what becomes of the document it is for.
    Patch(Views<SerdeJson>),
}

enum Query {
    None,
    Any,
    Known {
        views: Views<SerdeJson>,
        whole: Value,
    },
}

impl OperationSchema {
    fn new(schema: &Value) -> Self {
        let body = if schema.get("x-patched") == Some(&Value::Bool(true)) {
            Body::Patch(Views::new(schema))
        } else {
            Body::Document {
                views: Views::new(schema),
                is_required: schema.get("x-body").is_none(),
            }
        };
        let query = match schema.get("x-query") {
            None => Query::None,
            Some(Value::Bool(_)) => Query::Any,
            Some(arguments) => {
                let whole = serde_json::json!({
                    "type": "object", "properties": arguments, "additionalProperties": false,
                });
                Query::Known {
                    views: Views::new(&whole),
                    whole,
                }
            }
        };
        Self {
            since: versions::since(schema),
            body,
            query,
            whole: schema.clone(),
        }
    }

    /// What is wrong with the schema in any version.
    #[cfg(test)]
    fn faults(&self) -> Vec<String> {
        let mut faults = match &self.body {
            Body::Document { views, .. } => views.faults(),
            Body::Patch(views) => views.faults(),
        };
        if let Query::Known { views, .. } = &self.query {
            faults.extend(views.faults());
        }
        faults
    }

    /// Whether it is about the document that a patch leads to.
    pub fn is_of_patched(&self) -> bool {
        matches!(self.body, Body::Patch(_))
    }

    /// Judges a body; for a patch, nothing but that there is one.
    ///
    /// # Errors
    /// At least one finding. Pointers are into the body.
    pub fn check_body(
        &self,
        version: Microversion,
        body: Option<&Document>,
    ) -> Result<(), Vec<SchemaFinding>> {
        self.check_version(version)?;
        match (&self.body, body) {
            (Body::Document { is_required, .. }, None) if !is_required => Ok(()),
            (Body::Document { .. }, None) => Err(no_body(words::of(&self.whole))),
            (Body::Patch(_), None) => Err(no_body("an array of operations".into())),
            (Body::Document { views, .. }, Some(body)) => {
                let mut findings = Findings::default();
                findings.add_nul(body);
                let validator = views.at(version);
                if !validator.is_some_and(|validator| validator.is_valid(body.root())) {
                    let errors = validator
                        .into_iter()
                        .flat_map(|v| v.iter_errors(body.root()));
                    findings.add_errors(errors, &self.whole, &finding::Kinds::of(body));
                }
                findings.into_result()
            }
            (Body::Patch(_), Some(_)) => Ok(()),
        }
    }

    /// Judges the arguments of a query, decoded.
    ///
    /// # Errors
    /// At least one finding. Pointers begin with the name of the argument.
    pub fn check_query(
        &self,
        version: Microversion,
        query: &[(String, String)],
    ) -> Result<(), Vec<SchemaFinding>> {
        let arguments = || -> Map<String, Value> {
            let pairs = query.iter();
            pairs
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect()
        };
        match &self.query {
            Query::Any => Ok(()),
            Query::None if query.is_empty() => Ok(()),
            Query::None => Err(vec![SchemaFinding {
                pointer: String::new(),
                message: "found arguments in the query".into(),
                accepted: "all of them in the body".into(),
            }]),
            Query::Known { views, whole } => check_tree(views, version, &arguments().into(), whole),
        }
    }

    /// Judges what a patch wants to touch, before the document is known.
    ///
    /// # Errors
    /// At least one finding. Pointers are into the patch.
    pub fn check_patch(
        &self,
        version: Microversion,
        patch: &Patch,
    ) -> Result<(), Vec<SchemaFinding>> {
        self.check_version(version)?;
        let fields = self.whole.get("properties");
        let mut findings = Findings::default();
        for (at, step) in patch.steps().enumerate() {
            let pointer = format!("/{at}/path");
            match fields.and_then(|fields| fields.get(step.root())) {
                None => findings.push(SchemaFinding {
                    pointer,
                    message: "found a field that cannot be updated".into(),
                    accepted: words::names(fields.and_then(Value::as_object)),
                }),
                Some(field) if !versions::has(field, version.minor) => {
                    findings.push(finding::of_other_version(pointer, field, version));
                }
                Some(field)
                    if matches!(step.action(), Action::Remove)
                        && step.is_root()
                        && field.get("x-removable").is_some() =>
                {
                    findings.push(SchemaFinding {
                        pointer,
                        message: "found a field that cannot be removed".into(),
                        accepted: "`replace` with another value".into(),
                    });
                }
                Some(_) => {}
            }
        }
        findings.into_result()
    }

    /// Judges the fields of a patched document that the patch has touched. The others are as
    /// Ironic has them; some of them it would not take back, such as passwords it has masked.
    ///
    /// # Errors
    /// At least one finding. Pointers are into the patched document.
    pub fn check_patched(
        &self,
        version: Microversion,
        patch: &Patch,
        patched: &Value,
    ) -> Result<(), Vec<SchemaFinding>> {
        let Body::Patch(views) = &self.body else {
            return Ok(());
        };
        let roots: BTreeSet<_> = patch.steps().map(Step::root).collect();
        let touched = roots.into_iter().filter_map(|root| {
            let value = patched.get(root)?;
            Some((root.to_owned(), value.clone()))
        });
        let touched = Value::Object(touched.collect());
        check_tree(views, version, &touched, &self.whole)
    }

    fn check_version(&self, version: Microversion) -> Result<(), Vec<SchemaFinding>> {
        if version.minor >= self.since {
            return Ok(());
        }
        Err(vec![finding::of_other_version(
            String::new(),
            &self.whole,
            version,
        )])
    }
}

fn no_body(accepted: String) -> Vec<SchemaFinding> {
    vec![SchemaFinding {
        pointer: String::new(),
        message: "found no body".into(),
        accepted,
    }]
}

fn check_tree(
    views: &Views<SerdeJson>,
    version: Microversion,
    tree: &Value,
    whole: &Value,
) -> Result<(), Vec<SchemaFinding>> {
    let mut findings = Findings::default();
    findings.add_nul_of_tree(tree);
    let validator = views.at(version);
    if !validator.is_some_and(|validator| validator.is_valid(tree)) {
        let errors = validator.into_iter().flat_map(|v| v.iter_errors(tree));
        findings.add_errors(errors, whole, &finding::Kinds::of_tree(tree));
    }
    findings.into_result()
}

#[cfg(test)]
mod tests;
