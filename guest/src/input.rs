//! What a policy reads of a request: [`input!`](crate::input!) and what it expands to.

use crate::bindings::portcullis::policy::types::{Finding, Value};
use crate::{Rule, field, pointer};
use serde::de::DeserializeOwned;

/// The rule every policy has: a declared field that cannot be read refuses the request.
///
/// Its severity cannot be changed, because the policy did not judge what it could not read.
pub const INPUT_SHAPE: Rule = Rule::error(
    "input-shape",
    "A field the policy reads is not of the JSON type it has to be, so it cannot be judged.",
);

/// The fields a policy reads. Implemented by [`input!`](crate::input!); the unit type reads none.
pub trait Input: Sized {
    /// Pointers of the fields, as the host is asked for them.
    const FIELDS: &'static [&'static str];

    /// Reads the values the host handed over, in the order of [`Self::FIELDS`].
    ///
    /// # Errors
    ///
    /// One finding of [`INPUT_SHAPE`] for each field that is not of its type.
    fn read(reader: Reader) -> Result<Self, Vec<Finding>>;
}

impl Input for () {
    const FIELDS: &'static [&'static str] = &[];

    fn read(_: Reader) -> Result<Self, Vec<Finding>> {
        Ok(())
    }
}

/// Hands out the values of the declared fields one after another, and notes which do not fit.
#[derive(Debug)]
pub struct Reader {
    values: std::vec::IntoIter<Value>,
    findings: Vec<Finding>,
}

impl Reader {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self {
            values: values.into_iter(),
            findings: Vec::new(),
        }
    }

    /// The next value as it came.
    pub fn raw(&mut self) -> Option<Value> {
        self.values.next()
    }

    /// The next value as a `T`; `None`, and a finding, when it is not one.
    pub fn typed<T: DeserializeOwned>(&mut self, field: &str, shape: &str) -> Option<T> {
        let value = self.values.next()?;
        match field::read(&value) {
            Ok(read) => Some(read),
            Err(field::Mismatch) => {
                self.misfit(field, shape, field::kind(&value));
                None
            }
        }
    }

    #[cold]
    fn misfit(&mut self, field: &str, shape: &str, kind: &str) {
        let finding = match pointer::in_body(field) {
            Some(place) => INPUT_SHAPE.at(place, ["found ", kind, " of another shape"].concat()),
            None => INPUT_SHAPE.at(
                "",
                ["`", field, "` is ", kind, " of another shape"].concat(),
            ),
        };
        self.findings.push(finding.with_hint(shape));
    }

    /// What did not fit.
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// Declares the fields a policy reads, as a struct.
///
/// Each field names its JSON pointer and, behind `as`, what is expected there in words for the
/// client. The type is anything serde can read; wrap it in `Option` when the field may be missing
/// or `null`. A value of another shape refuses the request by the rule [`INPUT_SHAPE`], without
/// the policy being asked.
///
/// Without `as` the type is [`Value`], and the policy gets the value as it came.
///
/// ```
/// portcullis_guest::input! {
///     /// What the policy reads.
///     pub struct Input {
///         /// The verb.
///         target: Option<String> = "/body/target" as "the name of a verb",
///         /// The drive, unread.
///         drive: portcullis_guest::Value = "/body/configdrive",
///     }
/// }
///
/// use portcullis_guest::Input as _;
/// assert_eq!(Input::FIELDS, ["/body/target", "/body/configdrive"]);
/// ```
#[macro_export]
macro_rules! input {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $(
                $(#[$field_attribute:meta])*
                $field_visibility:vis $field:ident : $type:ty = $pointer:literal $(as $shape:literal)?
            ),* $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug)]
        $visibility struct $name {
            $(
                $(#[$field_attribute])*
                $field_visibility $field: $type,
            )*
        }

        impl $crate::Input for $name {
            const FIELDS: &'static [&'static str] = &[$($pointer),*];

            fn read(
                mut reader: $crate::Reader,
            ) -> ::core::result::Result<Self, ::std::vec::Vec<$crate::Finding>> {
                $(
                    let $field = $crate::__read_field!(reader, $pointer $(, $shape)?);
                )*
                match ($($field,)*) {
                    ($(::core::option::Option::Some($field),)*) => {
                        ::core::result::Result::Ok(Self { $($field),* })
                    }
                    _ => ::core::result::Result::Err(reader.into_findings()),
                }
            }
        }
    };
}

/// The two ways a field of [`input!`](crate::input!) is read.
#[doc(hidden)]
#[macro_export]
macro_rules! __read_field {
    ($reader:ident, $pointer:literal, $shape:literal) => {
        $reader.typed($pointer, $shape)
    };
    ($reader:ident, $pointer:literal) => {
        $reader.raw()
    };
}
