//! What holds for every request, whatever policies say: its form, and which parts of the API are
//! open at all.

use super::patch;
use super::schema::{SchemaError, Schemas};
use super::{Operation, OperationError};
use crate::json::Document;
use crate::policy::Pattern;

/// Operations that are closed unless they are configured to be open. Anybody can send what the
/// agent on a node sends, vendor passthru runs code that only the driver knows, and of a write that
/// nobody has described nobody can say what it does.
const CLOSED: [&str; 4] = [
    "ramdisk.*",
    "node.vendor-passthru",
    "driver.vendor-passthru",
    "other",
];

/// The rules, ready to use.
pub struct Rules {
    schemas: Schemas,
    closed: Vec<Pattern>,
    open: Vec<Pattern>,
    max_patch_operations: usize,
}

impl Rules {
    /// Compiles the schemas, which takes some milliseconds. `open` are the operations to open.
    ///
    /// # Errors
    /// When a schema of the library is none: never, as a test sees to.
    pub fn new(open: &[Pattern], max_patch_operations: usize) -> Result<Self, SchemaError> {
        Ok(Self {
            schemas: Schemas::bundled()?,
            closed: CLOSED.iter().filter_map(|text| text.parse().ok()).collect(),
            open: open.to_vec(),
            max_patch_operations,
        })
    }

    /// Holds an operation against them. One that is a patch knows its patch afterwards.
    ///
    /// # Errors
    /// When it is closed, or does not have the form that Ironic expects in this version.
    pub fn check(&self, operation: &mut Operation) -> Result<(), OperationError> {
        let any = |patterns: &[Pattern]| patterns.iter().any(|p| p.matches(operation.name()));
        if any(&self.closed) && !any(&self.open) {
            return Err(OperationError::Closed {
                operation: operation.name().to_owned(),
            });
        }
        let Some(schema) = self.schemas.find(operation.name()) else {
            return Ok(());
        };
        let version = operation.microversion();
        schema.check_query(version, &operation.query)?;
        schema.check_body(version, operation.body())?;
        if schema.is_of_patched() {
            let patch = operation.read_patch(self.max_patch_operations)?;
            schema.check_patch(version, patch)?;
        }
        Ok(())
    }

    /// What the patch of an operation makes of the thing as it is now; `None` for an operation
    /// that is no patch.
    ///
    /// # Errors
    /// When the patch does not fit, or leads to what Ironic does not expect.
    pub fn patched(
        &self,
        operation: &Operation,
        current: &Document,
    ) -> Result<Option<Document>, OperationError> {
        let (Some(patch), Some(schema)) = (operation.patch(), self.schemas.find(operation.name()))
        else {
            return Ok(None);
        };
        let mut tree = current.root().to_tree();
        patch.apply(&mut tree)?;
        schema.check_patched(operation.microversion(), patch, &tree)?;
        Ok(Some(Document::read(tree.to_string().into())?))
    }
}

/// Operations in one patch, unless configured otherwise.
pub const MAX_PATCH_OPERATIONS: usize = patch::MAX_OPERATIONS;
