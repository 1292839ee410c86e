//! Policies at the command line: from files to something that can be asked, and from answers to words.

pub mod asker;
pub mod build;
pub mod metadata;
pub mod sources;
pub mod trial;
pub mod watch;
pub mod words;
