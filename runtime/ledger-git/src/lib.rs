//! The storage ports, kept in Git: objects, packs, and refs by compare-and-swap.
//! The only room that touches libgit2; what it writes, plain Git reads.
#![forbid(unsafe_code)]

mod error;
mod identity;
mod journal;
mod keys;
mod loose;
mod object;
mod pack;
mod parallel;
mod refs;
mod repo;
mod snapshot;

pub use keys::{KeyStore, KeyStoreError, os_random};
pub use object::{
    CommitMeta, Kind, Mode, Oid, ParsedCommit, TreeEntry, encode_commit, encode_tree, hash_object, parse_commit,
    parse_tree,
};
pub use pack::{Durability, PackBuilder};
pub use parallel::{check_signatures, sign_batch};
pub use refs::jitter;
pub use repo::GitStore;
