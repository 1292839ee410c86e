//! The language server: the protocol around the answers of `gatos-ide`.
#![forbid(unsafe_code)]
