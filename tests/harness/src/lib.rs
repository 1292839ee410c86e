//! Golden runner and map test.
