//! The library's names, read from the one table of signatures.

use gatos_sigs::Kind;

/// Whether a bare name is of the library: a base function or a library table.
pub(super) fn is_root(name: &str) -> bool {
    name == "require" || !name.contains('.') && gatos_sigs::find(name).is_some()
}

/// Whether a name is a library table.
pub(super) fn is_table(name: &str) -> bool {
    gatos_sigs::find(name).is_some_and(|s| s.kind == Kind::Table)
}

/// Whether a full name, such as `string.byte`, is in the library.
pub(crate) fn exists(full: &str) -> bool {
    gatos_sigs::find(full).is_some()
}

/// The bare names.
pub(super) fn roots() -> impl Iterator<Item = &'static str> {
    gatos_sigs::base().chain(gatos_sigs::tables()).map(|s| s.name)
}

/// The members of a library table.
pub(super) fn members(table: &str) -> impl Iterator<Item = &'static str> {
    gatos_sigs::members(table).map(|s| s.member())
}
