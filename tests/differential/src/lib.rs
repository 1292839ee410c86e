//! Comparisons with PUC Lua 5.4. Everything is in `tests/`, so that no ordinary build
//! compiles the peer.
#![forbid(unsafe_code)]
