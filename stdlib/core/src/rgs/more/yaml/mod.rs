//! YAML as far as it is another spelling of JSON: maps, lists, scalars, comments, one document.
//!
//! Anchors, aliases, tags, merge keys and keys that are no scalars are refused: each makes a text mean more than it
//! shows. Plain scalars mean what they mean to OPA: `yes` and `on` are true, `0x1f` and `017` are numbers, dates are
//! strings (but `y` and `n` are strings too, for they are names of keys).

mod plain;
mod read;
mod write;

pub use plain::Node;
pub use read::parse;
pub use write::{needs_lines, scalar};
