//! Syntax tree to verified ELC.
