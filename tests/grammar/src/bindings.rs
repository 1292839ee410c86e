//! The two grammars, out of the C that is checked in under `editors/`. The only unsafe code of this
//! crate: C hands out a pointer, and the type system cannot know to what.
#![allow(unsafe_code)]

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_echolua() -> *const ();
    fn tree_sitter_rgs() -> *const ();
}

/// EchoLua.
// Each function is the one that the generator wrote for this purpose: it gives a table that lives
// as long as the program.
pub const ECHOLUA: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_echolua) };

/// Policies.
pub const RGS: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_rgs) };
