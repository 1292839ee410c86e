//! System errors turned into what a person can act on.

use std::io;
use std::path::Path;

use gatos_ledger_core::ports::StoreError;

/// Sorts an I/O error by what the reader can do about it.
pub(crate) fn io_error(doing: &str, place: &Path, e: io::Error) -> StoreError {
    let place = place.display().to_string();
    match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full { place },
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => StoreError::ReadOnly { place },
        _ => StoreError::Io { doing: format!("{doing} {place}"), detail: e.to_string() },
    }
}

/// Turns libgit2's error for an object into ours: a failed hash check is damage, not a missing object.
pub(crate) fn object_error(what: &str, e: &git2::Error) -> StoreError {
    match e.code() {
        git2::ErrorCode::NotFound => StoreError::Corrupt {
            what: what.to_string(),
            detail: "the object is missing although something names it".to_string(),
        },
        _ => StoreError::Corrupt { what: what.to_string(), detail: e.message().to_string() },
    }
}
