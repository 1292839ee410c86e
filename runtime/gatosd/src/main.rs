//! The `gatos` command.
fn main() {}
