//! Syntax tree to verified ELC.
//!
//! `resolve` gives every name its meaning, `lint` says what is probably not meant, `lower`
//! turns what is left into ops, `ir` forms blocks and numbers everything, and `pipeline` runs
//! them in order. Nothing here touches a disk, a clock or the environment: modules arrive
//! through a callback.
#![forbid(unsafe_code)]

pub mod fold;
pub mod hir;
pub mod ir;
pub mod lint;
pub mod lower;
pub mod pipeline;
pub mod render;
pub mod resolve;
pub mod rgs;
pub mod testing;
pub mod text;

pub use fold::KindChoice;
pub use lint::{Level, LintConfig};
pub use pipeline::{
    Compiled, CompiledProgram, FileDiagnostic, Front, Loader, ModuleSource, Options, Source, SourceFile, Unit, check,
    compile, front, lower_front, no_modules,
};
pub use resolve::FileRole;
