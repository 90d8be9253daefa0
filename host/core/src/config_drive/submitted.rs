//! The drive that a request submits, found and told by its form.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fmt;

use crate::json::{Document, Pointer, Typed, Value};
use crate::operation::patch::Action;
use crate::operation::{Collection, Facts, Operation};

/// How a drive arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// An empty string, which Ironic takes for no drive.
    Empty,
    /// The JSON object of its parts.
    Parts,
    /// Base64 text of a gzip stream of an image: any other string.
    Image,
    /// A string with `://` in it, which Ironic takes for a URL.
    Url,
    /// Neither a string nor an object.
    Other,
}

/// A drive as it stands in a request.
#[derive(Clone)]
pub struct Submitted {
    form: Form,
    pointer: String,
    place: Option<Pointer>,
    text: Bytes,
    served: Option<Bytes>,
    digest: Option<String>,
}

impl Submitted {
    /// The drive of an operation, if it submits one: with a deployment or a rebuild, or into the
    /// `instance_info` of a node that is created or patched.
    pub fn find(operation: &Operation, facts: &Facts) -> Option<Self> {
        let name = operation.name();
        if name.starts_with("node.provision.") {
            return Self::at(operation.body()?, "/configdrive");
        }
        if name == "node.create" {
            return Self::at(operation.body()?, "/instance_info/configdrive");
        }
        let is_node = operation
            .subject()
            .is_some_and(|subject| subject.collection == Collection::Nodes);
        if name == "node.update" && is_node {
            return Self::patched(operation, facts.patched.as_ref());
        }
        None
    }

    /// A drive that is no part of any request: the text of a string.
    pub fn of_text(text: Bytes) -> Self {
        Self {
            form: form_of_text(&text),
            pointer: String::new(),
            place: None,
            text,
            served: None,
            digest: None,
        }
    }

    /// A drive in JSON form that is no part of any request.
    pub fn of_parts(document: &Document) -> Self {
        Self {
            form: if document.root().is_object() {
                Form::Parts
            } else {
                Form::Other
            },
            pointer: String::new(),
            place: None,
            text: document.text().clone(),
            served: None,
            digest: None,
        }
    }

    fn at(body: &Document, pointer: &str) -> Option<Self> {
        let place: Pointer = pointer.parse().ok()?;
        let value = body.get(&place)?;
        Self::of(value, pointer.to_owned(), Some(place))
    }

    /// Only a patch that touches the drive submits one: what Ironic has stored is shown masked,
    /// and has been judged when it came.
    fn patched(operation: &Operation, patched: Option<&Document>) -> Option<Self> {
        let mut pointer = None;
        for (at, step) in operation.patch()?.steps().enumerate() {
            if step.root() != "instance_info" {
                continue;
            }
            let mut below = step.below();
            match (step.action(), below.next(), below.next()) {
                (Action::Remove, None, _) | (Action::Remove, Some("configdrive"), None) => {
                    pointer = None;
                }
                (Action::Add(tree) | Action::Replace(tree), None, _) => {
                    let has_one = tree.get("configdrive").is_some();
                    pointer = has_one.then(|| (format!("/{at}/value/configdrive"), true));
                }
                (Action::Add(_) | Action::Replace(_), Some("configdrive"), None) => {
                    pointer = Some((format!("/{at}/value"), true));
                }
                // A part of a drive in JSON form: the whole of it is judged.
                (_, Some("configdrive"), Some(_)) => {
                    pointer = Some((format!("/{at}/path"), false));
                }
                (_, Some(_), _) => {}
            }
        }
        let (pointer, is_whole) = pointer?;
        let place: Option<Pointer> = if is_whole { pointer.parse().ok() } else { None };
        let value = match (patched, &place) {
            (Some(patched), _) => patched.get(&"/instance_info/configdrive".parse().ok()?)?,
            // Nobody knows the node: what the patch itself says is all there is to see.
            (None, Some(place)) => operation.body()?.get(place)?,
            (None, None) => operation.body()?.root(),
        };
        Self::of(value, pointer, place)
    }

    fn of(value: Value<'_>, pointer: String, place: Option<Pointer>) -> Option<Self> {
        let text = value.shared_text();
        let form = match value.typed() {
            Typed::Null => return None,
            Typed::Text(_) => form_of_text(&text),
            Typed::Object(_) => Form::Parts,
            Typed::Boolean(_) | Typed::Number(_) | Typed::Array(_) => Form::Other,
        };
        Some(Self {
            form,
            pointer,
            place,
            text,
            served: None,
            digest: None,
        })
    }

    /// The same, with what its URL served.
    pub fn fetched(self, served: Bytes) -> Self {
        Self {
            served: Some(served),
            digest: None,
            ..self
        }
    }

    /// How it arrived.
    pub fn form(&self) -> Form {
        self.form
    }

    /// JSON pointer into the request's body to where findings belong.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Where the whole drive stands in the request's body, if it stands there as a whole.
    pub fn place(&self) -> Option<&Pointer> {
        self.place.as_ref()
    }

    /// Its text: of a string, escapes resolved; of anything else, the JSON.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// Whether it is a URL that was fetched.
    pub fn is_fetched(&self) -> bool {
        self.served.is_some()
    }

    /// The base64 text of its image: its own, or what its URL served.
    pub fn base64(&self) -> Option<&Bytes> {
        match self.form {
            Form::Image => Some(&self.text),
            Form::Url => self.served.as_ref(),
            Form::Empty | Form::Parts | Form::Other => None,
        }
    }

    /// What is judged: its text, or what its URL served.
    pub fn judged(&self) -> &Bytes {
        self.served.as_ref().unwrap_or(&self.text)
    }

    /// SHA-256 of what is judged, in hexadecimal digits.
    pub fn digest(&self) -> String {
        let known = self.digest.clone();
        known.unwrap_or_else(|| hexadecimal(&Sha256::digest(self.judged())))
    }

    /// The same with its digest known: computed in pieces, since a large drive takes a while.
    pub fn with_digest(self, pieces: Sha256) -> Self {
        Self {
            digest: Some(hexadecimal(&pieces.finalize())),
            ..self
        }
    }
}

impl fmt::Debug for Submitted {
    /// Leaves out the drive.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submitted")
            .field("form", &self.form)
            .field("pointer", &self.pointer)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * digest.len());
    for byte in digest {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn form_of_text(text: &[u8]) -> Form {
    if text.is_empty() {
        Form::Empty
    } else if memchr::memmem::find(text, b"://").is_some() {
        Form::Url
    } else {
        Form::Image
    }
}
