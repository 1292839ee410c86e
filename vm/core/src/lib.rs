//! The deterministic, fuel-metered virtual machine.
