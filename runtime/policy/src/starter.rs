//! What a new repository begins with: a policy under which its owner can work at once and nobody else can.

/// The file's name under `gatos/policies/`.
pub const POLICY_FILE: &str = "gatos.rgs";

/// Its text.
pub const POLICY: &str = include_str!("../starter/gatos.rgs");
