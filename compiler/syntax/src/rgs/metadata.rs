//! `# METADATA` comments.

use crate::diagnostic::Diagnostic;

use super::ast::Module;

/// Reads the METADATA blocks of a module.
pub fn read(_text: &str, _module: &mut Module, _diagnostics: &mut Vec<Diagnostic>) {}
