//! The one table of library functions.
