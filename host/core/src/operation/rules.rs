//! What holds for every request, whatever policies say: its form, and which parts of the API are
//! open at all.

use super::patch;
use super::schema::{SchemaError, Schemas};
use super::{Operation, OperationError};
use crate::json::Document;
use crate::policy::Pattern;

/// Whether an operation is closed unless it is configured to be open. Anybody can send what the
/// agent on a node sends, vendor passthru runs code that only the driver knows, and of a write that
/// nobody has described nobody can say what it does.
fn is_closed_by_default(operation: &str) -> bool {
    operation.starts_with("ramdisk.")
        || ["node.vendor-passthru", "driver.vendor-passthru", "other"].contains(&operation)
}

/// The rules, ready to use.
pub struct Rules {
    schemas: Schemas,
    open: Vec<Pattern>,
    max_patch_operations: usize,
}

impl Rules {
    /// Reads the schemas of the library. `open` are the operations to open.
    ///
    /// # Errors
    /// When a schema cannot be read: never, as a test sees to.
    pub fn new(open: &[Pattern], max_patch_operations: usize) -> Result<Self, SchemaError> {
        Ok(Self {
            schemas: Schemas::bundled()?,
            open: open.to_vec(),
            max_patch_operations,
        })
    }

    /// Holds an operation against them. One that is a patch knows its patch afterwards.
    ///
    /// # Errors
    /// When it is closed, or does not have the form that Ironic expects in this version.
    pub fn check(&self, operation: &mut Operation) -> Result<(), OperationError> {
        let name = operation.name();
        if is_closed_by_default(name) && !self.open.iter().any(|open| open.matches(name)) {
            return Err(OperationError::Closed {
                operation: name.to_owned(),
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
