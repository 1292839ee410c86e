//! Source text to a total syntax tree and diagnostics.
