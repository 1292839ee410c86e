//! The storage ports, kept in Git.
