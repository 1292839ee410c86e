//! Where the languages join: building functions out of ops, and joining them to a program.
//! Nothing after this room can tell which language a program came from.

pub mod build;
pub mod link;
