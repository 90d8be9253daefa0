//! Names of operations, and the patterns policies and operators choose them by.

/// True if `operation` is one that `pattern` names.
///
/// A last part `*` stands for one or more parts; everything else is literal.
///
/// ```
/// use portcullis_guest::operation_matches;
///
/// assert!(operation_matches("node.provision.*", "node.provision.active"));
/// assert!(operation_matches("*", "other"));
/// assert!(!operation_matches("node.provision.*", "node.provision"));
/// assert!(!operation_matches("node.provision", "node.provision.active"));
/// ```
pub fn operation_matches(pattern: &str, operation: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(prefix) if prefix.ends_with('.') => operation
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty()),
        _ => pattern == operation,
    }
}
